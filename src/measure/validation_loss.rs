use super::validation::{Evaluation, clean_examples};
use crate::data::{Batch, Target};
use crate::error::Result;
use crate::loss::Loss;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::seeds::Seeds;
use crate::train::{Observer, Snapshot, Stop};
use std::fmt;
use std::ops::ControlFlow;

/// The number of examples that are evaluated first.
const FIRST: usize = 32;

/// Ends a run when the mean loss on validation examples falls to a threshold.
///
/// It is met at the first iterate θ_t with
///
/// ```text
/// Σ ℓ(y, f(x; θ_t)) ≤ loss · m        over the m validation examples
/// ```
///
/// and t is the number of updates made. [`new`](ValidationLoss::new) takes the 2¹³ uniform examples with clean labels
/// that [`Convergence`](super::Convergence) takes; [`on`](ValidationLoss::on) takes any others. Losses are added
/// in double precision, in the order of the examples.
///
/// Every iterate is judged. Of a [non-negative](Loss::is_non_negative) loss the sum ends where it exceeds its bound:
/// on the plateau, where the hinge loss is about 1, after a share `loss` of the examples. Any other loss takes all
/// examples, the price of about a hundred updates in batches of 32.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let parity = ParityDistribution::new(12, &[1, 2])?;
/// let model = Mlp::new(12, 30, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let criterion = ValidationLoss::new(&model, Hinge, 0.1, parity.parity(), &seeds)?;
/// let mut trainer = Trainer::new(model, Hinge, Online::new(parity, &seeds), sgd, theta, 32)?;
/// assert!(matches!(trainer.run(10_000, criterion), Stop::Solved { .. }));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct ValidationLoss<F: Real, M: Model<F>, L> {
    loss: L,
    threshold: f64,
    examples: Batch<F>,
    evaluation: Evaluation<F, M::Cache>,
}

impl<F: Real, M: Model<F>, L: Loss<F>> ValidationLoss<F, M, L> {
    /// The criterion on 2¹³ clean uniform examples from the seeds' validation stream.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless the threshold is finite and at least 0,
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the target has another dimension than the model.
    pub fn new(
        model: &M,
        loss: L,
        threshold: f64,
        target: &(impl Target + ?Sized),
        seeds: &Seeds,
    ) -> Result<Self> {
        ValidationLoss::on(model, loss, threshold, clean_examples(target, seeds)?)
    }

    /// The criterion on the given examples.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless the threshold is finite and at least 0,
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the examples have another dimension than the model, or lack
    /// labels; [`Error::Zero`](crate::Error::Zero) without examples.
    pub fn on(model: &M, loss: L, threshold: f64, examples: Batch<F>) -> Result<Self> {
        let threshold = super::running::loss_threshold(threshold)?;
        super::convergence::same_dim(model.dim(), examples.x.dim())?;
        examples.check_no_bits()?;
        Ok(ValidationLoss {
            loss,
            threshold,
            examples,
            evaluation: Evaluation::new(model)?,
        })
    }

    /// Whether the iterate meets the criterion.
    fn is_met(&mut self, model: &M, theta: &Params<F>) -> bool {
        let (loss, examples) = (&self.loss, &self.examples);
        let most = self.threshold * examples.len() as f64;
        // Sums of non-negative numbers do not fall, not even rounded ones.
        let ends_early = loss.is_non_negative();
        let mut sum = 0.0;
        self.evaluation.outputs(
            model,
            theta,
            examples,
            (FIRST, usize::MAX),
            0..examples.len(),
            |row, out| {
                sum += loss.value(examples.y[row], out).as_f64();
                sum <= most || !ends_early
            },
        );
        sum <= most
    }
}

impl<F: Real, M: Model<F>, L: Loss<F>> Observer<F, M> for ValidationLoss<F, M, L> {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> ControlFlow<Stop> {
        if self.is_met(at.model, at.theta) {
            return ControlFlow::Break(Stop::Solved { step: at.step });
        }
        ControlFlow::Continue(())
    }
}

/// What a resumed criterion must have in common with the saved one.
#[cfg(feature = "serde")]
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ValidationLossState {
    loss: String,
    threshold: f64,
    /// The validation labels, a bit each, folded into a word.
    labels: u64,
}

/// The validation examples come back from the seeds.
#[cfg(feature = "serde")]
impl<F: Real, M: Model<F>, L: Loss<F>> crate::train::Persist for ValidationLoss<F, M, L> {
    type State = ValidationLossState;

    fn state(&self) -> ValidationLossState {
        ValidationLossState {
            loss: self.loss.identity(),
            threshold: self.threshold,
            labels: super::convergence::folded(&self.examples),
        }
    }

    fn restore(&mut self, saved: ValidationLossState) -> Result<()> {
        match saved == self.state() {
            true => Ok(()),
            false => Err(crate::error::Error::ForeignCriterion),
        }
    }

    fn identity(&self) -> String {
        let (loss, threshold) = (self.loss.identity(), self.threshold);
        let examples = self.examples.identity();
        format!("loss = {loss}\nthreshold = {threshold:?}\nvalidation = {examples}")
    }
}

impl<F: Real, M: Model<F>, L: fmt::Debug> fmt::Debug for ValidationLoss<F, M, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidationLoss")
            .field("loss", &self.loss)
            .field("threshold", &self.threshold)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Parity;
    use crate::loss::{Correlation, Hinge, Square};
    use crate::model::{Architecture, PolyNet};
    use crate::seeds::Purpose;

    #[test]
    fn it_is_the_mean_of_all_losses_that_counts() {
        let (seeds, parity) = (Seeds::from(1), Parity::new(6, &[1, 2]).unwrap());
        let model = PolyNet::new(6, 2).unwrap();
        let examples: Batch<f64> = clean_examples(&parity, &seeds).unwrap();
        for seed in 0..5 {
            let rng = &mut Seeds::from(seed).stream(Purpose::Init);
            let theta = Params::<f64>::draw(model.layout(), rng);
            let out = model.predict(&theta, &examples.x);
            let losses: [&dyn Loss<f64>; 3] = [&Hinge, &Square, &Correlation];
            for loss in losses {
                let values = examples.y.iter().zip(&out).map(|(&y, &f)| loss.value(y, f));
                let mean = values.sum::<f64>() / examples.len() as f64;
                for threshold in [mean.max(0.0) + 1e-9, (mean - 1e-9).max(0.0)] {
                    let criterion = ValidationLoss::new(&model, loss, threshold, &parity, &seeds);
                    let is_met = criterion.unwrap().is_met(&model, &theta);
                    assert_eq!(is_met, mean <= threshold, "{loss:?} {seed}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_meets_nothing() {
        let (seeds, parity) = (Seeds::from(1), Parity::new(6, &[1, 2]).unwrap());
        let model = PolyNet::new(6, 2).unwrap();
        let mut theta = Params::<f64>::zeros(model.layout());
        theta.fill(f64::NAN);
        let losses: [&dyn Loss<f64>; 2] = [&Hinge, &Correlation];
        for loss in losses {
            let criterion = ValidationLoss::new(&model, loss, 1e9, &parity, &seeds);
            assert!(!criterion.unwrap().is_met(&model, &theta));
        }
    }
}
