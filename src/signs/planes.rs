//! The columns of a matrix of signs, as words.

use super::{Signs, WORD};
use crate::simd::{Transpose, dispatch};

/// Words of a line of the cache.
const LINE: usize = 8;

/// The columns of a [`Signs`]: coordinate i of 64 examples in each word.
///
/// The XOR of some columns has a set bit for every row with an odd number of −1 among them: it is χ_T of all
/// rows. Solvers that test many sets T read this form, which is made once.
///
/// ```
/// use sparse_parity::signs::{Planes, Signs};
///
/// // Coordinate i of row r of the cube is −1 where bit i of r is set.
/// let planes = Planes::of(&Signs::cube(3)?);
/// assert_eq!(planes.column(0), [0b1010_1010]);
/// assert_eq!(planes.column(2), [0b1111_0000]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    /// Column after column, a set bit being −1; bits past `rows` are clear.
    words: Vec<u64>,
    rows: usize,
    dim: usize,
    /// Words from one column to the next.
    stride: usize,
}

impl Planes {
    /// The columns of `x`.
    pub fn of(x: &Signs) -> Self {
        let (rows, dim) = (x.rows(), x.dim());
        // Columns of several lines have an odd number of them, as lines at distances of powers of two compete for the
        // same places of a cache.
        let stride = match rows.div_ceil(WORD) {
            few @ ..LINE => few,
            many => (many.div_ceil(LINE) | 1) * LINE,
        };
        let mut planes = Planes {
            words: vec![0; stride * dim],
            rows,
            dim,
            stride,
        };
        let words = dim.div_ceil(WORD);
        for first in (0..rows).step_by(WORD) {
            let block = &x.words()[first * words..][..WORD.min(rows - first) * words];
            for word in 0..words {
                let mut square = [0; WORD];
                for (to, row) in square.iter_mut().zip(block.chunks_exact(words)) {
                    *to = row[word];
                }
                dispatch(Transpose(&mut square));
                let columns = planes.words.chunks_exact_mut(stride).skip(word * WORD);
                for (column, from) in columns.zip(square) {
                    column[first / WORD] = from;
                }
            }
        }
        planes
    }

    /// The number of rows, the examples.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns n.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Column `index`: ⌈rows/64⌉ words, row r in bit r mod 64 of word r/64, set where the entry is −1. Bits behind the
    /// last row are clear.
    ///
    /// # Panics
    /// If the column does not exist.
    pub fn column(&self, index: usize) -> &[u64] {
        let Planes { dim, rows, .. } = self;
        assert!(index < *dim, "column {index} of {dim} columns");
        &self.words[index * self.stride..][..rows.div_ceil(WORD)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn columns_have_the_bits_of_the_rows_at_every_size() {
        for (rows, dim) in [
            (1, 1),
            (63, 64),
            (64, 63),
            (65, 65),
            (127, 128),
            (130, 200),
            (513, 3),
            (1024, 130),
        ] {
            let mut x = Signs::ones(rows, dim).unwrap();
            x.randomize(&mut Seeds::from(3).stream(Purpose::Eval));
            let planes = Planes::of(&x);
            assert_eq!((planes.rows(), planes.dim()), (rows, dim));
            for i in 0..dim {
                let column = planes.column(i);
                assert_eq!(column.len(), rows.div_ceil(64));
                for bit in 0..column.len() * 64 {
                    let set = column[bit / 64] >> (bit % 64) & 1 == 1;
                    assert_eq!(set, bit < rows && x.is_negative(bit, i), "[{bit}, {i}]");
                }
            }
        }
    }
}
