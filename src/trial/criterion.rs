//! When a trial counts as solved, as data.

use super::Trial;
use super::task::SharedTarget;
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::measure::{
    Convergence, RunningAccuracy, RunningLoss, ValidationLoss, accuracy_above_half, loss_threshold,
    window_of,
};
use crate::model::AnyModel;
use crate::train::{Observer, Snapshot, Stop};
use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A criterion of convergence of a [`Trial`].
///
/// Each has a time t, the number of updates made before the first iterate that meets it. Its short form has colons,
/// such as `batches:0.75:12`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum CriterionKind {
    /// The iterate gets that share of 2¹³ clean validation examples right, [`Convergence`].
    ///
    /// Whatever the label noise. For a share of 1, an iterate that is wrong on its training batch, by the clean labels,
    /// does not count. On the plateau it then costs next to nothing, and for smaller shares thousands of evaluations an
    /// iterate.
    Validation {
        /// The share of right answers.
        #[cfg_attr(feature = "sweep", schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.5)))]
        accuracy: f64,
    },
    /// The last training batches, each at the iterate of its time, have that share of right answers,
    /// [`RunningAccuracy`].
    ///
    /// Right is what agrees with the labels as drawn, with their noise, and t is at least the window less 1.
    Batches {
        /// The share of right answers.
        #[cfg_attr(feature = "sweep", schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.5)))]
        accuracy: f64,
        /// The number of batches, the one drawn at the iterate included.
        #[cfg_attr(feature = "sweep", schemars(range(min = 1, max = 1_048_576)))]
        window: usize,
    },
    /// The iterate has at most that mean loss on 2¹³ clean validation examples, [`ValidationLoss`].
    ValidationLoss {
        /// The largest mean loss.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        loss: f64,
    },
    /// The last training batches, each at the iterate of its time, have at most that mean loss, [`RunningLoss`].
    ///
    /// Labels are those as drawn, with their noise, and t is at least the window less 1.
    BatchesLoss {
        /// The largest mean loss.
        #[cfg_attr(feature = "sweep", schemars(range(min = 0.0)))]
        loss: f64,
        /// The number of batches, the one drawn at the iterate included.
        #[cfg_attr(feature = "sweep", schemars(range(min = 1, max = 1_048_576)))]
        window: usize,
    },
}

/// The short form, such as `batches:0.75:12`.
impl fmt::Display for CriterionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CriterionKind::Validation { accuracy } => write!(f, "validation:{accuracy}"),
            CriterionKind::Batches { accuracy, window } => {
                write!(f, "batches:{accuracy}:{window}")
            }
            CriterionKind::ValidationLoss { loss } => write!(f, "validation-loss:{loss}"),
            CriterionKind::BatchesLoss { loss, window } => {
                write!(f, "batches-loss:{loss}:{window}")
            }
        }
    }
}

impl CriterionKind {
    fn check(self) -> Result<()> {
        match self {
            CriterionKind::Validation { accuracy } => accuracy_above_half(accuracy).map(drop),
            CriterionKind::Batches { accuracy, window } => {
                accuracy_above_half(accuracy)?;
                window_of(window).map(drop)
            }
            CriterionKind::ValidationLoss { loss } => loss_threshold(loss).map(drop),
            CriterionKind::BatchesLoss { loss, window } => {
                loss_threshold(loss)?;
                window_of(window).map(drop)
            }
        }
    }

    /// Whether it takes all validation examples to be right.
    pub(super) fn is_perfection(self) -> bool {
        self == CriterionKind::Validation { accuracy: 1.0 }
    }

    /// What judges by it; without a target, training batches are right by their labels.
    pub(super) fn judge(
        self,
        model: &AnyModel<f32>,
        target: Option<&SharedTarget>,
        validation: &Batch<f32>,
        loss: impl FnOnce() -> SharedLoss,
    ) -> Result<Judge> {
        Ok(match self {
            CriterionKind::Validation { accuracy } => {
                let solved = match target {
                    Some(target) => Convergence::on(model, target, validation.clone())?,
                    None => Convergence::by_labels(model, validation.clone())?,
                };
                Judge::Validation(Box::new(solved.with_accuracy(accuracy)?))
            }
            CriterionKind::Batches { accuracy, window } => {
                Judge::Batches(RunningAccuracy::new(accuracy, window)?)
            }
            CriterionKind::ValidationLoss { loss: threshold } => {
                let examples = validation.clone();
                let judge = ValidationLoss::on(model, loss(), threshold, examples)?;
                Judge::ValidationLoss(Box::new(judge))
            }
            CriterionKind::BatchesLoss { loss, window } => {
                Judge::BatchesLoss(RunningLoss::new(loss, window)?)
            }
        })
    }
}

impl Trial {
    /// The criteria by which the trial is judged: those that are given, or else that of the target accuracy.
    pub(super) fn judged_by(&self) -> Cow<'_, [CriterionKind]> {
        let accuracy = self.target_accuracy;
        match self.criteria.is_empty() {
            true => Cow::Owned(vec![CriterionKind::Validation { accuracy }]),
            false => Cow::Borrowed(&self.criteria),
        }
    }

    /// Refuses criteria that are none, or given twice.
    pub(super) fn check_criteria(&self) -> Result<()> {
        if !self.criteria.is_empty() && self.target_accuracy != 1.0 {
            return Err(Error::Conflict {
                one: "criteria",
                other: "a target accuracy",
                reason: "it is the criterion validation with that accuracy",
            });
        }
        for (place, criterion) in self.criteria.iter().enumerate() {
            criterion.check()?;
            if self.criteria[..place].contains(criterion) {
                let criterion = criterion.to_string();
                return Err(Error::RepeatedCriterion { criterion });
            }
        }
        Ok(())
    }

    /// Whether the trial ends when all validation examples are right, and nothing else is asked.
    pub(super) fn is_judged_by_perfection(&self) -> bool {
        matches!(&*self.judged_by(), [only] if only.is_perfection())
    }
}

type SharedLoss = Arc<dyn Loss<f32>>;

/// What judges the iterates of a run by one criterion.
pub(super) enum Judge {
    Validation(Box<Convergence<f32, AnyModel<f32>, SharedTarget>>),
    Batches(RunningAccuracy),
    ValidationLoss(Box<ValidationLoss<f32, AnyModel<f32>, SharedLoss>>),
    BatchesLoss(RunningLoss),
}

impl Observer<f32, AnyModel<f32>> for Judge {
    fn observe(&mut self, at: &Snapshot<'_, f32, AnyModel<f32>>) -> ControlFlow<Stop> {
        match self {
            Judge::Validation(judge) => judge.observe(at),
            Judge::Batches(judge) => judge.observe(at),
            Judge::ValidationLoss(judge) => judge.observe(at),
            Judge::BatchesLoss(judge) => judge.observe(at),
        }
    }
}
