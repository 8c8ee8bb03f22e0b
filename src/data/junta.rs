use super::Target;
use super::support::{Support, draw};
use super::target::sign;
use crate::error::{Error, Result, at_most};
use crate::signs::{MAX_CUBE_DIM, Signs};
use rand::Rng;

/// A k-junta: any function of k coordinates, by its truth table.
///
/// For coordinates s₀, s₁, … the label of x is the entry of the table whose index has bit j set where
/// x_{s_j} = −1, in the order of the rows of [`Signs::cube`].
///
/// ```
/// use sparse_parity::prelude::*;
///
/// // +1 exactly where x₄ = −1 and x₂ = +1.
/// let junta = Junta::new(5, &[4, 2], &[-1, 1, -1, -1])?;
/// let same = Junta::from_fn(5, &[4, 2], |x| if x == [-1, 1] { 1 } else { -1 })?;
/// assert_eq!(junta, same);
/// assert_eq!(junta.support(), [2, 4]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Stored", try_from = "Stored")
)]
pub struct Junta {
    n: usize,
    coordinates: Vec<usize>,
    /// One row of 2ᵏ labels.
    table: Signs,
}

/// The serialised form.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    n: usize,
    coordinates: Vec<usize>,
    table: Vec<i8>,
}

#[cfg(feature = "serde")]
impl From<Junta> for Stored {
    fn from(junta: Junta) -> Self {
        Stored {
            n: junta.n,
            table: junta.table(),
            coordinates: junta.coordinates,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Junta {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        Junta::new(stored.n, &stored.coordinates, &stored.table)
    }
}

impl Junta {
    /// The junta of the given coordinates, counted from 0, with a table of 2ᵏ labels ±1.
    ///
    /// # Errors
    /// Those of [`Parity::new`](super::Parity::new); [`Error::TooLarge`] for more than [`MAX_CUBE_DIM`]
    /// coordinates, [`Error::Mismatch`] for a table of another length than 2ᵏ,
    /// [`Error::TableEntry`] for an entry that is not ±1.
    pub fn new(n: usize, coordinates: &[usize], table: &[i8]) -> Result<Self> {
        let mut junta = Junta::constant(n, coordinates)?;
        let (expected, found) = (junta.table.dim(), table.len());
        if expected != found {
            return Err(Error::Mismatch {
                what: "the length of the truth table",
                expected,
                found,
                repair: "give a label for each setting of the coordinates",
            });
        }
        if let Some(index) = table.iter().position(|entry| entry.unsigned_abs() != 1) {
            let value = table[index];
            return Err(Error::TableEntry { index, value });
        }
        junta.table.fill_with(|_, index| table[index] < 0);
        Ok(junta)
    }

    /// The junta whose label is `label(x)` of the given coordinates, in the order listed.
    ///
    /// # Errors
    /// Those of [`Junta::new`].
    pub fn from_fn(n: usize, coordinates: &[usize], label: impl Fn(&[i8]) -> i8) -> Result<Self> {
        let entries = Junta::constant(n, coordinates)?.table.dim();
        let mut x = vec![1; coordinates.len()];
        let table: Vec<_> = (0..entries)
            .map(|index| {
                for (j, x) in x.iter_mut().enumerate() {
                    *x = if index >> j & 1 == 1 { -1 } else { 1 };
                }
                label(&x)
            })
            .collect();
        Junta::new(n, coordinates, &table)
    }

    /// A junta of k coordinates with independent uniform labels; the coordinates are drawn uniformly.
    ///
    /// A small table may happen to be independent of some of its coordinates.
    ///
    /// # Errors
    /// Those of [`Parity::random`](super::Parity::random); [`Error::TooLarge`] if k is above
    /// [`MAX_CUBE_DIM`].
    pub fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        let mut junta = Junta::constant(n, &draw(n, k, rng)?)?;
        junta.table.randomize(rng);
        Ok(junta)
    }

    /// The junta that is +1 everywhere.
    fn constant(n: usize, coordinates: &[usize]) -> Result<Self> {
        let k = Support::new(n, coordinates)?.k();
        at_most("the number of coordinates of a junta", k, MAX_CUBE_DIM)?;
        Ok(Junta {
            n,
            coordinates: coordinates.to_vec(),
            table: Signs::ones(1, 1 << k)?,
        })
    }

    /// The coordinates, in the order of the table.
    pub fn coordinates(&self) -> &[usize] {
        &self.coordinates
    }

    /// The labels, in the order of the table.
    pub fn table(&self) -> Vec<i8> {
        let label = |index| if self.is_negative(index) { -1 } else { 1 };
        (0..self.table.dim()).map(label).collect()
    }

    fn is_negative(&self, index: usize) -> bool {
        self.table.is_negative(0, index)
    }
}

impl Target for Junta {
    fn dim(&self) -> usize {
        self.n
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        assert_eq!(x.dim(), self.n, "the inputs have another dimension");
        let bit = |(j, &i): (usize, &usize)| usize::from(x.is_negative(row, i)) << j;
        let index = self.coordinates.iter().enumerate().map(bit).sum();
        sign(self.is_negative(index))
    }

    /// The coordinates on which the table depends.
    fn support(&self) -> Vec<usize> {
        let label = |index| self.is_negative(index);
        let depends = |j: usize| (0..self.table.dim()).any(|at| label(at) != label(at ^ 1 << j));
        let coordinates = self.coordinates.iter().enumerate();
        let mut support: Vec<_> = coordinates
            .filter_map(|(j, &i)| depends(j).then_some(i))
            .collect();
        support.sort_unstable();
        support
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::tests::assert_labels;
    use super::*;
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn labels_are_entries_of_the_table() {
        // x₁ if x₆ = +1, and x₃ otherwise; listed out of order.
        let table = [1, 1, -1, 1, 1, -1, -1, -1];
        let junta = Junta::new(7, &[6, 1, 3], &table).unwrap();
        assert_eq!(junta.table(), table);
        assert_labels(&junta, |x| if x[6] > 0.0 { x[1] } else { x[3] });
        let choose = |x: &[i8]| if x[0] > 0 { x[1] } else { x[2] };
        assert_eq!(Junta::from_fn(7, &[6, 1, 3], choose).unwrap(), junta);
    }

    #[test]
    fn coordinates_that_the_table_ignores_are_not_relevant() {
        let junta = Junta::from_fn(4, &[3, 0, 2], |x| x[0] * x[2]).unwrap();
        assert_labels(&junta, |x| x[3] * x[2]);
        assert_labels(&Junta::from_fn(4, &[1, 2], |_| -1).unwrap(), |_| -1.0);
    }

    #[test]
    fn random_juntas_are_determined_by_their_generator() {
        let draw = || Junta::random(9, 4, &mut Seeds::from(1).stream(Purpose::Support)).unwrap();
        assert_eq!(draw(), draw());
        assert_eq!(draw().coordinates().len(), 4);
        let junta = draw();
        let again = Junta::from_fn(9, junta.coordinates(), |x| {
            let bit = |(j, &x): (usize, &i8)| usize::from(x < 0) << j;
            let index = x.iter().enumerate().map(bit).sum();
            if junta.is_negative(index) { -1 } else { 1 }
        });
        assert_eq!(again.unwrap(), junta);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn impossible_tables_are_not_read_from_files() {
        let text = serde_json::to_string(&Junta::new(5, &[3, 1], &[1, 1, -1, 1]).unwrap()).unwrap();
        let read = |text: &str| serde_json::from_str::<Junta>(text);
        assert_eq!(read(&text).unwrap().coordinates(), [3, 1]);
        for bad in ["[3]", "[3,5]", "[1,1]", "[3,1,2]"] {
            assert!(read(&text.replace("[3,1]", bad)).is_err(), "{bad}");
        }
        assert!(read(&text.replace("-1", "0")).is_err());
    }
}
