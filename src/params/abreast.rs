//! Parameters of trials that lie abreast.

use super::{Block, Descent, Layout, Params};
use crate::real::{LANES, Real};
use crate::sixteen::Sixteen;
use ndarray::Dimension;
use std::ops::Range;

/// Sixteen [`Params`] of one layout, one in each lane.
#[derive(Debug)]
pub(crate) struct ParamsAbreast<F>(Vec<Sixteen<F>>);

impl<F: Real> ParamsAbreast<F> {
    /// All zeros.
    pub(crate) fn zeros(layout: &Layout) -> Self {
        ParamsAbreast(vec![Sixteen::splat(F::zero()); layout.len()])
    }

    /// Puts parameters into a lane.
    pub(crate) fn put(&mut self, lane: usize, theta: &Params<F>) {
        for (to, &from) in self.0.iter_mut().zip(&*theta.values) {
            to[lane] = from;
        }
    }

    /// Writes those of a lane to `theta`.
    pub(crate) fn take(&self, lane: usize, theta: &mut Params<F>) {
        for (to, from) in theta.values.iter_mut().zip(&self.0) {
            *to = from[lane];
        }
    }

    /// One block, in the order of memory.
    pub(crate) fn slice<D: Dimension>(&self, block: &Block<D>) -> &[Sixteen<F>] {
        &self.0[block.range()]
    }

    /// One block, in the order of memory, to be changed.
    pub(crate) fn slice_mut<D: Dimension>(&mut self, block: &Block<D>) -> &mut [Sixteen<F>] {
        &mut self.0[block.range()]
    }
}

/// The [`Descent`] of each lane, all of the same blocks.
#[derive(Debug)]
pub(crate) struct DescentAbreast<F> {
    moving: Vec<(Range<usize>, Sixteen<F>, Sixteen<F>)>,
}

impl<F: Real> DescentAbreast<F> {
    /// The same descent in every lane.
    pub(crate) fn new(descent: &Descent) -> Self {
        let splat = |x| Sixteen::splat(F::of(x));
        let moving = descent.moving.iter();
        DescentAbreast {
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
        assert_eq!(self.moving.len(), descent.moving.len(), "other blocks move");
        for ((place, keep, eta), (other, by)) in self.moving.iter_mut().zip(&descent.moving) {
            assert_eq!(place, other, "other blocks move");
            (keep[lane], eta[lane]) = (F::of(by.0), F::of(by.1));
        }
    }

    /// The factors (keep, η) of a block, if it moves.
    pub(crate) fn of<D: Dimension>(&self, block: &Block<D>) -> Option<(&Sixteen<F>, &Sixteen<F>)> {
        let range = block.range();
        let found = self.moving.iter().find(|(place, ..)| *place == range);
        found.map(|(_, keep, eta)| (keep, eta))
    }

    /// Moves a block by its gradient.
    pub(crate) fn apply<D: Dimension>(
        &self,
        block: &Block<D>,
        theta: &mut ParamsAbreast<F>,
        grad: &[Sixteen<F>],
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
