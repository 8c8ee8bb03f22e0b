//! Losses ℓ(y, f) of a label y ∈ {±1} and an output f.

mod correlation;
mod cross_entropy;
mod hinge;
mod square;
mod stable_max;

pub use correlation::Correlation;
pub use cross_entropy::CrossEntropy;
pub use hinge::Hinge;
pub use square::Square;
pub use stable_max::StableMax;

use crate::real::{Real, sum_of};
use crate::simd::{Simd, WithSimd, dispatch};
use ndarray::ArrayRef1;
use std::fmt::Debug;
use std::sync::Arc;

/// A loss ℓ(y, f), pointwise, with its derivative in f.
///
/// The law: `slope` is ∂ℓ/∂f wherever it exists, and a NaN output gives a NaN loss, so that a
/// diverged run is seen at once. The means over a batch are provided.
/// References, `Box` and `Arc` of a loss are losses.
///
/// ```
/// use ndarray::array;
/// use sparse_parity::loss::{Hinge, Loss};
///
/// let (y, f) = (array![1.0, -1.0], array![0.25, 3.0]);
/// assert_eq!(Hinge.mean(&y, &f), (0.75 + 4.0) / 2.0);
/// ```
///
/// A loss of one's own is these two functions:
///
/// ```
/// use sparse_parity::prelude::*;
///
/// /// The quantile loss of y − f: τ times what is missing, 1 − τ times what is too much.
/// #[derive(Debug)]
/// struct Quantile {
///     tau: f64,
/// }
///
/// impl<F: Real> Loss<F> for Quantile {
///     fn value(&self, y: F, f: F) -> F {
///         self.slope(y, f) * (f - y)
///     }
///     fn slope(&self, y: F, f: F) -> F {
///         if f < y { F::of(-self.tau) } else { F::of(1.0 - self.tau) }
///     }
/// }
///
/// assert_eq!(Quantile { tau: 0.75 }.value(1.0, 0.0), 0.75);
/// let losses = [0.25, 0.5, 0.75].map(|tau| Quantile { tau });
/// sparse_parity::check::loss_identities(&losses).unwrap();
/// ```
pub trait Loss<F: Real>: Debug + Send + Sync {
    /// ℓ(y, f).
    fn value(&self, y: F, f: F) -> F;

    /// ∂ℓ/∂f at (y, f).
    fn slope(&self, y: F, f: F) -> F;

    /// The kind of the loss with every setting, which identifies it in checkpoints.
    ///
    /// [`check::loss_identities`](crate::check::loss_identities) finds a setting that is missing. The provided method
    /// returns what `Debug` writes, which has every field if it is derived.
    fn identity(&self) -> String {
        format!("{self:?}")
    }

    /// A bound on |f| below which the loss is finite, and so is its sum over 2³⁶ examples.
    ///
    /// With it, networks that train in lockstep need not evaluate the loss to see that none has
    /// diverged. The provided method gives 0, which promises nothing: the loss is evaluated.
    fn finite_below(&self) -> F {
        F::zero()
    }

    /// Whether ℓ(y, f) ≥ 0 for all y and f.
    ///
    /// With it, the sum of many losses need not be completed once it exceeds a bound. The provided method promises
    /// nothing.
    fn is_non_negative(&self) -> bool {
        false
    }

    /// The mean loss of a batch; shapes: both `[batch]`.
    ///
    /// # Panics
    /// If the lengths differ or an array is not contiguous.
    fn mean(&self, y: &ArrayRef1<F>, f: &ArrayRef1<F>) -> F {
        assert!(
            y.len() == f.len(),
            "a batch has B = {} labels and {} outputs; give the outputs on this batch",
            y.len(),
            f.len()
        );
        let (y, f) = (contiguous(y), contiguous(f));
        dispatch(Values { loss: self, y, f }) / F::of(y.len() as f64)
    }

    /// Writes the gradient of the mean loss in the outputs, ∂ℓ/∂f ÷ batch; shapes: all `[batch]`.
    ///
    /// # Panics
    /// If the lengths differ or an array is not contiguous.
    fn mean_grad(&self, y: &ArrayRef1<F>, f: &ArrayRef1<F>, into: &mut ArrayRef1<F>) {
        self.slopes(y, f, F::one() / F::of(y.len() as f64), into);
    }

    /// Writes `share` times ∂ℓ/∂f of every example; shapes: all `[batch]`.
    ///
    /// # Panics
    /// If the lengths differ or an array is not contiguous.
    fn slopes(&self, y: &ArrayRef1<F>, f: &ArrayRef1<F>, share: F, into: &mut ArrayRef1<F>) {
        assert!(
            y.len() == f.len() && y.len() == into.len(),
            "a batch has B = {} labels, {} outputs and {} slopes; give as many of each",
            y.len(),
            f.len(),
            into.len()
        );
        let (y, f) = (contiguous(y), contiguous(f));
        let into = into.as_slice_mut().expect(CONTIGUOUS);
        dispatch(|| {
            for ((into, &y), &f) in into.iter_mut().zip(y).zip(f) {
                *into = self.slope(y, f) * share;
            }
        });
    }
}

/// The sum of the losses.
struct Values<'a, F, L: ?Sized> {
    loss: &'a L,
    y: &'a [F],
    f: &'a [F],
}

impl<F: Real, L: Loss<F> + ?Sized> WithSimd for Values<'_, F, L> {
    type Output = F;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> F {
        sum_of(self.y, self.f, |y, f| self.loss.value(y, f))
    }
}

/// Implements the trait for what dereferences to a loss. A choice at run time costs one virtual call
/// a batch.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<F: Real, L: Loss<F> + ?Sized> Loss<F> for $pointer {
            fn value(&self, y: F, f: F) -> F {
                (**self).value(y, f)
            }
            fn slope(&self, y: F, f: F) -> F {
                (**self).slope(y, f)
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
            fn finite_below(&self) -> F {
                (**self).finite_below()
            }
            fn is_non_negative(&self) -> bool {
                (**self).is_non_negative()
            }
            fn mean(&self, y: &ArrayRef1<F>, f: &ArrayRef1<F>) -> F {
                (**self).mean(y, f)
            }
            fn mean_grad(&self, y: &ArrayRef1<F>, f: &ArrayRef1<F>, into: &mut ArrayRef1<F>) {
                (**self).mean_grad(y, f, into);
            }
            fn slopes(
                &self,
                y: &ArrayRef1<F>,
                f: &ArrayRef1<F>,
                share: F,
                into: &mut ArrayRef1<F>,
            ) {
                (**self).slopes(y, f, share, into);
            }
        }
    };
}

impl_for_pointer!(&L);
impl_for_pointer!(Box<L>);
impl_for_pointer!(Arc<L>);

fn contiguous<F>(array: &ArrayRef1<F>) -> &[F] {
    array.as_slice().expect(CONTIGUOUS)
}

const CONTIGUOUS: &str = "labels, outputs and derivatives are contiguous arrays";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Compares slope and central difference, and demands that NaN and large outputs behave.
    pub(crate) fn assert_loss(loss: &impl Loss<f64>) {
        for y in [-1.0, 1.0] {
            for step in -60..60 {
                let f = 0.1 * f64::from(step) + 0.033;
                let h = 1e-6;
                let difference = (loss.value(y, f + h) - loss.value(y, f - h)) / (2.0 * h);
                assert!(
                    (loss.slope(y, f) - difference).abs() < 1e-7,
                    "{loss:?} {y} {f}"
                );
            }
            assert!(loss.value(y, f64::NAN).is_nan(), "{loss:?} hides NaN");
            for f in [-1e3, 1e3] {
                assert!(loss.value(y, f).is_finite() && loss.slope(y, f).is_finite());
            }
            let far = (-60..60).map(|step| f64::from(step).powi(3));
            let is_negative = |f| loss.value(y, f) < 0.0;
            assert_eq!(
                far.clone().chain(far.map(|f| f / 1e6)).any(is_negative),
                !loss.is_non_negative(),
                "{loss:?}"
            );
            // In single precision, too, the sum of 2³⁶ losses is finite.
            let bound = loss.finite_below();
            assert!(bound > 0.0, "{loss:?} states no bound");
            for f in [-bound, bound] {
                assert!(loss.value(y, f).abs() * 2.0_f64.powi(36) < f64::from(f32::MAX));
            }
        }
    }

    #[test]
    fn a_boxed_loss_is_the_loss() {
        let y = ndarray::array![1.0, -1.0, 1.0];
        let f = ndarray::array![0.3, 0.2, -4.0];
        let boxed: Box<dyn Loss<f64>> = Box::new(CrossEntropy);
        assert_eq!(boxed.mean(&y, &f), CrossEntropy.mean(&y, &f));
        let (mut a, mut b) = (y.clone(), y.clone());
        boxed.mean_grad(&y, &f, &mut a);
        CrossEntropy.mean_grad(&y, &f, &mut b);
        assert_eq!(a, b);
        assert_eq!(boxed.value(1.0, 0.3), CrossEntropy.value(1.0, 0.3));
        assert_eq!(boxed.slope(1.0, 0.3), CrossEntropy.slope(1.0, 0.3));
        let bound = Loss::<f64>::finite_below(&CrossEntropy);
        assert_eq!(boxed.finite_below(), bound);
        assert!(boxed.is_non_negative());
    }
}
