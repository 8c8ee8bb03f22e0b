use super::{Batch, BatchStream, Target, label};
use crate::error::{Error, Result};
use crate::real::Real;

/// The population regime: all 2ⁿ inputs in turn, with their clean labels.
///
/// A batch of 2ⁿ rows is the whole population, and its mean gradient is the population gradient;
/// smaller batches run through the cube in order and start again at its end.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let mut stream = Population::new(Parity::new(9, &[0, 1, 2, 3])?)?;
/// let mut batch = Batch::<f64>::new(1 << 9, 9)?;
/// stream.fill(&mut batch);
/// assert_eq!(batch.y.sum(), 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "Stored<T>",
        bound(deserialize = "T: Target + serde::Deserialize<'de>")
    )
)]
pub struct Population<T> {
    target: T,
    next: u64,
}

/// The serialised form, whose cube may be too large.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored<T> {
    target: T,
    next: u64,
}

#[cfg(feature = "serde")]
impl<T: Target> TryFrom<Stored<T>> for Population<T> {
    type Error = Error;

    fn try_from(Stored { target, next }: Stored<T>) -> Result<Self> {
        let population = Population::new(target)?;
        Ok(Population { next, ..population })
    }
}

impl<T: Target> Population<T> {
    /// The inputs of the cube with the labels of `target`.
    ///
    /// # Errors
    /// [`Error::Cube`] if n is above 63, where the inputs cannot be counted in 64 bits.
    pub fn new(target: T) -> Result<Self> {
        let (n, most) = (target.dim(), 63);
        if n > most {
            return Err(Error::Cube { n, most });
        }
        Ok(Population { target, next: 0 })
    }
}

impl<F: Real, T: Target> BatchStream<F> for Population<T> {
    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn identity(&self) -> String {
        format!("target = {:?}", self.target)
    }

    fn fill(&mut self, batch: &mut Batch<F>) {
        batch.x.fill_cube(self.next);
        self.next = self.next.wrapping_add(batch.len() as u64);
        label(&self.target, &batch.x, &mut batch.y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Parity;

    #[test]
    fn small_batches_cover_the_cube_in_order() {
        let target = Parity::new(3, &[0, 2]).unwrap();
        let mut whole = Batch::<f64>::new(8, 3).unwrap();
        Population::new(target.clone()).unwrap().fill(&mut whole);
        let mut stream = Population::new(target).unwrap();
        let mut part = Batch::<f64>::new(3, 3).unwrap();
        for start in [0, 3, 6, 1] {
            stream.fill(&mut part);
            for row in 0..3 {
                assert_eq!(part.y[row], whole.y[(start + row) % 8]);
            }
        }
    }
    #[test]
    fn a_cube_that_cannot_be_counted_is_refused() {
        assert!(Population::new(Parity::new(64, &[0]).unwrap()).is_err());
    }
}
