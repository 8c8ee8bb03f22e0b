use super::Target;
use super::support::Support;
use super::target::sign;
use crate::error::{Error, Result};
use crate::signs::Signs;
use rand::Rng;

/// The majority of k hidden coordinates, k odd.
///
/// ```math
/// \mathrm{Maj}_S(x) = \mathrm{sign} \sum_{i \in S} x_i
/// ```
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let majority = Majority::new(50, &[7, 3, 41])?;
/// assert_eq!(majority.value(&Signs::ones(1, 50)?, 0), 1.0);
/// assert!(Majority::new(50, &[7, 3]).is_err());
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Support", try_from = "Support")
)]
pub struct Majority(Support);

impl Majority {
    /// The majority of the given coordinates, counted from 0.
    ///
    /// # Errors
    /// Those of [`Parity::new`](super::Parity::new), and [`Error::EvenMajority`] for an even number of
    /// coordinates, which can tie.
    pub fn new(n: usize, support: &[usize]) -> Result<Self> {
        Support::new(n, support)?.try_into()
    }

    /// The majority of k coordinates, drawn uniformly among all C(n, k) sets.
    ///
    /// # Errors
    /// Those of [`Parity::random`](super::Parity::random), and [`Error::EvenMajority`] if k is even.
    pub fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        Support::random(n, k, rng)?.try_into()
    }
}

impl From<Majority> for Support {
    fn from(majority: Majority) -> Self {
        majority.0
    }
}

impl TryFrom<Support> for Majority {
    type Error = Error;

    fn try_from(support: Support) -> Result<Self> {
        match support.k() {
            k if k % 2 == 0 => Err(Error::EvenMajority { k }),
            _ => Ok(Majority(support)),
        }
    }
}

impl Target for Majority {
    fn dim(&self) -> usize {
        self.0.n
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        sign(2 * self.0.negatives(x, row) > self.0.k())
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
    fn labels_are_signs_of_sums_over_the_support() {
        for s in [
            vec![2],
            vec![6, 0, 3],
            vec![1, 2, 4, 5, 6],
            (0..7).collect(),
        ] {
            let majority = Majority::new(7, &s).unwrap();
            assert_labels(&majority, |x| s.iter().map(|&i| x[i]).sum::<f64>().signum());
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn an_even_majority_is_not_read_from_a_file() {
        let text = serde_json::to_string(&Majority::new(5, &[1, 2, 3]).unwrap()).unwrap();
        assert!(serde_json::from_str::<Majority>(&text).is_ok(), "{text}");
        let even = text.replace("[1,2,3]", "[1,2]");
        assert!(serde_json::from_str::<Majority>(&even).is_err(), "{even}");
    }
}
