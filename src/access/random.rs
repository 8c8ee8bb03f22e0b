//! Oracles of random examples: fresh ones from a distribution, and a sample that is given.

use super::examples::same_dim;
use super::{Access, Examples, Ledger, RandomExamples};
use crate::data::{Batch, DataRng, Sampler};
use crate::error::{Error, Result};
use crate::seeds::Seeds;

/// Most examples that are drawn as a batch.
const PART: usize = 4096;

/// Fresh examples of a distribution, as many as a solver asks for.
///
/// ```
/// use sparse_parity::access::{Access, Examples, Fresh, RandomExamples};
/// use sparse_parity::prelude::*;
///
/// let mut oracle = Fresh::new(ParityDistribution::new(20, &[1, 5])?, &Seeds::from(1));
/// let mut examples = Examples::none(20)?;
/// oracle.draw(50, &mut examples)?;
/// oracle.draw(50, &mut examples)?;
/// assert_eq!((examples.len(), oracle.ledger().examples), (100, 100));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Fresh<L> {
    law: L,
    rng: DataRng,
    noise: Option<f64>,
    ledger: Ledger,
}

impl<L: Sampler> Fresh<L> {
    /// The oracle of a distribution, with the examples that training with these seeds would see.
    ///
    /// The noise of the labels is not known to solvers; [`with_noise`](Fresh::with_noise) tells it.
    pub fn new(law: L, seeds: &Seeds) -> Self {
        Fresh {
            law,
            rng: seeds.into(),
            noise: None,
            ledger: Ledger::default(),
        }
    }

    /// The same, telling solvers that labels are flipped with probability p.
    ///
    /// # Errors
    /// [`Error::Noise`] unless 0 ≤ p < 1/2.
    pub fn with_noise(self, p: f64) -> Result<Self> {
        Ok(Fresh {
            noise: Some(super::noise(p)?),
            ..self
        })
    }
}

impl<L: Sampler> Access for Fresh<L> {
    fn dim(&self) -> usize {
        self.law.dim()
    }
    fn noise(&self) -> Option<f64> {
        self.noise
    }
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    fn charge(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}

impl<L: Sampler> RandomExamples for Fresh<L> {
    fn draw(&mut self, m: usize, into: &mut Examples) -> Result<()> {
        same_dim(self.dim(), into.dim())?;
        let mut left = m;
        while left > 0 {
            let batch = Batch::<f32>::draw(&self.law, left.min(PART), &mut self.rng)?;
            into.append(&batch)?;
            self.ledger.examples += batch.len() as u64;
            left -= batch.len();
        }
        Ok(())
    }

    fn left(&self) -> Option<usize> {
        None
    }
}

/// The examples of a given sample, in order, until they are spent.
///
/// ```
/// use sparse_parity::access::{Examples, Fixed, RandomExamples};
/// use sparse_parity::prelude::*;
///
/// let distribution = ParityDistribution::new(20, &[1, 5])?;
/// let batch = Batch::<f32>::draw(&distribution, 30, &mut (&Seeds::from(1)).into())?;
/// let sample = Examples::of(&batch)?;
/// let (mut oracle, mut some) = (Fixed::new(&sample), Examples::none(20)?);
/// oracle.draw(20, &mut some)?;
/// assert_eq!(oracle.left(), Some(10));
/// let error = oracle.draw(20, &mut some).unwrap_err();
/// assert!(error.to_string().contains("10 are left"));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Fixed<'a> {
    sample: &'a Examples,
    next: usize,
    noise: Option<f64>,
    ledger: Ledger,
}

impl<'a> Fixed<'a> {
    /// The oracle of these examples.
    ///
    /// The noise of the labels is not known to solvers; [`with_noise`](Fixed::with_noise) tells it.
    pub fn new(sample: &'a Examples) -> Self {
        Fixed {
            sample,
            next: 0,
            noise: None,
            ledger: Ledger::default(),
        }
    }

    /// The same, telling solvers that labels were flipped with probability p.
    ///
    /// # Errors
    /// [`Error::Noise`] unless 0 ≤ p < 1/2.
    pub fn with_noise(self, p: f64) -> Result<Self> {
        Ok(Fixed {
            noise: Some(super::noise(p)?),
            ..self
        })
    }
}

impl Access for Fixed<'_> {
    fn dim(&self) -> usize {
        self.sample.dim()
    }
    fn noise(&self) -> Option<f64> {
        self.noise
    }
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    fn charge(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}

impl RandomExamples for Fixed<'_> {
    fn draw(&mut self, m: usize, into: &mut Examples) -> Result<()> {
        same_dim(self.dim(), into.dim())?;
        let left = self.sample.len() - self.next;
        if m > left {
            return Err(Error::Spent { asked: m, left });
        }
        into.append_rows(self.sample, self.next..self.next + m);
        self.next += m;
        self.ledger.examples += m as u64;
        Ok(())
    }

    fn left(&self) -> Option<usize> {
        Some(self.sample.len() - self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ParityDistribution;

    #[test]
    fn fresh_examples_are_those_of_the_distribution_whatever_the_parts() {
        let law = ParityDistribution::new(70, &[3, 69]).unwrap();
        let draw = |parts: &[usize]| {
            let mut oracle = Fresh::new(law.clone(), &Seeds::from(5));
            let mut examples = Examples::none(70).unwrap();
            for &m in parts {
                oracle.draw(m, &mut examples).unwrap();
            }
            assert_eq!(oracle.ledger().examples, examples.len() as u64);
            examples
        };
        let whole = draw(&[5000]);
        assert_eq!(whole.wrong(&[3, 69]), 0);
        assert_eq!(whole.len(), 5000);
        assert_eq!(draw(&[0]).len(), 0);
        assert_eq!(draw(&[1, 2, 61]).wrong(&[3, 69]), 0);
    }

    #[test]
    fn a_sample_is_spent_once_and_refuses_without_giving_any() {
        let law = ParityDistribution::new(9, &[3]).unwrap();
        let batch = Batch::<f32>::draw(&law, 10, &mut (&Seeds::from(5)).into()).unwrap();
        let sample = Examples::of(&batch).unwrap();
        let (mut oracle, mut got) = (Fixed::new(&sample), Examples::none(9).unwrap());
        oracle.draw(4, &mut got).unwrap();
        assert!(matches!(
            oracle.draw(7, &mut got),
            Err(Error::Spent { asked: 7, left: 6 })
        ));
        assert_eq!((got.len(), oracle.ledger().examples), (4, 4));
        oracle.draw(6, &mut got).unwrap();
        assert_eq!(got, sample);
        assert!(oracle.draw(1, &mut Examples::none(8).unwrap()).is_err());
        assert!(Fixed::new(&sample).with_noise(0.5).is_err());
    }
}
