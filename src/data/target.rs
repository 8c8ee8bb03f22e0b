use crate::real::Real;
use crate::signs::Signs;
use ndarray::{ArrayRef1, Axis};
use std::fmt::Debug;
use std::sync::Arc;

/// A function on {±1}ⁿ that gives the clean labels. They are ±1 unless its documentation says otherwise.
///
/// References, `Box` and `Arc` of a target are targets, so that the choice of one can be made at run
/// time; `Arc<dyn Target>` can be cloned. [`label`] writes the labels of a whole matrix.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// /// 1 if all coordinates are equal, and −1 otherwise.
/// #[derive(Debug, Clone)]
/// struct Unanimous {
///     n: usize,
/// }
///
/// impl Target for Unanimous {
///     fn dim(&self) -> usize {
///         self.n
///     }
///     fn value(&self, x: &Signs, row: usize) -> f64 {
///         let negative = (0..self.n).filter(|&i| x.is_negative(row, i)).count();
///         if negative == 0 || negative == self.n { 1.0 } else { -1.0 }
///     }
///     fn support(&self) -> Vec<usize> {
///         (0..self.n).collect()
///     }
/// }
///
/// let mut cube = Batch::<f64>::new(8, 3)?;
/// Population::new(Unanimous { n: 3 })?.fill(&mut cube);
/// assert_eq!(cube.y.sum(), 2.0 - 6.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// A choice at run time:
///
/// ```
/// use ndarray::Array1;
/// use sparse_parity::data::{Conjunction, Parity, Target, label};
/// use sparse_parity::signs::Signs;
/// use std::sync::Arc;
///
/// let targets: [Arc<dyn Target>; 2] = [
///     Arc::new(Parity::new(2, &[0, 1])?),
///     Arc::new(Conjunction::new(2, &[0, 1])?),
/// ];
/// let mut y = Array1::<f32>::zeros(4);
/// label(&targets[0], &Signs::cube(2)?, &mut y);
/// assert_eq!(y.to_vec(), [1.0, -1.0, -1.0, 1.0]);
/// label(&targets[1], &Signs::cube(2)?, &mut y);
/// assert_eq!(y.to_vec(), [1.0, -1.0, -1.0, -1.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Target: Debug + Send + Sync {
    /// The number of coordinates n.
    fn dim(&self) -> usize;

    /// The label of one row of `x`.
    ///
    /// # Panics
    /// If the row does not exist or `x` has another dimension.
    fn value(&self, x: &Signs, row: usize) -> f64;

    /// Writes the labels of the rows of `x` from `first` on.
    ///
    /// A target chosen at run time is called once for many rows through this method; it need not be
    /// overridden.
    ///
    /// # Panics
    /// If the rows do not exist or `x` has another dimension.
    fn values(&self, x: &Signs, first: usize, y: &mut [f64]) {
        for (row, y) in (first..).zip(y) {
            *y = self.value(x, row);
        }
    }

    /// The relevant coordinates, on which a label can depend, ascending.
    fn support(&self) -> Vec<usize>;
}

/// Implements the trait for what dereferences to a target.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<T: Target + ?Sized> Target for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn value(&self, x: &Signs, row: usize) -> f64 {
                (**self).value(x, row)
            }
            fn values(&self, x: &Signs, first: usize, y: &mut [f64]) {
                (**self).values(x, first, y);
            }
            fn support(&self) -> Vec<usize> {
                (**self).support()
            }
        }
    };
}

impl_for_pointer!(&T);
impl_for_pointer!(Box<T>);
impl_for_pointer!(Arc<T>);

/// Writes the label of every row of `x`; shapes: x `[batch, n]`, y `[batch]`.
///
/// # Panics
/// If the shapes do not fit.
pub fn label<F: Real>(target: &(impl Target + ?Sized), x: &Signs, y: &mut ArrayRef1<F>) {
    assert_eq!(x.rows(), y.len(), "one label a row is needed");
    let mut values = [0.0; 64];
    let mut first = 0;
    for mut y in y.axis_chunks_iter_mut(Axis(0), values.len()) {
        let values = &mut values[..y.len()];
        target.values(x, first, values);
        y.iter_mut()
            .zip(&*values)
            .for_each(|(y, &value)| *y = F::of(value));
        first += y.len();
    }
}

/// The label −1 or +1.
pub(super) fn sign(negative: bool) -> f64 {
    if negative { -1.0 } else { 1.0 }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ndarray::ArrayView1;

    /// Asserts that the labels on the whole cube are those of a function of the dense rows, and
    /// that the support is the set of coordinates whose change can change a label.
    pub(crate) fn assert_labels(
        target: &dyn Target,
        expected: impl Fn(ArrayView1<'_, f64>) -> f64,
    ) {
        let cube = Signs::cube(target.dim()).unwrap();
        let mut y = ndarray::Array1::<f64>::zeros(cube.rows());
        label(target, &cube, &mut y);
        let x = cube.to_array::<f64>();
        for (x, &y) in x.rows().into_iter().zip(&y) {
            assert_eq!(y, expected(x), "{target:?} at {x}");
        }
        let matters = |&i: &usize| (0..cube.rows()).any(|row| y[row] != y[row ^ 1 << i]);
        let relevant: Vec<_> = (0..target.dim()).filter(matters).collect();
        assert_eq!(target.support(), relevant, "{target:?}");
    }
}
