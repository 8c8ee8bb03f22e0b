use super::form::MOST_KINKS;
use super::{Activation, Form, Kink};
use crate::error::{Error, Result, at_most, positive};
use crate::real::Real;

/// The ∞-zigzag: the triangle wave of period 4 through the labels of a parity of degree k.
///
/// ```math
/// \sigma(z) = |m - 2| - 1, \qquad m = (k - z) \bmod 4
/// ```
///
/// A sum z of k signs has the product (−1)^((k−z)/2), and that is the value at the knots
/// z = −k, −k + 2, …, k, so that one neuron with w = 1_S and b = 0 computes χ_S. Beyond them the
/// wave goes on, and k sets only its phase. At its kinks the slope is that from the left.
///
/// Architectures ix and xiii of section 3.1. Far from 0 the floating-point numbers become rarer
/// than the knots; of an infinite z the value is NaN.
///
/// ```
/// use sparse_parity::activation::{Activation, InfiniteZigzag};
///
/// let wave = InfiniteZigzag::new(3)?;
/// assert_eq!([-3.0, -1.0, 1.0, 3.0, 5.0].map(|z| wave.value(z)), [-1.0, 1.0, -1.0, 1.0, -1.0]);
/// assert_eq!((wave.value(2.5), wave.slope(2.5)), (0.5, 1.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "usize", try_from = "usize")
)]
pub struct InfiniteZigzag {
    k: usize,
}

impl InfiniteZigzag {
    /// The wave with the value 1 at k.
    ///
    /// # Errors
    /// [`Error::Zero`] if k is 0; [`Error::TooLarge`] above 2²⁰, where single precision has fewer
    /// than eight numbers to a unit.
    pub fn new(k: usize) -> Result<Self> {
        let what = "the number k of pieces";
        let k = at_most(what, positive(what, k)?, 1 << 20)?;
        Ok(InfiniteZigzag { k })
    }

    /// The degree of the parity.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The kinks between two integers: the numbers of the parity of k.
    pub(super) fn kinks(&self, from: i64, to: i64) -> Vec<Kink> {
        let knots = (from..=to).filter(|z| (z - self.k as i64) % 2 == 0);
        knots
            .map(|z| {
                let at = z as f64;
                // A peak ends a rise.
                let jump = -2.0 * self.value(at);
                Kink { at, jump }
            })
            .collect()
    }

    /// How far z lies below the next peak, in [0, 4].
    #[inline(always)]
    fn below_peak<F: Real>(&self, z: F) -> F {
        let (d, period) = (F::of(self.k as f64) - z, F::of(4.0));
        d - period * (d / period).floor()
    }
}

impl From<InfiniteZigzag> for usize {
    fn from(wave: InfiniteZigzag) -> usize {
        wave.k
    }
}

impl TryFrom<usize> for InfiniteZigzag {
    type Error = Error;

    fn try_from(k: usize) -> Result<Self> {
        InfiniteZigzag::new(k)
    }
}

impl Activation for InfiniteZigzag {
    #[inline(always)]
    fn value<F: Real>(&self, z: F) -> F {
        (self.below_peak(z) - F::of(2.0)).abs() - F::one()
    }

    #[inline(always)]
    fn slope<F: Real>(&self, z: F) -> F {
        if self.below_peak(z) < F::of(2.0) {
            F::one()
        } else {
            -F::one()
        }
    }

    fn form(&self, reach: f64) -> Form {
        let listed = reach.abs() < MOST_KINKS as f64;
        if !listed {
            return Form::Other;
        }
        let end = reach.abs().ceil() as i64 + 1;
        let start = -end as f64;
        let slope = self.slope(start);
        Form::Pieces {
            constant: self.value(start) - slope * start,
            slope,
            kinks: self.kinks(-end, end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_interpolates, assert_slope};
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        for k in 1..=8 {
            assert_slope(&InfiniteZigzag::new(k).unwrap());
        }
    }

    #[test]
    fn the_knots_have_the_parity_and_so_has_what_is_beyond_them() {
        for k in 1..=8 {
            let wave = InfiniteZigzag::new(k).unwrap();
            assert_interpolates(&wave, k, 0.0);
            for far in (0..100).map(f64::from) {
                assert_eq!(wave.value(k as f64 + 4.0 * far), 1.0);
                assert_eq!(wave.value(k as f64 - 2.0 - 4.0 * far), -1.0);
            }
        }
    }

    #[test]
    fn a_kink_has_the_slope_from_the_left() {
        let wave = InfiniteZigzag::new(3).unwrap();
        let slopes = [-3.0, -1.0, 1.0, 3.0, 5.0].map(|z: f32| wave.slope(z));
        assert_eq!(slopes, [-1.0, 1.0, -1.0, 1.0, -1.0]);
    }

    #[test]
    fn degrees_without_a_wave_are_refused() {
        assert!(InfiniteZigzag::new(0).is_err() && InfiniteZigzag::new((1 << 20) + 1).is_err());
    }
}
