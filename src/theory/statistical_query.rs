//! Lower bounds for the number of statistical queries of a learner of sparse parities.
//!
//! A statistical query (Kearns, *Efficient noise-tolerant learning from statistical queries*, JACM
//! 45, 1998) is a function $`q(x, y) \in [-1, 1]`$, and its answer any number within the tolerance τ
//! of $`E[q(x, y)]`$. Each coordinate of a gradient is such a query.
//!
//! Blum, Furst, Jackson, Kearns, Mansour and Rudich (*Weakly learning DNF and characterizing
//! statistical query learning using Fourier analysis*, STOC 1994) showed that pairwise orthogonal
//! targets are hard for such learners. For the parities of k among n coordinates,
//! $`d = \binom{n}{k} = \Theta(n^k)`$ of them for fixed k, the argument is short enough to be given
//! with its constants.
//!
//! Under uniform x, a query on (x, χ_S(x)) has the mean $`E[q_0] + E[q_1 \chi_S]`$, where
//! $`q_0 = (q(x, 1) + q(x, -1))/2`$ and $`q_1 = (q(x, 1) - q(x, -1))/2`$. The answer $`E[q_0]`$ is
//! allowed for every S with $`|E[q_1 \chi_S]| \le \tau`$. As parities are orthonormal and
//! $`E[q_1^2] \le 1`$, fewer than $`1/\tau^2`$ supports are not among them. So an oracle that always
//! answers $`E[q_0]`$ rules out fewer than $`1/\tau^2`$ supports a query, and
//!
//! - a deterministic learner that names S has made more than $`\tau^2 (d - 1)`$ queries
//!   ([`queries_to_identify`]);
//! - one whose hypothesis $`h(x) \in [-1, 1]`$ has a correlation $`E[h \chi_S]`$ above τ with the
//!   target, an error below $`(1 - \tau)/2`$ if h is a classifier, has made more
//!   than $`\tau^2 d - 1`$ ([`queries_to_correlate`]).
//!
//! For τ a constant both are Ω(nᵏ).
//!
//! **What is not claimed.** The oracle is an adversary, while a batch of real examples gives
//! estimates whose errors are random, about $`1/\sqrt{B}`$. With $`\tau = 1/\sqrt{B}`$ the bound
//! reads queries × B ≳ d, by which the paper calls SGD near-optimal, but it is not a theorem about
//! SGD on examples: Gaussian elimination reads single examples, asks no statistical query, and needs
//! about n of them.

use super::binomial::{binomial_times_square, supports};
use crate::error::{Result, above_zero};

/// A strict lower bound for the number of queries of tolerance τ that determine the support,
/// $`\tau^2 (d - 1)`$.
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n,
/// [`Error::NotPositive`](crate::Error::NotPositive) unless the tolerance is positive and finite; a
/// tolerance above 1 counts as 1.
///
/// ```
/// use sparse_parity::theory::statistical_query::queries_to_identify;
///
/// // 19 600 supports of 3 among 50 coordinates.
/// assert_eq!(queries_to_identify(50, 3, 1.0)?, 19_599.0);
/// assert_eq!(queries_to_identify(50, 3, 0.125)?, 19_599.0 / 64.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn queries_to_identify(n: usize, k: usize, tolerance: f64) -> Result<f64> {
    let (count, square) = (supports(n, k)?, squared(tolerance)?);
    Ok(match count.is_finite() && square.is_normal() {
        true => square * (count - 1.0),
        false => binomial_times_square(n, k, (tolerance.min(1.0), 1.0)) - square,
    })
}

/// A strict lower bound for the number of queries of tolerance τ that give a hypothesis with a
/// correlation above τ, $`\tau^2 d - 1`$.
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n,
/// [`Error::NotPositive`](crate::Error::NotPositive) unless the tolerance is positive and finite; a
/// tolerance above 1 counts as 1.
///
/// ```
/// use sparse_parity::theory::statistical_query::queries_to_correlate;
///
/// assert_eq!(queries_to_correlate(50, 3, 0.125)?, 305.25);
/// // So few supports say nothing about so rough queries.
/// assert_eq!(queries_to_correlate(5, 1, 0.1)?, 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn queries_to_correlate(n: usize, k: usize, tolerance: f64) -> Result<f64> {
    let (count, square) = (supports(n, k)?, squared(tolerance)?);
    let product = match count.is_finite() && square.is_normal() {
        true => square * count,
        false => binomial_times_square(n, k, (tolerance.min(1.0), 1.0)),
    };
    Ok((product - 1.0).max(0.0))
}

/// τ² for the tolerance τ, at most 1.
fn squared(tolerance: f64) -> Result<f64> {
    let tolerance = above_zero("the tolerance τ", tolerance)?.min(1.0);
    Ok(tolerance * tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    #[test]
    fn a_query_tells_fewer_than_one_over_tau_squared_supports_apart() {
        let (n, k) = (10, 3);
        let rng = &mut Seeds::from(4).stream(Purpose::Init);
        let size = 1_u32 << n;
        for bias in [0_u32, 7, 0b11_1000] {
            // A random query, with one support that it does see.
            let sign = |x: u32, s: u32| 1.0 - 2.0 * f64::from((x & s).count_ones() % 2);
            let query: Vec<f64> = (0..size)
                .map(|x| 0.5 * sign(x, bias) + 0.5 * (2.0 * rng.random::<f64>() - 1.0))
                .collect();
            for tau in [0.05, 0.1, 0.4] {
                let told = (0..size).filter(|s| s.count_ones() == k).filter(|&s| {
                    let sum: f64 = (0..size).map(|x| sign(x, s) * query[x as usize]).sum();
                    (sum / f64::from(size)).abs() > tau
                });
                assert!((told.count() as f64) < 1.0 / (tau * tau), "{tau}");
            }
        }
    }

    #[test]
    fn rougher_queries_bring_less() {
        let least = |n, tau| queries_to_identify(n, 3, tau).unwrap();
        for n in 10..60 {
            assert!(least(n + 1, 0.1) >= least(n, 0.1));
            assert!(least(n, 0.2) >= least(n, 0.1));
            assert!(queries_to_correlate(n, 3, 0.1).unwrap() <= least(n, 0.1));
        }
        assert_eq!(least(50, 7.0), least(50, 1.0));
        assert_eq!(queries_to_identify(9, 9, 0.5).unwrap(), 0.0);
        assert_eq!(queries_to_identify(4000, 2000, 0.5).unwrap(), f64::INFINITY);
        // More supports than numbers, and a square below them.
        for queries in [queries_to_identify, queries_to_correlate] {
            let found = queries(2000, 1000, 1e-200).unwrap();
            assert!(
                (found / 2.048_151_626_989e200 - 1.0).abs() < 1e-9,
                "{found}"
            );
            assert!(queries(2000, 1000, 1e-310).unwrap() < 1.0);
        }
    }

    #[test]
    fn bad_input_is_refused() {
        for (n, k, tau) in [(5, 0, 0.1), (5, 6, 0.1), (5, 2, 0.0), (5, 2, f64::NAN)] {
            assert!(queries_to_identify(n, k, tau).is_err());
            assert!(queries_to_correlate(n, k, tau).is_err());
        }
    }
}
