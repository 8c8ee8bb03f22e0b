//! One product, cut into blocks that the caches hold.

use super::pack::{pack_columns, pack_rows};
use super::tile::{OfRows, OneRow, Tile};
use crate::real::{Real, WithPrecision};
use crate::simd::{Aligned, Prefetch, Simd, Strided, StridedMut, Vectors, WithSimd, dispatch};
use crate::threads::{self, Divide, divide};
use std::cell::RefCell;
use std::ops::Range;

/// Terms of a sum that are worked on at a time.
pub(super) const DEPTH: usize = 256;
/// The distance of packed rows: lines whose distance is a power of two would share their places in a cache.
pub(super) const STEP: usize = DEPTH + 16;
/// Rows that are packed at a time.
const ROWS: usize = 128;
/// Vectors in a row of a tile.
const VECTORS: usize = 2;
/// Bytes of the widest row of a tile.
const PANEL_BYTES: usize = 128;
/// Threads share the columns in whole multiples of this number.
const SHARED: usize = PANEL_BYTES / size_of::<f32>();

/// A matrix that lies in memory by rows or by columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix<'a, F> {
    /// The rows, or the columns.
    pub lines: Strided<'a, F>,
    pub is_by_rows: bool,
}

impl<'a, F> Matrix<'a, F> {
    /// The numbers of a row side by side, a row every `step`.
    pub(super) fn by_rows(values: &'a [F], rows: usize, step: usize) -> Self {
        Matrix {
            lines: Strided::new(values, rows, step),
            is_by_rows: true,
        }
    }

    /// The numbers of a column side by side, a column every `step`.
    pub(super) fn by_columns(values: &'a [F], columns: usize, step: usize) -> Self {
        Matrix {
            lines: Strided::new(values, columns, step),
            is_by_rows: false,
        }
    }

    /// The columns from `start` on.
    fn columns_from(self, start: usize) -> Self {
        let lines = match self.is_by_rows {
            true => self.lines.columns_from(start),
            false => self.lines.rows_from(start),
        };
        Matrix { lines, ..self }
    }
}

/// C += A·B, where each entry of C takes up its terms one after the other.
#[derive(Debug)]
pub(super) struct Product<'a, F> {
    pub a: Matrix<'a, F>,
    pub b: Matrix<'a, F>,
    /// The number of columns of A and of rows of B.
    pub depth: usize,
    /// As many columns as B has, or fewer.
    pub c: StridedMut<'a, F>,
}

impl<F: Real> Product<'_, F> {
    pub(super) fn run(self) {
        let parts = threads::parts(self.depth * self.c.count() * self.c.width());
        divide(parts, self, &F::with_precision::<ByPrecision>);
    }
}

impl<F: Real> Divide for Product<'_, F> {
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self> {
        let width = self.c.width();
        let at = (width * few / parts).next_multiple_of(SHARED);
        if at >= width {
            return Err(self);
        }
        let Product { a, b, depth, c } = self;
        let (low, high) = c.split_at(at);
        let part = |b, c| Product { a, b, depth, c };
        Ok((part(b, low), part(b.columns_from(at), high)))
    }
}

/// Leads to the loops of each precision.
struct ByPrecision;

impl WithPrecision for ByPrecision {
    type Args<'a, F: 'a> = Product<'a, F>;

    fn single(product: Product<'_, f32>) {
        with_scratch_single(product);
    }

    fn double(product: Product<'_, f64>) {
        with_scratch_double(product);
    }
}

/// Copies of blocks of A and B.
struct Scratch<F> {
    rows: Aligned<F>,
    panel: Aligned<F>,
}

impl<F: Real> Scratch<F> {
    fn new() -> Self {
        Scratch {
            rows: Aligned::zeros(ROWS * STEP),
            panel: Aligned::zeros(DEPTH * PANEL_BYTES / size_of::<F>()),
        }
    }
}

struct WithScratch<'a, 's, F> {
    product: Product<'a, F>,
    scratch: &'s mut Scratch<F>,
}

macro_rules! compile {
    ($F:ty, $with_scratch:ident) => {
        fn $with_scratch(product: Product<'_, $F>) {
            thread_local! {
                static SCRATCH: RefCell<Scratch<$F>> = RefCell::new(Scratch::new());
            }
            SCRATCH.with_borrow_mut(|scratch| dispatch(WithScratch { product, scratch }));
        }

        impl WithSimd for WithScratch<'_, '_, $F> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let WithScratch { product, scratch } = self;
                // As many rows as there are registers for: of 32 with AVX-512, and of 16 otherwise.
                if const { <S as Vectors<$F>>::STRIP == 2 } {
                    product.add::<S, 8>(simd, scratch);
                } else {
                    product.add::<S, 6>(simd, scratch);
                }
            }
        }
    };
}

compile!(f32, with_scratch_single);
compile!(f64, with_scratch_double);

impl<F: Real> Product<'_, F> {
    /// Computes it in tiles of M rows.
    #[inline(always)]
    fn add<S: Vectors<F>, const M: usize>(mut self, simd: S, scratch: &mut Scratch<F>) {
        let count = self.c.count();
        for first in (0..self.depth).step_by(DEPTH) {
            let terms = first..self.depth.min(first + DEPTH);
            for start in (0..count).step_by(ROWS) {
                let rows = start..count.min(start + ROWS);
                self.add_block::<S, M>(simd, scratch, rows, terms.clone());
            }
        }
    }

    /// Adds some terms to some rows of C.
    #[inline(always)]
    fn add_block<S: Vectors<F>, const M: usize>(
        &mut self,
        simd: S,
        Scratch {
            rows: packed,
            panel,
        }: &mut Scratch<F>,
        rows: Range<usize>,
        terms: Range<usize>,
    ) {
        let (b, width) = (self.b, self.c.width());
        pack_rows(self.a, rows.clone(), terms.clone(), packed);
        let packed = &packed.as_chunks::<STEP>().0[..rows.len()];
        let mut c = self.c.rows(rows);
        if let ([row], true) = (packed, b.is_by_rows) {
            let row = OneRow {
                factors: &row[..terms.len()],
                b: b.lines.rows_from(terms.start),
                c: c.row_mut(0),
            };
            return simd.apart(row);
        }
        let mut column = 0;
        while column < width {
            let panel = Panel {
                b,
                terms: terms.clone(),
                start: column,
                width,
                scratch: &mut *panel,
            };
            column += match width - column <= S::LANES {
                true => panel.add::<S, 1, M>(simd, packed, &mut c),
                false => panel.add::<S, VECTORS, M>(simd, packed, &mut c),
            };
        }
    }
}

/// The columns of B from `start` on, as many as fill some vectors or there are, and some terms of them.
struct Panel<'a, 's, F> {
    b: Matrix<'a, F>,
    terms: Range<usize>,
    start: usize,
    /// The number of columns of B and C.
    width: usize,
    scratch: &'s mut [F],
}

impl<F: Real> Panel<'_, '_, F> {
    /// Adds the product of packed rows and V vectors of columns, and returns the number of columns.
    #[inline(always)]
    fn add<S: Vectors<F>, const V: usize, const M: usize>(
        self,
        simd: S,
        rows: &[[F; STEP]],
        c: &mut StridedMut<'_, F>,
    ) -> usize {
        let (next, next_vectors) = self.next::<S, V>();
        let Panel {
            b,
            terms,
            start,
            width,
            scratch,
        } = self;
        let columns = start..width.min(start + V * S::LANES);
        let (depth, count) = (terms.len(), columns.len());
        pack_columns::<F, S, V>(simd, b, terms, columns.clone(), scratch);
        let tiles = Tiles {
            rows,
            depth,
            panel: scratch,
            next,
            next_vectors,
            c: c.columns(columns),
        };
        tiles.add::<S, V, M>(simd);
        count
    }

    /// The panel behind this one, and how many vectors of each of its lines.
    #[inline(always)]
    fn next<S: Vectors<F>, const V: usize>(&self) -> (Prefetch<F>, usize) {
        let Panel { b, terms, .. } = self;
        let start = self.start + V * S::LANES;
        let (lines, place, vectors) = match b.is_by_rows {
            true => (terms.clone(), start, V),
            false => {
                let vectors = terms.len().div_ceil(S::LANES);
                (start..start + V * S::LANES, terms.start, vectors)
            }
        };
        let lines = b.lines.rows_from(lines.start).first_rows(lines.len());
        (Prefetch::new(lines, place), vectors)
    }
}

/// Packed rows of A and a panel of B, and where their product is added.
struct Tiles<'a, F> {
    rows: &'a [[F; STEP]],
    depth: usize,
    panel: &'a [F],
    /// The next panel, which is fetched while the tiles of this one are computed, and how many vectors of
    /// each of its lines.
    next: Prefetch<F>,
    next_vectors: usize,
    c: StridedMut<'a, F>,
}

impl<F: Real> Tiles<'_, F> {
    #[inline(always)]
    fn add<S: Vectors<F>, const V: usize, const M: usize>(mut self, simd: S) {
        let (mut row, count) = (0, self.rows.len());
        while row < count {
            let taken = match count - row {
                left if left >= M => M,
                left if left >= 4 => 4,
                left if left >= 2 => 2,
                _ => 1,
            };
            self.next
                .share(row, taken, count)
                .fetch(simd, self.next_vectors);
            // The result is fetched for the next tile of rows, or else for the next panel.
            let c = self.c.shared();
            let next = match row + taken < count {
                true => c.first().wrapping_add((row + taken) * c.step()),
                false => c.first().wrapping_add(c.width()),
            };
            let tile = Tile::<'_, F, V> {
                rows: &self.rows[row..],
                depth: self.depth,
                panel: self.panel,
                c: self.c.rows(row..row + taken),
                next,
            };
            match taken {
                1 => simd.apart(OfRows::<_, 1>(tile)),
                2 => simd.apart(OfRows::<_, 2>(tile)),
                4 => simd.apart(OfRows::<_, 4>(tile)),
                _ => simd.apart(OfRows::<_, M>(tile)),
            }
            row += taken;
        }
    }
}
