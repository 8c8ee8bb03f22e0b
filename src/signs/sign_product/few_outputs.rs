//! Sums for a few outputs: the rows lie side by side in a vector, and a table is in a register.

use super::few_rows::sign;
use super::{Axpy, Effect, GROUP, IN_WORD, SignProduct};
use crate::real::Real;
use crate::simd::{Apart, ENTRIES, StridedMut, Vectors};
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
                        let term = product.terms.get(term + i);
                        simd.splat(term.map_or(F::zero(), |term| term[output]))
                    };
                    fill_table(simd, [value(0), value(1), value(2), value(3)], table);
                }
                let signs = &product.signs[word * product.word_step..];
                for t in (0..count).step_by(S::LANES) {
                    let lanes = S::LANES.min(count - t);
                    let mut rows = product.rows.rows(t..t + lanes);
                    let mut sums = match begin {
                        Some(begin) if word == 0 => simd.splat(begin),
                        _ => gather(simd, &mut rows, output),
                    };
                    let bits = simd.bits(&signs[t * product.sign_step..], product.sign_step, lanes);
                    for (g, table) in tables.iter().enumerate() {
                        sums = simd.add(sums, simd.look_up(table, bits, g));
                    }
                    scatter(simd, sums, &mut rows, output);
                }
            }
        }
        if let Effect::Axpy(Axpy {
            theta, keep, eta, ..
        }) = &mut product.effect
        {
            let whole = "few neurons are whole rows";
            let sums = product.rows.as_mut_slice().expect(whole);
            for (theta, sum) in theta.as_mut_slice().expect(whole).iter_mut().zip(sums) {
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

/// The numbers of a column, a lane for each row.
#[inline(always)]
fn gather<F: Real, S: Vectors<F>>(simd: S, rows: &mut StridedMut<'_, F>, column: usize) -> S::V {
    if let (1, Some(numbers)) = (rows.step(), rows.as_mut_slice()) {
        return simd.load(numbers);
    }
    let mut v = [F::zero(); ENTRIES];
    let mut column = rows.columns(column..column + 1);
    for (v, row) in v.iter_mut().zip(column.iter_mut()) {
        *v = row[0];
    }
    simd.load(&v[..S::LANES])
}

/// Writes the lanes to a column.
#[inline(always)]
fn scatter<F: Real, S: Vectors<F>>(simd: S, v: S::V, rows: &mut StridedMut<'_, F>, column: usize) {
    if let (1, Some(numbers)) = (rows.step(), rows.as_mut_slice()) {
        return simd.store(v, numbers);
    }
    let mut lanes = [F::zero(); ENTRIES];
    simd.store(v, &mut lanes[..S::LANES]);
    let mut column = rows.columns(column..column + 1);
    for (lane, row) in lanes.iter().zip(column.iter_mut()) {
        row[0] = *lane;
    }
}
