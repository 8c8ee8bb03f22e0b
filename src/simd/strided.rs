//! Rows that are a part of longer ones, so that threads can write to neighbouring columns of a matrix.
//!
//! A slice would have to reach over the columns between two rows, which may belong to another thread.
#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// A matrix stored row by row, a row every `step`, or some columns of one.
pub(crate) struct Strided<'a, F> {
    /// Where the first row begins. Row t is `width` numbers from t·`step` on, which are borrowed for 'a.
    first: *const F,
    count: usize,
    step: usize,
    width: usize,
    borrow: PhantomData<&'a [F]>,
}

/// The same to be changed: no other value reaches these numbers, though it may reach those between rows.
pub(crate) struct StridedMut<'a, F> {
    /// Where the first row begins. Row t is `width` numbers from t·`step` on, which are borrowed for 'a
    /// by this value alone; rows do not overlap.
    first: *mut F,
    count: usize,
    step: usize,
    width: usize,
    borrow: PhantomData<&'a mut [F]>,
}

// SAFETY: it is a shared borrow of its numbers, and nothing else.
unsafe impl<F: Sync> Send for Strided<'_, F> {}
// SAFETY: as above.
unsafe impl<F: Sync> Sync for Strided<'_, F> {}
// SAFETY: it is the only borrow of its numbers, and nothing else.
unsafe impl<F: Send> Send for StridedMut<'_, F> {}
// SAFETY: what is shared of it can only be read.
unsafe impl<F: Sync> Sync for StridedMut<'_, F> {}

impl<F> Clone for Strided<'_, F> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Strided<'_, F> {}

impl<F> fmt::Debug for Strided<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rows of {}, one every {}",
            self.count, self.width, self.step
        )
    }
}

impl<F> fmt::Debug for StridedMut<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared().fmt(f)
    }
}

impl<'a, F> Strided<'a, F> {
    /// The rows of which `values` consists: so many, one every `step`.
    #[inline(always)]
    pub(crate) fn new(values: &'a [F], count: usize, step: usize) -> Self {
        assert!(
            count.checked_mul(step) == Some(values.len()),
            "the rows have to be whole"
        );
        Strided {
            first: values.as_ptr(),
            count,
            step,
            width: step,
            borrow: PhantomData,
        }
    }

    /// The number of rows.
    #[inline(always)]
    pub(crate) fn count(self) -> usize {
        self.count
    }

    /// The distance of two rows.
    #[inline(always)]
    pub(crate) fn step(self) -> usize {
        self.step
    }

    /// How many numbers of a row there are.
    #[inline(always)]
    pub(crate) fn width(self) -> usize {
        self.width
    }

    /// Where the first row begins.
    #[inline(always)]
    pub(crate) fn first(self) -> *const F {
        self.first
    }

    /// One row, if it is there.
    #[inline(always)]
    pub(crate) fn get(self, row: usize) -> Option<&'a [F]> {
        // SAFETY: the row is one of the borrowed ones.
        (row < self.count)
            .then(|| unsafe { from_raw_parts(self.first.add(row * self.step), self.width) })
    }

    /// One row.
    #[inline(always)]
    pub(crate) fn row(self, row: usize) -> &'a [F] {
        self.get(row).expect("there is no such row")
    }

    /// The rows from `start` on.
    #[inline(always)]
    pub(crate) fn rows_from(self, start: usize) -> Self {
        let start = start.min(self.count);
        Strided {
            first: self.first.wrapping_add(start * self.step),
            count: self.count - start,
            ..self
        }
    }

    /// The first rows, at most `count`.
    #[inline(always)]
    pub(crate) fn first_rows(self, count: usize) -> Self {
        Strided {
            count: self.count.min(count),
            ..self
        }
    }

    /// The first columns.
    #[inline(always)]
    pub(crate) fn first_columns(self, width: usize) -> Self {
        assert!(width <= self.width, "there are not so many columns");
        Strided { width, ..self }
    }

    /// The columns from `start` on.
    #[inline(always)]
    pub(crate) fn columns_from(self, start: usize) -> Self {
        assert!(start <= self.width, "there are not so many columns");
        Strided {
            first: self.first.wrapping_add(start),
            width: self.width - start,
            ..self
        }
    }

    /// The columns before `at`, and those from it on.
    #[inline(always)]
    pub(crate) fn split_at(self, at: usize) -> (Self, Self) {
        let behind = self.columns_from(at);
        (Strided { width: at, ..self }, behind)
    }
}

impl<'a, F> StridedMut<'a, F> {
    /// The rows of which `values` consists: so many, one every `step`.
    #[inline(always)]
    pub(crate) fn new(values: &'a mut [F], count: usize, step: usize) -> Self {
        assert!(
            count.checked_mul(step) == Some(values.len()),
            "the rows have to be whole"
        );
        StridedMut {
            first: values.as_mut_ptr(),
            count,
            step,
            width: step,
            borrow: PhantomData,
        }
    }

    /// The same to be read.
    #[inline(always)]
    pub(crate) fn shared(&self) -> Strided<'_, F> {
        Strided {
            first: self.first,
            count: self.count,
            step: self.step,
            width: self.width,
            borrow: PhantomData,
        }
    }

    /// The number of rows.
    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The distance of two rows.
    #[inline(always)]
    pub(crate) fn step(&self) -> usize {
        self.step
    }

    /// How many numbers of a row there are.
    #[inline(always)]
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// One row.
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [F] {
        assert!(row < self.count, "there is no such row");
        // SAFETY: the row is one of those that this value alone borrows.
        unsafe { from_raw_parts_mut(self.first.add(row * self.step), self.width) }
    }

    /// All rows.
    #[inline(always)]
    pub(crate) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [F]> {
        let (first, step, width) = (self.first, self.step, self.width);
        // SAFETY: this value alone borrows the rows, each is taken once, and they do not overlap.
        (0..self.count).map(move |row| unsafe { from_raw_parts_mut(first.add(row * step), width) })
    }

    /// All numbers, if the rows are whole.
    #[inline(always)]
    pub(crate) fn as_mut_slice(&mut self) -> Option<&mut [F]> {
        (self.width == self.step).then(|| {
            // SAFETY: whole rows lie one behind the other, and this value alone borrows them.
            unsafe { from_raw_parts_mut(self.first, self.count * self.step) }
        })
    }

    /// Some of the rows, for a while.
    #[inline(always)]
    pub(crate) fn rows(&mut self, rows: Range<usize>) -> StridedMut<'_, F> {
        assert!(
            rows.start <= rows.end && rows.end <= self.count,
            "there are not so many rows"
        );
        StridedMut {
            first: self.first.wrapping_add(rows.start * self.step),
            count: rows.len(),
            step: self.step,
            width: self.width,
            borrow: PhantomData,
        }
    }

    /// Some of the columns, for a while.
    #[inline(always)]
    pub(crate) fn columns(&mut self, columns: Range<usize>) -> StridedMut<'_, F> {
        assert!(
            columns.start <= columns.end && columns.end <= self.width,
            "there are not so many columns"
        );
        StridedMut {
            first: self.first.wrapping_add(columns.start),
            count: self.count,
            step: self.step,
            width: columns.len(),
            borrow: PhantomData,
        }
    }

    /// The columns before `at`, and those from it on.
    #[inline(always)]
    pub(crate) fn split_at(self, at: usize) -> (Self, Self) {
        assert!(at <= self.width, "there are not so many columns");
        let behind = StridedMut {
            first: self.first.wrapping_add(at),
            width: self.width - at,
            ..self
        };
        (StridedMut { width: at, ..self }, behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_can_be_written_side_by_side() {
        let mut values = [0; 12];
        let (mut left, mut right) = StridedMut::new(&mut values, 3, 4).split_at(1);
        right.iter_mut().for_each(|row| row.fill(2));
        left.iter_mut().for_each(|row| row.fill(1));
        right.row_mut(2)[0] = 3;
        right.rows(1..2).columns(2..3).row_mut(0)[0] = 4;
        assert_eq!(right.shared().rows_from(1).columns_from(1).row(0), [2, 4]);
        assert_eq!(left.as_mut_slice(), None);
        assert_eq!(values, [1, 2, 2, 2, 1, 2, 2, 4, 1, 3, 2, 2]);
    }

    #[test]
    fn no_rows_are_rows_of_any_width() {
        let none = Strided::<f64>::new(&[], 0, 0);
        assert_eq!((none.count(), none.width()), (0, 0));
        assert_eq!(Strided::<f64>::new(&[], 0, 7).rows_from(3).count(), 0);
        let mut values = [1.0, 2.0];
        let mut all = StridedMut::new(&mut values, 1, 2);
        assert_eq!(all.as_mut_slice(), Some(&mut [1.0, 2.0][..]));
    }

    #[test]
    #[should_panic(expected = "no such row")]
    fn a_row_that_is_not_there_is_not_read() {
        Strided::new(&[1, 2, 3, 4], 2, 2).rows_from(1).row(1);
    }

    #[test]
    #[should_panic(expected = "not so many columns")]
    fn columns_that_are_not_there_are_not_borrowed() {
        StridedMut::new(&mut [1, 2, 3, 4], 2, 2).columns(1..3);
    }

    #[test]
    #[should_panic(expected = "whole")]
    fn a_row_that_is_cut_off_is_refused() {
        Strided::new(&[1, 2, 3], 2, 2);
    }
}
