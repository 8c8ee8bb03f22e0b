//! The Fourier gap, and how a gradient reveals the support.
//!
//! The population gradient of a neuron is, entry by entry, a Fourier coefficient of degree k − 1 on
//! S and of degree k + 1 elsewhere. If those on S stand out, one gradient reveals S.

use crate::error::{Error, Result, above_zero, fraction, positive};
use crate::signs::Columns;

/// The magnitudes of the entries of a vector on a support and off it (Definition 1).
///
/// ```math
/// \gamma = \min_{i \in S} |g_i| - \max_{i \notin S} |g_i|
/// ```
///
/// ```
/// use sparse_parity::theory::gap::FourierGap;
///
/// let gap = FourierGap::of(&[0.5, -0.125, 0.0, -0.75], &[0, 3])?;
/// assert_eq!((gap.on, gap.off, gap.gamma()), (0.5, 0.125, 0.375));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FourierGap {
    /// The smallest magnitude on the support.
    pub on: f64,
    /// The largest magnitude off the support; 0 if there is no such entry.
    pub off: f64,
}

impl FourierGap {
    /// The gap of the vector g, one entry a coordinate, for the given support.
    ///
    /// A NaN on one side makes that side NaN.
    ///
    /// # Errors
    /// [`Error::Degree`] if the support is empty, [`Error::SupportRange`] or
    /// [`Error::SupportRepeat`] unless it is a subset of the coordinates.
    pub fn of(g: &[f64], support: &[usize]) -> Result<Self> {
        let inside = membership(g.len(), support)?;
        let (mut on, mut off) = (f64::INFINITY, 0.0_f64);
        for (g, inside) in g.iter().map(|g| g.abs()).zip(inside) {
            let side = if inside { &mut on } else { &mut off };
            let closer = if inside { g < *side } else { g > *side };
            // No comparison with NaN is true, so that NaN is kept.
            if closer || g.is_nan() {
                *side = g;
            }
        }
        Ok(FourierGap { on, off })
    }

    /// The gap γ = `on` − `off`, negative if another entry is larger than one on the support.
    pub fn gamma(&self) -> f64 {
        self.on - self.off
    }
}

/// For each of n coordinates, whether it is in the support.
pub(super) fn membership(n: usize, support: &[usize]) -> Result<Vec<bool>> {
    if support.is_empty() {
        return Err(Error::Degree { k: 0, n });
    }
    Columns::new(n, support)?;
    let mut inside = vec![false; n];
    for &i in support {
        inside[i] = true;
    }
    Ok(inside)
}

/// The number of examples for which the mean gradient reveals the support (Proposition 9).
///
/// ```math
/// m \ge \frac{8}{\gamma^2} \ln \frac{2n}{\delta}
/// ```
///
/// By Hoeffding's inequality, the mean of m examples of a vector with entries in \[−1, 1\] is, with
/// probability at least 1 − δ, within γ/2 of its expectation in all n entries, so that
/// [`largest`] of its entries are the support if γ is the [`FourierGap`]. The entries
/// y·x_i·σ'(w·x + b) are in \[−1, 1\] for a ReLU, a zigzag and a sine.
///
/// # Errors
/// [`Error::Zero`] if n is 0, [`Error::NotPositive`] or [`Error::Fraction`] unless 0 < γ and
/// 0 < δ < 1, [`Error::Method`] if the number exceeds 2⁶³.
///
/// ```
/// use sparse_parity::theory::gap::sufficient_samples;
///
/// assert_eq!(sufficient_samples(50, 0.1, 0.01)?, 7369);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn sufficient_samples(n: usize, gamma: f64, delta: f64) -> Result<u64> {
    positive("the number of coordinates n", n)?;
    above_zero("the Fourier gap gamma", gamma)?;
    above_zero("the probability delta", delta)?;
    fraction("the probability delta", delta)?;
    // In this order nothing overflows: ln(2n/δ) is below 800.
    let logarithm = libm::log(2.0 * n as f64) - libm::log(delta);
    let samples = (8.0 * logarithm / gamma / gamma).ceil();
    if samples > (1_u64 << 63) as f64 {
        return Err(Error::Method {
            method: "Proposition 9",
            reason: format!("a Fourier gap of {gamma:e} takes more than 2⁶³ samples"),
            repair: "use a larger gap".into(),
        });
    }
    Ok(samples as u64)
}

/// The indices of the k entries of largest magnitude, ascending: the support that a gradient reveals.
///
/// Of equal magnitudes the first is taken; NaN comes last.
///
/// # Errors
/// [`Error::Degree`] unless 1 ≤ k ≤ n.
///
/// ```
/// use sparse_parity::theory::gap::largest;
///
/// assert_eq!(largest(&[0.5, -0.125, 0.0, -0.75], 2)?, [0, 3]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn largest(g: &[f64], k: usize) -> Result<Vec<usize>> {
    if k == 0 || k > g.len() {
        return Err(Error::Degree { k, n: g.len() });
    }
    let magnitude = |i: usize| if g[i].is_nan() { -1.0 } else { g[i].abs() };
    let mut places: Vec<usize> = (0..g.len()).collect();
    places.sort_by(|&i, &j| magnitude(j).total_cmp(&magnitude(i)));
    places.truncate(k);
    places.sort_unstable();
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_half_the_gap_the_largest_entries_are_the_support() {
        let g = [0.1, -0.4, 0.1, 0.35, 0.0, -0.12];
        let gap = FourierGap::of(&g, &[3, 1]).unwrap();
        assert_eq!((gap.on, gap.off), (0.35, 0.12));
        let radius = 0.499 * gap.gamma();
        for pattern in 0..1 << g.len() {
            let sign = |i: usize| {
                if pattern >> i & 1 == 0 {
                    radius
                } else {
                    -radius
                }
            };
            let near: Vec<f64> = (0..g.len()).map(|i| g[i] + sign(i)).collect();
            assert_eq!(largest(&near, 2).unwrap(), [1, 3]);
        }
    }

    #[test]
    fn a_gap_is_negative_where_the_support_does_not_stand_out() {
        let gap = FourierGap::of(&[0.1, 0.5, 0.2], &[0, 1]).unwrap();
        assert!((gap.gamma() + 0.1).abs() < 1e-15);
        assert_eq!(FourierGap::of(&[0.1, 0.5], &[0, 1]).unwrap().off, 0.0);
        assert!(
            FourierGap::of(&[f64::NAN, 0.5], &[0])
                .unwrap()
                .gamma()
                .is_nan()
        );
        assert!(
            FourierGap::of(&[f64::NAN, 0.5, 0.2], &[1])
                .unwrap()
                .gamma()
                .is_nan()
        );
    }

    #[test]
    fn what_is_not_a_number_is_never_among_the_largest() {
        let g = [f64::NAN, 0.0, -0.0, 1.0];
        assert_eq!(largest(&g, 3).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn impossible_questions_are_errors_that_name_the_value() {
        assert!(
            FourierGap::of(&[1.0], &[])
                .unwrap_err()
                .to_string()
                .contains("k = 0")
        );
        assert!(FourierGap::of(&[1.0], &[1]).is_err());
        assert!(largest(&[1.0], 0).is_err() && largest(&[1.0], 2).is_err());
        assert!(sufficient_samples(0, 0.1, 0.1).is_err());
        assert!(sufficient_samples(5, 0.0, 0.1).is_err());
        assert!(sufficient_samples(5, -0.1, 0.1).is_err());
        assert!(sufficient_samples(5, 0.1, 0.0).is_err());
        assert!(sufficient_samples(5, 0.1, 1.0).is_err());
        assert!(sufficient_samples(5, 1e-300, 0.1).is_err());
    }
}
