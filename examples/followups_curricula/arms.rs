//! Runs of one setting, whose rate is chosen on other seeds.

use crate::run::{Bias, Run};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Estimate, Times};
use sparse_parity::sweep::{Cell, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{Studio, number};
use sparse_parity_examples::medians::median;
use std::fmt::{self, Display, Formatter};

/// The first seed of the runs that rates are chosen on; reported runs begin at 0.
const PILOT: u64 = 1000;

/// How many runs are made, and with which rates.
#[derive(Clone, Copy)]
pub struct Plan {
    pub rates: &'static [f64],
    /// Runs at each rate to choose it by.
    pub pilots: u64,
    /// Reported runs.
    pub runs: u64,
}

/// A setting with the rate that was best on the pilot seeds.
#[derive(Clone)]
pub struct Chosen {
    pub run: Run,
    pub pilot: Times,
}

impl Chosen {
    /// The median on the pilot seeds; infinite if it is beyond the budget.
    pub fn median(&self) -> f64 {
        median(&self.pilot)
    }
}

/// A setting with its reported runs.
#[derive(Clone)]
pub struct Arm {
    pub run: Run,
    pub times: Times,
}

impl Plan {
    /// Chooses the rate of each setting: that of the smallest median, and of the most solved runs where no median is reached.
    pub fn choose(&self, studio: &Studio, part: &str, settings: &[Run]) -> Result<Vec<Chosen>> {
        let mut cells = Vec::new();
        for setting in settings {
            for &rate in self.rates {
                cells.push(Cell {
                    experiment: Run {
                        rate,
                        ..setting.clone()
                    },
                    seeding: Seeding::Each {
                        first: PILOT,
                        runs: self.pilots,
                    },
                });
            }
        }
        let outcomes = studio.outcomes(&format!("{part}_pilot"), &Sweep::new(cells.clone())?)?;
        let all: Vec<Chosen> = cells
            .into_iter()
            .enumerate()
            .map(|(cell, of)| Chosen {
                run: of.experiment,
                pilot: outcomes.times(cell),
            })
            .collect();
        let better = |a: &&Chosen, b: &&Chosen| {
            let by_median = a.median().total_cmp(&b.median());
            by_median.then(b.pilot.solved().cmp(&a.pilot.solved()))
        };
        let of_setting = all.chunks(self.rates.len());
        Ok(of_setting
            .filter_map(|rates| rates.iter().min_by(better).cloned())
            .collect())
    }

    /// Makes the reported runs.
    pub fn make(&self, studio: &Studio, part: &str, chosen: &[Chosen]) -> Result<Vec<Arm>> {
        let cells = chosen.iter();
        let cells = cells.map(|chosen| Cell::new(chosen.run.clone(), self.runs));
        let outcomes = studio.outcomes(part, &Sweep::new(cells)?)?;
        let arms = chosen.iter().enumerate();
        Ok(arms
            .map(|(cell, chosen)| Arm {
                run: chosen.run.clone(),
                times: outcomes.times(cell),
            })
            .collect())
    }

    /// Chooses rates and makes the reported runs.
    pub fn run(&self, studio: &Studio, part: &str, settings: &[Run]) -> Result<Vec<Arm>> {
        self.make(studio, part, &self.choose(studio, part, settings)?)
    }
}

/// How many times the median of one arm is that of another.
pub struct Ratio {
    pub estimate: Estimate,
    /// Whether the budget stands for the median of the slow arm, so that the ratio is a bound from below.
    is_bound: bool,
}

impl Ratio {
    /// The ratio of two medians, with an interval by resampling the runs of both.
    ///
    /// In place of a slow median that is not reached stands the budget, and a fast one that is not reached makes the ratio 0.
    pub fn of(slow: &Arm, fast: &Arm) -> Result<Ratio> {
        let budget = slow.run.budget as f64;
        let ratio = |medians: &[f64]| medians[0].min(budget) / medians[1];
        let medians = [median(&slow.times), median(&fast.times)];
        let rng = &mut Seeds::from(1).stream(Purpose::Eval);
        let samples = [&slow.times, &fast.times];
        let interval = Bootstrap::default().of_quantiles(&samples, 0.5, rng, ratio)?;
        Ok(Ratio {
            estimate: Estimate {
                value: ratio(&medians),
                interval,
            },
            is_bound: medians[0].is_infinite(),
        })
    }
}

impl Display for Ratio {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let bound = if self.is_bound { "at least " } else { "" };
        write!(f, "{bound}{:.2}", self.estimate)
    }
}

/// The columns of [`row`].
pub const COLUMNS: [&str; 15] = [
    "part", "n", "k", "widths", "samples", "bias", "first", "share", "rate", "runs", "solved",
    "diverged", "median", "low", "high",
];

/// An arm with its median and the exact interval of it.
pub fn row(part: &str, arm: &Arm) -> Result<Vec<String>> {
    let Arm { run, times } = arm;
    let widths: Vec<String> = run.widths.iter().map(ToString::to_string).collect();
    let bias = match run.order.bias {
        Bias::Each(p) => p.to_string(),
        Bias::Random => "random".into(),
    };
    let median = times.median(0.95)?;
    Ok(vec![
        part.into(),
        run.n.to_string(),
        run.k.to_string(),
        widths.join("-"),
        run.samples.map_or("fresh".into(), |m| m.to_string()),
        bias,
        run.order.first.to_string(),
        run.order.share.to_string(),
        run.rate.to_string(),
        times.runs().to_string(),
        times.solved().to_string(),
        times.diverged().to_string(),
        number(median.value),
        median.interval.low.to_string(),
        median.interval.high.to_string(),
    ])
}
