//! Sets of columns, and the product of the signs in them.

use super::{Signs, WORD};
use crate::error::{Error, MOST_COORDINATES, Result, at_most};
use crate::real::Real;
use crate::simd::dispatch;
use ndarray::ArrayRef1;
use std::collections::BTreeMap;

/// A set T of columns, ready to count the negative entries x_i, i ∈ T, of a row of a [`Signs`],
/// and so to evaluate χ_T(x) = ∏_{i∈T} x_i.
///
/// ```
/// use ndarray::Array1;
/// use sparse_parity::signs::{Columns, Signs};
///
/// let mut y = Array1::<f64>::zeros(4);
/// let (both, cube) = (Columns::new(2, &[0, 1])?, Signs::cube(2)?);
/// both.product(&cube, &mut y);
/// assert_eq!(y.to_vec(), [1.0, -1.0, -1.0, 1.0]);
/// assert_eq!(both.negatives(&cube, 3), 2);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The words of a row that have columns of the set, in their order, each with the bits of these.
    masks: Vec<(usize, u64)>,
    dim: usize,
}

impl Columns {
    /// The columns `indices` of matrices with `dim` columns; the empty set is allowed.
    ///
    /// # Errors
    /// [`Error::SupportRange`] or [`Error::SupportRepeat`] with the column at fault,
    /// [`Error::TooLarge`] for more than 2²⁷ columns.
    pub fn new(dim: usize, indices: &[usize]) -> Result<Self> {
        at_most("the number of coordinates n", dim, MOST_COORDINATES)?;
        let mut masks = BTreeMap::new();
        for &index in indices {
            let support = || indices.to_vec();
            if index >= dim {
                let (support, n) = (support(), dim);
                return Err(Error::SupportRange { index, support, n });
            }
            let bit = 1 << (index % WORD);
            let mask = masks.entry(index / WORD).or_insert(0_u64);
            if *mask & bit != 0 {
                let support = support();
                return Err(Error::SupportRepeat { index, support });
            }
            *mask |= bit;
        }
        let masks = masks.into_iter().collect();
        Ok(Columns { masks, dim })
    }

    /// Writes χ_T(x), ±1, of every row of `x`; shape of `y`: `[rows]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn product<F: Real>(&self, x: &Signs, y: &mut ArrayRef1<F>) {
        assert_eq!(x.rows, y.len(), "one label a row is needed");
        let mut signs = [0.0; WORD];
        let rows = y.len();
        for first in (0..rows).step_by(WORD) {
            let signs = &mut signs[..WORD.min(rows - first)];
            self.products(x, first, signs);
            let y = y.iter_mut().skip(first);
            y.zip(signs).for_each(|(y, sign)| *y = F::of(*sign));
        }
    }

    /// Writes χ_T(x), ±1, of the rows of `x` from `first` on, as many as `y` has room for.
    ///
    /// # Panics
    /// If a row does not exist or `x` has another number of columns.
    pub(crate) fn products(&self, x: &Signs, first: usize, y: &mut [f64]) {
        self.assert_dim(x);
        let stride = self.dim.div_ceil(WORD);
        let rows = &x.words[first * stride..][..y.len() * stride];
        // The sign is the parity of the bits, which are folded onto the lowest one.
        let sign = |mut bits: u64| {
            for half in [32, 16, 8, 4, 2, 1] {
                bits ^= bits >> half;
            }
            f64::from_bits(1.0_f64.to_bits() | bits << 63)
        };
        if stride == 1 {
            let mask = self.masks.first().map_or(0, |(_, mask)| *mask);
            dispatch(|| {
                for (y, row) in y.iter_mut().zip(rows) {
                    *y = sign(row & mask);
                }
            });
        } else {
            for (y, row) in y.iter_mut().zip(rows.chunks_exact(stride.max(1))) {
                let words = self.masks.iter();
                *y = sign(words.fold(0, |bits, (word, mask)| bits ^ row[*word] & mask));
            }
        }
    }

    /// The number of columns in the set whose entry in that row of `x` is −1.
    ///
    /// # Panics
    /// If the row does not exist or `x` has another number of columns.
    pub fn negatives(&self, x: &Signs, row: usize) -> usize {
        self.assert_dim(x);
        let stride = self.dim.div_ceil(WORD);
        let words = &x.words[row * stride..][..stride];
        let ones = |(word, mask): &(usize, u64)| (words[*word] & mask).count_ones() as usize;
        self.masks.iter().map(ones).sum()
    }

    fn assert_dim(&self, x: &Signs) {
        assert_eq!(
            x.dim, self.dim,
            "the signs have another number of columns than the set"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::Array1;

    #[test]
    fn the_product_of_columns_is_the_product_of_their_signs() {
        let mut x = Signs::ones(40, 130).unwrap();
        x.randomize(&mut Seeds::from(2).stream(Purpose::Eval));
        let dense = x.to_array::<f64>();
        for set in [
            vec![],
            vec![129],
            vec![0, 63, 64, 127, 128],
            (0..130).collect(),
        ] {
            let mut y = Array1::<f64>::zeros(40);
            Columns::new(130, &set).unwrap().product(&x, &mut y);
            for (row, &y) in dense.rows().into_iter().zip(&y) {
                assert_eq!(y, set.iter().map(|&i| row[i]).product::<f64>());
            }
        }
    }
}
