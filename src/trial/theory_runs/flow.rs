use super::{Problem, Start, outcome, reaches};
use crate::error::{Result, at_most};
use crate::experiment::Experiment;
use crate::flow::Flow;
use crate::measure::{FlowTime, Interval, Recorder};
use crate::model::MlpSettings;
use crate::params::Init;
use crate::seeds::Seeds;
use crate::stats::Time;
use crate::train::{Cancelled, FlowTrainer, Stop};
use crate::trial::{PopulationOutcome, PopulationRun, possible};
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;

/// The most points of a run, which are recorded in memory.
const MOST_POINTS: usize = 1 << 24;
/// Bytes of a point: its time, and a row of up to ten measures.
const POINT: u64 = 128;

/// Gradient flow θ' = −∇L(θ) of a two-layer network on the population correlation loss of a parity.
///
/// The limit of a [`PopulationRun`] for small rates; a step is one of `points` equal parts of the time.
/// The table has a column `time` behind that of the steps.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::trial::{FlowRun, Status};
///
/// let flow = FlowRun { n: 30, k: 2, end: 100.0, target_loss: -0.9, ..FlowRun::default() };
/// assert_eq!(flow.run(&1.into())?.status, Status::Solved);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct FlowRun {
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
    /// The relative tolerance of the integrator.
    pub tolerance: f64,
    /// The time at which the flow ends.
    pub end: f64,
    /// The number of equal parts of the time; the flow is looked at after each of them.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub points: u64,
    /// The loss at which the run counts as solved.
    pub target_loss: f64,
}

impl Default for FlowRun {
    /// That of [`PopulationRun::default`] up to time 1000, at 200 points.
    fn default() -> Self {
        let PopulationRun {
            n,
            k,
            network,
            init,
            target_loss,
            ..
        } = PopulationRun::default();
        FlowRun {
            n,
            k,
            network,
            init,
            tolerance: 1e-6,
            end: 1000.0,
            points: 200,
            target_loss,
        }
    }
}

impl Experiment for FlowRun {
    type Outcome = PopulationOutcome;
    const NAME: &'static str = "flow";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<PopulationOutcome>> {
        let start = Start::of(&problem!(self), seeds)?;
        let recorder = Recorder::new(Interval::every(1)?).with(FlowTime);
        let mut recorder = start.recorded_by(recorder)?;
        let points = usize::try_from(self.points).unwrap_or(usize::MAX);
        at_most("the number of points", points, MOST_POINTS)?;
        let part = self.end / self.points.max(1) as f64;
        let times: Vec<f64> = (0..=self.points).map(|point| part * point as f64).collect();
        let mut flow = FlowTrainer::new(
            start.model,
            start.loss,
            Flow::new(self.tolerance)?,
            start.theta,
        )?;
        let observers = (Cancelled(stop), &mut recorder, reaches(self.target_loss));
        let end = flow.run(&times, observers)?;
        if let Stop::GivenUp { .. } = end.stop {
            return Ok(None);
        }
        let table = recorder.table().clone();
        // Every point that was shown has its row, which begins with its number.
        let steps = table.rows().last().map_or(0, |row| row[0] as u64);
        outcome(&start.parity, &end.theta, (end.stop, steps), table).map(Some)
    }

    /// θ, its gradient, and the stages of the integrator; and of every point its time and its row.
    fn memory(&self) -> Result<u64> {
        let flow = problem!(self).parameters().saturating_mul(24 * 8);
        Ok(flow.saturating_add(self.points.saturating_mul(POINT)))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.points)
    }

    fn with_budget(&self, budget: u64) -> Self {
        let points = self.points.min(budget);
        FlowRun {
            points,
            end: self.end * points as f64 / self.points.max(1) as f64,
            ..self.clone()
        }
    }

    fn check_outcome(&self, outcome: &PopulationOutcome) -> Result<()> {
        possible::end(outcome.status, outcome.steps, self.points)?;
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
    use crate::trial::Status;

    #[test]
    fn more_points_than_memory_has_room_for_are_refused() {
        let endless = FlowRun {
            points: u64::MAX,
            ..FlowRun::default()
        };
        assert_eq!(endless.memory().unwrap(), u64::MAX);
        let error = endless.run(&1.into()).unwrap_err();
        assert!(error.to_string().contains("number of points"), "{error}");
    }

    #[test]
    fn theta_its_gradient_and_the_sixteen_stages_of_the_integrator_have_room() {
        let flow = FlowRun {
            n: 98,
            network: MlpSettings {
                width: 1000,
                ..MlpSettings::default()
            },
            ..FlowRun::default()
        };
        // Double precision: 8 bytes for each of the 98 weights, the bias and the output weight of a thousand neurons.
        let theta = 8 * 1000 * 100;
        let held = flow.memory().unwrap();
        assert!((18 * theta..36 * theta).contains(&held), "{held}");
    }

    #[test]
    fn a_shorter_flow_is_the_beginning_of_a_longer_one() {
        let whole = FlowRun {
            n: 20,
            end: 4.0,
            points: 8,
            ..FlowRun::default()
        };
        let [whole, part] = [8, 3].map(|points| {
            let outcome = whole.with_budget(points).run(&1.into()).unwrap();
            assert_eq!((outcome.status, outcome.steps), (Status::Unsolved, points));
            outcome.table
        });
        assert_eq!(whole.rows()[..4], part.rows()[..]);
        let stop = AtomicBool::new(true);
        let stopped = FlowRun::default().run_until(&1.into(), &stop).unwrap();
        assert_eq!(stopped, None);
    }
}
