//! The threads of an attempt, which make runs and write their rows.

use super::others::Others;
use super::queue::Queue;
use super::sink::Sink;
use super::{Progress, Row, RowResult, Sweep};
use crate::experiment::Experiment;
use crate::seeds::Seeds;
use crate::stats::Time;
use crate::sweep::error::{Result, SweepError};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::iter;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much a failing power supply may cost.
const SYNC: Duration = Duration::from_secs(1);
/// How often the rows of other processes that are at work are looked at; otherwise it is with every `SYNC`.
const LOOK: Duration = Duration::from_millis(100);

type SeedsLeft<'a> = dyn Iterator<Item = Seeds> + 'a;

/// What the threads share.
pub(super) struct Work<'a, E> {
    pub(super) sweep: &'a Sweep<E>,
    pub(super) queue: Queue<'a, E>,
    /// Whether to give up the runs that have not ended.
    pub(super) stop: AtomicBool,
    pub(super) rows: Mutex<Rows<'a>>,
}

/// What is written, by one thread at a time.
pub(super) struct Rows<'a> {
    pub(super) sink: Sink,
    pub(super) progress: Progress,
    pub(super) watch: &'a mut (dyn FnMut(Progress) + Send),
    /// The first failure to write.
    pub(super) failed: Result<()>,
}

impl<'a, E: Experiment> Work<'a, E> {
    /// Ends the work at the deadline or once `stop` is set, and until its end makes sure now and then that rows are on disk, and looks for those
    /// of others.
    pub(super) fn keep_time(
        &self,
        deadline: Option<Instant>,
        stop: Option<&AtomicBool>,
        sync: &dyn Fn() -> Result<()>,
        (mut others, own): (Others, PathBuf),
        end: mpsc::Receiver<()>,
    ) {
        let (mut pause, mut synced) = (LOOK, Instant::now());
        loop {
            let news = others.news(self.sweep, &own);
            let is_alone = news.is_empty() && others.are_gone(&own);
            pause = if is_alone { SYNC.min(2 * pause) } else { LOOK };
            self.queue.leave_out(news);
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) || stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
            {
                return self.give_up();
            }
            let wait = left.map_or(pause, |left| left.min(pause));
            match rest(&end, wait, stop) {
                Err(RecvTimeoutError::Timeout) if synced.elapsed() < SYNC => {}
                Err(RecvTimeoutError::Timeout) => {
                    synced = Instant::now();
                    if let Err(error) = sync() {
                        return self.fail(&mut self.rows(), error);
                    }
                }
                _ => return,
            }
        }
    }

    fn give_up(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.queue.close();
    }

    fn fail(&self, rows: &mut Rows<'_>, error: SweepError) {
        if rows.failed.is_ok() {
            rows.failed = Err(error);
        }
        self.give_up();
    }

    /// Makes runs of one cell until there are no more of them to begin.
    pub(super) fn on_a_cell(&self) -> ControlFlow<()> {
        let Some((hold, first)) = self.queue.begin() else {
            return ControlFlow::Break(());
        };
        let cell = hold.cell;
        let seeding = self.sweep.cells[cell].seeding;
        let others = iter::from_fn(|| self.queue.next_of(cell));
        let runs = iter::once(first).chain(others);
        let mut seeds = runs.map(|run| seeding.seeds(run));
        let (left, flow) = self.make(cell, &mut seeds);
        flow?;
        // One of them has panicked, and the others went with it.
        for seeds in left.into_values() {
            let (left, flow) = self.make(cell, &mut iter::once(seeds));
            flow?;
            debug_assert!(left.is_empty(), "a run alone has a row");
        }
        ControlFlow::Continue(())
    }

    /// Makes runs of a cell until there are no more seeds, or one of several panics; returns the seeds
    /// of runs that had been begun then.
    fn make(
        &self,
        cell: usize,
        seeds: &mut SeedsLeft,
    ) -> (BTreeMap<usize, Seeds>, ControlFlow<()>) {
        let begun = RefCell::new(BTreeMap::new());
        let (mut count, mut flow) = (0, ControlFlow::Continue(()));
        let mut seeds = seeds.inspect(|seeds| {
            begun.borrow_mut().insert(count, *seeds);
            count += 1;
        });
        // What panics beyond this point is the caller's.
        let is_telling = Cell::new(false);
        let mut done = |index, result: crate::Result<E::Outcome>| {
            let seeds = begun.borrow_mut().remove(&index);
            let seeds = seeds.expect("every run ends once");
            let result = match result {
                Ok(outcome) => RowResult::Outcome(outcome),
                Err(error) => RowResult::Refused {
                    error: error.to_string(),
                },
            };
            is_telling.set(true);
            flow = self.push(cell, seeds, result);
            is_telling.set(false);
            flow
        };
        let experiment = &self.sweep.cells[cell].experiment;
        let made = catch_unwind(AssertUnwindSafe(|| {
            experiment.run_each(&self.stop, &mut seeds, &mut done);
        }));
        let mut begun = begun.into_inner();
        let Err(payload) = made else {
            return (BTreeMap::new(), flow);
        };
        if is_telling.get() {
            resume_unwind(payload);
        }
        if begun.len() == 1
            && let Some((_, seeds)) = begun.pop_first()
        {
            let panic = message(&*payload);
            flow = self.push(cell, seeds, RowResult::Panicked { panic });
        }
        (begun, flow)
    }

    /// Writes a row, unless an earlier one could not be written.
    fn push(&self, cell: usize, seeds: Seeds, result: RowResult<E::Outcome>) -> ControlFlow<()> {
        let mut rows = self.rows();
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
        let row = match rows.sink.push(self.sweep, cell, row) {
            Ok(row) => row,
            Err(error) => {
                self.fail(rows, error);
                return ControlFlow::Break(());
            }
        };
        let progress = &mut rows.progress;
        progress.done += 1;
        match &row.result {
            RowResult::Refused { .. } => progress.refused += 1,
            RowResult::Panicked { .. } => progress.panicked += 1,
            RowResult::Outcome(outcome) => match E::time(outcome) {
                Some(Time::Solved(_)) => progress.solved += 1,
                Some(Time::Censored(_)) => progress.unsolved += 1,
                Some(Time::Never) => progress.diverged += 1,
                None => {}
            },
        }
        (rows.watch)(*progress);
        ControlFlow::Continue(())
    }

    fn rows(&self) -> MutexGuard<'_, Rows<'a>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a panic said.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".into())
}

/// Waits this long, or until `end` comes or somebody sets `stop`, which wakes nobody.
fn rest(
    end: &mpsc::Receiver<()>,
    time: Duration,
    stop: Option<&AtomicBool>,
) -> std::result::Result<(), RecvTimeoutError> {
    let begin = Instant::now();
    loop {
        let left = time.saturating_sub(begin.elapsed());
        let part = if stop.is_some() { left.min(LOOK) } else { left };
        let ended = end.recv_timeout(part);
        let is_set = stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
        if ended != Err(RecvTimeoutError::Timeout) || part == left || is_set {
            return ended;
        }
    }
}
