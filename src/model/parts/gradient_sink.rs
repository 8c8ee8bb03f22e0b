use crate::params::{Block, Descent, Params};
use crate::real::{LANES, Real};
use crate::simd::{Simd, WithSimd, copy, dispatch, few, whole};
use ndarray::Ix1;
use std::ops::Range;

/// A vector of parameters, and what happens to its gradient.
#[derive(Debug)]
pub(in crate::model) enum GradientSink<'a, F> {
    /// The gradient is added to `into`.
    Accumulate { values: &'a [F], into: &'a mut [F] },
    /// The values take an SGD step: θ ← keep·θ − η·g.
    Step {
        values: &'a mut [F],
        keep: F,
        eta: F,
    },
    /// The gradient is dropped and the values stay as they are.
    Discard { values: &'a [F] },
}

impl<'a, F: Real> GradientSink<'a, F> {
    /// Sinks that add the gradients of the blocks to `into`.
    pub(in crate::model) fn accumulate<const N: usize>(
        blocks: [Option<&Block<Ix1>>; N],
        theta: &'a Params<F>,
        into: &'a mut Params<F>,
    ) -> [Option<Self>; N] {
        let mut sinks = [const { None }; N];
        let slices = into.slices_mut(places(blocks)).into_iter().zip(blocks);
        for (sink, (into, block)) in sinks.iter_mut().zip(slices) {
            *sink = block.map(|block| GradientSink::accumulate_block(block, theta, into));
        }
        sinks
    }

    /// Sinks that take an SGD step in each block which the descent moves.
    pub(in crate::model) fn step<const N: usize>(
        blocks: [Option<&Block<Ix1>>; N],
        theta: &'a mut Params<F>,
        descent: &Descent,
    ) -> [Option<Self>; N] {
        let mut sinks = [const { None }; N];
        let slices = theta.slices_mut(places(blocks)).into_iter().zip(blocks);
        for (sink, (values, block)) in sinks.iter_mut().zip(slices) {
            *sink = block.map(|block| GradientSink::step_block(block, values, descent));
        }
        sinks
    }

    /// Adds the gradient of a block to its place in another θ.
    #[inline(always)]
    pub(in crate::model) fn accumulate_block(
        block: &Block<Ix1>,
        theta: &'a Params<F>,
        into: &'a mut [F],
    ) -> Self {
        let values = theta.slice(block);
        GradientSink::Accumulate { values, into }
    }

    /// Takes an SGD step in a block with these values, if the descent moves it.
    #[inline(always)]
    pub(in crate::model) fn step_block(
        block: &Block<Ix1>,
        values: &'a mut [F],
        descent: &Descent,
    ) -> Self {
        match descent.of(block) {
            Some((keep, eta)) => GradientSink::Step {
                values,
                keep: F::of(keep),
                eta: F::of(eta),
            },
            None => GradientSink::Discard { values },
        }
    }

    /// The values.
    #[inline(always)]
    pub(in crate::model) fn values(&self) -> &[F] {
        match self {
            GradientSink::Accumulate { values, .. } | GradientSink::Discard { values } => values,
            GradientSink::Step { values, .. } => values,
        }
    }

    /// The parameters before place `at`, and those from it on.
    #[inline(always)]
    pub(in crate::model) fn split_at(self, at: usize) -> (Self, Self) {
        match self {
            GradientSink::Accumulate { values, into } => {
                let (values, into) = (values.split_at(at), into.split_at_mut(at));
                let part = |values, into| GradientSink::Accumulate { values, into };
                (part(values.0, into.0), part(values.1, into.1))
            }
            GradientSink::Step { values, keep, eta } => {
                let values = values.split_at_mut(at);
                let part = |values| GradientSink::Step { values, keep, eta };
                (part(values.0), part(values.1))
            }
            GradientSink::Discard { values } => {
                let (before, behind) = values.split_at(at);
                let part = |values| GradientSink::Discard { values };
                (part(before), part(behind))
            }
        }
    }

    /// W whole lanes from `place` on.
    #[inline(always)]
    pub(in crate::model) fn lanes<const W: usize>(&mut self, place: usize) -> SinkLanes<'_, F, W> {
        match self {
            GradientSink::Accumulate { values, into } => SinkLanes::Accumulate {
                values: lanes_of(values, place),
                into: lanes_of_mut(into, place),
            },
            GradientSink::Step { values, keep, eta } => SinkLanes::Step {
                values: lanes_of_mut(values, place),
                keep: *keep,
                eta: *eta,
            },
            GradientSink::Discard { values } => SinkLanes::Discard {
                values: lanes_of(values, place),
            },
        }
    }

    /// The values from `place` on, fewer than there are lanes.
    #[inline(always)]
    pub(in crate::model) fn last_values(&self, place: usize) -> [F; LANES] {
        few(&self.values()[place..])
    }

    /// The values that the gradient from `place` on is added to.
    #[inline(always)]
    pub(in crate::model) fn last_begin(&self, place: usize) -> [F; LANES] {
        match self {
            GradientSink::Accumulate { into, .. } => few(&into[place..]),
            _ => [F::zero(); LANES],
        }
    }

    /// Applies the gradient from `place` on.
    #[inline(always)]
    pub(in crate::model) fn last_end(&mut self, place: usize, grad: [F; LANES]) {
        match self {
            GradientSink::Accumulate { into, .. } => copy(&grad, &mut into[place..]),
            GradientSink::Step { values, keep, eta } => {
                descend_few(&mut values[place..], &grad, (*keep, *eta));
            }
            GradientSink::Discard { .. } => {}
        }
    }

    /// The value of a block of one number.
    #[inline(always)]
    pub(in crate::model) fn value(&self) -> F {
        self.values()[0]
    }

    /// The values that the gradient of a block of one number is added to.
    #[inline(always)]
    pub(in crate::model) fn begin_one(&self) -> F {
        match self {
            GradientSink::Accumulate { into, .. } => into[0],
            _ => F::zero(),
        }
    }

    /// Applies the gradient of a block of one number.
    #[inline(always)]
    pub(in crate::model) fn end_one(&mut self, grad: F) {
        match self {
            GradientSink::Accumulate { into, .. } => into[0] = grad,
            GradientSink::Step { values, keep, eta } => values[0] = *keep * values[0] - *eta * grad,
            GradientSink::Discard { .. } => {}
        }
    }

    /// Takes Σ of the numbers as the gradient of a block of one number.
    #[inline(always)]
    pub(in crate::model) fn take_sum(&mut self, terms: impl Iterator<Item = F>) {
        self.end_one(terms.fold(self.begin_one(), |sum, term| sum + term));
    }

    /// Takes Σ of the rows, `step` apart, as the gradient: one row after the other.
    pub(in crate::model) fn take_rows(self, d: &[F], step: usize, width: usize) {
        dispatch(TakeRows {
            sink: self,
            d,
            step,
            width,
        });
    }
}

/// Where the blocks are among the parameters.
#[inline(always)]
pub(in crate::model) fn places<const N: usize>(
    blocks: [Option<&Block<Ix1>>; N],
) -> [Range<usize>; N] {
    // `map` would become a function of its own, which takes longer than what it does.
    let mut places = [const { 0..0 }; N];
    for (place, block) in places.iter_mut().zip(blocks) {
        *place = block.map_or(0..0, Block::range);
    }
    places
}

/// Inlined, this would lead the compiler to keep the gradient in pieces.
#[inline(never)]
fn descend_few<F: Real>(theta: &mut [F], grad: &[F], (keep, eta): (F, F)) {
    for (theta, &grad) in theta.iter_mut().zip(grad) {
        *theta = keep * *theta - eta * grad;
    }
}

/// W lanes of a vector of parameters, and what happens to their gradient.
#[derive(Debug)]
pub(in crate::model) enum SinkLanes<'a, F, const W: usize> {
    Accumulate {
        values: &'a [[F; LANES]; W],
        into: &'a mut [[F; LANES]; W],
    },
    Step {
        values: &'a mut [[F; LANES]; W],
        keep: F,
        eta: F,
    },
    Discard {
        values: &'a [[F; LANES]; W],
    },
}

impl<F: Real, const W: usize> SinkLanes<'_, F, W> {
    #[inline(always)]
    pub(in crate::model) fn values(&self) -> [[F; LANES]; W] {
        match self {
            SinkLanes::Accumulate { values, .. } | SinkLanes::Discard { values } => **values,
            SinkLanes::Step { values, .. } => **values,
        }
    }

    /// The values that the gradient is added to.
    #[inline(always)]
    pub(in crate::model) fn begin(&self) -> [[F; LANES]; W] {
        match self {
            SinkLanes::Accumulate { into, .. } => **into,
            _ => [[F::zero(); LANES]; W],
        }
    }

    /// Applies the gradient: accumulates it, takes an SGD step, or drops it.
    #[inline(always)]
    pub(in crate::model) fn end(self, grad: [[F; LANES]; W]) {
        match self {
            SinkLanes::Accumulate { into, .. } => *into = grad,
            SinkLanes::Step { values, keep, eta } => {
                for w in 0..W {
                    for lane in 0..LANES {
                        values[w][lane] = keep * values[w][lane] - eta * grad[w][lane];
                    }
                }
            }
            SinkLanes::Discard { .. } => {}
        }
    }
}

#[inline(always)]
fn lanes_of<F, const W: usize>(values: &[F], place: usize) -> &[[F; LANES]; W] {
    let lanes = values[place..].as_chunks().0;
    lanes.first_chunk().expect("the lanes are whole")
}

#[inline(always)]
fn lanes_of_mut<F, const W: usize>(values: &mut [F], place: usize) -> &mut [[F; LANES]; W] {
    let lanes = values[place..].as_chunks_mut().0;
    lanes.first_chunk_mut().expect("the lanes are whole")
}

struct TakeRows<'a, 'd, F> {
    sink: GradientSink<'a, F>,
    d: &'d [F],
    step: usize,
    width: usize,
}

impl<F: Real> WithSimd for TakeRows<'_, '_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let TakeRows {
            mut sink,
            d,
            step,
            width,
        } = self;
        let mut place = 0;
        while place + LANES <= width {
            let lanes = sink.lanes::<1>(place);
            let [mut sums] = lanes.begin();
            for d in d.chunks(step) {
                let d = whole(d, place);
                for lane in 0..LANES {
                    sums[lane] += d[lane];
                }
            }
            lanes.end([sums]);
            place += LANES;
        }
        if place < width {
            let mut sums = sink.last_begin(place);
            for d in d.chunks(step) {
                let d = &d[place..width];
                sums.iter_mut().zip(d).for_each(|(sum, &d)| *sum += d);
            }
            sink.last_end(place, sums);
        }
    }
}
