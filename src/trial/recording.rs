//! What is recorded along a run of a trial.

use super::runs::Run;
use super::{Assembly, Outcome, Trial};
use crate::error::{Error, Result};
use crate::measure::{
    BatchError, BatchLoss, ErrorRate, MeasureKind, Recorder, Recording, Table, WeightMovement,
    WeightTrace,
};
use crate::model::{AnyModel, Architecture};
use crate::seeds::Seeds;
use crate::train::{Observer, Snapshot, Stop};
use ndarray::{Array2, IxDyn};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// the model does not have; [`Error::Conflict`] for the train error of online training, and for ρ of a model
    /// whose inputs no known weights multiply.
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

const NO_SAMPLE: Error = Error::Conflict {
    one: "the train error",
    other: "online training",
    reason: "there is no training sample, every batch is a fresh one",
};

impl Assembly {
    /// The block of weights that multiply the inputs.
    fn input_block(&self) -> Result<&'static str> {
        let refuse = |other, reason| Error::Conflict {
            one: "the measure rho",
            other,
            reason,
        };
        if self.has_own_model {
            let reason = "it is not known which of its blocks reads the inputs; name it, as in movement:hidden.weight";
            return Err(refuse("a model of one's own", reason));
        }
        self.trial.learner.input_block().ok_or_else(|| {
            let reason = "its inputs choose tokens and are not multiplied by weights; name a block, as in movement:embedding.query";
            refuse("a Transformer", reason)
        })
    }

    /// Succeeds if runs can be recorded so, without making one.
    pub(super) fn check_recording(&self, recording: &Recording) -> Result<()> {
        let layout = self.model.layout();
        for measure in &recording.measures {
            match measure {
                MeasureKind::Loss | MeasureKind::BatchError | MeasureKind::Error => {}
                MeasureKind::TrainError if self.trial.samples.is_none() => return Err(NO_SAMPLE),
                MeasureKind::TrainError => {}
                MeasureKind::Rho => drop(layout.get::<IxDyn>(self.input_block()?)?),
                MeasureKind::Movement { block } => drop(layout.get::<IxDyn>(block)?),
            }
        }
        match &recording.trace {
            None => Ok(()),
            Some(block) => {
                WeightTrace::<f32>::new(&self.model, block, recording.interval).map(drop)
            }
        }
    }
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
        assembly: &Assembly,
        run: &Run,
        stop: &'a AtomicBool,
    ) -> Result<Self> {
        assembly.check_recording(recording)?;
        let model = &assembly.model;
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
                    let sample = run.sample.clone().ok_or(NO_SAMPLE)?;
                    recorder.with(ErrorRate::on("train error", model, sample)?)
                }
                MeasureKind::Rho => {
                    let block = assembly.input_block()?;
                    recorder.with(WeightMovement::new(&run.theta, block)?)
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
    use crate::measure::Interval;

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
    fn rho_is_the_movement_of_the_weights_that_multiply_the_inputs() {
        let recording = |measures| Recording {
            measures,
            ..Recording::new(Interval::every(7).unwrap())
        };
        let block = "hidden.weight".into();
        let (rho, named) = (MeasureKind::Rho, MeasureKind::Movement { block });
        let trial = Trial::new(10, 2);
        let tables = [rho, named].map(|measure| {
            let run = trial.record(&1.into(), &recording(vec![measure])).unwrap();
            run.table
        });
        assert_eq!(tables[0], tables[1]);
        assert!(tables[0].column("rho").unwrap()[1] > 0.0);
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
