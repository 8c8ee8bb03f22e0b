//! Theorem 7: SGD on the disjoint-PolyNet.
//!
//! From weights ±1 and with any batch size, online SGD under the correlation loss, with a learning
//! rate that adapts to the run, has an error below ε after T steps as soon as
//!
//! ```math
//! T \ge 6 \, \ln\!\frac{2 n T}{\delta} \, \ln\!\frac{2 k}{\varepsilon} \, (3 n' - 2)^{2k - 1} ,
//! \qquad n' = n / k .
//! ```
//!
//! **What is guaranteed.** The proof gives this with probability ½ over the initialisation, namely
//! where the product of the k relevant weights begins positive, and then with probability 1 − δ over
//! the examples. The probability of 0.99 in the statement of the main text is not what is proved:
//! from the other half of the initial weights the product has to shrink first, which the theorem does
//! not cover. Several initialisations reach any probability: see [`restarts`].

use super::binomial::{ln_ratio, open_fraction};
use crate::error::{Error, Result, positive};

/// The share of the initialisations that the theorem covers.
pub const INITIALISATIONS: f64 = 0.5;

/// The number of initialisations that include, with probability 1 − `failure`, one that the theorem
/// covers.
///
/// # Errors
/// [`Error::NotPositive`] or [`Error::Fraction`] for a probability that is not in (0, 1).
///
/// ```
/// use sparse_parity::theory::theorem7::restarts;
///
/// assert_eq!(restarts(0.5)?, 1);
/// assert_eq!(restarts(0.01)?, 7);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn restarts(failure: f64) -> Result<u32> {
    open_fraction("the probability of failure", failure)?;
    let (mut left, mut count) = (1.0, 0);
    while left > failure {
        left *= 1.0 - INITIALISATIONS;
        count += 1;
    }
    Ok(count)
}

/// The least T that satisfies the inequality of the theorem, in which T is on both sides; rounded up.
///
/// It is exact to rounding errors, and infinite beyond the largest `f64`. An upper bound, and a loose
/// one: at n' = 10 and k = 3 it is above 10¹⁰.
///
/// # Errors
/// [`Error::Zero`] for n or k of 0, [`Error::Blocks`] if k does not divide n,
/// [`Error::NotPositive`] or [`Error::Fraction`] for an ε or δ that is not in (0, 1).
///
/// ```
/// use sparse_parity::theory::theorem7::sgd_steps;
///
/// let steps = sgd_steps(30, 3, 0.01, 0.01)?;
/// let asked = (2.0 * 30.0 * steps / 0.01).ln() * (2.0 * 3.0 / 0.01_f64).ln() * 6.0 * 28_f64.powi(5);
/// assert!(steps >= asked && steps <= 1.000_001 * asked);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn sgd_steps(n: usize, k: usize, epsilon: f64, delta: f64) -> Result<f64> {
    positive("the number of coordinates n", n)?;
    positive("the number of factors k", k)?;
    if !n.is_multiple_of(k) {
        return Err(Error::Blocks { n, k });
    }
    open_fraction("the error ε", epsilon)?;
    open_fraction("the probability of failure δ", delta)?;
    let base = 3.0 * (n / k) as f64 - 2.0;
    let growth = libm::pow(base, 2.0 * k as f64 - 1.0);
    let factor = 6.0 * ln_ratio(2.0 * k as f64, epsilon) * growth;
    // T = factor·ln(2nT/δ) has two solutions, and what lies beyond the larger one is enough. From
    // below, the iteration climbs to it: its factor of contraction there is factor/T < 1.
    let log = |steps: f64| ln_ratio(2.0 * n as f64, delta) + libm::log(steps);
    let mut steps = factor;
    loop {
        let next = factor * log(steps);
        if !next.is_finite() {
            return Ok(f64::INFINITY);
        }
        if next <= steps {
            return Ok(steps.ceil());
        }
        steps = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_the_least_that_satisfy_the_inequality() {
        for (n, k) in [(2, 2), (6, 3), (12, 2), (40, 4), (100, 1), (33, 11)] {
            for (epsilon, delta) in [(0.4, 0.9), (0.01, 0.01), (1e-9, 1e-12)] {
                let asked = |steps: f64| {
                    let growth = libm::pow(3.0 * (n / k) as f64 - 2.0, 2.0 * k as f64 - 1.0);
                    let logs = libm::log(2.0 * n as f64 * steps / delta)
                        * libm::log(2.0 * k as f64 / epsilon);
                    6.0 * logs * growth
                };
                let steps = sgd_steps(n, k, epsilon, delta).unwrap();
                assert!(steps * (1.0 + 1e-12) >= asked(steps), "({n}, {k})");
                let fewer = (steps - 1.0) * (1.0 - 1e-9);
                assert!(fewer < asked(fewer), "({n}, {k})");
            }
        }
    }

    #[test]
    fn smaller_errors_and_larger_blocks_take_longer() {
        let steps = |n, epsilon, delta| sgd_steps(n, 3, epsilon, delta).unwrap();
        for m in 2..40 {
            assert!(steps(3 * m + 3, 0.1, 0.1) > steps(3 * m, 0.1, 0.1));
            assert!(steps(3 * m, 0.05, 0.1) > steps(3 * m, 0.1, 0.1));
            assert!(steps(3 * m, 0.1, 0.05) > steps(3 * m, 0.1, 0.1));
        }
        assert_eq!(sgd_steps(1 << 20, 64, 0.1, 0.1).unwrap(), f64::INFINITY);
        // The logarithms of the smallest probabilities are no large numbers.
        let smallest = f64::from_bits(1);
        assert!(steps(6, smallest, 0.1).is_finite() && steps(6, 0.1, smallest).is_finite());
    }

    #[test]
    fn bad_input_is_refused() {
        for (n, k, epsilon, delta) in [
            (0, 1, 0.1, 0.1),
            (6, 0, 0.1, 0.1),
            (7, 3, 0.1, 0.1),
            (6, 3, 0.0, 0.1),
            (6, 3, 1.0, 0.1),
            (6, 3, 0.1, f64::NAN),
        ] {
            assert!(sgd_steps(n, k, epsilon, delta).is_err());
        }
        assert!(restarts(0.0).is_err() && restarts(1.0).is_err());
    }
}
