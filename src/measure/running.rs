//! Criteria on the newest training batches.

use super::convergence::{accuracy_above_half, allowed};
use super::validation::count_right;
use crate::error::{Result, at_most, non_negative, positive};
use crate::model::Model;
use crate::real::Real;
use crate::train::{Observer, Outputs, Snapshot, Stop};
use std::collections::VecDeque;
use std::ops::ControlFlow;

/// The longest window: 2²⁰ batches.
const MOST_BATCHES: usize = 1 << 20;

/// Ends a run when the accuracy on the newest training batches reaches a threshold.
///
/// Every iterate answers the batch drawn at it. The criterion is met at the first iterate θ_t with
///
/// ```text
/// right answers to the last w batches ≥ accuracy · examples in these batches,        t ≥ w − 1
/// ```
///
/// where the last of the w batches is that of θ_t itself, before the update with it. So t is the number of updates
/// made, and the criterion is not met before w batches are drawn. Each batch was answered by the iterate of
/// its time, not by θ_t.
///
/// Right is an output with the sign of its label *as drawn*: label noise counts as errors, of which a network
/// that knows the target makes a share p. Of a finite sample it is the training accuracy. [`Convergence`] judges
/// one iterate on clean examples that it was not trained on.
///
/// The convergence times in the paper's figures behave like those of this criterion with an accuracy of 0.75 and
/// a window of 10 to 12 batches of 32. It costs next to nothing, as the outputs are there.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(12, 30, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let stream = Online::new(ParityDistribution::new(12, &[1, 2])?, &seeds);
/// let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 32)?;
/// let stop = trainer.run(10_000, RunningAccuracy::new(0.75, 12)?);
/// assert!(matches!(stop, Stop::Solved { step } if step >= 11));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// Runs without batches never meet it.
///
/// [`Convergence`]: super::Convergence
#[derive(Debug, Clone, PartialEq)]
pub struct RunningAccuracy {
    accuracy: f64,
    /// Wrong answers.
    window: Window<usize>,
}

impl RunningAccuracy {
    /// The criterion with that accuracy on so many batches.
    ///
    /// # Errors
    /// [`Error::Accuracy`](crate::Error::Accuracy) unless the accuracy is in (1/2, 1],
    /// [`Error::Zero`](crate::Error::Zero) without batches, [`Error::TooLarge`](crate::Error::TooLarge) for more
    /// than 2²⁰.
    pub fn new(accuracy: f64, window: usize) -> Result<Self> {
        Ok(RunningAccuracy {
            accuracy: accuracy_above_half(accuracy)?,
            window: Window::new(window)?,
        })
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for RunningAccuracy {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        let Some(Outputs { batch, out }) = at.outputs else {
            return ControlFlow::Continue(());
        };
        let wrong = batch.len() - count_right(&batch.y, out);
        let Some(all) = self.window.with(at.step, wrong) else {
            return ControlFlow::Continue(());
        };
        let examples = all.len() * batch.len();
        ended(
            at.step,
            all.iter().sum::<usize>() <= allowed(self.accuracy, examples),
        )
    }
}

/// Ends a run when the mean loss of the newest training batches falls to a threshold.
///
/// It is met at the first iterate θ_t with
///
/// ```text
/// mean of the losses of the last w batches ≤ loss,        t ≥ w − 1
/// ```
///
/// The loss of a batch is the mean that the run trains on, at the iterate at which it was drawn and with the labels
/// as drawn: label noise keeps it up. The last of the w batches is that of θ_t, before the update with it. Losses
/// are added in double precision, the oldest first.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(12, 30, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let stream = Online::new(ParityDistribution::new(12, &[1, 2])?, &seeds);
/// let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 32)?;
/// let stop = trainer.run(10_000, RunningLoss::new(0.1, 12)?);
/// assert!(matches!(stop, Stop::Solved { step } if step >= 11));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// In a run along the loss of a population the iterates themselves take the place of batches.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningLoss {
    loss: f64,
    window: Window<f64>,
}

impl RunningLoss {
    /// The criterion with that mean loss of so many batches.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless the loss is finite and at least 0,
    /// [`Error::Zero`](crate::Error::Zero) without batches, [`Error::TooLarge`](crate::Error::TooLarge) for more
    /// than 2²⁰.
    pub fn new(loss: f64, window: usize) -> Result<Self> {
        Ok(RunningLoss {
            loss: loss_threshold(loss)?,
            window: Window::new(window)?,
        })
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for RunningLoss {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        let Some(all) = self.window.with(at.step, at.loss) else {
            return ControlFlow::Continue(());
        };
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        ended(at.step, mean <= self.loss)
    }
}

/// Returns the largest loss that meets a criterion, if it is finite and not negative.
pub(crate) fn loss_threshold(loss: f64) -> Result<f64> {
    non_negative("the loss of a criterion", loss)
}

/// Returns the number of batches of a window, if there can be one.
pub(crate) fn window_of(batches: usize) -> Result<usize> {
    let what = "the window of a criterion, in batches,";
    at_most(what, positive(what, batches)?, MOST_BATCHES)
}

fn ended(step: u64, is_met: bool) -> ControlFlow<Stop> {
    match is_met {
        true => ControlFlow::Break(Stop::Solved { step }),
        false => ControlFlow::Continue(()),
    }
}

/// A number of each of the newest batches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Window<T> {
    /// So many batches.
    length: usize,
    /// The numbers, oldest first.
    numbers: VecDeque<T>,
    /// The step of the newest batch.
    newest: Option<u64>,
}

impl<T> Window<T> {
    fn new(batches: usize) -> Result<Self> {
        let length = window_of(batches)?;
        Ok(Window {
            length,
            numbers: VecDeque::with_capacity(length),
            newest: None,
        })
    }

    /// The numbers with that of the batch of this step, once there are enough.
    ///
    /// A batch may be shown twice. A step that does not follow the newest one is of another run.
    fn with(&mut self, step: u64, number: T) -> Option<&VecDeque<T>> {
        if self.newest != Some(step) {
            if self
                .newest
                .is_some_and(|newest| newest.checked_add(1) != Some(step))
            {
                self.numbers.clear();
            }
            if self.numbers.len() == self.length {
                self.numbers.pop_front();
            }
            self.numbers.push_back(number);
            self.newest = Some(step);
        }
        (self.numbers.len() == self.length).then_some(&self.numbers)
    }

    /// Takes over the batches of a saved window.
    #[cfg(feature = "serde")]
    fn restore(&mut self, saved: Window<T>) -> Result<()> {
        if saved.numbers.len() > self.length {
            return Err(crate::error::Error::ForeignCriterion);
        }
        // The storage stays, so that the loop needs no more.
        self.numbers.clear();
        self.numbers.extend(saved.numbers);
        self.newest = saved.newest;
        Ok(())
    }
}

/// What a resumed criterion must have in common with the saved one, and what it remembers.
#[cfg(feature = "serde")]
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct RunningState<T> {
    threshold: f64,
    window: Window<T>,
}

/// Implements `Persist` for a criterion with a threshold and a window.
#[cfg(feature = "serde")]
macro_rules! impl_persist {
    ($criterion:ty, $threshold:ident, $number:ty) => {
        impl crate::train::Persist for $criterion {
            type State = RunningState<$number>;

            fn state(&self) -> Self::State {
                RunningState {
                    threshold: self.$threshold,
                    window: self.window.clone(),
                }
            }

            fn restore(&mut self, saved: Self::State) -> Result<()> {
                let RunningState { threshold, window } = saved;
                if (threshold, window.length) != (self.$threshold, self.window.length) {
                    return Err(crate::error::Error::ForeignCriterion);
                }
                self.window.restore(window)
            }

            fn identity(&self) -> String {
                let (threshold, window) = (self.$threshold, self.window.length);
                format!("threshold = {threshold:?}\nwindow = {window} batches")
            }
        }
    };
}

#[cfg(feature = "serde")]
impl_persist!(RunningAccuracy, accuracy, usize);
#[cfg(feature = "serde")]
impl_persist!(RunningLoss, loss, f64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Batch;
    use crate::model::{Architecture, PolyNet};
    use crate::params::Params;
    use ndarray::Array1;

    /// The step at which a criterion is met, of batches with so many wrong answers of 4 and these losses.
    fn met(mut observer: impl Observer<f64, PolyNet>, batches: &[(usize, f64)]) -> Option<u64> {
        let model = PolyNet::new(3, 2).unwrap();
        let theta = Params::zeros(model.layout());
        let batch = Batch::new(4, 3).unwrap();
        for (step, &(wrong, loss)) in batches.iter().enumerate() {
            let mut out = Array1::from_elem(4, 0.5);
            out.iter_mut().take(wrong).for_each(|out| *out = 0.0);
            let at = Snapshot::new(&model, &theta, loss, &theta).unwrap();
            let at = at.at_step(step as u64).with_outputs(&batch, &out).unwrap();
            // An iterate that is shown twice has one batch.
            let flows = [observer.observe(&at), observer.observe(&at)];
            assert_eq!(flows[0], flows[1]);
            if let ControlFlow::Break(stop) = flows[0] {
                let step = step as u64;
                assert_eq!(stop, Stop::Solved { step });
                return Some(step);
            }
        }
        None
    }

    #[test]
    fn the_share_is_that_of_the_whole_window_with_its_newest_batch() {
        let wrong = |wrong: &[usize]| -> Vec<_> { wrong.iter().map(|&w| (w, 1.0)).collect() };
        let accuracy = |accuracy, window| RunningAccuracy::new(accuracy, window).unwrap();
        assert_eq!(met(accuracy(0.75, 1), &wrong(&[2, 2, 1])), Some(2));
        assert_eq!(met(accuracy(0.75, 2), &wrong(&[0, 2])), Some(1));
        // Not before the window is full.
        assert_eq!(met(accuracy(0.75, 3), &wrong(&[0, 0])), None);
        assert_eq!(met(accuracy(0.75, 3), &wrong(&[0, 0, 3])), Some(2));
        assert_eq!(met(accuracy(0.75, 3), &wrong(&[0, 1, 3, 0])), None);
        assert_eq!(met(accuracy(1.0, 2), &wrong(&[0, 1, 0, 0])), Some(3));
        assert_eq!(met(accuracy(0.55, 5), &wrong(&[2, 2, 2, 2, 1])), Some(4));
    }

    #[test]
    fn the_mean_loss_is_that_of_the_whole_window_with_its_newest_batch() {
        let losses = |losses: &[f64]| -> Vec<_> { losses.iter().map(|&loss| (0, loss)).collect() };
        let loss = |loss, window| RunningLoss::new(loss, window).unwrap();
        assert_eq!(met(loss(0.5, 1), &losses(&[0.6, 0.5])), Some(1));
        assert_eq!(met(loss(0.5, 2), &losses(&[0.1, 1.0, 0.0])), Some(2));
        assert_eq!(met(loss(0.5, 3), &losses(&[0.0, 0.0])), None);
        assert_eq!(met(loss(0.0, 2), &losses(&[0.0, 0.0])), Some(1));
        let nan = [0.0, f64::NAN, 0.0, 0.0];
        assert_eq!(met(loss(0.5, 2), &losses(&nan)), Some(3));
    }

    #[test]
    fn a_run_that_begins_anew_begins_a_new_window() {
        let mut window = Window::new(2).unwrap();
        assert_eq!(window.with(5, 'a'), None);
        assert!(window.with(6, 'b').is_some());
        assert_eq!(window.with(0, 'c'), None);
        assert_eq!(window.with(1, 'd').unwrap(), &['c', 'd']);
    }

    #[test]
    fn without_batches_there_is_no_accuracy() {
        let model = PolyNet::new(3, 2).unwrap();
        let theta = Params::<f64>::zeros(model.layout());
        let at = Snapshot::new(&model, &theta, 0.0, &theta).unwrap();
        let mut criterion = RunningAccuracy::new(0.75, 1).unwrap();
        assert!(criterion.observe(&at).is_continue());
        assert!(RunningLoss::new(0.0, 1).unwrap().observe(&at).is_break());
    }
}
