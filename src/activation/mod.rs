//! Activations σ, as two scalar functions.

mod facts;
mod form;
mod gelu;
mod infinite_zigzag;
mod kind;
mod oscillating;
mod power;
mod relu;
mod scaled;
mod silu;
mod sine;
mod softplus;
mod tanh;
mod zigzag;

pub use facts::Facts;
pub use form::{Form, Kink};
pub use gelu::Gelu;
pub use infinite_zigzag::InfiniteZigzag;
pub use kind::{ActivationKind, ActivationVisitor};
pub use oscillating::OscillatingPolynomial;
pub use power::Power;
pub use relu::Relu;
pub use scaled::Scaled;
pub use silu::Silu;
pub use sine::Sine;
pub use softplus::Softplus;
pub use tanh::Tanh;
pub use zigzag::Zigzag;

use crate::real::Real;
use std::fmt::Debug;
use std::sync::Arc;

/// An activation σ: ℝ → ℝ with its derivative.
///
/// The law: `slope` is the derivative of `value` wherever it exists, NaN goes in and NaN comes
/// out, and the same bits come out on every machine (only `+ − × ÷ √` and the `portable_*`
/// functions of [`Real`]). References and `Arc` of an activation are activations. To add your own, write these two functions:
///
/// ```
/// use sparse_parity::prelude::*;
///
/// #[derive(Debug, Clone)]
/// struct Softsign;
///
/// impl Activation for Softsign {
///     fn value<F: Real>(&self, z: F) -> F {
///         z / (F::one() + z.abs())
///     }
///     fn slope<F: Real>(&self, z: F) -> F {
///         let root = F::one() + z.abs();
///         F::one() / (root * root)
///     }
/// }
///
/// let model = Mlp::new(50, 100, Softsign)?;
/// sparse_parity::check::model_laws(&model, 1).unwrap();
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Activation: Debug + Send + Sync {
    /// σ(z).
    fn value<F: Real>(&self, z: F) -> F;
    /// σ'(z); at a kink, the derivative from the left unless the activation says otherwise.
    fn slope<F: Real>(&self, z: F) -> F;

    /// What kind of function σ is for |z| ≤ `reach`; [`Form::Other`] unless the activation says
    /// otherwise.
    fn form(&self, reach: f64) -> Form {
        let _ = reach;
        Form::Other
    }

    /// What is known of σ; nothing unless the activation says otherwise.
    fn facts(&self) -> Facts {
        Facts::default()
    }

    /// Writes σ(z) for every z, the bits of [`value`](Activation::value).
    ///
    /// To be overridden where a loop over `value` would not become vectors: where it calls a
    /// function or has a loop of its own.
    ///
    /// # Panics
    /// If the slices differ in length.
    #[inline(always)]
    fn values<F: Real>(&self, z: &[F], out: &mut [F]) {
        assert_eq!(z.len(), out.len(), "one value a number");
        for (out, &z) in out.iter_mut().zip(z) {
            *out = self.value(z);
        }
    }

    /// Writes σ'(z) for every z, the bits of [`slope`](Activation::slope).
    ///
    /// # Panics
    /// If the slices differ in length.
    #[inline(always)]
    fn slopes<F: Real>(&self, z: &[F], out: &mut [F]) {
        assert_eq!(z.len(), out.len(), "one slope a number");
        for (out, &z) in out.iter_mut().zip(z) {
            *out = self.slope(z);
        }
    }
}

/// Implements the trait for what dereferences to an activation.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<A: Activation + ?Sized> Activation for $pointer {
            #[inline(always)]
            fn value<F: Real>(&self, z: F) -> F {
                (**self).value(z)
            }
            #[inline(always)]
            fn slope<F: Real>(&self, z: F) -> F {
                (**self).slope(z)
            }
            fn form(&self, reach: f64) -> Form {
                (**self).form(reach)
            }
            fn facts(&self) -> Facts {
                (**self).facts()
            }
            #[inline(always)]
            fn values<F: Real>(&self, z: &[F], out: &mut [F]) {
                (**self).values(z, out);
            }
            #[inline(always)]
            fn slopes<F: Real>(&self, z: &[F], out: &mut [F]) {
                (**self).slopes(z, out);
            }
        }
    };
}

impl_for_pointer!(&A);
impl_for_pointer!(Arc<A>);

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Compares the values at the knots z = −k, −k + 2, …, k with (−1)^((k−z)/2), in both precisions.
    pub(crate) fn assert_interpolates(activation: &impl Activation, k: usize, tolerance: f64) {
        for knot in 0..=k {
            let z = k as f64 - 2.0 * knot as f64;
            let expected = if knot % 2 == 0 { 1.0 } else { -1.0 };
            let (double, single) = (activation.value(z), activation.value(z as f32));
            for value in [double, f64::from(single)] {
                let close = (value - expected).abs() <= tolerance;
                assert!(
                    close,
                    "{activation:?} at {z}: {value} instead of {expected}"
                );
            }
        }
    }

    /// Compares values and slopes with a table of (z, σ(z), σ'(z)).
    ///
    /// The rounding of z²/2 counts z²/2 times in an exponential of it.
    pub(crate) fn assert_table(
        activation: &impl Activation,
        table: impl IntoIterator<Item = (f64, f64, f64)>,
    ) {
        for (z, value, slope) in table {
            let roundings = 4.0 + z * z;
            let computed = [activation.value(z), activation.slope(z)];
            for (found, expected) in computed.into_iter().zip([value, slope]) {
                let distance = (found - expected).abs();
                let most = roundings * f64::EPSILON * expected.abs();
                assert!(distance <= most, "{activation:?}: {found} at {z}");
            }
            let distance = (f64::from(activation.value(z as f32)) - value).abs();
            let most = roundings * f64::from(f32::EPSILON) * value.abs();
            assert!(distance <= most, "{activation:?}: {distance} at {z}");
        }
    }

    /// Compares the slope with a central difference at points away from kinks.
    pub(crate) fn assert_slope(activation: &impl Activation) {
        for step in -40..40 {
            let z = 0.1 * f64::from(step) + 0.037;
            let h = 1e-6;
            let difference = (activation.value(z + h) - activation.value(z - h)) / (2.0 * h);
            let slope = activation.slope(z);
            assert!(
                (slope - difference).abs() < 1e-7 * (1.0 + slope.abs()),
                "{activation:?} at {z}: slope {slope}, difference {difference}"
            );
        }
        assert!(
            activation.value(f64::NAN).is_nan(),
            "{activation:?} hides NaN"
        );
        assert_all::<f32>(activation);
        assert_all::<f64>(activation);
    }

    /// Compares many values and slopes at a time with one, for every length of the last block.
    fn assert_all<F: Real>(activation: &impl Activation) {
        let far = [1e9, -1e9, f64::NAN, f64::INFINITY];
        let near = (0..36).map(|i| 0.37 * f64::from(i) - 6.0);
        let z: Vec<F> = near.chain(far).map(F::of).collect();
        let bits = |x: F| x.as_f64().to_bits();
        for len in 0..=z.len() {
            let (z, mut values) = (&z[..len], vec![F::zero(); len]);
            let mut slopes = values.clone();
            activation.values(z, &mut values);
            activation.slopes(z, &mut slopes);
            for ((&z, &value), &slope) in z.iter().zip(&values).zip(&slopes) {
                let one = [activation.value(z), activation.slope(z)];
                for (one, of_many) in one.into_iter().zip([value, slope]) {
                    let both_nan = one.is_nan() && of_many.is_nan();
                    assert!(
                        bits(one) == bits(of_many) || both_nan,
                        "{activation:?} at {z}"
                    );
                }
            }
        }
    }
}
