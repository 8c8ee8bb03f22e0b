//! The step that updates parameters while it computes their gradient.
//!
//! It is a matter of speed alone: a model without it trains to the same bits.

use super::Model;
use crate::params::{Descent, Params};
use crate::real::Real;
use crate::signs::Signs;
use ndarray::ArrayRef1;

/// A step that makes an update together with the gradient that it follows, which is not stored.
///
/// A [`Model`] whose cache is `C` offers it by [`Model::fused`]. A
/// [`Trainer`](crate::train::Trainer) takes it if no observer needs the gradient and the update of
/// the optimizer is [plain descent](crate::optim::fused::PlainDescent).
/// [`check::model_laws`](crate::check::model_laws) compares it with the step that stores the gradient.
///
/// ```
/// use ndarray::ArrayRef1;
/// use sparse_parity::model::fused::FusedStep;
/// use sparse_parity::params::{Block, Descent, InitialDistribution, Layout};
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// /// f(x) = w·x.
/// #[derive(Debug)]
/// struct Linear {
///     n: usize,
///     layout: Arc<Layout>,
///     weight: Block<ndarray::Ix2>,
/// }
///
/// # impl Linear {
/// #     fn new(n: usize) -> Self {
/// #         let mut layout = Layout::default();
/// #         let weight = layout.block("weight", (1, n), InitialDistribution::Constant(0.0));
/// #         Linear { n, layout: layout.into(), weight }
/// #     }
/// # }
/// # impl Architecture for Linear {
/// #     fn dim(&self) -> usize { self.n }
/// #     fn layout(&self) -> &Arc<Layout> { &self.layout }
/// #     fn identity(&self) -> String { format!("Linear n={}", self.n) }
/// # }
/// impl<F: Real> Model<F> for Linear {
///     type Cache = ();
///     // forward and grad …
/// #     fn cache(&self, _: usize) {}
/// #     fn forward(&self, theta: &Params<F>, x: &Signs, _: &mut (), out: &mut ArrayRef1<F>) {
/// #         let mut z = ndarray::Array2::zeros((out.len(), 1));
/// #         x.project_add(&theta.view(&self.weight), &mut z);
/// #         out.assign(&z.column(0));
/// #     }
/// #     fn grad(&self, _: &Params<F>, x: &Signs, _: &mut (), d_out: &ArrayRef1<F>, into: &mut Params<F>) {
/// #         let d = d_out.to_owned().insert_axis(ndarray::Axis(1));
/// #         x.correlate_add(&d, &mut into.view_mut(&self.weight));
/// #     }
///     fn fused(&self) -> Option<&dyn FusedStep<F, ()>> {
///         Some(self)
///     }
/// }
///
/// impl<F: Real> FusedStep<F, ()> for Linear {
///     fn descend(
///         &self,
///         theta: &mut Params<F>,
///         x: &Signs,
///         cache: &mut (),
///         d_out: &ArrayRef1<F>,
///         descent: &Descent,
///         scratch: &mut Params<F>,
///     ) {
///         // A serious one would not store the gradient.
///         scratch.fill(F::zero());
///         self.grad(theta, x, cache, d_out, scratch);
///         descent.apply(theta, scratch);
///     }
/// }
///
/// sparse_parity::check::model_laws(&Linear::new(5), 1).unwrap();
/// ```
pub trait FusedStep<F: Real, C> {
    /// Makes an update by the gradient Σᵢ d_outᵢ ∇θ f(xᵢ; θ), for the `x` last passed to
    /// [`forward`](Model::forward).
    ///
    /// It gives the bits of [`grad`](Model::grad) on zeros followed by [`Descent::apply`]. `scratch`
    /// has the layout of θ: its contents are unspecified before and after the call.
    ///
    /// # Panics
    /// If the shapes do not fit.
    fn descend(
        &self,
        theta: &mut Params<F>,
        x: &Signs,
        cache: &mut C,
        d_out: &ArrayRef1<F>,
        descent: &Descent,
        scratch: &mut Params<F>,
    );
}

/// Makes an update by way of the stored gradient.
pub(super) fn descend_by_grad<F: Real, M: Model<F>>(
    model: &M,
    theta: &mut Params<F>,
    x: &Signs,
    cache: &mut M::Cache,
    d_out: &ArrayRef1<F>,
    descent: &Descent,
    scratch: &mut Params<F>,
) {
    scratch.fill(F::zero());
    model.grad(theta, x, cache, d_out, scratch);
    descent.apply(theta, scratch);
}
