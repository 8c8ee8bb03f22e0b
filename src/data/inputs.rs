use crate::seeds::LabRng;
use crate::signs::Signs;
use std::fmt::Debug;
use std::sync::Arc;

/// A distribution of the inputs x ∈ {±1}ⁿ. It is immutable: all state is in the generator.
///
/// References, `Box` and `Arc` of a distribution are distributions, so that the choice of one can be
/// made at run time.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::seeds::LabRng;
///
/// /// Uniform inputs of which the last coordinate repeats the first.
/// #[derive(Debug)]
/// struct Echo {
///     n: usize,
/// }
///
/// impl Inputs for Echo {
///     fn dim(&self) -> usize {
///         self.n
///     }
///     fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
///         x.randomize(rng);
///         for row in 0..x.rows() {
///             if x.is_negative(row, self.n - 1) != x.is_negative(row, 0) {
///                 x.flip(row, self.n - 1);
///             }
///         }
///     }
/// }
///
/// // The parity of the first and the last coordinate is 1.
/// let (inputs, target) = (Echo { n: 10 }, Parity::new(10, &[0, 9])?);
/// let examples = Batch::<f32>::clean(&inputs, &target, 50, &mut Seeds::from(1).stream(Purpose::Train))?;
/// assert_eq!(examples.y.sum(), 50.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Inputs: Debug + Send + Sync {
    /// The number of coordinates n.
    fn dim(&self) -> usize;

    /// Draws every row of `x` anew, independent of the others.
    ///
    /// # Panics
    /// If `x` has another dimension.
    fn draw(&self, rng: &mut LabRng, x: &mut Signs);
}

/// Implements the trait for what dereferences to a distribution of inputs.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<I: Inputs + ?Sized> Inputs for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn draw(&self, rng: &mut LabRng, x: &mut Signs) {
                (**self).draw(rng, x);
            }
        }
    };
}

impl_for_pointer!(&I);
impl_for_pointer!(Box<I>);
impl_for_pointer!(Arc<I>);

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
