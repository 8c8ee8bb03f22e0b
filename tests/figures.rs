//! The examples that draw the paper's figures, each from a few runs.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::Value;
use sparse_parity_examples::programs::command;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// All of them, by their names.
fn figures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let names = entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let mut names: Vec<String> = names
        .filter(|name| {
            ["fig", "c7_", "finding1_", "followups_", "solvers_"]
                .iter()
                .any(|begin| name.starts_with(begin))
        })
        .collect();
    names.sort();
    names
}

/// Draws at tiny scale, with more arguments that are parted by spaces.
fn draw(name: &str, args: &str, out: &Path) -> Output {
    let args = args.split_whitespace();
    let args: Vec<&str> = args.chain(["--scale", "tiny", "--out"]).collect();
    let output = command(name, &args).arg(out).output();
    output.expect("the example can be started")
}

fn drawn(name: &str, args: &str, out: &Path) -> Output {
    let output = draw(name, args, out);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {args}: {told}");
    output
}

/// The files in a folder that end like this, in the order of their names.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|end| end == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn every_figure_is_drawn() {
    let names = figures();
    assert!(names.len() > 2, "{names:?}");
    names.par_iter().for_each(|name| {
        let folder = tempfile::tempdir().unwrap();
        let output = drawn(name, "", folder.path());
        let told = String::from_utf8_lossy(&output.stdout);
        let pictures = files(folder.path(), "svg");
        assert!(!pictures.is_empty(), "{name}: {told}");
        for picture in pictures {
            for extension in ["svg", "png", "csv"] {
                let file = picture.with_extension(extension);
                let least = if extension == "csv" { 100 } else { 500 };
                assert!(file.metadata().unwrap().len() > least, "{}", file.display());
            }
            assert!(told.contains(picture.to_str().unwrap()), "{name}: {told}");
            has_names(&picture.with_extension("csv"));
        }
    });
}

/// Sizes in place of those of the scale, and what files of these have behind their names.
const OWN: [(&str, &str, &str); 14] = [
    ("fig06_scaling_curves", "--n 12 --k 3", "_n12_k3"),
    (
        "fig14_width",
        "--n 12,15 --k 4 --width 5,40",
        "_n12-15_k4_width5-40",
    ),
    ("fig15_grokking", "--n 12 --k 2", "_n12_k2"),
    (
        "finding1_grid",
        "--n 8,9 --k 2 --runs 26",
        "_n8-9_k2_runs26",
    ),
    ("finding1_starred", "--n 9,11 --k 2,3", "_n9-11_k2-3"),
    ("first_demonstration", "--n 9 --rate 0.001", "_n9_rate0.001"),
    ("followups_conjunctions", "--n 7,9", "_n7-9"),
    ("followups_skills", "--n 7 --k 3 --width 9", "_n7_k3_width9"),
    (
        "solvers_disjoint",
        "--k 3 --width 6,8,10",
        "_k3_width6-8-10",
    ),
    ("solvers_gap", "--n 20,30 --k 2", "_n20-30_k2"),
    ("solvers_memory", "--n 12,14 --k 2", "_n12-14_k2"),
    ("solvers_noise", "--n 20 --k 2", "_n20_k2"),
    (
        "solvers_sq_line",
        "--n 8,10 --k 2,3 --width 3",
        "_n8-10_k2-3_width3",
    ),
    ("solvers_unknown_k", "--n 14,12 --k 3", "_n12-14_k3"),
];

#[test]
fn sizes_of_ones_own_are_drawn_beside_the_usual_ones() {
    let names = figures();
    // It has initial values crossed with streams.
    let takes_runs = |name: &&String| *name != "fig02_init_and_data";
    let runs = names.iter().filter(takes_runs);
    let runs = runs.map(|name| (name.as_str(), "--runs 3", "_runs3"));
    let all: Vec<(&str, &str, &str)> = runs.chain(OWN).collect();
    all.par_iter().for_each(|(name, args, suffix)| {
        let folder = tempfile::tempdir().unwrap();
        drawn(name, args, folder.path());
        for extension in ["svg", "png", "csv"] {
            let files = files(folder.path(), extension);
            assert!(!files.is_empty(), "{name} {args}");
            for file in files {
                let stem = file.file_stem().unwrap().to_str().unwrap();
                assert!(stem.ends_with(suffix), "{name} {args}: {stem}");
            }
        }
    });
}

#[test]
fn sizes_that_cannot_be_are_an_error_with_the_repair() {
    for (name, args, words) in [
        (
            "fig06_scaling_curves",
            "--runs 0",
            "--runs is 0; use at least 1",
        ),
        ("fig14_width", "--n 30,0", "--n is 0; use at least 1"),
        ("fig14_width", "--width 0", "--width is 0; use at least 1"),
        ("first_demonstration", "--rate NaN", "--rate = NaN"),
        ("fig15_grokking", "--n 3 --k 4", "k = 4 among n = 3"),
        ("fig15_grokking", "--n 40,50", "give --n one value"),
        ("fig15_grokking", "--width 50", "does not take --width"),
        ("c7_layerwise", "--n 8", "k = 9 among n = 8"),
        ("finding1_starred", "--k 11", "k = 11 among n = 10"),
        ("followups_conjunctions", "--n 2", "k = 3 among n = 2"),
        ("followups_progress", "--k 13", "k = 13 among n = 12"),
        (
            "followups_skills",
            "--n 5 --k 3",
            "bits is 5; give at least 6",
        ),
        ("solvers_gap", "--n 2", "k = 3 among n = 2"),
        ("solvers_memory", "--n 300", "q = 300 is not in [k, n]"),
        ("solvers_noise", "--n 100 --k 4", "give another problem"),
        ("solvers_sq_line", "--n 8", "give two numbers or more"),
        ("solvers_sq_line", "--k 8", "k = 8 among n = 7"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = draw(name, args, folder.path());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name} {args}: {told}");
        assert!(told.contains(words), "{name} {args}: {told}");
        assert!(files(folder.path(), "svg").is_empty(), "{name} {args}");
    }
}

/// Every series of a picture has a name in its data.
fn has_names(table: &Path) {
    let text = fs::read_to_string(table).unwrap();
    let has_number = |line: &&str| {
        let mut pieces = line.split(",series ").skip(1);
        pieces.any(|piece| piece.starts_with(|c: char| c.is_ascii_digit()))
    };
    let unnamed: Vec<&str> = text.lines().filter(has_number).collect();
    assert!(unnamed.is_empty(), "{}: {unnamed:?}", table.display());
}

#[test]
fn every_picture_of_the_documentation_has_its_data_with_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/figures");
    let pictures = files(&folder, "svg");
    assert!(pictures.len() > 20, "{pictures:?}");
    for picture in pictures {
        // The picture of the front page is an illustration without findings.
        if !picture.ends_with("quickstart.svg") {
            has_names(&picture.with_extension("csv"));
        }
    }
}

#[test]
fn the_intervals_of_the_documentation_are_those_of_the_runs() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let tables = files(&docs.join("figures"), "csv");
    let tables = tables.iter().map(|path| fs::read_to_string(path).unwrap());
    let tables: String = tables.collect();
    let pages = ["figures.md", "followups.md"].map(|page| fs::read_to_string(docs.join(page)));
    let text = pages.map(|page| page.unwrap()).join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut count = 0;
    for part in text.split('(').skip(1) {
        let (part, _) = part.split_once(')').unwrap_or((part, ""));
        if part.starts_with(|c: char| c.is_ascii_digit()) && part.contains(" to ") {
            assert!(tables.contains(part), "({part}) is in no table");
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn a_figure_whose_rows_were_lost_in_part_is_the_same_again() {
    let (name, folder) = ("fig02_random_search", tempfile::tempdir().unwrap());
    drawn(name, "", folder.path());
    let csv = folder.path().join(name).with_extension("csv");
    let first = fs::read(&csv).unwrap();
    fs::remove_file(&csv).unwrap();
    let rows = folder.path().join("rows").join(name).join("tiny");
    let rows = &files(&rows, "jsonl")[0];
    let text = fs::read(rows).unwrap();
    fs::write(rows, &text[..text.len() / 2]).unwrap();
    drawn(name, "", folder.path());
    assert_eq!(fs::read(&csv).unwrap(), first);
}

/// The number of whole rows in a file.
fn rows(path: &Path) -> usize {
    let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter(|line: &Value| line.get("row").is_some())
        .count()
}

#[test]
fn a_figure_whose_curves_were_lost_in_part_is_the_same_again() {
    let (name, folder) = ("fig01_training_curves", tempfile::tempdir().unwrap());
    let drawn = || {
        drawn(name, "", folder.path());
        let made = ["svg", "csv"].map(|extension| files(folder.path(), extension));
        let take = |path: PathBuf| {
            let bytes = fs::read(&path).unwrap();
            fs::remove_file(path).unwrap();
            bytes
        };
        made.map(|files| files.into_iter().map(take).collect::<Vec<_>>())
    };
    let first = drawn();
    assert_eq!([first[0].len(), first[1].len()], [1, 2]);
    let curves = folder.path().join("rows").join(format!("{name}_curves"));
    let written = || files(&curves.join("tiny"), "jsonl");
    let [whole] = &written()[..] else {
        panic!("{:?}", written());
    };
    let all = rows(whole);
    let text = fs::read(whole).unwrap();
    fs::write(whole, &text[..text.len() / 2]).unwrap();
    let (left, torn) = (rows(whole), fs::read(whole).unwrap());
    assert!(0 < left && left < all, "{left} of {all}");
    assert_eq!(drawn(), first);
    // What was left is not made again.
    assert_eq!(fs::read(whole).unwrap(), torn);
    assert_eq!(written().iter().map(|path| rows(path)).sum::<usize>(), all);
}

#[test]
fn rows_that_cannot_be_written_are_an_error_with_their_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no_folder");
    fs::write(&file, "").unwrap();
    for name in ["fig01_training_curves", "fig02_random_search"] {
        let output = draw(name, "", &file);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(file.to_str().unwrap()), "{told}");
    }
}
