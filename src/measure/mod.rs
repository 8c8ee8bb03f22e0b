//! What is measured along a run: accuracy, progress measures, and tables of them.
//!
//! A progress measure is *predictive* of the time that remains before a network learns; the paper
//! does not claim that it is causal, and hidden progress is a phenomenon of online training.

mod activity;
mod agop;
mod attention;
mod convergence;
mod criteria;
mod entropy;
mod error_rate;
mod fourier_gap;
mod gap;
mod hessian;
mod influence;
mod interval;
mod kernel;
mod loss;
mod margin;
mod norms;
mod patience;
mod projection;
mod reached;
mod recorder;
mod recording;
mod running;
mod skills;
mod spectrum;
mod subnetworks;
mod table;
mod validation;
mod validation_loss;
mod weights;

pub use activity::ActivationSparsity;
pub use agop::{AgopAlignment, agop};
pub use attention::AttentionShare;
pub use convergence::Convergence;
pub(crate) use convergence::accuracy_above_half;
pub use criteria::Criteria;
pub use entropy::{EffectiveRank, WeightEntropy};
pub use error_rate::ErrorRate;
pub use fourier_gap::NeuronGap;
pub use gap::GeneralisationGap;
pub use hessian::{HessianTrace, TopEigenvalue};
pub use influence::{influences, most_influential};
pub use interval::Interval;
pub use kernel::{KernelAlignment, TangentKernel};
pub use loss::{BatchError, BatchLoss, FlowTime};
pub use margin::NormalisedMargin;
pub use norms::{ParamNorm, Participation, SupportShare};
pub use patience::Patience;
pub use projection::{ExcludedLoss, RestrictedLoss};
pub use reached::Reached;
pub use recorder::Recorder;
pub use recording::{MeasureKind, Recording};
pub use running::{RunningAccuracy, RunningLoss};
pub(crate) use running::{loss_threshold, window_of};
pub use skills::{Skill, SkillStrength};
pub use spectrum::{evaluator, spectrum, subcube_spectrum, subset_coefficients};
pub use subnetworks::{EffectiveSparsity, Faithfulness};
pub use table::Table;
pub use validation::VALIDATION_EXAMPLES;
pub(crate) use validation::chunk;
pub use validation_loss::ValidationLoss;
pub use weights::{LargestWeight, WeightMovement, WeightTrace};

use crate::model::Model;
use crate::real::Real;
use crate::train::Snapshot;

/// A number that can be read off an iterate.
///
/// A [`Recorder`] writes it into a table along a run. `&mut` and `Box` of a measure are measures.
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
///
/// // A test of it needs no run: a snapshot can be made by hand.
/// let model = PolyNet::new(10, 2)?;
/// let (theta, mut grad) = (Params::<f64>::zeros(model.layout()), Params::zeros(model.layout()));
/// grad.as_mut_slice()[4] = -3.0;
/// let at = Snapshot::new(&model, &theta, 0.5, &grad)?;
/// assert_eq!(GradientNorm.measure(&at), 3.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Measure<F: Real, M: Model<F>> {
    /// The name of the measure, the heading of its column in a [`Table`].
    fn name(&self) -> &str;
    /// Its value at an iterate.
    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64;
    /// The settings in one line: a checkpoint is resumed only with measures of the same ones.
    ///
    /// The provided method has none.
    fn identity(&self) -> String {
        String::new()
    }
}

/// Implements the trait for what dereferences to a measure.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<F: Real, M: Model<F>, Q: Measure<F, M> + ?Sized> Measure<F, M> for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }
            fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
                (**self).measure(at)
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
        }
    };
}

impl_for_pointer!(&mut Q);
impl_for_pointer!(Box<Q>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::Mlp;

    #[test]
    fn a_measure_without_settings_has_no_identity() {
        let identity = <BatchLoss as Measure<f64, Mlp<Relu>>>::identity(&BatchLoss);
        assert_eq!(identity, "");
    }
}
