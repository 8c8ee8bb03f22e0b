use super::abreast::Lanes;
use super::runs::INFLUENCE_EXAMPLES;
use super::{FilterKind, Learner, OptimizerKind, TargetKind, Trial};
use crate::error::Result;
use crate::measure::{VALIDATION_EXAMPLES, chunk};
use crate::model::{AnyModel, Architecture, KEPT};
use crate::real::LANES;

/// Room for what does not grow with the settings.
const FIXED: usize = 1 << 18;

impl Trial {
    /// An upper estimate of the bytes of memory that a thread needs to [run](Trial::run_each) it,
    /// without running it.
    ///
    /// ```text
    /// 4 P (θ, gradient, state of the optimizer) + activations of the rows worked on at once
    ///     + examples (validation, batch, sample), sixteen times for runs that lie abreast
    /// ```
    ///
    /// # Errors
    /// Those of [`Learner::model`](super::Learner::model) and of the optimizer: such a trial cannot run.
    pub fn memory(&self) -> Result<u64> {
        let model = self.learner.model(self.n, self.k, self.init)?;
        let one = self.memory_of_one(&model);
        let is_abreast = Lanes::fit(self, &model)?.is_some();
        let runs = if is_abreast { LANES } else { 1 };
        Ok(one.saturating_mul(runs).saturating_add(FIXED) as u64)
    }

    fn memory_of_one(&self, model: &AnyModel<f32>) -> usize {
        let state = match self.optimizer {
            OptimizerKind::Sgd | OptimizerKind::SignSgd { .. } => 0,
            OptimizerKind::Momentum { .. } => 1,
            OptimizerKind::Adam | OptimizerKind::AdamW => 2,
        };
        let filter = match self.filter {
            None => 0,
            Some(FilterKind::GrokfastEma { .. }) => 2,
            // The filter begins with its usual window, of 100.
            Some(FilterKind::GrokfastMa { window, .. }) => window.saturating_add(102),
        };
        // θ, the gradient, and θ at the end.
        let like_theta = 2_usize.saturating_add(state).saturating_add(filter);
        let parameters = like_theta.saturating_mul(model.layout().len());
        let activations = self.caches(model);
        let numbers = parameters.saturating_add(activations);
        let sample = self.samples.unwrap_or(0).saturating_mul(3);
        let examples = sample
            .saturating_add(3 * VALIDATION_EXAMPLES)
            .saturating_add(self.batch.saturating_mul(3));
        let words = self.n.div_ceil(64) * 8 + 16;
        let table = match &self.target {
            TargetKind::Junta { table } => table.len(),
            _ => 0,
        };
        (numbers.saturating_mul(4))
            .saturating_add(examples.saturating_mul(words))
            .saturating_add(table)
    }

    /// The activations of the examples that are worked on at once: in training, in both validations, and
    /// when the influences of coordinates are measured.
    fn caches(&self, model: &AnyModel<f32>) -> usize {
        let examined = chunk(model);
        let rows = [
            self.batch.min(model.rows_at_once()),
            examined,
            examined,
            examined.min(INFLUENCE_EXAMPLES),
        ];
        // A wide two-layer network keeps a part of them; others have slopes beside the activations.
        let (most, times) = match self.learner {
            Learner::Mlp(_) => (KEPT, 1),
            _ => (usize::MAX, 2),
        };
        let of = |rows: usize| rows.saturating_mul(model.activations()).min(most);
        let numbers = rows.into_iter().map(of).fold(0, usize::saturating_add);
        // Rows are padded.
        numbers.saturating_mul(times).saturating_mul(5) / 4
    }
}
