use super::Stop;
use crate::data::Batch;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use ndarray::ArrayRef1;
use std::ops::ControlFlow;

/// One iterate with everything computed at it, as observers see it.
#[derive(Debug)]
pub struct Snapshot<'a, F: Real, M: Model<F>> {
    /// The number t of updates behind the iterate.
    pub step: u64,
    /// The mean loss of the batch.
    pub loss: F,
    /// The model.
    pub model: &'a M,
    /// The parameters θ_t.
    pub theta: &'a Params<F>,
    /// The gradient of the mean batch loss at θ_t.
    pub grad: &'a Params<F>,
    /// The batch.
    pub batch: &'a Batch<F>,
    /// The outputs f(x; θ_t) on the batch, shape `[batch]`.
    pub out: &'a ArrayRef1<F>,
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
