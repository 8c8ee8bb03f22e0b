//! Statistical queries, as data.

use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::signs::{Columns, Signs};
use crate::theory::gradient::{Neuron, NeuronGradient};
use ndarray::{Array2, ArrayView2};
use std::fmt;

/// A function q(x, y) ∈ \[−1, 1\] whose mean a learner asks for.
///
/// ```
/// use sparse_parity::access::{Answers, Query, Stat, StatisticalQueries};
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::gradient::Neuron;
///
/// let mut oracle = Stat::new(Parity::new(9, &[0, 1, 2, 3])?, Answers::Exact);
/// let neuron = Neuron::new(&Relu, &[1.0; 9], 0.0)?;
/// let is_equal = |x: &Signs, row: usize, y: f64| {
///     if (y < 0.0) == x.is_negative(row, 0) { 1.0 } else { -1.0 }
/// };
/// for (query, mean) in [
///     (Query::Correlation(&[3, 2, 1, 0]), 1.0),
///     (Query::Correlation(&[0]), 0.0),
///     (Query::Coordinate(&neuron, 4), 0.01171875),
///     (Query::Any(&is_equal), 0.0),
/// ] {
///     assert!((oracle.answer(&query, 0.1)? - mean).abs() < 1e-12);
/// }
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone, Copy)]
pub enum Query<'q> {
    /// y·χ_T(x), whose mean is (1 − 2p)·1\[T = S\].
    Correlation(&'q [usize]),
    /// y·x_i·σ'(w·x + b), minus a coordinate of the gradient of a neuron under the correlation loss. |σ'| has to be at most 1, as that of
    /// a ReLU, a zigzag and a sine is.
    Coordinate(&'q dyn QueryNeuron, usize),
    /// Any function of a row of x and of y.
    Any(&'q (dyn Fn(&Signs, usize, f64) -> f64 + Sync)),
}

/// A neuron σ(w·x + b) in a query, whatever its activation; [`Neuron`] is one.
///
/// ```
/// use sparse_parity::access::QueryNeuron;
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::gradient::Neuron;
///
/// let (relu, sine) = (Neuron::new(&Relu, &[1.0; 3], 0.5)?, Neuron::new(&Sine, &[1.0; 3], 0.0)?);
/// let neurons: [&dyn QueryNeuron; 2] = [&relu, &sine];
/// assert_eq!(neurons[0].slopes(&Signs::cube(3)?), [1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// A neuron of one's own:
///
/// ```
/// use sparse_parity::access::QueryNeuron;
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::gradient::{Method, NeuronGradient};
///
/// /// w·x, without an activation: its slope is 1.
/// struct Linear(Vec<f64>);
///
/// impl QueryNeuron for Linear {
///     fn dim(&self) -> usize {
///         self.0.len()
///     }
///     fn gradient(&self, support: &[usize]) -> sparse_parity::Result<NeuronGradient> {
///         // E[y x_j] is 1 for S = {j}, and 0 else.
///         let (mut weight, mut output) = (vec![0.0; self.dim()], 0.0);
///         if let [j] = *support {
///             (weight[j], output) = (-1.0, -self.0[j]);
///         }
///         let (bias, error, output_error) = (0.0, 0.0, 0.0);
///         Ok(NeuronGradient { weight, bias, output, error, output_error, method: Method::Vanishing })
///     }
///     fn slopes(&self, x: &Signs) -> Vec<f64> {
///         vec![1.0; x.rows()]
///     }
/// }
///
/// assert_eq!(Linear(vec![0.5; 3]).gradient(&[2])?.weight, [0.0, 0.0, -1.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait QueryNeuron: Sync {
    /// The number of coordinates n.
    fn dim(&self) -> usize;

    /// The population gradient for the parity of a support.
    ///
    /// # Errors
    /// Those of [`Neuron::gradient`].
    fn gradient(&self, support: &[usize]) -> Result<NeuronGradient>;

    /// σ'(w·x + b) for every row of `x`.
    ///
    /// # Panics
    /// If `x` has another number of columns.
    fn slopes(&self, x: &Signs) -> Vec<f64>;
}

impl<A: Activation> QueryNeuron for Neuron<'_, A> {
    fn dim(&self) -> usize {
        self.weights().len()
    }

    fn gradient(&self, support: &[usize]) -> Result<NeuronGradient> {
        Neuron::gradient(self, support)
    }

    fn slopes(&self, x: &Signs) -> Vec<f64> {
        let w = ArrayView2::from_shape((1, self.dim()), self.weights()).expect("one row");
        let mut z = Array2::from_elem((x.rows(), 1), self.bias());
        x.project_add(&w, &mut z);
        z.iter().map(|&z| self.activation().slope(z)).collect()
    }
}

impl Query<'_> {
    /// Succeeds if it is a query about n coordinates.
    ///
    /// # Errors
    /// [`Error::SupportRange`] or [`Error::SupportRepeat`] for a set, [`Error::Mismatch`] for a neuron of another n, and
    /// [`Error::TooLarge`] for a coordinate that does not exist.
    pub fn check(&self, n: usize) -> Result<()> {
        match self {
            Query::Correlation(set) => Columns::new(n, set).map(drop),
            Query::Coordinate(neuron, i) => {
                super::examples::same_dim(n, neuron.dim())?;
                crate::error::at_most("the coordinate of a query", *i, n - 1).map(drop)
            }
            Query::Any(_) => Ok(()),
        }
    }

    /// Writes q(x, y) for the rows of `x`, the labels being those of a function of the row.
    pub(super) fn values(
        &self,
        x: &Signs,
        label: impl Fn(usize) -> f64,
        into: &mut [f64],
    ) -> Result<()> {
        let sign = |is_negative| if is_negative { -1.0 } else { 1.0 };
        let rows = into.iter_mut().enumerate();
        match self {
            Query::Correlation(set) => {
                let set = Columns::new(x.dim(), set)?;
                rows.for_each(|(row, to)| {
                    *to = label(row) * sign(set.negatives(x, row) % 2 == 1);
                });
            }
            Query::Coordinate(neuron, i) => {
                let slopes = neuron.slopes(x);
                rows.zip(slopes).for_each(|((row, to), slope)| {
                    *to = label(row) * sign(x.is_negative(row, *i)) * slope;
                });
            }
            Query::Any(q) => rows.for_each(|(row, to)| *to = q(x, row, label(row))),
        }
        bounded(into)
    }
}

/// Succeeds if all values are in \[−1, 1\].
pub(super) fn bounded(values: &[f64]) -> Result<()> {
    let bound = 1.0;
    // NaN is in no interval.
    match values
        .iter()
        .find(|value| !(-bound..=bound).contains(*value))
    {
        None => Ok(()),
        Some(&value) => Err(Error::Unbounded { value, bound }),
    }
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Query::Correlation(set) => f.debug_tuple("Correlation").field(set).finish(),
            Query::Coordinate(neuron, i) => {
                let n = neuron.dim();
                let neuron = format_args!("a neuron of {n} coordinates");
                f.debug_tuple("Coordinate").field(&neuron).field(i).finish()
            }
            Query::Any(_) => f.write_str("Any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Power, Relu};

    #[test]
    fn queries_about_other_coordinates_are_refused() {
        let w = [1.0; 5];
        let neuron = Neuron::new(&Relu, &w, 0.0).unwrap();
        assert!(Query::Coordinate(&neuron, 4).check(5).is_ok());
        for query in [
            Query::Coordinate(&neuron, 5),
            Query::Correlation(&[5]),
            Query::Correlation(&[1, 1]),
        ] {
            assert!(query.check(5).is_err(), "{query:?}");
        }
        assert!(Query::Coordinate(&neuron, 0).check(6).is_err());
    }

    #[test]
    fn values_beyond_one_are_found() {
        let (cube, w) = (Signs::cube(3).unwrap(), [1.0; 3]);
        let square = Power::new(2).unwrap();
        let neuron = Neuron::new(&square, &w, 0.0).unwrap();
        let nan = |_: &Signs, _: usize, _: f64| f64::NAN;
        for query in [Query::Coordinate(&neuron, 0), Query::Any(&nan)] {
            let error = query.values(&cube, |_| 1.0, &mut [0.0; 8]).unwrap_err();
            assert!(matches!(error, Error::Unbounded { .. }), "{error}");
        }
    }
}
