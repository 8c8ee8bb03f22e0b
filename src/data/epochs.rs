use super::{Batch, BatchStream, DataRng, Sampler};
#[cfg(feature = "serde")]
use crate::error::Error;
use crate::error::{Result, at_most, positive};
use crate::real::Real;
use crate::seeds::{LabRng, Purpose, Seeds, origin};
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
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Stored<F>")
)]
pub struct Epochs<F: Real> {
    examples: Batch<F>,
    order: Vec<u32>,
    next: usize,
    rng: LabRng,
}

/// The serialised form, whose order may be none.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "")]
struct Stored<F: Real> {
    examples: Batch<F>,
    order: Vec<u32>,
    next: usize,
    rng: LabRng,
}

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Stored<F>> for Epochs<F> {
    type Error = Error;

    fn try_from(stored: Stored<F>) -> Result<Self> {
        let Stored {
            examples,
            order,
            next,
            rng,
        } = stored;
        let mut sorted = order.clone();
        sorted.sort_unstable();
        let is_order = sorted
            .iter()
            .map(|&place| place as usize)
            .eq(0..examples.len());
        if !is_order || next > order.len() {
            return Err(Error::ImpossibleState {
                what: "such a stream",
                reason: format!("its pass is no order of all {} examples", examples.len()),
            });
        }
        Ok(Epochs {
            examples,
            order,
            next,
            rng,
        })
    }
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
        Epochs::with_real_labels(examples, seeds)
    }

    /// Passes over the given examples, whose labels are ±1.
    ///
    /// ```
    /// use ndarray::array;
    /// use sparse_parity::prelude::*;
    ///
    /// let (x, bits) = (Signs::cube(2)?, array![0.0_f32, 1.0, 1.0, 0.0]);
    /// let labels = bits.mapv(|y| 1.0 - 2.0 * y);
    /// let error = Epochs::new(Batch { x: x.clone(), y: bits }, &Seeds::from(1)).unwrap_err();
    /// assert!(error.to_string().contains("the label of row 0 is 0"));
    /// assert!(Epochs::new(Batch { x, y: labels }, &Seeds::from(1)).is_ok());
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) unless every input has one label,
    /// [`Error::Label`](crate::Error::Label) if one is neither +1 nor −1,
    /// [`Error::NotFinite`](crate::Error::NotFinite) if one is no number,
    /// [`Error::TooLarge`](crate::Error::TooLarge) from 2³² examples on.
    pub fn new(examples: Batch<F>, seeds: &Seeds) -> Result<Self> {
        examples.check_signs(", or pass real numbers to Epochs::with_real_labels")?;
        Epochs::with_real_labels(examples, seeds)
    }

    /// Passes over the given examples, whose labels are any numbers, such as those of a [`Staircase`](super::Staircase).
    ///
    /// # Errors
    /// Those of [`new`](Epochs::new), but for labels that are not ±1.
    pub fn with_real_labels(examples: Batch<F>, seeds: &Seeds) -> Result<Self> {
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

    fn identity(&self) -> String {
        let (examples, seed) = (self.examples.identity(), origin(&self.rng));
        format!("sample = {examples}\nseed of its order = {seed}")
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

    #[cfg(feature = "serde")]
    #[test]
    fn a_stored_pass_is_an_order_of_all_examples() {
        let distribution = ParityDistribution::new(30, &[1, 2]).unwrap();
        let stream = Epochs::<f64>::draw(&distribution, 3, &Seeds::from(1)).unwrap();
        let stored = |change: fn(&mut Stored<f64>)| {
            let mut stored = Stored {
                examples: stream.examples.clone(),
                order: stream.order.clone(),
                next: stream.next,
                rng: stream.rng.clone(),
            };
            change(&mut stored);
            Epochs::try_from(stored)
        };
        assert!(stored(|_| ()).is_ok());
        assert!(stored(|stored| stored.order[0] = stored.order[1]).is_err());
        assert!(stored(|stored| stored.next = 4).is_err());
    }
}
