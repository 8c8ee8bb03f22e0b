//! The runs of a sample size and a decay, and when their errors vanish.

use sparse_parity::stats::{Quantile, Time, Times};
use sparse_parity::terminal::Result;
use sparse_parity::trial::Recorded;
use sparse_parity_examples::figure::{Studio, number};

/// The runs of one problem, sample size and decay.
pub struct Runs<'a> {
    pub problem: (usize, usize),
    pub m: usize,
    pub decay: f64,
    pub runs: Vec<&'a Recorded>,
}

/// The train error is 0 for the first time.
pub const TRAIN: &str = "train error 0";
/// The train error is 0 and stays there.
const FOR_GOOD: &str = "train error 0 for good";
/// The run is solved.
pub const TEST: &str = "test error 0";
/// The time from the first of these to the last.
pub const DELAY: &str = "delay";

impl Runs<'_> {
    pub fn name(&self) -> String {
        format!("m = {}", self.m)
    }

    /// The times of a quantity.
    pub fn quantity(&self, name: &str) -> Times {
        let of = match name {
            TRAIN => memorised,
            FOR_GOOD => memorised_for_good,
            DELAY => delay,
            _ => |run: &Recorded| run.outcome.time(),
        };
        self.runs.iter().map(|run| of(run)).collect()
    }
}

/// Keeps the medians of all times.
pub fn table(studio: &Studio, all: &[Runs]) -> Result {
    let mut rows = Vec::new();
    for runs in all {
        for quantity in [TRAIN, FOR_GOOD, TEST, DELAY] {
            let times = runs.quantity(quantity);
            let Quantile { value, interval } = times.median(0.95)?;
            rows.push(vec![
                runs.problem.0.to_string(),
                runs.problem.1.to_string(),
                runs.m.to_string(),
                runs.decay.to_string(),
                quantity.to_owned(),
                number(value),
                number(Some(interval.low)),
                number(Some(interval.high)),
                times.solved().to_string(),
                times.runs().to_string(),
            ]);
        }
    }
    let columns = [
        "n", "k", "m", "decay", "quantity", "median", "low", "high", "reached", "runs",
    ];
    studio.save_table("medians", &columns, &rows)
}

/// When the train error was 0 first, of the steps that were recorded.
fn memorised(run: &Recorded) -> Time {
    let rows = run.table.rows();
    let first = rows.iter().find(|row| row[1] == 0.0);
    let first = first.map(|row| Time::Solved(row[0] as u64));
    first.unwrap_or(Time::Censored(run.outcome.steps))
}

/// From when on the train error was 0, of the steps that were recorded.
fn memorised_for_good(run: &Recorded) -> Time {
    let rows = run.table.rows();
    let after = rows.iter().rposition(|row| row[1] > 0.0);
    let first = rows.get(after.map_or(0, |last| last + 1));
    let first = first.map(|row| Time::Solved(row[0] as u64));
    first.unwrap_or(Time::Censored(run.outcome.steps))
}

/// How much later the test error was 0.
fn delay(run: &Recorded) -> Time {
    let from = memorised(run).solved().unwrap_or(run.outcome.steps);
    let end = run.outcome.time();
    end.after(from).unwrap_or(Time::Solved(0))
}
