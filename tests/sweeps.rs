//! Sweeps: the same table whatever interrupts them.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use sparse_parity::measure::{Interval, MeasureKind, Recording};
use sparse_parity::seeds::LabRng;
use sparse_parity::sweep::SweepError;
use sparse_parity::sweep::{Attempt, Cell, Outcomes, Progress, Seeding, Sweep, SweepFile, Tally};
use sparse_parity::trial::{
    CriterionKind, Learner, MlpSettings, Outcome, PolyNetSettings, Status, Trial,
};
use sparse_parity_examples::limit::Limit;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Trials in lockstep and others, solved and unsolved ones, and some that are refused.
fn cells() -> Vec<Cell> {
    let polynet = Learner::PolyNet(PolyNetSettings::default());
    let narrow = Learner::Mlp(MlpSettings {
        width: 12,
        ..MlpSettings::default()
    });
    let crossed = Seeding::Crossed {
        first: 1,
        inits: 3,
        streams: 2,
    };
    let impossible = Trial {
        learner: narrow.clone(),
        batch: 0,
        ..Trial::new(10, 2)
    };
    let short = Trial {
        learner: narrow,
        max_steps: 60,
        ..Trial::new(10, 2)
    };
    vec![
        Cell::new(
            Trial {
                learner: polynet,
                ..Trial::new(8, 2)
            },
            40,
        ),
        Cell {
            experiment: short,
            seeding: crossed,
        },
        Cell::new(impossible, 2),
    ]
}

fn sweep() -> Sweep {
    Sweep::new(cells()).unwrap()
}

fn on_threads(threads: usize, folder: &Path, sweep: &Sweep) -> Progress {
    let _limit = Limit::of_test();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().unwrap();
    pool.install(|| sweep.run(folder, |_| ())).unwrap()
}

/// All records, as text.
fn text(sweep: &Sweep, table: &Outcomes<Outcome>) -> String {
    let cells = 0..sweep.cells().len();
    cells
        .map(|cell| format!("{:?}\n", table.records(cell)))
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The files in a folder whose names end so.
fn with_end(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut files = files(folder);
    files.retain(|path| path.extension().is_some_and(|found| found == end));
    files
}

#[test]
fn the_table_is_that_of_the_trials_for_any_number_of_threads() {
    let sweep = sweep();
    let tables = [1, 3].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        let progress = on_threads(threads, folder.path(), &sweep);
        assert_eq!((progress.done, progress.refused), (sweep.len(), 2));
        sweep.outcomes(folder.path()).unwrap()
    });
    assert_eq!(text(&sweep, &tables[0]), text(&sweep, &tables[1]));
    for (place, cell) in sweep.cells()[..2].iter().enumerate() {
        for (run, record) in tables[0].records(place).iter().enumerate() {
            let seeds = cell.seeding.seeds(run as u64);
            let outcome = cell.experiment.run(&seeds).unwrap();
            let record = record.as_ref().unwrap();
            assert_eq!(record.time, Some(outcome.time()));
            assert_eq!(record.outcome, Some(outcome));
        }
    }
    let mut outcomes = tables[0].of(1);
    assert!(outcomes.any(|outcome| outcome.status == Status::Unsolved));
    assert_eq!(tables[0].times(2).runs(), 0);
    assert_eq!(tables[0].missing(), 0);
}

#[test]
fn more_runs_than_there_is_memory_for_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for runs in [10_000_000_000, u64::MAX] {
        let sweep = Sweep::new([Cell::new(Trial::new(10, 2), runs)]).unwrap();
        assert_eq!(sweep.len(), runs);
        let told = sweep.outcomes(folder.path()).unwrap_err();
        assert!(
            matches!(told, SweepError::TooManyOutcomes { runs: of } if of == runs),
            "{told}"
        );
        let table = folder.path().join("table.csv");
        assert_eq!(sweep.gather(folder.path(), &table).unwrap().done, 0);
    }
    let half = |k| Cell::new(Trial::new(10, k), 1 << 63);
    let told = Sweep::new([half(2), half(3)]).unwrap_err();
    assert!(matches!(told, SweepError::TooManyRuns), "{told}");
    let seeding = Seeding::Each {
        first: 1,
        runs: u64::MAX,
    };
    assert!(Sweep::new([Cell { seeding, ..half(2) }]).is_ok());
    let seeding = Seeding::Each {
        first: 2,
        runs: u64::MAX,
    };
    let told = Sweep::new([Cell { seeding, ..half(2) }]).unwrap_err();
    assert!(matches!(told, SweepError::Seeds { first: 2, .. }), "{told}");
}

#[test]
fn a_sweep_that_is_killed_again_and_again_gives_the_same_table() {
    let sweep = sweep();
    let (whole, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    on_threads(2, whole.path(), &sweep);
    let mut rng = LabRng::seed_from_u64(1);
    for _ in 0..12 {
        // What panics here dies in the middle of its work, and leaves its last row torn.
        let mut left = rng.random_range(1..6);
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            sweep.run(broken.path(), |_| {
                left -= 1;
                assert!(left > 0, "killed");
            })
        }));
        let all = files(broken.path());
        if attempt.is_err() && rng.random_bool(0.7) && !all.is_empty() {
            let file = all.choose(&mut rng).unwrap();
            let bytes = fs::read(file).unwrap();
            let cut = rng.random_range(0..bytes.len().min(60));
            fs::write(file, &bytes[..bytes.len() - cut]).unwrap();
        }
    }
    let before = sweep.outcomes(broken.path()).unwrap();
    assert!(
        before.tally().done > 0 && before.missing() > 0,
        "{before:?}"
    );
    let progress = sweep.run(broken.path(), |_| ()).unwrap();
    assert_eq!(progress.before, before.tally().done);
    let tables = [&whole, &broken].map(|folder| sweep.outcomes(folder.path()).unwrap());
    assert_eq!(text(&sweep, &tables[0]), text(&sweep, &tables[1]));
    assert!(tables[1].tally().torn > 0);
    // Nothing is left to do, and no file is made for that.
    let count = files(broken.path()).len();
    sweep.run(broken.path(), |_| ()).unwrap();
    assert_eq!(files(broken.path()).len(), count);
}

#[test]
fn what_does_not_belong_is_counted_and_left_alone() {
    let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
    sweep.run(folder.path(), |_| ()).unwrap();
    let first = Sweep::new(cells().into_iter().take(1)).unwrap();
    let rows = sweep.len() - first.len();
    let file = &files(folder.path())[0];
    fs::copy(file, folder.path().join("copy.jsonl")).unwrap();
    fs::write(folder.path().join("zeros.jsonl"), [0; 4096]).unwrap();
    fs::write(folder.path().join("notes.txt"), "no rows").unwrap();
    let tally = first.outcomes(folder.path()).unwrap().tally();
    let expected = Tally {
        done: first.len(),
        duplicates: first.len(),
        foreign: 2 * rows,
        torn: 1,
        ..Tally::default()
    };
    assert_eq!(tally, expected);
}

#[test]
fn rows_that_disagree_are_an_error_that_says_where() {
    let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
    sweep.run(folder.path(), |_| ()).unwrap();
    let rows = fs::read_to_string(&files(folder.path())[0]).unwrap();
    // The first solved run, and one that takes ten times as long.
    let (before, t) = rows.split_once(r#""t":"#).unwrap();
    let t = t.split(',').next().unwrap();
    assert!(before.ends_with(r#""status":"solved","#), "{before}");
    let time = |t: &str| format!(r#""t":{t},"steps":{t},"#);
    let changed = rows.replacen(&time(t), &time(&format!("{t}0")), 1);
    assert_ne!(rows, changed);
    // Rows without a checksum, as an earlier version wrote them.
    let former = |rows: &str| {
        let lines = rows
            .lines()
            .filter(|line| !line.starts_with(r#"{"header""#));
        let without = |line: &str| match line.split_once(r#","check":"#) {
            Some((row, _)) => format!("{row}}}}}\n"),
            None => format!("{line}\n"),
        };
        lines.map(without).collect::<String>()
    };
    fs::write(folder.path().join("z.jsonl"), former(&changed)).unwrap();
    let error = sweep.outcomes(folder.path()).unwrap_err();
    assert!(matches!(error, SweepError::Disagreement { .. }));
    assert!(error.to_string().contains("z.jsonl"), "{error}");
    assert!(sweep.run(folder.path(), |_| ()).is_err());
}

#[test]
fn settings_that_stand_twice_and_folders_that_are_none_are_errors() {
    let twice = cells().into_iter().chain(cells());
    let told = Sweep::new(twice).unwrap_err().to_string();
    assert!(told.contains("cells 0 and 3"), "{told}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let told = sweep().run(file.path(), |_| ()).unwrap_err().to_string();
    assert!(told.contains(file.path().to_str().unwrap()), "{told}");
}

type Line = std::collections::BTreeMap<String, String>;

/// The lines of a table as CSV, by the names of the columns.
fn lines(table: &[u8]) -> Vec<Line> {
    let mut reader = csv::Reader::from_reader(table);
    let head = reader.headers().unwrap().clone();
    let line = |line: Result<csv::StringRecord, csv::Error>| {
        let line = line.unwrap();
        let fields = head.iter().zip(&line);
        fields
            .map(|(name, field)| (name.to_owned(), field.to_owned()))
            .collect()
    };
    reader.records().map(line).collect()
}

#[test]
fn the_columns_of_a_table_do_not_depend_on_the_values() {
    let head = |text: &str| {
        let sweep = text.parse::<SweepFile>().unwrap().sweep().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("table.csv");
        sweep.gather(folder.path().join("none"), &to).unwrap();
        fs::read_to_string(&to).unwrap()
    };
    let plain = head("seeds = 1");
    assert!(plain.starts_with("cell,run,key,label,"), "{plain}");
    for other in [
        "seeds.crossed = { first = 0, inits = 2, streams = 2 }",
        "seeds = 1\n[trial]\nlearner.model = 'transformer'\nrate.cosine = { first = 0.1, last = 0.0, steps = 9 }",
        "seeds = 1\n[trial]\ncriteria = ['batches:0.75:12']\ntarget = 'majority'\n[grid]\nn = [9, 11]",
    ] {
        assert_eq!(head(other), plain, "{other}");
    }
    let mut names: Vec<&str> = plain.trim_end().split(',').collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "{plain}");
}

#[test]
fn every_form_of_a_table_says_the_same() {
    let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
    let rows = folder.path().join("rows");
    sweep.run(&rows, |_| ()).unwrap();
    let to = |name: &str| folder.path().join(name);
    let tally = sweep.gather(&rows, to("t.csv")).unwrap();
    assert_eq!(tally.refused, 2);
    assert_eq!(sweep.gather(&rows, to("t.jsonl")).unwrap(), tally);
    let plain = lines(&fs::read(to("t.csv")).unwrap());
    let text = fs::read_to_string(to("t.jsonl")).unwrap();
    assert_eq!(text.lines().count(), plain.len());
    for (object, line) in text.lines().zip(&plain) {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(object).unwrap();
        assert_eq!(object.len(), line.len());
        for (name, text) in line {
            let value = match &object[name] {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(&value, text, "{name}");
        }
    }
    // The seconds of a run are told where that is asked for, and are positive for those that were made.
    sweep.gather_with_provenance(&rows, to("p.csv")).unwrap();
    for (line, plain) in lines(&fs::read(to("p.csv")).unwrap()).iter().zip(&plain) {
        assert!(plain.iter().all(|(name, value)| line[name] == *value));
        let seconds: f64 = line["row.seconds"].parse().unwrap();
        assert!((0.0..60.0).contains(&seconds), "{seconds}");
        assert_eq!(line["row.version"], env!("CARGO_PKG_VERSION"));
        assert!(line["row.file"].ends_with(".jsonl"));
    }
    // In Parquet it is as many rows, and the same bytes again.
    sweep.gather(&rows, to("t.parquet")).unwrap();
    let bytes = fs::read(to("t.parquet")).unwrap();
    sweep.gather(&rows, to("again.parquet")).unwrap();
    assert!(bytes == fs::read(to("again.parquet")).unwrap());
}

fn recording() -> Recording {
    Recording {
        measures: vec![MeasureKind::Loss, MeasureKind::Rho],
        ..Recording::new(Interval::every(10).unwrap())
    }
}

#[test]
fn curves_survive_what_kills_a_sweep_and_change_no_row() {
    let sweep = sweep();
    let [plain, whole, broken] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    sweep.run(plain.path(), |_| ()).unwrap();
    let attempt = Attempt {
        recording: Some(recording()),
        ..Attempt::default()
    };
    sweep.attempt(whole.path(), &attempt, |_| ()).unwrap();
    // Rows without curves count for nothing to be recorded, and then for the same runs.
    on_threads(
        1,
        broken.path(),
        &Sweep::new(cells().into_iter().take(1)).unwrap(),
    );
    for left in [5, 9, 14] {
        let mut left = left;
        let killed = catch_unwind(AssertUnwindSafe(|| {
            sweep.attempt(broken.path(), &attempt, |_| {
                left -= 1;
                assert!(left > 0, "killed");
            })
        }));
        assert!(killed.is_err());
        let curves = with_end(broken.path(), "curves");
        let file = curves
            .iter()
            .max_by_key(|path| path.metadata().unwrap().len());
        let file = file.unwrap();
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() - 20]).unwrap();
    }
    let progress = sweep.attempt(broken.path(), &attempt, |_| ()).unwrap();
    assert_eq!(progress.done, sweep.len());
    let table = |folder: &Path| {
        let to = folder.join("t.csv");
        sweep.gather(folder, &to).unwrap();
        fs::read(&to).unwrap()
    };
    let curves = |folder: &Path| {
        let to = folder.join("c.csv");
        let count = sweep.gather_curves(folder, &recording(), &to).unwrap();
        (count, fs::read(&to).unwrap())
    };
    assert!(table(plain.path()) == table(whole.path()));
    assert!(table(plain.path()) == table(broken.path()));
    let expected = curves(whole.path());
    assert!(expected == curves(broken.path()));
    // Two runs are refused.
    assert_eq!(expected.0, sweep.len() - 2);
    let lines = lines(&expected.1);
    let first: Vec<&Line> = lines.iter().filter(|line| line["cell"] == "1").collect();
    assert_eq!(
        (first[0]["step"].as_str(), first[0]["measure"].as_str()),
        ("0", "loss")
    );
    let seeds = sweep.cells()[1].seeding.seeds(0);
    let run = sweep.cells()[1]
        .experiment
        .record(&seeds, &recording())
        .unwrap();
    assert_eq!(first[3]["value"], run.table.rows()[1][2].to_string());
    // Nothing is left to do; what is recorded at other steps is another recording.
    let before = with_end(whole.path(), "curves").len();
    let again = sweep.attempt(whole.path(), &attempt, |_| ()).unwrap();
    assert_eq!(
        (again.before, before),
        (sweep.len(), with_end(whole.path(), "curves").len())
    );
    let other = Recording::new(Interval::every(11).unwrap());
    assert_eq!(sweep.count_curves(whole.path(), &other).unwrap(), 0);
}

#[test]
fn what_cannot_be_recorded_is_told_before_any_run() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Attempt {
        recording: Some(Recording {
            measures: vec![MeasureKind::TrainError],
            ..recording()
        }),
        ..Attempt::default()
    };
    let told = sweep()
        .attempt(folder.path(), &refused, |_| ())
        .unwrap_err();
    assert!(told.to_string().contains("no training sample"), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    for (text, words) in [
        ("seeds = 1\nrecord = ['los']", "the nearest is loss"),
        ("seeds = 1\nrecord = []", "name the measures"),
        ("seeds = 1\nrecord = 3", "name the measures"),
        ("seeds = 1\nrecord = 'loss,loss'", "loss twice"),
        ("seeds = 1\nrecord = 'loss'\nevery = '3/month'", "20/decade"),
        ("seeds = 1\nevery = 3", "nothing is recorded"),
    ] {
        let file: SweepFile = text.parse().unwrap();
        let told = file.recording().unwrap_err().to_string();
        assert!(told.contains(words), "{told}");
    }
    let file: SweepFile = "seeds = 1".parse().unwrap();
    let file = file.with("record=loss,movement:hidden.bias").unwrap();
    let read: SweepFile = file.to_string().parse().unwrap();
    assert_eq!(read.recording().unwrap().unwrap().measures.len(), 2);
}

#[test]
fn rows_that_an_earlier_version_wrote_give_the_table_that_it_gathered() {
    let fixture = Path::new("tests/fixtures/former_rows");
    let file: SweepFile = SweepFile::read(fixture.join("sweep.toml")).unwrap();
    let sweep = file.sweep().unwrap();
    let (gathered, folder) = (
        fs::read(fixture.join("table.csv")),
        tempfile::tempdir().unwrap(),
    );
    let gathered = lines(&gathered.unwrap());
    let table = |rows: &Path| {
        let to = folder.path().join("table.csv");
        assert_eq!(sweep.gather(rows, &to).unwrap().done, sweep.len());
        fs::read(&to).unwrap()
    };
    // Its columns stood elsewhere and were fewer; the fields of a schedule were columns.
    let of_former = table(fixture);
    let today = lines(&of_former);
    assert_eq!(today.len(), gathered.len());
    for (today, former) in today.iter().zip(&gathered) {
        for (name, value) in former {
            if let Some(field) = name.strip_prefix("decay.cosine.") {
                let decay: serde_json::Value =
                    serde_json::from_str(&today["decay"]).unwrap_or_default();
                assert_eq!(
                    decay["cosine"][field].as_f64(),
                    value.parse().ok(),
                    "{name}"
                );
                continue;
            }
            let today = &today[name];
            let is_same = today == value || today.parse::<f64>().ok() == value.parse::<f64>().ok();
            assert!(is_same, "{name}: {today} and {value}");
        }
    }
    // Rows of today are the same runs, and agree with the former ones.
    let rows = folder.path().join("rows");
    assert_eq!(sweep.run(&rows, |_| ()).unwrap().done, sweep.len());
    assert!(table(&rows) == of_former, "of new rows");
    fs::copy(fixture.join("rows.jsonl"), rows.join("rows.jsonl")).unwrap();
    let tally = sweep.outcomes(&rows).unwrap().tally();
    assert_eq!((tally.done, tally.duplicates), (sweep.len(), sweep.len()));
}

#[test]
fn times_of_several_criteria_are_a_column() {
    let table = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file: SweepFile = text.parse().unwrap();
        let (sweep, to) = (file.sweep().unwrap(), folder.path().join("table.csv"));
        let progress = sweep.run(folder.path().join("rows"), |_| ()).unwrap();
        assert_eq!((progress.done, progress.refused), (sweep.len(), 0));
        sweep.gather(folder.path().join("rows"), &to).unwrap();
        (sweep, lines(&fs::read(to).unwrap()))
    };
    let base = "seeds = 3\n[trial]\nn = 10\nk = 2\nlearner.width = 20\nmax_steps = 400\n[grid]\n";
    let (_, plain) = table(&format!("{base}batch = [16, 32]"));
    assert_eq!(
        (plain[0]["times"].as_str(), plain[0]["criteria"].as_str()),
        ("", "[]")
    );
    let criteria = r#"criteria = [[], ["batches:0.75:12", { validation = { accuracy = 1 } }]]"#;
    let (sweep, lines) = table(&format!("{base}{criteria}"));
    assert_eq!(
        sweep.cells()[1].experiment.criteria,
        [
            CriterionKind::Batches {
                accuracy: 0.75,
                window: 12
            },
            CriterionKind::Validation { accuracy: 1.0 }
        ]
    );
    assert_eq!(lines.len(), 6);
    for (one, both) in lines[..3].iter().zip(&lines[3..]) {
        assert_eq!(
            (one["times"].as_str(), one["criteria"].as_str()),
            ("", "[]")
        );
        assert!(both["criteria"].starts_with(r#"[{"batches":{"accuracy":0.75,"window":12}}"#));
        // 100 % is reached as without the other criterion, which was met before.
        assert_eq!(both["times"], format!("[{},{}]", both["t"], one["t"]));
        assert_eq!(both["steps"], one["t"]);
    }
    let usual = sweep.cells()[0].experiment.clone();
    let told = Trial {
        criteria: vec![CriterionKind::Validation { accuracy: 0.5 }],
        ..usual
    };
    let sweep = Sweep::new([Cell::new(told, 1)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(sweep.run(folder.path(), |_| ()).unwrap().refused, 1);
}

#[test]
fn criteria_and_laws_that_are_none_are_told_with_the_file() {
    for (line, words) in [
        (
            r#"criteria = ["batches:0.75:0"]"#,
            "criteria[0].batches.window is 0; give a whole number in [1, 1048576]",
        ),
        (
            r#"criteria = ["validation:1", "validation:0.5"]"#,
            "criteria[1].validation.accuracy is 0.5; give a number in (0.5, 1.0]",
        ),
        (
            r#"criteria = ["batches-loss:-1:3"]"#,
            "criteria[0].batches-loss.loss is -1; give a number >= 0",
        ),
        (
            r#"criteria = ["batches:0.75"]"#,
            "give a table with accuracy and window",
        ),
        (
            r#"block_inits = [["hidden.bias", { uniform = { bound = -1 } }]]"#,
            "block_inits[0][1].uniform.bound is -1; give a number >= 0",
        ),
        (
            r#"block_inits = ["hidden.bias=uniform:1", "output=gauss:1"]"#,
            "block_inits[1][1] is \"gauss:1\"; give one of constant, uniform, gaussian, signs",
        ),
        (
            r#"criteria = ["loss:0.1"]"#,
            "each item one of validation, batches, validation-loss, batches-loss",
        ),
    ] {
        let file: SweepFile = format!("seeds = 1\n[trial]\n{line}").parse().unwrap();
        let told = file.sweep().unwrap_err().to_string();
        assert!(told.contains(words), "{told}");
    }
}
