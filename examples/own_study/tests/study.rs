//! The study as a person runs it: in two shards, one of them killed, resumed, gathered.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const STUDY: &str = include_str!("../gates.toml");

/// The program, without the shard of a scheduler that runs this test.
fn program(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_own-study"));
    command.args(words.split(' ')).current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().into_owned();
        let schedulers = ["SLURM_", "SPARSE_PARITY_", "OMPI_", "PMI"];
        if schedulers.iter().any(|start| text.starts_with(start)) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it to its end, which has to be that exit code.
fn exits(folder: &Path, words: &str, code: i32) -> String {
    let output = program(folder, words).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words}: {said}");
    said
}

fn rows(folder: &Path) -> usize {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.map(|text| text.matches("{\"row\"").count()).sum()
}

/// Kills the process once there are more rows than before.
fn kill_at_work(mut child: Child, folder: &Path, before: usize) {
    let begin = Instant::now();
    while rows(folder) == before && child.try_wait().unwrap().is_none() {
        assert!(begin.elapsed().as_secs() < 120, "no row in two minutes");
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn two_shards_one_killed_and_resumed_give_the_table_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let (here, parts) = (folder.path(), folder.path().join("parts"));
    fs::write(here.join("gates.toml"), STUDY).unwrap();
    exits(here, "run gates.toml --out whole", 0);
    exits(here, "gather gates.toml --out whole --to whole.csv", 0);

    exits(here, "run gates.toml --out parts --shard 0/2", 0);
    let first = rows(&parts);
    let second = program(here, "run gates.toml --out parts --shard 1/2 --threads 1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    kill_at_work(second, &parts, first);
    let said = exits(here, "run gates.toml --out parts --shard 1/2", 0);
    assert!(said.contains("shard 1/2"), "{said}");
    exits(here, "status gates.toml --out parts", 0);
    exits(here, "gather gates.toml --out parts --to parts.csv", 0);

    let read = |name| fs::read_to_string(here.join(name)).unwrap();
    let (whole, parts) = (read("whole.csv"), read("parts.csv"));
    assert_eq!(whole, parts);
    let names = whole.lines().next().unwrap();
    assert!(names.starts_with("cell,run,key,label,"), "{names}");
    let columns = [
        "trial.n",
        "width",
        "seeds.init",
        "status",
        "t",
        "half_on_support",
        "outcome.run",
    ];
    for name in columns {
        assert!(
            names.split(',').any(|other| other == name),
            "{name} in {names}"
        );
    }
    // Most runs learn the parity.
    let solved = whole.matches(r#"""status"":""solved"""#).count();
    assert!(solved > 12, "{solved} of 24 solved: {whole}");
}

#[test]
fn the_page_shows_these_files() {
    let page = fs::read_to_string("../../docs/own_experiment.md").unwrap();
    for file in [
        "src/network.rs",
        "src/parts.rs",
        "src/problem.rs",
        "src/main.rs",
        "gates.toml",
    ] {
        let text = fs::read_to_string(file).unwrap();
        let text = text.trim_end();
        assert!(page.contains(text), "the page has another {file}");
    }
}
