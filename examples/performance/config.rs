//! The work that is timed: training steps by their letters.

use sparse_parity::Result;
use sparse_parity::prelude::*;
use sparse_parity_examples::sizes::{SIZES, Size};
use std::fmt;

/// A rate so small that a learner stays where it is, at the price of a full update.
pub const STAY: f64 = 1e-9;

/// A training step: network, dimension n of the inputs, batch size B.
#[derive(Clone, Copy)]
pub struct Config {
    pub letter: char,
    pub network: Network,
    pub n: usize,
    pub batch: usize,
}

/// f, at the sizes that are timed.
#[derive(Clone, Copy)]
pub enum Network {
    /// uᵀReLU(W x + b) + c with this many neurons.
    Relu(usize),
    /// sin(w·x + b).
    Sine,
    /// A product of this many linear forms.
    PolyNet(usize),
    /// d_emb = 128, 16 heads, hidden width 128.
    SmallTransformer,
    /// The sizes of the paper: d_emb = 1024, 128 heads, hidden width 4096.
    Transformer,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Network::Relu(r) => write!(f, "ReLU, r = {r}"),
            Network::Sine => write!(f, "sine neuron"),
            Network::PolyNet(k) => write!(f, "PolyNet, k = {k}"),
            Network::SmallTransformer => write!(f, "Transformer, d_emb = 128"),
            Network::Transformer => write!(f, "Transformer, d_emb = 1024"),
        }
    }
}

impl Config {
    /// The configurations A to K.
    pub fn all() -> Vec<Config> {
        let relu = |(letter, size): (char, Size)| Config {
            letter,
            network: Network::Relu(size.width),
            n: size.n,
            batch: size.batch,
        };
        let others = [
            ('H', Network::Sine, 50, 32),
            ('I', Network::PolyNet(3), 50, 64),
            ('J', Network::SmallTransformer, 15, 32),
            ('K', Network::Transformer, 50, 64),
        ];
        let other = |(letter, network, n, batch)| Config {
            letter,
            network,
            n,
            batch,
        };
        let relus = ('A'..='G').zip(SIZES).map(relu);
        relus.chain(others.map(other)).collect()
    }

    /// The operations 4·B·n·r of a dense X Wᵀ and a dense Dᵀ X, of the networks that have a W.
    pub fn dense_operations(&self) -> Option<f64> {
        match self.network {
            Network::Relu(r) => Some(4.0 * (self.batch * self.n * r) as f64),
            _ => None,
        }
    }

    /// The run whose steps are timed.
    pub fn start(&self) -> Result<Box<dyn Run + Send>> {
        match self.network {
            Network::Relu(r) => descend(Mlp::new(self.n, r, Relu)?.with_output_bias(), self.batch),
            Network::Sine => {
                let neuron = Mlp::new(self.n, 1, Sine)?;
                descend(neuron.without_output_layer(), self.batch)
            }
            Network::PolyNet(k) => descend(PolyNet::new(self.n, k)?, self.batch),
            Network::SmallTransformer => adapt(
                Transformer::new(self.n, 128, 16)?.with_mlp_width(128)?,
                self.batch,
            ),
            Network::Transformer => adapt(Transformer::new(self.n, 1024, 128)?, self.batch),
        }
    }
}

/// A run by Adam.
fn adapt<M: Model<f32> + 'static>(model: M, batch: usize) -> Result<Box<dyn Run + Send>> {
    let adam = Adam::new(model.layout(), Rule::rate(STAY))?;
    start(model, adam, batch)
}

/// A run by SGD.
fn descend<M: Model<f32> + 'static>(model: M, batch: usize) -> Result<Box<dyn Run + Send>> {
    let sgd = Sgd::new(model.layout(), Rule::rate(STAY))?;
    start(model, sgd, batch)
}

/// A run in which every example has a gradient: random labels cannot be learned, and half the
/// usual weights keep the outputs below 1.
fn start<M: Model<f32> + 'static>(
    model: M,
    optimizer: impl Optimizer<f32> + 'static,
    batch: usize,
) -> Result<Box<dyn Run + Send>> {
    let seeds = Seeds::from(1);
    let mut theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    theta.as_mut_slice().iter_mut().for_each(|w| *w *= 0.5);
    let stream = Online::new(RandomLabels::new(model.dim())?, &seeds);
    let trainer = Trainer::new(model, Hinge, stream, optimizer, theta, batch)?;
    Ok(Box::new(trainer))
}

/// A run of whatever types.
pub trait Run {
    /// Draws, labels, forward, hinge, backward and update, so many times.
    fn steps(&mut self, count: u64);
    /// Whether every example of the newest batch has a gradient.
    fn is_active(&mut self) -> bool;
}

impl<M, D, O> Run for Trainer<f32, M, Hinge, Online<D>, O>
where
    M: Model<f32>,
    D: Sampler,
    O: Optimizer<f32>,
{
    fn steps(&mut self, count: u64) {
        for _ in 0..count {
            // A run that ends computes the gradient of its last iterate, so it is not to end here.
            let _ = self.step(&mut ());
        }
    }

    fn is_active(&mut self) -> bool {
        self.run(0, ());
        let newest = self.snapshot();
        let outputs = newest.and_then(|at| at.outputs);
        outputs.is_some_and(|at| at.out.iter().all(|f| f.abs() < 1.0))
    }
}
