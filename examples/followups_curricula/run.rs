//! A run on some order of biased and uniform inputs.

use ndarray_rand::rand_distr::{Distribution, Open01};
use serde::{Deserialize, Serialize};
use sparse_parity::data::Mixture;
use sparse_parity::experiment::Experiment;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::Cancelled;
use std::sync::atomic::AtomicBool;

/// A test error at which the parity is learned.
const LEARNED: f64 = 0.01;
/// Fresh uniform examples of a test.
const TEST: usize = 1024;
/// Examples of a batch.
const BATCH: usize = 32;

/// A ReLU network on a parity, whose inputs come in some order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    pub n: usize,
    pub k: usize,
    /// The widths of the hidden layers.
    pub widths: Vec<usize>,
    pub order: Order,
    /// The size m of the sample; fresh examples if `None`.
    pub samples: Option<usize>,
    pub rate: f64,
    pub budget: u64,
    /// Updates between two tests.
    pub stride: u64,
}

/// Which inputs are drawn, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Order {
    pub bias: Bias,
    /// Updates with biased inputs alone, before all others.
    pub first: u64,
    /// The share of biased inputs after that; the others are uniform.
    pub share: f64,
}

/// The law of biased inputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bias {
    /// Every coordinate is −1 with this probability.
    Each(f64),
    /// Every coordinate is −1 with a probability of its own, which the run draws uniformly.
    Random,
}

impl Default for Order {
    /// Uniform inputs.
    fn default() -> Self {
        Order {
            bias: Bias::Each(0.5),
            first: 0,
            share: 0.0,
        }
    }
}

impl Default for Run {
    fn default() -> Self {
        Run {
            n: 50,
            k: 5,
            widths: vec![100],
            order: Order::default(),
            samples: None,
            rate: 0.1,
            budget: 100_000,
            stride: 100,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct End {
    pub time: Time,
}

/// A stream for the first updates, and another one for the others.
struct InTurn<A, B> {
    first: A,
    left: u64,
    second: B,
}

impl<A: BatchStream<f32>, B: BatchStream<f32>> BatchStream<f32> for InTurn<A, B> {
    fn dim(&self) -> usize {
        self.second.dim()
    }

    fn fill(&mut self, batch: &mut Batch<f32>) {
        if self.left == 0 {
            return self.second.fill(batch);
        }
        self.left -= 1;
        self.first.fill(batch);
    }
}

impl Run {
    fn biased(&self, seeds: &Seeds) -> sparse_parity::Result<Biased> {
        match self.order.bias {
            Bias::Each(p) => Biased::new(self.n, p),
            Bias::Random => {
                // The generator of noise, which the labels do not have.
                let rng = &mut seeds.stream(Purpose::Noise);
                let p: Vec<f64> = (0..self.n).map(|_| Open01.sample(rng)).collect();
                Biased::each(&p)
            }
        }
    }

    fn stream(
        &self,
        parity: &Parity,
        seeds: &Seeds,
    ) -> sparse_parity::Result<Box<dyn BatchStream<f32>>> {
        if let Some(m) = self.samples {
            return self.passes(parity, m, seeds);
        }
        let Order { first, share, .. } = self.order;
        let (biased, uniform) = (self.biased(seeds)?, Uniform::new(self.n)?);
        let easy = Labelled::new(biased.clone(), parity.clone())?;
        let rest: Box<dyn Inputs> = match share {
            0.0 => Box::new(uniform),
            share => Box::new(Mixture::new(biased, share, uniform)?),
        };
        let rest = Labelled::new(rest, parity.clone())?;
        Ok(Box::new(Curriculum::new(easy, first, rest, seeds)?))
    }

    /// Passes over the biased examples of a sample first, and then over all of it.
    fn passes(
        &self,
        parity: &Parity,
        m: usize,
        seeds: &Seeds,
    ) -> sparse_parity::Result<Box<dyn BatchStream<f32>>> {
        let Order { first, share, .. } = self.order;
        let rng = &mut seeds.stream(Purpose::Train);
        let of_biased = (share * m as f64).round() as usize;
        let mut sample = Batch::clean(&Uniform::new(self.n)?, parity, m, rng)?;
        if of_biased == 0 {
            return Ok(Box::new(Epochs::new(sample, seeds)?));
        }
        let easy = Batch::<f32>::clean(&self.biased(seeds)?, parity, of_biased, rng)?;
        for row in 0..of_biased {
            sample.x.copy_row(row, &easy.x, row);
            sample.y[row] = easy.y[row];
        }
        Ok(Box::new(InTurn {
            first: Epochs::new(easy, seeds)?,
            left: first,
            second: Epochs::new(sample, seeds)?,
        }))
    }
}

impl Experiment for Run {
    type Outcome = End;
    const NAME: &'static str = "curricula";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<End>> {
        let parity = Parity::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        // With one hidden layer this is the two-layer network, to the bit.
        let model = DeepMlp::new(self.n, &self.widths, Relu)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let sgd = Sgd::new(model.layout(), Rule::rate(self.rate))?;
        let uniform = Uniform::new(self.n)?;
        let test = Batch::clean(&uniform, &parity, TEST, &mut seeds.stream(Purpose::Eval))?;
        let mut test = ErrorRate::on("error", &model, test)?;
        let stream = self.stream(&parity, seeds)?;
        let mut trainer = Trainer::new(model.clone(), Hinge, stream, sgd, theta, BATCH)?;
        let time = loop {
            let steps = trainer.steps();
            if test.of(&model, trainer.theta()) <= LEARNED {
                break Time::Solved(steps);
            }
            if steps >= self.budget {
                break Time::Censored(steps);
            }
            let updates = self.stride.min(self.budget - steps);
            match trainer.run(updates, Cancelled(stop)) {
                Stop::GivenUp { .. } => return Ok(None),
                Stop::Diverged { .. } => break Time::Never,
                _ => {}
            }
        };
        Ok(Some(End { time }))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(end: &End) -> Option<Time> {
        Some(end.time)
    }
}
