//! Measures how many small faults in the core rooms the tests notice.
//!
//!     cargo install --locked cargo-mutants
//!     cargo run -p sparse-parity-mutants -- --mutants 150
//!
//! `cargo mutants --list` names the faults, called mutants: a function that returns a constant, another operator, a match
//! arm that is missing. `cargo mutants` builds the library anew for each one, which takes minutes. This program builds a
//! copy of the sources once, in the folder `target/mutants`, with all chosen mutants behind a switch, and runs the tests
//! with one mutant switched on at a time. It writes what came of each into a table, and prints the score.
//!
//! The mutants are those with the smallest hashes for the seed; in place of one that does not compile stands the next one.
//! Survivors of the table are tried again, with the tests of today; without the table all are. A mutant is known by its name,
//! which has the line of the code: one whose line has moved leaves the table, and others take its place. A survivor that no test
//! can tell from the original is marked by hand: `equivalent` as its outcome, and the reason.

mod copy;
mod list;
mod switch;
mod tests;

use clap::Parser;
use list::Mutant;
use serde::{Deserialize, Serialize};
use sparse_parity::stats::wilson;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measures how many small faults in the core rooms the tests notice.
#[derive(Debug, Parser)]
struct Arguments {
    /// Number of mutants
    #[arg(long, default_value_t = 150)]
    mutants: usize,
    /// The seed of the choice
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The table of outcomes
    #[arg(long, default_value = "examples/mutants/outcomes.csv")]
    table: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// A test failed, or took many times as long as the longest one does.
    Caught,
    /// All tests passed.
    Survived,
    /// No test can fail.
    Equivalent,
    /// The compiler refused it.
    Unviable,
}

/// A row of the table.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    mutant: String,
    outcome: Outcome,
    /// The test that caught it, or why it is equivalent.
    reason: String,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut table = Table::read(arguments.table)?;
    let listed = list::core_rooms(arguments.seed)?;
    println!("{} mutants in the core rooms", listed.len());
    table.keep(&listed);
    let viable = listed
        .iter()
        .filter(|mutant| table.outcome(mutant) != Some(Outcome::Unviable));
    // Some more, in place of those that do not compile.
    let more = arguments.mutants + arguments.mutants / 3;
    let mut chosen: BTreeMap<usize, &Mutant> = (1..).zip(viable.take(more)).collect();
    let (binaries, refused) = copy::build(&mut chosen)?;
    for mutant in refused {
        table.set(mutant, Outcome::Unviable, String::new());
    }
    let tests = tests::measure(binaries)?;
    for (&number, mutant) in chosen.iter().take(arguments.mutants) {
        if matches!(table.outcome(mutant), None | Some(Outcome::Survived)) {
            let test = tests::first_failure(&tests, number, mutant)?;
            let outcome = test.as_ref().map_or(Outcome::Survived, |_| Outcome::Caught);
            table.set(mutant, outcome, test.unwrap_or_default());
        }
        table.write(&listed)?;
    }
    table.report()
}

/// What came of the mutants, by their names.
struct Table {
    path: PathBuf,
    rows: HashMap<String, Row>,
}

impl Table {
    fn read(path: PathBuf) -> Result<Self> {
        let mut rows = HashMap::new();
        if path.exists() {
            for row in csv::Reader::from_path(&path)?.deserialize() {
                let row: Row = row?;
                rows.insert(row.mutant.clone(), row);
            }
        }
        Ok(Table { path, rows })
    }

    /// Drops mutants that are no longer among these: the name of a mutant has its line.
    fn keep(&mut self, listed: &[Mutant]) {
        let names: HashSet<&str> = listed.iter().map(|mutant| mutant.name.as_str()).collect();
        self.rows.retain(|name, _| names.contains(name.as_str()));
    }

    fn outcome(&self, mutant: &Mutant) -> Option<Outcome> {
        self.rows.get(&mutant.name).map(|row| row.outcome)
    }

    fn set(&mut self, mutant: &Mutant, outcome: Outcome, reason: String) {
        let mutant = mutant.name.clone();
        println!("{outcome:?} {mutant} {reason}");
        self.rows.insert(
            mutant.clone(),
            Row {
                mutant,
                outcome,
                reason,
            },
        );
    }

    /// Writes the rows of these mutants, in their order.
    fn write(&self, listed: &[Mutant]) -> Result<()> {
        let mut table = csv::Writer::from_path(&self.path)?;
        for row in listed
            .iter()
            .filter_map(|mutant| self.rows.get(&mutant.name))
        {
            table.serialize(row)?;
        }
        Ok(table.flush()?)
    }

    /// Prints the score with its 95 % confidence interval.
    fn report(&self) -> Result<()> {
        let count = |outcome| {
            self.rows
                .values()
                .filter(|row| row.outcome == outcome)
                .count()
        };
        let (caught, survived) = (count(Outcome::Caught), count(Outcome::Survived));
        let (equivalent, unviable) = (count(Outcome::Equivalent), count(Outcome::Unviable));
        println!(
            "{caught} caught, {survived} survived, {equivalent} equivalent, {unviable} did not compile"
        );
        let score = wilson(caught, caught + survived, 0.95)?;
        let [value, low, high] =
            [score.value, score.interval.low, score.interval.high].map(|share| 100.0 * share);
        println!("score {value:.1} %, with 95 % confidence {low:.1} % to {high:.1} %");
        Ok(())
    }
}
