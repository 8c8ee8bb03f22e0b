use super::{Activation, Facts, Form};
use crate::error::{Error, Result, at_most, positive};
use crate::real::{Real, by_blocks};

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

impl Power {
    #[inline(always)]
    fn values_of<F: Real, const N: usize>(&self, z: [F; N]) -> [F; N] {
        powers(self.k, z)
    }

    #[inline(always)]
    fn slopes_of<F: Real, const N: usize>(&self, z: [F; N]) -> [F; N] {
        if self.k == 1 {
            return [F::one(); N];
        }
        let factor = F::of(self.k as f64);
        powers(self.k - 1, z).map(|power| factor * power)
    }
}

/// zᵏ for k > 0.
#[inline(always)]
fn powers<F: Real, const N: usize>(k: usize, z: [F; N]) -> [F; N] {
    let mut powers = z;
    for _ in 1..k {
        for lane in 0..N {
            powers[lane] *= z[lane];
        }
    }
    powers
}

impl Activation for Power {
    #[inline(always)]
    fn value<F: Real>(&self, z: F) -> F {
        self.values_of([z])[0]
    }

    #[inline(always)]
    fn slope<F: Real>(&self, z: F) -> F {
        self.slopes_of([z])[0]
    }

    fn form(&self, _reach: f64) -> Form {
        let mut coefficients = vec![0.0; self.k + 1];
        coefficients[self.k] = 1.0;
        Form::Polynomial { coefficients }
    }

    fn facts(&self) -> Facts {
        let even = self.k.is_multiple_of(2);
        Facts {
            degree: Some(self.k),
            sign_changes: Some(if even { 2 } else { 1 }),
            is_nonnegative: even,
        }
    }

    #[inline(always)]
    fn values<F: Real>(&self, z: &[F], out: &mut [F]) {
        by_blocks!(z, out, |z| self.values_of(z));
    }

    #[inline(always)]
    fn slopes<F: Real>(&self, z: &[F], out: &mut [F]) {
        by_blocks!(z, out, |z| self.slopes_of(z));
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
