use super::{Row, RowResult, Shard, Sweep, Tally};
use crate::error::Result;
use crate::stats::{Time, Times};
use crate::trial::Status;
use std::path::Path;

/// What is kept in memory of the outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// How it ended; `None` if the settings were refused, or the run panicked.
    pub status: Option<Status>,
    /// The number of updates made; of a solved run this is t_c.
    pub steps: u64,
    /// The share of validation examples that the last iterate gets right.
    pub final_accuracy: f64,
    /// Whether the learner relies most on the relevant coordinates.
    pub is_recovered: bool,
}

impl Record {
    fn of(row: &Row) -> Self {
        match &row.result {
            RowResult::Outcome(outcome) => Record {
                status: Some(outcome.status),
                steps: outcome.steps,
                final_accuracy: outcome.final_accuracy,
                is_recovered: outcome.recovered == outcome.support,
            },
            RowResult::Refused { .. } | RowResult::Panicked { .. } => Record {
                status: None,
                steps: 0,
                final_accuracy: f64::NAN,
                is_recovered: false,
            },
        }
    }

    /// The convergence time, as statistics see it.
    pub fn time(&self) -> Option<Time> {
        Some(self.status?.time(self.steps))
    }
}

/// The outcomes of a sweep, as far as there are rows.
#[derive(Debug, Clone)]
pub struct Table {
    cells: Vec<Vec<Option<Record>>>,
    tally: Tally,
}

impl Sweep {
    /// Reads the rows in the files of a folder; a folder that does not exist has none.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read; [`Error::Disagreement`] if two rows of one run
    /// differ.
    ///
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::Disagreement`]: crate::Error::Disagreement
    pub fn table(&self, folder: impl AsRef<Path>) -> Result<Table> {
        let blank = |cell: &super::Cell| vec![None; cell.seeding.len() as usize];
        let mut cells: Vec<Vec<_>> = self.cells.iter().map(blank).collect();
        let ledger = self.read(folder.as_ref(), Shard::default(), |cell, run, row| {
            cells[cell][run as usize] = Some(Record::of(row));
        })?;
        Ok(Table {
            cells,
            tally: ledger.tally,
        })
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
