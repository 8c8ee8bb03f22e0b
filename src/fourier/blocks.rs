//! Evaluation of functions, many values at a time.

use crate::error::{Error, Result};
use crate::real::Real;
use crate::signs::Signs;

/// The largest number of rows per call of a function.
pub(super) const ROWS: usize = 1 << 12;

/// Writes the values of f, block by block, on rows that `fill(first, x)` sets.
pub(super) fn evaluate<F: Real>(
    n: usize,
    values: &mut [F],
    mut fill: impl FnMut(usize, &mut Signs),
    f: &mut impl FnMut(&Signs, &mut [F]),
) -> Result<()> {
    let mut x = Signs::ones(ROWS.min(values.len()), n)?;
    for (block, values) in values.chunks_mut(ROWS).enumerate() {
        if values.len() < x.rows() {
            x = Signs::ones(values.len(), n)?;
        }
        fill(block * ROWS, &mut x);
        f(&x, values);
    }
    finite(values)
}

/// Succeeds if all values are finite.
pub(super) fn finite<F: Real>(values: &[F]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite {
            what: "the function's value",
            index,
            value: values[index].as_f64(),
        }),
    }
}

/// Sets the rows to points of subcubes, from point `first` on: point p has the free coordinates
/// of row p mod 2ᵏ of their cube, and the others from row p / 2ᵏ of `rest`.
pub(super) fn fill_subcubes(x: &mut Signs, first: usize, free: &[usize], rest: &Signs) {
    let mut place = vec![None; rest.dim()];
    free.iter()
        .enumerate()
        .for_each(|(j, &i)| place[i] = Some(j));
    x.fill_with(|row, column| match place[column] {
        Some(bit) => (first + row) >> bit & 1 == 1,
        None => rest.is_negative((first + row) >> free.len(), column),
    });
}
