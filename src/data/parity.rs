use super::Target;
use super::support::{Support, check_sizes};
use super::target::sign;
use crate::error::{Error, Result};
use crate::signs::Signs;
use rand::Rng;

/// The (n, k)-sparse parity of k = |S| hidden coordinates.
///
/// ```math
/// \chi_S(x) = \prod_{i \in S} x_i
/// ```
///
/// ```
/// use sparse_parity::data::Parity;
///
/// let parity = Parity::new(50, &[7, 3, 41])?;
/// assert_eq!((parity.n(), parity.k()), (50, 3));
/// assert_eq!(parity.support(), [3, 7, 41]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Parity(Support);

impl Parity {
    /// The parity of the given coordinates, counted from 0.
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0, [`Error::Degree`] if the support is empty,
    /// [`Error::SupportRange`] or [`Error::SupportRepeat`] unless it is a subset of `0..n`.
    pub fn new(n: usize, support: &[usize]) -> Result<Self> {
        Support::new(n, support).map(Parity)
    }

    /// A parity of k coordinates; the support is drawn uniformly among all C(n, k).
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0, [`Error::Degree`] unless 1 ≤ k ≤ n.
    pub fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        Support::random(n, k, rng).map(Parity)
    }

    /// A disjoint parity with the given support: coordinate i·n/k ≤ s < (i+1)·n/k in each block i.
    ///
    /// # Errors
    /// Those of [`Parity::new`]; [`Error::Blocks`] if k does not divide n, [`Error::SupportBlock`] if a
    /// block holds none or several coordinates of the support.
    pub fn disjoint(n: usize, support: &[usize]) -> Result<Self> {
        let parity = Parity::new(n, support)?;
        let k = parity.k();
        let width = block_width(n, k)?;
        for block in 0..k {
            let (start, end) = (block * width, (block + 1) * width);
            let found = support.iter().filter(|s| (start..end).contains(s)).count();
            if found != 1 {
                return Err(Error::SupportBlock {
                    support: parity.0.sorted,
                    block,
                    found,
                    start,
                    end,
                });
            }
        }
        Ok(parity)
    }

    /// A disjoint parity; its coordinate in each of the k blocks is drawn uniformly.
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0, [`Error::Degree`] unless 1 ≤ k ≤ n, [`Error::Blocks`] if k does
    /// not divide n.
    pub fn random_disjoint<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        check_sizes(n, k)?;
        let width = block_width(n, k)?;
        let support: Vec<_> = (0..k)
            .map(|block| block * width + rng.random_range(0..width as u64) as usize)
            .collect();
        Parity::new(n, &support)
    }

    /// The number of coordinates.
    pub fn n(&self) -> usize {
        self.0.n
    }

    /// The number of relevant coordinates.
    pub fn k(&self) -> usize {
        self.0.k()
    }

    /// The relevant coordinates S, ascending.
    pub fn support(&self) -> &[usize] {
        &self.0.sorted
    }

    /// Whether coordinate `i` is relevant.
    pub fn contains(&self, i: usize) -> bool {
        self.0.sorted.binary_search(&i).is_ok()
    }
}

fn block_width(n: usize, k: usize) -> Result<usize> {
    if !n.is_multiple_of(k) {
        return Err(Error::Blocks { n, k });
    }
    Ok(n / k)
}

impl Target for Parity {
    fn dim(&self) -> usize {
        self.n()
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        sign(self.0.negatives(x, row) % 2 == 1)
    }

    fn values(&self, x: &Signs, first: usize, y: &mut [f64]) {
        self.0.parities(x, first, y);
    }

    fn support(&self) -> Vec<usize> {
        self.0.sorted.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn random_supports_are_uniform_over_the_subsets() {
        // 10 subsets of 5, 4000 draws: a count is 400 ± 19; five deviations, chance 1e-5 in all.
        let rng = &mut Seeds::from(1).stream(Purpose::Support);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..4000 {
            let parity = Parity::random(5, 2, rng).unwrap();
            *counts.entry(parity.support().to_vec()).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 10);
        assert!(
            counts.values().all(|&c: &i32| (305..495).contains(&c)),
            "{counts:?}"
        );
    }

    #[test]
    fn random_disjoint_supports_have_one_coordinate_a_block() {
        let rng = &mut Seeds::from(1).stream(Purpose::Support);
        for _ in 0..50 {
            let parity = Parity::random_disjoint(12, 4, rng).unwrap();
            assert!(Parity::disjoint(12, parity.support()).is_ok());
        }
    }

    #[test]
    fn impossible_parities_are_errors_that_name_the_value() {
        let rng = &mut Seeds::from(1).stream(Purpose::Support);
        let told = |result: Result<Parity>| result.unwrap_err().to_string();
        assert!(told(Parity::random(5, 0, rng)).contains("k = 0"));
        assert!(told(Parity::random(5, 6, rng)).contains("k = 6 among n = 5"));
        assert!(told(Parity::random(0, 1, rng)).contains("n is 0"));
        assert!(told(Parity::new(0, &[])).contains("n is 0"));
        assert!(told(Parity::new(5, &[])).contains("k = 0"));
        assert!(told(Parity::new(5, &[1, 5])).contains("coordinate 5 of the support [1, 5]"));
        assert!(told(Parity::new(5, &[4, 1, 4])).contains("coordinate 4 stands twice"));
        assert!(told(Parity::disjoint(6, &[0, 1])).contains("2 coordinates in block 0"));
        assert!(told(Parity::disjoint(5, &[0, 4])).contains("multiple of k"));
        assert!(told(Parity::random_disjoint(5, 2, rng)).contains("multiple of k"));
        assert!(told(Parity::random_disjoint(5, 0, rng)).contains("k = 0"));
    }
}
