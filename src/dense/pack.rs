//! Blocks of matrices, copied to where they lie close together.

use super::product::{Matrix, STEP};
use crate::real::Real;
use crate::simd::Vectors;
use std::ops::Range;

/// Writes some rows of A, as far as they are in `terms`, one every [`STEP`].
#[inline(always)]
pub(super) fn pack_rows<F: Real>(
    a: Matrix<'_, F>,
    rows: Range<usize>,
    terms: Range<usize>,
    to: &mut [F],
) {
    if a.is_by_rows {
        for (row, to) in rows.zip(to.chunks_exact_mut(STEP)) {
            let row = &a.values[row * a.step..][terms.clone()];
            to[..row.len()].copy_from_slice(row);
        }
        return;
    }
    for (place, term) in terms.enumerate() {
        let column = &a.values[term * a.step..][rows.clone()];
        for (to, &value) in to.chunks_exact_mut(STEP).zip(column) {
            to[place] = value;
        }
    }
}

/// Writes some columns of B, as far as they are in `terms`, row by row, in V vectors each, with zeros
/// behind the columns.
#[inline(always)]
pub(super) fn pack_columns<F: Real, S: Vectors<F>, const V: usize>(
    simd: S,
    b: Matrix<'_, F>,
    terms: Range<usize>,
    columns: Range<usize>,
    to: &mut [F],
) {
    let step = V * S::LANES;
    let to = &mut to[..terms.len() * step];
    if b.is_by_rows {
        for (term, to) in terms.zip(to.chunks_exact_mut(step)) {
            let row = &b.values[term * b.step..][columns.clone()];
            for (v, to) in to.chunks_exact_mut(S::LANES).enumerate() {
                let rest = &row[row.len().min(v * S::LANES)..];
                simd.store(simd.load(&rest[..rest.len().min(S::LANES)]), to);
            }
        }
        return;
    }
    if columns.len() < step {
        to.fill(F::zero());
    }
    transpose(
        &b.values[columns.start * b.step..],
        b.step,
        (columns.len(), terms),
        step,
        to,
    );
}

/// The side of a square that is transposed at a time.
const SIDE: usize = 4;

/// Writes some terms of the first columns, row by row.
///
/// It is compiled for any processor, as wider vectors would be scattered, which is slow.
#[inline(never)]
fn transpose<F: Real>(
    from: &[F],
    from_step: usize,
    (columns, terms): (usize, Range<usize>),
    step: usize,
    to: &mut [F],
) {
    let mut column = 0;
    while column + SIDE <= columns {
        let four: [&[F]; SIDE] =
            std::array::from_fn(|i| &from[(column + i) * from_step..][terms.clone()]);
        let whole = four.map(|column| column.as_chunks::<SIDE>().0);
        let squares = to.chunks_exact_mut(SIDE * step);
        for (square, to) in squares.enumerate().take(terms.len() / SIDE) {
            let square: [[F; SIDE]; SIDE] = std::array::from_fn(|i| whole[i][square]);
            for (term, to) in to.chunks_exact_mut(step).enumerate() {
                let row: [F; SIDE] = std::array::from_fn(|i| square[i][term]);
                to[column..][..SIDE].copy_from_slice(&row);
            }
        }
        for term in terms.len() / SIDE * SIDE..terms.len() {
            for (i, values) in four.iter().enumerate() {
                to[term * step + column + i] = values[term];
            }
        }
        column += SIDE;
    }
    for column in column..columns {
        let values = &from[column * from_step..][terms.clone()];
        for (to, &value) in to.chunks_exact_mut(step).zip(values) {
            to[column] = value;
        }
    }
}
