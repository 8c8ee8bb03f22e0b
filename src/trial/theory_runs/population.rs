use super::{Problem, Start, outcome, reaches};
use crate::activation::ActivationKind;
use crate::error::Result;
use crate::experiment::Experiment;
use crate::measure::{Interval, Recorder, Table};
use crate::model::{Architecture, MlpSettings};
use crate::optim::{Rule, Schedule, Sgd};
use crate::params::Init;
use crate::seeds::Seeds;
use crate::stats::Time;
use crate::train::{Cancelled, PopulationTrainer, Stop};
use crate::trial::{Status, possible};
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;

/// Gradient descent of a two-layer network on the population correlation loss −E\[y·f\] of a parity: B = ∞.
///
/// The gradient is exact: see [`theory::gradient`](crate::theory::gradient).
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::trial::{PopulationRun, Status};
///
/// // One sine neuron on a parity that no batch would show.
/// let run = PopulationRun { n: 301, k: 2, rate: 1.0.into(), target_loss: -0.4, ..PopulationRun::default() };
/// let outcome = run.run(&1.into())?;
/// assert_eq!(outcome.status, Status::Solved);
/// assert_eq!(outcome.recovered, outcome.support);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PopulationRun {
    /// The number of coordinates n.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub n: usize,
    /// The number of relevant coordinates k, drawn from the seeds.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub k: usize,
    /// The network.
    pub network: MlpSettings,
    /// The initialisation.
    pub init: Init,
    /// The learning rate η_t.
    #[serde(deserialize_with = "crate::trial::schedules::schedule")]
    pub rate: Schedule,
    /// The loss at which the run counts as solved; the least of a neuron with values in \[−1, 1\] is −1.
    pub target_loss: f64,
    /// The number of updates after which it counts as unsolved.
    pub max_steps: u64,
}

/// The outcome of a [`PopulationRun`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PopulationOutcome {
    /// Solved, unsolved or diverged.
    pub status: Status,
    /// The number of updates made.
    pub steps: u64,
    /// The hidden support, ascending.
    pub support: Vec<usize>,
    /// The k coordinates with the largest weights at the end, ascending.
    pub recovered: Vec<usize>,
    /// The columns `step`, `batch loss`, `relevant weight` and `irrelevant weight`, the largest ones, at
    /// twenty steps for every factor of ten.
    pub table: Table,
}

impl Default for PopulationRun {
    /// One sine neuron without an output weight on a (1000, 3)-parity, η = 0.1, to a loss of −0.99.
    fn default() -> Self {
        PopulationRun {
            n: 1000,
            k: 3,
            network: MlpSettings {
                width: 1,
                activation: ActivationKind::Sine,
                output_layer: false,
                ..MlpSettings::default()
            },
            init: Init::default(),
            rate: Schedule::Constant(0.1),
            target_loss: -0.99,
            max_steps: 100_000,
        }
    }
}

impl Experiment for PopulationRun {
    type Outcome = PopulationOutcome;
    const NAME: &'static str = "population";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<PopulationOutcome>> {
        let start = Start::of(&problem!(self), seeds)?;
        let mut recorder = start.recorded_by(Recorder::new(Interval::per_decade(20)?))?;
        let sgd = Sgd::new(start.model.layout(), Rule::rate(self.rate.clone()))?;
        let mut trainer = PopulationTrainer::new(start.model, start.loss, sgd, start.theta)?;
        let observers = (Cancelled(stop), &mut recorder, reaches(self.target_loss));
        let end = trainer.run(self.max_steps, observers)?;
        if let Stop::GivenUp { .. } = end {
            return Ok(None);
        }
        if let Some(last) = trainer.snapshot() {
            recorder.record(&last);
        }
        let end = (end, trainer.steps());
        outcome(
            &start.parity,
            trainer.theta(),
            end,
            recorder.table().clone(),
        )
        .map(Some)
    }

    /// θ and its gradient, and as much again for the theory.
    fn memory(&self) -> Result<u64> {
        Ok(problem!(self).parameters().saturating_mul(4 * 8))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.max_steps)
    }

    fn check_outcome(&self, outcome: &PopulationOutcome) -> Result<()> {
        possible::end(outcome.status, outcome.steps, self.max_steps)?;
        possible::coordinates(self.n, &outcome.support, &outcome.recovered)
    }

    fn work(outcome: &PopulationOutcome) -> Option<u64> {
        Some(outcome.steps)
    }

    fn time(outcome: &PopulationOutcome) -> Option<Time> {
        Some(outcome.status.time(outcome.steps))
    }

    #[cfg(feature = "sweep")]
    fn schema() -> crate::schema::Schema {
        crate::schema::Schema::of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_at_its_budget_or_when_it_is_stopped() {
        let run = PopulationRun {
            n: 50,
            ..PopulationRun::default()
        };
        let outcome = run.with_budget(7).run(&1.into()).unwrap();
        assert_eq!((outcome.status, outcome.steps), (Status::Unsolved, 7));
        assert_eq!(outcome.table.rows().last().unwrap()[0], 7.0);
        let stopped = run.run_until(&1.into(), &AtomicBool::new(true)).unwrap();
        assert_eq!(stopped, None);
        let refused = PopulationRun { k: 0, ..run };
        assert!(refused.run(&1.into()).is_err());
    }
}
