//! The two products of matrices as sign products: rows that take up signed terms.

use super::sign_product::{Axpy, Effect, SignProduct};
use super::{Signs, WORD};
use crate::real::Real;
use crate::simd::{Kernel, Strided, StridedMut, Transpose};

/// Columns that are worked on together.
const COLUMNS: usize = 4 * WORD;
/// Words of columns that are kept at a time.
const SCRATCH: usize = 8 * COLUMNS;
/// Rows whose signs fit into the scratch whatever the number of columns.
pub(super) const ROWS: usize = SCRATCH / COLUMNS * WORD;
/// Up to this many rows, columns are collected bit by bit.
const FEW: usize = 4;

/// Which product of signs it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    /// Rows of X times rows of Wᵀ.
    Project,
    /// Columns of X times rows of D.
    Correlate,
}

/// A product for a tile of outputs; all matrices begin with the first output of the tile.
#[derive(Debug)]
pub(super) struct MatrixProduct<'a, F> {
    pub side: Side,
    pub x: &'a Signs,
    /// The number of outputs.
    pub width: usize,
    /// Wᵀ, shape `[n, r]`, or D, shape `[rows, r]`.
    pub from: Strided<'a, F>,
    /// Z, shape `[rows, r]`, or Gᵀ, shape `[n, r]`; or scratch for a strip of it.
    pub to: StridedMut<'a, F>,
    pub effect: Effect<'a, F>,
}

impl<F: Real> MatrixProduct<'_, F> {
    /// Computes it by a kernel.
    pub(super) fn run_by(mut self, kernel: Kernel) {
        if self.width == 0 || self.from.count() == 0 || self.to.count() == 0 {
            return;
        }
        match self.side {
            Side::Project => self.project(kernel),
            // Scratch is cleared when it is made.
            Side::Correlate if self.x.rows <= WORD && self.x.dim <= WORD => {
                self.correlate_square(kernel);
            }
            Side::Correlate if self.x.rows <= WORD => self.correlate(kernel, &mut [0; COLUMNS]),
            Side::Correlate => self.correlate(kernel, &mut [0; SCRATCH]),
        }
    }

    fn project(self, kernel: Kernel) {
        let product = SignProduct {
            width: self.width,
            terms: self.from,
            signs: &self.x.words,
            sign_step: self.x.dim.div_ceil(WORD),
            word_step: 1,
            rows: self.to,
            effect: self.effect,
        };
        product.run_by(kernel);
    }

    /// Makes words of columns where each is one word, and so is each row.
    fn correlate_square(self, kernel: Kernel) {
        let mut square = [0; WORD];
        let Signs { words, rows, dim } = self.x;
        if *rows <= FEW {
            transpose_few(kernel, words.iter().copied(), &mut square[..*dim]);
        } else {
            square[..*rows].copy_from_slice(words);
            kernel.dispatch(Transpose(&mut square));
        }
        let product = SignProduct {
            width: self.width,
            terms: self.from,
            signs: &square[..*dim],
            sign_step: 1,
            word_step: *dim,
            rows: self.to,
            effect: self.effect,
        };
        product.run_by(kernel);
    }

    /// Makes words of columns, for as many rows as the scratch holds.
    fn correlate(&mut self, kernel: Kernel, scratch: &mut [u64]) {
        let stride = self.x.dim.div_ceil(WORD);
        for start in (0..self.to.count()).step_by(COLUMNS) {
            let block = start..self.to.count().min(start + COLUMNS);
            let columns = block.len();
            let count = scratch.len() / columns * WORD;
            for (part, words) in self.x.words.chunks(count * stride).enumerate() {
                let terms = self.from.rows_from(part * count).first_rows(count);
                let squares = words.chunks(WORD * stride);
                for (words, scratch) in squares.zip(scratch.chunks_exact_mut(columns)) {
                    for (part, scratch) in scratch.chunks_mut(WORD).enumerate() {
                        let place = start / WORD + part;
                        let words = words.chunks_exact(stride).map(|row| row[place]);
                        transpose(kernel, words, scratch);
                    }
                }
                let effect = match &mut self.effect {
                    Effect::Accumulate => Effect::Accumulate,
                    Effect::Replace(begin) => Effect::Replace(*begin),
                    Effect::Axpy(axpy) => Effect::Axpy(Axpy {
                        theta: axpy.theta.rows(block.clone()),
                        ..*axpy
                    }),
                };
                let product = SignProduct {
                    width: self.width,
                    terms,
                    signs: scratch,
                    sign_step: 1,
                    word_step: columns,
                    rows: self.to.rows(block.clone()),
                    effect,
                };
                product.run_by(kernel);
            }
        }
    }
}

/// Writes, for up to 64 columns of up to 64 rows, the signs of a column: that of row t is bit t.
fn transpose(kernel: Kernel, rows: impl ExactSizeIterator<Item = u64>, columns: &mut [u64]) {
    if rows.len() <= FEW {
        return transpose_few(kernel, rows, columns);
    }
    let mut square = [0; WORD];
    for (word, row) in square.iter_mut().zip(rows) {
        *word = row;
    }
    kernel.dispatch(Transpose(&mut square));
    columns.copy_from_slice(&square[..columns.len()]);
}

/// The same for up to four rows.
fn transpose_few(kernel: Kernel, rows: impl Iterator<Item = u64>, columns: &mut [u64]) {
    let mut few = [0; FEW];
    few.iter_mut().zip(rows).for_each(|(few, row)| *few = row);
    kernel.dispatch(|| {
        for (i, column) in columns.iter_mut().enumerate() {
            let bits = few.iter().enumerate();
            *column = bits.fold(0, |column, (t, row)| column | (row >> i & 1) << t);
        }
    });
}
