use super::{Fault, Row, RowResult, Shard, Sweep, Tally};
use crate::experiment::Experiment;
use crate::stats::{Time, Times};
use crate::sweep::error::{Result, SweepError};
use std::path::Path;

/// The most memory for records of runs, of which there is one a run whether it has a row or not.
const MOST_BYTES: u64 = 16 << 30;

/// What is kept in memory of a run that has a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record<T> {
    /// The outcome, or what was kept of it; `None` if the settings were refused, or the run panicked.
    pub outcome: Option<T>,
    /// The convergence time, if the experiment has one and the run has an outcome.
    pub time: Option<Time>,
}

/// The outcomes of a sweep, as far as there are rows.
#[derive(Debug, Clone)]
pub struct Outcomes<T> {
    cells: Vec<Vec<Option<Record<T>>>>,
    tally: Tally,
    faults: Vec<Fault>,
}

impl<E: Experiment> Sweep<E> {
    /// Reads the rows in the files of a folder; a folder that does not exist has none.
    ///
    /// All outcomes are kept in memory: see [`summaries`](Sweep::summaries).
    ///
    /// # Errors
    /// Those of [`summaries`](Sweep::summaries).
    pub fn outcomes(&self, folder: impl AsRef<Path>) -> Result<Outcomes<E::Outcome>> {
        self.summaries(folder, |outcome| outcome)
    }

    /// Reads the rows in the files of a folder and keeps of every outcome what `keep` makes of it; a
    /// folder that does not exist has none.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if a file cannot be read; [`SweepError::Disagreement`] if two rows of one run
    /// differ; [`SweepError::TooManyOutcomes`] if records of all runs take more than 16 GiB.
    ///
    /// [`SweepError::TooManyOutcomes`]: crate::sweep::SweepError::TooManyOutcomes
    /// [`SweepError::Disagreement`]: crate::sweep::SweepError::Disagreement
    pub fn summaries<T>(
        &self,
        folder: impl AsRef<Path>,
        keep: impl Fn(E::Outcome) -> T,
    ) -> Result<Outcomes<T>> {
        let too_many = || SweepError::TooManyOutcomes { runs: self.len() };
        let bytes = self
            .len()
            .checked_mul(size_of::<Option<Record<T>>>() as u64);
        if bytes.is_none_or(|bytes| bytes > MOST_BYTES) {
            return Err(too_many());
        }
        let blank = |cell: &super::Cell<E>| {
            let (mut records, runs) = (Vec::new(), cell.seeding.len() as usize);
            records.try_reserve_exact(runs).map_err(|_| too_many())?;
            records.resize_with(runs, || None);
            Ok(records)
        };
        let cells: Result<Vec<Vec<_>>> = self.cells.iter().map(blank).collect();
        let mut cells = cells?;
        let record = |row: Row<E::Outcome>| match row.result {
            RowResult::Outcome(outcome) => Record {
                time: E::time(&outcome),
                outcome: Some(keep(outcome)),
            },
            RowResult::Refused { .. } | RowResult::Panicked { .. } => Record {
                time: None,
                outcome: None,
            },
        };
        let ledger = self.read(folder.as_ref(), Shard::default(), &|| false, |_, found| {
            cells[found.cell][found.run as usize] = Some(record(found.row));
        })?;
        Ok(Outcomes {
            cells,
            tally: ledger.tally,
            faults: ledger.faults,
        })
    }
}

impl<T> Outcomes<T> {
    /// The counts of the rows that were found.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The first twenty of the [faults](Tally::faults).
    pub fn faults(&self) -> &[Fault] {
        &self.faults
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
    pub fn records(&self, cell: usize) -> &[Option<Record<T>>] {
        &self.cells[cell]
    }

    /// The outcomes of a cell in the order of its runs, without runs that have none.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn of(&self, cell: usize) -> impl Iterator<Item = &T> {
        let records = self.cells[cell].iter().flatten();
        records.filter_map(|record| record.outcome.as_ref())
    }

    /// The convergence times of a cell, which are sorted; those of single runs are in
    /// [`records`](Outcomes::records).
    ///
    /// Runs without a row and runs whose settings were refused are left out.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn times(&self, cell: usize) -> Times {
        let records = self.cells[cell].iter().flatten();
        records.filter_map(|record| record.time).collect()
    }
}
