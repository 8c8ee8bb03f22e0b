//! Targets and the distributions of the inputs, as data.

use super::{Learner, Trial};
use crate::data::{
    Batch, BatchStream, Biased, Conjunction, Curriculum, Disjunction, Epochs, Inputs, Junta,
    Labelled, Majority, Multitask, Online, Parity, RandomLabels, Sampler, Staircase, Target,
    Uniform,
};
use crate::error::{Error, Result};
use crate::measure::VALIDATION_EXAMPLES;
use crate::seeds::{Purpose, Seeds};
use std::sync::Arc;

/// The target of a [`Trial`], a function of its k relevant coordinates.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum TargetKind {
    /// [`Parity`].
    Parity,
    /// [`Parity::disjoint`], with one coordinate in each of k blocks.
    DisjointParity,
    /// [`Conjunction`].
    Conjunction,
    /// [`Disjunction`].
    Disjunction,
    /// [`Majority`].
    Majority,
    /// [`Staircase`]; the coordinates climb it in ascending order unless they are given.
    Staircase,
    /// [`Junta`].
    Junta {
        /// Its truth table.
        table: Vec<i8>,
    },
    /// [`Multitask`]: parities of k coordinates each, drawn from the seeds.
    Multitask {
        /// The number of tasks, and of the control coordinates among the n.
        #[cfg_attr(feature = "serde", serde(default = "usual_tasks"))]
        #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
        tasks: usize,
        /// Task i, counted from 1, has a frequency proportional to i^−(α + 1).
        #[cfg_attr(feature = "serde", serde(default = "usual_alpha"))]
        alpha: f64,
    },
}

/// The number of tasks where a file says none.
#[cfg(feature = "serde")]
fn usual_tasks() -> usize {
    5
}

/// The exponent of the frequencies where a file says none, that of the paper on quanta of skill (Michaud,
/// Liu, Girit and Tegmark, *The Quantization Model of Neural Scaling*, 2023).
#[cfg(feature = "serde")]
fn usual_alpha() -> f64 {
    0.4
}

/// The first phase of a [`Trial`] with a two-phase curriculum.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct FirstPhase {
    /// The probability of xᵢ = −1.
    #[cfg_attr(feature = "sweep", schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0)))]
    pub bias: f64,
    /// The number of steps.
    pub steps: u64,
}

/// The distribution of the validation inputs of a [`Trial`]; their labels are clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ValidationLaw {
    /// Uniform inputs; for several tasks, those of training.
    #[default]
    Uniform,
    /// Fresh inputs from the distribution of training, after the curriculum if there is one.
    Training,
}

type SharedInputs = Arc<dyn Inputs>;
pub(super) type SharedTarget = Arc<dyn Target>;

/// What a trial learns, and from which inputs.
pub(super) struct Task {
    pub(super) target: SharedTarget,
    inputs: SharedInputs,
}

impl Task {
    pub(super) fn of(trial: &Trial, seeds: &Seeds) -> Result<Task> {
        trial.refuse_conflicts()?;
        trial.check_criteria()?;
        let n = trial.n;
        let support = || trial.relevant(seeds);
        let target: SharedTarget = match &trial.target {
            TargetKind::Parity => Arc::new(Parity::new(n, &support()?)?),
            TargetKind::DisjointParity => Arc::new(Parity::disjoint(n, &support()?)?),
            TargetKind::Conjunction => Arc::new(Conjunction::new(n, &support()?)?),
            TargetKind::Disjunction => Arc::new(Disjunction::new(n, &support()?)?),
            TargetKind::Majority => Arc::new(Majority::new(n, &support()?)?),
            TargetKind::Staircase => Arc::new(Staircase::new(n, &support()?)?),
            TargetKind::Junta { table } => Arc::new(Junta::new(n, &support()?, table)?),
            &TargetKind::Multitask { tasks, alpha } => {
                return Task::of_several(trial, tasks, alpha, seeds);
            }
        };
        let inputs: SharedInputs = match trial.bias {
            None => Arc::new(Uniform::new(n)?),
            Some(p) => Arc::new(Biased::new(n, p)?),
        };
        Ok(Task { target, inputs })
    }

    fn of_several(trial: &Trial, tasks: usize, alpha: f64, seeds: &Seeds) -> Result<Task> {
        let &Trial { n, k, .. } = trial;
        if n < tasks.saturating_add(k) {
            return Err(Error::Mismatch {
                what: "n, the control and the task coordinates together,",
                expected: tasks.saturating_add(k),
                found: n,
                repair: "use at least so many, or fewer tasks or a smaller k",
            });
        }
        let rng = &mut seeds.stream(Purpose::Support);
        let target = Multitask::random(tasks, n - tasks, k, rng)?;
        let inputs = Arc::new(target.zipf(alpha)?);
        let target = Arc::new(target);
        Ok(Task { target, inputs })
    }

    /// The training batches, and the sample that they are from if there is one.
    pub(super) fn stream(&self, trial: &Trial, seeds: &Seeds) -> Result<Training> {
        if trial.random_labels {
            return training(RandomLabels::new(trial.n)?, trial.samples, seeds);
        }
        let distribution = self.distribution(trial, &self.inputs)?;
        let Some(FirstPhase { bias, steps }) = trial.curriculum else {
            return training(distribution, trial.samples, seeds);
        };
        let inputs: SharedInputs = Arc::new(Biased::new(trial.n, bias)?);
        let first = self.distribution(trial, &inputs)?;
        Ok((
            Box::new(Curriculum::new(first, steps, distribution, seeds)?),
            None,
        ))
    }

    /// Clean examples to validate on.
    pub(super) fn validation(&self, trial: &Trial, seeds: &Seeds) -> Result<Batch<f32>> {
        let uniform: SharedInputs = Arc::new(Uniform::new(trial.n)?);
        let inputs = match (&trial.target, trial.validation) {
            (TargetKind::Multitask { .. }, _) | (_, ValidationLaw::Training) => &self.inputs,
            (
                TargetKind::Parity
                | TargetKind::DisjointParity
                | TargetKind::Conjunction
                | TargetKind::Disjunction
                | TargetKind::Majority
                | TargetKind::Staircase
                | TargetKind::Junta { .. },
                ValidationLaw::Uniform,
            ) => &uniform,
        };
        let rng = &mut seeds.stream(Purpose::Eval);
        Batch::clean(inputs, &self.target, VALIDATION_EXAMPLES, rng)
    }

    /// Training examples with their noise, of each phase.
    pub(super) fn training_examples(
        &self,
        trial: &Trial,
        seeds: &Seeds,
    ) -> Result<Vec<Batch<f32>>> {
        let mut phases = vec![self.distribution(trial, &self.inputs)?];
        if let Some(FirstPhase { bias, .. }) = trial.curriculum {
            let inputs: SharedInputs = Arc::new(Biased::new(trial.n, bias)?);
            phases.push(self.distribution(trial, &inputs)?);
        }
        let examples = |phase| Batch::draw(phase, VALIDATION_EXAMPLES, &mut seeds.into());
        phases.iter().map(examples).collect()
    }

    fn distribution(
        &self,
        trial: &Trial,
        inputs: &SharedInputs,
    ) -> Result<Labelled<SharedInputs, SharedTarget>> {
        let (inputs, target) = (Arc::clone(inputs), Arc::clone(&self.target));
        Labelled::new(inputs, target)?.with_label_noise(trial.noise)
    }
}

/// Batches, and the sample that they are from if there is one.
pub(super) type Training = (Box<dyn BatchStream<f32>>, Option<Batch<f32>>);

/// Fresh examples, or passes over `samples` of them.
fn training(
    distribution: impl Sampler + 'static,
    samples: Option<usize>,
    seeds: &Seeds,
) -> Result<Training> {
    let Some(m) = samples else {
        return Ok((Box::new(Online::new(distribution, seeds)), None));
    };
    let epochs = Epochs::draw(&distribution, m, seeds)?;
    let sample = epochs.examples().clone();
    Ok((Box::new(epochs), Some(sample)))
}

impl Trial {
    /// The relevant coordinates, given or drawn.
    fn relevant(&self, seeds: &Seeds) -> Result<Vec<usize>> {
        let &Trial { n, k, .. } = self;
        let rng = &mut seeds.stream(Purpose::Support);
        match &self.support {
            Some(support) if support.len() != k => Err(Error::Mismatch {
                what: "the size of the support",
                expected: k,
                found: support.len(),
                repair: "list k coordinates, or change k",
            }),
            Some(support) => Ok(support.clone()),
            None if self.target == TargetKind::DisjointParity => {
                Ok(Parity::random_disjoint(n, k, rng)?.support().to_vec())
            }
            None => Ok(Parity::random(n, k, rng)?.support().to_vec()),
        }
    }

    /// The support that is given, ascending; empty if none is.
    pub(super) fn stated_support(&self) -> Vec<usize> {
        let mut support = self.support.clone().unwrap_or_default();
        support.sort_unstable();
        support
    }

    /// Whether the given support has one coordinate in each of k blocks; one that will be drawn
    /// need not.
    fn is_disjoint(&self) -> bool {
        let given = self.support.as_ref();
        given.is_some_and(|support| Parity::disjoint(self.n, support).is_ok())
    }

    fn refuse_conflicts(&self) -> Result<()> {
        let several = matches!(self.target, TargetKind::Multitask { .. });
        let (sample, curriculum) = (self.samples.is_some(), self.curriculum.is_some());
        let special = self.bias.is_some() || curriculum || several;
        let conflicts = [
            (
                self.random_labels && special,
                "random labels",
                "inputs that are not uniform",
                "the control draws uniform inputs",
            ),
            (
                self.random_labels && self.noise != 0.0,
                "random labels",
                "label noise",
                "flipped coins are coins",
            ),
            (
                sample && curriculum,
                "a finite sample",
                "a curriculum",
                "the sample is drawn once, before the first phase ends",
            ),
            (
                !sample && self.memorisation,
                "the memorisation time",
                "online training",
                "there is no training sample, every batch is a fresh one",
            ),
            (
                several && self.support.is_some(),
                "a multitask target",
                "a given support",
                "every task draws its own",
            ),
            (
                several && self.bias.is_some(),
                "a multitask target",
                "biased inputs",
                "the tasks draw their own inputs",
            ),
            (
                several && curriculum,
                "a multitask target",
                "a curriculum",
                "the tasks draw their own inputs",
            ),
        ];
        match conflicts.into_iter().find(|(present, ..)| *present) {
            Some((_, one, other, reason)) => Err(Error::Conflict { one, other, reason }),
            None => Ok(()),
        }
    }

    /// Why the trial cannot be solved, where that is certain.
    pub(super) fn obstacle(&self) -> Option<String> {
        let in_blocks = match self.learner {
            Learner::DisjointPolyNet(_) => true,
            Learner::Mlp(_)
            | Learner::DeepMlp(_)
            | Learner::PolyNet(_)
            | Learner::Transformer(_) => false,
        };
        match &self.target {
            TargetKind::Parity if in_blocks && !self.is_disjoint() => Some(
                "a factor of the disjoint-PolyNet reads one block of n/k coordinates, and the \
                 target disjoint-parity has one relevant coordinate in each"
                    .into(),
            ),
            TargetKind::Parity | TargetKind::DisjointParity => self.learner.limit(self.n, self.k),
            TargetKind::Staircase if self.k.is_multiple_of(2) => {
                Some("a staircase of an even number of steps is 0 on some inputs".into())
            }
            TargetKind::Conjunction
            | TargetKind::Disjunction
            | TargetKind::Majority
            | TargetKind::Staircase
            | TargetKind::Junta { .. }
            | TargetKind::Multitask { .. } => None,
        }
    }
}
