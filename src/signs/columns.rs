//! Sets of columns, and the product of the signs in them.

use super::{Signs, WORD};
use crate::error::{Error, MOST, Result, at_most};
use crate::real::Real;
use ndarray::ArrayRef1;

/// A set T of columns, ready to evaluate χ_T(x) = ∏_{i∈T} x_i on every row of a [`Signs`].
///
/// ```
/// use ndarray::Array1;
/// use sparse_parity::signs::{Columns, Signs};
///
/// let mut y = Array1::<f64>::zeros(4);
/// Columns::new(2, &[0, 1])?.product(&Signs::cube(2)?, &mut y);
/// assert_eq!(y.to_vec(), [1.0, -1.0, -1.0, 1.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    mask: Vec<u64>,
    dim: usize,
}

impl Columns {
    /// The columns `indices` of matrices with `dim` columns; the empty set is allowed.
    ///
    /// # Errors
    /// [`Error::SupportRange`] or [`Error::SupportRepeat`] with the column at fault,
    /// [`Error::TooLarge`] for more than 2³⁶ columns.
    pub fn new(dim: usize, indices: &[usize]) -> Result<Self> {
        at_most("the number of coordinates n", dim, MOST)?;
        let mut mask = vec![0_u64; dim.div_ceil(WORD)];
        for &index in indices {
            let support = || indices.to_vec();
            if index >= dim {
                let (support, n) = (support(), dim);
                return Err(Error::SupportRange { index, support, n });
            }
            let bit = 1 << (index % WORD);
            if mask[index / WORD] & bit != 0 {
                let support = support();
                return Err(Error::SupportRepeat { index, support });
            }
            mask[index / WORD] |= bit;
        }
        Ok(Columns { mask, dim })
    }

    /// Writes χ_T(x), ±1, of every row of `x`; shape of `y`: `[rows]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn product<F: Real>(&self, x: &Signs, y: &mut ArrayRef1<F>) {
        assert_eq!(
            x.dim, self.dim,
            "the signs have another number of columns than the set"
        );
        assert_eq!(x.rows, y.len(), "one label a row is needed");
        let rows = x.words.chunks_exact(self.mask.len());
        for (y, row) in y.iter_mut().zip(rows) {
            let odd = row
                .iter()
                .zip(&self.mask)
                .fold(0, |odd, (word, mask)| odd ^ (word & mask));
            *y = if odd.count_ones() % 2 == 0 {
                F::one()
            } else {
                -F::one()
            };
        }
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
