//! The parameters of trials in lockstep, and their updates.

use super::lanes::Lanes;
use crate::params::{Block, Descent, Layout, Params};
use crate::real::LANES;
use ndarray::Dimension;
use std::ops::Range;

/// Lanes [`Params`] of one layout, one in each lane.
#[derive(Debug)]
pub(crate) struct LockstepParams(Vec<Lanes<f32>>);

impl LockstepParams {
    /// All zeros.
    pub(crate) fn zeros(layout: &Layout) -> Self {
        LockstepParams(vec![Lanes::splat(0.0); layout.len()])
    }

    /// Puts parameters into a lane.
    pub(crate) fn put(&mut self, lane: usize, theta: &Params<f32>) {
        for (to, &from) in self.0.iter_mut().zip(theta.as_slice()) {
            to[lane] = from;
        }
    }

    /// Writes those of a lane to `theta`.
    pub(crate) fn take(&self, lane: usize, theta: &mut Params<f32>) {
        for (to, from) in theta.as_mut_slice().iter_mut().zip(&self.0) {
            *to = from[lane];
        }
    }

    /// One block, in the order of memory.
    pub(crate) fn slice<D: Dimension>(&self, block: &Block<D>) -> &[Lanes<f32>] {
        &self.0[block.range()]
    }

    /// One block, in the order of memory, to be changed.
    pub(crate) fn slice_mut<D: Dimension>(&mut self, block: &Block<D>) -> &mut [Lanes<f32>] {
        &mut self.0[block.range()]
    }
}

/// The [`Descent`] of each lane, all of the same blocks.
#[derive(Debug)]
pub(crate) struct LockstepDescent {
    moving: Vec<(Range<usize>, Lanes<f32>, Lanes<f32>)>,
}

impl LockstepDescent {
    /// The same descent in every lane.
    pub(crate) fn new(descent: &Descent) -> Self {
        let splat = |x| Lanes::splat(x as f32);
        let moving = descent.moving().iter();
        LockstepDescent {
            moving: moving
                .map(|(place, (keep, eta))| (place.clone(), splat(*keep), splat(*eta)))
                .collect(),
        }
    }

    /// Changes that of one lane.
    ///
    /// # Panics
    /// If it moves other blocks than that of the other lanes.
    pub(crate) fn put(&mut self, lane: usize, descent: &Descent) {
        let moving = descent.moving();
        assert_eq!(self.moving.len(), moving.len(), "other blocks move");
        for ((place, keep, eta), (other, by)) in self.moving.iter_mut().zip(moving) {
            assert_eq!(place, other, "other blocks move");
            (keep[lane], eta[lane]) = (by.0 as f32, by.1 as f32);
        }
    }

    /// The factors (keep, η) of a block, if it moves.
    pub(crate) fn of<D: Dimension>(&self, block: &Block<D>) -> Option<(&Lanes<f32>, &Lanes<f32>)> {
        let range = block.range();
        let found = self.moving.iter().find(|(place, ..)| *place == range);
        found.map(|(_, keep, eta)| (keep, eta))
    }

    /// Moves a block by its gradient.
    pub(crate) fn apply<D: Dimension>(
        &self,
        block: &Block<D>,
        theta: &mut LockstepParams,
        grad: &[Lanes<f32>],
    ) {
        if let Some((keep, eta)) = self.of(block) {
            for (theta, grad) in theta.slice_mut(block).iter_mut().zip(grad) {
                for lane in 0..LANES {
                    theta[lane] = keep[lane] * theta[lane] - eta[lane] * grad[lane];
                }
            }
        }
    }
}
