use super::interval::missed;
use super::{ConfidenceInterval, Estimate, normal_quantile};
use crate::error::{Error, Result, positive};

/// The share s/N of successes, with Wilson's interval.
///
/// ```math
/// \frac{1}{1 + z^2/N} \left( \hat p + \frac{z^2}{2N}
///     \pm z \sqrt{ \frac{\hat p (1 - \hat p)}{N} + \frac{z^2}{4 N^2} } \right) ,
/// \qquad \hat p = s / N
/// ```
///
/// The interval has a positive length even if no trial or every trial was a success. (Wilson, *Probable
/// inference, the law of succession, and statistical inference*, 1927.)
///
/// ```
/// let rate = sparse_parity::stats::wilson(24, 25, 0.95)?;
/// assert_eq!(rate.value, 0.96);
/// assert!(rate.interval.contains(0.81) && !rate.interval.contains(1.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Zero`] without trials, [`Error::TooLarge`] for more successes than trials,
/// [`Error::OutOfRange`] unless 0 < `level` < 1.
pub fn wilson(successes: usize, trials: usize, level: f64) -> Result<Estimate> {
    let z = normal_quantile(missed(level)?);
    positive("the number of trials", trials)?;
    if successes > trials {
        return Err(Error::TooLarge {
            what: "the number of successes",
            value: successes,
            most: trials,
        });
    }
    let n = trials as f64;
    let value = successes as f64 / n;
    let middle = value + z * z / (2.0 * n);
    let half = z * (value * (1.0 - value) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // At the ends rounding would leave a gap of one unit in the last place.
    let low = ((middle - half) / scale).clamp(0.0, value);
    let high = ((middle + half) / scale).clamp(value, 1.0);
    let interval = ConfidenceInterval { low, high };
    Ok(Estimate { value, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.binomtest(s, n).proportion_ci(level, method="wilson")`, SciPy 1.17.1.
    #[test]
    fn the_interval_is_that_of_scipy() {
        for (s, n, level, low, high) in [
            (0, 25, 0.95, 0.0, 0.133_192_250_939_05),
            (3, 25, 0.95, 0.041_668_171_504_404, 0.299_557_939_209_27),
            (25, 25, 0.9, 0.902_346_493_993_95, 1.0),
            (499, 1000, 0.99, 0.458_413_677_027_95, 0.539_599_505_301_86),
        ] {
            let interval = wilson(s, n, level).unwrap().interval;
            assert!((interval.low - low).abs() < 1e-12, "{interval:?}");
            assert!((interval.high - high).abs() < 1e-12, "{interval:?}");
        }
    }

    #[test]
    fn the_share_lies_in_its_interval() {
        for n in 1..40 {
            for s in 0..=n {
                let rate = wilson(s, n, 0.9).unwrap();
                assert!(rate.interval.contains(rate.value));
                assert!(rate.interval.low < rate.interval.high);
            }
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        assert!(wilson(0, 0, 0.95).is_err() && wilson(3, 2, 0.95).is_err());
        for level in [0.0, 1.0, f64::NAN, 95.0] {
            assert!(wilson(1, 2, level).is_err(), "{level}");
        }
    }
}
