//! A run of a method at a rate, until it generalises.

use crate::method::{Matched, Method};
use cpu_time::ThreadTime;
use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::Cancelled;
use sparse_parity_examples::ends::time_of;
use std::sync::atomic::AtomicBool;

/// A method with its settings on a finite sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    pub n: usize,
    pub k: usize,
    pub samples: usize,
    pub width: usize,
    pub method: Method,
    /// Whether updates are as long as those of SGD.
    pub matched: bool,
    pub rate: f64,
    /// The share ηλ of θ that an update takes away.
    pub decay: f64,
    pub budget: u64,
}

impl Default for Run {
    fn default() -> Self {
        Run {
            n: 40,
            k: 3,
            samples: 1000,
            width: 100,
            method: Method::Sgd,
            matched: false,
            rate: 0.1,
            decay: 0.001,
            budget: 10_000,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct End {
    /// The first iterate without an error on 8192 fresh examples.
    pub time: Time,
    /// The first one without an error on the sample.
    pub memorised: Option<u64>,
    /// Processor time of training and judging.
    pub seconds: f64,
}

impl Run {
    fn optimizer(&self, model: &Mlp<Relu>) -> sparse_parity::Result<Box<dyn Optimizer<f32>>> {
        let layout = model.layout();
        if self.matched {
            let matched = Matched::new(self.method, layout, (self.rate, self.decay))?;
            return Ok(Box::new(matched));
        }
        let rule = Rule::rate(self.rate).with_decay(self.decay / self.rate);
        self.method.over(layout, rule.by(Decay::Scaled))
    }
}

impl Experiment for Run {
    type Outcome = End;
    const NAME: &'static str = "accelerator";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<End>> {
        let law = ParityDistribution::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let model = Mlp::new(self.n, self.width, Relu)?.with_init(self.method.init())?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let mut memorised = Reached::on(&model, epochs.examples().clone())?;
        let mut solved = Convergence::new(&model, law.parity(), seeds)?;
        let optimizer = self.optimizer(&model)?;
        let mut trainer = Trainer::new(model, Hinge, epochs, optimizer, theta, 32)?;
        let begin = ThreadTime::now();
        let observers = (&mut memorised, &mut solved, Cancelled(stop));
        let Some(time) = time_of(trainer.run(self.budget, observers), self.budget) else {
            return Ok(None);
        };
        Ok(Some(End {
            time,
            memorised: memorised.first(),
            seconds: begin.elapsed().as_secs_f64(),
        }))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(end: &End) -> Option<Time> {
        Some(end.time)
    }
}

impl End {
    /// The time from the memorisation on; `None` if the sample was not memorised before.
    pub fn delay(&self) -> Option<Time> {
        self.time.after(self.memorised?)
    }

    /// The time in microseconds of the processor.
    pub fn processor(&self) -> Time {
        let micros = (self.seconds * 1e6).round() as u64;
        match self.time {
            Time::Solved(_) => Time::Solved(micros),
            Time::Censored(_) => Time::Censored(micros),
            Time::Never => Time::Never,
        }
    }

    /// The number of updates, at most the budget.
    pub fn restricted(&self, budget: u64) -> f64 {
        self.time.solved().unwrap_or(budget) as f64
    }
}
