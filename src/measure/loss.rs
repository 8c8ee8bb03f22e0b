use super::Measure;
use crate::model::Model;
use crate::real::Real;
use crate::train::{Outputs, Snapshot};

/// The loss of the iterate: the mean over the training batch, or L(θ) of a population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchLoss;

impl<F: Real, M: Model<F>> Measure<F, M> for BatchLoss {
    fn name(&self) -> &str {
        "batch loss"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        at.loss
    }
}

/// The share of the training batch that sign(f) gets wrong, label noise included.
///
/// It is NaN in runs without a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchError;

impl<F: Real, M: Model<F>> Measure<F, M> for BatchError {
    fn name(&self) -> &str {
        "batch error"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        let Some(Outputs { batch, out }) = at.outputs else {
            return f64::NAN;
        };
        let right = super::validation::count_right(&batch.y, out);
        1.0 - right as f64 / batch.len() as f64
    }
}

/// The time of the iterate: that of a flow, or else the number of updates.
///
/// ```
/// use sparse_parity::measure::FlowTime;
/// use sparse_parity::prelude::*;
///
/// # let model = PolyNet::new(4, 2)?;
/// # let theta = Params::<f64>::zeros(model.layout());
/// let at = Snapshot::new(&model, &theta, 0.5, &theta)?.at_time(0.25);
/// assert_eq!(FlowTime.measure(&at), 0.25);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlowTime;

impl<F: Real, M: Model<F>> Measure<F, M> for FlowTime {
    fn name(&self) -> &str {
        "time"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        at.time
    }
}
