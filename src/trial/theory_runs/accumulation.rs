use super::Problem;
use crate::activation::ActivationKind;
use crate::data::{Online, ParityDistribution};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::model::{Architecture, MlpSettings};
use crate::params::{Init, Params};
use crate::seeds::{Purpose, Seeds};
use crate::train::{GradientAccumulator, Stop};
use crate::trial::{Learner, LossKind, Status, possible};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// How many batches are added between two looks at whether somebody has stopped the run.
const PART: u64 = 64;

/// The learner that stays at θ₀: it adds up the gradients of batches there, and guesses that S is where
/// their mean is largest, as Proposition 9 does.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::trial::Accumulation;
///
/// let outcome = Accumulation { n: 15, k: 2, batches: 1000, ..Accumulation::default() }.run(&1.into())?;
/// assert_eq!(outcome.recovered, outcome.support);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Accumulation {
    /// The number of coordinates n.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub n: usize,
    /// The number of relevant coordinates k, drawn from the seeds.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub k: usize,
    /// The network.
    pub network: MlpSettings,
    /// The initialisation.
    pub init: Init,
    /// The loss.
    pub loss: LossKind,
    /// The probability that a label is flipped.
    pub noise: f64,
    /// The number of examples of a batch.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1)))]
    pub batch: usize,
    /// The number of batches.
    pub batches: u64,
}

/// The outcome of an [`Accumulation`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accumulated {
    /// Solved if the guess is S, else unsolved; diverged if an output at θ₀ is not finite.
    pub status: Status,
    /// The number of batches behind the mean.
    pub batches: u64,
    /// The hidden support, ascending.
    pub support: Vec<usize>,
    /// The k coordinates on which the mean gradient of the first layer is largest, ascending.
    pub recovered: Vec<usize>,
}

impl Default for Accumulation {
    /// One ReLU neuron with all-ones weights and a clean (15, 4)-parity under the correlation loss: 10 000
    /// batches of 32.
    fn default() -> Self {
        Accumulation {
            n: 15,
            k: 4,
            network: MlpSettings {
                width: 1,
                activation: ActivationKind::Relu,
                output_layer: false,
                biases: crate::model::Biases::None,
                ..MlpSettings::default()
            },
            init: Init::Ones,
            loss: LossKind::Correlation,
            noise: 0.0,
            batch: 32,
            batches: 10_000,
        }
    }
}

impl Experiment for Accumulation {
    type Outcome = Accumulated;
    const NAME: &'static str = "accumulation";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> Result<Option<Accumulated>> {
        let parity = problem!(self).parity(seeds)?;
        let support = parity.support().to_vec();
        let distribution = ParityDistribution::from(parity).with_label_noise(self.noise)?;
        let model = Learner::Mlp(self.network.clone()).model(self.n, self.k, self.init)?;
        let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let stream = Online::new(distribution, seeds);
        let mut sums =
            GradientAccumulator::new(model, self.loss.boxed(), stream, theta, self.batch)?;
        let mut end = Stop::Budget;
        while end == Stop::Budget && sums.steps() < self.batches {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            end = sums.accumulate(PART.min(self.batches - sums.steps()));
        }
        let recovered = sums.top("hidden.weight", self.k)?;
        let status = match end {
            Stop::Diverged { .. } => Status::Diverged,
            _ if recovered == support => Status::Solved,
            _ => Status::Unsolved,
        };
        Ok(Some(Accumulated {
            status,
            batches: sums.steps(),
            support,
            recovered,
        }))
    }

    /// θ, its gradient and the sum of the gradients, and the activations of a batch.
    fn memory(&self) -> Result<u64> {
        let [n, width, batch] = [self.n, self.network.width, self.batch].map(|size| size as u64);
        let parameters = problem!(self).parameters().saturating_mul(4 + 4 + 8);
        let of_example = width.saturating_mul(8).saturating_add(n / 8 + 24);
        let activations = batch.saturating_mul(of_example);
        Ok(parameters.saturating_add(activations))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.batches)
    }

    fn check_outcome(&self, outcome: &Accumulated) -> Result<()> {
        let Accumulated {
            status,
            batches,
            support,
            recovered,
        } = outcome;
        possible::end(*status, *batches, self.batches)?;
        possible::coordinates(self.n, support, recovered)?;
        let is_right = support == recovered;
        possible::possible(
            *status == Status::Diverged || (*status == Status::Solved) == is_right,
            || format!("it is {status}, and {recovered:?} was found of {support:?}"),
        )
    }

    fn work(outcome: &Accumulated) -> Option<u64> {
        Some(outcome.batches)
    }

    #[cfg(feature = "sweep")]
    fn schema() -> crate::schema::Schema {
        crate::schema::Schema::of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_batches_find_what_few_do_not() {
        let found = |batches| {
            let accumulation = Accumulation {
                k: 2,
                batches,
                ..Accumulation::default()
            };
            let solved = (0..10).filter(|seed| {
                let outcome = accumulation.run(&(*seed).into()).unwrap();
                assert_eq!(outcome.batches, batches);
                outcome.status == Status::Solved
            });
            solved.count()
        };
        assert!(found(1) < 5);
        assert!(found(300) > 7);
        let stop = AtomicBool::new(true);
        let stopped = Accumulation::default().run_until(&1.into(), &stop).unwrap();
        assert_eq!(stopped, None);
    }

    #[test]
    fn a_status_that_the_supports_contradict_is_refused() {
        let accumulation = Accumulation {
            k: 2,
            ..Accumulation::default()
        };
        for batches in [1, 300] {
            let accumulation = Accumulation {
                batches,
                ..accumulation.clone()
            };
            let outcome = accumulation.run(&7.into()).unwrap();
            accumulation.check_outcome(&outcome).unwrap();
            let status = match outcome.status {
                Status::Solved => Status::Unsolved,
                _ => Status::Solved,
            };
            let changed = Accumulated { status, ..outcome };
            assert!(accumulation.check_outcome(&changed).is_err());
        }
    }
}
