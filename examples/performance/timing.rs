//! Times of repeated work.

use crate::config::Run;
use rayon::ThreadPool;
use sparse_parity::stats::median;
use sparse_parity::threads::share;
use std::time::Instant;

/// Work is timed in blocks of at least so many seconds, to which reading the clock adds nothing.
const BLOCK: f64 = 1e-3;

/// The seconds that something took, one measurement after the other.
#[derive(Default)]
pub struct Times(Vec<f64>);

impl Times {
    /// Repeats `work`, which is told how many times to do it, for so many seconds.
    ///
    /// Before that it warms up for a quarter of the time and finds how much work makes a block.
    pub fn of(seconds: f64, mut work: impl FnMut(u64)) -> Times {
        let mut block = |count| {
            let start = Instant::now();
            work(count);
            start.elapsed().as_secs_f64()
        };
        let (start, mut count) = (Instant::now(), 1);
        loop {
            let short = block(count) < BLOCK;
            if start.elapsed().as_secs_f64() > seconds / 4.0 {
                break;
            }
            if short {
                count *= 2;
            }
        }
        let start = Instant::now();
        let mut times = Times::default();
        while times.0.is_empty() || start.elapsed().as_secs_f64() < seconds {
            times.0.push(block(count) / count as f64);
        }
        times
    }

    /// Steps of a run for so many seconds, which the threads of a pool share if there is one.
    pub fn of_steps(seconds: f64, run: &mut (dyn Run + Send), pool: Option<&ThreadPool>) -> Times {
        let steps = |count| run.steps(count);
        match pool {
            Some(pool) => pool.install(|| share(|| Times::of(seconds, steps))),
            None => Times::of(seconds, steps),
        }
    }

    /// These and those.
    pub fn extend(&mut self, others: Times) {
        self.0.extend(others.0);
    }

    /// The median; `None` without measurements.
    pub fn median(&self) -> Option<f64> {
        median(self.0.iter().copied())
    }

    /// The shortest time.
    pub fn least(&self) -> Option<f64> {
        self.0.iter().copied().min_by(f64::total_cmp)
    }
}
