//! The two products as jobs: lines that take up signed rows.

use super::sums::Job;
use super::turn::turn;
use super::vectors::Vectors;
use crate::real::Real;
use crate::signs::{Signs, WORD};

/// Words of columns that are kept at a time.
const MANY: usize = 2048;
/// The same where there is only one word a column.
const SOME: usize = 256;

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
    /// Computes it with the operations of `simd`, W vectors at a time.
    #[inline(always)]
    pub(super) fn run<S: Vectors<F>, const W: usize>(self, simd: S, side: Side) {
        if self.from.is_empty() || self.to.is_empty() {
            return;
        }
        match side {
            Side::Project => self.project::<S, W>(simd),
            Side::Correlate if self.x.rows <= WORD => self.correlate::<S, W, SOME>(simd),
            Side::Correlate => self.correlate::<S, W, MANY>(simd),
        }
    }

    #[inline(always)]
    fn project<S: Vectors<F>, const W: usize>(self, simd: S) {
        Job {
            rows: self.from,
            width: self.width,
            signs: &self.x.words,
            line_step: self.x.dim.div_ceil(WORD),
            word_step: 1,
            lines: self.to,
        }
        .run::<S, W>(simd);
    }

    /// Columns are turned into words, as many as there is room for, row block after row block.
    #[inline(always)]
    fn correlate<S: Vectors<F>, const W: usize, const ROOM: usize>(self, simd: S) {
        let Product { x, from, width, to } = self;
        let stride = x.dim.div_ceil(WORD);
        let mut signs = [0_u64; ROOM];
        let most = SOME.min(ROOM);
        for (lines, first) in to.chunks_mut(most * width).zip((0..).step_by(most)) {
            let columns = lines.len() / width;
            let rows = ROOM / columns * WORD;
            let blocks = x.words.chunks(rows * stride).zip(from.chunks(rows * width));
            for (words, rows) in blocks {
                let blocks = words.chunks(WORD * stride);
                for (block, signs) in blocks.zip(signs.chunks_exact_mut(columns)) {
                    for (part, signs) in signs.chunks_mut(WORD).enumerate() {
                        let place = first / WORD + part;
                        turn(block.chunks_exact(stride).map(|row| row[place]), signs);
                    }
                }
                Job {
                    rows,
                    width,
                    signs: &signs,
                    line_step: 1,
                    word_step: columns,
                    lines,
                }
                .run::<S, W>(simd);
            }
        }
    }
}
