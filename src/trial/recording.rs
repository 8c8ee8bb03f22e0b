//! What is recorded along a run of a trial.

use super::runs::Run;
use super::{Outcome, Trial};
use crate::error::{Error, Result};
use crate::measure::{
    BatchError, BatchLoss, ErrorRate, Interval, Recorder, Table, WeightMovement, WeightTrace,
};
use crate::model::AnyModel;
use crate::seeds::Seeds;
use crate::train::{Observer, Snapshot, Stop};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// What [`Trial::record`] writes down along a run.
///
/// ```
/// use sparse_parity::measure::Interval;
/// use sparse_parity::trial::{MeasureKind, Recording, Trial};
///
/// let recording = Recording {
///     measures: vec![MeasureKind::Loss, MeasureKind::Error],
///     beyond: 50,
///     ..Recording::new(Interval::every(10)?)
/// };
/// let run = Trial::new(12, 2).record(&7.into(), &recording)?;
/// let error = run.table.column("error").unwrap();
/// assert_eq!((error[0] > 0.3, *error.last().unwrap()), (true, 0.0));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Recording {
    /// At which steps. The iterates at which a criterion is met and at which the run ends are
    /// recorded as well, except that of a diverged run.
    pub interval: Interval,
    /// What is measured: a column each, behind that of the steps.
    pub measures: Vec<MeasureKind>,
    /// A matrix of parameters of which all entries are kept, such as `hidden.weight`.
    pub trace: Option<String>,
    /// The number of updates made after all criteria of the trial were met.
    pub beyond: u64,
}

impl Recording {
    /// A recording of nothing, to be filled in.
    pub fn new(interval: Interval) -> Self {
        Recording {
            interval,
            measures: Vec::new(),
            trace: None,
            beyond: 0,
        }
    }
}

/// A measure of a [`Recording`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum MeasureKind {
    /// [`BatchLoss`], the column `batch loss`.
    Loss,
    /// [`BatchError`], the column `batch error`.
    BatchError,
    /// The share of clean validation examples that are wrong, [`ErrorRate`], the column `error`.
    Error,
    /// The share of the training sample that is wrong, the column `train error`.
    TrainError,
    /// ρ over a block of parameters, [`WeightMovement`], the column `rho`.
    Movement {
        /// The block, such as `hidden.weight`.
        block: String,
    },
}

/// A run with its recording.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Recorded {
    /// What [`Trial::run`] gives.
    pub outcome: Outcome,
    /// The measures, a row a recorded step.
    pub table: Table,
    /// The matrix of which all entries were kept, if one was.
    pub trace: Option<Trace>,
}

/// A matrix of parameters along a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Trace {
    /// The recorded steps.
    pub steps: Vec<u64>,
    /// The matrix at each of these steps.
    pub weights: Vec<Array2<f32>>,
}

impl Trial {
    /// Runs the trial and records measures along the way.
    ///
    /// The outcome is that of [`run`](Trial::run), to the bit: observing does not change a run, and
    /// updates made [`beyond`](Recording::beyond) the time at which all criteria were met do not count.
    ///
    /// # Errors
    /// Those of [`run`](Trial::run); [`Error::UnknownBlock`] or [`Error::BlockAxes`] for a block that
    /// the model does not have; [`Error::Conflict`] for the train error of online training.
    pub fn record(&self, seeds: &Seeds, recording: &Recording) -> Result<Recorded> {
        self.assemble()?.record(seeds, recording)
    }
}

/// Those who watch a run.
pub(super) struct Watch<'a> {
    observer: Option<&'a mut dyn Observer<f32, AnyModel<f32>>>,
    recorder: Option<Recorder<f32, AnyModel<f32>>>,
    trace: Option<WeightTrace<f32>>,
    /// The number of updates made after all criteria were met.
    pub(super) beyond: u64,
    /// Set from outside to cancel the run.
    stop: &'a AtomicBool,
    /// Whether the run was cancelled.
    pub(super) is_cancelled: bool,
}

impl<'a> Watch<'a> {
    /// No observer; the run ends when `stop` is set.
    pub(super) fn none(stop: &'a AtomicBool) -> Self {
        Watch {
            stop,
            is_cancelled: false,
            observer: None,
            recorder: None,
            trace: None,
            beyond: 0,
        }
    }

    /// One observer.
    pub(super) fn by(
        observer: &'a mut dyn Observer<f32, AnyModel<f32>>,
        stop: &'a AtomicBool,
    ) -> Self {
        Watch {
            observer: Some(observer),
            ..Watch::none(stop)
        }
    }

    /// A recorder.
    pub(super) fn new(
        recording: &Recording,
        model: &AnyModel<f32>,
        run: &Run,
        stop: &'a AtomicBool,
    ) -> Result<Self> {
        let mut recorder = Recorder::new(recording.interval);
        for measure in &recording.measures {
            recorder = match measure {
                MeasureKind::Loss => recorder.with(BatchLoss),
                MeasureKind::BatchError => recorder.with(BatchError),
                MeasureKind::Error => {
                    let examples = run.evaluation.validation.clone();
                    recorder.with(ErrorRate::on("error", model, examples)?)
                }
                MeasureKind::TrainError => {
                    let sample = run.sample.clone().ok_or(Error::Conflict {
                        one: "the train error",
                        other: "online training",
                        reason: "there is no training sample, every batch is a fresh one",
                    })?;
                    recorder.with(ErrorRate::on("train error", model, sample)?)
                }
                MeasureKind::Movement { block } => {
                    recorder.with(WeightMovement::new(&run.theta, block)?)
                }
            };
        }
        let trace = recording.trace.as_ref();
        let trace = trace.map(|block| WeightTrace::new(model, block, recording.interval));
        Ok(Watch {
            recorder: Some(recorder),
            trace: trace.transpose()?,
            beyond: recording.beyond,
            ..Watch::none(stop)
        })
    }

    /// The recording of a run that ended with that outcome.
    pub(super) fn recorded(self, outcome: Outcome) -> Recorded {
        let recorder = self.recorder.expect("a recording has a recorder");
        Recorded {
            outcome,
            table: recorder.table().clone(),
            trace: self.trace.map(|trace| Trace {
                steps: trace.steps().to_vec(),
                weights: trace.weights().to_vec(),
            }),
        }
    }

    /// Records the iterate, whether it is due or not.
    pub(super) fn record(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) {
        if let Some(recorder) = &mut self.recorder {
            recorder.record(at);
        }
        if let Some(trace) = &mut self.trace {
            trace.record(at);
        }
    }
}

impl Observer<f32, AnyModel<f32>> for Watch<'_> {
    fn observe(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) -> ControlFlow<Stop> {
        if self.stop.load(Ordering::Relaxed) {
            self.is_cancelled = true;
            return ControlFlow::Break(Stop::GivenUp { step: at.step });
        }
        if let Some(observer) = &mut self.observer {
            observer.observe(at)?;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.observe(at)?;
        }
        match &mut self.trace {
            Some(trace) => trace.observe(at),
            None => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> Recording {
        Recording {
            measures: vec![MeasureKind::Error],
            ..Recording::new(Interval::every(7).unwrap())
        }
    }

    #[test]
    fn recording_changes_no_outcome_and_ends_at_the_convergence_time() {
        let trial = Trial::new(10, 2);
        let outcome = trial.run(&1.into()).unwrap();
        let t = outcome.t.unwrap();
        for beyond in [0, 5, 40] {
            let trace = Some("hidden.weight".into());
            let recording = Recording {
                beyond,
                trace,
                ..error()
            };
            let run = trial.record(&1.into(), &recording).unwrap();
            assert_eq!(run.outcome, outcome);
            let steps = run.table.column("step").unwrap();
            assert!(steps.contains(&(t as f64)));
            assert_eq!(*steps.last().unwrap(), (t + beyond) as f64);
            let traced = run.trace.unwrap();
            assert!(traced.steps.iter().map(|t| *t as f64).eq(steps));
        }
    }

    #[test]
    fn the_last_iterate_of_an_unsolved_run_is_recorded() {
        let trial = Trial {
            max_steps: 10,
            ..Trial::new(10, 2)
        };
        let run = trial.record(&1.into(), &error()).unwrap();
        assert_eq!(run.table.column("step").unwrap(), [0.0, 7.0, 10.0]);
        assert_eq!(run.outcome, trial.run(&1.into()).unwrap());
    }

    #[test]
    fn the_train_error_needs_a_training_sample() {
        let recording = Recording {
            measures: vec![MeasureKind::TrainError, MeasureKind::Error],
            ..error()
        };
        let online = Trial::new(10, 2);
        let told = online.record(&1.into(), &recording).unwrap_err();
        assert!(told.to_string().contains("no training sample"));
        let finite = Trial {
            samples: Some(40),
            max_steps: 300,
            ..online
        };
        let run = finite.record(&1.into(), &recording).unwrap();
        let last = run.table.rows().last().unwrap();
        // Forty examples are learned by heart before the parity is.
        assert!(last[1] < last[2], "{last:?}");
    }
}
