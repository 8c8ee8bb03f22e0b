//! The two products as jobs: lines that take up signed rows.

use super::sums::Job;
use super::vectors::Vectors;
use crate::real::Real;
use crate::signs::{Signs, WORD};

/// Columns that are worked on together.
const COLUMNS: usize = 4 * WORD;
/// Words of columns that are kept at a time.
const ROOM: usize = 8 * COLUMNS;
/// Up to this many rows, columns are collected bit by bit.
const FEW: usize = 6;

/// Which product of signs it is.
#[derive(Debug, Clone, Copy)]
pub(in crate::signs) enum Side {
    /// Rows of X times rows of Wᵀ.
    Project,
    /// Columns of X times rows of D.
    Correlate,
}

/// A product to be added to `to`; all matrices are stored row by row.
#[derive(Debug)]
pub(in crate::signs) struct Product<'a, F> {
    pub x: &'a Signs,
    /// Wᵀ, shape `[n, r]`, or D, shape `[rows, r]`.
    pub from: &'a [F],
    /// The number of neurons r.
    pub width: usize,
    /// Z, shape `[rows, r]`, or Gᵀ, shape `[n, r]`.
    pub to: &'a mut [F],
}

impl<F: Real> Product<'_, F> {
    pub(super) fn run(self, simd: impl Vectors<F>, side: Side) {
        if self.from.is_empty() || self.to.is_empty() {
            return;
        }
        match side {
            Side::Project => self.project(simd),
            // Room is cleared when it is made.
            Side::Correlate if self.x.rows <= WORD => self.correlate(simd, &mut [0; COLUMNS]),
            Side::Correlate => self.correlate(simd, &mut [0; ROOM]),
        }
    }

    fn project(self, simd: impl Vectors<F>) {
        simd.run(Job {
            rows: self.from,
            width: self.width,
            signs: &self.x.words,
            line_step: self.x.dim.div_ceil(WORD),
            word_step: 1,
            lines: self.to,
        });
    }

    /// Turns columns into words, for as many rows as there is room for.
    fn correlate(self, simd: impl Vectors<F>, room: &mut [u64]) {
        let Product { x, from, width, to } = self;
        let stride = x.dim.div_ceil(WORD);
        for (block, lines) in to.chunks_mut(COLUMNS * width).enumerate() {
            let columns = lines.len() / width;
            let rows = room.len() / columns * WORD;
            let blocks = x.words.chunks(rows * stride).zip(from.chunks(rows * width));
            for (words, rows) in blocks {
                let squares = words.chunks(WORD * stride);
                for (words, room) in squares.zip(room.chunks_exact_mut(columns)) {
                    for (part, room) in room.chunks_mut(WORD).enumerate() {
                        let place = block * COLUMNS / WORD + part;
                        turn(simd, words.chunks_exact(stride).map(|row| row[place]), room);
                    }
                }
                simd.run(Job {
                    rows,
                    width,
                    signs: room,
                    line_step: 1,
                    word_step: columns,
                    lines: &mut *lines,
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
        columns.fill(0);
        for (t, mut row) in rows.enumerate() {
            for column in &mut *columns {
                *column |= (row & 1) << t;
                row >>= 1;
            }
        }
    } else {
        let mut square = [0; WORD];
        for (word, row) in square.iter_mut().zip(rows) {
            *word = row;
        }
        simd.transpose(&mut square);
        columns.copy_from_slice(&square[..columns.len()]);
    }
}
