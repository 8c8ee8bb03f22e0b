//! Learners f(x; θ), with gradients derived by hand.

mod any;
mod biases;
mod centered;
mod deep_mlp;
mod disjoint_polynet;
pub mod fused;
#[cfg(feature = "trial")]
mod lockstep;
mod mlp;
mod neurons;
pub mod parts;
mod pointers;
mod polynet;
mod transformer;

pub use any::AnyModel;
pub use biases::Biases;
pub use centered::{Centered, CenteredCache};
pub use deep_mlp::{DeepMlp, DeepMlpSettings};
pub use disjoint_polynet::{DisjointPolyNet, DisjointPolyNetSettings};
pub use mlp::{Mlp, MlpSettings};
pub use neurons::Neurons;
pub(crate) use parts::KEPT;
pub use polynet::{PolyNet, PolyNetSettings};
pub use transformer::{Transformer, TransformerSettings};

use crate::params::{Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use fused::FusedStep;
use ndarray::{Array1, ArrayRef1};
use std::fmt::Debug;
use std::sync::Arc;

/// The description of a learner: sizes and activation, but no weights.
///
/// References, `Box` and `Arc` of an architecture are architectures.
///
/// ```
/// use sparse_parity::params::{InitialDistribution, Layout};
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// /// r neurons without biases: a block, whose rows are neurons.
/// #[derive(Debug)]
/// struct Neurons {
///     n: usize,
///     layout: Arc<Layout>,
/// }
///
/// impl Neurons {
///     fn new(n: usize, r: usize) -> Self {
///         let mut layout = Layout::default();
///         layout.block("hidden.weight", (r, n), InitialDistribution::Normal { deviation: 0.1 });
///         Neurons { n, layout: layout.into() }
///     }
/// }
///
/// impl Architecture for Neurons {
///     fn dim(&self) -> usize {
///         self.n
///     }
///     fn layout(&self) -> &Arc<Layout> {
///         &self.layout
///     }
/// }
///
/// let neurons = Neurons::new(20, 5);
/// let theta = Params::<f32>::draw(neurons.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// assert_eq!(theta.as_slice().len(), 100);
/// assert_eq!(neurons.identity(), "Neurons { n: 20, layout: Layout(hidden.weight [5, 20]) }");
/// ```
pub trait Architecture: Debug + Send + Sync {
    /// The number n of input coordinates.
    fn dim(&self) -> usize;

    /// The blocks that its parameters consist of.
    fn layout(&self) -> &Arc<Layout>;

    /// The kind of the network with every setting, which identifies it in checkpoints.
    ///
    /// Models that behave differently must differ in it:
    /// [`check::model_identities`](crate::check::model_identities) finds a setting that is missing. The provided method
    /// returns what `Debug` writes, which has every field if it is derived.
    fn identity(&self) -> String {
        format!("{self:?}")
    }

    /// How many numbers a cache keeps of every example, roughly.
    ///
    /// It is a hint for limits of memory and changes no bit. The provided method returns the number
    /// of parameters.
    fn activations(&self) -> usize {
        self.layout().len()
    }

    /// The number of examples of a large batch that a [`Trainer`](crate::train::Trainer) works on at
    /// a time.
    ///
    /// It is a part of the order of summation: in a larger batch, the gradients of the parts are
    /// added one after the other. Another number gives other bits. The provided method returns 2¹⁷
    /// over the number of parameters, in whole multiples of 64 and at least 64.
    fn rows_at_once(&self) -> usize {
        rows_of_values(self.layout().len())
    }
}

/// As many examples as have 2¹⁷ values, which processors keep near, in whole multiples of 64.
pub(crate) fn rows_of_values(values: usize) -> usize {
    let rows = (1 << 17) / values.max(1);
    (rows / 64 * 64).max(64)
}

/// A function f(x; θ) of inputs and parameters, with its gradient in θ.
///
/// The laws, which [`check::model_laws`](crate::check::model_laws) tests for any model: `grad` is
/// the derivative of what `forward` writes, it *adds*, a batch gives what its rows give, and what
/// a cache was used for before makes no difference.
///
/// References, `Box` and `Arc` of a model are models.
///
/// ```
/// use ndarray::{Array2, ArrayRef1, Axis, Ix2};
/// use sparse_parity::params::{Block, InitialDistribution, Layout};
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// /// f(x) = (w·x)².
/// #[derive(Debug)]
/// struct Square {
///     n: usize,
///     layout: Arc<Layout>,
///     weight: Block<Ix2>,
/// }
///
/// impl Square {
///     fn new(n: usize) -> Self {
///         let mut layout = Layout::default();
///         let weight = layout.block("weight", (1, n), InitialDistribution::Uniform { bound: 1.0 });
///         Square { n, layout: layout.into(), weight }
///     }
/// }
///
/// impl Architecture for Square {
///     fn dim(&self) -> usize {
///         self.n
///     }
///     fn layout(&self) -> &Arc<Layout> {
///         &self.layout
///     }
/// }
///
/// impl<F: Real> Model<F> for Square {
///     /// w·x for every example.
///     type Cache = Array2<F>;
///
///     fn cache(&self, batch: usize) -> Array2<F> {
///         Array2::zeros((batch, 1))
///     }
///
///     fn forward(&self, theta: &Params<F>, x: &Signs, z: &mut Array2<F>, out: &mut ArrayRef1<F>) {
///         *z = Array2::zeros((x.rows(), 1));
///         x.project_add(&theta.view(&self.weight), z);
///         out.zip_mut_with(&z.column(0), |out, &z| *out = z * z);
///     }
///
///     fn grad(
///         &self,
///         _: &Params<F>,
///         x: &Signs,
///         z: &mut Array2<F>,
///         d_out: &ArrayRef1<F>,
///         into: &mut Params<F>,
///     ) {
///         let mut d_z = d_out.to_owned().insert_axis(Axis(1));
///         d_z.zip_mut_with(z, |d, &z| {
///             // An example without a derivative adds nothing, even where z overflows.
///             *d = if *d == F::zero() { *d } else { *d * (z + z) };
///         });
///         x.correlate_add(&d_z, &mut into.view_mut(&self.weight));
///     }
/// }
///
/// sparse_parity::check::model_laws(&Square::new(7), 1).unwrap();
/// ```
pub trait Model<F: Real>: Architecture {
    /// What the backward pass remembers of the forward pass.
    type Cache: Send;

    /// A cache for batches of at most `batch` rows.
    fn cache(&self, batch: usize) -> Self::Cache;

    /// Writes f(x; θ). Shapes: x `[batch, n]`, out `[batch]`.
    ///
    /// # Panics
    /// If the shapes do not fit, or the batch is larger than the cache.
    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        out: &mut ArrayRef1<F>,
    );

    /// Adds Σᵢ d_outᵢ ∇θ f(xᵢ; θ) to `into`, for the `x` last passed to `forward`.
    ///
    /// Examples with d_outᵢ = 0 are left out of the sum, whatever their gradient.
    ///
    /// # Panics
    /// If the shapes do not fit.
    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    );

    /// f(x; θ) in a new array of shape `[batch]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    fn predict(&self, theta: &Params<F>, x: &Signs) -> Array1<F> {
        let mut out = Array1::zeros(x.rows());
        self.forward(theta, x, &mut self.cache(x.rows()), &mut out);
        out
    }

    /// The step that makes an update together with the gradient, for models that are faster so: see
    /// [`fused`].
    ///
    /// The provided method has none.
    fn fused(&self) -> Option<&dyn FusedStep<F, Self::Cache>> {
        None
    }
}
