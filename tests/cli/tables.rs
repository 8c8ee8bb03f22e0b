//! Curves, data of one's own, pictures and pages from the shell.

use super::told;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

const SWEEP: &str = r#"
seeds = 3
record = ["loss", "rho"]
every = 20
[trial]
max_steps = 300
learner.width = 20
[grid]
n = [8, 10]
k = [2, 9]
"#;

fn study() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sweep.toml"), SWEEP).unwrap();
    says(&folder, 0, "run sweep.toml --out rows");
    folder
}

/// What the program says, which has to end with this code.
fn says(folder: &TempDir, code: i32, words: &str) -> String {
    let (found, said) = told(folder, words);
    assert_eq!(found, code, "{words}: {said}");
    said
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn a_curve_of_train_is_that_of_a_sweep_and_changes_no_run() {
    let folder = study();
    let flags = "train --n 10 --k 2 --width 20 --max-steps 300 --trials 3";
    let plain = says(&folder, 0, flags);
    let recorded = says(
        &folder,
        0,
        &format!("{flags} --record loss,rho --every 20 --curve c.csv"),
    );
    assert_eq!(recorded, plain);
    says(&folder, 0, "gather sweep.toml --out rows --curves all.csv");
    // Cell 2 of the sweep is this one.
    let of_sweep = read(&folder, "all.csv");
    let of_sweep: Vec<&str> = of_sweep
        .lines()
        .filter_map(|line| line.strip_prefix("2,"))
        .collect();
    let of_train = read(&folder, "c.csv");
    let of_train: Vec<&str> = of_train
        .lines()
        .filter_map(|line| line.strip_prefix("0,"))
        .collect();
    assert!(of_train.len() > 20);
    assert_eq!(of_train, of_sweep);
    let said = says(&folder, 2, &format!("{flags} --curve c.csv"));
    assert!(said.contains("c.csv is there already"), "{said}");
    assert!(says(&folder, 2, "train --record loss").contains("--curve"));
    assert!(says(&folder, 2, "train --record los --curve d.csv").contains("the nearest is loss"));
    let said = says(&folder, 2, "train --record train-error --curve d.csv");
    assert!(
        said.contains("no training sample") && !folder.path().join("d.csv").exists(),
        "{said}"
    );
}

#[test]
fn status_and_gather_are_objects() {
    let folder = study();
    let said = says(&folder, 0, "status sweep.toml --out rows --json");
    let status: serde_json::Value = serde_json::from_str(&said).unwrap();
    // A parity of 9 among 8 coordinates does not exist.
    let count = |name: &str| status[name].as_u64().unwrap();
    assert_eq!(
        (
            count("schema"),
            count("runs"),
            count("done"),
            count("missing")
        ),
        (1, 12, 12, 0)
    );
    assert_eq!((count("refused"), count("curves")), (3, 9));
    assert!(
        status["cells"][1]["name"]
            .as_str()
            .unwrap()
            .ends_with("k = 9, n = 8"),
        "{said}"
    );
    let words = "gather sweep.toml --out rows --to t.jsonl --provenance --curves c.jsonl --json";
    let gathered: serde_json::Value = serde_json::from_str(&says(&folder, 0, words)).unwrap();
    assert_eq!(
        (&gathered["table"]["rows"], &gathered["curves"]["curves"]),
        (&12.into(), &9.into())
    );
    let first: serde_json::Value =
        serde_json::from_str(read(&folder, "t.jsonl").lines().next().unwrap()).unwrap();
    assert!(first["row.seconds"].as_f64().unwrap() >= 0.0);
    assert_eq!(first["support"].as_array().unwrap().len(), 2);
    // A sweep that is recorded anew is not complete.
    let said = says(&folder, 3, "status sweep.toml --out rows -s every=7");
    assert!(said.contains("curves     0 of 9"), "{said}");
    let said = says(
        &folder,
        2,
        "gather sweep.toml --out rows -s seeds=2 -s record=los --curves c.csv",
    );
    assert!(said.contains("the nearest is loss"), "{said}");
}

#[test]
fn own_examples_are_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = "a,b,c,d,e,f,y\n".to_owned();
    for row in 0..64_u32 {
        let bits = (0..6)
            .map(|i| (row >> i & 1).to_string())
            .collect::<Vec<_>>();
        csv += &format!("{},{}\n", bits.join(","), (row ^ row >> 3) & 1);
    }
    fs::write(folder.path().join("e.csv"), &csv).unwrap();
    let said = says(
        &folder,
        0,
        "train --examples e.csv --bits 01 --k 2 --width 30 --max-steps 5000",
    );
    assert!(
        said.contains("solved after") && said.contains("relies on [0, 3]"),
        "{said}"
    );
    let said = says(
        &folder,
        0,
        "train --examples e.csv --bits 01 --k 2 --width 30 --validation-examples e.csv --json",
    );
    let row: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&row["settings"]["n"], &row["settings"]["samples"]),
        (&6.into(), &64.into())
    );
    assert!(
        row["examples"].as_str().unwrap().contains("64 examples"),
        "{said}"
    );
    for (words, expected) in [
        ("--examples e.csv", "say that they are 01"),
        ("--examples e.csv --bits 01 --n 7", "is 6"),
        ("--examples e.csv --bits 01 --noise 0.1", "label noise"),
        ("--examples no.csv", "no.csv"),
        ("--examples e.csv --bits 10", "01"),
        ("--bits 01", "--examples"),
    ] {
        let said = says(&folder, 2, &format!("train {words}"));
        assert!(said.contains(expected), "{words}: {said}");
    }
}

#[test]
fn a_picture_of_every_kind_is_drawn() {
    let folder = study();
    says(
        &folder,
        0,
        "gather sweep.toml --out rows --to t.parquet --curves c.csv",
    );
    for (words, expected) in [
        (
            "t.parquet --x n --color k --to a.svg",
            "median updates until solved",
        ),
        (
            "sweep.toml --out rows --kind survival --color n --log x --to b.svg",
            "share of runs not solved",
        ),
        ("c.csv --color cell --to c.svg", "rho"),
        (
            "t.parquet --kind heat --x n --y k --to d.svg",
            "share of runs solved",
        ),
        (
            "t.parquet --kind heat --x n --y k --z steps --to d2.svg",
            "median steps",
        ),
        (
            "t.parquet --kind points --x steps --y final_accuracy --where n=8 --to e.svg",
            "final_accuracy",
        ),
        (
            "t.parquet --x n --y final_accuracy --facet k --to f.svg",
            "k = 9",
        ),
    ] {
        says(&folder, 0, &format!("plot {words}"));
        let name = words.rsplit(' ').next().unwrap();
        assert!(read(&folder, name).contains(expected), "{words}");
    }
    for (words, expected) in [
        ("t.parquet --x widht --to g.svg", "no column \"widht\""),
        ("t.parquet --to g.svg", "--x n"),
        ("t.parquet --x n --to g.txt", ".svg"),
        (
            "t.parquet --x label --y t --where n=9 --to g.svg",
            "no line has n = 9",
        ),
        ("t.parquet --x n --y status --to g.svg", "no number"),
        ("sweep.toml --x n --to g.svg", "--out"),
        ("none.csv --x n --to g.svg", "none.csv"),
    ] {
        let said = says(&folder, 2, &format!("plot {words}"));
        assert!(said.contains(expected), "{words}: {said}");
    }
}

#[test]
fn a_page_of_a_sweep_needs_no_other_file_and_opens_in_a_browser() {
    let folder = study();
    says(&folder, 0, "report sweep.toml --out rows --to page.html");
    let page = read(&folder, "page.html");
    for words in [
        "learner",
        "Kaplan-Meier",
        "k = 9",
        "does not exist",
        "rows-",
        "<svg",
        "every = 20",
    ] {
        assert!(page.contains(words), "{words}");
    }
    // The name of a language for pictures is the only address in it.
    let addresses = page
        .match_indices("://")
        .map(|(place, _)| &page[place - 4..place + 17]);
    let others: Vec<&str> = addresses
        .filter(|text| *text != "http://www.w3.org/2")
        .collect();
    assert!(
        others
            .iter()
            .all(|text| text.starts_with("http://www.w3.org")),
        "{others:?}"
    );
    assert!(!page.contains("<script") && !page.contains("<link"));

    let Some(browser) = browser() else {
        // Not by a macro, whose output a passing test would hide.
        let note = "skipped: no Chromium here opens the page\n";
        std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
        return;
    };
    let path = folder.path().join("page.html");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .args(["--window-size=1200,2400", "--dump-dom"])
        .arg(format!("file://{}", path.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    // What a browser has understood: every section, and pictures with their parts.
    for words in [
        "<h2>Settings</h2>",
        "<h2>Pictures</h2>",
        "<h2>Origin</h2>",
        "</figure>",
    ] {
        assert!(dom.contains(words), "{words} in {dom}");
    }
    assert_eq!(
        dom.matches("<figure>").count(),
        page.matches("<figure>").count()
    );
}

fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().find(|name| {
        let told = Command::new(name).arg("--version").output();
        told.is_ok_and(|output| output.status.success())
    })
}
