//! Every example runs, on a tiny problem, and keeps what its first lines promise.

use serde_json::Value;
use sparse_parity_examples::programs::command;
use std::path::Path;
use std::process::Output;

fn example(name: &str, args: &[&str]) -> Output {
    command(name, args)
        .output()
        .expect("the example can be started")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn theorem_examples_draw_their_figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for (name, args, words) in [
        ("theorem6", "--points 50 --k 3 --block 5,11", "0.556"),
        (
            "theorem4",
            "--n 9 --k 2 --width 64 --max-steps 3000",
            "solved",
        ),
        (
            "theorem4",
            "--n 9 --k 2 --width 2 --max-steps 0",
            "unsolved",
        ),
    ] {
        let args: Vec<_> = args.split(' ').chain(["--out", path]).collect();
        let output = example(name, &args);
        let told = text(&output.stdout);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        assert!(told.contains(words), "{name}: {told}");
        for extension in ["svg", "png", "csv"] {
            let file = folder.path().join(name).with_extension(extension);
            assert!(file.metadata().unwrap().len() > 1000, "{}", file.display());
        }
    }
    for (name, args, words) in [
        ("theorem4", "--n 10", "can tie"),
        ("theorem4", "--k 3", "k = 3 is odd"),
        ("theorem6", "--k 0", "k is 0"),
        ("theorem6", "--block 0", "block is 0"),
    ] {
        let output = example(name, &args.split(' ').collect::<Vec<_>>());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name} {args}: {told}");
        assert!(told.contains(words), "{name} {args}: {told}");
    }
}

#[test]
fn gap_examples_draw_their_figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for (name, args, words, figures) in [
        (
            "fourier_gap",
            "--n 7 --k 2,4 --draws 20 --path-k 2 --runs 2 --max-steps 200 --rate 0.1",
            // ξ_1 − |ξ_3| = 0.3125 − 0.0625, which ±1 weights have exactly.
            "±1           2.50e-1    100.0%    2.50e-1",
            &["fourier_gap", "fourier_gap_path"][..],
        ),
        (
            "population_training",
            "--n 60 --k 2 --rate 1 --max-steps 2000",
            "Solved",
            &["population_training"],
        ),
        (
            "population_training",
            "--n 1 --k 1 --max-steps 0",
            "Budget",
            &["population_training"],
        ),
    ] {
        let args: Vec<_> = args.split(' ').chain(["--out", path]).collect();
        let output = example(name, &args);
        let told = text(&output.stdout);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        assert!(told.contains(words), "{name}: {told}");
        for figure in figures {
            for extension in ["svg", "png", "csv"] {
                let file = folder.path().join(figure).with_extension(extension);
                assert!(file.metadata().unwrap().len() > 0, "{}", file.display());
                std::fs::remove_file(file).unwrap();
            }
        }
    }
    for (name, args, words) in [
        ("fourier_gap", "--k 3", "choose an even k"),
        ("fourier_gap", "--n 8 --k 2", "can tie"),
        ("population_training", "--k 0", "k = 0"),
        (
            "population_training",
            "--rate NaN",
            "the learning rate = NaN",
        ),
        ("fourier_gap", "--draws 0", "invalid value '0'"),
    ] {
        let output = example(name, &args.split(' ').collect::<Vec<_>>());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name} {args}: {told}");
        assert!(told.contains(words), "{name} {args}: {told}");
    }
}

#[test]
fn settings_prints_a_row_a_cell() {
    let args = "--settings vii,XV --problems 8:2 --trials 3 --max-steps 2000";
    let output = example("settings", &args.split(' ').collect::<Vec<_>>());
    let table = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows: Vec<_> = table.lines().skip(2).collect();
    assert_eq!(rows.len(), 2, "{table}");
    for (row, label) in rows.iter().zip(["vii", "xv"]) {
        assert!(
            row.starts_with(&format!("| {label} | (8, 2) | 0.1 | 3 of 3 |")),
            "{row}"
        );
    }
    let output = example("settings", &["--settings", "xvj"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the nearest is xv"));
}

/// Runs `performance` for hardly any time.
fn performance(args: &str) -> Output {
    let args: Vec<_> = args.split(' ').chain(["--seconds", "0.001"]).collect();
    example("performance", &args)
}

#[test]
fn performance_prints_one_object_a_configuration() {
    let output = performance("--json --threads 2");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let rows = lines.lines().map(serde_json::from_str);
    let rows: Vec<Value> = rows.collect::<Result<_, _>>().expect("lines of JSON");
    assert_eq!(rows.len(), 11, "{lines}");
    for (row, letter) in rows.iter().zip('A'..) {
        assert_eq!(row["config"], letter.to_string());
        let [median, least] = ["step_us", "least_us"].map(|key| row[key].as_f64().unwrap());
        assert!(0.0 < least && least <= median, "{row}");
        assert_eq!(row["peak_gflops"], rows[0]["peak_gflops"]);
        assert_eq!(row["threads"], 2);
        assert!(row["shared_us"].as_f64().unwrap() > 0.0, "{row}");
        assert_eq!(row.as_object().unwrap().len(), 8, "{row}");
        let is_tiny = ["D", "H", "I"].contains(&row["config"].as_str().unwrap());
        assert_eq!(row["abreast_us"].is_f64(), is_tiny, "{row}");
    }
    // 4·B·n·r operations, where the peak can be measured at all.
    if let Some(peak) = rows[0]["peak_gflops"].as_f64() {
        let floor = rows[6]["floor_us"].as_f64().unwrap();
        let expected = 4e-3 * (256 * 200 * 1000) as f64 / peak;
        assert!((floor / expected - 1.0).abs() < 1e-9, "{lines}");
    }
    let without_floor = rows.iter().skip(7).map(|row| row["floor_us"].is_null());
    assert!(without_floor.eq([true; 4]), "{lines}");
}

#[test]
fn performance_prints_a_row_a_configuration_and_the_bandwidth() {
    let output = performance("--config jB --wide 1000 --arrays 1");
    let table = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .collect();
    let begins = [
        "| | network |",
        "| J | Transformer",
        "| B | ReLU, r = 100 |",
    ];
    assert_eq!(rows.len(), begins.len(), "{table}");
    assert!(
        rows.iter()
            .zip(begins)
            .all(|(row, words)| row.starts_with(words)),
        "{table}"
    );
    // 12 bytes for each of 1000·(50 + 2) + 1 parameters.
    assert!(
        table.contains("r = 1000, n = 50, B = 32") && table.contains("0.6 MB"),
        "{table}"
    );

    for (args, words) in [
        ("--config AX", "no configuration X"),
        ("--wide 0 --arrays 1", "the width is 0"),
        ("--wide 10 --arrays 0", "use at least 1"),
    ] {
        let output = performance(args);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {told}");
        assert!(
            told.starts_with("error: ") && told.contains(words),
            "{args}: {told}"
        );
    }
    let output = example("performance", &["--seconds", "0"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn performance_measures_what_is_beside_the_step() {
    let output = performance("--config B --checks");
    let told = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (_, table) = told.split_once("Beside the step:").expect("a second table");
    let rows: Vec<Vec<_>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| check"))
        .map(|line| line.trim_matches(['|', ' ']).split(" | ").collect())
        .collect();
    assert!(rows.iter().all(|row| row.len() == 3), "{table}");
    let begins = [
        ("time a step", 7),
        ("two trials", 1),
        ("observers", 3),
        ("peak memory", 1),
    ];
    let expected = begins
        .iter()
        .flat_map(|&(words, count)| std::iter::repeat_n(words, count));
    assert_eq!(rows.len(), 12, "{table}");
    for (row, words) in rows.iter().zip(expected) {
        assert!(row[0].starts_with(words), "{table}");
    }
    let number = |place: usize| rows[place][2].split(' ').next().unwrap().parse::<f64>();
    let positive = (0..=6).all(|place| number(place).is_ok_and(|value| value > 0.0));
    assert!(positive && number(6).unwrap() >= 1.0, "{table}");
    // θ alone takes 4 bytes for each of 100 000·(50 + 2) + 1 parameters.
    if cfg!(target_os = "linux") {
        assert!(number(11).unwrap() > 20.8, "{table}");
    }

    let output = performance("--json --checks");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot be used with"));
    assert!(output.stdout.is_empty());
}

#[test]
fn every_example_is_named_in_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for entry in root.join("examples").read_dir().unwrap() {
        let path = entry.unwrap().path();
        let is_example = path.join("main.rs").exists() || path.extension().is_some();
        if is_example {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(readme.contains(&format!("--example {name}")), "{name}");
        }
    }
}

#[test]
fn a_contest_has_a_line_for_every_contestant() {
    let args = [
        "--n",
        "13",
        "--k",
        "2",
        "--solvers",
        "all",
        "--seeds",
        "2",
        "--repetitions",
        "1",
    ];
    let output = example("contest", &args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].starts_with("solver") && lines[0].ends_with("words/plan"),
        "{told}"
    );
    let kinds = sparse_parity::solver::SolverKind::all();
    assert_eq!(lines.len(), kinds.len() + 2, "{told}");
    for kind in kinds {
        let line = lines
            .iter()
            .find(|line| line.starts_with(kind.name()))
            .unwrap();
        assert!(line.contains("2/2"), "{told}");
    }
}
