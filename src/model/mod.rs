//! Learners f(x; θ), with gradients derived by hand.

mod abreast;
mod affine;
mod any;
mod blocks;
mod deep_mlp;
mod disjoint_polynet;
mod factors;
pub mod fused;
mod mlp;
mod moved;
mod output_bias;
mod polynet;
mod readout;
mod transformer;

pub(crate) use abreast::{Abreast, RoomAbreast};
pub use any::AnyModel;
pub(crate) use blocks::KEPT;
pub use deep_mlp::DeepMlp;
pub use disjoint_polynet::DisjointPolyNet;
pub use mlp::Mlp;
pub use polynet::PolyNet;
pub use transformer::Transformer;

use crate::params::{Layout, Params};
use crate::real::Real;
use crate::signs::{Signs, wide};
use fused::{FusedStep, descend_by_grad};
use ndarray::{Array1, ArrayRef1, ArrayView1, s};
use std::fmt::Debug;
use std::sync::Arc;

/// The description of a learner: sizes and activation, but no weights.
///
/// What `Debug` prints identifies the model in checkpoints, so it should show every setting.
pub trait Architecture: Debug + Send + Sync {
    /// The number n of input coordinates.
    fn dim(&self) -> usize;
    /// The blocks that its parameters consist of.
    fn layout(&self) -> &Arc<Layout>;
    /// How many numbers a cache keeps of every example, roughly: it limits the batch size.
    ///
    /// The provided method says the number of parameters; a model that keeps less says so.
    fn activations(&self) -> usize {
        self.layout().len()
    }
    /// How many examples of a large batch a [`Trainer`](crate::train::Trainer) works on at a time.
    ///
    /// The provided method says as many as have 2¹⁷ activations, which processors keep near, in
    /// whole multiples of 64. It is part of the order of summation: in a larger batch, the
    /// gradients of the parts are added one after the other.
    fn rows_at_once(&self) -> usize {
        let rows = (1 << 17) / self.activations().max(1);
        (rows / 64 * 64).max(64)
    }
}

/// A function f(x; θ) of inputs and parameters, with its gradient in θ.
///
/// The laws, which [`check::model_laws`](crate::check::model_laws) tests for any model: `grad` is
/// the derivative of what `forward` writes, it *adds*, a batch gives what its rows give, and what
/// a cache was used for before makes no difference.
pub trait Model<F: Real>: Architecture {
    /// What the backward pass remembers of the forward pass.
    type Cache: Send;

    /// Room for batches of at most `batch` rows.
    fn cache(&self, batch: usize) -> Self::Cache;

    /// Writes f(x; θ). Shapes: x `[batch, n]`, out `[batch]`.
    ///
    /// # Panics
    /// If the shapes do not fit, or the batch is larger than the cache.
    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        out: &mut ArrayRef1<F>,
    );

    /// Adds Σᵢ d_outᵢ ∇θ f(xᵢ; θ) to `into`, for the `x` last passed to `forward`.
    ///
    /// Examples with d_outᵢ = 0 are left out of the sum, whatever their gradient.
    ///
    /// # Panics
    /// If the shapes do not fit.
    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    );

    /// f(x; θ) in a new array of shape `[batch]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    fn predict(&self, theta: &Params<F>, x: &Signs) -> Array1<F> {
        let mut out = Array1::zeros(x.rows());
        self.forward(theta, x, &mut self.cache(x.rows()), &mut out);
        out
    }

    /// The step that makes an update together with the gradient, for models that are faster so: see
    /// [`fused`].
    ///
    /// The provided method has none.
    fn fused(&self) -> Option<&dyn FusedStep<F, Self::Cache>> {
        None
    }
}

/// The examples that a backward pass has to look at, gathered side by side.
#[derive(Debug)]
struct Active {
    rows: Vec<usize>,
    x: Signs,
    /// 0, 1, …, for when all of them are.
    all: Vec<usize>,
}

impl Active {
    fn new(batch: usize, n: usize) -> Self {
        Active {
            rows: Vec::with_capacity(batch),
            all: (0..batch).collect(),
            x: Signs::ones(batch.max(1), n).expect("a model has at least one coordinate"),
        }
    }

    /// The examples with a non-zero derivative, and which ones these are.
    fn of<'a, F: Real>(
        &'a mut self,
        x: &'a Signs,
        d_out: &ArrayRef1<F>,
    ) -> (&'a Signs, &'a [usize]) {
        match self.gather(x, d_out) {
            true => (x, &self.all[..x.rows()]),
            false => (&self.x, &self.rows),
        }
    }

    /// The same with their derivatives gathered, too, so that they are examples 0, 1, ….
    fn with_derivatives<'a, F: Real>(
        &'a mut self,
        x: &'a Signs,
        d_out: &'a ArrayRef1<F>,
        into: &'a mut Array1<F>,
    ) -> (&'a Signs, &'a [usize], ArrayView1<'a, F>) {
        if self.gather(x, d_out) {
            return (x, &self.all[..x.rows()], d_out.view());
        }
        for (into, &row) in into.iter_mut().zip(&self.rows) {
            *into = d_out[row];
        }
        let count = self.rows.len();
        (&self.x, &self.all[..count], into.slice(s![..count]))
    }

    /// Gathers the examples with a non-zero derivative, unless all have one; says whether they do.
    fn gather<F: Real>(&mut self, x: &Signs, d_out: &ArrayRef1<F>) -> bool {
        let d_out = d_out.as_slice().expect("derivatives are contiguous");
        let is_active = |d: &&F| **d != F::zero();
        let are_all = wide(|| d_out.iter().filter(is_active).count()) == x.rows();
        if !are_all {
            list_active(d_out, &mut self.rows);
            self.x.gather(x, self.rows.iter().copied());
        }
        are_all
    }
}

/// Lists the examples with a non-zero derivative.
fn list_active<F: Real>(d_out: &[F], rows: &mut Vec<usize>) {
    rows.resize(d_out.len(), 0);
    let mut count = 0;
    for (row, &d) in d_out.iter().enumerate() {
        // Written over by the next one if it does not count, so no branch is to be guessed.
        rows[count] = row;
        count += usize::from(d != F::zero());
    }
    rows.truncate(count);
}
