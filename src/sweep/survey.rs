//! What is done of a sweep, in memory for a few bits of each run that has a row.

use super::ledger::{Ledger, News, Tally};
use super::{Fault, RowResult, Shard, Sweep};
use crate::experiment::Experiment;
use crate::sweep::error::Result;
use std::path::Path;

/// Which runs of a sweep have a row.
pub(crate) struct Survey {
    ledger: Ledger,
    runs: u64,
}

impl<E: Experiment> Sweep<E> {
    /// Reads the rows in the files of a folder and hands every outcome to `each`, with its cell; a folder that does not
    /// exist has none.
    ///
    /// # Errors
    /// Those of [`summaries`](Sweep::summaries).
    pub(crate) fn survey(
        &self,
        folder: impl AsRef<Path>,
        mut each: impl FnMut(usize, E::Outcome),
    ) -> Result<Survey> {
        let ledger = self.read(
            folder.as_ref(),
            Shard::default(),
            &|| false,
            |news, found| {
                if let (News::First, RowResult::Outcome(outcome)) = (news, found.row.result) {
                    each(found.cell, outcome);
                }
            },
        )?;
        let runs = self.len();
        Ok(Survey { ledger, runs })
    }

    /// The runs of a cell without a row, as ranges in their order.
    pub(crate) fn missing_of(
        &self,
        survey: &Survey,
        cell: usize,
    ) -> impl Iterator<Item = (u64, u64)> {
        let (first, end) = (self.first[cell], self.first[cell + 1]);
        let ends = survey.ledger.done.within(first..end).chain([end]);
        let mut next = first;
        ends.filter_map(move |place| {
            let gap = (next < place).then(|| (next - first, place - 1 - first));
            next = place + 1;
            gap
        })
    }

    /// The number of runs of a cell that have a row.
    pub(crate) fn done_of(&self, survey: &Survey, cell: usize) -> u64 {
        survey
            .ledger
            .done
            .count(self.first[cell]..self.first[cell + 1])
    }
}

impl Survey {
    /// The counts of the rows that were found.
    pub(crate) fn tally(&self) -> Tally {
        self.ledger.tally
    }

    /// The number of runs without a row.
    pub(crate) fn missing(&self) -> u64 {
        self.runs - self.ledger.tally.done
    }

    /// The first faults that were found.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.ledger.faults
    }
}
