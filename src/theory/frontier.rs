//! What examples, width and luck allow before training begins: lower bounds for the resources of a learner of sparse parities.
//!
//! Edelman, Goel, Kakade, Malach and Zhang, *Pareto frontiers in neural feature learning: data, compute, width, and luck*, NeurIPS
//! 2023, arXiv 2309.03800, trade the number m of examples, the width r and the initialisation of a two-layer network against each
//! other. [`identifiable`] is the least m of any learner. [`independent_parameters`] is their Proposition 3, the size below which gradient
//! descent with errors does not depend on the support. [`lucky`] and [`some_lucky`] are the chances of a sparse
//! initialisation.

use crate::error::{Result, above_zero, fraction, positive};
use crate::theory::binomial::{degree, ln_supports, open_fraction};
use std::f64::consts::LN_2;

/// The bits of labels that single out one support of k among n coordinates with probability 1 − δ: log₂ C(n, k) + log₂(1/δ).
///
/// With so many clean examples the expected number of other supports that agree with all labels is at most δ.
///
/// ```
/// use sparse_parity::theory::frontier;
///
/// let examples = frontier::identifiable(100, 3, 0.5)?.ceil();
/// assert_eq!(examples, 19.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n; [`Error::NotPositive`](crate::Error::NotPositive) or [`Error::Fraction`](crate::Error::Fraction) unless 0 < δ < 1.
pub fn identifiable(n: usize, k: usize, delta: f64) -> Result<f64> {
    degree(n, k)?;
    let delta = open_fraction("the probability δ of a failure", delta)?;
    Ok((ln_supports(n, k) - libm::log(delta)) / LN_2)
}

/// The most parameters r with which T updates do not depend on the support, with probability 1 − δ, where every entry of a
/// gradient has an error of τ: ½ C(n, k) τ² δ/T.
///
/// Edelman and others, Proposition 3: rT/(τ²δ) ≤ ½ C(n, k), for losses and networks whose gradients are bounded by 1, and
/// errors that an adversary chooses. τ is about 1/√m with m examples a gradient. The bound is far below any network that is trained.
///
/// ```
/// use sparse_parity::theory::frontier;
///
/// // 100 examples a gradient, 10⁵ updates: not even one parameter.
/// assert!(frontier::independent_parameters(50, 3, 1e5, 0.1, 0.5)? < 5e-4);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n; [`Error::NotPositive`](crate::Error::NotPositive) unless T and τ are finite and positive; that or [`Error::Fraction`](crate::Error::Fraction) unless
/// 0 < δ < 1.
pub fn independent_parameters(n: usize, k: usize, steps: f64, tau: f64, delta: f64) -> Result<f64> {
    degree(n, k)?;
    let steps = above_zero("the number of updates", steps)?;
    let tau = above_zero("the error τ of a gradient", tau)?;
    let delta = open_fraction("the probability δ of a failure", delta)?;
    Ok(0.5 * delta * libm::exp(ln_supports(n, k) + 2.0 * libm::log(tau) - libm::log(steps)))
}

/// The probability that a neuron with s random non-zero weights of n has all of them on the k coordinates of the support:
/// q = C(k, s)/C(n, s), which is 0 for s > k.
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n and 1 ≤ s ≤ n.
pub fn lucky(n: usize, k: usize, s: usize) -> Result<f64> {
    degree(n, k)?;
    degree(n, s)?;
    Ok((0..s.min(k + 1))
        .map(|i| (k - i.min(k)) as f64 / (n - i) as f64)
        .product())
}

/// The probability that at least one of `width` independent neurons is lucky, each with probability q: 1 − (1 − q)^r.
///
/// ```
/// use sparse_parity::theory::frontier;
///
/// let q = frontier::lucky(50, 3, 2)?;
/// let none = 1.0 - frontier::some_lucky(q, 100)?;
/// assert!((none - 0.783).abs() < 5e-4);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Fraction`](crate::Error::Fraction) unless 0 ≤ q < 1; [`Error::Zero`](crate::Error::Zero) if r is 0.
pub fn some_lucky(q: f64, width: usize) -> Result<f64> {
    let q = fraction("the probability q of a lucky neuron", q)?;
    let width = positive("the width", width)?;
    Ok(-libm::expm1(width as f64 * libm::log1p(-q)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn supports_take_as_many_bits_as_there_are_supports() {
        // With δ = ½.
        for (n, k, bits) in [
            (50, 3, 15.3),
            (100, 3, 18.3),
            (200, 3, 21.3),
            (300, 3, 23.1),
            (50, 4, 18.8),
            (100, 4, 22.9),
            (300, 4, 29.3),
        ] {
            let found = identifiable(n, k, 0.5).unwrap();
            assert!((found - bits).abs() < 0.06, "({n}, {k}): {found}");
        }
        assert!((identifiable(8, 1, 0.25).unwrap() - 5.0).abs() < 1e-12);
    }

    #[test]
    fn gradients_of_a_hundred_examples_exclude_no_network() {
        for (n, k, most) in [
            (50, 3, 0.0005),
            (100, 3, 0.004),
            (300, 3, 0.11),
            (50, 4, 0.006),
            (300, 4, 8.3),
        ] {
            let found = independent_parameters(n, k, 1e5, 0.1, 0.5).unwrap();
            assert!((found / most - 1.0).abs() < 0.05, "({n}, {k}): {found}");
        }
    }

    #[test]
    fn luck_is_a_count_of_supports_and_grows_with_the_width() {
        let q = lucky(50, 3, 2).unwrap();
        assert!((q - 3.0 / 1225.0).abs() < 1e-18);
        for (n, k, s, width, none) in [
            (50, 3, 2, 100, 0.783),
            (50, 3, 2, 1000, 0.086),
            (50, 3, 2, 10_000, 2.2e-11),
            (100, 3, 2, 100, 0.941),
            (100, 3, 2, 1000, 0.545),
            (100, 3, 2, 10_000, 0.0023),
            (200, 3, 2, 100, 0.985),
            (200, 3, 2, 1000, 0.86),
            (200, 3, 2, 10_000, 0.22),
            (50, 5, 2, 100, 0.44),
            (50, 5, 2, 1000, 2.8e-4),
        ] {
            let q = lucky(n, k, s).unwrap();
            let found = libm::pow(1.0 - q, width as f64);
            let half = 0.06 * none;
            assert!((found - none).abs() < half, "({n}, {k}), {width}: {found}");
            let some = some_lucky(q, width).unwrap();
            assert!((some + found - 1.0).abs() < 1e-12);
        }
        // A neuron of all of the support, and of more than it.
        assert!((lucky(5, 3, 3).unwrap() - 0.1).abs() < 1e-15);
        assert_eq!(lucky(5, 3, 4).unwrap(), 0.0);
        assert_eq!(lucky(5, 1, 5).unwrap(), 0.0);
        assert_eq!(some_lucky(0.0, 7).unwrap(), 0.0);
        assert!((some_lucky(0.25, 1).unwrap() - 0.25).abs() < 1e-15);
    }

    #[test]
    fn what_is_out_of_range_is_an_error() {
        assert!(matches!(identifiable(5, 6, 0.5), Err(Error::Degree { .. })));
        assert!(identifiable(5, 2, 0.0).is_err() && identifiable(5, 2, 1.0).is_err());
        assert!(independent_parameters(5, 2, 0.0, 0.1, 0.5).is_err());
        assert!(independent_parameters(5, 2, 1.0, f64::NAN, 0.5).is_err());
        assert!(matches!(lucky(5, 3, 0), Err(Error::Degree { .. })));
        assert!(some_lucky(1.0, 3).is_err() && some_lucky(0.5, 0).is_err());
    }
}
