//! The two products as jobs: lines that take up signed rows.

use super::job::{Job, Purpose, Update};
use super::vectors::Vectors;
use super::wide;
use crate::real::Real;
use crate::signs::{Signs, WORD};

/// Columns that are worked on together.
const COLUMNS: usize = 4 * WORD;
/// Words of columns that are kept at a time.
const ROOM: usize = 8 * COLUMNS;
/// Rows whose signs fit into the room whatever the number of columns.
pub(in crate::signs) const ROWS: usize = ROOM / COLUMNS * WORD;
/// Up to this many rows, columns are collected bit by bit.
const FEW: usize = 4;

/// Which product of signs it is.
#[derive(Debug, Clone, Copy)]
pub(in crate::signs) enum Side {
    /// Rows of X times rows of Wᵀ.
    Project,
    /// Columns of X times rows of D.
    Correlate,
}

/// A product for a block of neurons; all matrices are stored row by row, a row every `…_step`, and
/// begin with the first neuron of the block.
#[derive(Debug)]
pub(in crate::signs) struct Product<'a, F> {
    pub side: Side,
    pub x: &'a Signs,
    /// The number of neurons.
    pub width: usize,
    /// Wᵀ, shape `[n, r]`, or D, shape `[rows, r]`.
    pub from: &'a [F],
    pub from_step: usize,
    /// How much of a row may be read.
    pub from_len: usize,
    /// Z, shape `[rows, r]`, or Gᵀ, shape `[n, r]`; or room for a strip of it.
    pub to: &'a mut [F],
    pub to_step: usize,
    /// How much of a row may be written to.
    pub to_len: usize,
    pub purpose: Purpose<'a, F>,
}

impl<F: Real> Product<'_, F> {
    pub(super) fn run(&mut self, simd: impl Vectors<F>) {
        if self.from.is_empty() || self.to.is_empty() {
            return;
        }
        match self.side {
            Side::Project => self.project(simd),
            // Room is cleared when it is made.
            Side::Correlate if self.x.rows <= WORD && self.x.dim <= WORD => {
                self.correlate_square(simd);
            }
            Side::Correlate if self.x.rows <= WORD => self.correlate(simd, &mut [0; COLUMNS]),
            Side::Correlate => self.correlate(simd, &mut [0; ROOM]),
        }
    }

    fn project(&mut self, simd: impl Vectors<F>) {
        simd.run(&mut Job {
            width: self.width,
            rows: self.from,
            row_step: self.from_step,
            row_len: self.from_len,
            signs: &self.x.words,
            sign_step: self.x.dim.div_ceil(WORD),
            word_step: 1,
            lines: self.to,
            line_step: self.to_step,
            line_len: self.to_len,
            purpose: &mut self.purpose,
        });
    }

    /// Turns columns into words where each is one word, and so is each row.
    fn correlate_square(&mut self, simd: impl Vectors<F>) {
        let mut square = [0; WORD];
        let Signs { words, rows, dim } = self.x;
        if *rows <= FEW {
            turn_few(words.iter().copied(), &mut square[..*dim]);
        } else {
            square[..*rows].copy_from_slice(words);
            simd.transpose(&mut square);
        }
        simd.run(&mut Job {
            width: self.width,
            rows: self.from,
            row_step: self.from_step,
            row_len: self.from_len,
            signs: &square[..*dim],
            sign_step: 1,
            word_step: *dim,
            lines: self.to,
            line_step: self.to_step,
            line_len: self.to_len,
            purpose: &mut self.purpose,
        });
    }

    /// Turns columns into words, for as many rows as there is room for.
    fn correlate(&mut self, simd: impl Vectors<F>, room: &mut [u64]) {
        let stride = self.x.dim.div_ceil(WORD);
        for (block, lines) in self.to.chunks_mut(COLUMNS * self.to_step).enumerate() {
            let columns = lines.len().div_ceil(self.to_step);
            let rows = room.len() / columns * WORD;
            let words = self.x.words.chunks(rows * stride);
            for (words, rows) in words.zip(self.from.chunks(rows * self.from_step)) {
                let squares = words.chunks(WORD * stride);
                for (words, room) in squares.zip(room.chunks_exact_mut(columns)) {
                    for (part, room) in room.chunks_mut(WORD).enumerate() {
                        let place = block * COLUMNS / WORD + part;
                        turn(simd, words.chunks_exact(stride).map(|row| row[place]), room);
                    }
                }
                let mut purpose = match &mut self.purpose {
                    Purpose::Add => Purpose::Add,
                    Purpose::Write(start) => Purpose::Write(*start),
                    Purpose::Descend(update) => {
                        let begin = block * COLUMNS * update.step;
                        let end = begin + columns * update.step;
                        let end = end.min(update.theta.len());
                        Purpose::Descend(Update {
                            theta: &mut update.theta[begin..end],
                            ..*update
                        })
                    }
                };
                simd.run(&mut Job {
                    width: self.width,
                    rows,
                    row_step: self.from_step,
                    row_len: self.from_len,
                    signs: room,
                    sign_step: 1,
                    word_step: columns,
                    lines,
                    line_step: self.to_step,
                    line_len: self.to_len,
                    purpose: &mut purpose,
                });
            }
        }
    }
}

/// Writes, for up to 64 columns of up to 64 rows, the signs of a column: that of row t is bit t.
fn turn<F: Real>(
    simd: impl Vectors<F>,
    rows: impl ExactSizeIterator<Item = u64>,
    columns: &mut [u64],
) {
    if rows.len() <= FEW {
        return turn_few(rows, columns);
    }
    let mut square = [0; WORD];
    for (word, row) in square.iter_mut().zip(rows) {
        *word = row;
    }
    simd.transpose(&mut square);
    columns.copy_from_slice(&square[..columns.len()]);
}

/// The same for up to four rows.
fn turn_few(rows: impl Iterator<Item = u64>, columns: &mut [u64]) {
    let mut few = [0; FEW];
    few.iter_mut().zip(rows).for_each(|(few, row)| *few = row);
    wide(|| {
        for (i, column) in columns.iter_mut().enumerate() {
            let bits = few.iter().enumerate();
            *column = bits.fold(0, |column, (t, row)| column | (row >> i & 1) << t);
        }
    });
}
