use super::queue::Queue;
use super::sink::Sink;
use super::{Cell, Row, RowResult, Shard, Sweep};
use crate::error::{Error, Result};
use crate::seeds::Seeds;
use crate::trial::{Outcome, Status, Trial};
use serde_json::Value;
use std::any::Any;
use std::cell::{self, RefCell};
use std::collections::BTreeMap;
use std::iter;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How much a failing power supply may cost.
const SYNC: Duration = Duration::from_secs(1);

/// What one process does of a sweep, and with what.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// The part of the sweep; all of it by default.
    pub shard: Shard,
    /// The bytes of memory that all threads together may use for runs; no limit if `None`.
    ///
    /// Threads wait, or take smaller runs, where those at work leave too little.
    pub memory: Option<u64>,
    /// When to end: no run is begun after it, and those that have not ended are given up without a row.
    pub deadline: Option<Instant>,
    /// Whether runs that panicked in an earlier attempt are made again.
    ///
    /// Their rows count as done otherwise: a run is reproducible, and so are its defects.
    pub retry: bool,
    /// What is written in front of the rows about the program, the machine and the time.
    pub about: Value,
}

/// How far a sweep is, or a shard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The number of runs.
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
    /// those whose settings were refused,
    pub refused: u64,
    /// and those that panicked.
    pub panicked: u64,
    /// What was found when it began: rows of other settings or seeds,
    pub foreign: u64,
    /// and lines that are no rows.
    pub torn: u64,
}

impl Sweep {
    /// Makes the runs that have no row in the folder yet, on the threads of the current rayon pool: an
    /// [`attempt`](Sweep::attempt) without limits.
    ///
    /// # Errors
    /// Those of [`attempt`](Sweep::attempt).
    pub fn run(
        &self,
        folder: impl AsRef<Path>,
        watch: impl FnMut(Progress) + Send,
    ) -> Result<Progress> {
        self.attempt(folder, &Attempt::default(), watch)
    }

    /// Makes the runs of a shard that have no row in the folder yet, on the threads of the current rayon
    /// pool.
    ///
    /// A row is appended as soon as its run ends, and `watch` is told. Runs of a cell are begun in the
    /// order of their seeds, those of later cells after those of earlier ones if there is the memory;
    /// threads take the next run when they are free. The folder is made if it is missing. It can be
    /// stopped at any time: what has a row is never run again. A run that panics has a row that says
    /// so, and the others go on.
    ///
    /// # Errors
    /// Those of [`table`](Sweep::table); [`Error::Rows`] if rows cannot be written; [`Error::Memory`],
    /// before any run, if the memory is too small for some cell of the sweep.
    pub fn attempt(
        &self,
        folder: impl AsRef<Path>,
        attempt: &Attempt,
        mut watch: impl FnMut(Progress) + Send,
    ) -> Result<Progress> {
        let run = |trial: &Trial, stop: &AtomicBool, seeds: &mut SeedsLeft, done: &mut Done| {
            trial.run_each_until(stop, seeds, done);
        };
        self.attempt_by(&run, folder.as_ref(), attempt, &mut watch)
    }

    fn attempt_by(
        &self,
        runner: &Runner,
        folder: &Path,
        attempt: &Attempt,
        watch: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Progress> {
        let &Attempt { shard, retry, .. } = attempt;
        let (limit, memory) = match attempt.memory {
            Some(limit) => (limit, self.memory(limit)?),
            None => (u64::MAX, vec![0; self.cells.len()]),
        };
        let ledger = self.read(folder, shard, |_, _, _| ())?;
        let again = if retry { ledger.tally.panicked } else { 0 };
        let done = ledger.tally.done - again;
        let progress = Progress {
            runs: self.runs_of(shard),
            before: done,
            done,
            foreign: ledger.tally.foreign,
            torn: ledger.tally.torn,
            ..Progress::default()
        };
        watch(progress);
        if done == progress.runs {
            return Ok(progress);
        }
        let sink = Sink::create(folder, self, shard, &attempt.about)?;
        let sync = sink.syncer()?;
        let work = Work {
            sweep: self,
            runner,
            queue: Queue::new(self, shard, (ledger, retry), memory, limit),
            stop: AtomicBool::new(false),
            rows: Mutex::new(Rows {
                sink,
                progress,
                watch,
                failed: Ok(()),
            }),
        };
        let (ended, end) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(|| work.keep_time(attempt.deadline, &sync, end));
            // Dropped when the threads are done, even if one of them panics.
            let _ended = ended;
            rayon::broadcast(|_| while work.on_a_cell().is_continue() {});
        });
        let rows = work.rows.into_inner();
        let rows = rows.unwrap_or_else(PoisonError::into_inner);
        rows.failed?;
        rows.sink.finish()?;
        Ok(rows.progress)
    }

    /// The bytes that a thread needs for each of the cells, if none needs more than the limit.
    fn memory(&self, limit: u64) -> Result<Vec<u64>> {
        let of_cell = |(cell, Cell { trial, .. }): (usize, &Cell)| {
            // Settings that are refused need none.
            match trial.memory().unwrap_or(0) {
                needed if needed > limit => Err(Error::Memory {
                    cell,
                    needed,
                    limit,
                }),
                needed => Ok(needed),
            }
        };
        self.cells.iter().enumerate().map(of_cell).collect()
    }

    /// The number of runs of a shard.
    pub fn runs_of(&self, shard: Shard) -> u64 {
        if shard.is_whole() {
            return self.len();
        }
        let mut count = 0;
        for (cell, key) in self.cells.iter().zip(&self.keys) {
            let seeding = cell.seeding;
            let held = |run: &u64| shard.holds(key, &seeding.seeds(*run));
            count += (0..seeding.len()).filter(held).count() as u64;
        }
        count
    }
}

type SeedsLeft<'a> = dyn Iterator<Item = Seeds> + 'a;
type Done<'a> = dyn FnMut(usize, Result<Outcome>) -> ControlFlow<()> + 'a;
/// What makes runs: [`Trial::run_each_until`].
type Runner = dyn Fn(&Trial, &AtomicBool, &mut SeedsLeft, &mut Done) + Sync;

/// What the threads share.
struct Work<'a> {
    sweep: &'a Sweep,
    runner: &'a Runner,
    queue: Queue<'a>,
    /// Whether to give up the runs that have not ended.
    stop: AtomicBool,
    rows: Mutex<Rows<'a>>,
}

struct Rows<'a> {
    sink: Sink,
    progress: Progress,
    watch: &'a mut (dyn FnMut(Progress) + Send),
    /// The first failure to write.
    failed: Result<()>,
}

impl<'a> Work<'a> {
    /// Ends the work at the deadline, and until its end makes sure now and then that rows are on disk.
    fn keep_time(
        &self,
        deadline: Option<Instant>,
        sync: &dyn Fn() -> Result<()>,
        end: mpsc::Receiver<()>,
    ) {
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return self.give_up();
            }
            let pause = left.map_or(SYNC, |left| left.min(SYNC));
            match end.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {
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

    fn fail(&self, rows: &mut Rows<'_>, error: Error) {
        if rows.failed.is_ok() {
            rows.failed = Err(error);
        }
        self.give_up();
    }

    /// Makes runs of one cell until there are no more of them to begin.
    fn on_a_cell(&self) -> ControlFlow<()> {
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
        let is_telling = cell::Cell::new(false);
        let mut done = |index, result: Result<Outcome>| {
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
        let trial = &self.sweep.cells[cell].trial;
        let made = catch_unwind(AssertUnwindSafe(|| {
            (self.runner)(trial, &self.stop, &mut seeds, &mut done);
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
    fn push(&self, cell: usize, seeds: Seeds, result: RowResult) -> ControlFlow<()> {
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
        if let Err(error) = rows.sink.push(self.sweep, cell, &row) {
            self.fail(rows, error);
            return ControlFlow::Break(());
        }
        let progress = &mut rows.progress;
        progress.done += 1;
        *match &row.result {
            RowResult::Refused { .. } => &mut progress.refused,
            RowResult::Panicked { .. } => &mut progress.panicked,
            RowResult::Outcome(outcome) => match outcome.status {
                Status::Solved => &mut progress.solved,
                Status::Unsolved => &mut progress.unsolved,
                Status::Diverged => &mut progress.diverged,
            },
        } += 1;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A program with a defect: some seeds panic, alone or beside others.
    fn defective(trial: &Trial, stop: &AtomicBool, seeds: &mut SeedsLeft, done: &mut Done) {
        let seeds: Vec<Seeds> = seeds.take(4).collect();
        let is_bad = |seeds: &Seeds| seeds.init % 5 == 2;
        assert!(!seeds.iter().any(is_bad), "a defect");
        trial.run_each_until(stop, seeds, done);
    }

    fn sweep() -> Sweep {
        let trial = Trial {
            max_steps: 2,
            ..Trial::new(10, 2)
        };
        Sweep::new([Cell::new(trial, 12)]).unwrap()
    }

    #[test]
    fn a_run_that_panics_is_a_row_and_the_others_go_on() {
        let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
        let attempt = Attempt::default();
        let by = |runner: &Runner, attempt: &Attempt| {
            let end = sweep.attempt_by(runner, folder.path(), attempt, &mut |_| ());
            end.unwrap()
        };
        let end = by(&defective, &attempt);
        assert_eq!((end.done, end.panicked, end.unsolved), (12, 2, 10));
        let table = sweep.table(folder.path()).unwrap();
        assert_eq!(table.tally().panicked, 2);
        assert_eq!(table.records(0)[7].unwrap().status, None);
        let to = folder.path().join("table.csv");
        sweep.gather(folder.path(), &to).unwrap();
        let text = std::fs::read_to_string(&to).unwrap();
        assert_eq!(text.matches("panicked: a defect").count(), 2);

        // It is not tried again, unless somebody asks for it.
        assert_eq!(sweep.run(folder.path(), |_| ()).unwrap().before, 12);
        let again = Attempt {
            retry: true,
            ..attempt
        };
        let end = sweep.attempt(folder.path(), &again, |_| ()).unwrap();
        assert_eq!((end.before, end.done, end.unsolved), (10, 12, 2));
        let tally = sweep.table(folder.path()).unwrap().tally();
        assert_eq!((tally.done, tally.panicked), (12, 0));
    }

    #[test]
    fn a_run_that_would_pass_the_deadline_has_no_row() {
        let long = |n| {
            Cell::new(
                Trial {
                    max_steps: u64::MAX,
                    ..endless(n)
                },
                40,
            )
        };
        // Runs abreast, and one after the other.
        let sweep = Sweep::new([long(12), long(100)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let attempt = Attempt {
            deadline: Some(Instant::now() + Duration::from_millis(50)),
            ..Attempt::default()
        };
        let end = sweep.attempt(folder.path(), &attempt, |_| ()).unwrap();
        assert_eq!((end.runs, end.done), (80, 0));
        assert_eq!(sweep.table(folder.path()).unwrap().missing(), 80);
    }

    /// A trial that never moves.
    fn endless(width: usize) -> Trial {
        let learner = crate::trial::MlpSettings {
            width,
            ..Default::default()
        };
        Trial {
            learner: crate::trial::Learner::Mlp(learner),
            rate: 0.0.into(),
            ..Trial::new(20, 3)
        }
    }

    #[test]
    fn a_run_that_needs_too_much_memory_is_refused_before_any() {
        let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
        let attempt = Attempt {
            memory: Some(1000),
            ..Attempt::default()
        };
        let told = sweep.attempt(folder.path(), &attempt, |_| ()).unwrap_err();
        assert!(told.to_string().contains("and 1000 may be used"), "{told}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
