use super::Activation;
use crate::error::{Error, Result, at_most, positive};
use crate::real::Real;

/// The monomial σ(z) = zᵏ, which makes the gradient gap of a parity of degree k exact.
///
/// Powers are products taken from the left, ((z·z)·z)…, the same bits on every machine.
///
/// ```
/// use sparse_parity::activation::{Activation, Power};
///
/// let cube = Power::new(3)?;
/// assert_eq!((cube.value(2.0), cube.slope(2.0)), (8.0, 12.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "usize", try_from = "usize")
)]
pub struct Power {
    k: usize,
}

impl Power {
    /// The k-th power.
    ///
    /// # Errors
    /// [`Error::Zero`] if k is 0, where the function is constant; [`Error::TooLarge`] above 64,
    /// where |z| = 4 already overflows single precision.
    pub fn new(k: usize) -> Result<Self> {
        let what = "the exponent k";
        let k = at_most(what, positive(what, k)?, 64)?;
        Ok(Power { k })
    }

    /// The exponent.
    pub fn k(&self) -> usize {
        self.k
    }
}

impl From<Power> for usize {
    fn from(power: Power) -> usize {
        power.k
    }
}

impl TryFrom<usize> for Power {
    type Error = Error;

    fn try_from(k: usize) -> Result<Self> {
        Power::new(k)
    }
}

impl Activation for Power {
    #[inline]
    fn value<F: Real>(&self, z: F) -> F {
        (1..self.k).fold(z, |power, _| power * z)
    }

    #[inline]
    fn slope<F: Real>(&self, z: F) -> F {
        let below = (2..self.k).fold(z, |power, _| power * z);
        if self.k == 1 {
            F::one()
        } else {
            F::of(self.k as f64) * below
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        for k in 1..=8 {
            super::super::tests::assert_slope(&Power::new(k).unwrap());
        }
    }

    #[test]
    fn the_zeroth_and_enormous_powers_are_refused() {
        assert!(Power::new(0).is_err() && Power::new(65).is_err());
    }
}
