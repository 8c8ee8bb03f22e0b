//! What runs cost, measured.

use sparse_parity::sweep::{Outcomes, Sweep};
use sparse_parity::trial::Trial;
use std::time::{Duration, Instant};

/// Cells whose cost is measured, and the time that this may take.
const SAMPLE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(20);
/// Seconds of updates in a measurement, at least.
const LEAST: f64 = 4e-3;
/// Runs that are measured together: enough for tiny networks to run in lockstep.
const TOGETHER: u64 = 11;

/// What a run of a cell costs one processor, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    run: f64,
    pub(super) update: f64,
}

impl Cost {
    fn of(&self, updates: f64) -> f64 {
        self.run + self.update * updates
    }

    fn measure(trial: &Trial) -> sparse_parity::Result<Self> {
        let timed = |runs: u64, max_steps| -> sparse_parity::Result<(f64, u64)> {
            let trial = Trial {
                max_steps,
                ..trial.clone()
            };
            let begin = Instant::now();
            let outcomes = trial.run_all((0..runs).map(Into::into))?;
            let seconds = begin.elapsed().as_secs_f64();
            Ok((seconds, outcomes.iter().map(|outcome| outcome.steps).sum()))
        };
        let (alone, _) = timed(1, 0)?;
        let runs = if alone < LEAST { TOGETHER } else { 1 };
        let (begin, _) = timed(runs, 0)?;
        let mut max_steps = 4.min(trial.max_steps);
        loop {
            let (seconds, steps) = timed(runs, max_steps)?;
            let updates = (seconds - begin).max(0.0);
            if updates > LEAST || max_steps == trial.max_steps {
                return Ok(Cost {
                    run: begin / runs as f64,
                    update: updates / steps.max(1) as f64,
                });
            }
            max_steps = (max_steps * 4).min(trial.max_steps);
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
    pub(super) fn of(sweep: &Sweep, memory: u64) -> Self {
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
            let trial = &cells[cell].experiment;
            let measured = match trial.memory() {
                Ok(needed) if needed > memory => Err(sparse_parity::sweep::SweepError::Memory {
                    cell,
                    needed,
                    limit: memory,
                }),
                _ => Cost::measure(trial).map_err(Into::into),
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
    fn cost(&self, cell: usize) -> Cost {
        let after = self
            .costs
            .partition_point(|(measured, _)| *measured <= cell);
        let place = after.saturating_sub(1);
        self.costs.get(place).map_or(
            Cost {
                run: 0.0,
                update: 0.0,
            },
            |(_, cost)| *cost,
        )
    }
}

/// What is left of a sweep, in seconds of one processor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Work {
    pub(super) runs: u64,
    /// If every run takes all of its updates,
    pub(super) most: f64,
    /// and if they take what those took that are done.
    pub(super) expected: f64,
    /// Of the longest run.
    pub(super) longest: f64,
}

impl Work {
    pub(super) fn of(sweep: &Sweep, sample: &Sample, table: Option<&Outcomes<u64>>) -> Self {
        let updates = |cell: usize| {
            let steps: Vec<f64> = table
                .into_iter()
                .flat_map(|table| table.of(cell))
                .map(|steps| *steps as f64)
                .collect();
            (!steps.is_empty()).then(|| steps.iter().sum::<f64>() / steps.len() as f64)
        };
        // Where nothing is done, runs take the share of their updates that they take elsewhere.
        let shares = (0..sweep.cells().len()).filter_map(|cell| {
            Some(updates(cell)? / sweep.cells()[cell].experiment.max_steps.max(1) as f64)
        });
        let shares: Vec<f64> = shares.collect();
        let share = match shares.len() {
            0 => 1.0,
            count => shares.iter().sum::<f64>() / count as f64,
        };
        let mut work = Work::default();
        for (place, cell) in sweep.cells().iter().enumerate() {
            let done = table.map_or(0, |table| table.records(place).iter().flatten().count());
            let (left, cost) = (cell.seeding.len() - done as u64, sample.cost(place));
            let most = cell.experiment.max_steps as f64;
            work.runs += left;
            work.most += left as f64 * cost.of(most);
            work.expected += left as f64 * cost.of(updates(place).unwrap_or(share * most));
            work.longest = work.longest.max(cost.of(most));
        }
        work
    }
}
