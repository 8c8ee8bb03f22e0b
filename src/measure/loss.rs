use super::Measure;
use crate::model::Model;
use crate::real::Real;
use crate::train::Snapshot;

/// The mean loss of the training batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchLoss;

impl<F: Real, M: Model<F>> Measure<F, M> for BatchLoss {
    fn name(&self) -> &str {
        "batch loss"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        at.loss.as_f64()
    }
}

/// The share of the training batch that sign(f) gets wrong, label noise included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchError;

impl<F: Real, M: Model<F>> Measure<F, M> for BatchError {
    fn name(&self) -> &str {
        "batch error"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        let right = super::validation::count_right(&at.batch.y, at.out);
        1.0 - right as f64 / at.batch.len() as f64
    }
}
