//! A tile of the result, whose sums stay in registers.

use super::product::STEP;
use crate::real::Real;
use crate::simd::{Apart, Strided, StridedMut, Vectors};

/// Rows of A and a panel of B of V vectors, and where their product is added.
pub(super) struct Tile<'a, F, const V: usize> {
    pub rows: &'a [[F; STEP]],
    /// The number of terms.
    pub depth: usize,
    /// The rows of the panel, one behind the other.
    pub panel: &'a [F],
    /// The rows of the result.
    pub c: StridedMut<'a, F>,
    /// Where the rows of the next tile begin, which are fetched.
    pub next: *const F,
}

/// A tile of M rows.
pub(super) struct OfRows<T, const M: usize>(pub T);

impl<F: Real, S: Vectors<F>, const V: usize, const M: usize> Apart<F, S>
    for OfRows<Tile<'_, F, V>, M>
{
    #[inline(always)]
    fn run(self, simd: S) {
        let OfRows(mut tile) = self;
        let (columns, step) = (tile.c.width(), tile.c.step());
        let lanes = |v: usize| {
            let start = (v * S::LANES).min(columns);
            start..columns.min(start + S::LANES)
        };
        let mut sums = [[simd.zero(); V]; M];
        for (m, sums) in sums.iter_mut().enumerate() {
            let row = tile.c.shared().row(m);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = simd.load(&row[lanes(v)]);
            }
        }
        for m in 0..M {
            let row = tile.next.wrapping_add(m * step);
            (0..V).for_each(|v| simd.prefetch(row.wrapping_add(v * S::LANES)));
        }
        let rows = tile.rows.first_chunk::<M>().expect("a tile has M rows");
        let panel = tile.panel.chunks_exact(V * S::LANES);
        for (term, terms) in (0..tile.depth.min(STEP)).zip(panel) {
            let mut vectors = [simd.zero(); V];
            for (v, vector) in vectors.iter_mut().enumerate() {
                *vector = simd.load(&terms[v * S::LANES..(v + 1) * S::LANES]);
            }
            for m in 0..M {
                let factor = simd.splat(rows[m][term]);
                for v in 0..V {
                    sums[m][v] = simd.mul_add(factor, vectors[v], sums[m][v]);
                }
            }
        }
        for (m, sums) in sums.iter().enumerate() {
            let row = tile.c.row_mut(m);
            for (v, sum) in sums.iter().enumerate() {
                simd.store(*sum, &mut row[lanes(v)]);
            }
        }
    }
}

/// The vectors of the only row that are summed at a time.
const MANY: usize = 8;

/// The product of one row, for which B is read where it lies.
pub(super) struct OneRow<'a, F> {
    pub factors: &'a [F],
    /// A row for each factor.
    pub b: Strided<'a, F>,
    pub c: &'a mut [F],
}

impl<F: Real, S: Vectors<F>> Apart<F, S> for OneRow<'_, F> {
    #[inline(always)]
    fn run(self, simd: S) {
        let width = self.c.len();
        for start in (0..width).step_by(MANY * S::LANES) {
            let lanes = |v: usize| {
                let start = (start + v * S::LANES).min(width);
                start..width.min(start + S::LANES)
            };
            let mut sums = [simd.zero(); MANY];
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = simd.load(&self.c[lanes(v)]);
            }
            for (term, &factor) in self.factors.iter().enumerate() {
                let (factor, row) = (simd.splat(factor), self.b.row(term));
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.mul_add(factor, simd.load(&row[lanes(v)]), *sum);
                }
            }
            for (v, sum) in sums.iter().enumerate() {
                simd.store(*sum, &mut self.c[lanes(v)]);
            }
        }
    }
}
