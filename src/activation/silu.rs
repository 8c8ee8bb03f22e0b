use super::softplus::logistic;
use super::{Activation, Facts};
use crate::real::Real;

/// The sigmoid linear unit σ(z) = z/(1 + e⁻ᶻ), also called swish.
///
/// With the logistic function s, its slope is s(z) (1 + z s(−z)).
///
/// Elfwing, Uchibe and Doya, *Sigmoid-weighted linear units for neural network function approximation in reinforcement
/// learning*, 2018.
///
/// ```
/// use sparse_parity::activation::{Activation, Silu};
///
/// assert_eq!((Silu.value(0.0), Silu.slope(0.0)), (0.0, 0.5));
/// assert!(Silu.value(-1.0) < 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Silu;

impl Activation for Silu {
    fn value<F: Real>(&self, z: F) -> F {
        z * logistic(z)
    }

    fn slope<F: Real>(&self, z: F) -> F {
        logistic(z) * (F::one() + z * logistic(-z))
    }

    fn facts(&self) -> Facts {
        Facts {
            degree: None,
            // It falls to its only minimum, near −1.28, and rises from there.
            sign_changes: Some(2),
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
        assert_slope(&Silu);
    }

    #[test]
    fn values_and_slopes_are_those_of_a_computation_in_forty_digits() {
        // By mpmath: z/(1 + exp(-z)), and s*(1 + z*(1 - s)) with s = 1/(1 + exp(-z)).
        assert_table(
            &Silu,
            [
                (
                    -8.0,
                    -0.002_682_801_043_731_825,
                    -0.002_346_551_235_585_315_7,
                ),
                (-3.5, -0.102_592_807_629_747_11, -0.070_273_352_827_718_14),
                (-1.0, -0.268_941_421_369_995_1, 0.072_329_488_128_513_27),
                (-0.25, -0.109_455_874_778_550_47, 0.376_289_978_429_802_33),
                (0.5, 0.311_229_665_600_927_3, 0.739_961_187_302_651_8),
                (2.0, 1.761_594_155_955_764_9, 1.090_784_248_784_895_5),
                (6.0, 5.985_164_261_060_191, 1.012_326_432_591_525_5),
            ],
        );
    }
}
