//! Half-widths of confidence intervals for means of samples.

use crate::error::{Error, MOST, Result, above_zero, at_most, positive};
use crate::real::Real;
use crate::stats::normal_quantile;

/// The assumption behind a confidence interval for the mean of m independent samples.
///
/// With s² for the variance of the samples (divided by m − 1), the half-width that fails with
/// probability at most δ is
///
/// | | half-width | assumption |
/// |---|---|---|
/// | Hoeffding, *Probability inequalities for sums of bounded random variables*, 1963 | $`B \sqrt{2 \ln(2/\delta) / m}`$ | \|f\| ≤ B |
/// | Maurer and Pontil, *Empirical Bernstein bounds and sample variance penalization*, 2009, theorem 4 | $`\sqrt{2 s^2 \ln(4/\delta) / m} + 14 B \ln(4/\delta) / (3 (m - 1))`$ | \|f\| ≤ B |
/// | normal | $`z \, s / \sqrt m`$, z the quantile with $`\mathrm{P}(\lvert Z \rvert > z) = \delta`$ | m large: it is asymptotic |
///
/// The first two hold for every m. The second is narrower for functions that are mostly far smaller than
/// their bound. All assume that the distribution of the values does not change from call to call.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Confidence {
    /// Hoeffding's inequality.
    Hoeffding {
        /// A number B with |f| ≤ B everywhere.
        bound: f64,
    },
    /// The empirical Bernstein bound.
    Bernstein {
        /// A number B with |f| ≤ B everywhere.
        bound: f64,
    },
    /// The central limit theorem.
    Normal,
}

impl Confidence {
    /// Succeeds if there is no bound, or if it is positive and finite.
    pub(super) fn check(self) -> Result<()> {
        self.bound()
            .map_or(Ok(()), |bound| above_zero(BOUND, bound).map(drop))
    }

    fn bound(self) -> Option<f64> {
        match self {
            Confidence::Hoeffding { bound } | Confidence::Bernstein { bound } => Some(bound),
            Confidence::Normal => None,
        }
    }

    /// Succeeds if no absolute value is above the bound.
    pub(super) fn check_values<F: Real>(self, values: &[F]) -> Result<()> {
        let bound = self.bound().unwrap_or(f64::INFINITY);
        match values.iter().find(|value| value.abs().as_f64() > bound) {
            None => Ok(()),
            Some(value) => {
                let value = value.as_f64();
                Err(Error::Unbounded { value, bound })
            }
        }
    }

    pub(super) fn half_width(self, m: f64, variance: f64, delta: f64) -> f64 {
        match self {
            Confidence::Hoeffding { bound } => bound * (2.0 * libm::log(2.0 / delta) / m).sqrt(),
            Confidence::Bernstein { bound } => {
                let log = libm::log(4.0 / delta);
                (2.0 * variance * log / m).sqrt() + 14.0 * bound * log / (3.0 * (m - 1.0))
            }
            Confidence::Normal => normal_quantile(delta) * (variance / m).sqrt(),
        }
    }
}

/// The number of samples for which Hoeffding's inequality bounds the errors of the means of `sets`
/// quantities by ε = `accuracy`, all together with probability 1 − δ.
///
/// Each quantity has an absolute value of at most B = `bound`.
///
/// ```math
/// m = \left\lceil \frac{2 B^2}{\varepsilon^2} \ln \frac{2 r}{\delta} \right\rceil ,
/// \qquad r = \mathtt{sets}
/// ```
///
/// ```
/// assert_eq!(sparse_parity::fourier::sample_size(0.1, 0.05, 1.0, 1)?, 738);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::NotPositive`] unless accuracy and bound are positive, [`Error::OutOfRange`] unless
/// 0 < δ < 1, [`Error::Zero`] if there are no sets, [`Error::TooLarge`] for more than 2³⁶ samples.
pub fn sample_size(accuracy: f64, delta: f64, bound: f64, sets: usize) -> Result<usize> {
    size_of("the number of samples m", accuracy, delta, bound, sets)
}

/// The [`sample_size`], called `what` in errors.
pub(super) fn size_of(
    what: &'static str,
    accuracy: f64,
    delta: f64,
    bound: f64,
    sets: usize,
) -> Result<usize> {
    above_zero("the accuracy", accuracy)?;
    above_zero(BOUND, bound)?;
    probability(delta)?;
    positive("the number of sets", sets)?;
    let ratio = bound / accuracy;
    let sets = 2.0 * sets as f64;
    let logarithm = match sets / delta {
        share if share.is_finite() => libm::log(share),
        _ => libm::log(sets) - libm::log(delta),
    };
    let m = 2.0 * ratio * ratio * logarithm;
    // The conversion saturates.
    at_most(what, m.ceil() as usize, MOST)
}

const BOUND: &str = "the bound of the function";

/// Succeeds if δ is in (0, 1).
pub(super) fn probability(delta: f64) -> Result<()> {
    if delta > 0.0 && delta < 1.0 {
        return Ok(());
    }
    Err(Error::OutOfRange {
        what: "the probability of failure δ",
        value: delta,
        range: "(0, 1)",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_sample_is_the_one_of_its_half_width() {
        let m = sample_size(0.02, 0.1, 3.0, 7).unwrap() as f64;
        let width = |m| Confidence::Hoeffding { bound: 3.0 }.half_width(m, 0.0, 0.1 / 7.0);
        assert!(width(m) <= 0.02 && width(m - 1.0) > 0.02);
    }

    #[test]
    fn what_no_interval_can_be_made_of_is_refused() {
        for delta in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(sample_size(0.1, delta, 1.0, 1).is_err(), "δ = {delta}");
        }
        for (accuracy, bound) in [
            (0.0, 1.0),
            (f64::NAN, 1.0),
            (0.1, f64::INFINITY),
            (1e-12, 1.0),
        ] {
            assert!(sample_size(accuracy, 0.1, bound, 1).is_err());
        }
        assert!(sample_size(0.1, 0.1, 1.0, 0).is_err());
        assert!(Confidence::Bernstein { bound: -1.0 }.check().is_err());
    }
}
