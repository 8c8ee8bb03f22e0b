//! Rows of numbers for the caches of models, laid out for wide vectors.

use super::aligned::Aligned;
use super::strided::{Strided, StridedMut};
use crate::real::{LANES, Real};

/// Rows of so many vectors have an odd number of them.
const MANY: usize = 8;

/// A matrix of shape `[rows, width]`, stored row by row.
///
/// Rows may be *padded*: each is followed by numbers that belong to no column, up to a multiple of
/// [`LANES`]. What is written there makes no difference to anything that is read elsewhere.
#[derive(Debug)]
pub(crate) struct Rows<F> {
    values: Aligned<F>,
    width: usize,
    step: usize,
}

impl<F: Real> Rows<F> {
    /// Zeros, with every row behind the other.
    pub(crate) fn tight(rows: usize, width: usize) -> Self {
        Rows::new(rows, width, width)
    }

    /// Zeros in padded rows; a single column is not padded, as then the rows lie side by side.
    pub(crate) fn padded(rows: usize, width: usize) -> Self {
        let step = if width == 1 {
            1
        } else {
            // Of many vectors an odd number, as a cache has few places for lines whose distance is a
            // power of two.
            let vectors = width.div_ceil(LANES);
            LANES * if vectors < MANY { vectors } else { vectors | 1 }
        };
        Rows::new(rows, width, step)
    }

    fn new(rows: usize, width: usize, step: usize) -> Self {
        Rows {
            values: Aligned::zeros(rows * step),
            width,
            step,
        }
    }

    /// Lets the rows have so many columns, at most as many as before they were changed.
    pub(crate) fn set_width(&mut self, width: usize) {
        assert!(width <= self.step, "there is no room for so many columns");
        self.width = width;
    }

    /// Becomes a matrix of the same shape.
    pub(crate) fn assign(&mut self, other: &Self) {
        self.values.copy_from_slice(&other.values);
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The distance from one row to the next.
    pub(crate) fn step(&self) -> usize {
        self.step
    }

    /// The first `rows` rows, with what they are padded by.
    pub(crate) fn first(&self, rows: usize) -> &[F] {
        &self.values[..rows * self.step]
    }

    /// The first `rows` rows, with what they are padded by, to be changed.
    pub(crate) fn first_mut(&mut self, rows: usize) -> &mut [F] {
        &mut self.values[..rows * self.step]
    }

    /// The same as rows.
    pub(crate) fn strided(&self, rows: usize) -> Strided<'_, F> {
        Strided::new(self.first(rows), rows, self.step)
    }

    /// The same as rows, to be changed.
    pub(crate) fn strided_mut(&mut self, rows: usize) -> StridedMut<'_, F> {
        let step = self.step;
        StridedMut::new(self.first_mut(rows), rows, step)
    }

    /// One row, without what it is padded by.
    pub(crate) fn row(&self, row: usize) -> &[F] {
        &self.values[row * self.step..][..self.width]
    }

    /// One row, without what it is padded by, to be changed.
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [F] {
        &mut self.values[row * self.step..][..self.width]
    }
}

/// The lanes from `place` on, which must be whole.
#[inline(always)]
pub(crate) fn whole<F: Real>(from: &[F], place: usize) -> [F; LANES] {
    *from[place..].first_chunk().expect("the lanes are whole")
}

/// The lanes from `place` on, and +0 behind the last number.
#[inline(always)]
pub(crate) fn lanes<F: Real>(from: &[F], place: usize) -> [F; LANES] {
    let from = &from[place..];
    match from.first_chunk() {
        Some(lanes) => *lanes,
        None => few(from),
    }
}

/// Fewer numbers than there are lanes, and +0 behind them.
#[inline(always)]
pub(crate) fn few<F: Real>(from: &[F]) -> [F; LANES] {
    let mut lanes = [F::zero(); LANES];
    copy(from, &mut lanes);
    lanes
}

/// Writes the lanes to `place` and behind, as far as there are places.
#[inline(always)]
pub(crate) fn put<F: Real>(lanes: [F; LANES], to: &mut [F], place: usize) {
    let to = &mut to[place..];
    match to.first_chunk_mut() {
        Some(to) => *to = lanes,
        None => copy(&lanes, to),
    }
}

/// Copies as many numbers as both have.
///
/// Inlined, this would lead the compiler to keep lanes in pieces.
#[inline(never)]
pub(crate) fn copy<F: Real>(from: &[F], to: &mut [F]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
}
