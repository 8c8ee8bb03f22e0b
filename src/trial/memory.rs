use super::lockstep::LockstepRuns;
use super::runs::INFLUENCE_EXAMPLES;
use super::{Assembly, CriterionKind, FilterKind, Learner, OptimizerKind, TargetKind, Trial};
use crate::error::Result;
use crate::measure::{VALIDATION_EXAMPLES, chunk};
use crate::model::{Architecture, KEPT};
use crate::real::LANES;

/// Room for what does not grow with the settings.
const FIXED: usize = 1 << 18;

impl Trial {
    /// An upper estimate of the bytes of memory that a thread needs to [run](Trial::run_each) it,
    /// without running it.
    ///
    /// ```text
    /// 4 P (θ, gradient, state of the optimizer) + activations of the rows worked on at once
    ///     + examples (validation, batch, sample), sixteen times for runs in lockstep
    /// ```
    ///
    /// # Errors
    /// Those of [`Learner::model`](super::Learner::model), of the criteria, of initial values of blocks and of the
    /// optimizer: such a trial cannot run.
    pub fn memory(&self) -> Result<u64> {
        self.assemble()?.memory()
    }
}

pub(super) fn of(assembly: &Assembly) -> Result<u64> {
    assembly.trial.check_criteria()?;
    assembly.check_initial()?;
    assembly.check_optimizer()?;
    let one = assembly.memory_of_one();
    let is_lockstep = LockstepRuns::fit(assembly)?.is_some();
    let runs = if is_lockstep { LANES } else { 1 };
    Ok(one.saturating_mul(runs).saturating_add(FIXED) as u64)
}

impl Assembly {
    fn memory_of_one(&self) -> usize {
        let Assembly { trial, model, .. } = self;
        let state_of_trial = match trial.optimizer {
            OptimizerKind::Sgd | OptimizerKind::SignSgd { .. } => 0,
            OptimizerKind::Momentum { .. } => 1,
            OptimizerKind::Adam | OptimizerKind::AdamW => 2,
        };
        let state = self.own_state().unwrap_or(state_of_trial);
        let filter = match trial.filter {
            None => 0,
            // The gradient that it changes is a copy.
            Some(FilterKind::ClipNorm { .. }) => 1,
            // In double precision: the matrix, a vector of it, and two Gram matrices, none of them larger.
            Some(FilterKind::Egalitarian { .. }) => 9,
            Some(FilterKind::GrokfastEma { .. }) => 2,
            Some(FilterKind::GrokfastMa { window, .. }) => window.saturating_add(2),
        };
        // θ, the gradient, and θ at the end.
        let like_theta = 2_usize.saturating_add(state).saturating_add(filter);
        let parameters = like_theta.saturating_mul(model.layout().len());
        let activations = self.caches();
        let numbers = parameters.saturating_add(activations);
        // Its memorisation is judged in an order of its own.
        let copies = if trial.memorisation { 4 } else { 3 };
        let sample = trial.samples.unwrap_or(0).saturating_mul(copies);
        let (judged, windows) = self.judges();
        let own = self.examples.as_ref().map(|own| own.validation().len());
        let validation = own.unwrap_or(VALIDATION_EXAMPLES);
        let examples = sample
            .saturating_add((2 + judged).saturating_mul(validation))
            .saturating_add(trial.batch.saturating_mul(3));
        let words = trial.n.div_ceil(64) * 8 + 16;
        let table = match &trial.target {
            TargetKind::Junta { table } => table.len(),
            TargetKind::Parity
            | TargetKind::DisjointParity
            | TargetKind::Conjunction
            | TargetKind::Disjunction
            | TargetKind::Majority
            | TargetKind::Staircase
            | TargetKind::Multitask { .. } => 0,
        };
        (numbers.saturating_mul(4))
            .saturating_add(examples.saturating_mul(words))
            .saturating_add(table)
            .saturating_add(windows)
    }

    /// How many criteria have validation examples of their own, and the bytes of the windows of the others.
    fn judges(&self) -> (usize, usize) {
        let (mut judged, mut windows) = (0, 0_usize);
        for criterion in self.trial.judged_by().iter() {
            match criterion {
                CriterionKind::Validation { .. } | CriterionKind::ValidationLoss { .. } => {
                    judged += 1;
                }
                CriterionKind::Batches { window, .. }
                | CriterionKind::BatchesLoss { window, .. } => {
                    windows = windows.saturating_add(window.saturating_mul(8));
                }
            }
        }
        (judged, windows)
    }

    /// The activations of the examples that are worked on at once: in training, in validation by each
    /// criterion and at the end, and when the influences of coordinates are measured.
    fn caches(&self) -> usize {
        let Assembly { trial, model, .. } = self;
        let examined = chunk(model);
        let (judged, _) = self.judges();
        let rows = [
            trial.batch.min(model.rows_at_once()),
            examined,
            examined.min(INFLUENCE_EXAMPLES),
        ];
        let rows = rows
            .into_iter()
            .chain(std::iter::repeat_n(examined, judged))
            .chain(trial.memorisation.then_some(examined));
        // A wide two-layer network keeps a part of them; others have slopes beside the activations.
        let (most, times) = match trial.learner {
            Learner::Mlp(_) if !self.has_own_model => (KEPT, 1),
            Learner::Mlp(_)
            | Learner::DeepMlp(_)
            | Learner::PolyNet(_)
            | Learner::DisjointPolyNet(_)
            | Learner::Transformer(_) => (usize::MAX, 2),
        };
        let of = |rows: usize| rows.saturating_mul(model.activations()).min(most);
        let numbers = rows.map(of).fold(0, usize::saturating_add);
        // Rows are padded.
        numbers.saturating_mul(times).saturating_mul(5) / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_hold_examples_or_windows_of_their_own() {
        let memory = |criteria: &[CriterionKind]| {
            let trial = Trial {
                criteria: criteria.to_vec(),
                ..Trial::new(30, 3)
            };
            trial.assemble().unwrap().memory_of_one()
        };
        let accurate = CriterionKind::Validation { accuracy: 1.0 };
        let low = CriterionKind::ValidationLoss { loss: 0.1 };
        let batches = CriterionKind::Batches {
            accuracy: 0.75,
            window: 1000,
        };
        // The activations of 256 examples at a width of 100, a quarter of it padding; and for each example a word of signs
        // with 16 bytes beside it.
        let validation = 256 * 100 * 5 + 24 * VALIDATION_EXAMPLES;
        let one = memory(&[accurate]);
        assert_eq!(memory(&[accurate, low]), one + validation);
        assert_eq!(memory(&[accurate, batches]), one + 8 * 1000);
        assert_eq!(memory(&[batches]), one - validation + 8 * 1000);
    }
}
