use super::Loss;
use crate::real::Real;

/// The square loss ℓ(y, f) = (y − f)².
///
/// ```
/// use sparse_parity::loss::{Loss, Square};
///
/// assert_eq!((Square.value(1.0, 3.0), Square.slope(1.0, 3.0)), (4.0, 4.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Square;

impl<F: Real> Loss<F> for Square {
    #[inline]
    fn value(&self, y: F, f: F) -> F {
        (y - f) * (y - f)
    }

    #[inline]
    fn slope(&self, y: F, f: F) -> F {
        F::of(2.0) * (f - y)
    }

    fn identity(&self) -> String {
        "Square".into()
    }

    fn finite_below(&self) -> F {
        F::of(1e9)
    }

    fn is_non_negative(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        super::super::tests::assert_loss(&Square);
    }
}
