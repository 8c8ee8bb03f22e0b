//! Fourier coefficients of the majority, and of half-spaces with weights ±1.
//!
//! A symmetric function has one coefficient for each size q of a set. Those of the majority have a closed
//! form (Titsworth, *Correlation properties of cyclic sequences*, 1962; O'Donnell, *Analysis of Boolean
//! Functions*, theorem 5.19). The gap between the sizes k − 1 and k + 1 is the signal of a parity in the
//! gradient of a ReLU neuron with weights ±1.

use crate::error::{Error, Result, positive};

/// ξ_q, the Fourier coefficient of the majority of n signs at every set of q coordinates.
///
/// ```math
/// \xi_q = (-1)^{(q-1)/2} \,
///     \frac{\binom{(n-1)/2}{(q-1)/2}}{\binom{n-1}{q-1}} \,
///     2^{-(n-1)} \binom{n-1}{(n-1)/2} \quad (q \text{ odd}), \qquad
/// \xi_q = 0 \quad (q \text{ even})
/// ```
///
/// It is computed from ξ₁ by $`\xi_{q+2} = -\xi_q \, q / (n - 1 - q)`$ and the symmetry
/// $`|\xi_q| = |\xi_{n+1-q}|`$, without overflow; the relative error is below
/// 2n·2⁻⁵³ as long as |ξ_q| is no smaller than the smallest normal number. ξ₁ is a product of (n − 1)/2 factors, and
/// from n = 2²³ on Stirling's series, whose error is below 2⁻⁵⁰. Lemma 2 of the paper is
/// the recurrence, $`|\xi_{k-1}| = \frac{n-k}{k-1} |\xi_{k+1}|`$ for even k.
///
/// # Errors
/// [`Error::Zero`] if n is 0, [`Error::EvenMajority`] if it is even, [`Error::Degree`] if q > n.
///
/// ```
/// use sparse_parity::theory::majority::majority_coefficient;
///
/// assert_eq!(majority_coefficient(3, 1)?, 0.5);
/// assert_eq!(majority_coefficient(3, 3)?, -0.5);
/// assert_eq!(majority_coefficient(9, 3)?, -0.0390625);
/// assert_eq!(majority_coefficient(9, 4)?, 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn majority_coefficient(n: usize, q: usize) -> Result<f64> {
    positive("the number of coordinates n", n)?;
    if n.is_multiple_of(2) {
        return Err(Error::EvenMajority { k: n });
    }
    if q > n {
        return Err(Error::Degree { k: q, n });
    }
    if q.is_multiple_of(2) {
        return Ok(0.0);
    }
    let mut magnitude = first_coefficient((n - 1) / 2);
    // n + 1 may be no number.
    for i in (1..q.min(n - q + 1)).step_by(2) {
        magnitude = magnitude * i as f64 / (n - 1 - i) as f64;
        if magnitude == 0.0 {
            break;
        }
    }
    Ok(if q % 4 == 1 { magnitude } else { -magnitude })
}

/// The factors from which on ξ₁ is taken from Stirling's series.
const MOST_FACTORS: usize = 1 << 22;

/// ξ₁ of 2m + 1 signs, 4⁻ᵐ·C(2m, m).
fn first_coefficient(m: usize) -> f64 {
    if m >= MOST_FACTORS {
        return stirling(m as f64);
    }
    (1..=m)
        .map(|i| (2 * i - 1) as f64 / (2 * i) as f64)
        .product()
}

/// 4⁻ᵐ·C(2m, m) by the series of 1/√(πm) in 1/m, whose next term is 21/(32768 m⁴).
fn stirling(m: f64) -> f64 {
    let series = 1.0 - 1.0 / (8.0 * m) + 1.0 / (128.0 * m * m) + 5.0 / (1024.0 * m * m * m);
    series / (std::f64::consts::PI * m).sqrt()
}

/// The Fourier coefficient of the half-space 1\[x₁ + … + x_n ≥ 0\] at every set of q coordinates.
///
/// ```math
/// \mathbf{1}[x_1 + \dots + x_n \ge 0] = \tfrac12 (1 + \mathrm{Maj}(x))
/// ```
///
/// For other weights w ∈ {±1}ⁿ the coefficient at T has the additional factor ∏_{i∈T} w_i. As n is
/// odd there are no ties. It is the derivative of a ReLU neuron with bias 0, whose population
/// gradient thus is −ξ_{k−1}/2 on S and −ξ_{k+1}/2 elsewhere.
///
/// # Errors
/// Those of [`majority_coefficient`].
///
/// ```
/// use sparse_parity::theory::majority::half_space_coefficient;
///
/// assert_eq!(half_space_coefficient(9, 0)?, 0.5);
/// assert_eq!(-half_space_coefficient(9, 3)?, 0.01953125);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn half_space_coefficient(n: usize, q: usize) -> Result<f64> {
    let constant = if q == 0 { 1.0 } else { 0.0 };
    Ok((constant + majority_coefficient(n, q)?) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums over the cube of Maj(x)·x₁⋯x_q for q = 0, …, n, counted one input after the other.
    fn brute_force(n: usize) -> Vec<i64> {
        // How many inputs have that majority and that number of leading +1 before the first −1 does
        // not matter; the product of the first q signs is the parity of the low q bits.
        let mut sums = vec![0; n + 1];
        for x in 0_u32..1 << n {
            let majority = if 2 * x.count_ones() as usize > n {
                -1
            } else {
                1
            };
            let mut product = majority;
            for (q, sum) in sums.iter_mut().enumerate() {
                *sum += product;
                if x >> q & 1 == 1 {
                    product = -product;
                }
            }
        }
        sums
    }

    #[test]
    fn the_coefficients_are_those_of_the_whole_cube() {
        for n in (1..=21).step_by(2) {
            for (q, sum) in brute_force(n).into_iter().enumerate() {
                let found = majority_coefficient(n, q).unwrap() * (1_u64 << n) as f64;
                assert_eq!(found.round() as i64, sum, "n = {n}, q = {q}");
                assert!((found - sum as f64).abs() < 1e-8, "n = {n}, q = {q}");
            }
        }
    }

    #[test]
    fn the_coefficients_of_nine_signs_are_the_known_ones() {
        let expected = [0.273438, -0.039062, 0.023438, -0.039062, 0.273438];
        for (q, expected) in (1..=9).step_by(2).zip(expected) {
            let found = majority_coefficient(9, q).unwrap();
            assert!((found - expected).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn lemma_2_gives_the_ratio_of_neighbours() {
        for n in (3..=201).step_by(2) {
            for k in (2..n).step_by(2) {
                let [lower, upper] = [k - 1, k + 1].map(|q| majority_coefficient(n, q).unwrap());
                let ratio = (n - k) as f64 / (k - 1) as f64;
                let error = (lower.abs() - ratio * upper.abs()).abs();
                assert!(error <= 1e-13 * lower.abs(), "n = {n}, k = {k}");
                assert!(lower * upper < 0.0);
            }
        }
    }

    #[test]
    fn thousands_of_signs_neither_overflow_nor_vanish_early() {
        // ξ₁ tends to √(2/(πn)) from above, by a relative 1/(4n).
        let (n, pi) = (9001, std::f64::consts::PI);
        let limit = (2.0 / (pi * n as f64)).sqrt();
        let xi = majority_coefficient(n, 1).unwrap();
        assert!((xi / limit - 1.0 - 0.25 / n as f64).abs() < 1e-8);
        assert_eq!(majority_coefficient(n, n).unwrap(), xi);
        assert_eq!(
            majority_coefficient(n, 5).unwrap(),
            majority_coefficient(n, n - 4).unwrap()
        );
        assert!(majority_coefficient(n, 21).unwrap() > 0.0);
    }

    #[test]
    fn any_number_of_signs_is_answered() {
        // Where the product and the series meet.
        for m in [1000, 100_000] {
            let product = first_coefficient(m);
            assert!((stirling(m as f64) / product - 1.0).abs() < 1e-11, "{m}");
        }
        let n = (1 << 36) + 1;
        let [one, three] = [1, 3].map(|q| majority_coefficient(n, q).unwrap());
        assert!((one / stirling((n / 2) as f64) - 1.0).abs() < 1e-15);
        assert!((three * (n - 2) as f64 / -one - 1.0).abs() < 1e-15);
        assert_eq!(majority_coefficient(n, n / 2 + 1).unwrap(), 0.0);
        let most = usize::MAX;
        assert!(majority_coefficient(most, 1).unwrap() > 0.0);
        assert_eq!(
            majority_coefficient(most, most).unwrap().abs(),
            majority_coefficient(most, 1).unwrap()
        );
    }

    #[test]
    fn majorities_that_tie_and_sets_that_do_not_exist_are_refused() {
        let told = |n, q| majority_coefficient(n, q).unwrap_err().to_string();
        assert!(told(8, 3).contains("k = 8"));
        assert!(told(9, 10).contains("k = 10 among n = 9"));
        assert!(told(0, 0).contains("n is 0"));
    }
}
