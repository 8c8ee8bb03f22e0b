//! Sizes, paths, times and values that a user, a script or an enemy may give.

use super::{study, told, with};
use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with a sweep file.
fn of(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.toml"), text).unwrap();
    folder
}

const SMALL: &str = "seeds = 2\n[trial]\nn = 10\nk = 2\nmax_steps = 5\n";

/// The exit code and what was said, with an argument of any bytes in the place of OUT.
fn told_with(folder: &TempDir, words: &str, out: &OsString) -> (Option<i32>, String) {
    let words = words.split(' ').map(|word| match word {
        "OUT" => out.clone(),
        word => word.into(),
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparse-parity"));
    let output = command
        .current_dir(folder.path())
        .args(words)
        .output()
        .unwrap();
    let said = [&output.stdout[..], &output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[cfg(unix)]
fn bytes(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[test]
fn a_grid_is_refused_by_its_product() {
    let list = |count: usize| {
        let values: Vec<String> = (1..=count).map(|value| value.to_string()).collect();
        format!("[{}]", values.join(", "))
    };
    let names = [
        "n",
        "k",
        "batch",
        "max_steps",
        "samples",
        "learner.width",
        "rate",
        "decay",
    ];
    for (lists, product) in [
        (&names[..4], "100 x 100 x 100 x 100"),
        (&names[..], "100 x 100 x 100 x 100 x 100 x 100 x 100 x 100"),
    ] {
        let grid: String = lists
            .iter()
            .map(|name| format!("{name} = {}\n", list(100)))
            .collect();
        let folder = of(&format!("seeds = 1\n[grid]\n{grid}"));
        for words in ["plan s.toml", "status s.toml --out r", "run s.toml --out r"] {
            let (code, said) = told(&folder, words);
            assert_eq!(code, 2, "{said}");
            assert!(
                said.contains(&format!("the grid has {product} cells")),
                "{said}"
            );
        }
    }
}

#[test]
fn any_number_of_seeds_is_counted_or_refused() {
    let folder = of(SMALL);
    for (seeds, runs) in [
        ("9223372036854775807", "9223372036854775807"),
        ("10000000000", "10000000000"),
    ] {
        let set = format!("-s seeds={seeds}");
        let (code, said) = told(&folder, &format!("status s.toml --out r {set}"));
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(&format!("missing    {runs}")), "{said}");
        let (code, said) = told(
            &folder,
            &format!("plan s.toml --out r {set} --workers 18446744073709551615"),
        );
        assert_eq!(code, 0, "{said}");
        assert!(said.contains(&format!("runs        {runs}")), "{said}");
        // The time that a run may take holds while its runs are counted, too.
        let begin = Instant::now();
        let (code, said) = told(
            &folder,
            &format!("run s.toml --out r {set} --shard 1/18446744073709551615 --max-time 300ms"),
        );
        assert_eq!(code, 3, "{said}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{said}");
    }
    for (words, part) in [
        (
            "-s seeds=9223372036854775807 -s n=[10,11,12]",
            "2^64 runs or more",
        ),
        (
            "-s seeds.crossed={first=0,inits=4294967296,streams=4294967296}",
            "2^64 runs or more",
        ),
        (
            "-s seeds.each={first=9223372036854775807,runs=9223372036854775807}",
            "",
        ),
        ("-s seeds=1.5", "neither a whole number nor a table"),
        ("-s seeds=-1", "is not negative"),
        ("-s seeds=inf", "neither a whole number nor a table"),
    ] {
        let (code, said) = told(&folder, &format!("status s.toml --out r {words}"));
        assert_eq!(code, if part.is_empty() { 3 } else { 2 }, "{said}");
        assert!(
            said.contains(part) && !said.contains("unit variant"),
            "{said}"
        );
    }
}

#[test]
fn a_sweep_none_of_whose_runs_can_start_fails_and_says_why() {
    let folder = of(SMALL);
    for set in [
        "rate=-1",
        "batch=0",
        "noise=0.7",
        "k=[11,12]",
        "optimizer=momentum:1.5",
    ] {
        for words in [
            format!("run s.toml -s {set} --out r"),
            format!("slurm s.toml -s {set} --out r --tasks 4 --time 5"),
            format!("plan s.toml -s {set}"),
        ] {
            let (code, said) = told(&folder, &words);
            assert_eq!(code, 2, "{words}: {said}");
            assert!(said.contains("error: "), "{words}: {said}");
        }
        assert!(!folder.path().join("r").exists(), "{set}");
    }
    let (code, said) = told(&folder, "run s.toml -s n=[10,12] -s k=[13,14] --out r");
    assert!(
        code == 2 && said.contains("no run of the sweep can start: cell 0"),
        "{said}"
    );
    // One of two can.
    let (code, said) = told(&folder, "run s.toml -s k=[2,11] --out r");
    assert!(code == 0 && said.contains("2 refused"), "{said}");
    // More memory than a task has.
    let (code, said) = told(
        &folder,
        "slurm s.toml --out r2 --tasks 2 --time 5 --memory 1KiB",
    );
    assert!(code == 2 && said.contains("bytes of memory"), "{said}");
    assert!(!folder.path().join("r2").exists());
}

#[test]
fn times_are_those_of_slurm_or_of_people_and_any_length_is_understood() {
    let folder = of(SMALL);
    for time in ["2:00:00", "1-12", "90", "1h30m", "500000000000y"] {
        let (code, said) = told(&folder, &format!("run s.toml --out r --max-time {time}"));
        assert_eq!(code, 0, "{time}: {said}");
    }
    let (code, said) = told(&folder, "run s.toml --out r --max-time 0s");
    assert!(
        code == 3 && said.contains("the time is up while the rows in r were read"),
        "{said}"
    );
    let (code, said) = told(&folder, "run s.toml --out r --max-time soon");
    assert!(
        code == 2 && said.contains("\"soon\" is no duration; give 90s"),
        "{said}"
    );
    let (code, said) = told(
        &folder,
        "slurm s.toml --out r --tasks 4 --time 1h30m --memory 3000",
    );
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("--time=01:30:00") && said.contains("--mem=3000M"),
        "{said}"
    );
    for bad in ["--time 0", "--time 9999999999-0", "--time 5 --memory 0"] {
        let (code, said) = told(&folder, &format!("slurm s.toml --out r --tasks 4 {bad}"));
        assert_eq!(code, 2, "{said}");
    }
}

#[test]
fn a_run_longer_than_every_attempt_is_told() {
    let folder = of("seeds = 1\n[trial]\nn = 100\nk = 6\nmax_steps = 1000000000\n");
    let (code, said) = told(&folder, "run s.toml --out r --max-time 300ms");
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("no run ended within 300ms"), "{said}");
}

#[test]
fn threads_are_bounded_by_the_runs() {
    let folder = study();
    let (code, said) = told(
        &folder,
        "run sweep.toml -s setting=[\"i\"] -s n=[8] -s max_steps=[9] --out r --threads 200",
    );
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(" on 6 threads"), "{said}");
    for threads in ["0", "1000000000", "two"] {
        let (code, said) = told(
            &folder,
            &format!("run sweep.toml --out r --threads {threads}"),
        );
        assert!(
            code == 2 && said.contains("is no number of threads; give 1 to"),
            "{said}"
        );
    }
}

#[cfg(unix)]
#[test]
fn any_path_works_or_is_refused_before_anything_is_written() {
    for out in [
        &b"r\xff"[..],
        b"a\"b",
        b"x\"\ntouch pwned\n#",
        b"it's $HOME `x`",
        b"%j",
        b"a\\b",
    ] {
        let (folder, out) = (of(SMALL), bytes(out));
        let path = folder.path().join(&out);
        let (code, said) = told_with(&folder, "slurm s.toml --out OUT --tasks 2 --time 5", &out);
        match code {
            Some(0) => {
                // The script gives the task the very path, and every line is one that was meant.
                let line = said.lines().find(|line| line.starts_with("exec ")).unwrap();
                let list = line.replacen("exec ", "printf '%s\\0' ", 1);
                let output = Command::new("bash").args(["-c", &list]).output().unwrap();
                let words: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
                let place = words.iter().position(|word| *word == b"--out").unwrap();
                assert_eq!(bytes(words[place + 1]), path.as_os_str());
                let output = said
                    .lines()
                    .find(|line| line.contains("--output="))
                    .unwrap();
                assert_eq!(output.matches('"').count(), 2, "{output}");
            }
            _ => {
                assert_eq!(code, Some(2), "{said}");
                assert!(
                    said.contains("cannot be written into a directive"),
                    "{said}"
                );
                assert!(!path.exists());
            }
        }
        assert!(
            !said.lines().any(|line| line.starts_with("touch")),
            "{said}"
        );
        let (code, said) = told_with(&folder, "run s.toml --out OUT", &out);
        assert_eq!(code, Some(0), "{said}");
        assert!(path.join("sweep.toml").exists());
        let (code, said) = told_with(&folder, "status s.toml --out OUT", &out);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn the_file_of_a_user_is_never_rewritten() {
    let folder = of(SMALL);
    fs::create_dir(folder.path().join("m")).unwrap();
    let (path, text) = (
        folder.path().join("m/sweep.toml"),
        format!("# why\n{SMALL}"),
    );
    fs::write(&path, &text).unwrap();
    let (code, said) = told(&folder, "run m/sweep.toml --out m");
    assert!(code == 0 && !said.contains("is another"), "{said}");
    let (code, said) = told(&folder, "run m/sweep.toml --out m -s seeds=3");
    assert!(
        code == 0 && said.contains("m/sweep.toml stays as it is"),
        "{said}"
    );
    let (code, said) = told(&folder, "run s.toml --out m -s k=3");
    assert!(
        code == 0 && said.contains("m/sweep.toml stays as it is"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_wrong_value_is_told_with_its_setting() {
    let folder = of(SMALL);
    let as_string = OsString::from("batch=\"32\"");
    let (code, said) = told_with(&folder, "plan s.toml -s OUT", &as_string);
    assert_eq!(code, Some(2), "{said}");
    for (change, parts) in [
        ("batch=\"32\"", ["batch", "\"32\""]),
        ("decay=inf", ["decay", "inf"]),
        ("rate=nan", ["rate", "nan"]),
        ("learner.width=1.5", ["learner.width", "1.5"]),
        ("decay=[inf,0.1]", ["decay", "inf"]),
        ("support=[1,inf]", ["support", "inf"]),
        ("max_steps=true", ["max_steps", "true"]),
        ("allow_unsolvable=1", ["allow_unsolvable", "1"]),
        ("n=-3", ["n is", "-3"]),
        ("rate=2020-01-01", ["rate", "2020-01-01"]),
    ] {
        let (code, said) = told_with(&folder, "plan s.toml -s OUT", &change.into());
        assert_eq!(code, Some(2), "{change}: {said}");
        for part in parts {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!said.contains("invalid type"), "{said}");
    }
}

#[test]
fn plan_has_no_update_that_takes_no_time() {
    let folder = of(SMALL);
    let (code, said) = told(&folder, "plan s.toml");
    assert!(code == 0 && !said.contains(" 0.0 ns"), "{said}");
}

#[test]
fn training_that_does_not_fit_into_memory_is_refused() {
    let folder = of(SMALL);
    for words in [
        "train --samples 5000000000 --n 10 --k 2",
        "train --samples 4000000000 --n 10 --k 2",
        "train --batch 100000000000 --n 10 --k 2",
        "train --optimizer adam --width 1000000000",
    ] {
        let (code, said) = told(&folder, words);
        assert_eq!(code, 2, "{said}");
        assert!(
            said.contains("memory") || said.contains("use at most"),
            "{said}"
        );
    }
}

#[test]
fn a_kernel_that_cannot_be_had_is_told_once() {
    let folder = of(SMALL);
    let kernel = [("SPARSE_PARITY_KERNEL", "avx3")];
    let output = with(folder.path(), &kernel, "run s.toml --out r");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(
        said.matches("SPARSE_PARITY_KERNEL is \"avx3\"").count(),
        1,
        "{said}"
    );
    let output = with(
        folder.path(),
        &[("SPARSE_PARITY_KERNEL", "portable")],
        "run s.toml --out r2",
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && !said.contains("KERNEL"),
        "{said}"
    );
}

#[test]
fn a_decay_that_outweighs_every_gradient_is_noted() {
    let folder = of(SMALL);
    let train = "train --n 10 --k 2 --max-steps 5 --lr 0.1";
    for decay in [
        "--weight-decay 1 --optimizer adam",
        "--weight-decay 2 --convention scaled",
        "--weight-decay 0.5",
        "--weight-decay 1.5",
    ] {
        let (code, said) = told(&folder, &format!("{train} {decay}"));
        assert!(
            code == 0 && said.contains("note: the decay"),
            "{decay}: {said}"
        );
    }
    for decay in [
        "--weight-decay 0.01",
        "--weight-decay 1 --optimizer adamw",
        "--weight-decay 0.1 --convention scaled",
        "",
    ] {
        let (code, said) = told(&folder, format!("{train} {decay}").trim());
        assert!(
            code == 0 && !said.contains("note: the decay"),
            "{decay}: {said}"
        );
    }
}

#[test]
fn settings_of_any_size_are_answered() {
    let folder = of("seeds = 1\n");
    let most = i64::MAX.to_string();
    for experiment in [
        "theorem4",
        "population",
        "flow",
        "accumulation",
        "recorded",
        "trial",
    ] {
        let (code, said) = told(&folder, &format!("new {experiment}.toml --of {experiment}"));
        assert_eq!(code, 0, "{said}");
        let settings: &[&str] = match experiment {
            "theorem4" => &["n", "k", "width", "first_batch", "batch", "max_steps"],
            "recorded" => &["trial.n", "trial.batch", "trial.samples"],
            "trial" => &["n", "k", "batch", "samples", "width", "max_steps"],
            _ => &["n", "k", "network.width"],
        };
        for setting in settings {
            let change = format!("plan {experiment}.toml -s seeds=1 -s {setting}={most}");
            let begin = Instant::now();
            let (code, said) = told(&folder, &change);
            assert!(code == 0 || code == 2, "{change}: {code} {said}");
            assert!(!said.contains("panicked"), "{change}: {said}");
            assert!(begin.elapsed() < Duration::from_secs(60), "{change}");
        }
    }
}

#[test]
fn a_name_that_is_far_from_all_suggests_none() {
    let folder = of("seeds = 1\n[theorem4]\nn = 9\nk = 2\n");
    let (code, said) = told(&folder, "plan s.toml -s lr=0.1");
    assert!(
        code == 2 && said.contains("there is no \"lr\"; all are"),
        "{said}"
    );
}
