use super::Inputs;
use super::inputs::assert_dim;
use crate::error::{Error, Result};
use crate::seeds::LabRng;
use crate::signs::Signs;
use rand::distr::{Bernoulli, Distribution};

/// A mixture of two distributions of inputs: each example is drawn from the first with probability ρ, and otherwise from the
/// second, independently of the others.
///
/// A small share of sparse inputs makes parities of high degree easy to learn: Abbe, Cornacchia and Lotfi, *Provable advantage
/// of curriculum learning on parity targets with mixed inputs*, NeurIPS 2023, arXiv 2306.16921.
///
/// A mixture is a distribution, so that its second part can be a mixture, too. It keeps a scratch matrix for the examples of
/// the second part while it draws.
///
/// ```
/// use sparse_parity::data::Mixture;
/// use sparse_parity::prelude::*;
///
/// let mixed = Mixture::new(Biased::new(50, 0.01)?, 0.25, Uniform::new(50)?)?;
/// let mut x = Signs::ones(1000, 50)?;
/// mixed.draw(&mut Seeds::from(1).stream(Purpose::Train), &mut x);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        into = "Stored<A, B>",
        try_from = "Stored<A, B>",
        bound(
            serialize = "A: Clone + serde::Serialize, B: Clone + serde::Serialize",
            deserialize = "A: Inputs + serde::Deserialize<'de>, B: Inputs + serde::Deserialize<'de>"
        )
    )
)]
pub struct Mixture<A, B> {
    first: A,
    share: f64,
    coin: Bernoulli,
    second: B,
}

/// The serialised form, whose share and dimensions are not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<A, B> {
    first: A,
    share: f64,
    second: B,
}

#[cfg(feature = "serde")]
impl<A, B> From<Mixture<A, B>> for Stored<A, B> {
    fn from(mixture: Mixture<A, B>) -> Self {
        let Mixture {
            first,
            share,
            second,
            ..
        } = mixture;
        Stored {
            first,
            share,
            second,
        }
    }
}

#[cfg(feature = "serde")]
impl<A: Inputs, B: Inputs> TryFrom<Stored<A, B>> for Mixture<A, B> {
    type Error = Error;

    fn try_from(stored: Stored<A, B>) -> Result<Self> {
        Mixture::new(stored.first, stored.share, stored.second)
    }
}

impl<A: Inputs, B: Inputs> Mixture<A, B> {
    /// Examples of `first` with probability `share`, and otherwise of `second`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless the share is in [0, 1], [`Error::Mismatch`] if the two have different dimensions.
    pub fn new(first: A, share: f64, second: B) -> Result<Self> {
        let coin = Bernoulli::new(share).map_err(|_| Error::OutOfRange {
            what: "the share of the first distribution",
            value: share,
            range: "[0, 1]",
        })?;
        let (expected, found) = (first.dim(), second.dim());
        if expected != found {
            return Err(Error::Mismatch {
                what: "the dimension n of the second distribution",
                expected,
                found,
                repair: "build both for the same n",
            });
        }
        Ok(Mixture {
            first,
            share,
            coin,
            second,
        })
    }

    /// The probability ρ of the first distribution.
    pub fn share(&self) -> f64 {
        self.share
    }
}

/// First a coin a row, then every row from the first distribution, and then those of the second.
impl<A: Inputs, B: Inputs> Inputs for Mixture<A, B> {
    fn dim(&self) -> usize {
        self.first.dim()
    }

    fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
        assert_dim(self, x);
        let others = (0..x.rows()).filter(|_| !self.coin.sample(rng));
        let others: Vec<usize> = others.collect();
        self.first.draw(rng, x);
        if others.is_empty() {
            return;
        }
        let mut second = Signs::ones(others.len(), x.dim()).expect("the batch is larger");
        self.second.draw(rng, &mut second);
        for (from, row) in others.into_iter().enumerate() {
            x.copy_row(row, &second, from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::inputs::tests::bits;
    use super::*;
    use crate::data::{Biased, Uniform};
    use crate::seeds::{Purpose, Seeds};

    fn drawn(inputs: &impl Inputs, rows: usize) -> Vec<Vec<u8>> {
        let mut x = Signs::ones(rows, inputs.dim()).unwrap();
        inputs.draw(&mut Seeds::from(4).stream(Purpose::Train), &mut x);
        bits(&x)
    }

    /// Nearly all −1 and nearly all +1, so that a row tells its distribution.
    fn opposite(share: f64) -> Mixture<Biased, Biased> {
        let [first, second] = [0.99, 0.01].map(|p| Biased::new(30, p).unwrap());
        Mixture::new(first, share, second).unwrap()
    }

    #[test]
    fn rows_come_from_either_distribution_with_their_probability() {
        for share in [0.0, 0.1, 0.75, 1.0] {
            let rows = drawn(&opposite(share), 4000);
            let ones = |row: &Vec<u8>| row.iter().map(|&bit| usize::from(bit)).sum::<usize>();
            let first = rows.iter().filter(|row| ones(row) > 15).count();
            let deviation = (4000.0 * share * (1.0 - share)).sqrt();
            let expected = 4000.0 * share;
            assert!(
                (first as f64 - expected).abs() <= 4.0 * deviation,
                "{first} at {share}"
            );
            // No row is of both.
            assert!(rows.iter().all(|row| !(8..23).contains(&ones(row))));
        }
    }

    #[test]
    fn the_first_inputs_of_a_seed_never_change() {
        let mixed = Mixture::new(Biased::new(6, 0.1).unwrap(), 0.5, Uniform::new(6).unwrap());
        let pinned = [
            [1, 0, 0, 0, 0, 1],
            [0, 1, 1, 1, 0, 0],
            [0, 1, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ];
        assert_eq!(drawn(&mixed.unwrap(), 4), pinned);
    }

    #[test]
    fn mixtures_that_are_none_are_refused() {
        let uniform = |n| Uniform::new(n).unwrap();
        for share in [-0.1, 1.1, f64::NAN] {
            let told = Mixture::new(uniform(3), share, uniform(3)).unwrap_err();
            assert!(matches!(told, Error::OutOfRange { .. }), "{told}");
        }
        let told = Mixture::new(uniform(3), 0.5, uniform(4)).unwrap_err();
        assert!(matches!(
            told,
            Error::Mismatch {
                expected: 3,
                found: 4,
                ..
            }
        ));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_mixture_survives_a_file_and_a_bad_share_does_not() {
        let mixture = opposite(0.25);
        let text = serde_json::to_string(&mixture).unwrap();
        let again: Mixture<Biased, Biased> = serde_json::from_str(&text).unwrap();
        assert_eq!(again, mixture);
        let bad = text.replace("\"share\":0.25", "\"share\":1.5");
        assert!(serde_json::from_str::<Mixture<Biased, Biased>>(&bad).is_err());
    }
}
