//! Critical sizes: the sample at which a share of the runs is solved, and how it grows.

mod ascent;
mod box_cox;
mod counts;
#[cfg(test)]
mod tests;

pub use box_cox::BoxCox;

use super::interval::missed;
use super::{ConfidenceInterval, Estimate, normal_quantile};
use crate::error::Result;
use ascent::{Peak, climb};
use counts::{Counts, Curve};

const METHOD: &str = "the fit of critical sizes";
/// How far from an estimate, as a logarithm, an end of its interval is looked for.
const FAR: f64 = 200.0;
/// Halvings of the distance to an end.
const HALVINGS: usize = 30;

/// How many runs of a size T were solved with m samples.
///
/// Instead of samples, m may be any resource that makes runs succeed, such as a width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SolvedCount {
    /// The size T of the task.
    pub size: f64,
    /// The number of samples m.
    pub samples: f64,
    /// The number of solved runs.
    pub solved: usize,
    /// The number of runs.
    pub runs: usize,
}

/// The critical size m*(T): the number of samples with which a given share of the runs is solved, for each size T.
///
/// The counts are binomial with
///
/// ```math
/// P(\text{solved}) = \mathrm{logit}^{-1}\bigl( \mathrm{logit}(\text{share}) + a\,(\ln m - \ln m^*(T)) \bigr) ,
/// ```
///
/// one slope a for all sizes and m* free for each. The likelihood has one maximum. Intervals are those of the profile likelihood: all
/// values that, with everything else fitted to them, are not less likely by more than half of the quantile of χ² with one degree of
/// freedom. An end is infinite, or 0, where the counts bound nothing. (Finney, *Probit Analysis*, 1947; Venzon and Moolgavkar, *A method for
/// computing profile-likelihood-based confidence intervals*, 1988.)
///
/// ```
/// use sparse_parity::stats::{SolvedCount, Threshold};
///
/// let count = |size, samples, solved| SolvedCount { size, samples, solved, runs: 20 };
/// let counts = [count(30.0, 30.0, 9), count(30.0, 40.0, 14), count(100.0, 60.0, 8), count(100.0, 80.0, 11), count(100.0, 120.0, 20)];
/// let fit = Threshold::fit(&counts, 0.8, 0.95)?;
/// let (size, critical) = fit.at[1];
/// assert_eq!(size, 100.0);
/// assert!(critical.value > 80.0 && critical.value < 110.0 && critical.interval.contains(95.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The sizes, ascending, each with its critical size m*.
    pub at: Vec<(f64, Estimate)>,
    /// The slope a of the logit against ln m.
    pub slope: Estimate,
    /// The logarithm of the likelihood, without the binomial coefficients.
    pub ln_likelihood: f64,
}

impl Threshold {
    /// The fit to counts in any order, with intervals of the given level.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) without counts or for a count without runs, [`Error::TooLarge`](crate::Error::TooLarge) for more
    /// solved runs than runs, [`Error::NotPositive`](crate::Error::NotPositive) for a size or a number of samples that is not,
    /// [`Error::OutOfRange`](crate::Error::OutOfRange) unless the share is in [0.01, 0.99] and the level in (0, 1); [`Error::Method`](crate::Error::Method) for a size with the same number
    /// of samples twice, for a size of which no run or every run was solved, if larger samples are not solved more often, and if in
    /// every size all larger samples are solved and all smaller ones are not.
    pub fn fit(counts: &[SolvedCount], share: f64, level: f64) -> Result<Self> {
        let drop = half_quantile(level)?;
        let counts = Counts::new(counts, share)?;
        let peak = free(&counts);
        let estimate = |place: usize| Estimate {
            value: libm::exp(peak.at[place]),
            interval: profile(&counts, &peak, place, drop),
        };
        let sizes = counts.sizes.iter().enumerate();
        Ok(Threshold {
            at: sizes
                .map(|(place, size)| (*size, estimate(place + 1)))
                .collect(),
            slope: estimate(0),
            ln_likelihood: peak.ln_likelihood,
        })
    }
}

/// Half of the quantile of χ² with one degree of freedom.
fn half_quantile(level: f64) -> Result<f64> {
    let z = normal_quantile(missed(level)?);
    Ok(z * z / 2.0)
}

/// The fit with a critical size for each size.
fn free(counts: &Counts) -> Peak {
    climb(counts.start(), None, |theta| {
        counts.derivatives(&Curve::Free, theta)
    })
}

/// The interval of the exponential of a parameter of the free fit.
fn profile(counts: &Counts, peak: &Peak, place: usize, drop: f64) -> ConfidenceInterval {
    let fitted = |value: f64, from: &[f64]| {
        let mut start = from.to_vec();
        start[place] = value;
        climb(start, Some(place), |theta| {
            counts.derivatives(&Curve::Free, theta)
        })
    };
    let is_outside = |there: &Peak| peak.ln_likelihood - there.ln_likelihood > drop;
    let end = |direction: f64| {
        let (mut inside, mut step) = (peak.at.clone(), 0.1);
        let mut outside = loop {
            let value = peak.at[place] + direction * step;
            let there = fitted(value, &inside);
            if is_outside(&there) {
                break value;
            }
            if step > FAR {
                return direction * f64::INFINITY;
            }
            (inside, step) = (there.at, 2.0 * step);
        };
        for _ in 0..HALVINGS {
            let value = 0.5 * (inside[place] + outside);
            let there = fitted(value, &inside);
            match is_outside(&there) {
                true => outside = value,
                false => inside = there.at,
            }
        }
        inside[place]
    };
    ConfidenceInterval {
        low: libm::exp(end(-1.0)),
        high: libm::exp(end(1.0)),
    }
}
