use super::convergence::same_dim;
use super::validation::Examination;
use crate::data::Batch;
use crate::error::Result;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::train::{Observer, Snapshot, Stop};
use std::fmt;
use std::ops::ControlFlow;

/// Notes the first iterate that gets all of the given examples right, and lets the run go on.
///
/// On the training sample, its step is the memorisation time of studies of grokking; the labels are those of the
/// examples, noise included. *Every* iterate is judged until one passes, the example first that was wrong last time, so
/// that one evaluation a step is usually enough. An output of 0 is wrong.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let parity = ParityDistribution::new(20, &[1, 2, 3])?;
/// let epochs = Epochs::<f32>::draw(&parity, 40, &seeds)?;
/// let model = Mlp::new(20, 100, Relu)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let mut memorised = Reached::on(&model, epochs.examples().clone())?;
/// let mut trainer = Trainer::new(model, Hinge, epochs, sgd, theta, 10)?;
/// trainer.run(2000, &mut memorised);
/// assert!(memorised.first().is_some_and(|step| step < 2000));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct Reached<F: Real, M: Model<F>> {
    examination: Examination<F, M::Cache>,
    first: Option<u64>,
}

impl<F: Real, M: Model<F>> Reached<F, M> {
    /// Judges `model` on these examples.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the examples have another dimension than the model, or labels are
    /// missing; [`Error::Zero`](crate::Error::Zero) without examples, [`Error::TooLarge`](crate::Error::TooLarge) from
    /// 2³² on; [`Error::Label`](crate::Error::Label) if the labels are bits, 0 and 1.
    pub fn on(model: &M, examples: Batch<F>) -> Result<Self> {
        same_dim(model.dim(), examples.x.dim())?;
        examples.check_no_bits()?;
        Ok(Reached {
            examination: Examination::new(model, examples)?,
            first: None,
        })
    }

    /// The number of updates before the first iterate that got all examples right; `None` if none has so far.
    pub fn first(&self) -> Option<u64> {
        self.first
    }

    /// Judges an iterate, unless an earlier one has passed.
    pub(crate) fn judge(&mut self, model: &M, theta: &Params<F>, step: u64) {
        if self.first.is_none() && self.examination.passes(model, theta, 0) {
            self.first = Some(step);
        }
    }
}

impl<F: Real, M: Model<F>> Observer<F, M> for Reached<F, M> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        self.judge(at.model, at.theta, at.step);
        ControlFlow::Continue(())
    }
}

/// The examples come back with the observer; only the time must be remembered.
#[cfg(feature = "serde")]
impl<F: Real, M: Model<F>> crate::train::Persist for Reached<F, M> {
    type State = Option<u64>;

    fn state(&self) -> Option<u64> {
        self.first
    }

    fn restore(&mut self, saved: Option<u64>) -> Result<()> {
        self.first = saved;
        Ok(())
    }

    fn identity(&self) -> String {
        format!("memorised = {}", self.examination.examples().identity())
    }
}

impl<F: Real, M: Model<F>> fmt::Debug for Reached<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reached")
            .field("examples", &self.examination.len())
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::data::{Epochs, ParityDistribution};
    use crate::error::Error;
    use crate::loss::Hinge;
    use crate::measure::{ErrorRate, Recorder};
    use crate::model::{Architecture, Mlp};
    use crate::optim::{Rule, Sgd};
    use crate::prelude::Interval;
    use crate::seeds::{Purpose, Seeds};
    use crate::train::Trainer;

    #[test]
    fn it_is_the_first_step_at_which_the_train_error_is_zero() {
        for seed in 1..4 {
            let seeds = Seeds::from(seed);
            let noisy = ParityDistribution::new(12, &[1, 2, 3]).unwrap();
            let noisy = noisy.with_label_noise(0.1).unwrap();
            let epochs = Epochs::<f32>::draw(&noisy, 30, &seeds).unwrap();
            let model = Mlp::new(12, 60, Relu).unwrap();
            let sample = epochs.examples().clone();
            let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
            let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
            let mut reached = Reached::on(&model, sample.clone()).unwrap();
            let error = ErrorRate::on("train error", &model, sample).unwrap();
            let mut recorder = Recorder::new(Interval::every(1).unwrap()).with(error);
            let mut trainer = Trainer::new(model, Hinge, epochs, sgd, theta, 6).unwrap();
            trainer.run(1500, (&mut reached, &mut recorder));
            let rows = recorder.table().rows();
            let zero = rows.iter().find(|row| row[1] == 0.0).expect("it memorises");
            assert_eq!(reached.first(), Some(zero[0] as u64), "seed {seed}");
        }
    }

    #[test]
    fn examples_that_do_not_fit_are_refused() {
        let model = Mlp::new(12, 5, Relu).unwrap();
        let told = |examples| Reached::<f32, _>::on(&model, examples).unwrap_err();
        let other = Batch::new(3, 11).unwrap();
        assert!(matches!(told(other), Error::Mismatch { .. }));
        let mut bits = Batch::new(3, 12).unwrap();
        bits.y[1] = 0.0;
        assert!(matches!(told(bits), Error::Label { row: 1, .. }));
    }
}
