use super::{Batch, BatchStream, DataRng, Sampler};
use crate::real::Real;
use crate::seeds::Seeds;

/// The online regime: every batch consists of newly drawn, independent examples.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let mut stream = Online::new(ParityDistribution::new(50, &[1, 2, 3])?, &Seeds::from(1));
/// let mut batch = Batch::<f32>::new(32, 50)?;
/// stream.fill(&mut batch);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Online<D> {
    distribution: D,
    rng: DataRng,
}

impl<D: Sampler> Online<D> {
    /// Fresh batches from `distribution`, drawn from the training and noise streams of the seeds.
    pub fn new(distribution: D, seeds: &Seeds) -> Self {
        let rng = seeds.into();
        Online { distribution, rng }
    }
}

impl<F: Real, D: Sampler> BatchStream<F> for Online<D> {
    fn dim(&self) -> usize {
        self.distribution.dim()
    }

    fn identity(&self) -> String {
        format!("{}\n{}", self.distribution.identity(), self.rng.identity())
    }

    fn fill(&mut self, batch: &mut Batch<F>) {
        self.distribution.sample_into(&mut self.rng, batch);
    }
}
