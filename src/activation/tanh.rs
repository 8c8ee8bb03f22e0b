use super::{Activation, Facts};
use crate::real::Real;

/// The hyperbolic tangent σ(z) = (eᶻ − e⁻ᶻ)/(eᶻ + e⁻ᶻ).
///
/// Its slope is 4/(eᶻ + e⁻ᶻ)², computed without the cancellation of 1 − σ(z)².
///
/// LeCun, Bottou, Orr and Müller, *Efficient BackProp*, 1998, compare sigmoids.
///
/// ```
/// use sparse_parity::activation::{Activation, Tanh};
///
/// assert_eq!((Tanh.value(0.0), Tanh.slope(0.0)), (0.0, 1.0));
/// assert_eq!(Tanh.value(-2.0_f64), -Tanh.value(2.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tanh;

impl Activation for Tanh {
    fn value<F: Real>(&self, z: F) -> F {
        z.portable_tanh()
    }

    fn slope<F: Real>(&self, z: F) -> F {
        let small = (-z.abs()).portable_exp();
        let root = (small + small) / (F::one() + small * small);
        root * root
    }

    fn facts(&self) -> Facts {
        Facts {
            degree: None,
            // It rises everywhere.
            sign_changes: Some(1),
            is_nonnegative: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_slope, assert_table};
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        assert_slope(&Tanh);
    }

    #[test]
    fn values_and_slopes_are_those_of_a_computation_in_forty_digits() {
        // By mpmath: tanh(z), and 1 - tanh(z)**2.
        assert_table(
            &Tanh,
            [
                (-8.0, -0.999_999_774_929_675_8, 4.501_405_975_637_291_5e-7),
                (-3.5, -0.998_177_897_611_198_7, 0.003_640_884_720_487_306),
                (-1.0, -0.761_594_155_955_764_9, 0.419_974_341_614_026_1),
                (-0.25, -0.244_918_662_403_709_13, 0.940_014_848_806_378),
                (0.5, 0.462_117_157_260_009_74, 0.786_447_732_965_927_4),
                (2.0, 0.964_027_580_075_816_9, 0.070_650_824_853_164_47),
                (6.0, 0.999_987_711_650_795_6, 2.457_654_740_533_270_2e-5),
            ],
        );
    }

    #[test]
    fn far_out_it_is_flat() {
        for z in [800.0, f64::INFINITY] {
            assert_eq!((Tanh.value(z), Tanh.slope(z)), (1.0, 0.0));
            assert_eq!((Tanh.value(-z), Tanh.slope(-z)), (-1.0, 0.0));
        }
    }
}
