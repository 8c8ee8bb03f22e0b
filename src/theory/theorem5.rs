//! Theorem 5: a lower bound for fixed features.
//!
//! Let $`\Psi : \{\pm 1\}^n \to [-1, 1]^D`$ be features that do not depend on S, such as those of a
//! network near its initialisation (a neural tangent kernel), and $`f(x) = \langle w, \Psi(x)
//! \rangle`$ a readout with $`\lVert w \rVert_2 \le R`$. If
//!
//! ```math
//! D R^2 < \varepsilon^2 \binom{n}{k},
//! ```
//!
//! then there is an S of k coordinates for which the hinge loss of every such f exceeds
//! $`1 - \varepsilon`$; the constant 0 has loss 1.
//!
//! The proof is three lines. Parities are orthonormal, so
//! $`\sum_S \lVert E[\chi_S \Psi] \rVert^2 \le E \lVert \Psi \rVert^2 \le D`$, and some S has at most
//! $`D / \binom{n}{k}`$ of it. For this S, $`E[y f] \le R \lVert E[\chi_S \Psi] \rVert \le R \sqrt{D /
//! \binom{n}{k}}`$. And the hinge loss is at least $`1 - E[y f]`$.
//!
//! The bound is about losses with a margin, weights with a bounded norm, and the worst S. It makes
//! no statement about the classification error of f, which does not change with the scale of w.

use super::binomial::{binomial_times_square, degree, open_fraction, scaled_binomial};
use crate::error::{Result, above_zero, positive};

/// The number D of features in [−1, 1] below which weights of norm `radius` have a hinge loss above
/// 1 − `epsilon` on some parity of k among n coordinates.
///
/// ```math
/// D = \varepsilon^2 \binom{n}{k} / R^2
/// ```
///
/// It is not rounded, and infinite beyond the largest `f64`.
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n,
/// [`Error::NotPositive`](crate::Error::NotPositive) unless radius and ε are positive and finite,
/// [`Error::Fraction`](crate::Error::Fraction) for ε ≥ 1.
///
/// ```
/// use sparse_parity::theory::theorem5::ntk_min_dim;
///
/// // Weights of norm 10 on fewer than 49 features leave a loss above 1/2 on some (50, 3)-parity.
/// assert!((ntk_min_dim(50, 3, 10.0, 0.5)? - 49.0).abs() < 1e-9);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn ntk_min_dim(n: usize, k: usize, radius: f64, epsilon: f64) -> Result<f64> {
    degree(n, k)?;
    above_zero("the bound R on the norm of the weights", radius)?;
    open_fraction("ε", epsilon)?;
    let share = epsilon / radius;
    Ok(match (share * share).is_normal() {
        true => scaled_binomial(share * share, n, k),
        false => binomial_times_square(n, k, (epsilon, radius)),
    })
}

/// A lower bound for the hinge loss of weights of norm `radius` on `dim` features in [−1, 1], on the
/// worst parity: $`\max(0, 1 - R \sqrt{D / \binom{n}{k}})`$.
///
/// # Errors
/// [`Error::Degree`](crate::Error::Degree) unless 1 ≤ k ≤ n,
/// [`Error::NotPositive`](crate::Error::NotPositive) unless the radius is positive and finite,
/// [`Error::Zero`](crate::Error::Zero) for D = 0.
///
/// ```
/// use sparse_parity::theory::theorem5::ntk_worst_loss;
///
/// assert!(ntk_worst_loss(50, 3, 10.0, 48)? > 0.5);
/// assert!(ntk_worst_loss(50, 3, 10.0, 50)? < 0.5);
/// assert_eq!(ntk_worst_loss(50, 3, 10.0, 196)?, 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn ntk_worst_loss(n: usize, k: usize, radius: f64, dim: usize) -> Result<f64> {
    degree(n, k)?;
    above_zero("the bound R on the norm of the weights", radius)?;
    positive("the number D of features", dim)?;
    let share = 1.0 / radius / radius;
    let supports = match share.is_normal() {
        true => scaled_binomial(share, n, k),
        false => binomial_times_square(n, k, (1.0, radius)),
    };
    let correlation = (dim as f64 / supports).sqrt();
    Ok((1.0 - correlation).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    /// ‖E[χ_S Ψ]‖ for every S of k coordinates, by enumeration.
    fn correlations(n: usize, k: usize, features: &[Vec<f64>]) -> Vec<f64> {
        let supports = (0..1_u32 << n).filter(|s| s.count_ones() as usize == k);
        let norm = |s: u32| {
            let square = |psi: &Vec<f64>| {
                let signed = |(x, value): (usize, &f64)| match (x as u32 & s).count_ones() % 2 {
                    0 => *value,
                    _ => -value,
                };
                let mean = psi.iter().enumerate().map(signed).sum::<f64>() / psi.len() as f64;
                mean * mean
            };
            features.iter().map(square).sum::<f64>().sqrt()
        };
        supports.map(norm).collect()
    }

    #[test]
    fn some_parity_is_as_far_from_any_features_as_the_bound_says() {
        let (n, k, radius) = (7, 3, 2.0);
        let rng = &mut Seeds::from(3).stream(Purpose::Init);
        for dim in 1..=9 {
            let features: Vec<Vec<f64>> = (0..dim)
                .map(|_| {
                    (0..1 << n)
                        .map(|_| 2.0 * rng.random::<f64>() - 1.0)
                        .collect()
                })
                .collect();
            let least = correlations(n, k, &features)
                .into_iter()
                .fold(f64::INFINITY, f64::min);
            let loss = 1.0 - radius * least;
            assert!(loss >= ntk_worst_loss(n, k, radius, dim).unwrap());
        }
    }

    #[test]
    fn all_parities_as_features_make_the_bound_tight() {
        let (n, k) = (6, 2);
        let character = |s: u32| {
            let sign = move |x: u32| 1.0 - 2.0 * f64::from((x & s).count_ones() % 2);
            (0..1_u32 << n).map(sign).collect::<Vec<_>>()
        };
        let supports = (0..1_u32 << n).filter(|s: &u32| s.count_ones() == k);
        let features: Vec<_> = supports.map(character).collect();
        assert_eq!(correlations(n, k as usize, &features), [1.0; 15]);
        assert_eq!(ntk_worst_loss(n, k as usize, 1.0, 15).unwrap(), 0.0);
        assert!(ntk_min_dim(n, k as usize, 1.0, 0.999_999).unwrap() > 14.999);
    }

    #[test]
    fn more_is_needed_for_larger_problems_and_smaller_weights() {
        let least = |n, k, radius, epsilon| ntk_min_dim(n, k, radius, epsilon).unwrap();
        for n in 10..100 {
            assert!(least(n + 1, 4, 3.0, 0.1) >= least(n, 4, 3.0, 0.1));
            assert!(least(n, 5, 3.0, 0.1) >= least(n, 4, 3.0, 0.1));
            assert!(least(n, 4, 2.0, 0.1) >= least(n, 4, 3.0, 0.1));
            assert!(least(n, 4, 3.0, 0.2) >= least(n, 4, 3.0, 0.1));
        }
        assert_eq!(least(5000, 2500, 1.0, 0.1), f64::INFINITY);
        // ε²/R² does not make an overflow of what is finite.
        assert!(least(2000, 1000, 1e150, 0.5).is_finite());
        // Nor does it vanish where the number of supports makes up for it.
        assert!((least(2000, 1000, 1e300, 0.5) / 0.512 - 1.0).abs() < 0.01);
        assert!(ntk_worst_loss(2000, 1000, 1e200, 1).unwrap() > 0.999);
        assert_eq!(ntk_worst_loss(2000, 1000, 1e308, 1).unwrap(), 0.0);
        assert_eq!(ntk_worst_loss(5, 2, 1e-200, 1).unwrap(), 1.0);
    }

    #[test]
    fn bad_input_is_refused() {
        for (n, k, radius, epsilon) in [
            (5, 0, 1.0, 0.1),
            (5, 6, 1.0, 0.1),
            (5, 2, 0.0, 0.1),
            (5, 2, f64::NAN, 0.1),
            (5, 2, 1.0, 0.0),
            (5, 2, 1.0, 1.0),
        ] {
            assert!(ntk_min_dim(n, k, radius, epsilon).is_err());
        }
        assert!(ntk_worst_loss(5, 2, 1.0, 0).is_err());
        assert!(ntk_worst_loss(5, 2, f64::INFINITY, 3).is_err());
    }
}
