use super::Loss;
use crate::real::Real;

/// The cross-entropy ℓ(y, f) = ln(1 + e^(−y f)), without overflow for any finite output.
///
/// ```
/// use sparse_parity::loss::{CrossEntropy, Loss};
///
/// assert_eq!(CrossEntropy.value(1.0, 0.0), std::f64::consts::LN_2);
/// assert_eq!(CrossEntropy.value(-1.0, 1e30), 1e30);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CrossEntropy;

impl<F: Real> Loss<F> for CrossEntropy {
    #[inline]
    fn value(&self, y: F, f: F) -> F {
        let margin = y * f;
        let tail = (-margin.abs()).portable_exp().portable_ln_1p();
        if margin >= F::zero() {
            tail
        } else {
            tail - margin
        }
    }

    #[inline]
    fn slope(&self, y: F, f: F) -> F {
        let margin = y * f;
        let small = (-margin.abs()).portable_exp();
        let wrong = if margin >= F::zero() { small } else { F::one() };
        -y * wrong / (F::one() + small)
    }

    fn identity(&self) -> String {
        "CrossEntropy".into()
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
        super::super::tests::assert_loss(&CrossEntropy);
    }

    #[test]
    fn far_outputs_lose_no_digits() {
        assert_eq!(CrossEntropy.value(1.0, 50.0), libm::exp(-50.0));
        assert_eq!(CrossEntropy.slope(1.0, -800.0), -1.0);
        assert_eq!(CrossEntropy.value(1.0_f32, -1e30), 1e30);
    }
}
