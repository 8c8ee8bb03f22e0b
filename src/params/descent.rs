use super::{Block, Params};
use crate::real::Real;
use crate::simd::dispatch;
use crate::threads::{divide, parts_of_pass};
use ndarray::Dimension;
use std::ops::Range;

/// An update θ ← keep·θ − η·g, with factors of its own for every block that moves.
///
/// An optimizer whose update is no more than that offers it as
/// [`PlainDescent`](crate::optim::fused::PlainDescent), and a model may then make the update while it
/// computes the gradient, without ever storing it: see [`FusedStep`](crate::model::fused::FusedStep).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Descent {
    /// Places in the flat vector, each with keep and η.
    moving: Vec<(Range<usize>, (f64, f64))>,
}

impl Descent {
    /// Forgets all blocks, keeping the room for them.
    #[inline]
    pub fn clear(&mut self) {
        self.moving.clear();
    }

    /// Adds a block by its place in the flat vector, with the factors of θ and of the gradient.
    #[inline]
    pub fn push(&mut self, place: Range<usize>, keep: f64, eta: f64) {
        self.moving.push((place, (keep, eta)));
    }

    /// Makes the update of all blocks.
    ///
    /// # Panics
    /// If a block lies outside `theta` or `grad`.
    pub fn apply<F: Real>(&self, theta: &mut Params<F>, grad: &Params<F>) {
        for (place, by) in &self.moving {
            let theta = &mut theta.values[place.clone()];
            descend(theta, &grad.values[place.clone()], *by);
        }
    }

    /// The places of the blocks that move, each with the factors of θ and of the gradient.
    pub(crate) fn moving(&self) -> &[(Range<usize>, (f64, f64))] {
        &self.moving
    }

    /// The factors of θ and of the gradient; `None` for a block that stays as it is.
    pub(crate) fn of<D: Dimension>(&self, block: &Block<D>) -> Option<(f64, f64)> {
        let range = block.range();
        let (_, by) = self.moving.iter().find(|(place, _)| *place == range)?;
        Some(*by)
    }
}

/// θ ← keep·θ − η·g.
pub(crate) fn descend<F: Real>(theta: &mut [F], grad: &[F], (keep, eta): (f64, f64)) {
    let (keep, eta) = (F::of(keep), F::of(eta));
    divide(parts_of_pass(theta.len()), (theta, grad), &|(
        theta,
        grad,
    )| {
        dispatch(|| {
            for (theta, &grad) in theta.iter_mut().zip(grad) {
                *theta = keep * *theta - eta * grad;
            }
        });
    });
}
