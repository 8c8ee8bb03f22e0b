use super::row::Line;
use super::sink::{EXTENSION, failed};
use super::{Row, RowResult, Sweep};
use crate::error::{Error, Result};
use crate::stats::{Time, Times};
use crate::trial::Status;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// What is kept in memory of the outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// How it ended; `None` if the settings were refused.
    pub status: Option<Status>,
    /// The number of updates made; of a solved run this is t_c.
    pub steps: u64,
    /// The share of validation examples that the last iterate gets right.
    pub final_accuracy: f64,
    /// Whether the learner relies most on the relevant coordinates.
    pub is_recovered: bool,
    /// A hash of the row.
    digest: u64,
}

impl Record {
    fn of(row: &Row) -> Self {
        let text = serde_json::to_vec(row).expect("a row is data");
        let digest = xxh3_64(&text);
        match &row.result {
            RowResult::Outcome(outcome) => Record {
                status: Some(outcome.status),
                steps: outcome.steps,
                final_accuracy: outcome.final_accuracy,
                is_recovered: outcome.recovered == outcome.support,
                digest,
            },
            RowResult::Refused { .. } => Record {
                status: None,
                steps: 0,
                final_accuracy: f64::NAN,
                is_recovered: false,
                digest,
            },
        }
    }

    /// The convergence time, as statistics see it.
    pub fn time(&self) -> Option<Time> {
        Some(self.status?.time(self.steps))
    }
}

/// What was found in the files of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Runs with a row.
    pub done: u64,
    /// Rows of runs that had one already, and the same.
    pub duplicates: u64,
    /// Rows of other settings or seeds.
    pub foreign: u64,
    /// Lines that are no rows: what a process left that died while it wrote.
    pub torn: u64,
}

/// The outcomes of a sweep, as far as there are rows.
#[derive(Debug, Clone)]
pub struct Table {
    pub(super) cells: Vec<Vec<Option<Record>>>,
    tally: Tally,
}

impl Sweep {
    /// Reads the rows in the files of a folder; a folder that does not exist has none.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read; [`Error::Disagreement`] if two rows of one run
    /// differ.
    pub fn table(&self, folder: impl AsRef<Path>) -> Result<Table> {
        let blank = |cell: &super::Cell| vec![None; cell.seeding.len() as usize];
        let mut table = Table {
            cells: self.cells.iter().map(blank).collect(),
            tally: Tally::default(),
        };
        for path in files(folder.as_ref())? {
            let tally = &mut table.tally;
            let torn = for_each_row(&path, |row| {
                let Some((cell, run)) = self.place(&row) else {
                    tally.foreign += 1;
                    return Ok(());
                };
                let (place, record) = (&mut table.cells[cell][run as usize], Record::of(&row));
                match place {
                    None => {
                        *place = Some(record);
                        tally.done += 1;
                        Ok(())
                    }
                    Some(first) if first.digest == record.digest => {
                        tally.duplicates += 1;
                        Ok(())
                    }
                    Some(_) => Err(Error::Disagreement {
                        path: path.clone(),
                        row: serde_json::to_string(&row).expect("a row is data"),
                    }),
                }
            })?;
            table.tally.torn += torn;
        }
        Ok(table)
    }
}

impl Table {
    /// What was found.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The number of runs without a row.
    pub fn missing(&self) -> u64 {
        let runs: usize = self.cells.iter().map(Vec::len).sum();
        runs as u64 - self.tally.done
    }

    /// The records of a cell in the order of its runs; `None` where there is no row.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn records(&self, cell: usize) -> &[Option<Record>] {
        &self.cells[cell]
    }

    /// The convergence times of a cell, which are sorted; those of single runs are in
    /// [`records`](Table::records).
    ///
    /// Runs without a row and runs whose settings were refused are left out.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn times(&self, cell: usize) -> Times {
        let records = self.cells[cell].iter().flatten();
        records.filter_map(Record::time).collect()
    }
}

/// The files of rows in a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(folder, source)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let paths: io::Result<Vec<PathBuf>> = paths.collect();
    let mut paths = paths.map_err(|source| failed(folder, source))?;
    paths.retain(|path| path.extension().is_some_and(|end| end == EXTENSION));
    paths.sort();
    Ok(paths)
}

/// Hands every row of a file to `then`, and returns the number of lines that are none.
fn for_each_row(path: &Path, mut then: impl FnMut(Row) -> Result<()>) -> Result<u64> {
    let file = File::open(path).map_err(|source| failed(path, source))?;
    let (mut lines, mut line, mut torn) = (BufReader::new(file), Vec::new(), 0);
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line);
        if read.map_err(|source| failed(path, source))? == 0 {
            return Ok(torn);
        }
        match serde_json::from_slice(&line) {
            Ok(Line::Row(row)) => then(row.into_owned())?,
            Ok(Line::Header { .. } | Line::Setting { .. }) => {}
            Err(_) => torn += 1,
        }
    }
}
