use super::{Batch, BatchStream, DataRng, Sampler};
use crate::error::{Result, at_most, positive};
use crate::real::Real;
use crate::seeds::{LabRng, Purpose, Seeds};
use rand::seq::SliceRandom;

/// The finite-sample regime: shuffled passes over m fixed examples.
///
/// Every pass is a new uniform permutation. A batch at the end of a pass takes its remaining
/// examples from the next pass, so all batches are full and every pass contains every example once.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let parity = ParityDistribution::new(40, &[1, 2, 3])?;
/// let mut stream = Epochs::<f32>::draw(&parity, 1000, &Seeds::from(1))?;
/// let mut batch = Batch::new(32, 40)?;
/// stream.fill(&mut batch);
/// assert_eq!(stream.examples().len(), 1000);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = ""))]
pub struct Epochs<F: Real> {
    examples: Batch<F>,
    order: Vec<u32>,
    next: usize,
    rng: LabRng,
}

impl<F: Real> Epochs<F> {
    /// Passes over m examples drawn once from `distribution`, label noise included.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if m is 0, [`Error::TooLarge`](crate::Error::TooLarge) from 2³² examples on.
    pub fn draw(distribution: &impl Sampler, m: usize, seeds: &Seeds) -> Result<Self> {
        positive("the sample size m", m)?;
        at_most("the sample size m", m, u32::MAX as usize)?;
        let examples = Batch::draw(distribution, m, &mut DataRng::from(seeds))?;
        Epochs::new(examples, seeds)
    }

    /// Passes over the given examples.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) unless every input has one label,
    /// [`Error::TooLarge`](crate::Error::TooLarge) from 2³² examples on.
    pub fn new(examples: Batch<F>, seeds: &Seeds) -> Result<Self> {
        examples.check()?;
        at_most("the sample size m", examples.len(), u32::MAX as usize)?;
        let order: Vec<u32> = (0..examples.len() as u32).collect();
        Ok(Epochs {
            next: order.len(),
            order,
            examples,
            rng: seeds.stream(Purpose::Shuffle),
        })
    }

    /// The training examples, in the order in which they were drawn.
    pub fn examples(&self) -> &Batch<F> {
        &self.examples
    }

    fn next_example(&mut self) -> usize {
        if self.next == self.order.len() {
            self.order.shuffle(&mut self.rng);
            self.next = 0;
        }
        self.next += 1;
        self.order[self.next - 1] as usize
    }
}

impl<F: Real> BatchStream<F> for Epochs<F> {
    fn dim(&self) -> usize {
        self.examples.x.dim()
    }

    fn fill(&mut self, batch: &mut Batch<F>) {
        for row in 0..batch.len() {
            let example = self.next_example();
            batch.x.copy_row(row, &self.examples.x, example);
            batch.y[row] = self.examples.y[example];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ParityDistribution;

    #[test]
    fn every_pass_shows_every_example_once_in_a_new_order() {
        let distribution = ParityDistribution::new(30, &[1, 2]).unwrap();
        let mut stream = Epochs::<f64>::draw(&distribution, 21, &Seeds::from(1)).unwrap();
        let mut batch = Batch::new(7, 30).unwrap();
        let mut pass = || {
            let mut seen = Vec::new();
            for _ in 0..3 {
                stream.fill(&mut batch);
                let x = batch.x.to_array::<f64>();
                for (row, &y) in x.rows().into_iter().zip(&batch.y) {
                    assert_eq!(y, row[1] * row[2]);
                    seen.push(row.iter().map(|&x| x as i8).collect::<Vec<_>>());
                }
            }
            seen
        };
        let (mut first, mut second) = (pass(), pass());
        assert_ne!(first, second);
        first.sort();
        second.sort();
        assert_eq!(first, second);
        first.dedup();
        assert_eq!(first.len(), 21);
    }

    #[test]
    fn a_batch_may_span_passes() {
        let distribution = ParityDistribution::new(30, &[1, 2]).unwrap();
        let mut stream = Epochs::<f64>::draw(&distribution, 3, &Seeds::from(1)).unwrap();
        let mut batch = Batch::new(8, 30).unwrap();
        stream.fill(&mut batch);
        assert_eq!(stream.next, 2);
        assert!(Epochs::<f64>::draw(&distribution, 0, &Seeds::from(1)).is_err());
    }
}
