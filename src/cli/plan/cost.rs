//! What runs cost, measured in processor time.

use super::pilot::Pilot;
use crate::error::Result;
use crate::experiment::Experiment;
use crate::sweep::{Survey, Sweep, SweepError};
use cpu_time::ProcessTime;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Cells whose cost is measured, and the time that this may take.
const SAMPLE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(20);
/// Seconds of updates in a measurement, at least; Windows counts the time of processors in steps of 1/64 s.
const LEAST: f64 = if cfg!(windows) { 0.2 } else { 4e-3 };
/// Runs that are measured together: enough for tiny networks to run in lockstep.
const TOGETHER: u64 = 11;

/// What a run of a cell costs one processor, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    /// A run without its updates.
    pub(super) run: f64,
    /// An update, or another unit of work; 0 if the experiment does not count its work, or a run has too little of it to
    /// be measured.
    pub(super) update: f64,
    /// The bytes of an outcome.
    pub(super) outcome: u64,
}

/// Runs that were timed.
struct Timed {
    seconds: f64,
    work: u64,
    /// The bytes of the largest outcome.
    outcome: u64,
}

impl Timed {
    fn of<E: Experiment>(experiment: &E, runs: u64) -> Result<Self> {
        let (begin, mut outcomes) = (ProcessTime::now(), Vec::new());
        let mut seeds = (0..runs).map(Into::into);
        experiment.run_each(&AtomicBool::new(false), &mut seeds, &mut |_, outcome| {
            let is_error = outcome.is_err();
            outcomes.push(outcome);
            match is_error {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        let seconds = begin.elapsed().as_secs_f64();
        let outcomes = outcomes.into_iter().collect::<Result<Vec<E::Outcome>>>()?;
        let bytes = |outcome| serde_json::to_string(outcome).map_or(0, |text| text.len() as u64);
        Ok(Timed {
            seconds,
            work: outcomes.iter().filter_map(E::work).sum(),
            outcome: outcomes.iter().map(bytes).max().unwrap_or(0),
        })
    }
}

impl Cost {
    fn of(&self, updates: f64) -> f64 {
        self.run + self.update * updates
    }

    /// Measures parts of runs if the experiment counts its work, and else one whole run.
    fn measure<E: Experiment>(experiment: &E) -> Result<Self> {
        let Some(budget) = experiment.budget() else {
            let whole = Timed::of(experiment, 1)?;
            return Ok(Cost {
                run: whole.seconds,
                update: 0.0,
                outcome: whole.outcome,
            });
        };
        let timed = |runs, budget| Timed::of(&experiment.with_budget(budget), runs);
        let alone = timed(1, 0)?.seconds;
        let runs = if alone < LEAST { TOGETHER } else { 1 };
        let begin = timed(runs, 0)?.seconds;
        let mut part = 4.min(budget);
        loop {
            let Timed {
                seconds,
                work,
                outcome,
            } = timed(runs, part)?;
            let updates = (seconds - begin).max(0.0);
            if updates > LEAST {
                return Ok(Cost {
                    run: begin / runs as f64,
                    update: updates / work.max(1) as f64,
                    outcome,
                });
            }
            // So few updates are within the noise of beginning and ending a run.
            if part == budget {
                return Ok(Cost {
                    run: seconds / runs as f64,
                    update: 0.0,
                    outcome,
                });
            }
            part = part.saturating_mul(4).min(budget);
        }
    }
}

/// Costs of a sample of cells.
pub(super) struct Sample {
    pub(super) costs: Vec<(usize, Cost)>,
    /// The first error of a cell that cannot be run, and the number of them.
    pub(super) refused: (Option<(usize, String)>, usize),
}

impl Sample {
    pub(super) fn of<E: Experiment>(sweep: &Sweep<E>, memory: u64) -> Self {
        let (cells, begin) = (sweep.cells(), Instant::now());
        let count = cells.len().min(SAMPLE);
        let mut sample = Sample {
            costs: Vec::new(),
            refused: (None, 0),
        };
        // Even parts of the grid, in an order in which any beginning is spread over it.
        let mut places: Vec<usize> = (0..count).collect();
        places.sort_by_key(|place| (*place as u32).reverse_bits());
        for place in places {
            let cell = place * cells.len() / count;
            let experiment = &cells[cell].experiment;
            let measured = match experiment.memory() {
                Ok(needed) if needed > memory => Err(SweepError::Memory {
                    cell,
                    needed,
                    limit: memory,
                }),
                _ => Cost::measure(experiment).map_err(Into::into),
            };
            match measured {
                Ok(cost) => sample.costs.push((cell, cost)),
                Err(error) => {
                    sample.refused.1 += 1;
                    sample.refused.0.get_or_insert((cell, error.to_string()));
                }
            }
            if begin.elapsed() > PATIENCE {
                break;
            }
        }
        sample.costs.sort_by_key(|(cell, _)| *cell);
        sample
    }

    /// The cost of a cell that was measured, or that of the nearest one which was.
    pub(super) fn cost(&self, cell: usize) -> Cost {
        let after = self
            .costs
            .partition_point(|(measured, _)| *measured <= cell);
        let place = after.saturating_sub(1);
        self.costs
            .get(place)
            .map_or(Cost::default(), |(_, cost)| *cost)
    }
}

/// What is left of a sweep, in seconds of one processor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Work {
    pub(super) runs: u64,
    /// If every run takes all of its updates,
    pub(super) most: Span,
    /// and if runs take what others of their cell took, those that are done or were tried.
    pub(super) expected: Span,
}

/// Seconds of one processor.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Span {
    pub(super) all: f64,
    /// Of the longest run.
    pub(super) longest: f64,
}

impl Span {
    fn add(&mut self, runs: u64, seconds: f64) {
        self.all += runs as f64 * seconds;
        if runs > 0 {
            self.longest = self.longest.max(seconds);
        }
    }
}

/// What is done of a sweep, and the updates that it took.
pub(super) struct Done {
    pub(super) survey: Survey,
    /// Of every cell the outcomes that count their updates, and these.
    updates: Vec<(u64, f64)>,
}

impl Done {
    pub(super) fn of<E: Experiment>(sweep: &Sweep<E>, folder: &Path) -> crate::sweep::Result<Self> {
        let mut updates = vec![(0, 0.0); sweep.cells().len()];
        let survey = sweep.survey(folder, |cell, outcome| {
            if let Some(work) = E::work(&outcome) {
                let (count, sum) = &mut updates[cell];
                *count += 1;
                *sum += work as f64;
            }
        })?;
        Ok(Done { survey, updates })
    }

    /// The mean number of updates of the runs of a cell.
    pub(super) fn mean_updates(&self, cell: usize) -> Option<f64> {
        let (count, sum) = self.updates[cell];
        (count > 0).then(|| sum / count as f64)
    }
}

impl Work {
    pub(super) fn of<E: Experiment>(
        sweep: &Sweep<E>,
        sample: &Sample,
        pilot: &Pilot,
        done: Option<&Done>,
    ) -> Self {
        let mut work = Work::default();
        for (place, cell) in sweep.cells().iter().enumerate() {
            let rows = done.map_or(0, |done| sweep.done_of(&done.survey, place));
            let (left, cost) = (cell.seeding.len() - rows, sample.cost(place));
            let most = cell.experiment.budget().unwrap_or(0) as f64;
            let known = done.and_then(|done| done.mean_updates(place));
            let tried = || pilot.updates(place).map(|updates| updates as f64);
            let expected = known
                .or_else(tried)
                .map_or(most, |updates| updates.min(most));
            work.runs += left;
            work.most.add(left, cost.of(most));
            work.expected.add(left, cost.of(expected));
        }
        work
    }
}
