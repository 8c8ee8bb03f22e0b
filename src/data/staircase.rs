use super::Target;
use super::support::{Support, draw};
use super::target::sign;
use crate::error::Result;
use crate::signs::Signs;
use rand::Rng;

/// The staircase over s₁, …, s_k: a sum of parities, each with one coordinate more than the last.
///
/// ```math
/// f(x) = x_{s_1} + x_{s_1} x_{s_2} + \dots + x_{s_1} x_{s_2} \cdots x_{s_k}
/// ```
///
/// Once a term is learned, the next one differs from it by a single coordinate: see Abbe, Boix-Adsera,
/// Brennan, Bresler and Nagaraj, *The staircase property: how hierarchical structure can guide deep
/// learning*, NeurIPS 2021, and, for merged staircases, Abbe, Boix-Adsera and Misiakiewicz, *The
/// merged-staircase property*, COLT 2022.
///
/// The labels are integers from −k to k, meant for the square loss. Error rates compare signs. With an
/// even k the label can be 0, and no output counts as right, so that a run is never solved at an
/// accuracy of 1.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let staircase = Staircase::new(5, &[4, 0, 2])?;
/// let mut x = Signs::ones(1, 5)?;
/// assert_eq!(staircase.value(&x, 0), 3.0);
/// x.flip(0, 0); // 1 − 1 − 1
/// assert_eq!(staircase.value(&x, 0), -1.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Stored")
)]
pub struct Staircase {
    n: usize,
    coordinates: Vec<usize>,
}

/// The serialised form, whose fields are not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    n: usize,
    coordinates: Vec<usize>,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Staircase {
    type Error = crate::Error;

    fn try_from(stored: Stored) -> Result<Self> {
        Staircase::new(stored.n, &stored.coordinates)
    }
}

impl Staircase {
    /// The staircase over the given coordinates, counted from 0, the lowest step first.
    ///
    /// # Errors
    /// Those of [`Parity::new`](super::Parity::new).
    pub fn new(n: usize, coordinates: &[usize]) -> Result<Self> {
        Support::new(n, coordinates)?;
        let coordinates = coordinates.to_vec();
        Ok(Staircase { n, coordinates })
    }

    /// A staircase over k coordinates, drawn uniformly among all sets and orders.
    ///
    /// # Errors
    /// Those of [`Parity::random`](super::Parity::random).
    pub fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        Staircase::new(n, &draw(n, k, rng)?)
    }

    /// The coordinates, in the order of the steps.
    pub fn coordinates(&self) -> &[usize] {
        &self.coordinates
    }
}

impl Target for Staircase {
    fn dim(&self) -> usize {
        self.n
    }

    fn value(&self, x: &Signs, row: usize) -> f64 {
        assert_eq!(x.dim(), self.n, "the inputs have another dimension");
        let (mut step, mut sum) = (1.0, 0.0);
        for &i in &self.coordinates {
            step *= sign(x.is_negative(row, i));
            sum += step;
        }
        sum
    }

    fn support(&self) -> Vec<usize> {
        let mut support = self.coordinates.clone();
        support.sort_unstable();
        support
    }
}

#[cfg(test)]
mod tests {
    use super::super::target::tests::assert_labels;
    use super::*;

    #[test]
    fn labels_are_sums_of_parities_in_the_order_of_the_steps() {
        let one = Staircase::new(5, &[3]).unwrap();
        assert_labels(&one, |x| x[3]);
        let three = Staircase::new(5, &[3, 0, 4]).unwrap();
        assert_labels(&three, |x| x[3] + x[3] * x[0] + x[3] * x[0] * x[4]);
        let four = Staircase::new(4, &[2, 3, 1, 0]).unwrap();
        assert_labels(&four, |x| x[2] * (1.0 + x[3] * (1.0 + x[1] * (1.0 + x[0]))));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn the_order_of_the_steps_survives_a_file() {
        let staircase = Staircase::new(5, &[3, 0, 4]).unwrap();
        let text = serde_json::to_string(&staircase).unwrap();
        assert_eq!(serde_json::from_str::<Staircase>(&text).unwrap(), staircase);
        let outside = text.replace("[3,0,4]", "[3,0,5]");
        assert!(serde_json::from_str::<Staircase>(&outside).is_err());
    }
}
