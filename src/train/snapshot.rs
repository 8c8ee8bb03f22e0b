use super::Stop;
use crate::data::Batch;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use ndarray::ArrayRef1;
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::ops::ControlFlow;

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

/// Something that looks at the iterates of a run and may end it.
///
/// The observers that come with the crate are in [`measure`](crate::measure). `()` looks at
/// nothing; of a pair both see every iterate, and the run ends if either says so. Lend an
/// observer as `&mut observer` and read it afterwards.
///
/// ```
/// use sparse_parity::prelude::*;
/// use std::ops::ControlFlow;
///
/// /// Ends the run when the batch loss is small.
/// struct SmallLoss(f64);
///
/// impl<F: Real, M: Model<F>> Observer<F, M> for SmallLoss {
///     fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
///         if at.loss.as_f64() < self.0 {
///             return ControlFlow::Break(Stop::Solved { step: at.step });
///         }
///         ControlFlow::Continue(())
///     }
/// }
/// ```
pub trait Observer<F: Real, M: Model<F>> {
    /// Looks at one iterate; `Break` ends the run there.
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop>;
}

impl<F: Real, M: Model<F>> Observer<F, M> for () {
    fn observe(&mut self, _: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        ControlFlow::Continue(())
    }
}

impl<F: Real, M: Model<F>, A: Observer<F, M>, B: Observer<F, M>> Observer<F, M> for (A, B) {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        let (first, second) = (self.0.observe(at), self.1.observe(at));
        first?;
        second
    }
}

impl<F: Real, M: Model<F>, O: Observer<F, M> + ?Sized> Observer<F, M> for &mut O {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        (**self).observe(at)
    }
}

impl<F: Real, M: Model<F>, O: Observer<F, M>> Observer<F, M> for Option<O> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        match self {
            Some(observer) => observer.observe(at),
            None => ControlFlow::Continue(()),
        }
    }
}
