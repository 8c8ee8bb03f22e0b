//! The threads of an attempt, which make runs and write their rows.

use super::curves::Curves;
use super::others::Others;
use super::queue::Queue;
use super::sink::Sink;
use super::{Progress, Row, RowResult, Sweep};
use crate::experiment::Experiment;
use crate::measure::{Recording, Table};
use crate::seeds::Seeds;
use crate::stats::Time;
use crate::sweep::error::{Result, SweepError};
use cpu_time::ThreadTime;
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
    /// What is recorded along each run.
    pub(super) recording: Option<&'a Recording>,
    pub(super) queue: Queue<'a, E>,
    /// Whether to give up the runs that have not ended.
    pub(super) stop: AtomicBool,
    pub(super) rows: Mutex<Rows<'a>>,
}

/// What is written, by one thread at a time.
pub(super) struct Rows<'a> {
    pub(super) sink: Sink,
    /// The file of curves, if runs are recorded.
    pub(super) curves: Option<Curves>,
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
        let shares = RefCell::new(Shares::new());
        let (mut count, mut flow) = (0, ControlFlow::Continue(()));
        let mut seeds = seeds.inspect(|seeds| {
            let begin = shares.borrow_mut().begin();
            begun.borrow_mut().insert(count, (*seeds, begin));
            count += 1;
        });
        // What panics beyond this point is the caller's.
        let is_telling = Cell::new(false);
        let mut done = |index, result: crate::Result<(E::Outcome, Option<Table>)>| {
            let run = begun.borrow_mut().remove(&index);
            let (seeds, begin) = run.expect("every run ends once");
            let seconds = shares.borrow_mut().end(begin);
            let (result, curve) = match result {
                Ok((outcome, curve)) => (RowResult::Outcome(outcome), curve),
                Err(error) => {
                    let error = error.to_string();
                    (RowResult::Refused { error }, None)
                }
            };
            is_telling.set(true);
            flow = self.push(cell, seeds, (result, curve), seconds);
            is_telling.set(false);
            flow
        };
        let experiment = &self.sweep.cells[cell].experiment;
        let made = catch_unwind(AssertUnwindSafe(|| match self.recording {
            None => experiment.run_each(&self.stop, &mut seeds, &mut |index, outcome| {
                done(index, outcome.map(|outcome| (outcome, None)))
            }),
            Some(recording) => {
                for (index, seeds) in seeds.enumerate() {
                    let recorded = experiment.record_until(&seeds, recording, &self.stop);
                    let Some(recorded) = recorded.transpose() else {
                        return;
                    };
                    let recorded = recorded.map(|(outcome, table)| (outcome, Some(table)));
                    if done(index, recorded).is_break() {
                        return;
                    }
                }
            }
        }));
        let mut begun = begun.into_inner();
        let Err(payload) = made else {
            return (BTreeMap::new(), flow);
        };
        if is_telling.get() {
            resume_unwind(payload);
        }
        if begun.len() == 1
            && let Some((_, (seeds, begin))) = begun.pop_first()
        {
            let panic = message(&*payload);
            let seconds = shares.borrow_mut().end(begin);
            flow = self.push(cell, seeds, (RowResult::Panicked { panic }, None), seconds);
        }
        let left = begun.into_iter().map(|(index, (seeds, _))| (index, seeds));
        (left.collect(), flow)
    }

    /// Writes the curve, if there is one, and the row of a run, unless an earlier one could not be written.
    fn push(
        &self,
        cell: usize,
        seeds: Seeds,
        (mut result, curve): (RowResult<E::Outcome>, Option<Table>),
        seconds: f64,
    ) -> ControlFlow<()> {
        let mut rows = self.rows();
        let rows = &mut *rows;
        if rows.failed.is_err() {
            return ControlFlow::Break(());
        }
        let setting = self.sweep.keys[cell];
        if let (Some(curves), Some(curve)) = (&mut rows.curves, &curve) {
            match curves.push(setting, seeds, curve) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => result = RowResult::Refused { error },
                Err(error) => {
                    self.fail(rows, error);
                    return ControlFlow::Break(());
                }
            }
        }
        let row = Row {
            setting,
            seeds,
            result,
        };
        let row = match rows.sink.push(self.sweep, cell, row, seconds) {
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

/// The processor time of runs that a thread makes at the same time, each of which has an equal share of it.
struct Shares {
    clock: ThreadTime,
    /// The runs that have begun and not ended.
    active: u32,
    /// The share of a run that was active all the time.
    share: f64,
}

impl Shares {
    fn new() -> Self {
        Shares {
            clock: ThreadTime::now(),
            active: 0,
            share: 0.0,
        }
    }

    fn advance(&mut self) {
        let now = ThreadTime::now();
        let seconds = now.duration_since(self.clock).as_secs_f64();
        self.clock = now;
        self.share += seconds / f64::from(self.active.max(1));
    }

    /// Takes up a run, and returns what its end has to be given.
    fn begin(&mut self) -> f64 {
        self.advance();
        self.active += 1;
        self.share
    }

    /// The processor time in seconds of a run that ends.
    fn end(&mut self, begin: f64) -> f64 {
        self.advance();
        self.active -= 1;
        self.share - begin
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

#[cfg(test)]
mod tests {
    use super::*;
    use sparse_parity_examples::limit::Limit;

    #[test]
    fn a_rest_lasts_its_time_unless_something_ends_it() {
        let _limit = Limit::of_test();
        let (tell, end) = mpsc::channel();
        let (stop, begin) = (AtomicBool::new(false), Instant::now());
        let timeout = Err(RecvTimeoutError::Timeout);
        assert_eq!(rest(&end, 3 * LOOK, Some(&stop)), timeout);
        assert!(begin.elapsed() >= 3 * LOOK);
        let hour = Duration::from_secs(3600);
        tell.send(()).unwrap();
        assert_eq!(rest(&end, hour, Some(&stop)), Ok(()));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(rest(&end, hour, Some(&stop)), timeout);
    }
}
