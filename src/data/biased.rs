use super::Inputs;
use super::inputs::assert_dim;
use crate::error::{Error, Result, at_most, positive};
use crate::seeds::LabRng;
use crate::signs::Signs;
use rand::distr::{Bernoulli, Distribution};

/// A product distribution on {±1}ⁿ: independent coordinates, the i-th −1 with probability p_i.
///
/// ```math
/// P(x_i = -1) = p_i, \qquad P(x_i = +1) = 1 - p_i, \qquad E[x_i] = 1 - 2 p_i
/// ```
///
/// This is the convention of O'Donnell, *Analysis of Boolean Functions*, definition 8.26. In Rad(p)
/// of Abbe, Cornacchia and Lotfi, and of Cornacchia and Mossel (titles at
/// [`Curriculum`](super::Curriculum)), a coordinate is +1 with probability p: their p is 1 − p
/// here.
///
/// Unlike under the uniform distribution, a parity correlates with each of its coordinates. An easy biased
/// phase can therefore precede the uniform one: see [`Curriculum`](super::Curriculum).
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let distribution = Biased::each(&[0.1, 0.5, 0.9])?;
/// assert_eq!((distribution.mean(1), distribution.mean(0)), (0.0, 0.8));
/// let mut x = Signs::ones(8, 3)?;
/// distribution.draw(&mut Seeds::from(1).stream(Purpose::Train), &mut x);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Vec<f64>", try_from = "Vec<f64>")
)]
pub struct Biased {
    p: Vec<f64>,
    coins: Vec<Bernoulli>,
}

impl Biased {
    /// n coordinates, each −1 with probability p.
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0, [`Error::TooLarge`] above 2²⁴, [`Error::Bias`] unless 0 < p < 1.
    pub fn new(n: usize, p: f64) -> Result<Self> {
        Biased::try_from(vec![p; at_most(N, n, MOST_BIASED)?])
    }

    /// A coordinate for every entry of `p`, its probability of −1.
    ///
    /// # Errors
    /// [`Error::Zero`] if `p` is empty, [`Error::Bias`] unless 0 < p_i < 1 for all.
    pub fn each(p: &[f64]) -> Result<Self> {
        Biased::try_from(p.to_vec())
    }

    /// The probabilities p_i of −1.
    pub fn p(&self) -> &[f64] {
        &self.p
    }

    /// The mean 1 − 2 p_i of coordinate i.
    ///
    /// # Panics
    /// If the coordinate does not exist.
    pub fn mean(&self, i: usize) -> f64 {
        1.0 - 2.0 * self.p[i]
    }
}

const N: &str = "the number of coordinates n";
/// The most coordinates, each of which has a probability and a generator of its own.
const MOST_BIASED: usize = 1 << 24;

fn coin(coordinate: usize, p: f64) -> Result<Bernoulli> {
    match Bernoulli::new(p) {
        Ok(coin) if p > 0.0 && p < 1.0 => Ok(coin),
        _ => Err(Error::Bias { coordinate, p }),
    }
}

impl From<Biased> for Vec<f64> {
    fn from(distribution: Biased) -> Self {
        distribution.p
    }
}

impl TryFrom<Vec<f64>> for Biased {
    type Error = Error;

    fn try_from(p: Vec<f64>) -> Result<Self> {
        positive(N, p.len())?;
        let coins = p.iter().enumerate().map(|(i, &p)| coin(i, p));
        let coins = coins.collect::<Result<_>>()?;
        Ok(Biased { p, coins })
    }
}

/// Row after row, coordinate after coordinate takes one 64-bit word of the generator, which is
/// compared with p_i · 2⁶⁴.
impl Inputs for Biased {
    fn dim(&self) -> usize {
        self.p.len()
    }

    fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
        assert_dim(self, x);
        x.fill_with(|_, column| self.coins[column].sample(rng));
    }
}

#[cfg(test)]
mod tests {
    use super::super::inputs::tests::bits;
    use super::*;
    use crate::seeds::{Purpose, Seeds};

    /// The share of −1 in every coordinate of 10 000 rows.
    fn shares(distribution: &Biased) -> Vec<f64> {
        let mut x = Signs::ones(10_000, distribution.dim()).unwrap();
        distribution.draw(&mut Seeds::from(4).stream(Purpose::Train), &mut x);
        let count = |i| (0..x.rows()).filter(|&row| x.is_negative(row, i)).count();
        (0..distribution.dim())
            .map(|i| count(i) as f64 / 1e4)
            .collect()
    }

    #[test]
    fn every_coordinate_is_negative_with_its_probability() {
        let p = [0.01, 0.25, 0.5, 0.9, 0.999];
        for distribution in [Biased::each(&p).unwrap(), Biased::new(70, 0.2).unwrap()] {
            for (i, (share, &p)) in shares(&distribution)
                .into_iter()
                .zip(distribution.p())
                .enumerate()
            {
                let deviation = (p * (1.0 - p) / 1e4).sqrt();
                // Five deviations; a chance below 1e-4 in all.
                assert!((share - p).abs() < 5.0 * deviation, "{i}: {share}, not {p}");
                assert_eq!(distribution.mean(i), 1.0 - 2.0 * p);
            }
        }
    }

    #[test]
    fn coordinates_are_independent() {
        let distribution = Biased::new(2, 0.3).unwrap();
        let mut x = Signs::ones(10_000, 2).unwrap();
        distribution.draw(&mut Seeds::from(4).stream(Purpose::Train), &mut x);
        let both = |&row: &usize| x.is_negative(row, 0) && x.is_negative(row, 1);
        let share = (0..10_000).filter(both).count() as f64 / 1e4;
        assert!((share - 0.09).abs() < 5.0 * (0.09_f64 * 0.91 / 1e4).sqrt());
    }

    #[test]
    fn the_first_rows_of_a_seed_never_change() {
        let distribution = Biased::each(&[0.1, 0.3, 0.5, 0.7, 0.9, 0.2]).unwrap();
        let mut x = Signs::ones(4, 6).unwrap();
        distribution.draw(&mut Seeds::from(1).stream(Purpose::Train), &mut x);
        let pinned = [
            [0, 1, 1, 1, 0, 0],
            [0, 0, 0, 0, 1, 0],
            [0, 1, 0, 0, 1, 0],
            [0, 1, 0, 1, 1, 0],
        ];
        assert_eq!(bits(&x), pinned);
    }
}
