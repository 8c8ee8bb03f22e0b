//! Sets of relevant coordinates: their validation and their random choice.

use crate::error::{Error, MOST_COORDINATES, Result, at_most, positive};
use crate::signs::{Columns, Signs};
use rand::Rng;
use rand::seq::index;
use std::fmt;

/// A set of k ≥ 1 different coordinates among n.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Stored", try_from = "Stored")
)]
pub(super) struct Support {
    /// The coordinates, ascending.
    pub(super) sorted: Vec<usize>,
    columns: Columns,
    /// The number of all coordinates.
    pub(super) n: usize,
}

/// As error messages name it.
impl fmt::Debug for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n = {}, S = {:?}", self.n, self.sorted)
    }
}

/// The serialised form.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    n: usize,
    support: Vec<usize>,
}

#[cfg(feature = "serde")]
impl From<Support> for Stored {
    fn from(support: Support) -> Self {
        let Support { n, sorted, .. } = support;
        Stored { n, support: sorted }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Support {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        Support::new(stored.n, &stored.support)
    }
}

impl Support {
    /// The given coordinates, counted from 0.
    pub(super) fn new(n: usize, coordinates: &[usize]) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        if coordinates.is_empty() {
            return Err(Error::Degree { k: 0, n });
        }
        let columns = Columns::new(n, coordinates)?;
        let mut sorted = coordinates.to_vec();
        sorted.sort_unstable();
        Ok(Support { sorted, columns, n })
    }

    /// k coordinates, drawn uniformly among all C(n, k) sets.
    pub(super) fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        Support::new(n, &draw(n, k, rng)?)
    }

    pub(super) fn k(&self) -> usize {
        self.sorted.len()
    }

    /// Writes the parities of the rows from `first` on.
    pub(super) fn parities(&self, x: &Signs, first: usize, y: &mut [f64]) {
        self.columns.products(x, first, y);
    }

    pub(super) fn negatives(&self, x: &Signs, row: usize) -> usize {
        self.columns.negatives(x, row)
    }
}

/// k different coordinates in random order.
pub(super) fn draw<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Vec<usize>> {
    check_sizes(n, k)?;
    Ok(index::sample(rng, n, k).into_vec())
}

/// Succeeds if k of n coordinates can be drawn.
pub(super) fn check_sizes(n: usize, k: usize) -> Result<()> {
    let what = "the number of coordinates n";
    at_most(what, positive(what, n)?, MOST_COORDINATES)?;
    if k == 0 || k > n {
        return Err(Error::Degree { k, n });
    }
    Ok(())
}
