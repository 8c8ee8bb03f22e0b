//! Gradient descent whose gradients are answers to statistical queries.

use rand::Rng;
use sparse_parity::access::{Answers, Fresh, Honest, Query, QueryNeuron, Stat, StatisticalQueries};
use sparse_parity::error::Result;
use sparse_parity::prelude::*;
use sparse_parity::seeds::LabRng;
use sparse_parity::theory::gap::largest;
use sparse_parity::theory::gradient::Neuron;

const WIDTH: usize = 10;
const RATE: f64 = 0.5;
/// The probability with which one of the answers of a step is further off than τ.
const DELTA: f64 = 0.01;

/// A network Σ_j u_j σ(w_j·x + b_j) of ReLU neurons at θ_0, whose weights w are trained, and a parity.
#[derive(Clone)]
pub struct Descent {
    pub parity: Parity,
    seeds: Seeds,
    weights: Vec<Vec<f64>>,
    biases: Vec<f64>,
    outputs: Vec<f64>,
}

/// Who answers.
#[derive(Clone, Copy, PartialEq)]
pub enum Oracle {
    Exact,
    Adversary,
    /// Means of fresh examples, as many at every step as promise the tolerance for its answers.
    Honest,
}

/// What became of a run.
#[derive(Clone, Copy)]
pub struct Course {
    /// The steps until S was found.
    pub found: Option<u64>,
    /// Whether any weight moved.
    pub moved: bool,
    /// Σ 1/τ² of the queries.
    pub worth: f64,
}

impl Descent {
    pub fn new(n: usize, k: usize, seed: u64) -> Result<Self> {
        let seeds = Seeds::from(seed);
        let rng = &mut seeds.stream(Purpose::Init);
        let bound = 1.0 / (n as f64).sqrt();
        let uniform = |rng: &mut LabRng| rng.random_range(-bound..bound);
        Ok(Descent {
            parity: Parity::random(n, k, &mut seeds.stream(Purpose::Support))?,
            weights: (0..WIDTH)
                .map(|_| (0..n).map(|_| uniform(rng)).collect())
                .collect(),
            biases: (0..WIDTH).map(|_| uniform(rng)).collect(),
            outputs: (0..WIDTH)
                .map(|j| if j % 2 == 0 { 1.0 } else { -1.0 })
                .collect(),
            seeds,
        })
    }

    fn neurons(&self) -> Result<Vec<Neuron<'_, Relu>>> {
        let both = self.weights.iter().zip(&self.biases);
        both.map(|(w, &b)| Neuron::new(&Relu, w, b)).collect()
    }

    /// max |E\[y x_i σ'(w_j·x + b_j)\]| at θ_0: an adversary of a larger tolerance answers 0 to every query.
    pub fn freezing(&self) -> Result<f64> {
        let mut most = 0.0_f64;
        for neuron in self.neurons()? {
            let gradient = neuron.gradient(self.parity.support())?;
            most = gradient
                .weight
                .iter()
                .fold(most, |most, g| most.max(g.abs()));
        }
        Ok(most)
    }

    /// The examples of a step that are answered from honestly.
    pub fn batch(&self, tau: f64) -> Result<usize> {
        let law = ParityDistribution::new(self.parity.n(), self.parity.support())?;
        let examples = Fresh::new(law, &self.seeds);
        Honest::reusing(examples, DELTA, WIDTH * self.parity.n())?.size(tau)
    }

    /// Runs until S is found, `steps` at most.
    pub fn run(mut self, oracle: Oracle, tau: f64, steps: u64) -> Result<Course> {
        let n = self.parity.n();
        let (start, queries) = (self.weights.clone(), WIDTH * n);
        let answers = match oracle {
            Oracle::Exact => Answers::Exact,
            _ => Answers::Adversary,
        };
        let mut exact = Stat::new(self.parity.clone(), answers);
        let law = ParityDistribution::new(n, self.parity.support())?;
        let mut examples = Fresh::new(law, &self.seeds);
        let (mut found, mut moved, mut asked) = (None, false, 0);
        for step in 1..=steps {
            let answers = {
                let neurons = self.neurons()?;
                let all = neurons.iter().flat_map(|neuron| {
                    (0..n).map(move |i| Query::Coordinate(neuron as &dyn QueryNeuron, i))
                });
                let all: Vec<_> = all.collect();
                asked += all.len() as u64;
                match oracle {
                    Oracle::Honest => {
                        Honest::reusing(&mut examples, DELTA, queries)?.answers(&all, tau)?
                    }
                    _ => exact.answers(&all, tau)?,
                }
            };
            for ((w, answers), u) in self
                .weights
                .iter_mut()
                .zip(answers.chunks(n))
                .zip(&self.outputs)
            {
                // The loss is −y·f.
                w.iter_mut()
                    .zip(answers)
                    .for_each(|(w, answer)| *w += RATE * u * answer);
            }
            let movement: Vec<f64> = (0..n)
                .map(|i| {
                    let moves = self
                        .weights
                        .iter()
                        .zip(&start)
                        .map(|(w, start)| w[i] - start[i]);
                    moves.map(|move_| move_ * move_).sum()
                })
                .collect();
            moved |= movement.iter().any(|&movement| movement > 0.0);
            let support = self.parity.support();
            // Coordinates that did not move are in no order.
            let is_told = support.iter().all(|&i| movement[i] > 0.0);
            if is_told && largest(&movement, support.len())? == support {
                found = Some(step);
                break;
            }
        }
        let worth = asked as f64 / (tau * tau);
        Ok(Course {
            found,
            moved,
            worth,
        })
    }
}
