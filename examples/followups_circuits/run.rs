//! A run of the protocol, and what is measured along it.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::{EffectiveSparsity, Faithfulness, ParamNorm, Reached, SupportShare};
use sparse_parity::model::Neurons;
use sparse_parity::prelude::*;
use sparse_parity::train::Cancelled;
use std::sync::atomic::AtomicBool;

/// Test examples.
const TEST: usize = 2000;
/// A test error that counts as generalisation.
const GENERALISED: f64 = 0.01;

/// A run of the protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Circuits {
    pub n: usize,
    pub k: usize,
    pub samples: usize,
    pub width: usize,
    pub steps: u64,
    /// Updates between two measurements.
    pub stride: u64,
}

impl Default for Circuits {
    fn default() -> Self {
        Circuits {
            n: 40,
            k: 3,
            samples: 1000,
            width: 1000,
            steps: 9600,
            stride: 160,
        }
    }
}

/// What was measured at a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Moment {
    pub step: u64,
    pub train: f64,
    pub test: f64,
    pub first: f64,
    pub stable: f64,
    pub norm: f64,
    share: f64,
    /// Of the set of the end, of the largest neurons, and of a random set of that size.
    pub faithful: [f64; 3],
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    pub moments: Vec<Moment>,
    pub memorised: Option<u64>,
    /// The number of neurons that suffice at the end.
    pub last: usize,
    /// Whether the run diverged, behind its last moment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub diverged: bool,
}

type Training = Trainer<f32, Mlp<Relu>, Hinge, Epochs<f32>, Sgd>;

impl Circuits {
    /// A training run, its sample, and test examples.
    fn begin(
        &self,
        seeds: &Seeds,
    ) -> sparse_parity::Result<(Training, Parity, Batch<f32>, Batch<f32>)> {
        let parity = Parity::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let law = ParityDistribution::from(parity.clone());
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let sample = epochs.examples().clone();
        let uniform = Uniform::new(self.n)?;
        let test = Batch::clean(&uniform, &parity, TEST, &mut seeds.stream(Purpose::Eval))?;
        let model = Mlp::new(self.n, self.width, Relu)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let rule = Rule::rate(0.1).with_decay(0.01).by(Decay::Scaled);
        let sgd = Sgd::new(model.layout(), rule)?;
        let trainer = Trainer::new(model, Hinge, epochs, sgd, theta, 32)?;
        Ok((trainer, parity, sample, test))
    }
}

impl Experiment for Circuits {
    type Outcome = Course;
    const NAME: &'static str = "circuits";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Course>> {
        // The set of the end is that of a run to the end, which is then made again.
        let (mut trainer, parity, sample, test) = self.begin(seeds)?;
        let model = trainer.model().clone();
        let mut memorised = Reached::on(&model, sample.clone())?;
        let end = trainer.run(self.steps, (&mut memorised, Cancelled(stop)));
        if let Stop::GivenUp { .. } = end {
            return Ok(None);
        }
        let x = sample.x.clone();
        let mut sparsity = EffectiveSparsity::first(&model, Relu, x.clone())?;
        let [last, _] = sparsity.of(trainer.theta());
        let neurons = Neurons::of(&model)?;
        let of_the_end = neurons.by_norm(trainer.theta())[..last].to_vec();
        let random: Vec<usize> = (0..last).collect();

        let (mut trainer, ..) = self.begin(seeds)?;
        let mut train = ErrorRate::on("train error", &model, sample)?;
        let mut test = ErrorRate::on("test error", &model, test)?;
        let share = SupportShare::new(&model, "hidden.weight", &parity)?;
        let faithful = |theta: &Params<f32>, kept: &[usize]| -> sparse_parity::Result<f64> {
            Ok(Faithfulness::new(&model, Relu, x.clone(), kept)?.of(theta))
        };
        let (mut moments, mut diverged) = (Vec::new(), false);
        while !diverged {
            let (step, theta) = (trainer.steps(), trainer.theta());
            let [first, stable] = sparsity.of(theta);
            let largest = neurons.by_norm(theta);
            moments.push(Moment {
                step,
                train: train.of(&model, theta),
                test: test.of(&model, theta),
                first: first as f64,
                stable: stable as f64,
                norm: ParamNorm.of(theta),
                share: share.of(theta),
                faithful: [
                    faithful(theta, &of_the_end)?,
                    faithful(theta, &largest[..last])?,
                    // Neurons are drawn alike, so that the first ones are a random set, but for those of the end.
                    faithful(theta, &random)?,
                ],
            });
            if step >= self.steps {
                break;
            }
            match trainer.run(self.stride, Cancelled(stop)) {
                Stop::GivenUp { .. } => return Ok(None),
                end => diverged = matches!(end, Stop::Diverged { .. }),
            }
        }
        Ok(Some(Course {
            moments,
            memorised: memorised.first(),
            last,
            diverged,
        }))
    }
}

impl Course {
    /// The first step at which it holds.
    pub fn first(&self, holds: impl Fn(&Moment) -> bool) -> Option<u64> {
        self.moments
            .iter()
            .find(|moment| holds(moment))
            .map(|moment| moment.step)
    }

    /// The first step at which the test error is small.
    pub fn generalised(&self) -> Option<u64> {
        self.first(|moment| moment.test <= GENERALISED)
    }

    /// What was measured at a step, or last before it.
    pub fn at(&self, step: u64) -> &Moment {
        let before = self.moments.iter().rfind(|moment| moment.step <= step);
        before.unwrap_or(&self.moments[0])
    }
}
