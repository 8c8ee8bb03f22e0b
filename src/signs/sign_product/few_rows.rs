//! Sums for a few rows, for which tables do not pay.

use super::row_operation::{load_to_end, store_to_end};
use super::{Effect, GROUP, IN_WORD, SignProduct};
use crate::real::Real;
use crate::simd::{Apart, Vectors};
use std::array::from_fn;

/// Adds without a table.
pub(super) struct FewRows<'a, 'p, F>(pub &'p mut SignProduct<'a, F>);

impl<F: Real, S: Vectors<F>> Apart<F, S> for FewRows<'_, '_, F> {
    #[inline(always)]
    fn run(self, simd: S) {
        let FewRows(product) = self;
        let groups = product.groups();
        for t in 0..product.count() {
            for word in 0..groups.div_ceil(IN_WORD) {
                let bits = product.signs[t * product.sign_step + word * product.word_step];
                let signs = from_fn(|i| sign(bits >> i));
                let mut start = 0;
                while start < product.width {
                    let (vectors, len) = product.strip::<S>(start);
                    let strip = (start, len);
                    match vectors {
                        1 => product.add_word::<S, 1>(simd, t, strip, word, &signs),
                        2 => product.add_word::<S, 2>(simd, t, strip, word, &signs),
                        3 => product.add_word::<S, 3>(simd, t, strip, word, &signs),
                        _ => product.add_word::<S, 4>(simd, t, strip, word, &signs),
                    }
                    start += len;
                }
            }
        }
    }
}

impl<F: Real> SignProduct<'_, F> {
    /// Adds the groups of a word to the strip of W vectors of row t that begins with output `start`.
    #[inline(always)]
    fn add_word<S: Vectors<F>, const W: usize>(
        &mut self,
        simd: S,
        t: usize,
        (start, len): (usize, usize),
        word: usize,
        signs: &[F; GROUP * IN_WORD],
    ) {
        let row = &mut self.rows.row_mut(t)[start..][..len];
        let mut sums = match self.effect {
            Effect::Replace(Some(begin)) if word == 0 => load_to_end(simd, &begin[start..][..len]),
            Effect::Replace(None) if word == 0 => [simd.zero(); W],
            _ => load_to_end(simd, row),
        };
        let left = self.terms.rows_from(word * GROUP * IN_WORD);
        let mut left = left.columns_from(start).first_columns(len);
        for s in signs.as_chunks::<GROUP>().0 {
            let terms = left;
            if terms.count() == 0 {
                break;
            }
            left = left.rows_from(GROUP);
            // In a loop they would be kept in memory.
            let term = |i: usize| match terms.get(i) {
                Some(term) => load_to_end(simd, term),
                None => [simd.zero(); W],
            };
            let v: [[S::V; W]; GROUP] = [term(0), term(1), term(2), term(3)];
            for w in 0..W {
                let low = simd.times(simd.splat(s[0]), v[0][w]);
                let high = simd.times(simd.splat(s[2]), v[2][w]);
                let low = simd.add_times(low, simd.splat(s[1]), v[1][w]);
                let high = simd.add_times(high, simd.splat(s[3]), v[3][w]);
                sums[w] = simd.add(sums[w], simd.add(low, high));
            }
        }
        store_to_end(simd, &sums, row);
    }
}

/// −1 if the lowest bit is set, and 1 otherwise.
#[inline(always)]
pub(super) fn sign<F: Real>(bits: u64) -> F {
    if bits & 1 == 1 { -F::one() } else { F::one() }
}
