//! Runs of f_α and their delays.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use std::sync::atomic::{AtomicBool, Ordering};

/// The error up to which a sample counts as memorised, and a parity as learned.
const GOOD: f64 = 0.05;
/// The ratio of the steps of two looks.
const RATIO: f64 = 1.05;

/// A centred network with the scale α on a finite sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lazy {
    pub n: usize,
    pub k: usize,
    pub width: usize,
    pub samples: usize,
    pub alpha: f64,
    /// η, of which the rate is η/α².
    pub eta: f64,
    pub budget: u64,
}

impl Default for Lazy {
    fn default() -> Self {
        Lazy {
            n: 30,
            k: 3,
            width: 100,
            samples: 1000,
            alpha: 1.0,
            eta: 0.01,
            budget: 200_000,
        }
    }
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// The first look at which the error on the sample was small.
    pub memorised: Option<u64>,
    /// The first one at which that on fresh examples was.
    pub generalised: Time,
    /// ‖θ − θ₀‖ / ‖θ₀‖ at the memorisation.
    pub moved: Option<f64>,
    /// The error on fresh examples at the end.
    pub error: f64,
}

/// ‖θ − θ₀‖ / ‖θ₀‖.
fn moved(theta: &Params<f32>, start: &Params<f32>) -> f64 {
    let pairs = theta.as_slice().iter().zip(start.as_slice());
    let squares = pairs.map(|(w, start)| f64::from(w - start).powi(2));
    let of_start = start.as_slice().iter().map(|w| f64::from(*w).powi(2));
    (squares.sum::<f64>() / of_start.sum::<f64>()).sqrt()
}

impl Experiment for Lazy {
    type Outcome = Course;
    const NAME: &'static str = "lazy";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Course>> {
        let law = ParityDistribution::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let network = Mlp::new(self.n, self.width, Relu)?;
        let theta = Params::<f32>::draw(network.layout(), &mut seeds.stream(Purpose::Init));
        let model = Centered::new(network, theta.clone(), self.alpha)?;
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let mut train = ErrorRate::on("train error", &model, epochs.examples().clone())?;
        let mut test = ErrorRate::clean(&model, law.parity(), seeds)?.within(0.01)?;
        let rate = self.eta / (self.alpha * self.alpha);
        let sgd = Sgd::new(model.layout(), Rule::rate(rate))?;
        let mut trainer = Trainer::new(model.clone(), Square, epochs, sgd, theta, 32)?;
        let mut course = Course {
            memorised: None,
            generalised: Time::Censored(self.budget),
            moved: None,
            error: 1.0,
        };
        loop {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let (step, theta) = (trainer.steps(), trainer.theta());
            if course.memorised.is_none() && train.of(&model, theta) <= GOOD {
                course.memorised = Some(step);
                course.moved = Some(moved(theta, model.start()));
            }
            course.error = test.of(&model, theta);
            if course.error <= GOOD {
                course.generalised = Time::Solved(step);
            }
            let is_over = course.memorised.is_some() && course.generalised.solved().is_some();
            if is_over || step >= self.budget {
                return Ok(Some(course));
            }
            let next = ((step as f64 * RATIO) as u64)
                .max(step + 10)
                .min(self.budget);
            if let Stop::Diverged { .. } = trainer.run(next - step, ()) {
                course.generalised = Time::Never;
                return Ok(Some(course));
            }
        }
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(course: &Course) -> Option<Time> {
        Some(course.generalised)
    }
}

impl Course {
    /// t_g − t_m; `None` if the sample was not memorised. It is 0 where fresh examples were right before the sample was.
    pub fn delay(&self) -> Option<Time> {
        let memorised = self.memorised?;
        Some(self.generalised.after(memorised).unwrap_or(Time::Solved(0)))
    }
}
