//! A run of the protocol.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::ErrorRate;
use sparse_parity::params::Init;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity_examples::regimes::batches;
use std::sync::atomic::{AtomicBool, Ordering};

/// A test error that counts as success.
const GOOD: f64 = 0.1;

/// A two-layer network on a sample, or on fresh examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    pub n: usize,
    pub k: usize,
    pub width: usize,
    /// The size m of the sample; fresh examples if `None`.
    pub samples: Option<usize>,
    pub init: Init,
    pub budget: u64,
    /// Updates between two tests.
    pub stride: u64,
}

impl Default for Run {
    fn default() -> Self {
        Run {
            n: 50,
            k: 3,
            width: 100,
            samples: None,
            init: Init::Uniform,
            budget: 100_000,
            stride: 500,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Success {
    /// The first test at which the error was small.
    t: Option<u64>,
    steps: u64,
}

impl Run {
    fn train(
        &self,
        law: &ParityDistribution,
        stream: impl BatchStream<f32>,
        (seeds, stop): (&Seeds, &AtomicBool),
    ) -> sparse_parity::Result<Option<Success>> {
        let model = Mlp::new(self.n, self.width, Relu)?.with_init(self.init)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let rule = Rule::rate(0.1).with_decay(0.01).by(Decay::Scaled);
        let sgd = Sgd::new(model.layout(), rule)?;
        let mut test = ErrorRate::clean(&model, law.parity(), seeds)?;
        let mut trainer = Trainer::new(model.clone(), Hinge, stream, sgd, theta, 32)?;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let steps = trainer.steps();
            let is_good = test.of(&model, trainer.theta()) <= GOOD;
            if is_good || steps >= self.budget {
                let t = is_good.then_some(steps);
                return Ok(Some(Success { t, steps }));
            }
            let end = trainer.run(self.stride.min(self.budget - steps), ());
            if let Stop::Diverged { step: steps } = end {
                return Ok(Some(Success { t: None, steps }));
            }
        }
    }
}

impl Experiment for Run {
    type Outcome = Success;
    const NAME: &'static str = "frontier";
    const REVISION: u32 = 1;

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Success>> {
        let law = ParityDistribution::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let stream = batches(&law, self.samples, seeds)?;
        self.train(&law, stream, (seeds, stop))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(success: &Success) -> Option<Time> {
        let Success { t, steps } = *success;
        Some(t.map_or(Time::Censored(steps), Time::Solved))
    }
}
