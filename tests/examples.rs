//! Every example runs, on a tiny problem, and keeps what its first lines promise.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Runs an example as a user would, with the cargo and the profile of this test.
fn example(name: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--example", name]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    command.arg("--").args(args);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.output().expect("cargo can be started")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn train(args: &[&str]) -> Vec<Value> {
    let output = example("train", &[args, &["--json"]].concat());
    assert!(
        output.status.success(),
        "{args:?}: {}",
        text(&output.stderr)
    );
    let lines = text(&output.stdout);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is one JSON object"))
        .collect()
}

#[test]
fn quickstart_finds_the_support_and_draws_the_figure() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new").join("figures");
    let args = ["--n", "15", "--k", "2", "--max-steps", "5000", "--out"];
    let output = example(
        "quickstart",
        &[&args[..], &[out.to_str().unwrap()]].concat(),
    );
    let told = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let list = |label: &str| {
        let line = told.lines().find(|line| line.starts_with(label));
        line.unwrap_or_else(|| panic!("no {label} in {told}"))[label.len()..].trim()
    };
    assert_eq!(list("hidden support"), list("recovered support"));
    assert!(list("solved").contains("t_c ="));
    for extension in ["svg", "png", "csv"] {
        let file = out.join("quickstart").with_extension(extension);
        assert!(file.metadata().unwrap().len() > 1000, "{}", file.display());
    }
}

#[test]
fn train_prints_one_object_a_trial_in_order_of_seed() {
    let keys = [
        "seed",
        "status",
        "t",
        "steps",
        "support",
        "recovered",
        "final_accuracy",
        "seconds",
    ];
    let rows = train(&["--n", "12", "--k", "2", "--seed", "5", "--trials", "6"]);
    assert_eq!(rows.len(), 6);
    for (place, row) in rows.iter().enumerate() {
        let found: Vec<_> = row
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let (mut found, mut expected) = (found, keys.to_vec());
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(row["seed"], 5 + place as u64);
        assert_eq!(row["status"], "solved");
        assert_eq!(row["t"], row["steps"]);
        assert_eq!(row["support"], row["recovered"]);
        assert_eq!(row["final_accuracy"], 1.0);
    }
}

#[test]
fn train_runs_every_choice_it_offers() {
    let small = ["--n", "8", "--k", "2", "--max-steps", "40", "--width", "6"];
    let choices = [
        "--model mlp --activation power --lr 0.01",
        "--model mlp --activation sine --output-bias",
        "--model neuron --activation sine --second-layer false --biases none",
        "--model neuron --activation relu --second-layer true --biases fixed",
        "--model polynet --biases none --lr 0.05",
        "--loss square --lr 0.01 --init xavier",
        "--loss cross-entropy --init gaussian",
        "--loss correlation --init bernoulli",
        "--init sign --optimizer adam --lr 0.001 --weight-decay 0.01 --decay coupled",
        "--init ones --weight-decay 0.001 --decay scaled",
        "--init paired --batch 1",
        "--init sparse --sparsity 2 --noise 0.1 --samples 50",
        "--support 1,5 --target-accuracy 0.55",
    ];
    for choice in choices {
        let choice: Vec<&str> = choice.split(' ').collect();
        let rows = train(&[&small[..], &choice].concat());
        assert_eq!(rows.len(), 1, "{choice:?}");
        let unsolved = rows[0]["status"] != "solved";
        assert_eq!(rows[0]["t"].is_null(), unsolved, "{choice:?}");
    }
}

#[test]
fn train_takes_the_size_of_the_parity_from_its_support() {
    let rows = train(&["--n", "10", "--support", "7,1,3,9", "--max-steps", "1"]);
    assert_eq!(rows[0]["support"].to_string(), "[1,3,7,9]");
    assert_eq!(rows[0]["status"], "unsolved");
}

#[test]
fn train_reports_divergence_as_a_result() {
    let wild = "--n 8 --k 2 --activation power --loss square --lr 1e9";
    let rows = train(&wild.split(' ').collect::<Vec<_>>());
    assert_eq!(rows[0]["status"], "diverged");
    assert!(rows[0]["t"].is_null());
}

#[test]
fn train_answers_bad_input_with_the_repair_and_no_row() {
    for (args, words) in [
        ("--k 0", "k = 0"),
        ("--n 3 --k 4", "1 <= k <= n"),
        ("--n 0 --k 1", "n is 0"),
        ("--support 1,1", "each coordinate once"),
        ("--n 5 --support 7", "must be below n = 5"),
        ("--k 2 --support 1,2,3", "list k coordinates"),
        ("--batch 0", "the batch size is 0"),
        ("--width 0", "the width is 0"),
        ("--noise 0.5", "p = 0.5"),
        ("--lr NaN", "the learning rate = NaN"),
        ("--lr=-1", "the learning rate = -1"),
        ("--samples 0", "the sample size m is 0"),
        ("--target-accuracy 1.5", "1.5 is not in"),
        ("--init sparse --sparsity 99", "cannot have 99"),
        ("--loss hinged", "possible values"),
    ] {
        let mut args: Vec<&str> = args.split(' ').collect();
        args.extend(["--json", "--trials", "3"]);
        let output = example("train", &args);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(words), "{args:?}: {told}");
        assert!(
            output.stdout.is_empty() && !told.contains("panicked"),
            "{args:?}"
        );
    }
}

#[test]
fn every_example_is_named_in_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for entry in root.join("examples").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(readme.contains(&format!("--example {name}")), "{name}");
        }
    }
}
