//! The two products of matrices as sign products: rows that take up signed terms.

use super::sign_product::{Axpy, Effect, SignProduct};
use super::{Signs, WORD};
use crate::real::Real;
use crate::simd::{Kernel, Transpose};

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

/// A product for a tile of outputs; all matrices are stored row by row, a row every `…_step`, and
/// begin with the first output of the tile.
#[derive(Debug)]
pub(super) struct MatrixProduct<'a, F> {
    pub side: Side,
    pub x: &'a Signs,
    /// The number of outputs.
    pub width: usize,
    /// Wᵀ, shape `[n, r]`, or D, shape `[rows, r]`.
    pub from: &'a [F],
    pub from_step: usize,
    /// How much of a row may be read.
    pub from_len: usize,
    /// Z, shape `[rows, r]`, or Gᵀ, shape `[n, r]`; or scratch for a strip of it.
    pub to: &'a mut [F],
    pub to_step: usize,
    /// How much of a row may be written to.
    pub to_len: usize,
    pub effect: Effect<'a, F>,
}

impl<F: Real> MatrixProduct<'_, F> {
    /// Computes it by a kernel.
    pub(super) fn run_by(mut self, kernel: Kernel) {
        if self.from.is_empty() || self.to.is_empty() {
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
            term_step: self.from_step,
            term_len: self.from_len,
            signs: &self.x.words,
            sign_step: self.x.dim.div_ceil(WORD),
            word_step: 1,
            rows: self.to,
            row_step: self.to_step,
            row_len: self.to_len,
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
            term_step: self.from_step,
            term_len: self.from_len,
            signs: &square[..*dim],
            sign_step: 1,
            word_step: *dim,
            rows: self.to,
            row_step: self.to_step,
            row_len: self.to_len,
            effect: self.effect,
        };
        product.run_by(kernel);
    }

    /// Makes words of columns, for as many rows as the scratch holds.
    fn correlate(&mut self, kernel: Kernel, scratch: &mut [u64]) {
        let stride = self.x.dim.div_ceil(WORD);
        for (block, rows) in self.to.chunks_mut(COLUMNS * self.to_step).enumerate() {
            let columns = rows.len().div_ceil(self.to_step);
            let count = scratch.len() / columns * WORD;
            let words = self.x.words.chunks(count * stride);
            for (words, terms) in words.zip(self.from.chunks(count * self.from_step)) {
                let squares = words.chunks(WORD * stride);
                for (words, scratch) in squares.zip(scratch.chunks_exact_mut(columns)) {
                    for (part, scratch) in scratch.chunks_mut(WORD).enumerate() {
                        let place = block * COLUMNS / WORD + part;
                        let words = words.chunks_exact(stride).map(|row| row[place]);
                        transpose(kernel, words, scratch);
                    }
                }
                let effect = match &mut self.effect {
                    Effect::Accumulate => Effect::Accumulate,
                    Effect::Replace(begin) => Effect::Replace(*begin),
                    Effect::Axpy(axpy) => {
                        let begin = block * COLUMNS * axpy.step;
                        let end = begin + columns * axpy.step;
                        let end = end.min(axpy.theta.len());
                        Effect::Axpy(Axpy {
                            theta: &mut axpy.theta[begin..end],
                            ..*axpy
                        })
                    }
                };
                let product = SignProduct {
                    width: self.width,
                    terms,
                    term_step: self.from_step,
                    term_len: self.from_len,
                    signs: scratch,
                    sign_step: 1,
                    word_step: columns,
                    rows: &mut *rows,
                    row_step: self.to_step,
                    row_len: self.to_len,
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
