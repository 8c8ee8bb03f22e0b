use super::Loss;
use crate::real::Real;

/// The correlation loss ℓ(y, f) = −y f, which the theory of the paper uses.
///
/// ```
/// use sparse_parity::loss::{Correlation, Loss};
///
/// assert_eq!((Correlation.value(-1.0, 3.0), Correlation.slope(-1.0, 3.0)), (3.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Correlation;

impl<F: Real> Loss<F> for Correlation {
    #[inline]
    fn value(&self, y: F, f: F) -> F {
        -y * f
    }

    #[inline]
    fn slope(&self, y: F, _: F) -> F {
        -y
    }

    fn identity(&self) -> String {
        "Correlation".into()
    }

    fn finite_below(&self) -> F {
        F::of(1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        super::super::tests::assert_loss(&Correlation);
    }
}
