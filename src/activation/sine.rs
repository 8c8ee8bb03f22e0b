use super::{Activation, Form};
use crate::real::Real;

/// The sine σ(z) = sin z.
///
/// One neuron is enough for any parity: w = (π/2)·1_S and b = (π/2)(1 − k) give sin(w·x + b) =
/// χ_S(x).
///
/// ```
/// use sparse_parity::activation::{Activation, Sine};
///
/// assert_eq!((Sine.value(0.0), Sine.slope(0.0)), (0.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sine;

impl Activation for Sine {
    #[inline(always)]
    fn value<F: Real>(&self, z: F) -> F {
        z.portable_sin()
    }

    #[inline(always)]
    fn slope<F: Real>(&self, z: F) -> F {
        z.portable_cos()
    }

    fn form(&self, _reach: f64) -> Form {
        Form::Sine { frequency: 1.0 }
    }

    #[inline(always)]
    fn values<F: Real>(&self, z: &[F], out: &mut [F]) {
        F::portable_sin_all(z, out);
    }

    #[inline(always)]
    fn slopes<F: Real>(&self, z: &[F], out: &mut [F]) {
        F::portable_cos_all(z, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        super::super::tests::assert_slope(&Sine);
    }
}
