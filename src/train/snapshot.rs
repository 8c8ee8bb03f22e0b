use crate::data::Batch;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use ndarray::ArrayRef1;
use std::cell::{Cell, OnceCell};
use std::fmt;

/// One iterate with everything computed at it, as observers see it.
///
/// The gradient is computed when an observer asks for it: an update may need less than that.
pub struct Snapshot<'a, F: Real, M: Model<F>> {
    /// The number t of updates behind the iterate.
    pub step: u64,
    /// The mean loss of the batch.
    pub loss: F,
    /// The model.
    pub model: &'a M,
    /// The parameters θ_t.
    pub theta: &'a Params<F>,
    /// The batch.
    pub batch: &'a Batch<F>,
    /// The outputs f(x; θ_t) on the batch, shape `[batch]`.
    pub out: &'a ArrayRef1<F>,
    pub(super) grad: OnceCell<&'a Params<F>>,
    /// What the gradient is computed with, until it is.
    pub(super) backward: Cell<Option<Backward<'a, F, M>>>,
}

/// What a gradient is computed with.
pub(super) struct Backward<'a, F: Real, M: Model<F>> {
    pub(super) cache: &'a mut M::Cache,
    pub(super) d_out: &'a ArrayRef1<F>,
    pub(super) into: &'a mut Params<F>,
}

impl<F: Real, M: Model<F>> Snapshot<'_, F, M> {
    /// The gradient of the mean batch loss at θ_t.
    pub fn grad(&self) -> &Params<F> {
        self.grad.get_or_init(|| {
            let backward = self.backward.take();
            let Backward { cache, d_out, into } = backward.expect("it is taken but once");
            into.fill(F::zero());
            self.model
                .grad(self.theta, &self.batch.x, cache, d_out, into);
            into
        })
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for Snapshot<'_, F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("step", &self.step)
            .field("loss", &self.loss)
            .field("model", &self.model)
            .field("theta", &self.theta)
            .field("batch", &self.batch)
            .field("out", &self.out)
            .finish_non_exhaustive()
    }
}
