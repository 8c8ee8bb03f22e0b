//! What is in the files of a folder of rows.

use super::budgets::Budgets;
use super::lines::{self, Found, FoundRow};
use super::{Fault, Row, RowResult, Shard, Sweep};
use crate::experiment::Experiment;
use crate::sweep::error::Result;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Where a row is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Location {
    /// The index of its file.
    pub(super) file: u32,
    /// Where its line begins.
    pub(super) offset: u64,
}

/// What a line, or a whole entry of the folder, is to the sweep.
pub(super) enum Seen<T> {
    /// A row of one of its runs.
    Run(RunRow<T>),
    /// A row of other settings or seeds; of a run with another budget it may be that of some run, too.
    Foreign,
    /// No row, such as the last line of a process that was killed.
    Torn,
    /// What cannot be trusted.
    Faulty(Fault),
}

/// A row of a run of the sweep.
pub(super) struct RunRow<T> {
    pub(super) cell: usize,
    pub(super) run: u64,
    /// The row, as one of these settings.
    pub(super) row: Row<T>,
    pub(super) location: Location,
    pub(super) has_checksum: bool,
    /// Whether it is the row of a run with another budget.
    pub(super) is_borrowed: bool,
}

impl<T> RunRow<T> {
    pub(super) fn is_panic(&self) -> bool {
        matches!(self.row.result, RowResult::Panicked { .. })
    }
}

impl<E: Experiment> Sweep<E> {
    /// Hands what is in these files to `each`, unless `is_late` says at some line that there is no time for more; of the
    /// rows of the sweep, those of a shard.
    pub(super) fn scan(
        &self,
        files: &[PathBuf],
        shard: Shard,
        is_late: &dyn Fn() -> bool,
        mut each: impl FnMut(Seen<E::Outcome>) -> Result<()>,
    ) -> Result<ControlFlow<()>> {
        let mut budgets = None;
        for (file, path) in (0..).zip(files) {
            let flow = lines::for_each(path, |found| {
                if is_late() {
                    return Ok(ControlFlow::Break(()));
                }
                match found {
                    Found::Setting(key, text) if !self.places.contains_key(&key) => {
                        let budgets = budgets.get_or_insert_with(|| Budgets::of(self));
                        budgets.learn(key, &text);
                    }
                    Found::Setting(..) => {}
                    Found::Torn => each(Seen::Torn)?,
                    Found::Faulty(fault) => each(Seen::Faulty(fault))?,
                    Found::Row(row) => {
                        let others = budgets.as_ref();
                        let others = others.map_or(&[][..], |all| all.cells(&row.row.setting()));
                        self.see(&row, others, shard, (file, path), &mut each)?;
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Tells what a row is, which may be one of `others`, cells with another budget.
    fn see(
        &self,
        found: &FoundRow<'_>,
        others: &[usize],
        shard: Shard,
        (file, path): (u32, &Path),
        each: &mut impl FnMut(Seen<E::Outcome>) -> Result<()>,
    ) -> Result<()> {
        let (of_row, seeds) = (found.row.setting(), found.row.seeds());
        let own = self.places.get(&of_row);
        let cells = own.map_or(others, std::slice::from_ref);
        let is_borrowed = own.is_none();
        let mut is_foreign = true;
        for &cell in cells {
            let Some(run) = self.cells[cell].seeding.place(&seeds) else {
                continue;
            };
            let (setting, experiment) = (self.keys[cell], &self.cells[cell].experiment);
            let Ok(row) = found.row.clone().with_setting(setting).read() else {
                return each(Seen::Torn);
            };
            if is_borrowed && !holds(experiment, &row) {
                continue;
            }
            is_foreign = is_borrowed;
            if let RowResult::Outcome(outcome) = &row.result
                && let Err(reason) = experiment.check_outcome(outcome)
            {
                let fault = Fault::line(path, found.line, reason.to_string());
                return each(Seen::Faulty(fault));
            }
            if shard.holds(&setting, &seeds) {
                let offset = found.offset;
                each(Seen::Run(RunRow {
                    cell,
                    run,
                    row,
                    location: Location { file, offset },
                    has_checksum: found.has_checksum,
                    is_borrowed,
                }))?;
            }
        }
        match is_foreign {
            true => each(Seen::Foreign),
            false => Ok(()),
        }
    }
}

/// Whether the row of a run with another budget is that of a run with these settings.
fn holds<E: Experiment>(experiment: &E, row: &Row<E::Outcome>) -> bool {
    match (&row.result, experiment.budget()) {
        (RowResult::Outcome(outcome), Some(budget)) => E::holds_with(outcome, budget),
        _ => false,
    }
}
