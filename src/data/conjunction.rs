use super::Target;
use super::support::Support;
use super::target::sign;
use crate::error::Result;
use crate::signs::Signs;
use rand::Rng;

/// The sparse AND: +1 where all of k hidden coordinates are +1, and −1 elsewhere.
///
/// ```math
/// f(x) = +1 \iff x_i = +1 \text{ for all } i \in S
/// ```
///
/// Under uniform inputs only a share 2⁻ᵏ of the labels is +1, and every coordinate of S correlates with
/// the label, so that it is easy to learn, unlike a parity.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let and = Conjunction::new(3, &[0, 2])?;
/// let cube = Signs::cube(3)?;
/// let positive = (0..8).filter(|&row| and.value(&cube, row) > 0.0);
/// assert_eq!(positive.collect::<Vec<_>>(), [0b000, 0b010]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Conjunction(Support);

impl Conjunction {
    /// The AND of the given coordinates, counted from 0.
    ///
    /// # Errors
    /// Those of [`Parity::new`](super::Parity::new).
    pub fn new(n: usize, support: &[usize]) -> Result<Self> {
        Support::new(n, support).map(Conjunction)
    }

    /// The AND of k coordinates, drawn uniformly among all C(n, k) sets.
    ///
    /// # Errors
    /// Those of [`Parity::random`](super::Parity::random).
    pub fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        Support::random(n, k, rng).map(Conjunction)
    }
}

impl Target for Conjunction {
    fn dim(&self) -> usize {
        self.0.n
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        sign(self.0.negatives(x, row) > 0)
    }

    fn support(&self) -> Vec<usize> {
        self.0.sorted.clone()
    }
}

/// The sparse OR: +1 where at least one of k hidden coordinates is +1, and −1 elsewhere.
///
/// ```math
/// f(x) = +1 \iff x_i = +1 \text{ for some } i \in S
/// ```
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let or = Disjunction::new(3, &[0, 2])?;
/// let cube = Signs::cube(3)?;
/// let negative = (0..8).filter(|&row| or.value(&cube, row) < 0.0);
/// assert_eq!(negative.collect::<Vec<_>>(), [0b101, 0b111]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Disjunction(Support);

impl Disjunction {
    /// The OR of the given coordinates, counted from 0.
    ///
    /// # Errors
    /// Those of [`Parity::new`](super::Parity::new).
    pub fn new(n: usize, support: &[usize]) -> Result<Self> {
        Support::new(n, support).map(Disjunction)
    }

    /// The OR of k coordinates, drawn uniformly among all C(n, k) sets.
    ///
    /// # Errors
    /// Those of [`Parity::random`](super::Parity::random).
    pub fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        Support::random(n, k, rng).map(Disjunction)
    }
}

impl Target for Disjunction {
    fn dim(&self) -> usize {
        self.0.n
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        sign(self.0.negatives(x, row) == self.0.k())
    }

    fn support(&self) -> Vec<usize> {
        self.0.sorted.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::tests::assert_labels;
    use super::*;

    #[test]
    fn labels_are_and_and_or_of_the_support() {
        for s in [vec![1], vec![4, 0], vec![5, 2, 3], (0..6).collect()] {
            let and = Conjunction::new(6, &s).unwrap();
            assert_labels(&and, |x| s.iter().map(|&i| x[i]).fold(1.0, f64::min));
            let or = Disjunction::new(6, &s).unwrap();
            assert_labels(&or, |x| s.iter().map(|&i| x[i]).fold(-1.0, f64::max));
        }
    }
}
