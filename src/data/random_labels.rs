use super::{Batch, DataRng, Sampler};
use crate::error::{Error, Result, positive};
use crate::real::Real;
use crate::simd::dispatch;
use rand::RngCore;

/// The control distribution: x uniform on {±1}ⁿ and y uniform on ±1, independent of x.
///
/// Nothing can be learned, so a progress measure must not rise as it does on a parity.
/// With equal seeds the inputs are those of [`ParityDistribution`](super::ParityDistribution).
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let parity = ParityDistribution::new(50, &[1, 2, 3])?;
/// let real = Batch::<f32>::draw(&parity, 64, &mut (&seeds).into())?;
/// let control = Batch::<f32>::draw(&RandomLabels::new(50)?, 64, &mut (&seeds).into())?;
/// assert_eq!(real.x, control.x);
/// assert_ne!(real.y, control.y);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "usize", try_from = "usize")
)]
pub struct RandomLabels {
    n: usize,
}

impl RandomLabels {
    /// Random labels for inputs of n coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0.
    pub fn new(n: usize) -> Result<Self> {
        let n = positive("the number of coordinates n", n)?;
        Ok(RandomLabels { n })
    }
}

impl From<RandomLabels> for usize {
    fn from(distribution: RandomLabels) -> usize {
        distribution.n
    }
}

impl TryFrom<usize> for RandomLabels {
    type Error = Error;

    fn try_from(n: usize) -> Result<Self> {
        RandomLabels::new(n)
    }
}

impl Sampler for RandomLabels {
    fn dim(&self) -> usize {
        self.n
    }

    fn identity(&self) -> String {
        format!("distribution = {self:?}")
    }

    fn sample_into<F: Real>(&self, rng: &mut DataRng, batch: &mut Batch<F>) {
        batch.x.randomize(&mut rng.inputs);
        let y = batch.y.as_slice_mut().expect("labels are contiguous");
        for labels in y.chunks_mut(64) {
            let word = rng.labels.next_u64();
            dispatch(|| {
                for (bit, y) in labels.iter_mut().enumerate() {
                    *y = if word >> bit & 1 == 1 {
                        -F::one()
                    } else {
                        F::one()
                    };
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::Seeds;

    #[test]
    fn labels_are_fair_coins() {
        let distribution = RandomLabels::new(5).unwrap();
        let batch =
            Batch::<f64>::draw(&distribution, 10_000, &mut (&Seeds::from(4)).into()).unwrap();
        // The sum has deviation 100; five deviations, a chance below 1e-6.
        assert!(batch.y.sum().abs() < 500.0);
        assert!(batch.y.iter().all(|y| y.abs() == 1.0));
        assert!(RandomLabels::new(0).is_err());
    }

    #[test]
    fn what_is_stored_makes_the_same_distribution() {
        let distribution = RandomLabels::new(5).unwrap();
        let stored = usize::from(distribution);
        assert_eq!(RandomLabels::try_from(stored).unwrap(), distribution);
    }
}
