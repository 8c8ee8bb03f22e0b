use super::validation::{Examiner, VALIDATION_EXAMPLES, clean_examples, count_right};
use crate::data::{Batch, Target};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::real::Real;
use crate::seeds::Seeds;
use crate::train::{Observer, Snapshot, Stop};
use ndarray::Array1;
use std::collections::VecDeque;
use std::fmt;
use std::ops::ControlFlow;

/// Ends a run at its convergence time t_c.
///
/// t_c is the number of updates before the first iterate that gets all of 2¹³ validation examples
/// right, or the share set by [`with_accuracy`](Convergence::with_accuracy). The examples are
/// drawn once from the seeds' validation stream, with clean labels whatever the training noise.
///
/// *Every* iterate is judged, at little cost. Examples that were wrong last time are asked first,
/// so that one answer is usually enough. None is asked while the training examples are still
/// wrong, by their clean labels: while the newest batch has an error or, for batches of fewer than
/// 4, more than one of the 8 examples before it was wrong too.
///
/// On the plateau this costs under 3 % of training a ReLU network of width 100 (n = 50) in
/// batches of 32 or 1. The verdict itself evaluates all 2¹³ examples, which in batches of 32 is
/// the price of about 100 updates and makes 1 or 2 % of a run of 10⁴, but 10 % of one of 2000; in
/// batches of 1, where the end of a run takes long, it was 22 % (`benches/step.rs`, group
/// `convergence`, and instructions counted with callgrind).
///
/// For a target below 100 % the share of right answers must reach the target on the newest 2048
/// training examples before any validation example is asked. As these were seen by older iterates
/// as well, t_c may be up to 2048/B updates late;
/// [`without_shortcut`](Convergence::without_shortcut) asks at every iterate, at a cost of
/// thousands of evaluations each.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(50, 100, Relu)?;
/// let parity = Parity::new(50, &[1, 2, 3])?;
/// let solved = Convergence::<f32, _, _>::new(&model, &parity, &seeds)?;
/// let better_than_chance =
///     Convergence::<f32, _, _>::new(&model, &parity, &seeds)?.with_accuracy(0.55)?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct Convergence<F: Real, M: Model<F>, T> {
    target: T,
    accuracy: f64,
    examples: Batch<F>,
    examiner: Examiner<F, M::Cache>,
    /// The examples, those that were wrong last time first.
    order: Vec<u32>,
    /// Room for sorting `order`.
    wrong: Vec<u32>,
    right: Vec<u32>,
    evidence: Evidence,
    has_shortcut: bool,
    /// The clean labels of the training batch.
    labels: Array1<F>,
}

/// How many of the newest training examples were wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evidence {
    /// Wrong answers in the newest batches, oldest first.
    wrong: VecDeque<usize>,
    /// The step of the newest batch: an iterate may be shown twice.
    newest: Option<u64>,
}

impl Evidence {
    /// Takes up a batch and says whether an iterate of that accuracy is plausible.
    fn suffices(&mut self, step: u64, wrong: usize, batch: usize, accuracy: f64) -> bool {
        let window = match batch {
            _ if accuracy < 1.0 => 2048_usize.div_ceil(batch),
            1..4 => 1 + 8_usize.div_ceil(batch),
            _ => 1,
        };
        if self.newest != Some(step) {
            self.newest = Some(step);
            if self.wrong.len() == window {
                self.wrong.pop_front();
            }
            self.wrong.push_back(wrong);
        }
        let all: usize = self.wrong.iter().sum();
        if accuracy < 1.0 {
            all as f64 <= (1.0 - accuracy) * (self.wrong.len() * batch) as f64
        } else {
            wrong == 0 && all <= 1
        }
    }
}

impl<F: Real, M: Model<F>, T: Target + Clone> Convergence<F, M, T> {
    /// Judges whether `model` has learned `target`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the target has another dimension than the model.
    pub fn new(model: &M, target: &T, seeds: &Seeds) -> Result<Self> {
        same_dim(model.dim(), target.dim())?;
        Ok(Convergence {
            target: target.clone(),
            accuracy: 1.0,
            examples: clean_examples(target, VALIDATION_EXAMPLES, seeds)?,
            examiner: Examiner::new(model)?,
            order: (0..VALIDATION_EXAMPLES as u32).collect(),
            wrong: Vec::with_capacity(VALIDATION_EXAMPLES),
            right: Vec::with_capacity(VALIDATION_EXAMPLES),
            evidence: Evidence::default(),
            has_shortcut: true,
            labels: Array1::zeros(0),
        })
    }

    /// The same criterion with another share of right answers, such as 0.55.
    ///
    /// # Errors
    /// [`Error::Accuracy`] unless it is in (1/2, 1].
    pub fn with_accuracy(self, accuracy: f64) -> Result<Self> {
        if !(accuracy > 0.5 && accuracy <= 1.0) {
            return Err(Error::Accuracy { accuracy });
        }
        Ok(Convergence { accuracy, ..self })
    }

    /// The same criterion, asked at every iterate whatever the training examples say.
    #[must_use]
    pub fn without_shortcut(self) -> Self {
        let has_shortcut = false;
        Convergence {
            has_shortcut,
            ..self
        }
    }

    /// Whether the training examples leave room for an iterate that passes.
    fn is_plausible(&mut self, at: &Snapshot<'_, F, M>) -> bool {
        if !self.has_shortcut {
            return true;
        }
        let batch = at.batch.len();
        if self.labels.len() != batch {
            self.labels = Array1::zeros(batch);
        }
        self.target.label(&at.batch.x, &mut self.labels);
        let wrong = batch - count_right(&self.labels, at.out);
        self.evidence.suffices(at.step, wrong, batch, self.accuracy)
    }

    /// Whether the iterate passes the validation.
    fn passes(&mut self, at: &Snapshot<'_, F, M>) -> bool {
        let allowed = ((1.0 - self.accuracy) * self.order.len() as f64 + 1e-9).floor() as usize;
        self.wrong.clear();
        self.right.clear();
        let (wrong, right) = (&mut self.wrong, &mut self.right);
        let rows = self.order.iter().map(|&row| row as usize);
        self.examiner
            .examine(at.model, at.theta, &self.examples, rows, |row, is_right| {
                let side = if is_right { &mut *right } else { &mut *wrong };
                side.push(row as u32);
                wrong.len() <= allowed
            });
        let (asked, failed) = (wrong.len() + right.len(), wrong.len());
        self.order[..failed].copy_from_slice(wrong);
        self.order[failed..asked].copy_from_slice(right);
        failed <= allowed
    }
}

/// Succeeds if a model of dimension `expected` can look at data of dimension `found`.
pub(super) fn same_dim(expected: usize, found: usize) -> Result<()> {
    if expected != found {
        return Err(Error::Mismatch {
            what: "the dimension n of the validation data",
            expected,
            found,
            repair: "build model and data for the same n",
        });
    }
    Ok(())
}

impl<F: Real, M: Model<F>, T: Target + Clone> Observer<F, M> for Convergence<F, M, T> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        if self.is_plausible(at) && self.passes(at) {
            return ControlFlow::Break(Stop::Solved { step: at.step });
        }
        ControlFlow::Continue(())
    }
}

/// The validation examples come back from the seeds; only the evidence must be remembered.
#[cfg(feature = "serde")]
impl<F: Real, M: Model<F>, T> crate::train::Persist for Convergence<F, M, T> {
    type State = Evidence;
    fn state(&self) -> Evidence {
        self.evidence.clone()
    }
    fn restore(&mut self, evidence: Evidence) -> Result<()> {
        self.evidence = evidence;
        Ok(())
    }
}

impl<F: Real, M: Model<F>, T: fmt::Debug> fmt::Debug for Convergence<F, M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Convergence")
            .field("target", &self.target)
            .field("accuracy", &self.accuracy)
            .finish_non_exhaustive()
    }
}
