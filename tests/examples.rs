//! Every example runs, on a tiny problem, and keeps what its first lines promise.

use serde_json::Value;
use sparse_parity_examples::programs::command;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

fn example(name: &str, args: &[&str]) -> Output {
    command(name, args)
        .output()
        .expect("the example can be started")
}

/// Runs an example whose reader leaves after `lines` lines, or was never there, and returns the exit
/// code and stderr.
fn abandoned(name: &str, args: &[&str], lines: usize) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    let reader = (lines > 0).then(|| BufReader::new(reader));
    let mut command = command(name, args);
    command.stdout(writer).stderr(Stdio::piped());
    let child = command.spawn().expect("the example can be started");
    if let Some(reader) = reader {
        assert_eq!(reader.lines().take(lines).count(), lines);
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), text(&output.stderr))
}

/// The lines of the first block of this language in the first lines of an example.
fn block(name: &str, language: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = std::fs::read_to_string(root.join("examples").join(name)).unwrap();
    let header = code.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = header.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let fence = format!("```{language}");
    let block = lines.skip_while(|line| *line != fence).skip(1);
    let lines = block.take_while(|line| *line != "```");
    lines.map(|line| format!("{line}\n")).collect()
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
fn quickstart_ends_well_whatever_it_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for steps in ["0", "1", "30"] {
        let args = ["--n", "8", "--k", "2", "--max-steps", steps, "--out", path];
        let output = example("quickstart", &args);
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
        ("--seed -1", "invalid value '-1' for '--seed <SEED>'"),
        (&format!("--n 8 --max-steps 0 --out {file}"), "os error"),
    ] {
        let output = example("quickstart", &args.split(' ').collect::<Vec<_>>());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {told}");
        assert!(
            told.contains("error: ") && told.contains(words),
            "{args}: {told}"
        );
    }
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
fn examples_end_quietly_when_nobody_reads_on() {
    let endless = "--n 12 --k 2 --trials 1000000";
    let json = format!("{endless} --json");
    for (name, args, lines) in [
        ("train", endless, 1),
        ("train", &json, 2),
        ("quickstart", "--n 50", 0),
    ] {
        let args: Vec<_> = args.split(' ').collect();
        assert_eq!(
            abandoned(name, &args, lines),
            (Some(0), String::new()),
            "{name} {args:?}"
        );
    }
}

#[test]
fn train_reports_at_once_that_it_cannot_write() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return;
    };
    let args = "--n 12 --k 2 --trials 1000000";
    let mut command = command("train", &args.split(' ').collect::<Vec<_>>());
    let output = command.stdout(full).output().unwrap();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.starts_with("error: ") && told.lines().count() == 1,
        "{told}"
    );
}

#[test]
fn train_prints_what_its_first_lines_promise() {
    let shell = block("train/main.rs", "sh");
    let (_, args) = shell
        .trim()
        .split_once(" -- ")
        .expect("a command with arguments");
    let output = example("train", &args.split(' ').collect::<Vec<_>>());
    assert_eq!(text(&output.stdout), block("train/main.rs", "text"));
}

#[test]
fn train_runs_every_seed_up_to_the_last() {
    let first = u64::MAX - 1;
    let seed = first.to_string();
    let small = "--n 8 --k 2 --max-steps 1 --trials 2 --seed";
    let args: Vec<_> = small.split(' ').chain([seed.as_str()]).collect();
    let seeds: Vec<_> = train(&args)
        .iter()
        .map(|row| row["seed"].as_u64())
        .collect();
    assert_eq!(seeds, [Some(first), Some(u64::MAX)]);
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
    let choices = [
        "--model mlp --width 6 --activation power --lr 0.01",
        "--model mlp --activation sine --output-bias",
        "--model mlp --activation scaled-sine --output-bias=false",
        "--model neuron --activation sine --second-layer false --biases none",
        "--model neuron --activation relu --biases fixed --allow-unsolvable",
        "--model neuron --activation zigzag --freeze hidden.bias",
        "--model neuron --activation clamped-zigzag",
        "--model neuron --activation oscillating --lr 0:0.1,20:0.01",
        "--model neuron --activation infinite-zigzag --schedule cosine",
        "--model polynet --biases none --lr 0.05 --schedule inverse-time --timescale 10",
        "--model disjoint-polynet --target disjoint-parity --lr 0.05",
        "--model deep-mlp --widths 6,4,1 --biases none",
        "--model deep-mlp --activation relu --widths 6,4 --biases fixed",
        "--model transformer --d-emb 8 --heads 2 --mlp-width 5 --residual --optimizer adamw",
        "--setting vii",
        "--setting *II",
        "--setting *iii --d-emb 8 --heads 2",
        "--loss square --lr 0.01 --init xavier",
        "--loss cross-entropy --init gaussian",
        "--loss correlation --init bernoulli",
        "--init sign --optimizer adam --lr 0.001 --weight-decay 0.01 --decay coupled",
        "--init ones --width 6 --weight-decay 0.001 --decay scaled",
        "--init paired --batch 1",
        "--init sparse --sparsity 2 --noise 0.1 --samples 50",
        "--support 1,5 --target-accuracy 0.55",
        "--target conjunction --optimizer momentum --momentum 0.5",
        "--target disjunction --optimizer nesterov",
        "--target majority --k 3 --optimizer sign-sgd --threshold 0.001 --lr 0.001",
        "--target staircase --k 3 --loss square --lr 0.01",
        "--target junta --table -++- --support 4,2",
        "--target multitask --tasks 3 --alpha 0 --k 1 --filter grokfast-ma --filter-window 3",
        "--bias 0.3 --filter grokfast-ema --filter-alpha 0.9 --filter-weight 1",
        "--curriculum 0.1:20",
        "--block-lr output=0.01 --weight-decay 0:0.001,20:0 --hold init=3",
        "--model disjoint-polynet --target disjoint-parity --lr 0.05 --output-bias",
        "--model transformer --d-emb 8 --heads 2 --output-bias=false --optimizer adam",
    ];
    let small = |choice: &str| {
        let given = |flag: &&[&str; 2]| !choice.contains(&format!("{} ", flag[0]));
        let small = [["--n", "8"], ["--k", "2"], ["--max-steps", "40"]];
        Vec::from_iter(small.iter().filter(given).flatten().copied())
    };
    for choice in choices {
        let small = small(choice);
        let choice: Vec<&str> = choice.split(' ').collect();
        let rows = train(&[&small[..], &choice].concat());
        assert_eq!(rows.len(), 1, "{choice:?}");
        let unsolved = rows[0]["status"] != "solved";
        assert_eq!(rows[0]["t"].is_null(), unsolved, "{choice:?}");
    }
}

#[test]
fn train_takes_the_size_of_the_parity_from_its_support() {
    for support in ["7,1,3,9", "7, 1, 3, 9", " 7 ,1,\t3,9 "] {
        let rows = train(&["--n", "10", "--support", support, "--max-steps", "1"]);
        assert_eq!(rows[0]["support"].to_string(), "[1,3,7,9]");
        assert_eq!(rows[0]["status"], "unsolved");
    }
}

#[test]
fn train_reports_divergence_as_a_result() {
    let wild = "--n 8 --k 2 --activation power --loss square --lr 1e9";
    let rows = train(&wild.split(' ').collect::<Vec<_>>());
    assert_eq!(rows[0]["status"], "diverged");
    assert!(rows[0]["t"].is_null());
}

/// Runs `train`, which must end with one message that contains all the words, and no row.
fn train_refuses(args: &str, words: &[&str]) {
    let args: Vec<_> = args.split(' ').chain(["--json"]).collect();
    let output = example("train", &args);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
    assert!(told.starts_with("error: "), "{args:?}: {told}");
    for words in words {
        assert!(told.contains(words), "{args:?}: {told}");
    }
    assert!(
        output.stdout.is_empty() && !told.contains("panicked"),
        "{args:?}"
    );
}

#[test]
fn train_answers_bad_input_with_the_repair_and_no_row() {
    for (args, words) in [
        ("--k 0", "a target on k = 0 among n = 50 coordinates"),
        ("--n 3 --k 4", "1 <= k <= n"),
        ("--n 0 --k 1", "the number of coordinates n is 0"),
        ("--support 1,1", "each coordinate once"),
        ("--n 5 --support 7", "must be below n = 5"),
        ("--k 2 --support 1,2,3", "list k coordinates"),
        ("--support 1,x", "invalid value 'x'"),
        ("--batch 0", "the batch size is 0"),
        ("--width 0", "the width is 0"),
        ("--noise 0.5", "a label noise of p = 0.5 is not in [0, 1/2)"),
        (
            "--noise -0.1",
            "a label noise of p = -0.1 is not in [0, 1/2)",
        ),
        ("--lr NaN", "the learning rate = NaN"),
        ("--lr -1", "the learning rate = -1"),
        ("--weight-decay -1", "the weight decay = -1"),
        ("--samples 0", "the sample size m is 0"),
        (
            "--target-accuracy 1.5",
            "a target accuracy of 1.5 is not in",
        ),
        ("--target-accuracy -1", "a target accuracy of -1 is not in"),
        ("--init sparse --sparsity 99", "cannot have 99"),
        ("--loss hinged", "possible values"),
        ("--seed -1", "invalid value '-1' for '--seed <S>'"),
        ("--setting xvj", "the nearest is xv"),
        ("--setting i --width 5", "cannot be used with"),
        ("--model transformer --heads 7", "7 heads do not divide"),
        (
            "--model deep-mlp --widths 4,0",
            "the width of a hidden layer is 0",
        ),
        (
            "--model deep-mlp --widths 2,1 --k 5",
            "set allow_unsolvable",
        ),
        (
            "--model neuron --activation relu --output-bias",
            "changes its sign at most once",
        ),
        ("--target majority --k 4", "k = 4 coordinates can tie"),
        ("--target junta", "needs --table"),
        (
            "--target junta --table ++-",
            "the length of the truth table is 3 where 8 is needed",
        ),
        ("--target junta --table +0", "'0' is no sign"),
        ("--target multitask --bias 0.1", "exclude each other"),
        ("--curriculum 0.1", "such as 0.05:1000"),
        ("--curriculum 0.1:x", "\"x\": invalid digit"),
        ("--curriculum 2:100", "p = 2, which is not in (0, 1)"),
        ("--bias 0", "p = 0, which is not in (0, 1)"),
        ("--lr 0:0.1,0:0.2", "begin at 0 and increase"),
        ("--lr 0:0.1 --schedule cosine", "leave one out"),
        (
            "--schedule cosine --timescale 0",
            "the number of steps of the schedule is 0",
        ),
        ("--freeze ouptut", "output.weight"),
        ("--optimizer momentum --momentum 1", "= 1 is not in [0, 1)"),
        ("--filter grokfast-ma --filter-window 0", "the window is 0"),
        ("--hold inti=3", "none of support, init, train"),
        ("--hold init=x", "\"x\": invalid digit"),
        ("--block-lr output", "such as output=0.01"),
        ("--model disjoint-polynet", "k = 3 equal blocks"),
        ("--model disjoint-polynet --n 6", "disjoint-parity"),
        ("--target conjunction --k 20", "same answer for every input"),
    ] {
        train_refuses(&format!("{args} --trials 3"), &[words]);
    }
}

#[test]
fn train_drops_no_trial_silently() {
    train_refuses("--trials 0", &["--trials is 0; use at least 1"]);
    let last = u64::MAX.to_string();
    let seeds = format!("--seed {last} --trials 3");
    train_refuses(
        &seeds,
        &["--seed", "--trials 3", &last, "lower one of them"],
    );
}

#[test]
fn train_tells_which_flags_have_no_effect() {
    let args = "--model polynet --n 8 --k 2 --max-steps 1 --width 5 --activation relu \
                --second-layer true --sparsity 2 --decay scaled --widths 1,2 \
                --d-emb 4 --heads 2 --mlp-width 3 --residual --table +- --tasks 2 --alpha 1 \
                --timescale 5 --momentum 0.5 --threshold 1 --filter-weight 1 --filter-alpha 0.5 \
                --filter-window 3 --json";
    let output = example("train", &args.split_whitespace().collect::<Vec<_>>());
    assert!(output.status.success());
    assert_eq!(text(&output.stdout).lines().count(), 1);
    let told = text(&output.stderr);
    for flag in [
        "--width",
        "--activation",
        "--second-layer",
        "--sparsity",
        "--decay",
        "--widths",
        "--d-emb",
        "--heads",
        "--mlp-width",
        "--residual",
        "--table",
        "--tasks",
        "--alpha",
        "--timescale",
        "--momentum",
        "--threshold",
        "--filter-weight",
        "--filter-alpha",
        "--filter-window",
    ] {
        assert!(
            told.contains(&format!("note: {flag} has no effect")),
            "{told}"
        );
    }
}

#[test]
fn train_refuses_flags_that_contradict_each_other() {
    train_refuses("--model neuron --width 5", &["width 1", "--model mlp"]);
    train_refuses("--init sparse", &["--init sparse", "--sparsity"]);
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
    let output = performance("--json");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let rows = lines.lines().map(serde_json::from_str);
    let rows: Vec<Value> = rows.collect::<Result<_, _>>().expect("lines of JSON");
    assert_eq!(rows.len(), 10, "{lines}");
    for (row, letter) in rows.iter().zip('A'..) {
        assert_eq!(row["config"], letter.to_string());
        let [median, least] = ["step_us", "least_us"].map(|key| row[key].as_f64().unwrap());
        assert!(0.0 < least && least <= median, "{row}");
        assert_eq!(row["peak_gflops"], rows[0]["peak_gflops"]);
        assert_eq!(row.as_object().unwrap().len(), 6, "{row}");
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
    assert!(without_floor.eq([true; 3]), "{lines}");
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
