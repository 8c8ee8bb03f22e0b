use super::Loss;
use crate::real::Real;

/// The hinge loss ℓ(y, f) = max(0, 1 − y f), with slope 0 at the kink.
///
/// ```
/// use sparse_parity::loss::{Hinge, Loss};
///
/// assert_eq!((Hinge.value(1.0, 0.25), Hinge.slope(1.0, 0.25)), (0.75, -1.0));
/// assert_eq!((Hinge.value(1.0, 1.0), Hinge.slope(1.0, 1.0)), (0.0, 0.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hinge;

impl<F: Real> Loss<F> for Hinge {
    #[inline]
    fn value(&self, y: F, f: F) -> F {
        let gap = F::one() - y * f;
        if gap <= F::zero() { F::zero() } else { gap }
    }

    #[inline]
    fn slope(&self, y: F, f: F) -> F {
        if F::one() - y * f <= F::zero() {
            F::zero()
        } else {
            -y
        }
    }

    fn identity(&self) -> String {
        "Hinge".into()
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
        super::super::tests::assert_loss(&Hinge);
    }
}
