//! Rows that were changed, cut off or forged, and folders with odd entries: nothing wrong gets into a table, and what
//! is missing is made again.

use allocation_counter::measure;
use rand::{Rng, SeedableRng};
use sparse_parity::seeds::LabRng;
use sparse_parity::sweep::{Cell, Outcomes, Sweep, SweepError};
use sparse_parity::trial::{Learner, Outcome, PolyNetSettings, Status, Trial};
use std::fs;
use std::path::{Path, PathBuf};

fn polynet(n: usize) -> Trial {
    Trial {
        learner: Learner::PolyNet(PolyNetSettings::default()),
        max_steps: 400,
        rate: 0.05.into(),
        ..Trial::new(n, 2)
    }
}

/// Runs that are solved, unsolved, diverged and refused.
fn sweep() -> Sweep {
    let refused = Trial {
        batch: 0,
        ..polynet(6)
    };
    let diverged = Trial {
        rate: 1e30.into(),
        ..polynet(6)
    };
    let unsolved = Trial {
        max_steps: 60,
        ..polynet(30)
    };
    let cells = [(polynet(6), 8), (unsolved, 2), (diverged, 3), (refused, 2)];
    Sweep::new(cells.map(|(trial, runs)| Cell::new(trial, runs))).unwrap()
}

/// A folder with the rows of the sweep, and their file.
fn rows() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    sweep().run(folder.path(), |_| ()).unwrap();
    let file = fs::read_dir(folder.path()).unwrap().next().unwrap();
    let file = file.unwrap().path();
    (folder, file)
}

fn records(table: &Outcomes<Outcome>) -> Vec<Option<String>> {
    let cells = (0..sweep().cells().len()).flat_map(|cell| table.records(cell));
    let text = cells.map(|record| record.as_ref().map(|record| format!("{record:?}")));
    text.collect()
}

/// The rows as earlier versions wrote them, without a checksum.
fn former(rows: &str) -> String {
    let lines = rows.lines().filter(|line| !line.contains(r#""header""#));
    let without = |line: &str| match line.split_once(r#","check":"#) {
        Some((row, _)) => format!("{row}}}}}\n"),
        None => format!("{line}\n"),
    };
    lines.map(without).collect()
}

/// Flips bits of the file one after the other; no record may then be another than before.
fn no_flip_changes_a_number(flips: u32) {
    let (folder, file) = rows();
    let (sweep, whole) = (sweep(), fs::read(&file).unwrap());
    let expected = records(&sweep.outcomes(folder.path()).unwrap());
    assert!(expected.iter().all(Option::is_some));
    let mut rng = LabRng::seed_from_u64(1);
    let mut noticed = 0;
    for _ in 0..flips {
        let (place, bit) = (rng.random_range(0..whole.len()), rng.random_range(0..8));
        let mut changed = whole.clone();
        changed[place] ^= 1 << bit;
        fs::write(&file, &changed).unwrap();
        let table = sweep.outcomes(folder.path()).unwrap();
        let tally = table.tally();
        for (found, expected) in records(&table).iter().zip(&expected) {
            assert!(
                found.is_none() || found == expected,
                "bit {bit} of byte {place}: {found:?}"
            );
        }
        let is_missing = table.missing() > 0;
        assert!(!is_missing || tally.faults + tally.torn > 0, "{tally:?}");
        noticed += u32::from(is_missing);
    }
    // Other bits are in lines that are no rows.
    assert!(noticed > flips / 2, "{noticed} of {flips}");
}

#[test]
fn a_flipped_bit_changes_no_number() {
    no_flip_changes_a_number(4000);
}

/// Cuts the file off or fills it with zeros somewhere, and makes what is missing.
fn damage_is_mended(times: u32) {
    let (whole, file) = rows();
    let (sweep, bytes) = (sweep(), fs::read(&file).unwrap());
    let table = |folder: &Path| {
        let to = folder.join("table.csv");
        assert_eq!(sweep.gather(folder, &to).unwrap().done, sweep.len());
        fs::read(&to).unwrap()
    };
    let expected = table(whole.path());
    let mut rng = LabRng::seed_from_u64(2);
    for time in 0..times {
        let folder = tempfile::tempdir().unwrap();
        let (start, mut damaged) = (rng.random_range(0..bytes.len()), bytes.clone());
        match time % 2 {
            0 => damaged.truncate(start),
            _ => damaged[start..]
                .iter_mut()
                .take(200)
                .for_each(|byte| *byte = 0),
        }
        fs::write(folder.path().join("rows.jsonl"), damaged).unwrap();
        sweep.run(folder.path(), |_| ()).unwrap();
        assert!(table(folder.path()) == expected, "{start}");
    }
}

#[test]
fn what_a_damaged_file_lost_is_made_again() {
    damage_is_mended(20);
}

/// `cargo test --release --test rows -- --ignored`
#[test]
#[ignore = "takes a minute"]
fn what_many_damaged_files_lost_is_made_again() {
    damage_is_mended(200);
    no_flip_changes_a_number(100_000);
}

#[test]
fn rows_of_earlier_versions_count_and_are_told_apart() {
    let (folder, file) = rows();
    let text = fs::read_to_string(&file).unwrap();
    let expected = records(&sweep().outcomes(folder.path()).unwrap());
    fs::write(&file, former(&text)).unwrap();
    let table = sweep().outcomes(folder.path()).unwrap();
    assert_eq!(records(&table), expected);
    assert_eq!(table.tally().unverified, sweep().len());
    // In a file of today, a row that has lost its checksum is none.
    let header = text.lines().next().unwrap();
    fs::write(&file, format!("{header}\n{}", former(&text))).unwrap();
    let table = sweep().outcomes(folder.path()).unwrap();
    assert_eq!(
        (table.tally().done, table.tally().faults),
        (0, sweep().len())
    );
}

#[test]
fn a_forged_row_is_named_and_its_run_is_made_again() {
    let (folder, file) = rows();
    let text = fs::read_to_string(&file).unwrap();
    let expected = records(&sweep().outcomes(folder.path()).unwrap());
    for (good, bad, reason) in [
        (
            r#""final_accuracy":1.0"#,
            r#""final_accuracy":7.5"#,
            "7.5 is no share",
        ),
        (
            r#""status":"unsolved","t":null,"steps":60"#,
            r#""status":"unsolved","t":null,"steps":6000"#,
            "at most 60",
        ),
        (
            r#""status":"unsolved""#,
            r#""status":"solved""#,
            "t is None",
        ),
    ] {
        assert!(text.contains(good), "{text}");
        for base in [text.clone(), former(&text)] {
            let forged = base.replacen(good, bad, 1);
            fs::write(&file, &forged).unwrap();
            let table = sweep().outcomes(folder.path()).unwrap();
            let [fault] = table.faults() else {
                panic!("{:?}", table.faults());
            };
            let mut lines = forged.lines().zip(base.lines());
            let line = 1 + lines.position(|(forged, base)| forged != base).unwrap();
            assert_eq!((&fault.path, fault.line), (&file, Some(line as u64)));
            let reasons = [reason, "its checksum is wrong"];
            let is_told = reasons.iter().any(|reason| fault.reason.contains(reason));
            assert!(is_told, "{fault}");
            assert_eq!((table.missing(), table.tally().faults), (1, 1));
        }
    }
    let end = sweep().run(folder.path(), |_| ()).unwrap();
    assert_eq!((end.faults, end.done - end.before), (1, 1));
    assert_eq!(records(&sweep().outcomes(folder.path()).unwrap()), expected);
}

#[cfg(unix)]
#[test]
fn entries_that_are_no_files_are_named_and_passed_over() {
    use std::os::unix::fs::symlink;
    let (folder, file) = rows();
    let path = |name: &str| folder.path().join(name);
    let made = std::process::Command::new("mkfifo")
        .arg(path("pipe.jsonl"))
        .status();
    assert!(made.unwrap().success());
    symlink("/dev/zero", path("device.jsonl")).unwrap();
    symlink("nowhere", path("dangling.jsonl")).unwrap();
    fs::create_dir(path("folder.jsonl")).unwrap();
    // A link to a file is as good as the file.
    fs::rename(&file, path("elsewhere")).unwrap();
    symlink("elsewhere", path("rows.jsonl")).unwrap();
    let table = sweep().outcomes(folder.path()).unwrap();
    assert_eq!((table.missing(), table.tally().faults), (0, 4));
    let told: Vec<String> = table.faults().iter().map(ToString::to_string).collect();
    for (name, kind) in [
        ("pipe.jsonl", "a named pipe"),
        ("device.jsonl", "a device"),
        ("dangling.jsonl", "a link that leads to no file"),
        ("folder.jsonl", "a folder"),
    ] {
        let is_told = |line: &String| line.contains(name) && line.contains(kind);
        assert!(told.iter().any(is_told), "{told:?}");
    }
    assert_eq!(sweep().run(folder.path(), |_| ()).unwrap().faults, 4);
    assert_eq!(
        sweep()
            .gather(folder.path(), path("table.csv"))
            .unwrap()
            .done,
        sweep().len()
    );
}

#[test]
fn runs_that_ended_by_themselves_count_for_another_budget() {
    let folder = tempfile::tempdir().unwrap();
    let of = |max_steps| {
        let trial = Trial {
            max_steps,
            ..polynet(8)
        };
        Sweep::new([Cell::new(trial, 10)]).unwrap()
    };
    let (short, long) = (of(80), of(1000));
    short.run(folder.path(), |_| ()).unwrap();
    let table = short.outcomes(folder.path()).unwrap();
    let solved = table
        .of(0)
        .filter(|outcome| outcome.status == Status::Solved);
    let solved = solved.count() as u64;
    assert!((1..10).contains(&solved), "{solved}");
    assert_eq!(long.outcomes(folder.path()).unwrap().tally().done, solved);
    let end = long.run(folder.path(), |_| ()).unwrap();
    assert_eq!((end.before, end.done), (solved, 10));
    // The table is that of runs made anew, and a smaller budget takes over what was solved within it.
    let anew = tempfile::tempdir().unwrap();
    long.run(anew.path(), |_| ()).unwrap();
    let [taken, made] = [&folder, &anew].map(|folder| {
        let to = folder.path().join("table.csv");
        long.gather(folder.path(), &to).unwrap();
        fs::read_to_string(to).unwrap()
    });
    assert_eq!(taken, made);
    let between = of(100);
    let before = between.run(folder.path(), |_| ()).unwrap().before;
    assert!((solved..10).contains(&before), "{before}");
    between.run(anew.path(), |_| ()).unwrap();
    let [taken, made] = [&folder, &anew].map(|folder| {
        let table = between.outcomes(folder.path()).unwrap();
        format!("{:?}", table.records(0))
    });
    assert_eq!(taken, made);
}

#[test]
fn rows_that_are_read_take_memory_for_a_few_bits_of_each() {
    let bytes = |runs| {
        let refused = Trial {
            batch: 0,
            ..polynet(6)
        };
        let sweep = Sweep::new([Cell::new(refused, runs)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        sweep.run(folder.path(), |_| ()).unwrap();
        let again = measure(|| assert_eq!(sweep.run(folder.path(), |_| ()).unwrap().before, runs));
        again.bytes_max
    };
    // Refused runs are in two sets, each of which has half a byte for them.
    let (few, many) = (bytes(1000), bytes(9000));
    assert!(many < few + 8000 * 2, "{few} {many}");
}

#[test]
fn rows_of_one_run_are_compared_wherever_they_are() {
    let of = |max_steps| {
        let trial = Trial {
            max_steps,
            ..polynet(8)
        };
        Sweep::new([Cell::new(trial, 10)]).unwrap()
    };
    let (short, long) = (of(300), of(1000));
    let folder = tempfile::tempdir().unwrap();
    short.run(folder.path(), |_| ()).unwrap();
    let solved = long.outcomes(folder.path()).unwrap().tally().done;
    assert!(solved > 0);
    // The long runs have rows of their own, too, that are equal where the short ones were solved.
    let anew = tempfile::tempdir().unwrap();
    long.run(anew.path(), |_| ()).unwrap();
    let file = fs::read_dir(anew.path()).unwrap().next().unwrap();
    let text = fs::read_to_string(file.unwrap().path()).unwrap();
    let beside = folder.path().join("z.jsonl");
    fs::write(&beside, former(&text)).unwrap();
    let tally = long.outcomes(folder.path()).unwrap().tally();
    assert_eq!((tally.done, tally.duplicates, tally.foreign), (10, 0, 10));
    // They are not, if those were solved a step later.
    let later = |line: &str| {
        let Some((_, time)) = line.split_once(r#""status":"solved","t":"#) else {
            return line.to_owned() + "\n";
        };
        let t: u64 = time.split(',').next().unwrap().parse().unwrap();
        let steps = |t| format!(r#""t":{t},"steps":{t},"#);
        line.replace(&steps(t), &steps(t + 1)) + "\n"
    };
    let other: String = text.lines().map(later).collect();
    assert_ne!(text, other);
    fs::write(&beside, former(&other)).unwrap();
    let told = long.outcomes(folder.path()).unwrap_err();
    assert!(matches!(told, SweepError::Disagreement { .. }), "{told}");
}
