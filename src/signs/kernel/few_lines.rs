//! Sums for a few lines, for which tables do not pay.

use super::change::{load_all, store_all};
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
                while start + 4 * S::LANES <= self.width {
                    self.add_word::<S, 4>(simd, t, start, word, &signs);
                    start += 4 * S::LANES;
                }
                while start + 2 * S::LANES <= self.width {
                    self.add_word::<S, 2>(simd, t, start, word, &signs);
                    start += 2 * S::LANES;
                }
                while start < self.width {
                    self.add_word::<S, 1>(simd, t, start, word, &signs);
                    start += S::LANES;
                }
            }
        }
    }

    /// Adds the groups of a word to the neurons of line t from `start`: W vectors, or a part of one.
    #[inline(always)]
    fn add_word<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        t: usize,
        start: usize,
        word: usize,
        signs: &[F; GROUP * IN_WORD],
    ) {
        let len = (W * S::LANES).min(self.line_len - start);
        let row_len = (W * S::LANES).min(self.row_len - start);
        let line = &mut self.lines[t * self.line_step + start..][..len];
        let mut sums = match self.purpose {
            Purpose::Write(Some(row)) if word == 0 => {
                load_all(simd, &row[start..row.len().min(start + W * S::LANES)])
            }
            Purpose::Write(None) if word == 0 => [simd.zero(); W],
            _ => load_all(simd, line),
        };
        let rows = &self.rows[word * GROUP * IN_WORD * self.row_step..];
        let groups = rows.chunks(GROUP * self.row_step);
        for (group, s) in groups.zip(signs.as_chunks::<GROUP>().0) {
            let v = if group.len() > (GROUP - 1) * self.row_step {
                let row = |i: usize| &group[i * self.row_step + start..][..row_len];
                [
                    load_all::<F, S, W>(simd, row(0)),
                    load_all::<F, S, W>(simd, row(1)),
                    load_all::<F, S, W>(simd, row(2)),
                    load_all::<F, S, W>(simd, row(3)),
                ]
            } else {
                let mut v = [[simd.zero(); W]; GROUP];
                for (v, row) in v.iter_mut().zip(group.chunks(self.row_step)) {
                    *v = load_all(simd, &row[start..][..row_len]);
                }
                v
            };
            for w in 0..W {
                let low = simd.times(simd.splat(s[0]), v[0][w]);
                let high = simd.times(simd.splat(s[2]), v[2][w]);
                let low = simd.add_times(low, simd.splat(s[1]), v[1][w]);
                let high = simd.add_times(high, simd.splat(s[3]), v[3][w]);
                sums[w] = simd.add(sums[w], simd.add(low, high));
            }
        }
        store_all(simd, &sums, line);
    }
}

/// −1 if the lowest bit is set, and 1 otherwise.
#[inline(always)]
pub(super) fn sign<F: Real>(bits: u64) -> F {
    if bits & 1 == 1 { -F::one() } else { F::one() }
}
