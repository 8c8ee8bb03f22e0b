//! Runs of a trial, one after the other or in lockstep.

use super::criterion::Judge;
use super::lockstep::LockstepRuns;
use super::recording::Watch;
use super::task::{SharedTarget, Task};
use super::{Assembly, CriterionKind, Outcome, Status, Trial};
use crate::data::{Batch, BatchStream};
use crate::error::{Error, Result};
use crate::measure::{Convergence, Criteria, ErrorRate, Reached, influences, most_influential};
use crate::model::AnyModel;
use crate::params::Params;
use crate::seeds::Seeds;
use crate::signs::Signs;
use crate::train::{Observer, Snapshot, Stop, Trainer};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// The number of validation inputs on which the learner's reliance on coordinates is measured.
pub(super) const INFLUENCE_EXAMPLES: usize = 64;

/// Runs that are to be made.
pub(super) struct Runs<'a> {
    pub(super) assembly: &'a Assembly,
    /// Whether to give them up.
    pub(super) stop: &'a AtomicBool,
    /// The seeds that are left, with their numbers.
    pub(super) seeds: &'a mut (dyn Iterator<Item = (usize, Seeds)> + 'a),
    pub(super) done: &'a mut (dyn FnMut(usize, Result<Outcome>) -> ControlFlow<()> + 'a),
}

impl Runs<'_> {
    pub(super) fn are_given_up(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Makes them all, in lockstep where that is possible and faster.
    pub(super) fn make(mut self) -> Result<()> {
        let assembly = self.assembly;
        if let Some(mut lanes) = LockstepRuns::new(assembly)? {
            // An outcome that nobody wants any more ends it.
            let _ = lanes.run(&mut self);
            return Ok(());
        }
        for (index, seeds) in self.seeds {
            let outcome = assembly.run_until(&seeds, self.stop);
            let Some(outcome) = outcome.transpose() else {
                break;
            };
            if (self.done)(index, outcome).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// One run, at an iterate whose batch is not drawn yet.
pub(super) struct Run {
    pub(super) theta: Params<f32>,
    pub(super) stream: Box<dyn BatchStream<f32>>,
    /// The training sample, if there is one.
    pub(super) sample: Option<Batch<f32>>,
    pub(super) criteria: Criteria<Judge>,
    /// The number of updates made.
    pub(super) step: u64,
    pub(super) evaluation: Evaluation,
}

/// The final evaluation of a run.
pub(super) struct Evaluation {
    pub(super) validation: Batch<f32>,
    /// The relevant coordinates; none if they are not known.
    support: Vec<usize>,
}

impl Run {
    pub(super) fn begin(assembly: &Assembly, seeds: &Seeds) -> Result<Self> {
        let Assembly { trial, model, .. } = assembly;
        let criteria = trial.judged_by();
        let (task, validation, (stream, sample)) = match &assembly.examples {
            Some(own) => {
                trial.check_criteria()?;
                (None, own.validation().clone(), own.stream(seeds)?)
            }
            None => {
                let task = Task::of(trial, seeds)?;
                let may_be_unsolvable = trial.allow_unsolvable
                    || assembly.has_own_model
                    || !criteria.iter().any(|criterion| criterion.is_perfection());
                if let (Some(reason), false) = (trial.obstacle(), may_be_unsolvable) {
                    return Err(Error::Unsolvable { reason });
                }
                let validation = task.validation(trial, seeds)?;
                let drawn = task.stream(trial, seeds)?;
                (Some(task), validation, drawn)
            }
        };
        let judge = |criterion: &CriterionKind| {
            let target = task.as_ref().map(|task| &task.target);
            criterion.judge(model, target, &validation, || assembly.loss())
        };
        let judges = criteria.iter().map(judge).collect::<Result<Vec<_>>>()?;
        // Drawn for the first criterion that needs them.
        let mut training = None;
        for criterion in criteria.iter() {
            match *criterion {
                CriterionKind::Validation { accuracy } => refuse_constant(&validation, accuracy)?,
                CriterionKind::Batches { accuracy, .. } => match &sample {
                    Some(sample) => refuse_constant(sample, accuracy)?,
                    // No answer agrees with coin flips.
                    None if trial.random_labels => {}
                    None => {
                        if let (None, Some(task)) = (&training, &task) {
                            training = Some(task.training_examples(trial, seeds)?);
                        }
                        for examples in training.iter().flatten() {
                            refuse_constant(examples, accuracy)?;
                        }
                    }
                },
                CriterionKind::ValidationLoss { .. } | CriterionKind::BatchesLoss { .. } => {}
            }
        }
        Ok(Run {
            theta: assembly.initial(seeds)?,
            stream,
            sample,
            criteria: Criteria::new(judges),
            step: 0,
            evaluation: Evaluation {
                validation,
                support: match &task {
                    Some(task) => task.target.support(),
                    None => trial.stated_support(),
                },
            },
        })
    }

    /// Runs to completion, reporting to `watch`; `None` if cancelled.
    pub(super) fn finish(
        self,
        assembly: &Assembly,
        watch: &mut Watch<'_>,
    ) -> Result<Option<Outcome>> {
        let Assembly { trial, model, .. } = assembly;
        let trainer = Trainer::new(
            model.clone(),
            assembly.loss(),
            self.stream,
            assembly.optimizer()?,
            self.theta,
            trial.batch,
        )?;
        let mut trainer = trainer.after(self.step);
        let sample = self.sample.filter(|_| trial.memorisation);
        let sample = sample.map(|sample| Reached::on(model, sample));
        let mut criterion = Criterion {
            criteria: self.criteria,
            memorised: sample.transpose()?,
            watch,
            ended_at: None,
            last: trial.max_steps,
        };
        let stop = trainer.run(trial.max_steps - self.step, &mut criterion);
        if criterion.watch.is_cancelled {
            return Ok(None);
        }
        let (theta, t) = match &criterion.ended_at {
            None => (trainer.theta(), trainer.steps()),
            Some((theta, t)) => (theta, *t),
        };
        let times = criterion.criteria.times();
        let outcome = (self.evaluation).outcome(trial, model, (theta, t), stop, times)?;
        let memorised = criterion.memorised.and_then(|reached| reached.first());
        Ok(Some(Outcome {
            memorised,
            ..outcome
        }))
    }
}

/// The stop criteria of a run, and those who watch it.
struct Criterion<'a, 'w> {
    criteria: Criteria<Judge>,
    /// The training sample, if the time of its memorisation is to be noted.
    memorised: Option<Reached<f32, AnyModel<f32>>>,
    watch: &'a mut Watch<'w>,
    /// The iterate at which all criteria were met, if the run continues beyond it.
    ended_at: Option<(Params<f32>, u64)>,
    /// The budget.
    last: u64,
}

impl Observer<f32, AnyModel<f32>> for Criterion<'_, '_> {
    fn observe(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) -> ControlFlow<Stop> {
        self.watch.observe(at)?;
        if let (Some(memorised), None) = (&mut self.memorised, &self.ended_at) {
            memorised.observe(at)?;
        }
        let met = self.met();
        let flow = match self.ended_at {
            None => self.criteria.observe(at),
            Some((_, t)) if at.step == t + self.watch.beyond => {
                ControlFlow::Break(Stop::Solved { step: t })
            }
            Some(_) => ControlFlow::Continue(()),
        };
        if flow.is_break() || self.met() > met || at.step == self.last {
            self.watch.record(at);
        }
        if flow.is_break() && self.ended_at.is_none() && self.watch.beyond > 0 {
            self.ended_at = Some((at.theta.clone(), at.step));
            return ControlFlow::Continue(());
        }
        flow
    }
}

impl Criterion<'_, '_> {
    /// The number of criteria that were met.
    fn met(&self) -> usize {
        self.criteria.times().iter().flatten().count()
    }
}

impl Evaluation {
    /// The outcome of a run that stopped at θ_t and met its criteria at these times.
    pub(super) fn outcome(
        self,
        trial: &Trial,
        model: &AnyModel<f32>,
        (theta, t): (&Params<f32>, u64),
        stop: Stop,
        times: &[Option<u64>],
    ) -> Result<Outcome> {
        let Evaluation {
            validation,
            support,
        } = self;
        let examples = INFLUENCE_EXAMPLES.min(validation.len());
        let mut x = Signs::ones(examples, trial.n)?;
        x.gather(&validation.x, 0..examples);
        let influences = influences(model, theta, &x);
        let judged_by = trial.judged_by();
        let is_perfect = judged_by
            .iter()
            .zip(times)
            .any(|(criterion, time)| criterion.is_perfection() && *time == Some(t));
        let final_error = if is_perfect {
            0.0
        } else {
            ErrorRate::on("error", model, validation)?.of(model, theta)
        };
        let relevant = match support.len() {
            0 => trial.k.min(trial.n),
            relevant => relevant,
        };
        let first = times[0];
        let status = match (first, Status::from(stop)) {
            (Some(_), _) => Status::Solved,
            // An observer ended it, whatever it calls that.
            (None, Status::Solved) => Status::Unsolved,
            (None, status) => status,
        };
        Ok(Outcome {
            status,
            t: first,
            times: match trial.criteria.is_empty() {
                true => Vec::new(),
                false => times.to_vec(),
            },
            memorised: None,
            steps: t,
            recovered: most_influential(&influences, relevant),
            support,
            final_accuracy: 1.0 - final_error,
        })
    }
}

/// The judge of a run that ends when all validation examples are right.
pub(super) fn convergence(
    criteria: &mut Criteria<Judge>,
) -> &mut Convergence<f32, AnyModel<f32>, SharedTarget> {
    match criteria.criteria_mut() {
        [Judge::Validation(judge)] => judge,
        _ => unreachable!("runs in lockstep are judged by their validation accuracy"),
    }
}

/// Refuses a task on whose examples a constant answer reaches an accuracy.
fn refuse_constant(examples: &Batch<f32>, accuracy: f64) -> Result<()> {
    let positive = examples.y.iter().filter(|y| **y > 0.0).count();
    let most = positive.max(examples.len() - positive);
    let share = most as f64 / examples.len() as f64;
    if share >= accuracy {
        return Err(Error::Constant { share, accuracy });
    }
    Ok(())
}
