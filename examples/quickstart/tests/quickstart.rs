//! The first figure, on tiny problems.

use std::process::{Command, Output, Stdio};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command.args(args);
    command
}

fn quickstart(args: &[&str]) -> Output {
    program(args).output().expect("the program can be started")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn quickstart_finds_the_support_and_draws_the_figure() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new").join("figures");
    let args = ["--n", "15", "--k", "2", "--max-steps", "5000", "--out"];
    let output = quickstart(&[&args[..], &[out.to_str().unwrap()]].concat());
    let told = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let list = |label: &str| {
        let line = told.lines().find(|line| line.starts_with(label));
        line.unwrap_or_else(|| panic!("no {label} in {told}"))[label.len()..].trim()
    };
    assert_eq!(list("hidden support"), list("recovered support"));
    assert!(list("solved").contains("t_c ="));
    for extension in ["svg", "csv"] {
        let file = out.join("quickstart").with_extension(extension);
        assert!(file.metadata().unwrap().len() > 1000, "{}", file.display());
    }
}

#[test]
fn quickstart_ends_well_whatever_it_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for steps in ["0", "1", "30"] {
        let args = ["--n", "8", "--k", "2", "--max-steps", steps, "--out", path];
        let output = quickstart(&args);
        let told = text(&output.stderr);
        assert!(output.status.success(), "{steps}: {told}");
        assert!(text(&output.stdout).contains("quickstart.svg"), "{steps}");
    }
    let file = folder.path().join("quickstart.csv");
    let file = file.to_str().unwrap();
    for (args, words) in [
        ("--n 0", "the number of coordinates n is 0"),
        ("--k 9 --n 5", "choose 1 <= k <= n"),
        ("--k 0", "choose 1 <= k <= n"),
        ("--seed -1", "invalid value '-1' for '--seed <VALUE>'"),
        (&format!("--n 8 --max-steps 0 --out {file}"), "os error"),
    ] {
        let output = quickstart(&args.split(' ').collect::<Vec<_>>());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {told}");
        assert!(
            told.contains("error: ") && told.contains(words),
            "{args}: {told}"
        );
    }
}

#[test]
fn quickstart_ends_quietly_when_nobody_reads_on() {
    let (_, writer) = std::io::pipe().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&["--n", "50", "--out", folder.path().to_str().unwrap()]);
    command.stdout(writer).stderr(Stdio::piped());
    let child = command.spawn().expect("the program can be started");
    let output = child.wait_with_output().unwrap();
    let told = text(&output.stderr);
    assert_eq!((output.status.code(), told), (Some(0), String::new()));
}
