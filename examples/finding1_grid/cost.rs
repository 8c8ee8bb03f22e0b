//! What a cell costs.

use crate::cells::GridCell;
use crate::verdict::{ALONE, Verdict};
use cpu_time::ThreadTime;
use sparse_parity::trial::Trial;

/// Runs that are timed together: enough for tiny networks to be run in lockstep.
const TOGETHER: u64 = 11;
/// Seconds that updates take in a timing, at least.
const LEAST: f64 = 1e-3;
/// The fastest of so many timings tells least of what else the machine does.
const TIMINGS: usize = 3;

/// Seconds of a processor.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    /// Of a run without updates.
    run: f64,
    /// Of an update, of a run alone
    alone: f64,
    /// and of one of several.
    together: f64,
}

impl Price {
    /// Measures the price of runs of this cell.
    pub fn of(cell: &GridCell) -> sparse_parity::Result<Self> {
        let (run, alone) = timed(cell, 1)?;
        let (_, together) = timed(cell, TOGETHER)?;
        Ok(Price {
            run,
            alone,
            together,
        })
    }

    /// The price of what was tried.
    pub fn total(&self, verdict: &Verdict) -> f64 {
        let tried = verdict.tried.iter();
        tried
            .map(|tried| {
                let alone = tried.runs.min(ALONE) as f64 / tried.runs as f64;
                let step = self.alone * alone + self.together * (1.0 - alone);
                self.run * tried.runs as f64 + step * tried.steps as f64
            })
            .sum()
    }
}

/// Processor seconds of a run without updates, and of an update, for as many runs at a time.
fn timed(cell: &GridCell, runs: u64) -> sparse_parity::Result<(f64, f64)> {
    // At a rate that hardly moves anything the plateau is long enough.
    let rate = 1e-6 * cell.rates()[0];
    let once = |max_steps| -> sparse_parity::Result<(f64, u64)> {
        let trial: Trial = cell.trial(rate, max_steps);
        let begin = ThreadTime::now();
        let outcomes = trial.run_all((0..runs).map(Into::into))?;
        let seconds = begin.elapsed().as_secs_f64();
        Ok((seconds, outcomes.iter().map(|outcome| outcome.steps).sum()))
    };
    let fastest = |max_steps| -> sparse_parity::Result<(f64, u64)> {
        let (mut seconds, steps) = once(max_steps)?;
        for _ in 1..TIMINGS {
            seconds = seconds.min(once(max_steps)?.0);
        }
        Ok((seconds, steps))
    };
    let without = fastest(0)?.0;
    let mut max_steps = 16;
    let (seconds, steps) = loop {
        // Not of a single timing: if that was disturbed, the difference would be, too.
        let (seconds, steps) = fastest(max_steps)?;
        if seconds - without > LEAST.max(without / 2.0) || max_steps >= 1 << 16 {
            break (seconds, steps);
        }
        max_steps *= 2;
    };
    let step = (seconds - without).max(0.0) / steps.max(1) as f64;
    Ok((without / runs as f64, step))
}
