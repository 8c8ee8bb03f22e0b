use super::fused::FusedStep;
use super::{Architecture, Model};
#[cfg(feature = "trial")]
use crate::lockstep::Lockstep;
use crate::params::{Descent, Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use ndarray::ArrayRef1;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A model whose architecture is chosen while the program runs.
///
/// It gives the bits of the model that it was made of; what is built on it is compiled once, whatever
/// the architecture. [`Learner::model`](crate::trial::Learner::model) makes one of settings.
///
/// ```
/// use sparse_parity::model::AnyModel;
/// use sparse_parity::prelude::*;
///
/// let (n, k) = (20, 3);
/// let models: [AnyModel<f64>; 2] = [AnyModel::new(Mlp::new(n, 100, Relu)?), AnyModel::new(PolyNet::new(n, k)?)];
/// for model in models {
///     let theta = Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
///     let out = model.predict(&theta, &Signs::ones(5, n)?);
///     println!("{model:?}: f(1, …, 1) = {}", out[0]);
/// }
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone)]
pub struct AnyModel<F: Real> {
    model: Arc<dyn Erased<F>>,
    #[cfg(feature = "trial")]
    lockstep: Option<Arc<dyn Lockstep>>,
}

impl<F: Real> AnyModel<F> {
    /// The model, with its type forgotten.
    pub fn new<M: Model<F> + 'static>(model: M) -> Self
    where
        M::Cache: 'static,
    {
        AnyModel {
            model: Arc::new(model),
            #[cfg(feature = "trial")]
            lockstep: None,
        }
    }
}

#[cfg(feature = "trial")]
impl AnyModel<f32> {
    /// The same for a model that sixteen trials can train in lockstep.
    pub(crate) fn with_lockstep<M: Model<f32> + Lockstep + 'static>(model: M) -> Self
    where
        M::Cache: 'static,
    {
        let model = Arc::new(model);
        AnyModel {
            model: Arc::clone(&model) as Arc<dyn Erased<f32>>,
            lockstep: Some(model),
        }
    }

    /// The steps of sixteen trials in lockstep, if the model has them.
    pub(crate) fn lockstep(&self) -> Option<&dyn Lockstep> {
        self.lockstep.as_deref()
    }
}

/// What a model can do, without its types.
trait Erased<F: Real>: Architecture {
    fn any_cache(&self, batch: usize) -> Box<dyn Any + Send>;
    fn any_forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut dyn Any,
        out: &mut ArrayRef1<F>,
    );
    fn any_grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut dyn Any,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    );
    fn is_fused(&self) -> bool;
    fn any_descend(
        &self,
        theta: &mut Params<F>,
        x: &Signs,
        cache: &mut dyn Any,
        d_out: &ArrayRef1<F>,
        descent: &Descent,
        scratch: &mut Params<F>,
    );
}

/// A cache is handed out and back as it is.
fn downcast_cache<C: 'static>(cache: &mut dyn Any) -> &mut C {
    cache.downcast_mut().expect("the cache is of another model")
}

impl<F: Real, M: Model<F>> Erased<F> for M
where
    M::Cache: 'static,
{
    fn any_cache(&self, batch: usize) -> Box<dyn Any + Send> {
        Box::new(self.cache(batch))
    }

    fn any_forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut dyn Any,
        out: &mut ArrayRef1<F>,
    ) {
        self.forward(theta, x, downcast_cache(cache), out);
    }

    fn any_grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut dyn Any,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        self.grad(theta, x, downcast_cache(cache), d_out, into);
    }

    fn is_fused(&self) -> bool {
        self.fused().is_some()
    }

    fn any_descend(
        &self,
        theta: &mut Params<F>,
        x: &Signs,
        cache: &mut dyn Any,
        d_out: &ArrayRef1<F>,
        descent: &Descent,
        scratch: &mut Params<F>,
    ) {
        let fused = self.fused().expect("the model has a fused step");
        fused.descend(theta, x, downcast_cache(cache), d_out, descent, scratch);
    }
}

impl<F: Real> Architecture for AnyModel<F> {
    fn dim(&self) -> usize {
        self.model.dim()
    }

    fn layout(&self) -> &Arc<Layout> {
        self.model.layout()
    }

    fn identity(&self) -> String {
        self.model.identity()
    }

    fn activations(&self) -> usize {
        self.model.activations()
    }

    fn rows_at_once(&self) -> usize {
        self.model.rows_at_once()
    }
}

impl<F: Real> Model<F> for AnyModel<F> {
    type Cache = Box<dyn Any + Send>;

    fn cache(&self, batch: usize) -> Self::Cache {
        self.model.any_cache(batch)
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        out: &mut ArrayRef1<F>,
    ) {
        self.model.any_forward(theta, x, &mut **cache, out);
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        self.model.any_grad(theta, x, &mut **cache, d_out, into);
    }

    fn fused(&self) -> Option<&dyn FusedStep<F, Self::Cache>> {
        self.model
            .is_fused()
            .then_some(self as &dyn FusedStep<F, Self::Cache>)
    }
}

impl<F: Real> FusedStep<F, Box<dyn Any + Send>> for AnyModel<F> {
    fn descend(
        &self,
        theta: &mut Params<F>,
        x: &Signs,
        cache: &mut Box<dyn Any + Send>,
        d_out: &ArrayRef1<F>,
        descent: &Descent,
        scratch: &mut Params<F>,
    ) {
        self.model
            .any_descend(theta, x, &mut **cache, d_out, descent, scratch);
    }
}

/// Shows the model itself.
impl<F: Real> fmt::Debug for AnyModel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.model, f)
    }
}
