//! A loss, an optimizer and a measure of one's own.

use ndarray::Ix2;
use sparse_parity::Result;
use sparse_parity::optim::BlockRule;
use sparse_parity::params::{Block, Layout};
use sparse_parity::prelude::*;
use std::sync::Arc;

/// max(0, 1 − yf)², the squared hinge.
#[derive(Debug)]
pub struct SquaredHinge;

impl<F: Real> Loss<F> for SquaredHinge {
    fn value(&self, y: F, f: F) -> F {
        let short = F::one() - y * f;
        // NaN stays NaN.
        if short < F::zero() {
            F::zero()
        } else {
            short * short
        }
    }

    fn slope(&self, y: F, f: F) -> F {
        let short = (F::one() - y * f).max(F::zero());
        -y * (short + short)
    }
}

/// θ ← keep·θ − η g/‖g‖, the norm being that of a block.
pub struct Normalized {
    blocks: Vec<BlockRule>,
}

impl Normalized {
    pub fn new(layout: &Arc<Layout>, rules: Rules) -> Result<Self> {
        let blocks = rules.resolve(layout)?;
        Ok(Normalized { blocks })
    }
}

impl<F: Real> Optimizer<F> for Normalized {
    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        for BlockRule { range, rule } in &self.blocks {
            let at = rule.at(t);
            let theta = &mut theta.as_mut_slice()[range.clone()];
            let grad = &grad.as_slice()[range.clone()];
            let penalty = F::of(at.penalty);
            let grad = theta.iter().zip(grad).map(|(w, g)| *g + penalty * *w);
            let grad: Vec<F> = grad.collect();
            let norm = grad.iter().map(|g| *g * *g).sum::<F>().sqrt();
            let rate = match norm > F::zero() {
                true => F::of(at.rate) / norm,
                false => F::zero(),
            };
            for (w, g) in theta.iter_mut().zip(grad) {
                *w = F::of(at.keep) * *w - rate * g;
            }
        }
    }
}

/// The share of the squared weights of a block that lies on S.
pub struct ShareOnSupport {
    weight: Block<Ix2>,
    support: Vec<usize>,
}

impl ShareOnSupport {
    pub fn new(model: &impl Architecture, block: &str, support: &[usize]) -> Result<Self> {
        Ok(ShareOnSupport {
            weight: model.layout().get(block)?,
            support: support.to_vec(),
        })
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for ShareOnSupport {
    fn name(&self) -> &str {
        "share on S"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        let weight = at.theta.view(&self.weight);
        let square = |i: usize| {
            weight
                .column(i)
                .iter()
                .map(|w| w.as_f64() * w.as_f64())
                .sum::<f64>()
        };
        let all: f64 = (0..weight.ncols()).map(square).sum();
        self.support.iter().map(|&i| square(i)).sum::<f64>() / all
    }
}
