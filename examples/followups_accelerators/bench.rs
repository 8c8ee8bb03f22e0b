//! Rates are chosen on some seeds, and the runs of others are reported.

use crate::method::Method;
use crate::run::{End, Run};
use sparse_parity::stats::{Estimate, Time, Times};
use sparse_parity::sweep::{Cell, Outcomes, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::medians::median;
use sparse_parity_examples::resampled::{resampled, rng_of};

/// The sizes of the bench.
pub struct Scope {
    pub base: Run,
    /// Places from the middle of a grid.
    pub rates: &'static [i32],
    pub decays: &'static [f64],
    /// The seeds that choose, and those that are reported behind them.
    pub seeds: [u64; 2],
}

/// A method with its own length of updates or with that of SGD.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm {
    pub method: Method,
    pub matched: bool,
}

/// An arm with its tuned settings and the runs that are reported.
pub struct Tuned {
    pub arm: Arm,
    pub best: Run,
    /// Whether the best rate is one of the two at the ends of the grid.
    at_the_end: bool,
    pub ends: Vec<End>,
    /// The mean number of updates of the runs that choose, by rate, at the best decay.
    pub by_rate: Vec<(f64, f64)>,
}

impl Arm {
    /// SGD, and every other method with both lengths.
    pub fn all() -> Vec<Arm> {
        let plain = [Method::Sgd].into_iter().chain(Method::RIVALS);
        let matched = Method::RIVALS.into_iter();
        let matched = matched.filter(|method| method.changes_updates());
        let arm = |matched| move |method| Arm { method, matched };
        plain
            .map(arm(false))
            .chain(matched.map(arm(true)))
            .collect()
    }

    pub fn name(self) -> String {
        let matched = if self.matched { ", matched" } else { "" };
        format!("{}{matched}", self.method.name())
    }

    /// The settings among which it is tuned, those of a decay one after the other.
    fn grid(self, scope: &Scope) -> Vec<Run> {
        // Updates as long as those of SGD have its rates.
        let middle = if self.matched {
            Method::Sgd.middle()
        } else {
            self.method.middle()
        };
        let rates: Vec<f64> = scope
            .rates
            .iter()
            .map(|place| rate(middle + place))
            .collect();
        let settings = scope.decays.iter().flat_map(|&decay| {
            rates.iter().map(move |&rate| Run {
                method: self.method,
                matched: self.matched,
                rate,
                decay,
                ..scope.base.clone()
            })
        });
        settings.collect()
    }
}

/// The rate at a place of 1, 3, 10, 30, …, also of 0.3, 0.1, ….
fn rate(place: i32) -> f64 {
    let first = if place % 2 == 0 { 1.0 } else { 3.0 };
    let decades = place.div_euclid(2);
    // Divided, decimals are the nearest numbers.
    if decades < 0 {
        first / 10_f64.powi(-decades)
    } else {
        first * 10_f64.powi(decades)
    }
}

/// The mean number of updates of the runs of a cell, where those that are not solved count with the budget.
fn mean(outcomes: &Outcomes<End>, cell: usize, budget: u64) -> f64 {
    let all: Vec<f64> = outcomes
        .of(cell)
        .map(|end| end.restricted(budget))
        .collect();
    all.iter().sum::<f64>() / all.len() as f64
}

/// Tunes all arms and makes the runs that are reported.
pub fn tuned(studio: &Studio, scope: &Scope) -> Result<Vec<Tuned>> {
    let (arms, [choosing, reported]) = (Arm::all(), scope.seeds);
    let grids: Vec<Vec<Run>> = arms.iter().map(|arm| arm.grid(scope)).collect();
    let cells = grids.iter().flatten().cloned();
    let sweep = Sweep::new(cells.map(|run| Cell::new(run, choosing)))?;
    let outcomes = studio.outcomes("tuning", &sweep)?;
    let budget = scope.base.budget;
    let mut chosen = Vec::new();
    let mut first = 0;
    for grid in &grids {
        let means: Vec<f64> = (0..grid.len())
            .map(|place| mean(&outcomes, first + place, budget))
            .collect();
        let best = (0..grid.len()).min_by(|a, b| means[*a].total_cmp(&means[*b]));
        chosen.push((best.unwrap_or(0), means));
        first += grid.len();
    }
    let seeding = Seeding::Each {
        first: choosing,
        runs: reported,
    };
    let cells = grids.iter().zip(&chosen).map(|(grid, (best, _))| Cell {
        experiment: grid[*best].clone(),
        seeding,
    });
    let outcomes = studio.outcomes("reported", &Sweep::new(cells)?)?;
    let mut all = Vec::new();
    for (cell, (arm, (best, means))) in arms.into_iter().zip(chosen).enumerate() {
        let (grid, rates) = (&grids[cell], scope.rates.len());
        let (place, of_decay) = (best % rates, best - best % rates);
        let by_rate = grid.iter().zip(means).skip(of_decay).take(rates);
        all.push(Tuned {
            arm,
            best: grid[best].clone(),
            at_the_end: place == 0 || place + 1 == rates,
            ends: outcomes.of(cell).cloned().collect(),
            by_rate: by_rate.map(|(run, mean)| (run.rate, mean)).collect(),
        });
    }
    Ok(all)
}

/// What is counted of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Updates, each of which takes one gradient.
    Updates,
    /// Updates from the memorisation on.
    Delay,
    /// Time of the processor.
    Processor,
}

impl Count {
    pub const ALL: [Count; 3] = [Count::Updates, Count::Delay, Count::Processor];

    pub fn name(self) -> &'static str {
        match self {
            Count::Updates => "updates",
            Count::Delay => "updates from the memorisation",
            Count::Processor => "processor time",
        }
    }

    /// A run whose sample was never memorised has no delay that ends.
    fn of(self, end: &End) -> Time {
        match self {
            Count::Updates => end.time,
            Count::Delay => match end.delay() {
                Some(delay) => delay,
                // Fresh examples were right before the sample was.
                None if end.time.solved().is_some() => Time::Solved(0),
                None => Time::Never,
            },
            Count::Processor => end.processor(),
        }
    }
}

impl Tuned {
    /// The times of these runs, counted from 0.
    fn times(&self, count: Count, chosen: impl Iterator<Item = usize>) -> Times {
        chosen.map(|run| count.of(&self.ends[run])).collect()
    }

    pub fn all_times(&self, count: Count) -> Times {
        self.times(count, 0..self.ends.len())
    }

    /// The median; infinite if it is not reached.
    fn median(&self, count: Count, chosen: &[usize]) -> f64 {
        median(&self.times(count, chosen.iter().copied()))
    }

    pub fn whole_median(&self, count: Count) -> f64 {
        median(&self.all_times(count))
    }

    /// The ratio of its median to that of another arm, whose runs have the same seeds and are drawn with them.
    pub fn ratio(&self, to: &Tuned, count: Count) -> Result<Estimate> {
        let rng = &mut rng_of(&format!("{} {}", self.arm.name(), count.name()));
        resampled(self.ends.len(), rng, |chosen| {
            self.median(count, chosen) / to.median(count, chosen)
        })
    }

    /// Microseconds of the processor for an update and what judges it.
    pub fn cost(&self, budget: u64) -> f64 {
        let steps: f64 = self.ends.iter().map(|end| end.restricted(budget)).sum();
        1e6 * self.ends.iter().map(|end| end.seconds).sum::<f64>() / steps
    }

    /// The tuned settings and the counts of what was not solved, in words.
    pub fn told(&self) -> String {
        let times = self.all_times(Count::Updates);
        let end = if self.at_the_end {
            ", at an end of its grid"
        } else {
            ""
        };
        format!(
            "η = {}{end}, ηλ = {}, {} of {} solved, {} censored, {} diverged",
            self.best.rate,
            self.best.decay,
            times.solved(),
            times.runs(),
            times.censored(),
            times.diverged()
        )
    }
}
