//! `sparse-parity train`: flags in, a line or a JSON object a run out.

use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparse-parity"));
    command.arg("train").args(args);
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn words(args: &str) -> Vec<&str> {
    args.split_whitespace().collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The rows of runs with `--json`, which must succeed.
fn train(args: &[&str]) -> Vec<Value> {
    let output = run(&[args, &["--json"]].concat());
    let told = text(&output.stderr);
    assert!(output.status.success(), "{args:?}: {told}");
    let lines = text(&output.stdout);
    let row = |line| serde_json::from_str(line).expect("each line is one JSON object");
    lines.lines().map(row).collect()
}

/// Runs it with a reader that leaves after `lines` lines, and returns the exit code and stderr.
fn abandoned(args: &str, lines: usize) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = command(&words(args));
    command.stdout(writer).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    assert_eq!(BufReader::new(reader).lines().take(lines).count(), lines);
    let output = child.wait_with_output().unwrap();
    (output.status.code(), text(&output.stderr))
}

#[test]
fn train_ends_quietly_when_nobody_reads_on() {
    let endless = "--n 12 --k 2 --trials 1000000";
    for (args, lines) in [(endless.into(), 1), (format!("{endless} --json"), 2)] {
        assert_eq!(abandoned(&args, lines), (Some(0), String::new()), "{args}");
    }
}

#[test]
fn train_reports_at_once_that_it_cannot_write() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        return;
    };
    let args = "--n 12 --k 2 --trials 1000000";
    let mut command = command(&words(args));
    let output = command.stdout(full).output().unwrap();
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.starts_with("error: ") && told.lines().count() == 1,
        "{told}"
    );
}

#[test]
fn train_prints_what_the_readme_promises() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (_, block) = readme
        .split_once("```console\n$ sparse-parity train ")
        .unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let (args, expected) = block.split_once('\n').unwrap();
    assert_eq!(text(&run(&words(args)).stdout), expected);
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
        "seeds",
        "schema",
        "experiment",
        "version",
        "revision",
        "key",
        "settings",
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
fn train_tells_the_times_of_all_criteria() {
    let base = "--n 12 --k 2 --trials 3 --max-steps 500";
    let rows = |flags: &str| train(&words(&format!("{base} {flags}")));
    let all = "--criterion validation:1 --criterion batches:0.75:12 --criterion batches-loss:0:500";
    let plain = rows("");
    for (plain, row) in plain.iter().zip(rows(all)) {
        assert!(plain.get("times").is_none(), "{plain}");
        assert_eq!((&row["status"], &row["t"]), (&plain["status"], &plain["t"]));
        let [solved, earlier, never] = [0, 1, 2].map(|place| row["times"][place].as_u64());
        assert_eq!(solved, plain["t"].as_u64());
        assert!(earlier < solved && earlier >= Some(11));
        assert_eq!((never, row["steps"].as_u64()), (None, Some(500)));
    }
    let listed = rows("--criteria batches:0.75:12,validation-loss:0.1");
    let alone = rows("--criterion {batches={accuracy=0.75,window=12}}");
    for (listed, alone) in listed.iter().zip(&alone) {
        assert_eq!(listed["times"][0], alone["times"][0]);
        assert_eq!(listed["t"], alone["steps"]);
    }
    let output = run(&words(&format!("{base} {all}")));
    let first = text(&output.stdout).lines().next().unwrap().to_owned();
    let t = &plain[0]["t"];
    assert!(
        first.starts_with(&format!("seed 0: solved after {t} updates, support")),
        "{first}"
    );
    assert!(first.contains(&format!(", criteria met after {t}, ")) && first.ends_with(", never"));
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
        "--criterion validation:0.8 --criterion batches:0.75:12",
        "--criterion validation-loss:0.1,batches-loss:0.1:12",
        "--init sparse:2 --optimizer momentum --block-rate output=0.01",
        "--block-init hidden.bias=uniform:1 --block-init output.weight=gaussian-fan-in:1",
        "--block-init hidden.weight=uniform-fan-in:1.4,hidden.bias=constant:-1.5 --biases fixed",
        "--model polynet --lr 0.05 --block-init factor=signs:0.5 --input-scale 0.5",
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
        "--model transformer --d-emb 8 --heads 2 --layer-norm --scaled-scores=false --activation gelu --optimizer adam",
        "--model transformer --d-emb 8 --heads 2 --block-init embedding.token=uniform:3 --block-init embedding.position=gaussian:0.02",
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

#[test]
fn train_answers_bad_input_with_the_repair_and_no_row() {
    for (args, words) in [
        ("--k 0", "k is 0; give a whole number >= 1"),
        ("--n 3 --k 4", "1 <= k <= n"),
        ("--n 0 --k 1", "n is 0; give a whole number >= 1"),
        ("--support 1,1", "each coordinate once"),
        ("--n 5 --support 7", "must be below n = 5"),
        ("--k 2 --support 1,2,3", "list k coordinates"),
        ("--support 1,x", "support is [1,\"x\"]; give a list"),
        ("--batch 0", "batch is 0; give a whole number >= 1"),
        ("--width 0", "learner.width is 0; give"),
        ("--noise 0.5", "noise is 0.5; give a number in [0.0, 0.5)"),
        ("--noise -0.1", "noise is -0.1; give a number in [0.0, 0.5)"),
        ("--lr NaN", "rate is \"NaN\"; give a number, or one of"),
        ("--lr -1", "the learning rate = -1"),
        ("--weight-decay -1", "the weight decay = -1"),
        ("--samples 0", "samples is 0; give a whole number >= 1"),
        (
            "--target-accuracy 1.5",
            "target_accuracy is 1.5; give a number in (0.5, 1.0]",
        ),
        (
            "--target-accuracy -1",
            "target_accuracy is -1; give a number in",
        ),
        (
            "--criterion batches:0.75:0",
            "criteria[0].batches.window is 0; give a whole number in [1, 1048576]",
        ),
        (
            "--criterion validation:1 --criterion batches:0.5:12",
            "criteria[1].batches.accuracy is 0.5; give a number in (0.5, 1.0]",
        ),
        (
            "--criterion batches:0.75",
            "criteria[0].batches is {\"accuracy\":0.75}; give a table with accuracy and window",
        ),
        (
            "--criterion validation-loss:-0.1",
            "criteria[0].validation-loss.loss is -0.1; give a number >= 0",
        ),
        (
            "--criterion validation-loss:inf",
            "criteria[0].validation-loss.loss is \"inf\"; give a number >= 0",
        ),
        (
            "--criterion valid:0.8",
            "each item one of validation, batches, validation-loss, batches-loss",
        ),
        (
            "--criterion validation:0.8 --criterion validation:0.80",
            "the criterion validation:0.8 is given twice; list each criterion once",
        ),
        (
            "--criterion validation:1 --target-accuracy 0.9",
            "criteria and a target accuracy exclude each other",
        ),
        (
            "--block-init hidden.bais=uniform:1",
            "no block of parameters is called \"hidden.bais\"; the nearest is hidden.bias, and",
        ),
        (
            "--block-init hidden.bias=uniform:-1",
            "block_inits[0][1].uniform.bound is -1; give a number >= 0",
        ),
        (
            "--block-init hidden.bias=gaussian:inf",
            "block_inits[0][1].gaussian.deviation is \"inf\"; give a number >= 0",
        ),
        (
            "--block-init hidden.bias=normal:1",
            "block_inits[0][1] is \"normal:1\"; give one of constant, uniform, gaussian, signs",
        ),
        (
            "--block-init hidden.bias=uniform",
            "block_inits[0][1].uniform is {}; give a table with bound",
        ),
        (
            "--block-init hidden.bias",
            "block_inits is [\"hidden.bias\"]; give a list",
        ),
        (
            "--block-init hidden=uniform:1 --model polynet --setting xv",
            "the blocks are factor.weight",
        ),
        ("--input-scale 0", "input_scale is 0; give a number > 0"),
        ("--input-scale -1", "input_scale is -1; give a number > 0"),
        (
            "--input-scale 0.5 --optimizer adam",
            "an input scale and Adam or AdamW exclude each other",
        ),
        ("--init sparse --sparsity 99", "cannot have 99"),
        (
            "--loss hinged",
            "loss is \"hinged\"; give one of hinge, square",
        ),
        ("--seed -1", "invalid value '-1' for '--seed <S>'"),
        ("--setting xvj", "the nearest is xv"),
        (
            "--lr 0.1 --rate 0.1",
            "are the same setting; leave one of them out",
        ),
        ("--n [10,20]", "n is [10,20]; give a whole number >= 1"),
        ("--widht 5", "--width"),
        ("--model transformer --heads 7", "7 heads do not divide"),
        (
            "--model transformer --d-emb 1 --heads 1 --layer-norm",
            "choose d_emb >= 2",
        ),
        (
            "--model transformer --activation zigzag",
            "choose relu, gelu",
        ),
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
        (
            "--curriculum 2:100",
            "curriculum.bias is 2.0; give a number in (0.0, 1.0)",
        ),
        ("--bias 0", "bias is 0; give a number in (0.0, 1.0)"),
        ("--lr 0:0.1,0:0.2", "begin at 0 and increase"),
        ("--lr 0:0.1 --schedule cosine", "leave one out"),
        (
            "--schedule cosine --timescale 0",
            "the number of steps of the schedule is 0",
        ),
        ("--freeze ouptut", "output.weight"),
        (
            "--optimizer momentum --momentum 1",
            "optimizer.momentum.momentum is 1.0; give a number in [0.0, 1.0)",
        ),
        (
            "--filter grokfast-ma --filter-window 0",
            "window is 0; give",
        ),
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
    let output = run(&words(args));
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

/// Runs `train`, which must end with one message that contains all the words, and no row.
fn train_refuses(args: &str, words: &[&str]) {
    let args: Vec<_> = args.split(' ').chain(["--json"]).collect();
    let output = run(&args);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {told}");
    let mut said = told.lines().skip_while(|line| line.starts_with("note: "));
    let first = said.next().unwrap_or_default();
    assert!(first.starts_with("error: "), "{args:?}: {told}");
    for words in words {
        assert!(told.contains(words), "{args:?}: {told}");
    }
    assert!(
        output.stdout.is_empty() && !told.contains("panicked"),
        "{args:?}"
    );
}

#[test]
fn train_takes_settings_as_a_sweep_file_has_them() {
    let small = "--n 8 --k 2 --max-steps 30";
    let outcome = |args: &str| {
        let mut rows = train(&words(&format!("{small} {args}")));
        let row = rows.remove(0).as_object_mut().unwrap().clone();
        Vec::from_iter(row.into_iter().filter(|(name, _)| name != "seconds"))
    };
    for (former, now) in [
        ("--lr 0.05", "--rate 0.05"),
        ("--lr 0:0.1,9:0.01", "--rate 0:0.1,9:0.01"),
        (
            "--activation sine --second-layer false",
            "--activation sine --output-layer false",
        ),
        ("--freeze hidden.bias", "--frozen hidden.bias"),
        (
            "--weight-decay 0.01 --decay scaled",
            "--decay 0.01 --convention scaled",
        ),
        (
            "--block-lr output=0.01",
            "--block-rates [[\"output\",0.01]]",
        ),
        ("--block-lr output=0.01", "--block-rate output=0.01"),
        (
            "--block-init hidden=uniform:1",
            "--block-inits [[\"hidden\",{uniform={bound=1}}]]",
        ),
        ("--width 7", "--learner.width 7"),
        ("--hidden_size 7", "--width 7"),
        ("--batch_size 4", "--batch 4"),
        (
            "--optimizer nesterov --momentum 0.5",
            "--optimizer {momentum={momentum=0.5,nesterov=true}}",
        ),
        (
            "--schedule cosine --timescale 20",
            "--rate {cosine={first=0.1,last=0.0,steps=20}}",
        ),
        ("--model neuron", "--model mlp --width 1 --activation sine"),
    ] {
        assert_eq!(outcome(former), outcome(now), "{former}");
    }
    let output = run(&words("--n 8 --k 2 --max-steps 1 --lr 0.1 --hidden 5"));
    let told = text(&output.stderr);
    for note in [
        "note: --lr means --rate\n",
        "note: --hidden means --width\n",
    ] {
        assert_eq!(told.matches(note).count(), 1, "{told}");
    }
}

#[test]
fn the_help_has_every_setting_with_its_default() {
    let help = text(&run(&["--help"]).stdout);
    for words in [
        "--n <VALUE>",
        "[default: 50]",
        "--width <VALUE>",
        "--rate",
        "[default: 0.1]",
        "--convention",
        "--criterion <VALUE>",
        "--block-init <VALUE>",
        "--input-scale <VALUE>",
        "deep-mlp",
    ] {
        assert!(help.contains(words), "{words} in {help}");
    }
    for hidden in [
        "--lr",
        "--freeze",
        "--hidden-size",
        "--learner.width",
        "--criteria",
    ] {
        assert!(!help.contains(hidden), "{hidden} in {help}");
    }
}
