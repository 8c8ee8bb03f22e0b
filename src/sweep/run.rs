use super::curves::Curves;
use super::others::Others;
use super::queue::Queue;
use super::sink::Sink;
use super::work::{Rows, Work};
use super::{Attempt, Cell, Progress, Shard, Sweep};
use crate::experiment::Experiment;
use crate::measure::Recording;
use crate::sweep::error::{Result, SweepError};
use crate::threads::alone;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

/// Runs that are counted between two looks at the clock.
const STRIDE: u64 = 1 << 12;

impl<E: Experiment> Sweep<E> {
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
    /// A row is appended as soon as its run ends, and `watch` is told. The time is looked at while the rows and curves of earlier
    /// attempts are read, too. Runs of a cell are begun in the
    /// order of their seeds, those of later cells after those of earlier ones if there is the memory;
    /// threads take the next run when they are free. Another process that is at work on the same shard begins elsewhere among
    /// the runs, and either leaves out what the other has a row of, as far as the file system has locks and shows a row soon;
    /// a run that both are at has two rows, which are equal. The folder is made if it is missing. It can be
    /// stopped at any time: what has a row is never run again. A run that panics has a row that says
    /// so, and the others go on.
    ///
    /// # Errors
    /// Those of [`outcomes`](Sweep::outcomes); [`SweepError::Rows`] if rows cannot be written; before any run,
    /// [`SweepError::Memory`] if the memory is too small for some cell of the sweep, and an [`Error`](crate::Error) if some
    /// cannot be recorded as the attempt says.
    pub fn attempt(
        &self,
        folder: impl AsRef<Path>,
        attempt: &Attempt,
        mut watch: impl FnMut(Progress) + Send,
    ) -> Result<Progress> {
        let (folder, watch) = (folder.as_ref(), &mut watch);
        let &Attempt { shard, retry, .. } = attempt;
        let (limit, memory) = match attempt.memory {
            Some(limit) => (limit, self.memory(limit)?),
            None => (u64::MAX, vec![0; self.cells.len()]),
        };
        let recording = attempt.recording.as_ref();
        recording.map_or(Ok(()), |recording| self.check_recording(recording))?;
        let stop = attempt.stop.as_deref();
        let is_late = || {
            let deadline = attempt.deadline;
            deadline.is_some_and(|deadline| deadline <= Instant::now())
                || stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
        };
        let mut others = Others::of(folder, shard)?;
        let mut ledger = self.read(folder, shard, &is_late, |_, _| ())?;
        let mut again = if retry { ledger.tally.panicked } else { 0 };
        if let Some(recording) = recording {
            let (recorded, flow) = self.with_curve(folder, recording, &is_late)?;
            again += ledger.forget_unrecorded(&recorded);
            ledger.is_partial |= flow.is_break();
        }
        let done = ledger.tally.done - again;
        let progress = Progress {
            runs: self.count_runs(shard, is_late).unwrap_or(self.len()),
            before: done,
            done,
            foreign: ledger.tally.foreign,
            torn: ledger.tally.torn,
            faults: ledger.tally.faults,
            is_partial: ledger.is_partial,
            ..Progress::default()
        };
        watch(progress);
        if done == progress.runs || is_late() {
            return Ok(progress);
        }
        let sink = Sink::create(folder, self, shard, &attempt.about)?;
        let curves = recording.map(|recording| Curves::create(folder, shard, recording));
        let (sync, own) = (sink.syncer()?, sink.path().to_owned());
        let start = start_beside(others.before(&own), self.len());
        let work = Work {
            sweep: self,
            recording,
            queue: Queue::new(self, shard, (ledger, retry), memory, limit).beginning_at(start),
            stop: AtomicBool::new(false),
            rows: Mutex::new(Rows {
                sink,
                curves: curves.transpose()?,
                progress,
                watch,
                failed: Ok(()),
            }),
        };
        let (ended, end) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(|| work.keep_time(attempt.deadline, stop, &sync, (others, own), end));
            // Dropped when the threads are done, even if one of them panics.
            let _ended = ended;
            // A thread for each run serves a sweep better than many threads for one.
            rayon::broadcast(|_| alone(|| while work.on_a_cell().is_continue() {}));
        });
        let by_others = work.queue.left_out();
        let rows = work.rows.into_inner();
        let rows = rows.unwrap_or_else(PoisonError::into_inner);
        rows.failed?;
        rows.curves.map_or(Ok(()), Curves::finish)?;
        rows.sink.finish()?;
        let mut progress = rows.progress;
        progress.done += by_others;
        Ok(progress)
    }

    /// Succeeds if all cells can be recorded so, besides those that have no runs at all.
    fn check_recording(&self, recording: &Recording) -> Result<()> {
        let cells = self.cells.iter().map(|cell| &cell.experiment);
        for settings in cells.filter(|settings| settings.memory().is_ok()) {
            settings.check_recording(recording)?;
        }
        Ok(())
    }

    /// The bytes that a thread needs for each of the cells, if none needs more than the limit.
    pub(crate) fn memory(&self, limit: u64) -> Result<Vec<u64>> {
        let of_cell = |(cell, Cell { experiment, .. }): (usize, &Cell<E>)| {
            // Settings that are refused need none.
            match experiment.memory().unwrap_or(0) {
                needed if needed > limit => Err(SweepError::Memory {
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
        let runs = self.count_runs(shard, || false);
        runs.expect("nobody ends the count")
    }

    /// The number of runs of a shard, unless `is_late` says so before they are counted.
    fn count_runs(&self, shard: Shard, is_late: impl Fn() -> bool) -> Option<u64> {
        if shard.is_whole() {
            return Some(self.len());
        }
        let mut count = 0;
        for (cell, key) in self.cells.iter().zip(&self.keys) {
            let seeding = cell.seeding;
            for run in 0..seeding.len() {
                if run.is_multiple_of(STRIDE) && is_late() {
                    return None;
                }
                count += u64::from(shard.holds(key, &seeding.seeds(run)));
            }
        }
        Some(count)
    }
}

/// Where a process begins among so many runs if others are at work: at 0, 1/2, 1/4, 3/4, 1/8, … of them, so that each has
/// much before it that no other is at.
fn start_beside(others: u32, runs: u64) -> u64 {
    let share = u128::from(others.reverse_bits());
    ((u128::from(runs) * share) >> 32) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;
    use crate::seeds::Seeds;
    use crate::trial::{Outcome, Trial};
    use serde::{Deserialize, Serialize};
    use std::ops::ControlFlow;
    use std::sync::Arc;
    use std::time::Duration;

    fn short() -> Trial {
        Trial {
            max_steps: 2,
            ..Trial::new(10, 2)
        }
    }

    fn sweep() -> Sweep {
        Sweep::new([Cell::new(short(), 12)]).unwrap()
    }

    /// A trial with a defect: some seeds panic, alone or beside others.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    struct Defective;

    static IS_MENDED: AtomicBool = AtomicBool::new(false);

    impl Experiment for Defective {
        type Outcome = Outcome;
        const NAME: &'static str = "defective";
        const REVISION: u32 = 1;

        fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Outcome>> {
            short().run_until(seeds, stop)
        }

        fn run_each(
            &self,
            stop: &AtomicBool,
            seeds: &mut dyn Iterator<Item = Seeds>,
            done: &mut dyn FnMut(usize, Result<Outcome>) -> ControlFlow<()>,
        ) {
            let seeds: Vec<Seeds> = seeds.take(4).collect();
            let is_bad = |seeds: &Seeds| seeds.init % 5 == 2;
            let is_mended = IS_MENDED.load(Ordering::Relaxed);
            assert!(is_mended || !seeds.iter().any(is_bad), "a defect");
            short().run_each(stop, &mut seeds.into_iter(), done);
        }

        fn time(outcome: &Outcome) -> Option<crate::stats::Time> {
            Some(outcome.time())
        }
    }

    #[test]
    fn a_run_that_panics_is_a_row_and_the_others_go_on() {
        let sweep = Sweep::new([Cell::new(Defective, 12)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let end = sweep.run(folder.path(), |_| ()).unwrap();
        assert_eq!((end.done, end.panicked, end.unsolved), (12, 2, 10));
        let outcomes = sweep.outcomes(folder.path()).unwrap();
        assert_eq!(outcomes.tally().panicked, 2);
        let panicked = outcomes.records(0)[7].as_ref().unwrap();
        assert_eq!((&panicked.outcome, panicked.time), (&None, None));
        let to = folder.path().join("table.csv");
        sweep.gather(folder.path(), &to).unwrap();
        let text = std::fs::read_to_string(&to).unwrap();
        assert_eq!(text.matches("panicked: a defect").count(), 2);

        // It is not tried again, unless somebody asks for it.
        IS_MENDED.store(true, Ordering::Relaxed);
        assert_eq!(sweep.run(folder.path(), |_| ()).unwrap().before, 12);
        let again = Attempt {
            retry: true,
            ..Attempt::default()
        };
        let end = sweep.attempt(folder.path(), &again, |_| ()).unwrap();
        assert_eq!((end.before, end.done, end.unsolved), (10, 12, 2));
        let tally = sweep.outcomes(folder.path()).unwrap().tally();
        assert_eq!((tally.done, tally.panicked), (12, 0));
    }

    /// 1 over the seed, which JSON cannot hold for 0.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    struct Inverse;

    impl Experiment for Inverse {
        type Outcome = f64;
        const NAME: &'static str = "inverse";
        const REVISION: u32 = 1;

        fn run_until(&self, seeds: &Seeds, _: &AtomicBool) -> Result<Option<f64>> {
            Ok(Some(1.0 / seeds.init as f64))
        }
    }

    #[test]
    fn an_outcome_that_could_not_be_read_again_is_refused_with_the_reason() {
        let sweep = Sweep::new([Cell::new(Inverse, 3)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let end = sweep.run(folder.path(), |_| ()).unwrap();
        assert_eq!((end.done, end.refused), (3, 1));
        let outcomes = sweep.outcomes(folder.path()).unwrap();
        assert!(outcomes.of(0).eq(&[1.0, 0.5]));
        assert_eq!((outcomes.missing(), outcomes.tally().refused), (0, 1));
        let to = folder.path().join("table.csv");
        sweep.gather(folder.path(), &to).unwrap();
        let text = std::fs::read_to_string(&to).unwrap();
        assert_eq!(text.matches("has to be an Option").count(), 1, "{text}");
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
        // Runs in lockstep, and one after the other.
        let sweep = Sweep::new([long(12), long(100)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let attempt = Attempt {
            deadline: Some(Instant::now() + Duration::from_millis(50)),
            ..Attempt::default()
        };
        let end = sweep.attempt(folder.path(), &attempt, |_| ()).unwrap();
        assert_eq!((end.runs, end.done), (80, 0));
        assert_eq!(sweep.outcomes(folder.path()).unwrap().missing(), 80);
    }

    #[test]
    fn a_flag_ends_an_attempt_and_rows_are_kept() {
        let cells = [
            Cell::new(short(), 3),
            Cell::new(
                Trial {
                    max_steps: u64::MAX,
                    ..endless(100)
                },
                2,
            ),
        ];
        let sweep = Sweep::new(cells).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let attempt = Attempt {
            stop: Some(Arc::clone(&stop)),
            ..Attempt::default()
        };
        let watch = |so_far: Progress| stop.store(so_far.done == 3, Ordering::Relaxed);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let end = pool
            .unwrap()
            .install(|| sweep.attempt(folder.path(), &attempt, watch).unwrap());
        assert_eq!((end.runs, end.done), (5, 3));
        assert_eq!(sweep.outcomes(folder.path()).unwrap().missing(), 2);
        // Set before, it lets nothing begin.
        let end = sweep.attempt(folder.path(), &attempt, |_| ()).unwrap();
        assert!(end.is_partial && end.done == end.before);
        assert_eq!(sweep.outcomes(folder.path()).unwrap().missing(), 2);
    }

    #[test]
    fn nothing_is_begun_at_the_deadline() {
        let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
        let attempt = Attempt {
            deadline: Some(Instant::now()),
            ..Attempt::default()
        };
        let end = sweep.attempt(folder.path(), &attempt, |_| ()).unwrap();
        assert_eq!((end.runs, end.done), (12, 0));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn rows_are_read_until_the_deadline() {
        let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
        sweep.run(folder.path(), |_| ()).unwrap();
        let read_by = |looks: u32| {
            let left = std::cell::Cell::new(looks);
            let is_late = || left.replace(left.get().saturating_sub(1)) == 0;
            let ledger = sweep.read(folder.path(), Shard::default(), &is_late, |_, _| ());
            let ledger = ledger.unwrap();
            (ledger.tally.done, ledger.is_partial)
        };
        // The settings are looked at, too.
        assert_eq!(read_by(0), (0, true));
        assert_eq!(read_by(6), (5, true));
        assert_eq!(read_by(100), (12, false));
        // Rows that are there twice are read again, to compare them.
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap();
        let file = file.unwrap().path();
        std::fs::copy(&file, file.with_extension("again.jsonl")).unwrap();
        assert_eq!(read_by(30), (12, true));
        assert_eq!(read_by(100), (12, false));

        let attempt = Attempt {
            deadline: Some(Instant::now()),
            ..Attempt::default()
        };
        let end = sweep.attempt(folder.path(), &attempt, |_| ()).unwrap();
        assert_eq!((end.runs, end.before, end.is_partial), (12, 0, true));
        let end = sweep.run(folder.path(), |_| ()).unwrap();
        assert_eq!((end.before, end.is_partial), (12, false));
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
