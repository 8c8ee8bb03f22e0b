use super::{parity, recovered};
use crate::activation::{Activation, ActivationKind, ActivationVisitor};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::measure::{BatchLoss, Interval, LargestWeight, Recorder, Table};
use crate::model::{Architecture, Mlp, MlpSettings};
use crate::optim::{Rule, Schedule, Sgd};
use crate::params::{Init, Params};
use crate::seeds::{Purpose, Seeds};
use crate::stats::Time;
use crate::theory::PopulationCorrelation;
use crate::train::{Cancelled, PopulationTrainer, Snapshot, Stop, observer_fn};
use crate::trial::Status;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Arc;
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
#[serde(default, deny_unknown_fields)]
pub struct PopulationRun {
    /// The number of coordinates n.
    pub n: usize,
    /// The number of relevant coordinates k, drawn from the seeds.
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
        let run = Run {
            of: self,
            seeds,
            stop,
        };
        self.network
            .activation
            .with_activation(self.n, self.k, run)?
    }

    /// θ and its gradient, and as much again for the theory.
    fn memory(&self) -> Result<u64> {
        let parameters = (self.network.width as u64).saturating_mul(self.n as u64 + 2);
        Ok(parameters.saturating_mul(4 * 8))
    }

    fn budget(&self) -> Option<u64> {
        Some(self.max_steps)
    }

    fn with_budget(&self, budget: u64) -> Self {
        PopulationRun {
            max_steps: self.max_steps.min(budget),
            ..self.clone()
        }
    }

    fn work(outcome: &PopulationOutcome) -> Option<u64> {
        Some(outcome.steps)
    }

    fn time(outcome: &PopulationOutcome) -> Option<Time> {
        Some(outcome.status.time(outcome.steps))
    }
}

/// A run that waits for its activation.
struct Run<'a> {
    of: &'a PopulationRun,
    seeds: &'a Seeds,
    stop: &'a AtomicBool,
}

impl ActivationVisitor for Run<'_> {
    type Output = Result<Option<PopulationOutcome>>;

    fn visit<A: Activation + 'static>(self, activation: A) -> Self::Output {
        let Run { of, seeds, stop } = self;
        let activation = Arc::new(activation);
        let parity = parity(of.n, of.k, seeds)?;
        let support = parity.support().to_vec();
        let settings = of.network.clone().with_activation(Arc::clone(&activation));
        let model = Mlp::from_settings(of.n, settings, of.init)?;
        let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let sgd = Sgd::new(model.layout(), Rule::rate(of.rate.clone()))?;
        let loss = PopulationCorrelation {
            activation,
            support: support.clone(),
        };
        let mut recorder = Recorder::new(Interval::per_decade(20)?)
            .with(BatchLoss)
            .with(LargestWeight::relevant(&model, "hidden.weight", &parity)?)
            .with(LargestWeight::irrelevant(&model, "hidden.weight", &parity)?);
        let target = of.target_loss;
        let solved =
            observer_fn(
                move |at: &Snapshot<'_, f64, Mlp<Arc<A>>>| match at.loss <= target {
                    true => ControlFlow::Break(Stop::Solved { step: at.step }),
                    false => ControlFlow::Continue(()),
                },
            );
        let mut trainer = PopulationTrainer::new(model, loss, sgd, theta)?;
        let end = trainer.run(of.max_steps, (Cancelled(stop), &mut recorder, solved))?;
        if let Stop::GivenUp { .. } = end {
            return Ok(None);
        }
        if let Some(last) = trainer.snapshot() {
            recorder.record(&last);
        }
        Ok(Some(PopulationOutcome {
            status: end.into(),
            steps: trainer.steps(),
            recovered: recovered(trainer.theta(), of.k)?,
            support,
            table: recorder.table().clone(),
        }))
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
