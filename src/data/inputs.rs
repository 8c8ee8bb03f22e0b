use crate::seeds::LabRng;
use crate::signs::Signs;
use std::fmt::Debug;
use std::sync::Arc;

/// A distribution of the inputs x ∈ {±1}ⁿ. It is immutable: all state is in the generator.
///
/// `Box<dyn Inputs>` and `Arc<dyn Inputs>` are distributions, too, to be chosen at run time.
pub trait Inputs: Debug + Send + Sync {
    /// The number of coordinates n.
    fn dim(&self) -> usize;

    /// Draws every row of `x` anew, independent of the others.
    ///
    /// # Panics
    /// If `x` has another dimension.
    fn draw(&self, rng: &mut LabRng, x: &mut Signs);
}

impl<I: Inputs + ?Sized> Inputs for Box<I> {
    fn dim(&self) -> usize {
        (**self).dim()
    }
    fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
        (**self).draw(rng, x);
    }
}

impl<I: Inputs + ?Sized> Inputs for Arc<I> {
    fn dim(&self) -> usize {
        (**self).dim()
    }
    fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
        (**self).draw(rng, x);
    }
}

/// Panics if the matrix has another dimension than the distribution.
pub(super) fn assert_dim(distribution: &impl Inputs, x: &Signs) {
    assert_eq!(
        x.dim(),
        distribution.dim(),
        "the inputs have another dimension"
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The rows as bits, 1 for −1.
    pub(crate) fn bits(x: &Signs) -> Vec<Vec<u8>> {
        let bit = |row, i| u8::from(x.is_negative(row, i));
        let row = |row| (0..x.dim()).map(|i| bit(row, i)).collect();
        (0..x.rows()).map(row).collect()
    }
}
