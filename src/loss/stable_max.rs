use super::Loss;
use crate::real::Real;

/// The StableMax loss: cross-entropy with s(z) in the place of eᶻ, of two logits f/2 and −f/2.
///
/// ```math
/// \ell(y, f) = -\ln \frac{s(yf/2)}{s(yf/2) + s(-yf/2)} , \qquad
/// s(z) = \begin{cases} z + 1 & z \ge 0 \\ 1 / (1 - z) & z < 0 \end{cases}
/// ```
///
/// With w = 1 + |yf|/2 this is ln(1 + w⁻²) for a right answer and ln(1 + w²) for a wrong one. Its slope falls like (yf)⁻³, where
/// that of cross-entropy falls like e^(−yf) and is lost in sums with 1 once yf is large. Prieto, Barsbey, Mediano and Birdal,
/// *Grokking at the Edge of Numerical Stability*, ICLR 2025, arXiv 2501.04697.
///
/// ```
/// use sparse_parity::loss::{Loss, StableMax};
///
/// assert_eq!(StableMax.value(1.0, 0.0), std::f64::consts::LN_2);
/// assert_eq!(StableMax.value(-1.0, 2.0), 5.0_f64.ln());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StableMax;

/// 1 + |margin| / 2.
#[inline]
fn weight<F: Real>(margin: F) -> F {
    F::one() + margin.abs() / F::of(2.0)
}

impl<F: Real> Loss<F> for StableMax {
    #[inline]
    fn value(&self, y: F, f: F) -> F {
        let margin = y * f;
        let w = weight(margin);
        let ratio = if margin >= F::zero() { F::one() / w } else { w };
        (ratio * ratio).portable_ln_1p()
    }

    #[inline]
    fn slope(&self, y: F, f: F) -> F {
        let margin = y * f;
        let w = weight(margin);
        let square = F::one() + w * w;
        if margin >= F::zero() {
            -y / (w * square)
        } else {
            -y * w / square
        }
    }

    fn identity(&self) -> String {
        "StableMax".into()
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
        super::super::tests::assert_loss(&StableMax);
    }

    #[test]
    fn it_is_the_cross_entropy_of_two_logits() {
        let values = [
            (-2.0, 1.609438),
            (0.0, std::f64::consts::LN_2),
            (2.0, 0.223144),
            (10.0, 0.027399),
        ];
        for (margin, expected) in values {
            for y in [-1.0, 1.0] {
                let found: f64 = StableMax.value(y, y * margin);
                assert!((found - expected).abs() < 5e-7, "{margin}: {found}");
                // By the definition.
                let s = |z: f64| if z >= 0.0 { z + 1.0 } else { 1.0 / (1.0 - z) };
                let [right, wrong] = [s(margin / 2.0), s(-margin / 2.0)];
                assert!((found + (right / (right + wrong)).ln()).abs() < 1e-15);
            }
        }
        let slope: f64 = StableMax.slope(1.0, 10.0);
        assert!((slope + 1.0 / 222.0).abs() < 1e-16, "{slope}");
    }
}
