//! A run of mean-field Langevin dynamics on a finite sample.

use crate::network::MeanField;
use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::optim::Langevin;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::Cancelled;
use sparse_parity_examples::ends::time_of;
use std::sync::atomic::AtomicBool;

/// The bound R of the output.
const BOUND: f64 = 50.0;
/// η.
const ETA: f64 = 0.3;
/// λ of the noise and λ′ of the penalty.
const LAMBDA: f64 = 0.01;

/// A setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cube {
    pub n: usize,
    pub k: usize,
    pub samples: usize,
    /// The number N of neurons.
    pub neurons: usize,
    pub has_noise: bool,
    pub budget: u64,
}

impl Default for Cube {
    fn default() -> Self {
        Cube {
            n: 8,
            k: 2,
            samples: 100,
            neurons: 256,
            has_noise: true,
            budget: 1000,
        }
    }
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learned {
    /// The first iterate without an error on all inputs.
    pub time: Time,
}

impl Experiment for Cube {
    type Outcome = Learned;
    const NAME: &'static str = "langevin";
    const REVISION: u32 = 1;

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Learned>> {
        let law = ParityDistribution::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let model = MeanField::new(self.n, self.neurons, BOUND);
        let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let mut all = Batch::new(1 << self.n, self.n)?;
        Population::new(law.parity().clone())?.fill(&mut all);
        let solved = Convergence::on(&model, law.parity(), all)?;
        // N times the gradient of the mean loss is a rate of ηN, of which decay and noise take their shares.
        let neurons = self.neurons as f64;
        let rule = Rule::rate(ETA * neurons).with_decay(2.0 * LAMBDA / neurons);
        let rule = rule.by(Decay::Scaled);
        let temperature = if self.has_noise {
            LAMBDA / neurons
        } else {
            0.0
        };
        let layout = model.layout().clone();
        let sgd = Sgd::new(&layout, rule.clone())?;
        let langevin = Langevin::new(sgd, &layout, rule, temperature, seeds)?;
        let mut trainer = Trainer::new(model, CrossEntropy, epochs, langevin, theta, self.samples)?;
        let Some(time) = time_of(
            trainer.run(self.budget, (solved, Cancelled(stop))),
            self.budget,
        ) else {
            return Ok(None);
        };
        Ok(Some(Learned { time }))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(learned: &Learned) -> Option<Time> {
        Some(learned.time)
    }
}
