//! Blocks of matrices, copied to where they lie close together.

use super::product::{Matrix, STEP};
use crate::real::Real;
use crate::simd::Vectors;
use std::array::from_fn;
use std::ops::Range;

/// Writes some rows of A, as far as they are in `terms`, one every [`STEP`].
#[inline(always)]
pub(super) fn pack_rows<F: Real>(
    a: Matrix<'_, F>,
    rows: Range<usize>,
    terms: Range<usize>,
    to: &mut [F],
) {
    if !a.is_by_rows {
        return transpose(a, terms, rows, STEP, to);
    }
    for (row, to) in rows.zip(to.chunks_exact_mut(STEP)) {
        let row = &a.lines.row(row)[terms.clone()];
        to[..row.len()].copy_from_slice(row);
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
    if !b.is_by_rows {
        if columns.len() < step {
            to.fill(F::zero());
        }
        return transpose(b, columns, terms, step, to);
    }
    for (term, to) in terms.zip(to.chunks_exact_mut(step)) {
        let row = &b.lines.row(term)[columns.clone()];
        for (v, to) in to.chunks_exact_mut(S::LANES).enumerate() {
            let rest = &row[row.len().min(v * S::LANES)..];
            simd.store(simd.load(&rest[..rest.len().min(S::LANES)]), to);
        }
    }
}

/// The side of a square that is transposed at a time.
const SIDE: usize = 4;

/// Writes some places of some lines of a matrix: a place becomes a row, one every `step`, and a line a column.
///
/// It is compiled for any processor, as wider vectors would be scattered, which is slow.
#[inline(never)]
fn transpose<F: Real>(
    from: Matrix<'_, F>,
    lines: Range<usize>,
    places: Range<usize>,
    step: usize,
    to: &mut [F],
) {
    let line = |column: usize| &from.lines.row(lines.start + column)[places.clone()];
    let whole = lines.len() / SIDE * SIDE;
    for column in (0..whole).step_by(SIDE) {
        let four: [&[F]; SIDE] = from_fn(|i| line(column + i));
        let [a, b, c, d] = four.map(|line| line.as_chunks::<SIDE>().0);
        let squares = a.iter().zip(b).zip(c).zip(d);
        for ((((a, b), c), d), to) in squares.zip(to.chunks_exact_mut(SIDE * step)) {
            for (place, to) in to.chunks_exact_mut(step).enumerate() {
                to[column..][..SIDE].copy_from_slice(&[a[place], b[place], c[place], d[place]]);
            }
        }
        for place in places.len() / SIDE * SIDE..places.len() {
            for (i, line) in four.iter().enumerate() {
                to[place * step + column + i] = line[place];
            }
        }
    }
    for column in whole..lines.len() {
        for (to, &value) in to.chunks_exact_mut(step).zip(line(column)) {
            to[column] = value;
        }
    }
}
