//! Parities in tables, and what is wrong with them.

use super::told;
use rand::Rng;
use serde_json::Value;
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::solver::SolverKind;
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

/// Rows of bits with their XOR over the support behind them, and every so many labels flipped.
fn rows(n: usize, m: usize, support: &[usize], flipped: Option<usize>) -> Vec<Vec<u8>> {
    let mut rng = Seeds::from(1).stream(Purpose::Train);
    let row = |row| {
        let mut bits: Vec<u8> = (0..n).map(|_| rng.random_range(0..2)).collect();
        let label = support.iter().fold(0, |label, &i| label ^ bits[i]);
        let is_flipped = flipped.is_some_and(|every| row % every == 0);
        bits.push(label ^ u8::from(is_flipped));
        bits
    };
    (0..m).map(row).collect()
}

fn csv<T: ToString>(rows: &[Vec<T>]) -> String {
    let n = rows[0].len() - 1;
    let mut text = String::new();
    for i in 0..n {
        write!(text, "x{i},").unwrap();
    }
    text += "y\n";
    for row in rows {
        let row: Vec<String> = row.iter().map(ToString::to_string).collect();
        text += &(row.join(",") + "\n");
    }
    text
}

/// A folder with a table t.csv.
fn table(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), text).unwrap();
    folder
}

/// What the program says, which has to end with this code.
fn says(folder: &TempDir, code: i32, words: &str) -> String {
    let (found, said) = told(folder, words);
    assert_eq!(found, code, "{words}: {said}");
    said
}

#[test]
fn a_table_of_bits_or_signs_is_solved() {
    let bits = rows(20, 60, &[2, 7, 11], None);
    let folder = table(&csv(&bits));
    let said = says(&folder, 0, "solve t.csv --k 3 --bits 01");
    assert!(said.contains("support    2, 7, 11 (x2, x7, x11)"), "{said}");
    assert!(said.contains("0 of 60 labels wrong"), "{said}");
    let signs = bits
        .iter()
        .map(|row| row.iter().map(|bit| 1 - 2 * i32::from(*bit)).collect());
    let folder = table(&csv(&signs.collect::<Vec<Vec<i32>>>()));
    let said = says(&folder, 0, "solve t.csv --k 1 --k-max 4 --json");
    let object: Value = serde_json::from_str(&said).unwrap();
    let names: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let documented = [
        "solver", "verdict", "support", "wrong", "chance", "examples", "queries", "words",
        "seconds",
    ];
    assert!(
        documented.iter().all(|name| names.contains(name)) && names.len() == 9,
        "{said}"
    );
    assert_eq!(object["support"], serde_json::json!([2, 7, 11]));
    assert_eq!(object["verdict"], "found");
    assert!(object["words"].as_u64().unwrap() > 0);
}

#[test]
fn an_instance_is_made_and_solved_by_every_solver() {
    let folder = tempfile::tempdir().unwrap();
    let names = SolverKind::all();
    let named = names
        .iter()
        .map(|kind| format!(" --solver {}", kind.name()));
    for solver in named.chain([String::new()]) {
        let said = says(&folder, 0, &format!("solve --n 21 --k 2 --seed 7{solver}"));
        let line = |name: &str| {
            let line = said.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace()
                .skip(1)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(line("support"), line("hidden"), "{said}");
        assert!(
            solver.ends_with(&line("solver")) || solver.is_empty(),
            "{said}"
        );
    }
}

#[test]
fn a_table_without_a_parity_is_not_found() {
    let mut bits = rows(20, 60, &[2, 7, 11], None);
    bits[3][20] ^= 1;
    let folder = table(&csv(&bits));
    let said = says(&folder, 3, "solve t.csv --k 3 --bits 01");
    assert!(said.contains("nothing fits"), "{said}");
    // The flipped label is behind the examples that are enough for elimination.
    let mut bits = rows(20, 60, &[2, 7, 11], None);
    bits[59][20] ^= 1;
    let folder = table(&csv(&bits));
    let said = says(
        &folder,
        3,
        "solve t.csv --k 3 --bits 01 --solver elimination",
    );
    assert!(said.contains("1 of all 60 labels wrong"), "{said}");
    let said = says(&folder, 3, "solve t.csv --k 3 --bits 01 --json");
    assert!(
        said.contains(r#""verdict":"nothing-fits","support":null"#),
        "{said}"
    );
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_its_place() {
    let bits = rows(20, 60, &[2, 7, 11], None);
    let good = csv(&bits);
    let folder = table(&good);
    let said = says(&folder, 2, "solve t.csv --k 3");
    assert!(
        said.contains("example 0") && said.contains("say that they are 01"),
        "{said}"
    );
    let mut wrong = bits.clone();
    wrong[9][20] = 2;
    let said = says(&table(&csv(&wrong)), 2, "solve t.csv --k 3 --bits 01");
    assert!(
        said.contains("column y of example 9") && said.contains("is 2;"),
        "{said}"
    );
    let word = good.replacen("\n0,", "\nnone,", 1);
    let said = says(&table(&word), 2, "solve t.csv --k 3 --bits 01");
    assert!(
        said.contains("column x0 of example") && said.contains("is none;"),
        "{said}"
    );
    let said = says(&table("x0,y\n1,1\n1\n"), 2, "solve t.csv --k 1");
    assert!(said.contains("line"), "{said}");
    let said = says(&table("x0,y\n"), 2, "solve t.csv --k 1");
    assert!(said.contains("the number of examples m is 0"), "{said}");
    let said = says(&table("y\n1\n"), 2, "solve t.csv --k 1");
    assert!(said.contains("there are 1 columns"), "{said}");
    let said = says(&folder, 2, "solve other.csv --k 1");
    assert!(said.contains("other.csv"), "{said}");
    let said = says(&folder, 2, "solve t.txt --k 1");
    assert!(said.contains(".parquet"), "{said}");
}

#[test]
fn problems_that_do_not_exist_are_refused() {
    let folder = table(&csv(&rows(20, 60, &[2, 7, 11], None)));
    let refused = |words: &str, reason: &str| {
        let said = says(&folder, 2, &format!("solve t.csv --bits 01 {words}"));
        assert!(said.contains(reason), "{said}");
    };
    refused("--k 0", "k = 0");
    refused("--k 21", "k = 21 among n = 20");
    refused("--k 3 --k-max 2", "number of values of k");
    refused("--k 3 --noise 0.5", "p = 0.5");
    refused("--k 3 --failure 0", "failure");
    refused("--k 3 --solver eliminaton", "the nearest is elimination");
    refused("--k 3 --solver elimination --noise 0.1", "clean labels");
    refused(
        "--k 3 --solver elimination --max-words 10",
        "operations on words",
    );
    refused("--k 3 --solver elimination --memory 1B", "memory");
    refused("--k 3 --solver bisection", "needs queries");
}

#[test]
fn contradictory_rows_are_named() {
    let mut bits = rows(20, 60, &[2, 7, 11], None);
    bits[40] = bits[4].clone();
    bits[40][20] ^= 1;
    let said = says(&table(&csv(&bits)), 2, "solve t.csv --k 3 --bits 01");
    assert!(said.contains("examples 4 and 40"), "{said}");
}

#[test]
fn a_sample_that_is_too_small_says_how_many_are_needed() {
    let bits = rows(20, 8, &[2, 7, 11], None);
    let said = says(&table(&csv(&bits)), 2, "solve t.csv --k 3 --bits 01");
    assert!(said.contains("there are 8"), "{said}");
}

#[test]
fn a_table_with_flipped_labels_is_solved() {
    let bits = rows(20, 200, &[2, 7, 11], Some(10));
    let folder = table(&csv(&bits));
    for solver in ["", " --solver exhaustive", " --solver subset-elimination"] {
        let said = says(
            &folder,
            0,
            &format!("solve t.csv --k 3 --bits 01 --noise 0.15{solver}"),
        );
        assert!(said.contains("support    2, 7, 11 "), "{said}");
        assert!(said.contains("20 of 200 labels wrong"), "{said}");
    }
}

#[test]
fn equal_columns_are_listed() {
    let mut bits = rows(20, 60, &[2, 7, 11], None);
    for row in &mut bits {
        row[5] = row[7];
    }
    let folder = table(&csv(&bits));
    let said = says(&folder, 3, "solve t.csv --k 3 --bits 01 --json");
    let (note, object) = said
        .lines()
        .partition::<Vec<_>, _>(|line| line.starts_with("note"));
    assert!(note[0].contains("x5 and x7 are equal"), "{said}");
    let object: Value = serde_json::from_str(object[0]).unwrap();
    assert_eq!(object["verdict"], "several");
    assert_eq!(
        object["supports"],
        serde_json::json!([[2, 5, 11], [2, 7, 11]])
    );
}
