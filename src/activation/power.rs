use super::Activation;
use crate::error::{Error, Result};
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Power {
    k: u32,
}

impl Power {
    /// The k-th power.
    ///
    /// # Errors
    /// [`Error::Zero`] if k is 0: a constant cannot learn.
    pub fn new(k: usize) -> Result<Self> {
        match u32::try_from(k) {
            Ok(k) if k > 0 => Ok(Power { k }),
            _ => Err(Error::Zero {
                what: "the exponent k",
            }),
        }
    }

    /// The exponent.
    pub fn k(&self) -> usize {
        self.k as usize
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
            F::of(self.k.into()) * below
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
    fn the_zeroth_power_is_refused() {
        assert!(Power::new(0).is_err());
    }
}
