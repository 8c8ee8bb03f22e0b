use super::{Activation, Facts};
use crate::real::Real;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// The Gaussian error linear unit σ(z) = z Φ(z), with the distribution function Φ of the standard
/// normal distribution.
///
/// Its slope is Φ(z) + z φ(z), with the density φ. It is the exact function; some programs have an
/// approximation by a hyperbolic tangent under the same name.
///
/// Hendrycks and Gimpel, *Gaussian error linear units (GELUs)*, 2016.
///
/// ```
/// use sparse_parity::activation::{Activation, Gelu};
///
/// assert_eq!((Gelu.value(0.0), Gelu.slope(0.0)), (0.0, 0.5));
/// assert!((Gelu.value(1.0_f64) - 0.841_344_746_068_543).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gelu;

/// Φ(z), precise to the last digits in the lower tail, too.
fn distribution<F: Real>(z: F) -> F {
    F::of(0.5) * (F::of(-FRAC_1_SQRT_2) * z).portable_erfc()
}

/// φ(z) = exp(−z²/2)/√(2π).
fn density<F: Real>(z: F) -> F {
    F::of(0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI) * (F::of(-0.5) * z * z).portable_exp()
}

impl Activation for Gelu {
    fn value<F: Real>(&self, z: F) -> F {
        z * distribution(z)
    }

    fn slope<F: Real>(&self, z: F) -> F {
        distribution(z) + z * density(z)
    }

    fn facts(&self) -> Facts {
        Facts {
            degree: None,
            // It falls to its only minimum, near −0.75, and rises from there.
            sign_changes: Some(2),
            is_nonnegative: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        super::super::tests::assert_slope(&Gelu);
    }

    #[test]
    fn values_and_slopes_are_those_of_a_computation_in_forty_digits() {
        // By mpmath: z*ncdf(z), and ncdf(z) + z*npdf(z).
        super::super::tests::assert_table(&Gelu, TABLE);
    }

    const TABLE: [(f64, f64, f64); 7] = [
        (-8.0, -4.976_768_459_417_427e-15, -3.979_607_261_086_796e-14),
        (
            -3.5,
            -0.000_814_201_776_624_337_6,
            -0.002_821_760_353_624_635,
        ),
        (-1.0, -0.158_655_253_931_457_05, -0.083_315_470_587_686_29),
        (-0.25, -0.100_323_418_579_269_07, 0.304_626_645_116_363_95),
        (0.5, 0.345_731_230_637_006_56, 0.867_495_124_656_162_9),
        (2.0, 1.954_499_736_103_641_6, 1.085_231_801_078_197),
        (6.0, 5.999_999_994_080_474, 1.000_000_035_468_709_5),
    ];
}
