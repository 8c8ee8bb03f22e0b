//! Sums for a few lines, for which tables do not pay.

use super::change::{load_to_end, store_to_end};
use super::job::{GROUP, IN_WORD, Job, Purpose};
use super::vectors::Vectors;
use crate::real::Real;
use std::array::from_fn;

impl<F: Real> Job<'_, '_, F> {
    /// Adds without a table.
    #[inline(always)]
    pub(super) fn add_to_few_lines<S: Vectors<F>>(&mut self, simd: S) {
        let groups = self.groups();
        for t in 0..self.count() {
            for word in 0..groups.div_ceil(IN_WORD) {
                let bits = self.signs[t * self.sign_step + word * self.word_step];
                let signs = from_fn(|i| sign(bits >> i));
                let mut start = 0;
                while start < self.width {
                    let (vectors, len) = self.strip::<S>(start);
                    let strip = (start, len);
                    match vectors {
                        1 => self.add_word::<S, 1>(simd, t, strip, word, &signs),
                        2 => self.add_word::<S, 2>(simd, t, strip, word, &signs),
                        3 => self.add_word::<S, 3>(simd, t, strip, word, &signs),
                        _ => self.add_word::<S, 4>(simd, t, strip, word, &signs),
                    }
                    start += len;
                }
            }
        }
    }

    /// Adds the groups of a word to the strip of W vectors of line t that begins with neuron `start`.
    #[inline(always)]
    fn add_word<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        t: usize,
        (start, len): (usize, usize),
        word: usize,
        signs: &[F; GROUP * IN_WORD],
    ) {
        let line = &mut self.lines[t * self.line_step + start..][..len];
        let mut sums = match self.purpose {
            Purpose::Write(Some(row)) if word == 0 => load_to_end(simd, &row[start..][..len]),
            Purpose::Write(None) if word == 0 => [simd.zero(); W],
            _ => load_to_end(simd, line),
        };
        let rows = &self.rows[word * GROUP * IN_WORD * self.row_step..];
        let groups = rows.chunks(GROUP * self.row_step);
        for (group, s) in groups.zip(signs.as_chunks::<GROUP>().0) {
            // In a loop they would be kept in memory.
            let row = |i: usize| {
                let row = group.get(i * self.row_step + start..);
                row.and_then(|row| row.get(..len)).unwrap_or(&[])
            };
            let v = [
                load_or_zero::<F, S, W>(simd, row(0)),
                load_or_zero::<F, S, W>(simd, row(1)),
                load_or_zero::<F, S, W>(simd, row(2)),
                load_or_zero::<F, S, W>(simd, row(3)),
            ];
            for w in 0..W {
                let low = simd.times(simd.splat(s[0]), v[0][w]);
                let high = simd.times(simd.splat(s[2]), v[2][w]);
                let low = simd.add_times(low, simd.splat(s[1]), v[1][w]);
                let high = simd.add_times(high, simd.splat(s[3]), v[3][w]);
                sums[w] = simd.add(sums[w], simd.add(low, high));
            }
        }
        store_to_end(simd, &sums, line);
    }
}

/// Numbers of a row, or +0 where there is no row.
#[inline(always)]
fn load_or_zero<F: Real, S: Vectors<F>, const W: usize>(simd: S, row: &[F]) -> [S::V; W] {
    match row.is_empty() {
        true => [simd.zero(); W],
        false => load_to_end(simd, row),
    }
}

/// −1 if the lowest bit is set, and 1 otherwise.
#[inline(always)]
pub(super) fn sign<F: Real>(bits: u64) -> F {
    if bits & 1 == 1 { -F::one() } else { F::one() }
}
