//! What is done to the lines of a strip of neurons.

use super::job::{ENTRIES, GROUP};
use super::vectors::Vectors;
use crate::real::Real;

/// Lines that are loaded before one of them is stored.
const LINES: usize = 16;

/// The part of lines or rows that belongs to a strip of neurons.
#[derive(Debug)]
pub(super) struct Part<'a, F> {
    /// The lines from the first neuron of the strip on.
    pub lines: &'a mut [F],
    pub step: usize,
    /// How many numbers of a line to load or store.
    pub len: usize,
}

impl<F: Real> Part<'_, F> {
    /// Changes every line.
    #[inline(always)]
    pub(super) fn change<S: Vectors<F>, const W: usize, C: Change<F, S, W>>(
        self,
        simd: S,
        change: C,
    ) {
        let Part { lines, step, len } = self;
        if W > 1 || len >= S::LANES || step >= 2 * S::LANES {
            // What is constant takes no register in the loop.
            let len = if W > 1 { W * S::LANES } else { len };
            for (t, line) in lines.chunks_mut(step).enumerate() {
                let line = &mut line[..len];
                store_all(simd, &change.to(simd, line, t), line);
            }
            return;
        }
        // The lanes behind a part of a vector reach into the next line, if that begins there, and a
        // processor waits with a load until stores that reach into it are done. So some lines are
        // loaded before any of them is stored.
        let (mut kept, mut first) = ([[simd.zero(); W]; LINES], 0);
        let count = lines.len().div_ceil(step);
        while first < count {
            let last = count.min(first + LINES);
            for t in first..last {
                kept[t - first] = change.to(simd, &lines[t * step..][..len], t);
            }
            for t in first..last {
                store_all(simd, &kept[t - first], &mut lines[t * step..][..len]);
            }
            first = last;
        }
    }

    /// The same where the last of several vectors ends with the numbers of a line.
    #[inline(always)]
    pub(super) fn change_to_end<S: Vectors<F>, const W: usize, C: Change<F, S, W>>(
        self,
        simd: S,
        change: C,
    ) {
        if W == 1 {
            return self.change::<S, W, C>(simd, change);
        }
        for (t, line) in self.lines.chunks_mut(self.step).enumerate() {
            let line = &mut line[..self.len];
            store_to_end(simd, &change.to(simd, line, t), line);
        }
    }
}

/// What becomes of W vectors of line t.
///
/// A closure would be compiled apart, without the instructions of the kernel.
pub(super) trait Change<F: Real, S: Vectors<F>, const W: usize> {
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W];
}

/// One entry of each table is added, one after the other, to `begin` or, unless it BEGINs, to the line.
#[derive(Clone, Copy)]
pub(super) struct AddEntries<'a, V, const W: usize, const G: usize, const BEGIN: bool> {
    pub begin: [V; W],
    pub tables: &'a [[[V; W]; ENTRIES]; G],
    pub signs: &'a [u64],
    pub step: usize,
    pub shift: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize, const G: usize, const BEGIN: bool> Change<F, S, W>
    for AddEntries<'_, S::V, W, G, BEGIN>
{
    #[inline(always)]
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W] {
        let tables = self.tables.as_flattened();
        let signs = self.signs[t * self.step] >> self.shift;
        let mut sums = if BEGIN {
            self.begin
        } else {
            load_all::<F, S, W>(simd, line)
        };
        for g in 0..G {
            let entry = &tables[g * ENTRIES + (signs >> (g * GROUP)) as usize % ENTRIES];
            for w in 0..W {
                sums[w] = simd.add(sums[w], entry[w]);
            }
        }
        sums
    }
}

/// One entry of a table is added to keep·line, and without `keep` to nothing.
pub(super) struct KeepAndAdd<'a, V, const W: usize> {
    pub keep: Option<V>,
    pub entries: &'a [[V; W]],
    pub signs: &'a [u64],
    pub step: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize> Change<F, S, W> for KeepAndAdd<'_, S::V, W> {
    #[inline(always)]
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W] {
        let signs = self.signs[t * self.step] as usize;
        let entry = &self.entries[signs & (self.entries.len() - 1)];
        keep_and_add(simd, self.keep, line, *entry)
    }
}

/// The same with the table of one row, whose two entries need not be looked up.
pub(super) struct KeepAndChoose<'a, V, const W: usize> {
    pub keep: Option<V>,
    pub entries: [[V; W]; 2],
    pub signs: &'a [u64],
    pub step: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize> Change<F, S, W> for KeepAndChoose<'_, S::V, W> {
    #[inline(always)]
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W] {
        let mask = (self.signs[t * self.step] & 1).wrapping_neg();
        let [mut sums, others] = self.entries;
        for w in 0..W {
            sums[w] = simd.choose(mask, sums[w], others[w]);
        }
        keep_and_add(simd, self.keep, line, sums)
    }
}

#[inline(always)]
fn keep_and_add<F: Real, S: Vectors<F>, const W: usize>(
    simd: S,
    keep: Option<S::V>,
    line: &[F],
    mut sums: [S::V; W],
) -> [S::V; W] {
    if let Some(keep) = keep {
        let line = load_to_end::<F, S, W>(simd, line);
        for w in 0..W {
            sums[w] = simd.add(simd.times(keep, line[w]), sums[w]);
        }
    }
    sums
}

/// The line is θ, and becomes keep·θ − η·sum.
pub(super) struct Descend<'a, F, V> {
    pub keep: V,
    pub eta: V,
    pub sums: &'a [F],
    pub step: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize> Change<F, S, W> for Descend<'_, F, S::V> {
    #[inline(always)]
    fn to(&self, simd: S, line: &[F], t: usize) -> [S::V; W] {
        let mut theta = load_all::<F, S, W>(simd, line);
        let sums = load_all::<F, S, W>(simd, &self.sums[t * self.step..][..self.step]);
        for w in 0..W {
            theta[w] = simd.sub(
                simd.times(self.keep, theta[w]),
                simd.times(self.eta, sums[w]),
            );
        }
        theta
    }
}

/// W whole vectors, or up to one.
#[inline(always)]
pub(super) fn load_all<F: Real, S: Vectors<F>, const W: usize>(simd: S, from: &[F]) -> [S::V; W] {
    let mut v = [simd.zero(); W];
    if W == 1 {
        v[0] = simd.load(&from[..from.len().min(S::LANES)]);
    } else {
        // So long, no vector needs its own check.
        let from = &from[..W * S::LANES];
        for (w, v) in v.iter_mut().enumerate() {
            *v = simd.load(&from[w * S::LANES..(w + 1) * S::LANES]);
        }
    }
    v
}

/// Stores W whole vectors, or up to one.
#[inline(always)]
pub(super) fn store_all<F: Real, S: Vectors<F>, const W: usize>(
    simd: S,
    v: &[S::V; W],
    to: &mut [F],
) {
    if W == 1 {
        let len = to.len().min(S::LANES);
        simd.store(v[0], &mut to[..len]);
    } else {
        let to = &mut to[..W * S::LANES];
        for (w, v) in v.iter().enumerate() {
            simd.store(*v, &mut to[w * S::LANES..(w + 1) * S::LANES]);
        }
    }
}

/// W vectors, of which the last one ends where the numbers end, or up to one.
#[inline(always)]
pub(super) fn load_to_end<F: Real, S: Vectors<F>, const W: usize>(
    simd: S,
    from: &[F],
) -> [S::V; W] {
    let mut v = [simd.zero(); W];
    if W == 1 {
        v[0] = simd.load(from);
    } else {
        // So long, no vector needs its own check.
        let whole = &from[..(W - 1) * S::LANES];
        for w in 0..W - 1 {
            v[w] = simd.load(&whole[w * S::LANES..(w + 1) * S::LANES]);
        }
        v[W - 1] = simd.load(&from[from.len() - S::LANES..]);
    }
    v
}

/// Stores W vectors in the same way.
#[inline(always)]
pub(super) fn store_to_end<F: Real, S: Vectors<F>, const W: usize>(
    simd: S,
    v: &[S::V; W],
    to: &mut [F],
) {
    if W == 1 {
        simd.store(v[0], to);
    } else {
        let whole = &mut to[..(W - 1) * S::LANES];
        for w in 0..W - 1 {
            simd.store(v[w], &mut whole[w * S::LANES..(w + 1) * S::LANES]);
        }
        let place = to.len() - S::LANES;
        simd.store(v[W - 1], &mut to[place..]);
    }
}
