use super::validation::{Examination, clean_examples, count_right};
use crate::data::{Batch, Target, label};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::seeds::Seeds;
use crate::train::{Observer, Outputs, Snapshot, Stop};
use ndarray::Array1;
use std::collections::VecDeque;
use std::fmt;
use std::ops::ControlFlow;

/// Ends a run at its convergence time t_c.
///
/// t_c is the number of updates before the first iterate that gets all of 2¹³ validation examples
/// right, or the share set by [`with_accuracy`](Convergence::with_accuracy). The examples are
/// uniform and drawn once from the seeds' validation stream, with clean labels whatever the
/// training noise; [`on`](Convergence::on) takes any others. Right is an output with the sign of
/// its label, so no output gets a label of 0 right.
///
/// *Every* iterate is judged. Two things make that cheap for the target of 100 %: examples that
/// were wrong last time are evaluated first, so that one is usually enough, and none is evaluated
/// while the newest training batch still has an error by its clean labels.
///
/// On the plateau this costs well under 1 % of training a ReLU network of width 100 (n = 50) in
/// batches of 32. The verdict itself evaluates all 2¹³ examples, which there is the price of about
/// 100 updates: 1 or 2 % of a run of 10⁴ updates, but 10 % of one of 2000. Batches of 1 are right
/// every other time by chance, and a single evaluation is a large part of such an update: it was
/// 11 % on the plateau and 47 % near the end of a run. [`with_window`](Convergence::with_window)
/// validates less often, at the price of a late verdict. A target below 100 % takes thousands of
/// evaluations an iterate, and a window helps there too.
/// (`benches/step.rs`, group `convergence`, and instructions counted with callgrind.)
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(50, 100, Relu)?;
/// let parity = Parity::new(50, &[1, 2, 3])?;
/// let solved = Convergence::<f32, _, _>::new(&model, &parity, &seeds)?;
/// let better_than_chance = Convergence::<f32, _, _>::new(&model, &parity, &seeds)?
///     .with_accuracy(0.55)?
///     .with_window(2048);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct Convergence<F: Real, M: Model<F>, T> {
    /// What gives the clean labels of training batches; without it, they have them.
    target: Option<T>,
    accuracy: f64,
    examination: Examination<F, M::Cache>,
    window: Option<Window>,
    /// The clean labels of the training batch.
    labels: Array1<F>,
}

/// The newest training batches, as far as the criterion looks back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Window {
    /// At least so many examples, once there are so many.
    examples: usize,
    /// Wrong answers in each batch, oldest first.
    wrong: VecDeque<usize>,
    /// The step of the newest batch: an iterate may be shown twice.
    newest: Option<u64>,
}

impl Window {
    fn new(examples: usize) -> Self {
        Window {
            examples,
            wrong: VecDeque::new(),
            newest: None,
        }
    }

    /// Takes up a batch; true if the window reaches the accuracy.
    fn reaches(&mut self, accuracy: f64, step: u64, wrong: usize, batch: usize) -> bool {
        if self.newest != Some(step) {
            self.newest = Some(step);
            if self.wrong.len() == self.examples.div_ceil(batch) {
                self.wrong.pop_front();
            }
            self.wrong.push_back(wrong);
        }
        let wrong = self.wrong.iter().sum::<usize>();
        wrong <= allowed(accuracy, self.wrong.len() * batch)
    }
}

/// How many of `examples` may be wrong at that accuracy.
pub(super) fn allowed(accuracy: f64, examples: usize) -> usize {
    // The slack is for shares such as 0.55 that are no binary fractions.
    ((1.0 - accuracy) * examples as f64 + 1e-9).floor() as usize
}

impl<F: Real, M: Model<F>, T: Target + Clone> Convergence<F, M, T> {
    /// Judges whether `model` has learned `target`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the target has another dimension than the model.
    pub fn new(model: &M, target: &T, seeds: &Seeds) -> Result<Self> {
        Convergence::on(model, target, clean_examples(target, seeds)?)
    }

    /// Judges on the given examples whether `model` has learned `target`, which gives the clean
    /// labels of the training batches.
    ///
    /// The examples should come from the distribution of training, and have the labels of the target:
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let seeds = Seeds::from(1);
    /// let tasks = Multitask::random(5, 15, 2, &mut seeds.stream(Purpose::Support))?;
    /// let rng = &mut seeds.stream(Purpose::Eval);
    /// let examples = Batch::<f32>::clean(&tasks.zipf(0.4)?, &tasks, 5000, rng)?;
    /// let model = Mlp::new(20, 100, Relu)?;
    /// let solved = Convergence::on(&model, &tasks, examples)?;
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Mismatch`] if target or examples have another dimension than the model, or labels
    /// are missing; [`Error::Zero`] without examples, [`Error::TooLarge`] from 2³² on.
    pub fn on(model: &M, target: &T, examples: Batch<F>) -> Result<Self> {
        same_dim(model.dim(), target.dim())?;
        same_dim(model.dim(), examples.x.dim())?;
        examples.check()?;
        check_labels(target, &examples)?;
        Convergence::of(model, Some(target.clone()), examples)
    }

    /// Judges whether `model` gets the given examples right, and training batches by the labels that they have.
    pub(crate) fn by_labels(model: &M, examples: Batch<F>) -> Result<Self> {
        same_dim(model.dim(), examples.x.dim())?;
        examples.check_signs("")?;
        Convergence::of(model, None, examples)
    }

    fn of(model: &M, target: Option<T>, examples: Batch<F>) -> Result<Self> {
        Ok(Convergence {
            target,
            accuracy: 1.0,
            examination: Examination::new(model, examples)?,
            window: None,
            labels: Array1::zeros(0),
        })
    }

    /// The same criterion with another share of right answers, such as 0.55.
    ///
    /// # Errors
    /// [`Error::Accuracy`] unless it is in (1/2, 1].
    pub fn with_accuracy(self, accuracy: f64) -> Result<Self> {
        let accuracy = accuracy_above_half(accuracy)?;
        Ok(Convergence { accuracy, ..self })
    }

    /// The same criterion, validated only while the newest `examples` training examples reach the
    /// target by their clean labels.
    ///
    /// Most of these were seen by older iterates, so the verdict may come late: usually by no more
    /// than the window, longer if the accuracy lingers at a target below 100 %.
    #[must_use]
    pub fn with_window(self, examples: usize) -> Self {
        let window = Some(Window::new(examples.max(1)));
        Convergence { window, ..self }
    }

    /// The validation example that is evaluated first: one that the last validated iterate got wrong.
    pub(crate) fn hardest(&self) -> (&Batch<F>, usize) {
        self.examination.hardest()
    }

    /// Whether the current batch makes a full validation worthwhile; always without a batch.
    fn should_validate(&mut self, at: &Snapshot<'_, F, M>) -> bool {
        if self.window.is_none() && self.accuracy < 1.0 {
            return true;
        }
        let Some(Outputs { batch, out }) = at.outputs else {
            return true;
        };
        let size = batch.len();
        if self.labels.len() != size {
            self.labels = Array1::zeros(size);
        }
        match &self.target {
            Some(target) => label(target, &batch.x, &mut self.labels),
            None => self.labels.assign(&batch.y),
        }
        let wrong = size - count_right(&self.labels, out);
        match &mut self.window {
            Some(window) => window.reaches(self.accuracy, at.step, wrong, size),
            None => wrong == 0,
        }
    }

    /// Whether the iterate passes the validation.
    pub(crate) fn passes(&mut self, model: &M, theta: &Params<F>) -> bool {
        let allowed = allowed(self.accuracy, self.examination.len());
        self.examination.passes(model, theta, allowed)
    }
}

/// Refuses a label that is neither ±1 nor that of the target.
fn check_labels<F: Real>(target: &impl Target, examples: &Batch<F>) -> Result<()> {
    for (row, &y) in examples.y.iter().enumerate() {
        if y.abs() != F::one() && y != F::of(target.value(&examples.x, row)) {
            let (value, hint) = (y.as_f64(), ", or give those of the target");
            return Err(Error::Label { row, value, hint });
        }
    }
    Ok(())
}

/// Returns the accuracy, if it is in (1/2, 1].
pub(crate) fn accuracy_above_half(accuracy: f64) -> Result<f64> {
    if !(accuracy > 0.5 && accuracy <= 1.0) {
        return Err(Error::Accuracy { accuracy });
    }
    Ok(accuracy)
}

/// The labels, a bit each, folded into a word.
#[cfg(feature = "serde")]
pub(super) fn folded<F: Real>(examples: &Batch<F>) -> u64 {
    let label = |word: u64, y: &F| word.rotate_left(1) ^ u64::from(*y > F::zero());
    examples.y.iter().fold(0, label)
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
        if self.should_validate(at) && self.passes(at.model, at.theta) {
            return ControlFlow::Break(Stop::Solved { step: at.step });
        }
        ControlFlow::Continue(())
    }
}

/// What a resumed criterion must have in common with the saved one, and what it remembers.
#[cfg(feature = "serde")]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct ConvergenceState {
    accuracy: f64,
    /// The validation labels, a bit each, folded into a word.
    labels: u64,
    window: Option<Window>,
}

/// The validation examples come back from the seeds; only the window must be remembered.
#[cfg(feature = "serde")]
impl<F: Real, M: Model<F>, T> crate::train::Persist for Convergence<F, M, T> {
    type State = ConvergenceState;

    fn state(&self) -> ConvergenceState {
        ConvergenceState {
            accuracy: self.accuracy,
            labels: folded(self.examination.examples()),
            window: self.window.clone(),
        }
    }

    fn restore(&mut self, saved: ConvergenceState) -> Result<()> {
        let own = self.state();
        let length = |state: &ConvergenceState| state.window.as_ref().map(|w| w.examples);
        if (saved.accuracy, saved.labels, length(&saved))
            != (own.accuracy, own.labels, length(&own))
        {
            return Err(Error::ForeignCriterion);
        }
        self.window = saved.window;
        Ok(())
    }

    fn identity(&self) -> String {
        let (accuracy, examples) = (self.accuracy, self.examination.examples().identity());
        let window = self.window.as_ref().map(|window| window.examples);
        format!("accuracy = {accuracy:?}\nvalidation = {examples}\nwindow = {window:?}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_answers_may_be_wrong_as_the_accuracy_leaves() {
        for (accuracy, examples, wrong) in [
            (1.0, 8192, 0),
            (0.9, 10, 1),
            (0.55, 100, 45),
            (0.999, 999, 0),
            (0.999, 1000, 1),
            (0.51, 1, 0),
        ] {
            assert_eq!(
                allowed(accuracy, examples),
                wrong,
                "{accuracy} of {examples}"
            );
        }
    }

    #[test]
    fn a_window_holds_the_newest_batches_and_each_once() {
        let mut window = Window::new(20);
        // Batches of 8: three of them.
        assert!(!window.reaches(1.0, 0, 1, 8));
        assert!(
            !window.reaches(1.0, 0, 0, 8),
            "an iterate that is shown twice counts once"
        );
        for (step, reached) in [(1, false), (2, false), (3, true), (4, true)] {
            assert_eq!(window.reaches(1.0, step, 0, 8), reached, "{step}");
        }
        assert!(!window.reaches(0.9, 5, 3, 8));
        assert!(window.reaches(0.8, 5, 3, 8));
    }
}
