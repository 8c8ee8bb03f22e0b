//! Sums for a few outputs: the rows lie side by side in a vector, and a table is in a register.

use super::few_rows::sign;
use super::{Axpy, Effect, GROUP, IN_WORD, SignProduct};
use crate::real::Real;
use crate::simd::{Apart, ENTRIES, Vectors};
use std::array::from_fn;

/// Adds to rows that lie side by side in vectors, one output after the other.
pub(super) struct FewOutputs<'a, 'p, F>(pub &'p mut SignProduct<'a, F>);

impl<F: Real, S: Vectors<F>> Apart<F, S> for FewOutputs<'_, '_, F> {
    #[inline(always)]
    fn run(self, simd: S) {
        let FewOutputs(product) = self;
        let (groups, count) = (product.groups(), product.count());
        for output in 0..product.width {
            let begin = match product.effect {
                Effect::Accumulate => None,
                Effect::Replace(None) | Effect::Axpy(_) => Some(F::zero()),
                Effect::Replace(Some(begin)) => Some(begin[output]),
            };
            for word in 0..groups.div_ceil(IN_WORD) {
                let mut tables = [[F::zero(); ENTRIES]; IN_WORD];
                let tables = &mut tables[..(groups - word * IN_WORD).min(IN_WORD)];
                for (g, table) in tables.iter_mut().enumerate() {
                    let term = (word * IN_WORD + g) * GROUP;
                    let value = |i: usize| {
                        let value = product.terms.get((term + i) * product.term_step + output);
                        simd.splat(value.copied().unwrap_or(F::zero()))
                    };
                    fill_table(simd, [value(0), value(1), value(2), value(3)], table);
                }
                let signs = &product.signs[word * product.word_step..];
                for t in (0..count).step_by(S::LANES) {
                    let lanes = S::LANES.min(count - t);
                    let rows = &mut product.rows[t * product.row_step + output..];
                    let mut sums = match begin {
                        Some(begin) if word == 0 => simd.splat(begin),
                        _ => gather(simd, rows, product.row_step, lanes),
                    };
                    let bits = simd.bits(&signs[t * product.sign_step..], product.sign_step, lanes);
                    for (g, table) in tables.iter().enumerate() {
                        sums = simd.add(sums, simd.look_up(table, bits, g));
                    }
                    scatter(simd, sums, rows, product.row_step, lanes);
                }
            }
        }
        if let Effect::Axpy(Axpy {
            theta, keep, eta, ..
        }) = &mut product.effect
        {
            // Here the rows of both lie side by side.
            for (theta, sum) in theta.iter_mut().zip(&*product.rows) {
                *theta = *keep * *theta - *eta * *sum;
            }
        }
    }
}

/// The sums of one group of numbers, the lanes being the signs.
#[inline(always)]
fn fill_table<F: Real, S: Vectors<F>>(simd: S, v: [S::V; GROUP], table: &mut [F; ENTRIES]) {
    for (first, entries) in table.chunks_exact_mut(S::LANES).enumerate() {
        let signs = |term: usize| {
            let signs: [F; ENTRIES] =
                from_fn(|lane| sign((first * S::LANES + lane) as u64 >> term));
            simd.load(&signs[..S::LANES])
        };
        let low = simd.times(signs(0), v[0]);
        let high = simd.times(signs(2), v[2]);
        let low = simd.add_times(low, signs(1), v[1]);
        let high = simd.add_times(high, signs(3), v[3]);
        simd.store(simd.add(low, high), entries);
    }
}

/// The numbers at every `step`, as many as there are lanes asked for.
#[inline(always)]
fn gather<F: Real, S: Vectors<F>>(simd: S, from: &[F], step: usize, lanes: usize) -> S::V {
    if step == 1 {
        return simd.load(&from[..lanes]);
    }
    let mut v = [F::zero(); ENTRIES];
    let from = &from[..(lanes - 1) * step + 1];
    for (i, v) in v[..lanes].iter_mut().enumerate() {
        *v = from[i * step];
    }
    simd.load(&v[..S::LANES])
}

/// Writes lanes to every `step`.
#[inline(always)]
fn scatter<F: Real, S: Vectors<F>>(simd: S, v: S::V, to: &mut [F], step: usize, lanes: usize) {
    if step == 1 {
        return simd.store(v, &mut to[..lanes]);
    }
    let mut lane = [F::zero(); ENTRIES];
    simd.store(v, &mut lane[..S::LANES]);
    let to = &mut to[..(lanes - 1) * step + 1];
    for (i, &lane) in lane[..lanes].iter().enumerate() {
        to[i * step] = lane;
    }
}
