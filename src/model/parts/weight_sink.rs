use crate::params::{Block, Descent, Params};
use crate::real::Real;
use crate::signs::{DescentScratch, Signs};
use crate::simd::{Rows, Strided, StridedMut};
use ndarray::Ix2;

/// The weights behind signs, of all neurons or of some, and what happens to their gradient.
///
/// A row of W's memory belongs to a coordinate, and neurons are its columns.
#[derive(Debug)]
pub(in crate::model) enum WeightSink<'a, F> {
    /// The gradient is added to `into`.
    Accumulate {
        values: Strided<'a, F>,
        into: StridedMut<'a, F>,
    },
    /// The values take an SGD step: θ ← keep·θ − η·g.
    Step {
        values: StridedMut<'a, F>,
        keep: F,
        eta: F,
    },
    /// The gradient is dropped and the values stay as they are.
    Discard { values: Strided<'a, F> },
}

impl<'a, F: Real> WeightSink<'a, F> {
    /// Adds the gradient of a block to its place in another θ.
    #[inline]
    pub(in crate::model) fn accumulate(
        block: &Block<Ix2>,
        theta: &'a Params<F>,
        into: &'a mut [F],
    ) -> Self {
        let (neurons, n) = (block.shape()[0], block.shape()[1]);
        WeightSink::Accumulate {
            values: Strided::new(theta.slice(block), n, neurons),
            into: StridedMut::new(into, n, neurons),
        }
    }

    /// Takes an SGD step in a block with these values, if the descent moves it.
    #[inline]
    pub(in crate::model) fn step(
        block: &Block<Ix2>,
        values: &'a mut [F],
        descent: &Descent,
    ) -> Self {
        let (neurons, n) = (block.shape()[0], block.shape()[1]);
        match descent.of(block) {
            Some((keep, eta)) => WeightSink::Step {
                values: StridedMut::new(values, n, neurons),
                keep: F::of(keep),
                eta: F::of(eta),
            },
            None => WeightSink::Discard {
                values: Strided::new(values, n, neurons),
            },
        }
    }

    /// The values.
    #[inline]
    pub(in crate::model) fn values(&self) -> Strided<'_, F> {
        match self {
            WeightSink::Accumulate { values, .. } | WeightSink::Discard { values } => *values,
            WeightSink::Step { values, .. } => values.shared(),
        }
    }

    /// The weights of the neurons before `at`, and those from it on.
    #[inline]
    pub(in crate::model) fn split_at(self, at: usize) -> (Self, Self) {
        match self {
            WeightSink::Accumulate { values, into } => {
                let (values, into) = (values.split_at(at), into.split_at(at));
                let part = |values, into| WeightSink::Accumulate { values, into };
                (part(values.0, into.0), part(values.1, into.1))
            }
            WeightSink::Step { values, keep, eta } => {
                let values = values.split_at(at);
                let part = |values| WeightSink::Step { values, keep, eta };
                (part(values.0), part(values.1))
            }
            WeightSink::Discard { values } => {
                let values = values.split_at(at);
                let part = |values| WeightSink::Discard { values };
                (part(values.0), part(values.1))
            }
        }
    }

    /// Applies the gradient Dᵀ·X for the first rows of `d`, the derivative in the first neurons.
    #[inline]
    pub(in crate::model) fn take(self, x: &Signs, d: &Rows<F>, scratch: &mut DescentScratch<F>) {
        match self {
            WeightSink::Accumulate { into, .. } => x.correlate(d, into),
            WeightSink::Step { values, keep, eta } => x.descend(d, values, (keep, eta), scratch),
            WeightSink::Discard { .. } => {}
        }
    }
}
