//! The likelihood of counts of solved runs.

use super::ascent::Derivatives;
use super::{METHOD, SolvedCount};
use crate::error::{Error, Result, above_zero, positive};
use ndarray::Array2;

/// Counts in the order of their sizes and samples.
#[derive(Debug)]
pub(super) struct Counts {
    /// The different sizes T, ascending.
    pub(super) sizes: Vec<f64>,
    cells: Vec<Cell>,
    /// The logit of the share of solved runs at the critical size.
    logit: f64,
}

#[derive(Debug)]
struct Cell {
    /// The place of its size.
    size: usize,
    ln_m: f64,
    solved: f64,
    unsolved: f64,
}

/// How the logarithms of the critical sizes depend on the parameters µ.
#[derive(Debug)]
pub(super) enum Curve {
    /// A parameter for each size.
    Free,
    /// m* = (1 − w) exp(µ₀) + w exp(µ₁) for a size with the weight w.
    Between(Vec<f64>),
}

impl Counts {
    pub(super) fn new(counts: &[SolvedCount], share: f64) -> Result<Self> {
        // Beyond, m* is an extrapolation, and hardly determined beside the slope.
        if !(0.01..=0.99).contains(&share) {
            return Err(Error::OutOfRange {
                what: "the share of solved runs",
                value: share,
                range: "[0.01, 0.99]",
            });
        }
        positive("the number of counts", counts.len())?;
        for count in counts {
            above_zero("the size T", count.size)?;
            above_zero("the number of samples m", count.samples)?;
            positive("the number of runs of a count", count.runs)?;
            if count.solved > count.runs {
                return Err(Error::TooLarge {
                    what: "the number of solved runs of a count",
                    value: count.solved,
                    most: count.runs,
                });
            }
        }
        let mut sorted = counts.to_vec();
        let by_place = |a: &SolvedCount, b: &SolvedCount| {
            (a.size.total_cmp(&b.size)).then(a.samples.total_cmp(&b.samples))
        };
        sorted.sort_by(by_place);
        if let Some(pair) = sorted
            .windows(2)
            .find(|pair| by_place(&pair[0], &pair[1]).is_eq())
        {
            let SolvedCount { size, samples, .. } = pair[0];
            return Err(refuse(
                format!("size {size} with {samples} samples is given twice"),
                "add up its runs, and give it once",
            ));
        }
        let mut sizes: Vec<f64> = sorted.iter().map(|count| count.size).collect();
        sizes.dedup();
        let cells = sorted.iter().map(|count| Cell {
            size: sizes.partition_point(|size| *size < count.size),
            ln_m: libm::log(count.samples),
            solved: count.solved as f64,
            unsolved: (count.runs - count.solved) as f64,
        });
        let counts = Counts {
            cells: cells.collect(),
            logit: libm::log(share) - libm::log1p(-share),
            sizes,
        };
        counts.check()?;
        Ok(counts)
    }

    fn of_size(&self, size: usize) -> impl Iterator<Item = &Cell> + Clone {
        self.cells.iter().filter(move |cell| cell.size == size)
    }

    /// Solved and all runs of a size.
    fn totals(&self, size: usize) -> (f64, f64) {
        let sum = |(s, all): (f64, f64), cell: &Cell| {
            (s + cell.solved, all + cell.solved + cell.unsolved)
        };
        self.of_size(size).fold((0.0, 0.0), sum)
    }

    /// Succeeds if critical sizes and slope are finite, and the slope positive.
    ///
    /// With η = b_T + a ln m the likelihood is concave in a and b. It has a maximum with a > 0 if it rises at a = 0 and falls for
    /// large a, which is when some larger sample is unsolved that a smaller one of its size is not.
    fn check(&self) -> Result<()> {
        let (mut rise, mut size_of_rise, mut overlap) = (0.0, 0.0, false);
        for (place, size) in self.sizes.iter().enumerate() {
            let (solved, all) = self.totals(place);
            let (told, repair) = match solved {
                0.0 => ("no run", "give larger samples, or leave the size out"),
                solved if solved == all => {
                    ("every run", "give smaller samples, or leave the size out")
                }
                _ => ("", ""),
            };
            if !told.is_empty() {
                return Err(refuse(
                    format!(
                        "{told} of size {size} was solved, so that its critical size has no bound"
                    ),
                    repair,
                ));
            }
            // The samples are centred, as only their differences count.
            let cells = self.of_size(place);
            let middle =
                cells.clone().map(|cell| cell.ln_m).sum::<f64>() / cells.clone().count() as f64;
            for cell in cells.clone() {
                let expected = (cell.solved + cell.unsolved) * solved / all;
                let part = (cell.solved - expected) * (cell.ln_m - middle);
                (rise, size_of_rise) = (rise + part, size_of_rise + part.abs());
            }
            let least = cells
                .clone()
                .filter(|cell| cell.solved > 0.0)
                .map(|cell| cell.ln_m);
            let most = cells
                .filter(|cell| cell.unsolved > 0.0)
                .map(|cell| cell.ln_m);
            overlap |= least.fold(f64::INFINITY, f64::min) < most.fold(f64::NEG_INFINITY, f64::max);
        }
        // What is left of a sum of 0 is rounding.
        if rise.is_nan() || rise <= 1e-12 * size_of_rise {
            return Err(refuse(
                "the share of solved runs does not rise with the number of samples".into(),
                "give a wider range of samples, or more runs",
            ));
        }
        if !overlap {
            return Err(refuse(
                "in every size all samples above some number are solved and all below are not, so that the slope has no bound".into(),
                "give numbers of samples between, or more runs",
            ));
        }
        Ok(())
    }

    /// A point from which the free fit starts: ln a, then ln m* of each size.
    pub(super) fn start(&self) -> Vec<f64> {
        let (mut spread, mut all) = (0.0, 0.0);
        let mut start = vec![0.0];
        for size in 0..self.sizes.len() {
            let cells = self.of_size(size);
            let count = cells.clone().count() as f64;
            let middle = cells.clone().map(|cell| cell.ln_m).sum::<f64>() / count;
            spread += cells
                .map(|cell| (cell.ln_m - middle) * (cell.ln_m - middle))
                .sum::<f64>();
            all += count;
            start.push(middle);
        }
        // The samples span a few units of the logit.
        start[0] = -0.5 * libm::log(spread / all);
        let a = libm::exp(start[0]);
        for size in 0..self.sizes.len() {
            let (solved, all) = self.totals(size);
            let odds = (solved + 0.5) / (all - solved + 0.5);
            start[size + 1] -= (libm::log(odds) - self.logit) / a;
        }
        start
    }

    /// The likelihood at ln a and the parameters of the curve.
    pub(super) fn derivatives(&self, curve: &Curve, theta: &[f64]) -> Derivatives {
        let width = theta.len();
        let a = libm::exp(theta[0]);
        let mut found = Derivatives {
            ln_likelihood: 0.0,
            score: vec![0.0; width],
            information: Array2::zeros((width, width)),
        };
        let mut slopes = vec![0.0; width];
        for cell in &self.cells {
            slopes.fill(0.0);
            let above = cell.ln_m - curve.ln_critical(cell.size, &theta[1..], &mut slopes[1..]);
            slopes[1..].iter_mut().for_each(|slope| *slope *= -a);
            slopes[0] = a * above;
            let eta = self.logit + a * above;
            let [solved, unsolved] = [ln_sigmoid(eta), ln_sigmoid(-eta)];
            // A count of 0 tells nothing, also where its logarithm is infinite.
            found.ln_likelihood +=
                weighted(cell.solved, solved) + weighted(cell.unsolved, unsolved);
            let [p, q] = [libm::exp(solved), libm::exp(unsolved)];
            let residual = cell.solved * q - cell.unsolved * p;
            let weight = (cell.solved + cell.unsolved) * p * q;
            for (i, slope) in slopes
                .iter()
                .enumerate()
                .filter(|(_, slope)| **slope != 0.0)
            {
                found.score[i] += residual * slope;
                for (j, other) in slopes.iter().enumerate() {
                    found.information[[i, j]] += weight * slope * other;
                }
            }
        }
        found
    }
}

impl Curve {
    /// ln m* of a size; writes its derivatives.
    fn ln_critical(&self, size: usize, mu: &[f64], slopes: &mut [f64]) -> f64 {
        let weights = match self {
            Curve::Free => {
                slopes[size] = 1.0;
                return mu[size];
            }
            Curve::Between(weights) => weights,
        };
        let largest = mu[0].max(mu[1]);
        let parts = [
            (1.0 - weights[size]) * libm::exp(mu[0] - largest),
            weights[size] * libm::exp(mu[1] - largest),
        ];
        let sum = parts[0] + parts[1];
        slopes[0] = parts[0] / sum;
        slopes[1] = parts[1] / sum;
        largest + libm::log(sum)
    }
}

/// ln 1/(1 + e^−x).
fn ln_sigmoid(x: f64) -> f64 {
    x.min(0.0) - libm::log1p(libm::exp(-x.abs()))
}

fn weighted(count: f64, ln_p: f64) -> f64 {
    if count > 0.0 { count * ln_p } else { 0.0 }
}

pub(super) fn refuse(reason: String, repair: &str) -> Error {
    Error::Method {
        method: METHOD,
        reason,
        repair: repair.into(),
    }
}
