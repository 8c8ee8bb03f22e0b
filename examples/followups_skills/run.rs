//! A run on skills.

use ndarray_rand::rand_distr::{Distribution, StandardNormal};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use sparse_parity::Error;
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::SkillStrength;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::Cancelled;
use sparse_parity_examples::regimes::batches;
use std::sync::atomic::AtomicBool;

/// A strength at which a skill has emerged.
pub const HALF: f64 = 0.5;
/// A run ends when all of its skills are so strong.
const DONE: f64 = 0.95;
/// 1/√5: a network of degree 2 in θ has 5 times the output with √5 times the parameters.
const SCALE: f64 = 0.447_213_595_499_957_9;
/// The deviation of all initial values.
const DEVIATION: f64 = 0.01 * SCALE;
/// For the loss (g − f)², whose slope is twice that of half of it.
const SGD_RATE: f64 = 0.05 * 5.0 / 2.0;
const ADAM_RATE: f64 = 0.001 * SCALE;
/// Looks in a decade of updates.
const LOOKS: i32 = 20;
/// Fresh examples of each skill at a look.
const EXAMPLES: usize = 2000;

/// A two-layer ReLU network on parities of disjoint supports, one of which each input selects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    pub tasks: usize,
    /// Task coordinates.
    pub bits: usize,
    pub k: usize,
    /// Task t = 1, 2, … is drawn in proportion to t^−(α + 1).
    pub alpha: f64,
    pub width: usize,
    /// The size of the sample; fresh examples if `None`.
    pub samples: Option<usize>,
    pub optimizer: Descent,
    pub batch: usize,
    pub budget: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Descent {
    Sgd,
    Adam,
}

impl Default for Run {
    fn default() -> Self {
        Run {
            tasks: 10,
            bits: 32,
            k: 3,
            alpha: 0.6,
            width: 300,
            samples: None,
            optimizer: Descent::Sgd,
            batch: 1000,
            budget: 60_000,
        }
    }
}

/// What was seen along a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Emergence {
    /// The updates behind each look.
    pub steps: Vec<u64>,
    /// Strength, loss and error of each skill at each look.
    pub skills: Vec<Vec<[f64; 3]>>,
}

impl Emergence {
    /// The first look at which a number of a skill is at most, or at least, something.
    pub fn first(&self, task: usize, is_there: impl Fn([f64; 3]) -> bool) -> Time {
        let looks = self.steps.iter().zip(&self.skills);
        let mut there = looks.filter(|(_, skills)| is_there(skills[task]));
        let last = self.steps.last().copied().unwrap_or(0);
        there
            .next()
            .map_or(Time::Censored(last), |(step, _)| Time::Solved(*step))
    }

    /// When a skill has emerged.
    pub fn time(&self, task: usize) -> Time {
        self.first(task, |[strength, ..]| strength >= HALF)
    }

    /// What was seen at the end.
    pub fn last(&self) -> &[[f64; 3]] {
        self.at(u64::MAX)
    }

    /// What was seen at the last look up to a step.
    pub fn at(&self, step: u64) -> &[[f64; 3]] {
        let place = self.steps.partition_point(|look| *look <= step);
        &self.skills[place.max(1) - 1]
    }
}

impl Run {
    /// Tasks of disjoint supports.
    fn target(&self, seeds: &Seeds) -> sparse_parity::Result<Multitask> {
        let needed = self.tasks.saturating_mul(self.k);
        if needed > self.bits {
            return Err(Error::InvalidSetting {
                name: "bits".into(),
                value: self.bits.to_string(),
                expected: format!(
                    "at least {needed}, {} for each of {} tasks",
                    self.k, self.tasks
                ),
            });
        }
        let mut bits: Vec<usize> = (0..self.bits).collect();
        bits.shuffle(&mut seeds.stream(Purpose::Support));
        let supports = bits.chunks_exact(self.k).take(self.tasks);
        let parities = supports.map(|support| Parity::new(self.bits, support));
        Multitask::new(parities.collect::<sparse_parity::Result<_>>()?)
    }

    /// The law of the tasks.
    pub fn frequencies(&self) -> sparse_parity::Result<Vec<f64>> {
        let tasks = self.target(&1.into())?;
        Ok(tasks.zipf(self.alpha)?.frequencies())
    }

    fn train(
        &self,
        tasks: &Multitask,
        stream: impl BatchStream<f32>,
        (seeds, stop): (&Seeds, &AtomicBool),
    ) -> sparse_parity::Result<Option<Emergence>> {
        let model = Mlp::new(tasks.dim(), self.width, Relu)?;
        let mut theta = Params::<f32>::zeros(model.layout());
        let rng = &mut seeds.stream(Purpose::Init);
        for value in theta.as_mut_slice() {
            let normal: f64 = StandardNormal.sample(rng);
            *value = (DEVIATION * normal) as f32;
        }
        let mut skills = SkillStrength::new(&model, tasks, EXAMPLES, seeds)?;
        let layout = model.layout().clone();
        let optimizer: Box<dyn Optimizer<f32>> = match self.optimizer {
            Descent::Sgd => Box::new(Sgd::new(&layout, Rule::rate(SGD_RATE))?),
            Descent::Adam => Box::new(Adam::new(&layout, Rule::rate(ADAM_RATE))?),
        };
        let mut trainer =
            Trainer::new(model.clone(), Square, stream, optimizer, theta, self.batch)?;
        let mut seen = Emergence {
            steps: Vec::new(),
            skills: Vec::new(),
        };
        loop {
            let now = skills.of(&model, trainer.theta());
            let is_done = now.iter().all(|skill| skill.strength >= DONE);
            seen.steps.push(trainer.steps());
            seen.skills.push(
                now.iter()
                    .map(|skill| [skill.strength, skill.loss, skill.error])
                    .collect(),
            );
            let left = self.budget - trainer.steps();
            if left == 0 || is_done {
                return Ok(Some(seen));
            }
            let next = next_look(trainer.steps()).min(self.budget);
            match trainer.run(next - trainer.steps(), Cancelled(stop)) {
                Stop::GivenUp { .. } => return Ok(None),
                Stop::Diverged { .. } => return Ok(Some(seen)),
                _ => {}
            }
        }
    }
}

/// The step of the look behind a step.
fn next_look(step: u64) -> u64 {
    let look = |place: i32| 10_f64.powf(f64::from(place) / f64::from(LOOKS)).round() as u64;
    (0..)
        .map(look)
        .find(|look| *look > step)
        .unwrap_or(step + 1)
}

impl Experiment for Run {
    type Outcome = Emergence;
    const NAME: &'static str = "skills";
    const REVISION: u32 = 1;

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Emergence>> {
        let tasks = self.target(seeds)?;
        let law = Labelled::new(tasks.zipf(self.alpha)?, tasks.clone())?;
        let stream = batches(&law, self.samples, seeds)?;
        self.train(&tasks, stream, (seeds, stop))
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }
}
