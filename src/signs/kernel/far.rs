//! Matrices that no cache near the processor holds.

use super::vectors::Vectors;
use crate::real::Real;

/// A matrix of more bytes is far: it leaves a second-level cache between two uses.
const FAR: usize = 1 << 20;

/// What the next strip of neurons needs of a matrix that is far.
///
/// A strip takes a few neighbouring numbers of every row, which no processor foresees. They are
/// fetched little by little while there are sums to be computed, as only few requests can be on
/// their way at a time.
#[derive(Debug)]
pub(super) struct Far<'a, F> {
    /// Rows that begin with the strip.
    rows: &'a [F],
    step: usize,
}

/// Whether a matrix is far.
pub(super) fn is_far<F>(matrix: &[F]) -> bool {
    size_of_val(matrix) > FAR
}

impl<'a, F: Real> Far<'a, F> {
    /// The strip that begins at `place` of the rows.
    #[inline(always)]
    pub(super) fn new(rows: &'a [F], step: usize, place: usize) -> Self {
        Far {
            rows: &rows[place.min(rows.len())..],
            step,
        }
    }

    /// No rows.
    #[inline(always)]
    pub(super) fn nothing() -> Self {
        Far { rows: &[], step: 1 }
    }

    /// The part of the rows that `taken` shares out of `all` are, from share `first` on.
    #[inline(always)]
    pub(super) fn share(&self, first: usize, taken: usize, all: usize) -> Self {
        let count = self.rows.len().div_ceil(self.step);
        let place = |share: usize| (share * count / all * self.step).min(self.rows.len());
        Far {
            rows: &self.rows[place(first)..place(first + taken)],
            step: self.step,
        }
    }

    /// Has W vectors of each row fetched.
    #[inline(always)]
    pub(super) fn fetch<S: Vectors<F>, const W: usize>(&self, simd: S) {
        for row in self.rows.chunks(self.step) {
            for w in 0..W {
                simd.prefetch(row, w * S::LANES);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_every_row_once() {
        let (step, count) = (7000, 50);
        let rows: Vec<f32> = (0..step * count).map(|place| place as f32).collect();
        assert!(is_far(&rows) && !is_far(&rows[..step]));
        let far = Far::new(&rows, step, 32);
        for all in [1, 7, 13, 50, 60] {
            let shares = (0..all).flat_map(|first| far.share(first, 1, all).rows.to_vec());
            assert!(shares.eq(rows[32..].iter().copied()), "{all} shares");
        }
    }
}
