//! The command lines of the program, and the tables and sweep files that it is given.

use crate::{Answer, Door};
use sparse_parity::cli::Program;
use sparse_parity::contest::Contest;
use sparse_parity::trial::{Accumulation, FlowRun, PopulationRun, RecordedTrial, Theorem4, Trial};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use tempfile::TempDir;

pub(super) fn doors() -> Vec<Door> {
    vec![
        // Each has a few numbers that a door adds, so that what is accepted does not take long.
        Door::new("command_train", words("train", "--max-steps 2")).rare(16),
        Door::new(
            "command_solve",
            words("solve", "--max-words 1e5 --memory 16MiB"),
        )
        .rare(16),
        Door::new("command_new", words("new", "")).rare(16),
        Door::new("command_plan", words("plan", "")).rare(64),
        Door::new("command_run", words("run", "--out r")).rare(64),
        Door::new("command_status", words("status", "")).rare(64),
        Door::new("command_gather", words("gather", "")).rare(64),
        Door::new("command_slurm", words("slurm", "")).rare(16),
        Door::new("table_csv", table("t.csv")).rare(4),
        Door::new("table_parquet", table("t.parquet")).rare(4),
    ]
}

fn program() -> Program {
    Program::new()
        .with::<Trial>()
        .with::<RecordedTrial>()
        .with::<Theorem4>()
        .with::<PopulationRun>()
        .with::<FlowRun>()
        .with::<Accumulation>()
        .with::<Contest>()
}

fn run(words: impl IntoIterator<Item = OsString>) -> Answer {
    let code = program().run(words);
    // What an exit code is can only be seen by its text; 3 stands for runs that are missing.
    let is = |other: ExitCode| format!("{code:?}") == format!("{other:?}");
    match is(ExitCode::SUCCESS) || is(ExitCode::from(3)) {
        true => Answer::Accepted,
        false => Answer::Refused(format!("{code:?}")),
    }
}

/// A folder with the files that command lines of the corpus name.
fn with_files() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for files");
    let sweep = "seeds = 2\n[trial]\nn = 10\nk = 2\nmax_steps = 3\n";
    for (name, text) in [
        ("s.toml", sweep),
        ("t.csv", "a,b,y\n1,1,1\n1,-1,-1\n-1,1,1\n-1,-1,-1\n"),
    ] {
        fs::write(folder.path().join(name), text).expect("a file in a folder of this process");
    }
    folder
}

/// A command with the words of the input, in a folder of its own.
///
/// Words lead to no other folder, and whole numbers have at most three digits, as longer ones are long runs; other doors
/// hand over settings of any size.
fn words(command: &'static str, more: &'static str) -> impl Fn(&[u8]) -> Answer + 'static {
    move |input| {
        let text = String::from_utf8_lossy(input);
        if text.contains(['/', '\\', '~', '\0']) || has_long_number(&text) {
            return Answer::Refused("it is not tried".into());
        }
        let folder = with_files();
        within(folder.path(), || {
            let parts = ["sparse-parity", command]
                .into_iter()
                .chain(more.split_whitespace());
            run(parts
                .chain(text.split(' ').filter(|word| !word.is_empty()))
                .map(Into::into))
        })
    }
}

fn has_long_number(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '_');
    numbers
        .into_iter()
        .any(|number| number.split('.').next().unwrap_or_default().len() > 3)
}

/// Works in a folder, which no other thread of this process counts on.
fn within<T>(folder: &Path, work: impl FnOnce() -> T) -> T {
    let before = std::env::current_dir().expect("there is a folder");
    std::env::set_current_dir(folder).expect("the folder is there");
    let result = work();
    std::env::set_current_dir(before).expect("the folder is there");
    result
}

/// The solver of the program on a table.
fn table(name: &'static str) -> impl Fn(&[u8]) -> Answer + 'static {
    let folder = tempfile::tempdir().expect("a folder for files");
    move |input| {
        let path = folder.path().join(name);
        fs::write(&path, input).expect("a file in a folder of this process");
        let words = [
            "sparse-parity",
            "solve",
            "--k",
            "1",
            "--max-words",
            "1e6",
            "--memory",
            "16MiB",
        ];
        run(words
            .map(OsString::from)
            .into_iter()
            .chain([path.into_os_string()]))
    }
}
