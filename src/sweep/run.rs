use super::sink::Sink;
use super::{Cell, Row, RowResult, Sweep, Table};
use crate::error::Result;
use crate::seeds::Seeds;
use crate::trial::Status;
use std::cell::RefCell;
use std::iter;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The number of runs of the sweep.
    pub runs: u64,
    /// Those that had a row when it began.
    pub before: u64,
    /// Those that have one now.
    pub done: u64,
    /// Of the runs made since it began, the solved ones,
    pub solved: u64,
    /// those that ran out of updates,
    pub unsolved: u64,
    /// the diverged ones,
    pub diverged: u64,
    /// and those whose settings were refused.
    pub refused: u64,
}

impl Sweep {
    /// Makes the runs that have no row in the folder yet, on the threads of the current rayon pool.
    ///
    /// A row is appended as soon as its run ends, and `watch` is told. Runs of a cell are begun in the
    /// order of their seeds, those of later cells after those of earlier ones; threads take the next
    /// run when they are free. The folder is made if it is missing. It can be stopped at any time:
    /// what has a row is never run again.
    ///
    /// # Errors
    /// Those of [`table`](Sweep::table); [`Error::Io`](crate::Error::Io) if rows cannot be written.
    pub fn run(
        &self,
        folder: impl AsRef<Path>,
        watch: impl FnMut(Progress) + Send,
    ) -> Result<Progress> {
        let (folder, mut watch) = (folder.as_ref(), watch);
        let table = self.table(folder)?;
        let (runs, done) = (self.len(), table.tally().done);
        let progress = Progress {
            runs,
            before: done,
            done,
            ..Progress::default()
        };
        watch(progress);
        if done == runs {
            return Ok(progress);
        }
        let work = Work {
            sweep: self,
            table,
            next: Mutex::new((0, 0)),
            rows: Mutex::new(Rows {
                sink: Sink::create(folder, self)?,
                progress,
                watch: &mut watch,
                failed: Ok(()),
            }),
        };
        rayon::broadcast(|_| while work.on_a_cell().is_continue() {});
        let rows = work.rows.into_inner();
        let rows = rows.unwrap_or_else(PoisonError::into_inner);
        rows.failed?;
        rows.sink.sync()?;
        Ok(rows.progress)
    }
}

/// What the threads share.
struct Work<'a> {
    sweep: &'a Sweep,
    /// What was there when it began.
    table: Table,
    /// The next run to begin with, as cell and run.
    next: Mutex<(usize, u64)>,
    rows: Mutex<Rows<'a>>,
}

struct Rows<'a> {
    sink: Sink,
    progress: Progress,
    watch: &'a mut (dyn FnMut(Progress) + Send),
    /// The first failure to write.
    failed: Result<()>,
}

impl Work<'_> {
    /// Makes runs of one cell until there are no more of them to begin.
    fn on_a_cell(&self) -> ControlFlow<()> {
        let Some((cell, first)) = self.begin(None) else {
            return ControlFlow::Break(());
        };
        let Cell { trial, seeding } = &self.sweep.cells[cell];
        let begun = RefCell::new(Vec::new());
        let others = iter::from_fn(|| Some(self.begin(Some(cell))?.1));
        let seeds = iter::once(first).chain(others).map(|run| {
            let seeds = seeding.seeds(run);
            begun.borrow_mut().push(seeds);
            seeds
        });
        let mut flow = ControlFlow::Continue(());
        trial.run_each(seeds, |index, result| {
            let result = match result {
                Ok(outcome) => RowResult::Outcome(outcome),
                Err(error) => RowResult::Refused {
                    error: error.to_string(),
                },
            };
            let seeds = begun.borrow()[index];
            flow = self.push(cell, seeds, result);
            flow
        });
        flow
    }

    /// The next run without a row: of the given cell only, or of any.
    fn begin(&self, of: Option<usize>) -> Option<(usize, u64)> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (cell, run) = *next;
            if of.is_some_and(|of| of != cell) {
                return None;
            }
            let records = self.table.cells.get(cell)?;
            match records.get(run as usize) {
                None if of.is_some() => return None,
                None => *next = (cell + 1, 0),
                Some(record) => {
                    next.1 += 1;
                    if record.is_none() {
                        return Some((cell, run));
                    }
                }
            }
        }
    }

    /// Writes a row, unless an earlier one could not be written.
    fn push(&self, cell: usize, seeds: Seeds, result: RowResult) -> ControlFlow<()> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = &mut *rows;
        if rows.failed.is_err() {
            return ControlFlow::Break(());
        }
        let setting = self.sweep.keys[cell];
        let row = Row {
            setting,
            seeds,
            result,
        };
        if let Err(error) = rows.sink.push(self.sweep, cell, &row) {
            rows.failed = Err(error);
            return ControlFlow::Break(());
        }
        let progress = &mut rows.progress;
        progress.done += 1;
        *match &row.result {
            RowResult::Refused { .. } => &mut progress.refused,
            RowResult::Outcome(outcome) => match outcome.status {
                Status::Solved => &mut progress.solved,
                Status::Unsolved => &mut progress.unsolved,
                Status::Diverged => &mut progress.diverged,
            },
        } += 1;
        (rows.watch)(*progress);
        ControlFlow::Continue(())
    }
}
