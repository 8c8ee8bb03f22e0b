use crate::data::Batch;
use crate::error::{Error, Result};
use crate::real::Real;
use crate::signs::{Planes, Signs};
use std::collections::HashMap;
use std::ops::Range;

/// The number of bits in a word of labels.
const WORD: usize = 64;

/// Examples with labels ±1, one bit an entry.
///
/// A set bit is −1, so that χ_T(x) = −1 where the XOR of the bits in T is 1, and the product of two functions is the XOR of
/// their bits.
///
/// ```
/// use sparse_parity::access::Examples;
/// use sparse_parity::prelude::*;
///
/// let distribution = ParityDistribution::new(20, &[1, 5, 7])?;
/// let batch = Batch::<f32>::draw(&distribution, 100, &mut (&Seeds::from(1)).into())?;
/// let examples = Examples::of(&batch)?;
/// assert_eq!(examples.wrong(&[1, 5, 7]), 0);
/// assert!(examples.wrong(&[1, 5]) > 20);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examples {
    x: Signs,
    /// The label of example r in bit r mod 64 of word r/64; bits behind the last one are clear.
    y: Vec<u64>,
}

impl Examples {
    /// No examples yet, of n coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0, [`Error::TooLarge`] if it is above 2³⁶.
    pub fn none(n: usize) -> Result<Self> {
        let x = Signs::without_rows(n)?;
        Ok(Examples { x, y: Vec::new() })
    }

    /// The examples of a batch.
    ///
    /// # Errors
    /// [`Error::Label`] for a label other than ±1, [`Error::Mismatch`] unless there is a label for every input.
    pub fn of<F: Real>(batch: &Batch<F>) -> Result<Self> {
        let mut examples = Examples::none(batch.x.dim())?;
        examples.append(batch)?;
        Ok(examples)
    }

    /// Examples with labels as words, whose bits behind the last one are clear.
    pub(crate) fn of_words(x: Signs, y: Vec<u64>) -> Self {
        debug_assert_eq!(y.len(), x.rows().div_ceil(WORD));
        Examples { x, y }
    }

    /// Adds the examples of a batch.
    ///
    /// # Errors
    /// Those of [`of`](Examples::of), and [`Error::Mismatch`] for another number of coordinates; then nothing is added.
    pub fn append<F: Real>(&mut self, batch: &Batch<F>) -> Result<()> {
        batch.check_signs("")?;
        same_dim(self.dim(), batch.x.dim())?;
        self.append_signs(&batch.x, 0..batch.x.rows(), |row| batch.y[row] < F::zero());
        Ok(())
    }

    /// Adds rows `rows` of other examples of as many coordinates.
    ///
    /// # Panics
    /// If the dimensions differ or a row does not exist.
    pub(crate) fn append_rows(&mut self, from: &Examples, rows: Range<usize>) {
        self.append_signs(&from.x, rows, |row| from.is_negative(row));
    }

    /// Adds rows `rows` of inputs of as many coordinates, and their labels.
    ///
    /// # Panics
    /// If the dimensions differ or a row does not exist.
    pub(super) fn append_signs(
        &mut self,
        x: &Signs,
        rows: Range<usize>,
        is_negative: impl Fn(usize) -> bool,
    ) {
        let first = self.len();
        self.x.append_rows(x, rows.clone());
        self.y.resize(self.len().div_ceil(WORD), 0);
        for (to, row) in (first..).zip(rows) {
            self.y[to / WORD] |= u64::from(is_negative(row)) << (to % WORD);
        }
    }

    /// The number of examples m.
    pub fn len(&self) -> usize {
        self.x.rows()
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of coordinates n.
    pub fn dim(&self) -> usize {
        self.x.dim()
    }

    /// The inputs, shape `[m, n]`.
    pub fn x(&self) -> &Signs {
        &self.x
    }

    /// The labels as ⌈m/64⌉ words: that of example r in bit r mod 64 of word r/64, set where it is −1.
    pub fn labels(&self) -> &[u64] {
        &self.y
    }

    /// Whether the label of an example is −1.
    ///
    /// # Panics
    /// If there is no such example.
    pub fn is_negative(&self, row: usize) -> bool {
        assert!(row < self.len(), "example {row} of {}", self.len());
        bit(&self.y, row)
    }

    /// The columns of the inputs as words.
    pub fn planes(&self) -> Planes {
        Planes::of(&self.x)
    }

    /// The number of examples whose label is not χ_T(x).
    ///
    /// # Panics
    /// If a coordinate does not exist.
    pub fn wrong(&self, support: &[usize]) -> usize {
        let odd = |row| {
            let negative = support.iter().filter(|&&i| self.x.is_negative(row, i));
            negative.count() % 2 == 1
        };
        (0..self.len())
            .filter(|&row| odd(row) != self.is_negative(row))
            .count()
    }

    /// The number of different inputs.
    pub fn distinct(&self) -> usize {
        let mut rows: Vec<&[u64]> = (0..self.len()).map(|row| self.x.row(row)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.len()
    }

    /// The first example, and an earlier one with the same input, whose labels differ.
    pub fn contradiction(&self) -> Option<(usize, usize)> {
        let mut first = HashMap::new();
        (0..self.len()).find_map(|row| {
            let earlier = *first.entry(self.x.row(row)).or_insert(row);
            (self.is_negative(earlier) != self.is_negative(row)).then_some((row, earlier))
        })
    }

    /// Pairs of coordinates that are equal in all examples, at most `most` of them: a support with one of a pair cannot be
    /// told from that with the other.
    pub fn equal_columns(&self, most: usize) -> Vec<(usize, usize)> {
        let planes = self.planes();
        let mut first = HashMap::new();
        let pairs = (0..self.dim()).filter_map(|i| {
            let earlier = *first.entry(planes.column(i)).or_insert(i);
            (earlier != i).then_some((earlier, i))
        });
        pairs.take(most).collect()
    }
}

/// Bit r mod 64 of word r/64.
pub(super) fn bit(words: &[u64], row: usize) -> bool {
    words[row / WORD] >> (row % WORD) & 1 == 1
}

/// An error unless two numbers of coordinates agree.
pub(super) fn same_dim(expected: usize, found: usize) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Mismatch {
        what: "the number of coordinates n of the examples",
        expected,
        found,
        repair: "give examples of the same n",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Inputs as _, Sampler as _};
    use crate::data::{ParityDistribution, Uniform};
    use crate::seeds::{Purpose, Seeds};

    fn batch(n: usize, m: usize) -> Batch<f64> {
        let distribution = ParityDistribution::new(n, &[0, n - 1]).unwrap();
        assert_eq!(distribution.dim(), n);
        Batch::draw(&distribution, m, &mut (&Seeds::from(2)).into()).unwrap()
    }

    #[test]
    fn parts_added_one_by_one_are_the_whole() {
        for n in [2, 64, 130] {
            let whole = batch(n, 200);
            let (all, mut parts) = (Examples::of(&whole).unwrap(), Examples::none(n).unwrap());
            for (first, last) in [(0, 1), (1, 64), (64, 65), (65, 200)] {
                parts.append_rows(&all, first..last);
            }
            assert_eq!(parts, all);
            for (row, &y) in whole.y.iter().enumerate() {
                assert_eq!(all.is_negative(row), y < 0.0);
            }
        }
    }

    #[test]
    fn labels_that_are_no_signs_are_refused_with_their_row() {
        for value in [0.0, 0.5, 2.0, f64::NAN] {
            let mut bad = batch(5, 9);
            bad.y[7] = value;
            let error = Examples::of(&bad).unwrap_err().to_string();
            assert!(
                error.contains("row 7") && error.contains(&value.to_string()),
                "{error}"
            );
        }
        let mut good = Examples::of(&batch(5, 9)).unwrap();
        assert!(good.append(&batch(6, 9)).is_err());
        assert_eq!(good.len(), 9);
    }

    #[test]
    fn equal_inputs_are_counted_and_contradictions_found() {
        let mut whole = batch(40, 30);
        whole.x.copy_row(20, &whole.x.clone(), 4);
        whole.y[20] = whole.y[4];
        let examples = Examples::of(&whole).unwrap();
        assert_eq!((examples.distinct(), examples.contradiction()), (29, None));
        whole.y[20] = -whole.y[4];
        assert_eq!(Examples::of(&whole).unwrap().contradiction(), Some((20, 4)));
    }

    #[test]
    fn equal_columns_are_found() {
        let mut x = Signs::ones(50, 6).unwrap();
        Uniform::new(6)
            .unwrap()
            .draw(&mut Seeds::from(1).stream(Purpose::Train), &mut x);
        for row in 0..50 {
            if x.is_negative(row, 1) != x.is_negative(row, 4) {
                x.flip(row, 4);
            }
        }
        let y = ndarray::Array1::<f32>::ones(50);
        let examples = Examples::of(&Batch { x, y }).unwrap();
        assert_eq!(examples.equal_columns(10), [(1, 4)]);
    }
}
