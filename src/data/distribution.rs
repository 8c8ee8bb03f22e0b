use super::{Batch, DataRng, Labelled, Parity, Sampler, Uniform};
use crate::error::Result;
use crate::real::Real;
use rand::Rng;

/// The distribution D_S of the paper: x uniform on {±1}ⁿ and y = χ_S(x), optionally with label noise.
///
/// It is a [`Labelled`] distribution with [`Uniform`](super::Uniform) inputs and a parity as the target.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::random(50, 3, &mut seeds.stream(Purpose::Support))?;
/// let noisy = distribution.clone().with_label_noise(0.1)?;
/// let batch = Batch::<f32>::draw(&noisy, 1000, &mut (&seeds).into())?;
/// let clean = Batch::<f32>::draw(&distribution, 1000, &mut (&seeds).into())?;
/// assert_eq!(batch.x, clean.x);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "Stored", try_from = "Stored")
)]
pub struct ParityDistribution(Labelled<Uniform, Parity>);

/// The serialised form.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    parity: Parity,
    noise: f64,
}

#[cfg(feature = "serde")]
impl From<ParityDistribution> for Stored {
    fn from(distribution: ParityDistribution) -> Self {
        Stored {
            parity: distribution.parity().clone(),
            noise: distribution.label_noise(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for ParityDistribution {
    type Error = crate::Error;

    fn try_from(stored: Stored) -> Result<Self> {
        ParityDistribution::from(stored.parity).with_label_noise(stored.noise)
    }
}

impl From<Parity> for ParityDistribution {
    fn from(parity: Parity) -> Self {
        ParityDistribution(Labelled::uniform(parity))
    }
}

impl ParityDistribution {
    /// The distribution of the parity of the given coordinates.
    ///
    /// # Errors
    /// Those of [`Parity::new`].
    pub fn new(n: usize, support: &[usize]) -> Result<Self> {
        Parity::new(n, support).map(Self::from)
    }

    /// The distribution of a parity of k coordinates; the support is drawn uniformly.
    ///
    /// # Errors
    /// Those of [`Parity::random`].
    pub fn random<R: Rng + ?Sized>(n: usize, k: usize, rng: &mut R) -> Result<Self> {
        Parity::random(n, k, rng).map(Self::from)
    }

    /// The same distribution with every label flipped independently with probability p.
    ///
    /// # Errors
    /// [`Error::Noise`](crate::Error::Noise) unless 0 ≤ p < 1/2.
    pub fn with_label_noise(self, p: f64) -> Result<Self> {
        self.0.with_label_noise(p).map(ParityDistribution)
    }

    /// The parity that gives the clean labels.
    pub fn parity(&self) -> &Parity {
        self.0.target()
    }

    /// The probability p that a label is flipped.
    pub fn label_noise(&self) -> f64 {
        self.0.label_noise()
    }
}

impl Sampler for ParityDistribution {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn identity(&self) -> String {
        self.0.identity()
    }

    fn sample_into<F: Real>(&self, rng: &mut DataRng, batch: &mut Batch<F>) {
        self.0.sample_into(rng, batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::Seeds;

    #[test]
    fn labels_are_products_over_the_support() {
        let distribution = ParityDistribution::new(70, &[0, 63, 64, 69]).unwrap();
        let batch = Batch::<f64>::draw(&distribution, 200, &mut (&Seeds::from(4)).into()).unwrap();
        let x = batch.x.to_array::<f64>();
        for (row, &y) in x.rows().into_iter().zip(&batch.y) {
            assert_eq!(y, row[0] * row[63] * row[64] * row[69]);
        }
    }

    #[test]
    fn noise_flips_the_stated_share_of_labels_and_no_input() {
        let clean = ParityDistribution::new(20, &[1, 2]).unwrap();
        let noisy = clean.clone().with_label_noise(0.25).unwrap();
        assert_eq!([clean.label_noise(), noisy.label_noise()], [0.0, 0.25]);
        let draw = |distribution| {
            Batch::<f32>::draw(distribution, 10_000, &mut (&Seeds::from(4)).into()).unwrap()
        };
        let (a, b) = (draw(&clean), draw(&noisy));
        assert_eq!(a.x, b.x);
        let flips = a.y.iter().zip(&b.y).filter(|(a, b)| a != b).count();
        // 2500 ± 43; five deviations, a chance below 1e-6.
        assert!((2285..2715).contains(&flips), "{flips}");
    }

    #[test]
    fn the_first_examples_of_a_seed_never_change() {
        let distribution = ParityDistribution::new(6, &[0, 5])
            .unwrap()
            .with_label_noise(0.3)
            .unwrap();
        let batch = Batch::<f64>::draw(&distribution, 4, &mut (&Seeds::from(1)).into()).unwrap();
        let bits = |row| {
            (0..6)
                .map(|i| u8::from(batch.x.is_negative(row, i)))
                .collect::<Vec<_>>()
        };
        let rows: Vec<_> = (0..4).map(bits).collect();
        let pinned = [
            [0, 1, 0, 1, 1, 1],
            [1, 1, 0, 1, 0, 0],
            [0, 1, 1, 0, 1, 0],
            [0, 0, 1, 1, 1, 1],
        ];
        assert_eq!(rows, pinned);
        assert_eq!(batch.y.to_vec(), [-1.0, -1.0, 1.0, -1.0]);
    }

    #[test]
    fn noise_outside_its_range_is_refused() {
        for p in [-0.1, 0.5, 1.0, f64::NAN] {
            let distribution = ParityDistribution::new(6, &[0]).unwrap();
            let error = distribution.with_label_noise(p).unwrap_err().to_string();
            assert!(error.contains(&format!("p = {p}")), "{error}");
        }
    }
}
