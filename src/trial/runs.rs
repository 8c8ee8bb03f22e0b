//! Runs of a trial, one after the other or abreast.

use super::abreast::Lanes;
use super::learner::WithModel;
use super::task::{SharedTarget, Task};
use super::{Outcome, Status, Trial};
use crate::data::{Batch, BatchStream};
use crate::error::{Error, Result};
use crate::measure::{Convergence, ErrorRate, influences, most_influential};
use crate::model::{Abreast, Model};
use crate::params::Params;
use crate::seeds::{Purpose, Seeds};
use crate::signs::Signs;
use crate::train::{Stop, Trainer};
use std::ops::ControlFlow;

/// The number of validation inputs on which the learner's reliance on coordinates is measured.
const INFLUENCE_EXAMPLES: usize = 64;

/// Runs that wait for their model.
pub(super) struct Runs<'a> {
    pub(super) trial: &'a Trial,
    /// The seeds that are left, with their numbers.
    pub(super) seeds: &'a mut (dyn Iterator<Item = (usize, Seeds)> + 'a),
    pub(super) done: &'a mut (dyn FnMut(usize, Result<Outcome>) -> ControlFlow<()> + 'a),
}

impl WithModel for Runs<'_> {
    type Output = ();

    fn with<M: Model<f32> + Clone>(self, model: M) -> Result<()> {
        for (index, seeds) in self.seeds {
            let outcome = Run::begin(self.trial, &model, &seeds)
                .and_then(|run| run.finish(self.trial, &model));
            if (self.done)(index, outcome).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn with_abreast<M: Abreast<f32> + Clone>(mut self, model: M) -> Result<()> {
        match Lanes::new(self.trial, &model)? {
            None => self.with(model),
            Some(mut lanes) => {
                // An outcome that nobody wants any more ends it.
                let _ = lanes.run(&mut self);
                Ok(())
            }
        }
    }
}

/// One run, at an iterate whose batch is not drawn yet.
pub(super) struct Run<M: Model<f32>> {
    pub(super) theta: Params<f32>,
    pub(super) stream: Box<dyn BatchStream<f32>>,
    pub(super) solved: Convergence<f32, M, SharedTarget>,
    /// The number of updates made.
    pub(super) step: u64,
    pub(super) ending: Ending,
}

/// What the outcome of a run is found out with.
pub(super) struct Ending {
    validation: Batch<f32>,
    target: SharedTarget,
}

impl<M: Model<f32>> Run<M> {
    pub(super) fn begin(trial: &Trial, model: &M, seeds: &Seeds) -> Result<Self> {
        let task = Task::of(trial, seeds)?;
        if let (Some(reason), false, 1.0) = (
            trial.obstacle(),
            trial.allow_unsolvable,
            trial.target_accuracy,
        ) {
            return Err(Error::Unsolvable { reason });
        }
        let validation = task.validation(trial, seeds)?;
        let solved = Convergence::on(model, &task.target, validation.clone())?;
        let solved = solved.with_accuracy(trial.target_accuracy)?;
        refuse_constant(&validation, trial.target_accuracy)?;
        Ok(Run {
            theta: Params::draw(model.layout(), &mut seeds.stream(Purpose::Init)),
            stream: task.stream(trial, seeds)?,
            solved,
            step: 0,
            ending: Ending {
                validation,
                target: task.target,
            },
        })
    }

    /// Goes on to the end.
    pub(super) fn finish(self, trial: &Trial, model: &M) -> Result<Outcome>
    where
        M: Clone,
    {
        let Run {
            theta,
            stream,
            mut solved,
            step,
            ending,
        } = self;
        let (loss, optimizer) = (trial.loss.boxed(), trial.optimizer(model)?);
        let trainer = Trainer::new(model.clone(), loss, stream, optimizer, theta, trial.batch)?;
        let mut trainer = trainer.after(step);
        let stop = trainer.run(trial.max_steps - step, &mut solved);
        ending.outcome(trial, model, (trainer.theta(), trainer.steps()), stop)
    }
}

impl Ending {
    /// What became of a run that stopped at θ_t.
    pub(super) fn outcome(
        self,
        trial: &Trial,
        model: &impl Model<f32>,
        (theta, t): (&Params<f32>, u64),
        stop: Stop,
    ) -> Result<Outcome> {
        let Ending { validation, target } = self;
        let mut x = Signs::ones(INFLUENCE_EXAMPLES, trial.n)?;
        x.gather(&validation.x, 0..INFLUENCE_EXAMPLES);
        let influences = influences(model, theta, &x);
        let status = Status::from(stop);
        let is_perfect = status == Status::Solved && trial.target_accuracy == 1.0;
        let final_error = if is_perfect {
            0.0
        } else {
            ErrorRate::on("error", model, validation)?.of(model, theta)
        };
        let support = target.support();
        Ok(Outcome {
            status,
            t: (status == Status::Solved).then_some(t),
            steps: t,
            recovered: most_influential(&influences, support.len()),
            support,
            final_accuracy: 1.0 - final_error,
        })
    }
}

/// Refuses labels of which one alone has the target share.
fn refuse_constant(validation: &Batch<f32>, accuracy: f64) -> Result<()> {
    let positive = validation.y.iter().filter(|y| **y > 0.0).count();
    let most = positive.max(validation.len() - positive);
    let share = most as f64 / validation.len() as f64;
    if share >= accuracy {
        return Err(Error::Constant { share, accuracy });
    }
    Ok(())
}
