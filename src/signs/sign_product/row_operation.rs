//! Operations on the rows of a strip of outputs.

use super::GROUP;
use crate::real::Real;
use crate::simd::{ENTRIES, Strided, StridedMut, Vectors};

/// Rows that are loaded before one of them is stored.
const ROWS: usize = 16;

/// The part of rows that belongs to a strip of outputs: numbers of a row that are loaded or stored.
#[derive(Debug)]
pub(super) struct Part<'a, F>(pub StridedMut<'a, F>);

impl<F: Real> Part<'_, F> {
    /// Applies an operation to every row.
    #[inline(always)]
    pub(super) fn apply<S: Vectors<F>, const W: usize, O: RowOperation<F, S, W>>(
        self,
        simd: S,
        operation: O,
    ) {
        let Part(mut rows) = self;
        if W > 1 || rows.width() >= S::LANES || rows.step() >= 2 * S::LANES {
            // What is constant takes no register in the loop.
            let len = if W > 1 { W * S::LANES } else { rows.width() };
            for (t, row) in rows.columns(0..len).iter_mut().enumerate() {
                store_all(simd, &operation.to(simd, row, t), row);
            }
            return;
        }
        // The lanes behind a part of a vector reach into the next row, if that begins there, and a
        // processor waits with a load until stores that reach into it are done. So some rows are
        // loaded before any of them is stored.
        let (mut kept, mut first) = ([[simd.zero(); W]; ROWS], 0);
        let count = rows.count();
        while first < count {
            let last = count.min(first + ROWS);
            for t in first..last {
                kept[t - first] = operation.to(simd, rows.row_mut(t), t);
            }
            for t in first..last {
                store_all(simd, &kept[t - first], rows.row_mut(t));
            }
            first = last;
        }
    }

    /// The same where the last of several vectors ends with the numbers of a row.
    #[inline(always)]
    pub(super) fn apply_to_end<S: Vectors<F>, const W: usize, O: RowOperation<F, S, W>>(
        self,
        simd: S,
        operation: O,
    ) {
        if W == 1 {
            return self.apply::<S, W, O>(simd, operation);
        }
        let Part(mut rows) = self;
        for (t, row) in rows.iter_mut().enumerate() {
            store_to_end(simd, &operation.to(simd, row, t), row);
        }
    }
}

/// An operation on W vectors of row t.
///
/// A closure would be compiled apart, without the instructions of the kernel.
pub(super) trait RowOperation<F: Real, S: Vectors<F>, const W: usize> {
    fn to(&self, simd: S, row: &[F], t: usize) -> [S::V; W];
}

/// One entry of each table is added, one after the other, to `begin` or, unless it BEGINs, to the row.
#[derive(Clone, Copy)]
pub(super) struct AddEntries<'a, V, const W: usize, const G: usize, const BEGIN: bool> {
    pub begin: [V; W],
    pub tables: &'a [[[V; W]; ENTRIES]; G],
    pub signs: &'a [u64],
    pub step: usize,
    pub shift: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize, const G: usize, const BEGIN: bool>
    RowOperation<F, S, W> for AddEntries<'_, S::V, W, G, BEGIN>
{
    #[inline(always)]
    fn to(&self, simd: S, row: &[F], t: usize) -> [S::V; W] {
        let tables = self.tables.as_flattened();
        let signs = self.signs[t * self.step] >> self.shift;
        let mut sums = if BEGIN {
            self.begin
        } else {
            load_all::<F, S, W>(simd, row)
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

/// One entry of a table is added to keep·row, and without `keep` to nothing.
pub(super) struct KeepAndAdd<'a, V, const W: usize> {
    pub keep: Option<V>,
    pub entries: &'a [[V; W]],
    pub signs: &'a [u64],
    pub step: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize> RowOperation<F, S, W> for KeepAndAdd<'_, S::V, W> {
    #[inline(always)]
    fn to(&self, simd: S, row: &[F], t: usize) -> [S::V; W] {
        let signs = self.signs[t * self.step] as usize;
        let entry = &self.entries[signs & (self.entries.len() - 1)];
        keep_and_add(simd, self.keep, row, *entry)
    }
}

/// The same with the table of one term, whose two entries need not be looked up.
pub(super) struct KeepAndChoose<'a, V, const W: usize> {
    pub keep: Option<V>,
    pub entries: [[V; W]; 2],
    pub signs: &'a [u64],
    pub step: usize,
}

impl<F: Real, S: Vectors<F>, const W: usize> RowOperation<F, S, W> for KeepAndChoose<'_, S::V, W> {
    #[inline(always)]
    fn to(&self, simd: S, row: &[F], t: usize) -> [S::V; W] {
        let mask = (self.signs[t * self.step] & 1).wrapping_neg();
        let [mut sums, others] = self.entries;
        for w in 0..W {
            sums[w] = simd.choose(mask, sums[w], others[w]);
        }
        keep_and_add(simd, self.keep, row, sums)
    }
}

#[inline(always)]
fn keep_and_add<F: Real, S: Vectors<F>, const W: usize>(
    simd: S,
    keep: Option<S::V>,
    row: &[F],
    mut sums: [S::V; W],
) -> [S::V; W] {
    if let Some(keep) = keep {
        let row = load_to_end::<F, S, W>(simd, row);
        for w in 0..W {
            sums[w] = simd.add(simd.times(keep, row[w]), sums[w]);
        }
    }
    sums
}

/// The row is θ, and becomes keep·θ − η·sum.
pub(super) struct AxpyRow<'a, F, V> {
    pub keep: V,
    pub eta: V,
    pub sums: Strided<'a, F>,
}

impl<F: Real, S: Vectors<F>, const W: usize> RowOperation<F, S, W> for AxpyRow<'_, F, S::V> {
    #[inline(always)]
    fn to(&self, simd: S, row: &[F], t: usize) -> [S::V; W] {
        let mut theta = load_all::<F, S, W>(simd, row);
        let sums = load_all::<F, S, W>(simd, self.sums.row(t));
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
