//! Matrices of signs: one bit an entry, and the two products that training needs.

mod columns;
mod entrywise;
mod matrix_product;
mod planes;
mod products;
mod row;
pub(crate) mod scan;
mod sign_product;
#[cfg(feature = "serde")]
mod stored;

pub use crate::simd::Kernel;
pub use columns::Columns;
pub use planes::Planes;
pub(crate) use products::{DescentScratch, MOST_TO_DESCEND};

use crate::error::{Error, MOST_BYTES, Result, at_most, positive, product, room};
use crate::real::Real;
use crate::simd::dispatch;
use ndarray::{Array2, ArrayRef2};
use rand::Rng;
use std::ops::Range;

/// The number of bits in a word of storage.
const WORD: usize = 64;
/// Bytes of a word.
const BYTES: usize = WORD / 8;

/// A batch of inputs x ∈ {±1}ⁿ: a matrix of signs of shape `[rows, dim]`, one bit an entry.
///
/// Models are written in two products, [`project_add`](Signs::project_add) for X·Wᵀ and
/// [`correlate_add`](Signs::correlate_add) for Dᵀ·X. How the bits are laid out is a private
/// matter; the order in which the products are summed is a promise, and each method states it.
///
/// ```
/// use ndarray::{Array2, array};
/// use sparse_parity::signs::Signs;
///
/// let x = Signs::from_array(&array![[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])?;
/// let w = array![[1.0, 2.0, 3.0]];
/// let mut z = Array2::zeros((2, 1));
/// x.project_add(&w, &mut z);
/// assert_eq!(z, array![[2.0], [0.0]]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "stored::Stored", try_from = "stored::Stored")
)]
pub struct Signs {
    /// Row after row; a set bit is −1. Bits past `dim` are clear.
    words: Vec<u64>,
    rows: usize,
    dim: usize,
}

/// The largest n for which [`Signs::cube`] may be asked for: 2²⁶ rows take half a gigabyte.
pub const MAX_CUBE_DIM: usize = 26;

impl Signs {
    /// A matrix of `rows` rows and `dim` columns in which every entry is +1.
    ///
    /// # Errors
    /// [`Error::Zero`] if `rows` or `dim` is 0; [`Error::TooLarge`] for more than 2³⁶ entries; [`Error::NoMemory`] if
    /// there is no memory for them.
    pub fn ones(rows: usize, dim: usize) -> Result<Self> {
        positive("the number of rows", rows)?;
        positive("the number of coordinates n", dim)?;
        product("the number of signs", rows, dim)?;
        // Rows begin with a word of their own.
        let words = rows.saturating_mul(dim.div_ceil(WORD));
        at_most(
            "the number of bytes of the signs",
            words.saturating_mul(BYTES),
            MOST_BYTES,
        )?;
        Ok(Signs {
            words: vec![0; room::<u64>("a matrix of signs", words)?],
            rows,
            dim,
        })
    }

    /// The matrix with the same entries as `x`.
    ///
    /// # Errors
    /// [`Error::NotASign`] if an entry is neither +1 nor −1; [`Error::Zero`] if `x` is empty.
    pub fn from_array<F: Real>(x: &ArrayRef2<F>) -> Result<Self> {
        let mut signs = Signs::ones(x.nrows(), x.ncols())?;
        for ((row, column), &value) in x.indexed_iter() {
            if value.abs() != F::one() {
                let value = value.as_f64();
                return Err(Error::NotASign { row, column, value });
            }
            if value < F::zero() {
                signs.flip(row, column);
            }
        }
        Ok(signs)
    }

    /// The whole cube {±1}ⁿ: 2ⁿ rows, coordinate i of row r being −1 where bit i of r is set.
    ///
    /// # Errors
    /// [`Error::Cube`] if n is above [`MAX_CUBE_DIM`]; [`Error::Zero`] if it is 0.
    pub fn cube(dim: usize) -> Result<Self> {
        if dim > MAX_CUBE_DIM {
            let most = MAX_CUBE_DIM;
            return Err(Error::Cube { n: dim, most });
        }
        let mut signs = Signs::ones(1 << dim, dim)?;
        signs.fill_cube(0);
        Ok(signs)
    }

    /// Turns the rows into rows `start`, `start + 1`, … of the cube, beginning anew at its end.
    ///
    /// # Panics
    /// If n is above 63, where the rows cannot be counted in a word.
    pub fn fill_cube(&mut self, start: u64) {
        assert!(
            self.dim < WORD,
            "a cube of n = {} has too many rows",
            self.dim
        );
        let last = (1_u64 << self.dim) - 1;
        for (row, word) in self.words.iter_mut().enumerate() {
            *word = start.wrapping_add(row as u64) & last;
        }
    }

    /// A hash of the entries.
    pub(crate) fn digest(&self) -> u64 {
        let add = |hash: u64, word: &u64| {
            (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        self.words.iter().fold(self.dim as u64, add)
    }

    /// Draws every entry anew, independent and uniform.
    ///
    /// Row after row, coordinate after coordinate takes the next bit of the generator's 64-bit words,
    /// lowest bit first; a set bit is −1. Bits left over in the last word are dropped.
    pub fn randomize<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        let (dim, stride) = (self.dim, self.dim.div_ceil(WORD));
        match self.rows {
            _ if stride > 1 => {}
            0..=8 => return draw_rows::<9, R>(&mut self.words, dim, rng),
            _ => {
                // So many rows take whole words.
                let blocks = self.words.chunks_mut(WORD);
                return blocks.for_each(|rows| draw_rows::<{ WORD + 1 }, R>(rows, dim, rng));
            }
        }
        let drawn = (self.rows * dim).div_ceil(WORD);
        for word in &mut self.words[..drawn] {
            *word = rng.next_u64();
        }
        // Rows take more words than bits were drawn for, so from the last one on they can be put
        // in their places, and what was drawn for the others is not written over.
        for row in (0..self.rows).rev() {
            for word in (0..stride).rev() {
                let (at, take) = (row * dim + word * WORD, WORD.min(dim - word * WORD));
                let bits = bits_from(&self.words, at);
                self.words[row * stride + word] = bits & (u64::MAX >> (WORD - take));
            }
        }
    }

    /// Sets every entry anew: to −1 where `negative(row, column)` says so, and to +1 elsewhere.
    ///
    /// The entries are asked for row after row, coordinate after coordinate.
    pub fn fill_with(&mut self, mut negative: impl FnMut(usize, usize) -> bool) {
        let stride = self.dim.div_ceil(WORD);
        for (place, word) in self.words.iter_mut().enumerate() {
            let (row, start) = (place / stride, place % stride * WORD);
            *word = (start..self.dim.min(start + WORD))
                .map(|column| u64::from(negative(row, column)) << (column - start))
                .fold(0, |bits, bit| bits | bit);
        }
    }

    /// The number of rows, the batch size.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns, the input dimension n.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Whether entry `[row, column]` is −1.
    ///
    /// # Panics
    /// If the entry does not exist.
    pub fn is_negative(&self, row: usize, column: usize) -> bool {
        let (word, bit) = self.place(row, column);
        self.words[word] >> bit & 1 == 1
    }

    /// Changes the sign of entry `[row, column]`.
    ///
    /// # Panics
    /// If the entry does not exist.
    pub fn flip(&mut self, row: usize, column: usize) {
        let (word, bit) = self.place(row, column);
        self.words[word] ^= 1 << bit;
    }

    /// Changes the sign of a whole column: x becomes x^{⊕i}.
    ///
    /// # Panics
    /// If the column does not exist.
    pub fn flip_column(&mut self, column: usize) {
        for row in 0..self.rows {
            self.flip(row, column);
        }
    }

    /// Becomes the given rows of `from`, in that order; no allocation while they fit.
    ///
    /// # Panics
    /// If the dimensions differ or a row does not exist.
    pub fn gather(&mut self, from: &Signs, rows: impl IntoIterator<Item = usize>) {
        assert_eq!(
            self.dim, from.dim,
            "rows of another dimension cannot be gathered"
        );
        let stride = self.dim.div_ceil(WORD);
        self.words.clear();
        self.rows = 0;
        for row in rows {
            self.words
                .extend_from_slice(&from.words[row * stride..][..stride]);
            self.rows += 1;
        }
    }

    /// Adds the rows of `from` behind the last one.
    ///
    /// # Panics
    /// If the dimensions differ.
    pub fn append(&mut self, from: &Signs) {
        self.append_rows(from, 0..from.rows);
    }

    /// Adds rows `rows` of `from` behind the last one.
    ///
    /// # Panics
    /// If the dimensions differ or a row does not exist.
    pub(crate) fn append_rows(&mut self, from: &Signs, rows: Range<usize>) {
        assert_eq!(
            self.dim, from.dim,
            "rows of another dimension cannot be added"
        );
        let stride = self.dim.div_ceil(WORD);
        let words = rows.start * stride..rows.end * stride;
        self.words.extend_from_slice(&from.words[words]);
        self.rows += rows.len();
    }

    /// Becomes the given columns of `from`; no allocation while they fit.
    ///
    /// ```
    /// use sparse_parity::signs::Signs;
    ///
    /// let (cube, mut last) = (Signs::cube(3)?, Signs::ones(8, 2)?);
    /// last.gather_columns(&cube, 1..3);
    /// assert_eq!(last.is_negative(4, 1), cube.is_negative(4, 2));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the number of columns differs from n, or a column does not exist.
    pub fn gather_columns(&mut self, from: &Signs, columns: Range<usize>) {
        assert_eq!(
            self.dim,
            columns.len(),
            "another number of columns cannot be gathered"
        );
        assert!(columns.end <= from.dim, "a column does not exist");
        self.words.clear();
        self.rows = from.rows;
        for row in from.words.chunks_exact(from.dim.div_ceil(WORD)) {
            for start in columns.clone().step_by(WORD) {
                let take = WORD.min(columns.end - start);
                self.words
                    .push(bits_from(row, start) & (u64::MAX >> (WORD - take)));
            }
        }
    }

    /// Makes row `row` equal to row `other` of `from`.
    ///
    /// # Panics
    /// If the dimensions differ or a row does not exist.
    pub fn copy_row(&mut self, row: usize, from: &Signs, other: usize) {
        assert_eq!(self.dim, from.dim, "the row has another dimension");
        let stride = self.dim.div_ceil(WORD);
        let source = &from.words[other * stride..][..stride];
        self.words[row * stride..][..stride].copy_from_slice(source);
    }

    /// The dense matrix with the same entries, shape `[rows, dim]`.
    pub fn to_array<F: Real>(&self) -> Array2<F> {
        Array2::from_shape_fn((self.rows, self.dim), |(row, column)| {
            if self.is_negative(row, column) {
                -F::one()
            } else {
                F::one()
            }
        })
    }

    /// A matrix without rows, to which rows are added.
    pub(crate) fn without_rows(dim: usize) -> Result<Self> {
        let mut signs = Signs::ones(1, dim)?;
        signs.words.clear();
        signs.rows = 0;
        Ok(signs)
    }

    /// The words of storage, row after row; a set bit is −1.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    fn place(&self, row: usize, column: usize) -> (usize, usize) {
        assert!(
            row < self.rows && column < self.dim,
            "entry [{row}, {column}] lies outside the shape [{}, {}]",
            self.rows,
            self.dim
        );
        (row * self.dim.div_ceil(WORD) + column / WORD, column % WORD)
    }
}

/// Draws rows of up to 64 bits, one behind the other from fewer than N words.
fn draw_rows<const N: usize, R: Rng + ?Sized>(rows: &mut [u64], dim: usize, rng: &mut R) {
    let (mut drawn, last) = ([[0; BYTES]; N], u64::MAX >> (WORD - dim));
    for word in &mut drawn[..(rows.len() * dim).div_ceil(WORD)] {
        *word = rng.next_u64().to_le_bytes();
    }
    let drawn = drawn.as_flattened();
    dispatch(move || {
        let mut at = 0;
        for row in rows {
            // Eight bytes have all bits of a row, or else the ninth has the last ones. Behind the
            // words that were drawn there is one more.
            let (bytes, bit) = (&drawn[at / 8..][..=BYTES], at % 8);
            let word = bytes
                .first_chunk()
                .map_or(0, |word| u64::from_le_bytes(*word));
            *row = word >> bit & last;
            if bit + dim > WORD {
                *row |= u64::from(bytes[BYTES]) << (WORD - bit) & last;
            }
            at += dim;
        }
    });
}

/// The 64 bits from bit `at` on, clear behind the last word.
#[inline(always)]
fn bits_from(words: &[u64], at: usize) -> u64 {
    let (place, bit) = (at / WORD, at % WORD);
    let next = words.get(place + 1).copied().unwrap_or(0);
    // Shifted in two steps, because for bit 0 it is a shift by the whole word.
    words[place] >> bit | next << 1 << (WORD - 1 - bit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::RngCore;

    #[test]
    fn random_signs_are_the_bits_of_the_generator_in_order() {
        for (rows, dim) in [
            (1, 1),
            (3, 7),
            (32, 50),
            (8, 61),
            (70, 63),
            (5, 64),
            (2, 65),
            (4, 200),
            (7, 128),
        ] {
            let mut signs = Signs::ones(rows, dim).unwrap();
            signs.randomize(&mut Seeds::from(9).stream(Purpose::Train));
            let mut rng = Seeds::from(9).stream(Purpose::Train);
            let words: Vec<u64> = (0..(rows * dim).div_ceil(64))
                .map(|_| rng.next_u64())
                .collect();
            for row in 0..rows {
                for column in 0..dim {
                    let place = row * dim + column;
                    let bit = words[place / 64] >> (place % 64) & 1 == 1;
                    assert_eq!(signs.is_negative(row, column), bit, "{rows} x {dim}");
                }
            }
            assert_eq!(Signs::from_array(&signs.to_array::<f32>()).unwrap(), signs);
        }
    }

    #[test]
    fn a_draw_uses_no_more_words_than_it_has_signs() {
        let mut rng = Seeds::from(9).stream(Purpose::Train);
        Signs::ones(32, 50).unwrap().randomize(&mut rng);
        assert_eq!(rng.get_word_pos(), 2 * 25);
    }

    #[test]
    fn entries_are_set_from_a_closure_in_order() {
        for dim in [1, 7, 64, 130] {
            let mut random = Signs::ones(3, dim).unwrap();
            random.randomize(&mut Seeds::from(9).stream(Purpose::Train));
            let (mut copy, mut asked) = (Signs::ones(3, dim).unwrap(), Vec::new());
            copy.fill_with(|row, column| {
                asked.push(row * dim + column);
                random.is_negative(row, column)
            });
            assert_eq!(copy, random);
            assert_eq!(asked, (0..3 * dim).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_cube_holds_every_row_once_and_wraps() {
        let cube = Signs::cube(3).unwrap();
        let mut rows: Vec<u64> = cube.words.clone();
        rows.dedup();
        assert_eq!(rows, (0..8).collect::<Vec<u64>>());
        let mut part = Signs::ones(4, 3).unwrap();
        part.fill_cube(6);
        assert_eq!(part.words, [6, 7, 0, 1]);
    }

    #[test]
    fn entries_that_are_no_signs_are_refused_with_their_place() {
        let x = ndarray::array![[1.0, -1.0], [0.5, 1.0]];
        let error = Signs::from_array(&x).unwrap_err().to_string();
        assert!(error.contains("[1, 0] is 0.5"), "{error}");
        assert!(Signs::ones(0, 3).is_err() && Signs::ones(3, 0).is_err());
        assert!(Signs::cube(27).is_err());
    }

    #[test]
    fn gathered_rows_keep_their_order() {
        let cube = Signs::cube(4).unwrap();
        let mut some = Signs::ones(1, 4).unwrap();
        some.gather(&cube, [5, 2, 2]);
        assert_eq!(some.rows(), 3);
        assert_eq!(some.words, [5, 2, 2]);
        some.flip_column(1);
        assert_eq!(some.words, [7, 0, 0]);
        some.append(&Signs::ones(2, 4).unwrap());
        assert_eq!((some.rows(), &some.words[..]), (5, &[7, 0, 0, 0, 0][..]));
    }

    #[test]
    fn gathered_columns_are_those_of_the_dense_matrix_across_words() {
        for dim in [1, 63, 64, 65, 200] {
            let mut from = Signs::ones(5, dim).unwrap();
            from.randomize(&mut Seeds::from(9).stream(Purpose::Train));
            let dense = from.to_array::<f64>();
            for start in 0..dim {
                for end in [
                    start + 1,
                    start + 63,
                    start + 64,
                    start + 65,
                    start + 130,
                    dim,
                ] {
                    let columns = start..end.min(dim);
                    let expected = dense.slice(ndarray::s![.., columns.clone()]);
                    let mut part = Signs::ones(2, columns.len()).unwrap();
                    part.gather_columns(&from, columns);
                    assert_eq!(part, Signs::from_array(&expected).unwrap());
                }
            }
        }
    }
}
