//! Prefetching from matrices that no cache near the processor holds.

use super::strided::Strided;
use super::vectors::Vectors;
use crate::real::Real;

/// Bytes that fit into a second-level cache.
const L2: usize = 1 << 20;

/// The part of a large matrix that the next strip of it needs.
///
/// A strip takes a few neighbouring numbers of every row, which no processor foresees. They are
/// fetched little by little while sums are computed, as only few requests can be on their way at a
/// time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefetch<F> {
    /// Where the strip begins in the first row. It is an address and no borrow, as meanwhile the
    /// matrix is worked on.
    place: *const F,
    step: usize,
    /// The number of rows.
    count: usize,
}

/// Whether a matrix, of which these are some columns, leaves a second-level cache between two uses.
pub(crate) fn exceeds_l2<F>(matrix: Strided<'_, F>) -> bool {
    matrix.count() * matrix.step() > L2 / size_of::<F>()
}

impl<F: Real> Prefetch<F> {
    /// The strip that begins at `place` of the rows, or of the rows that these are a part of.
    #[inline(always)]
    pub(crate) fn new(rows: Strided<'_, F>, place: usize) -> Self {
        Prefetch {
            place: rows.first().wrapping_add(place),
            step: rows.step(),
            count: rows.count(),
        }
    }

    /// No rows.
    #[inline(always)]
    pub(crate) fn nothing() -> Self {
        Prefetch::new(Strided::new(&[], 0, 1), 0)
    }

    /// The rows that belong to `taken` shares out of `all`, from share `first` on.
    #[inline(always)]
    pub(crate) fn share(&self, first: usize, taken: usize, all: usize) -> Self {
        let row = |share: usize| share * self.count / all;
        Prefetch {
            place: self.place.wrapping_add(row(first) * self.step),
            step: self.step,
            count: row(first + taken) - row(first),
        }
    }

    /// Fetches so many vectors of each row.
    ///
    /// Wherever a vector lies across two lines of the cache, it is the second one that is fetched,
    /// as the strip before has needed the first.
    #[inline(always)]
    pub(crate) fn fetch<S: Vectors<F>>(&self, simd: S, vectors: usize) {
        for row in 0..self.count {
            for v in 1..=vectors {
                let last = row * self.step + v * S::LANES - 1;
                simd.prefetch(self.place.wrapping_add(last));
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
        let rows = vec![0_f32; step * count];
        let all_rows = Strided::new(&rows, count, step);
        assert!(exceeds_l2(all_rows) && !exceeds_l2(all_rows.first_rows(1)));
        let prefetch = Prefetch::new(all_rows, 32);
        for all in [1, 7, 13, 50, 60] {
            let shares = (0..all).map(|first| prefetch.share(first, 1, all));
            let places = shares.flat_map(|share| {
                let place = move |row| share.place.wrapping_add(row * share.step);
                (0..share.count).map(place)
            });
            let every = (0..count).map(|row| &raw const rows[row * step + 32]);
            assert!(places.eq(every), "{all} shares");
        }
    }
}
