//! The program: a sweep from its file to its table, and what goes wrong on the way.

mod hostile;
mod shell;
mod solve;
mod tables;
mod train;

use sparse_parity::sweep::SweepFile;
use sparse_parity::trial::Trial;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;
use std::{fs, io, thread};
use tempfile::TempDir;

const SWEEP: &str = r#"
seeds = 6
[trial]
k = 2
[grid]
setting = ["i", "xv"]
n = [8, 10]
max_steps = [300, 301]
"#;

/// A folder with a sweep file of 48 runs.
fn study() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sweep.toml"), SWEEP).unwrap();
    folder
}

/// Runs the program in a folder, with variables that a launcher sets.
fn with(folder: &Path, variables: &[(&str, &str)], words: &str) -> Output {
    let mut command = program(folder, words);
    command.envs(variables.iter().copied()).output().unwrap()
}

/// The program in a folder, without the variables of a launcher that runs this test.
fn program(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparse-parity"));
    let launchers = ["SPARSE", "SLURM", "OMPI", "PMI", "AWS", "JOB", "HQ"];
    for (name, _) in std::env::vars() {
        if launchers.iter().any(|launcher| name.starts_with(launcher)) {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).args(words.split(' '));
    command
}

/// The exit code, and what was said.
fn told(folder: &TempDir, words: &str) -> (i32, String) {
    let output = with(folder.path(), &[], words);
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    (output.status.code().unwrap(), said)
}

fn table(folder: &TempDir, out: &str) -> String {
    let (code, said) = told(
        folder,
        &format!("gather sweep.toml --out {out} --to {out}.csv"),
    );
    assert_eq!(code, 0, "{said}");
    fs::read_to_string(folder.path().join(out).with_extension("csv")).unwrap()
}

fn rows(folder: &TempDir, out: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder.path().join(out)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut rows: Vec<_> = paths
        .filter(|path| path.extension().unwrap() == "jsonl")
        .collect();
    rows.sort();
    rows
}

#[test]
fn a_sweep_in_shards_has_the_table_of_one_without() {
    let folder = study();
    let (code, said) = told(&folder, "run sweep.toml --out whole --threads 1");
    assert_eq!(code, 0, "{said}");
    let (code, said) = told(&folder, "run sweep.toml --out parts --shard 0/2");
    assert_eq!(code, 0, "{said}");
    let (code, said) = told(&folder, "status sweep.toml --out parts");
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("missing of cell 0 (i: "), "{said}");
    // Another number of shards, given by a launcher, after a file lost its end.
    let file = &rows(&folder, "parts")[0];
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() - 90]).unwrap();
    for index in ["0", "1", "2"] {
        let shard = [
            ("SPARSE_PARITY_SHARD", index),
            ("SPARSE_PARITY_SHARDS", "3"),
        ];
        let output = with(folder.path(), &shard, "run sweep.toml --out parts");
        assert!(output.status.success(), "{output:?}");
    }
    let (code, said) = told(&folder, "status sweep.toml --out parts");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("torn       1 "), "{said}");
    let [whole, parts] = ["whole", "parts"].map(|out| table(&folder, out));
    assert_eq!(whole, parts);
    assert_eq!(whole.lines().count(), 49);
    let (head, first) = whole.split_once('\n').unwrap();
    assert!(head.starts_with("cell,run,key,label,"), "{head}");
    assert!(first.starts_with("0,0,"), "{first}");
    // Every row is as the library has it.
    let sweep: SweepFile = SWEEP.parse().unwrap();
    let sweep = sweep.sweep().unwrap();
    let cell = &sweep.cells()[7];
    let outcome = cell.experiment.run(&5.into()).unwrap();
    let last = whole.lines().last().unwrap();
    let result = format!(
        ",{},{},",
        outcome.status,
        outcome.t.map_or_else(String::new, |t| t.to_string())
    );
    assert!(last.starts_with("7,5,") && last.contains(&result), "{last}");
}

#[test]
fn a_new_file_can_be_planned_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(told(&folder, "new my.toml").0, 0);
    let (code, said) = told(&folder, "new my.toml");
    assert!(code == 2 && said.contains("is there already"), "{said}");
    let (code, said) = told(
        &folder,
        "plan my.toml -s seeds=2 -s max_steps=2000 --workers 8",
    );
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("runs        24") && said.contains("for 8 workers"),
        "{said}"
    );
    assert!(
        said.contains(
            "of one processor, roughly: if runs take as many updates as one of each of 12 cells"
        ) && said.contains("of one processor, if no run is solved before its last update"),
        "{said}"
    );
    // A sweep this small comes near no limit of time or of a scheduler.
    assert!(
        !said.contains("hours") && !said.contains("tasks a minute"),
        "{said}"
    );
}

/// With a grid where the file suggests one.
#[test]
fn a_new_file_of_every_experiment_can_be_planned() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = told(&folder, "new none.toml --of none");
    assert_eq!(code, 2, "{said}");
    let (_, names) = said.trim().split_once("all are ").unwrap();
    for name in names.split(", ") {
        let (code, said) = told(&folder, &format!("new {name}.toml --of {name}"));
        assert_eq!(code, 0, "{said}");
        let file = folder.path().join(format!("{name}.toml"));
        let text = std::fs::read_to_string(&file).unwrap();
        let (shared, grid) = text.split_once("[grid]\n").unwrap();
        let grid = grid.strip_prefix("# ").unwrap_or(grid);
        assert!(grid.contains(" = ["), "{grid}");
        std::fs::write(&file, format!("{shared}[grid]\n{grid}")).unwrap();
        let (code, said) = told(&folder, &format!("plan {name}.toml -s seeds=1"));
        assert_eq!(code, 0, "{name}: {said}");
    }
}

#[test]
fn a_job_script_gives_every_task_its_shard() {
    let folder = study();
    let words =
        "slurm sweep.toml -s n=[8] --out my%rows --tasks 400 --time 2:00:00 --throttle 50 --cpus 4";
    let (code, said) = told(&folder, words);
    assert_eq!(code, 0, "{said}");
    for line in [
        "#SBATCH --array=0-399%50",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=2048M",
        "SPARSE_PARITY_SHARD=$SLURM_ARRAY_TASK_ID SPARSE_PARITY_SHARDS=400",
        " -s 'n=[8]' --out ",
        "--max-time 1h55m",
    ] {
        assert!(said.contains(line), "{line} in {said}");
    }
    assert!(folder.path().join("my%rows/logs").is_dir());
    let words = "slurm sweep.toml --out rows --tasks 4 --time 5 --account lab --partition short,long --constraint [a|b]&c \
         --option qos=high --option exclusive --line module=1";
    let (code, said) = told(&folder, words);
    assert_eq!(code, 0, "{said}");
    let options = "#SBATCH --open-mode=append\n#SBATCH --account=\"lab\"\n#SBATCH --partition=\"short,long\"\n\
                   #SBATCH --constraint=\"[a|b]&c\"\n#SBATCH --qos=\"high\"\n#SBATCH --exclusive\n\n";
    assert!(said.contains(options), "{said}");
    assert!(said.contains("\nmodule=1\nexec "), "{said}");
    for (bad, words) in [
        ("--account a\"b", "cannot be written into a directive"),
        ("--option array=0-3", "is said by the script itself"),
        ("--line #SBATCH", "give it by --option"),
    ] {
        let words_of = format!("slurm sweep.toml --out rows --tasks 4 --time 5 {bad}");
        let (code, said) = told(&folder, &words_of);
        assert!(code == 2 && said.contains(words), "{bad}: {said}");
    }
    let (code, said) = told(&folder, "slurm sweep.toml --out rows --tasks 4 --time soon");
    assert!(code == 2 && said.contains("\"soon\""), "{said}");
}

#[test]
fn what_goes_wrong_is_told_and_loses_nothing() {
    let folder = study();
    assert_eq!(told(&folder, "run sweep.toml --out rows").0, 0);
    let before = table(&folder, "rows");
    let fails = |variables: &[(&str, &str)], words: &str, part: &str| {
        let output = with(folder.path(), variables, words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(part), "{part} in {said}");
    };
    let run = "run sweep.toml --out rows";
    fails(
        &[],
        "run sweep.toml --out rows --shard 4/4",
        "shard index 4 is out of range for 4 shards",
    );
    fails(
        &[("SPARSE_PARITY_SHARD", "4"), ("SPARSE_PARITY_SHARDS", "4")],
        run,
        "shard index 4 is out of range for 4 shards",
    );
    fails(
        &[("JOB_COMPLETION_INDEX", "1")],
        run,
        "SPARSE_PARITY_SHARDS",
    );
    fails(&[], "run sweep.toml --out sweep.toml", "run it again");
    fails(&[], "run sweep.toml --out rows --memory 1KiB", "cell 0");
    fails(&[], "run none.toml --out rows", "none.toml");
    fails(
        &[],
        "run sweep.toml --out rows -s max_step=3",
        "the nearest is max_steps",
    );
    fails(
        &[],
        "gather sweep.toml --out rows --to sweep.toml/t.csv",
        "sweep.toml",
    );
    fails(&[], "gather sweep.toml --out rows --to rows.txt", ".csv");

    // No time is not an error.
    let (code, said) = told(&folder, "run sweep.toml --out late --max-time 0s");
    assert!(code == 3 && said.contains("48 runs are missing"), "{said}");

    // An edited sweep: its rows join the others, and the former file is kept.
    let (code, said) = told(&folder, "run sweep.toml --out rows -s max_steps=[300]");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("24 rows in rows are of other settings"),
        "{said}"
    );
    assert!(
        said.contains("the former one is kept as rows/sweep-"),
        "{said}"
    );

    // A corrupted file: what is lost is made again, and is the same.
    let file = &rows(&folder, "rows")[0];
    let mut bytes = fs::read(file).unwrap();
    let (middle, end) = (bytes.len() / 2, bytes.len() * 3 / 4);
    bytes[middle..end].fill(0);
    fs::write(file, bytes).unwrap();
    assert_eq!(told(&folder, "status sweep.toml --out rows").0, 3);
    assert_eq!(told(&folder, "run sweep.toml --out rows").0, 0);
    assert_eq!(table(&folder, "rows"), before);

    // Two rows that differ, of which one has no checksum, as those of earlier versions: both files are named.
    let text = fs::read_to_string(&rows(&folder, "rows")[1]).unwrap();
    let solved = text
        .lines()
        .find(|line| line.contains(r#""status":"solved""#));
    let (row, _) = solved.unwrap().split_once(r#","check":"#).unwrap();
    let t = row
        .split_once(r#""t":"#)
        .unwrap()
        .1
        .split(',')
        .next()
        .unwrap();
    let time = |t: &str| format!(r#""t":{t},"steps":{t},"#);
    let changed = row.replace(&time(t), &time("299")) + "}}\n";
    fs::write(folder.path().join("rows/z.jsonl"), changed).unwrap();
    let (code, said) = told(&folder, "gather sweep.toml --out rows --to rows.csv");
    assert!(
        code == 2 && said.contains("z.jsonl") && said.contains("rows/rows-"),
        "{said}"
    );
    let kept = fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    assert_eq!(kept, before);
}

#[test]
fn a_new_file_states_the_usual_settings() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(told(&folder, "new my.toml").0, 0);
    let text = fs::read_to_string(folder.path().join("my.toml")).unwrap();
    let (_, settings) = text.split_once("[trial]\n").unwrap();
    let (settings, _) = settings.split_once("\n\n").unwrap();
    // With every # removed, where there is a value behind it, the trial is the usual one.
    let stated = settings
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line));
    let has_value = |line: &&str| {
        line.split_once('=')
            .is_some_and(|(_, value)| !value.trim_start().starts_with('#'))
    };
    let of_mlp = |line: &&str| {
        !line.starts_with("learner.")
            || line.contains("(of mlp")
            || line.starts_with("learner.model")
    };
    let stated: Vec<&str> = stated.filter(has_value).filter(of_mlp).collect();
    assert!(stated.len() > 15, "{stated:?}");
    let sweep = format!("seeds = 1\n[trial]\n{}", stated.join("\n"));
    let sweep = sweep.parse::<SweepFile>().unwrap().sweep().unwrap();
    let usual = Trial {
        max_steps: 20_000,
        ..Trial::default()
    };
    assert_eq!(sweep.cells()[0].experiment, usual);
}

#[test]
fn other_names_are_understood_and_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = "seeds = 1\n[trial]\nn = 8\nk = 2\nlr = 0.05\nmax_steps = 5\n[grid]\nhidden_size = [3, 4]\n";
    fs::write(folder.path().join("sweep.toml"), file).unwrap();
    let (code, said) = told(
        &folder,
        "run sweep.toml --out rows -s batch_size=[2,4] -s width=[5]",
    );
    assert_eq!(code, 0, "{said}");
    for note in [
        "note: lr means rate\n",
        "note: hidden_size means learner.width\n",
        "note: batch_size means batch\n",
    ] {
        assert_eq!(said.matches(note).count(), 1, "{said}");
    }
    assert!(said.contains("2 of 2 runs are done"), "{said}");
    let kept = fs::read_to_string(folder.path().join("rows/sweep.toml")).unwrap();
    assert!(
        kept.contains("rate = 0.05") && !kept.contains("hidden"),
        "{kept}"
    );
}

#[test]
fn two_processes_in_one_folder_share_the_runs() {
    let folder = tempfile::tempdir().unwrap();
    let slow = "seeds = 60\n[trial]\nn = 40\nk = 4\nmax_steps = 2000\n";
    fs::write(folder.path().join("slow.toml"), slow).unwrap();
    let start = || {
        let words = "run slow.toml --out rows --threads 1";
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparse-parity"));
        command.current_dir(folder.path()).args(words.split(' '));
        command.spawn().unwrap()
    };
    // They begin at different runs if the second finds the file of the first.
    let first = start();
    let is_row_file = |entry: io::Result<fs::DirEntry>| {
        let name = entry.unwrap().file_name();
        name.to_string_lossy().ends_with(".jsonl")
    };
    let rows = folder.path().join("rows");
    while !fs::read_dir(&rows).is_ok_and(|mut entries| entries.any(is_row_file)) {
        thread::sleep(Duration::from_millis(1));
    }
    for mut process in [first, start()] {
        assert!(process.wait().unwrap().success());
    }
    let (code, said) = told(&folder, "status slow.toml --out rows");
    assert_eq!(code, 0, "{said}");
    let duplicates = said
        .lines()
        .find_map(|line| line.strip_prefix("duplicate  "));
    let duplicates = duplicates.unwrap().split(' ').next().unwrap();
    let duplicates: u32 = duplicates.parse().unwrap();
    assert!(duplicates < 20, "{said}");
}

/// `cargo test --release --test cli -- --ignored` has 200 kills.
fn kills_lose_nothing(kills: u32) {
    let folder = study();
    let (code, said) = told(&folder, "run sweep.toml --out whole");
    assert_eq!(code, 0, "{said}");
    let whole = table(&folder, "whole");
    for kill in 0..kills {
        if kill % 10 == 0 {
            let _ = fs::remove_dir_all(folder.path().join("killed"));
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparse-parity"));
        let words = "run sweep.toml --out killed --threads 2";
        command.current_dir(folder.path()).args(words.split(' '));
        let quiet = std::process::Stdio::null;
        let mut process = command.stdout(quiet()).stderr(quiet()).spawn().unwrap();
        let millis = u64::from(kill * 37 % 101);
        std::thread::sleep(std::time::Duration::from_millis(millis));
        process.kill().unwrap();
        process.wait().unwrap();
        if kill % 10 == 9 {
            let (code, said) = told(&folder, "run sweep.toml --out killed");
            assert_eq!(code, 0, "{said}");
            assert_eq!(table(&folder, "killed"), whole);
        }
    }
}

#[test]
fn a_process_that_is_killed_loses_nothing() {
    kills_lose_nothing(10);
}

#[test]
#[ignore = "takes a minute"]
fn processes_that_are_killed_200_times_lose_nothing() {
    kills_lose_nothing(200);
}
