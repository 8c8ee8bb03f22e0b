//! A run on a finite sample, and the norm of its parameters when it memorises and when it generalises.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::{ParamNorm, Reached};
use sparse_parity::optim::{NormClamp, Projected};
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::Cancelled;
use sparse_parity_examples::ends::time_of;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// A network of ReLUs on a finite sample, with weight decay or with a clamped norm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    pub n: usize,
    pub k: usize,
    pub samples: usize,
    pub width: usize,
    pub eta: f64,
    /// λ in units of η: an update takes the share ηλ of θ away.
    pub lambda: f64,
    /// The norm to which θ is scaled behind every update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clamp: Option<f64>,
    pub budget: u64,
}

impl Default for Run {
    fn default() -> Self {
        Run {
            n: 40,
            k: 3,
            samples: 1000,
            width: 100,
            eta: 0.1,
            lambda: 0.01,
            clamp: None,
            budget: 200_000,
        }
    }
}

/// A step, and ‖θ‖ there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    pub step: u64,
    pub norm: f64,
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ends {
    /// The first iterate without an error on the sample.
    pub memorised: Option<Passed>,
    /// The first one without an error on 8192 fresh examples.
    pub time: Time,
    /// ‖θ‖ at the end, which is the generalisation of a run that is solved.
    pub norm: f64,
}

/// Notes the first iterate without an error on the sample, with its norm.
struct Memorisation {
    reached: Reached<f32, Mlp<Relu>>,
    passed: Option<Passed>,
}

impl Observer<f32, Mlp<Relu>> for &mut Memorisation {
    fn observe(&mut self, at: &Snapshot<'_, f32, Mlp<Relu>>) -> ControlFlow<Stop> {
        let _ = self.reached.observe(at);
        if self.passed.is_none() && self.reached.first().is_some() {
            let (step, norm) = (at.step, ParamNorm.of(at.theta));
            self.passed = Some(Passed { step, norm });
        }
        ControlFlow::Continue(())
    }
}

impl Run {
    fn optimizer(&self, model: &Mlp<Relu>) -> sparse_parity::Result<Box<dyn Optimizer<f32>>> {
        let rule = Rule::rate(self.eta).with_decay(self.lambda);
        let sgd = Sgd::new(model.layout(), rule.by(Decay::Scaled))?;
        let Some(norm) = self.clamp else {
            return Ok(Box::new(sgd));
        };
        let clamp = NormClamp::new(model.layout(), &["hidden", "output"], norm)?;
        Ok(Box::new(Projected::new(clamp, sgd)))
    }
}

impl Experiment for Run {
    type Outcome = Ends;
    const NAME: &'static str = "norm";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Ends>> {
        let law = ParityDistribution::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let model = Mlp::new(self.n, self.width, Relu)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let mut memorisation = Memorisation {
            reached: Reached::on(&model, epochs.examples().clone())?,
            passed: None,
        };
        let mut solved = Convergence::new(&model, law.parity(), seeds)?;
        let optimizer = self.optimizer(&model)?;
        let mut trainer = Trainer::new(model, Hinge, epochs, optimizer, theta, 32)?;
        let observers = (&mut memorisation, &mut solved, Cancelled(stop));
        let Some(time) = time_of(trainer.run(self.budget, observers), self.budget) else {
            return Ok(None);
        };
        Ok(Some(Ends {
            memorised: memorisation.passed,
            time,
            norm: ParamNorm.of(trainer.theta()),
        }))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(ends: &Ends) -> Option<Time> {
        Some(ends.time)
    }
}

impl Ends {
    /// t_g − t_m; `None` if fresh examples were right before the sample was, or the sample never was.
    pub fn delay(&self) -> Option<Time> {
        self.time.after(self.memorised?.step)
    }

    /// κ of the law t_g − t_m = ln(‖θ_m‖²/‖θ_g‖²) / (2κηλ); 0 if the run does not generalise.
    ///
    /// A run has none if it does not memorise its sample before.
    pub fn kappa(&self, run: &Run) -> Option<f64> {
        let memorised = self.memorised?;
        match self.delay()? {
            Time::Solved(0) | Time::Never => None,
            Time::Censored(_) => Some(0.0),
            Time::Solved(delay) => {
                let ratio = (memorised.norm / self.norm).ln();
                Some(ratio / (run.eta * run.lambda * delay as f64))
            }
        }
    }
}
