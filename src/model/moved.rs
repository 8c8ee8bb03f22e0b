use crate::params::{Block, Descent, Params};
use crate::real::{LANES, Real};
use crate::rows::{copy, few, whole};
use crate::signs::{Loops, wide};
use ndarray::Ix1;

/// A vector of parameters, and what is done with the gradient of it.
#[derive(Debug)]
pub(super) enum Moved<'a, F> {
    /// The gradient is added to `into`.
    Add { values: &'a [F], into: &'a mut [F] },
    /// The values become keep·θ − η·g.
    Descend {
        values: &'a mut [F],
        keep: F,
        eta: F,
    },
    /// The values stay as they are.
    Stay { values: &'a [F] },
}

impl<'a, F: Real> Moved<'a, F> {
    /// The blocks whose gradients are to be added to `into`.
    pub(super) fn add<const N: usize>(
        blocks: [Option<&Block<Ix1>>; N],
        theta: &'a Params<F>,
        into: &'a mut Params<F>,
    ) -> [Option<Self>; N] {
        let mut moved = [const { None }; N];
        let slices = into.slices_mut(blocks).into_iter().zip(blocks);
        for (moved, (into, block)) in moved.iter_mut().zip(slices) {
            *moved = block.map(|block| Moved::Add {
                values: theta.slice(block),
                into,
            });
        }
        moved
    }

    /// The blocks that an update moves.
    pub(super) fn descend<const N: usize>(
        blocks: [Option<&Block<Ix1>>; N],
        theta: &'a mut Params<F>,
        descent: &Descent,
    ) -> [Option<Self>; N] {
        let mut moved = [const { None }; N];
        let slices = theta.slices_mut(blocks).into_iter().zip(blocks);
        for (moved, (values, block)) in moved.iter_mut().zip(slices) {
            *moved = block.map(|block| match descent.of(block) {
                Some((keep, eta)) => Moved::Descend {
                    values,
                    keep: F::of(keep),
                    eta: F::of(eta),
                },
                None => Moved::Stay { values },
            });
        }
        moved
    }

    /// W whole lanes from `place` on.
    #[inline(always)]
    pub(super) fn strip<const W: usize>(&mut self, place: usize) -> Strip<'_, F, W> {
        match self {
            Moved::Add { values, into } => Strip::Add {
                values: strip(values, place),
                into: strip_mut(into, place),
            },
            Moved::Descend { values, keep, eta } => Strip::Descend {
                values: strip_mut(values, place),
                keep: *keep,
                eta: *eta,
            },
            Moved::Stay { values } => Strip::Stay {
                values: strip(values, place),
            },
        }
    }

    /// The values from `place` on, fewer than there are lanes.
    #[inline(always)]
    pub(super) fn last_values(&self, place: usize) -> [F; LANES] {
        match self {
            Moved::Add { values, .. } | Moved::Stay { values } => few(&values[place..]),
            Moved::Descend { values, .. } => few(&values[place..]),
        }
    }

    /// What the gradient from `place` on is added to.
    #[inline(always)]
    pub(super) fn last_begin(&self, place: usize) -> [F; LANES] {
        match self {
            Moved::Add { into, .. } => few(&into[place..]),
            _ => [F::zero(); LANES],
        }
    }

    /// Does with the gradient from `place` on what is to be done with it.
    #[inline(always)]
    pub(super) fn last_end(&mut self, place: usize, grad: [F; LANES]) {
        match self {
            Moved::Add { into, .. } => copy(&grad, &mut into[place..]),
            Moved::Descend { values, keep, eta } => {
                descend_few(&mut values[place..], &grad, (*keep, *eta));
            }
            Moved::Stay { .. } => {}
        }
    }

    /// The value of a block of one number.
    #[inline(always)]
    pub(super) fn value(&self) -> F {
        match self {
            Moved::Add { values, .. } | Moved::Stay { values } => values[0],
            Moved::Descend { values, .. } => values[0],
        }
    }

    /// What the gradient of a block of one number is added to.
    #[inline(always)]
    pub(super) fn begin_one(&self) -> F {
        match self {
            Moved::Add { into, .. } => into[0],
            _ => F::zero(),
        }
    }

    /// Does with the gradient of a block of one number what is to be done with it.
    #[inline(always)]
    pub(super) fn end_one(&mut self, grad: F) {
        match self {
            Moved::Add { into, .. } => into[0] = grad,
            Moved::Descend { values, keep, eta } => values[0] = *keep * values[0] - *eta * grad,
            Moved::Stay { .. } => {}
        }
    }

    /// Takes Σ of the numbers as the gradient of a block of one number.
    #[inline(always)]
    pub(super) fn take_sum(&mut self, terms: impl Iterator<Item = F>) {
        self.end_one(terms.fold(self.begin_one(), |sum, term| sum + term));
    }

    /// Takes Σ of the rows, `step` apart, as the gradient: one row after the other.
    pub(super) fn take_rows(self, d: &[F], step: usize, width: usize) {
        wide(TakeRows {
            moved: self,
            d,
            step,
            width,
        });
    }
}

/// Inlined, this would lead the compiler to keep the gradient in pieces.
#[inline(never)]
fn descend_few<F: Real>(theta: &mut [F], grad: &[F], (keep, eta): (F, F)) {
    for (theta, &grad) in theta.iter_mut().zip(grad) {
        *theta = keep * *theta - eta * grad;
    }
}

/// W lanes of a vector of parameters, and what is done with the gradient of them.
#[derive(Debug)]
pub(super) enum Strip<'a, F, const W: usize> {
    Add {
        values: &'a [[F; LANES]; W],
        into: &'a mut [[F; LANES]; W],
    },
    Descend {
        values: &'a mut [[F; LANES]; W],
        keep: F,
        eta: F,
    },
    Stay {
        values: &'a [[F; LANES]; W],
    },
}

impl<F: Real, const W: usize> Strip<'_, F, W> {
    #[inline(always)]
    pub(super) fn values(&self) -> [[F; LANES]; W] {
        match self {
            Strip::Add { values, .. } | Strip::Stay { values } => **values,
            Strip::Descend { values, .. } => **values,
        }
    }

    /// What the gradient is added to.
    #[inline(always)]
    pub(super) fn begin(&self) -> [[F; LANES]; W] {
        match self {
            Strip::Add { into, .. } => **into,
            _ => [[F::zero(); LANES]; W],
        }
    }

    /// Does with the gradient what is to be done with it.
    #[inline(always)]
    pub(super) fn end(self, grad: [[F; LANES]; W]) {
        match self {
            Strip::Add { into, .. } => *into = grad,
            Strip::Descend { values, keep, eta } => {
                for w in 0..W {
                    for lane in 0..LANES {
                        values[w][lane] = keep * values[w][lane] - eta * grad[w][lane];
                    }
                }
            }
            Strip::Stay { .. } => {}
        }
    }
}

#[inline(always)]
fn strip<F, const W: usize>(values: &[F], place: usize) -> &[[F; LANES]; W] {
    let lanes = values[place..].as_chunks().0;
    lanes.first_chunk().expect("the lanes are whole")
}

#[inline(always)]
fn strip_mut<F, const W: usize>(values: &mut [F], place: usize) -> &mut [[F; LANES]; W] {
    let lanes = values[place..].as_chunks_mut().0;
    lanes.first_chunk_mut().expect("the lanes are whole")
}

struct TakeRows<'a, 'd, F> {
    moved: Moved<'a, F>,
    d: &'d [F],
    step: usize,
    width: usize,
}

impl<F: Real> Loops for TakeRows<'_, '_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let TakeRows {
            mut moved,
            d,
            step,
            width,
        } = self;
        let mut place = 0;
        while place + LANES <= width {
            let strip = moved.strip::<1>(place);
            let [mut sums] = strip.begin();
            for d in d.chunks(step) {
                let d = whole(d, place);
                for lane in 0..LANES {
                    sums[lane] += d[lane];
                }
            }
            strip.end([sums]);
            place += LANES;
        }
        if place < width {
            let mut sums = moved.last_begin(place);
            for d in d.chunks(step) {
                let d = &d[place..width];
                sums.iter_mut().zip(d).for_each(|(sum, &d)| *sum += d);
            }
            moved.last_end(place, sums);
        }
    }
}
