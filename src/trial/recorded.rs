//! Trials with what is recorded along them.

use super::possible::possible;
use super::{MeasureKind, Outcome, Recorded, Recording, Trial};
use crate::error::Result;
use crate::experiment::{Experiment, Label};
use crate::measure::Interval;
use crate::seeds::Seeds;
use crate::stats::Time;
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;

/// A [`Trial`] whose outcome is what a [`Recording`] wrote down along the run.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::trial::{RecordedTrial, Trial};
///
/// let study = RecordedTrial { trial: Trial::new(12, 2), ..RecordedTrial::default() };
/// let run = study.run(&7.into())?;
/// assert_eq!(run.table.columns(), ["step", "batch loss", "error"]);
/// assert_eq!(run.outcome, Trial::new(12, 2).run(&7.into())?);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordedTrial {
    /// The trial.
    pub trial: Trial,
    /// What is recorded, and when.
    pub recording: Recording,
}

impl Default for RecordedTrial {
    /// Loss and error of the usual trial, at twenty steps for every factor of ten.
    fn default() -> Self {
        let interval = Interval::per_decade(20).expect("20 is a number of points");
        RecordedTrial {
            trial: Trial::default(),
            recording: Recording {
                measures: vec![MeasureKind::Loss, MeasureKind::Error],
                ..Recording::new(interval)
            },
        }
    }
}

impl Experiment for RecordedTrial {
    type Outcome = Recorded;
    const NAME: &'static str = "recorded";
    const REVISION: u32 = super::REVISION;

    fn revision(&self) -> u32 {
        self.trial.revision()
    }

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Recorded>> {
        let assembly = self.trial.assemble()?;
        assembly.record_until(seeds, &self.recording, stop)
    }

    /// That of the trial; the recorded numbers come on top of it as they are written.
    fn memory(&self) -> Result<u64> {
        self.trial.memory()
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        self.trial.budget_mut()
    }

    fn budget(&self) -> Option<u64> {
        Some(self.trial.max_steps.saturating_add(self.recording.beyond))
    }

    fn check_outcome(&self, recorded: &Recorded) -> Result<()> {
        self.trial.check_outcome(&recorded.outcome)?;
        let Some(trace) = &recorded.trace else {
            return Ok(());
        };
        let (steps, matrices) = (trace.steps.len(), trace.weights.len());
        possible(steps == matrices, || {
            format!("its trace has {steps} steps and {matrices} matrices")
        })
    }

    fn work(recorded: &Recorded) -> Option<u64> {
        <Trial as Experiment>::work(&recorded.outcome)
    }

    fn time(recorded: &Recorded) -> Option<Time> {
        Some(Outcome::time(&recorded.outcome))
    }

    fn label(&self) -> Option<Label> {
        let label = self.trial.label()?;
        Some(Label {
            covers: &["trial.learner", "trial.optimizer"],
            ..label
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_run_is_read_as_it_was_written() {
        let mut study = RecordedTrial {
            trial: Trial::new(10, 2),
            ..RecordedTrial::default()
        };
        study.recording.trace = Some("hidden.weight".into());
        let run = study.run(&1.into()).unwrap();
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<Recorded>(&text).unwrap(), run);
        let trace = run.trace.unwrap();
        assert_eq!(trace.steps.len(), run.table.rows().len());
        assert_eq!(trace.weights[0].dim(), (100, 10));
    }

    #[test]
    fn a_run_that_is_stopped_has_no_outcome() {
        let stop = AtomicBool::new(true);
        let study = RecordedTrial::default();
        assert_eq!(study.run_until(&1.into(), &stop).unwrap(), None);
        assert_eq!(study.with_budget(3).budget(), Some(3));
    }
}
