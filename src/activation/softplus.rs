use super::{Activation, Facts};
use crate::real::Real;

/// The smooth rectifier σ(z) = ln(1 + eᶻ), whose slope is the logistic function 1/(1 + e⁻ᶻ).
///
/// It is computed as max(0, z) + ln(1 + e^−|z|), which neither overflows nor cancels.
///
/// Dugas, Bengio, Bélisle, Nadeau and Garcia, *Incorporating second-order functional knowledge for better option pricing*,
/// 2000.
///
/// ```
/// use sparse_parity::activation::{Activation, Softplus};
///
/// assert_eq!(Softplus.slope(0.0), 0.5);
/// assert!((Softplus.value(0.0_f64) - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!(Softplus.value(1000.0), 1000.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Softplus;

/// The logistic function 1/(1 + e⁻ᶻ), precise in the lower tail, too.
pub(super) fn logistic<F: Real>(z: F) -> F {
    F::one() / (F::one() + (-z).portable_exp())
}

impl Activation for Softplus {
    fn value<F: Real>(&self, z: F) -> F {
        // The maximum alone would lose NaN, the sum does not.
        z.max(F::zero()) + (-z.abs()).portable_exp().portable_ln_1p()
    }

    fn slope<F: Real>(&self, z: F) -> F {
        logistic(z)
    }

    fn facts(&self) -> Facts {
        Facts {
            degree: None,
            // It rises everywhere.
            sign_changes: Some(1),
            is_nonnegative: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_slope, assert_table};
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        assert_slope(&Softplus);
    }

    #[test]
    fn values_and_slopes_are_those_of_a_computation_in_forty_digits() {
        // By mpmath: log1p(exp(z)), and 1/(1 + exp(-z)).
        assert_table(
            &Softplus,
            [
                (
                    -8.0,
                    0.000_335_406_372_895_768_85,
                    0.000_335_350_130_466_478_1,
                ),
                (-3.5, 0.029_750_418_272_620_566, 0.029_312_230_751_356_32),
                (-1.0, 0.313_261_687_518_222_8, 0.268_941_421_369_995_1),
                (-0.25, 0.575_939_419_878_843_6, 0.437_823_499_114_201_9),
                (0.5, 0.974_076_984_180_106_7, 0.622_459_331_201_854_6),
                (2.0, 2.126_928_011_042_972_5, 0.880_797_077_977_882_4),
                (6.0, 6.002_475_685_137_73, 0.997_527_376_843_365_2),
            ],
        );
    }

    #[test]
    fn far_out_it_is_the_rectifier() {
        assert_eq!((Softplus.value(-800.0), Softplus.slope(-800.0)), (0.0, 0.0));
        assert_eq!((Softplus.value(800.0), Softplus.slope(800.0)), (800.0, 1.0));
        assert!(Softplus.value(f64::NAN).is_nan() && Softplus.slope(f64::NAN).is_nan());
    }
}
