use crate::data::Batch;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use ndarray::ArrayRef1;
use std::cell::{Cell, OnceCell};
use std::fmt;

/// One iterate with everything computed at it, as observers see it.
///
/// It is the same for every kind of run, so that the same observers serve all of them:
///
/// | run | loss | outputs | time |
/// |---|---|---|---|
/// | [`Trainer`](super::Trainer) | mean over the batch | on the batch | number of updates |
/// | [`PopulationTrainer`](super::PopulationTrainer) | L(θ) | none | number of updates |
/// | `FlowTrainer` (feature `flow`) | L(θ) | none | time of the flow |
///
/// The gradient is computed when [`grad`](Snapshot::grad) is called: an update may need less than that.
///
/// A snapshot can be made by hand, to test a measure or an observer:
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(10, 2)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let mut moved = theta.clone();
/// moved.as_mut_slice()[3] += 0.5;
/// let grad = Params::zeros(model.layout());
/// let at = Snapshot::new(&model, &moved, 0.75, &grad)?.at_step(20);
///
/// let mut rho = WeightMovement::new(&theta, "factor.weight")?;
/// assert!((rho.measure(&at) - 0.5).abs() < 1e-12);
/// assert_eq!(BatchLoss.measure(&at), 0.75);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[non_exhaustive]
pub struct Snapshot<'a, F: Real, M: Model<F>> {
    /// The number t of updates behind the iterate; of a flow, the number of iterates shown before.
    pub step: u64,
    /// The time of the iterate: that of the flow, or else the number of updates.
    pub time: f64,
    /// The mean loss of the batch, or the loss L(θ_t) of the population.
    pub loss: f64,
    /// The model.
    pub model: &'a M,
    /// The parameters θ_t.
    pub theta: &'a Params<F>,
    /// The batch and the outputs on it; `None` if the loss is that of the population.
    pub outputs: Option<Outputs<'a, F>>,
    pub(super) grad: OnceCell<&'a Params<F>>,
    /// What the gradient is computed with, until it is.
    pub(super) backward: Cell<Option<Backward<'a, F, M>>>,
}

/// A batch and the outputs of a model on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outputs<'a, F: Real> {
    /// The batch.
    pub batch: &'a Batch<F>,
    /// The outputs f(x; θ_t) on the batch, shape `[batch]`.
    pub out: &'a ArrayRef1<F>,
}

/// What a gradient is computed with.
pub(super) struct Backward<'a, F: Real, M: Model<F>> {
    pub(super) cache: &'a mut M::Cache,
    pub(super) batch: &'a Batch<F>,
    pub(super) d_out: &'a ArrayRef1<F>,
    pub(super) into: &'a mut Params<F>,
}

impl<'a, F: Real, M: Model<F>> Snapshot<'a, F, M> {
    /// The iterate θ with the loss and its gradient there, at step 0 and without a batch.
    ///
    /// # Errors
    /// [`Error::ForeignParams`] if θ or the gradient was made for another model.
    pub fn new(model: &'a M, theta: &'a Params<F>, loss: f64, grad: &'a Params<F>) -> Result<Self> {
        theta.belongs_to(model.layout())?;
        grad.belongs_to(model.layout())?;
        Ok(Snapshot::of_population((0, 0.0), model, theta, loss, grad))
    }

    /// The same iterate after so many updates, which are also its time.
    #[must_use]
    pub fn at_step(self, step: u64) -> Self {
        let time = step as f64;
        Snapshot { step, time, ..self }
    }

    /// The same iterate at that time of a flow.
    #[must_use]
    pub fn at_time(self, time: f64) -> Self {
        Snapshot { time, ..self }
    }

    /// The same iterate with a batch and the outputs on it.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the inputs have another dimension than the model, or if there is not
    /// one label and one output for every input; [`Error::Zero`] without examples.
    pub fn with_outputs(self, batch: &'a Batch<F>, out: &'a ArrayRef1<F>) -> Result<Self> {
        super::parts::same_dim(self.model.dim(), batch.x.dim())?;
        batch.check()?;
        if out.len() != batch.len() {
            return Err(Error::Mismatch {
                what: "the number of outputs",
                expected: batch.len(),
                found: out.len(),
                repair: "give the outputs on this batch",
            });
        }
        let outputs = Some(Outputs { batch, out });
        Ok(Snapshot { outputs, ..self })
    }

    /// An iterate without a batch.
    pub(super) fn of_population(
        (step, time): (u64, f64),
        model: &'a M,
        theta: &'a Params<F>,
        loss: f64,
        grad: &'a Params<F>,
    ) -> Self {
        Snapshot {
            step,
            time,
            loss,
            model,
            theta,
            outputs: None,
            grad: OnceCell::from(grad),
            backward: Cell::new(None),
        }
    }

    /// The gradient of the loss at θ_t.
    pub fn grad(&self) -> &Params<F> {
        self.grad.get_or_init(|| {
            let backward = self.backward.take().expect("it is taken once");
            let Backward {
                cache,
                batch,
                d_out,
                into,
            } = backward;
            into.fill(F::zero());
            self.model.grad(self.theta, &batch.x, cache, d_out, into);
            into
        })
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for Snapshot<'_, F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("step", &self.step)
            .field("time", &self.time)
            .field("loss", &self.loss)
            .field("model", &self.model)
            .field("theta", &self.theta)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Architecture, PolyNet};
    use ndarray::{Array1, array};

    #[test]
    fn what_does_not_belong_together_makes_no_snapshot() {
        let (model, other) = (PolyNet::new(4, 2).unwrap(), PolyNet::new(5, 2).unwrap());
        let [own, foreign] = [&model, &other].map(|m| Params::<f64>::zeros(m.layout()));
        assert!(Snapshot::new(&model, &foreign, 0.0, &own).is_err());
        assert!(Snapshot::new(&model, &own, 0.0, &foreign).is_err());
        let at = || Snapshot::new(&model, &own, 0.5, &own).unwrap();
        let out: Array1<f64> = array![0.5, -0.5, 1.0];
        let [three, two, wide] = [(3, 4), (2, 4), (3, 5)].map(|(b, n)| Batch::new(b, n).unwrap());
        assert!(at().with_outputs(&two, &out).is_err());
        assert!(at().with_outputs(&wide, &out).is_err());
        let shown = at().at_step(7).with_outputs(&three, &out).unwrap();
        assert_eq!((shown.step, shown.time, shown.loss), (7, 7.0, 0.5));
        assert_eq!(shown.at_time(0.25).time, 0.25);
    }
}
