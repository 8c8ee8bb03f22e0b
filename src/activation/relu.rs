use super::{Activation, Facts, Form, Kink};
use crate::real::Real;

/// The rectifier σ(z) = max(0, z), with slope 0 at 0.
///
/// ```
/// use sparse_parity::activation::{Activation, Relu};
///
/// assert_eq!((Relu.value(2.0), Relu.slope(2.0)), (2.0, 1.0));
/// assert_eq!((Relu.value(-2.0), Relu.slope(0.0)), (0.0, 0.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Relu;

impl Activation for Relu {
    #[inline(always)]
    fn value<F: Real>(&self, z: F) -> F {
        // Written so that NaN passes through: `max` would hide it.
        if z <= F::zero() { F::zero() } else { z }
    }

    #[inline(always)]
    fn slope<F: Real>(&self, z: F) -> F {
        if z > F::zero() { F::one() } else { F::zero() }
    }

    fn form(&self, _reach: f64) -> Form {
        Form::Pieces {
            constant: 0.0,
            slope: 0.0,
            kinks: vec![Kink { at: 0.0, jump: 1.0 }],
        }
    }

    fn facts(&self) -> Facts {
        Facts {
            degree: None,
            sign_changes: Some(1),
            is_nonnegative: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        super::super::tests::assert_slope(&Relu);
    }
}
