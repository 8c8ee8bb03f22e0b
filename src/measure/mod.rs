//! What is measured along a run: accuracy, progress measures, and tables of them.
//!
//! A progress measure is *predictive* of the time that remains before a network learns; the paper
//! does not claim that it is causal, and hidden progress is a phenomenon of online training.

mod convergence;
mod error_rate;
mod fourier_gap;
mod influence;
mod interval;
mod loss;
mod recorder;
mod spectrum;
mod validation;
mod weights;

pub use convergence::Convergence;
pub use error_rate::ErrorRate;
pub use fourier_gap::NeuronGap;
pub use influence::{influences, most_influential};
pub use interval::Interval;
pub use loss::{BatchError, BatchLoss, FlowTime};
pub use recorder::{Recorder, Table};
pub use spectrum::{evaluator, spectrum, subcube_spectrum, subset_coefficients};
pub use validation::VALIDATION_EXAMPLES;
pub(crate) use validation::chunk;
pub use weights::{LargestWeight, WeightMovement, WeightTrace};

use crate::model::Model;
use crate::real::Real;
use crate::train::Snapshot;

/// A number that can be read off an iterate.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// /// The largest entry of the gradient.
/// struct GradientNorm;
///
/// impl<F: Real, M: Model<F>> Measure<F, M> for GradientNorm {
///     fn name(&self) -> &str {
///         "gradient"
///     }
///     fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
///         at.grad().max_norm().as_f64()
///     }
/// }
/// ```
pub trait Measure<F: Real, M: Model<F>> {
    /// The name of the measure, the heading of its column in a [`Table`].
    fn name(&self) -> &str;
    /// Its value at an iterate.
    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64;
}
