//! What a shell sees of the program: signals, completions, manual pages.

use super::{program, rows, study, told};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Starts the program, sends the signal of Ctrl-C once `is_ready`, and returns its exit code and what it said.
#[cfg(unix)]
fn interrupted(folder: &Path, words: &str, is_ready: impl Fn() -> bool) -> (Option<i32>, String) {
    let mut command = program(folder, words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let begin = Instant::now();
    while !is_ready() {
        assert!(begin.elapsed().as_secs() < 120, "it does not get so far");
        sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_rows_and_says_how_to_go_on() {
    let folder = study();
    let here = folder.path();
    // The last cell never ends.
    let text = fs::read_to_string(here.join("sweep.toml")).unwrap();
    let text = text.replace("[300, 301]", "[300, 1000000000000]");
    let text = text.replace("k = 2", "k = 2\nrate = 0.0");
    fs::write(here.join("sweep.toml"), text).unwrap();
    let count = || {
        let is_there = here.join("rows").is_dir();
        let files = if is_there {
            rows(&folder, "rows")
        } else {
            Vec::new()
        };
        let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
        texts
            .map(|text| text.matches("{\"row\"").count())
            .sum::<usize>()
    };
    let run = "run sweep.toml --out rows --threads 2";
    let (code, said) = interrupted(here, run, || count() > 0);
    assert_eq!(code, Some(130), "{said}");
    let kept = count();
    let expected = format!(
        "interrupted: {kept} rows are kept in rows; the same command makes the {} runs that are missing",
        48 - kept
    );
    assert!(said.ends_with(&format!("{expected}\n")), "{said}");
    let (code, said) = told(&folder, "status sweep.toml --out rows");
    assert!(
        code == 3 && said.contains(&format!("done       {kept}\n")),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_train_and_says_which_runs_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let words = "train --n 10 --k 2 --rate 0 --max-steps 1000000000000 --seed 5 --trials 3";
    let begin = Instant::now();
    // Time to read the flags.
    let (code, said) = interrupted(folder.path(), words, || begin.elapsed().as_secs() >= 2);
    assert_eq!(code, Some(130), "{said}");
    let expected = "interrupted: 0 of 3 runs are printed; --seed 5 --trials 3 makes the others\n";
    assert!(said.ends_with(expected), "{said}");
}

#[test]
fn a_plan_of_what_is_done_says_so() {
    let folder = study();
    assert_eq!(told(&folder, "run sweep.toml --out rows").0, 0);
    let (code, said) = told(&folder, "plan sweep.toml --out rows");
    let expected = "cells       8\nruns        48, all of them done; `gather` makes the table\n";
    assert_eq!((code, said.as_str()), (0, expected));
}

#[test]
fn a_plan_for_programs_tells_what_is_left() {
    let folder = study();
    let plan = || -> serde_json::Value {
        let (code, said) = told(&folder, "plan sweep.toml --out rows --workers 3 --json");
        assert_eq!(code, 0, "{said}");
        serde_json::from_str(&said).unwrap()
    };
    let all = plan();
    let counts = ["schema", "cells", "runs", "done"].map(|name| all[name].as_u64().unwrap());
    assert_eq!(counts, [1, 8, 48, 0]);
    let left = &all["left"];
    assert_eq!(left["workers"], 3);
    assert_eq!(left["measured"]["unit"], "update");
    let number = |part: &str, name: &str| left[part][name].as_f64().unwrap();
    assert!(number("expected", "all") > 0.0);
    assert!(number("most", "all") >= number("most", "longest"));
    assert!(number("load", "rows") > 0.0 && left["memory"].as_u64().unwrap() > 0);
    assert!(left["refused"]["first"].is_null() && left["limits"].is_array());
    assert_eq!(told(&folder, "run sweep.toml --out rows").0, 0);
    let none = plan();
    assert!(none["done"] == 48 && none["left"].is_null(), "{none}");
}

#[test]
fn completions_and_pages_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        "new",
        "plan",
        "run",
        "status",
        "gather",
        "slurm",
        "train",
        "solve",
        "completions",
        "man",
    ];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script) = told(&folder, &format!("completions {shell}"));
        assert_eq!(code, 0, "{script}");
        for word in commands.iter().chain(&["max-time", "block-rate"]) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let (code, page) = told(&folder, "man");
    assert_eq!(code, 0, "{page}");
    assert!(page.contains(".TH sparse-parity 1"), "{page}");
    for command in commands {
        assert!(
            page.contains(&format!("sparse\\-parity\\-{command}(1)")),
            "{page}"
        );
        let (code, page) = told(&folder, &format!("man {command}"));
        assert_eq!(code, 0, "{page}");
        assert!(
            page.contains(&format!(".TH sparse-parity-{command} 1")),
            "{page}"
        );
    }
    let (code, said) = told(&folder, "man trian");
    assert!(code == 2 && said.contains("all are new, plan"), "{said}");
    let (code, said) = told(&folder, "completions csh");
    assert!(code == 2 && said.contains("possible values"), "{said}");
}
