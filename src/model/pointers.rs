use super::fused::FusedStep;
use super::{Architecture, Model};
use crate::params::{Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use ndarray::{Array1, ArrayRef1};
use std::sync::Arc;

/// Implements the traits for what dereferences to a model.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<M: Architecture + ?Sized> Architecture for $pointer {
            fn dim(&self) -> usize {
                (**self).dim()
            }
            fn layout(&self) -> &Arc<Layout> {
                (**self).layout()
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
            fn activations(&self) -> usize {
                (**self).activations()
            }
            fn rows_at_once(&self) -> usize {
                (**self).rows_at_once()
            }
        }

        impl<F: Real, M: Model<F> + ?Sized> Model<F> for $pointer {
            type Cache = M::Cache;

            fn cache(&self, batch: usize) -> Self::Cache {
                (**self).cache(batch)
            }
            fn forward(
                &self,
                theta: &Params<F>,
                x: &Signs,
                cache: &mut Self::Cache,
                out: &mut ArrayRef1<F>,
            ) {
                (**self).forward(theta, x, cache, out);
            }
            fn grad(
                &self,
                theta: &Params<F>,
                x: &Signs,
                cache: &mut Self::Cache,
                d_out: &ArrayRef1<F>,
                into: &mut Params<F>,
            ) {
                (**self).grad(theta, x, cache, d_out, into);
            }
            fn predict(&self, theta: &Params<F>, x: &Signs) -> Array1<F> {
                (**self).predict(theta, x)
            }
            fn fused(&self) -> Option<&dyn FusedStep<F, Self::Cache>> {
                (**self).fused()
            }
        }
    };
}

impl_for_pointer!(&M);
impl_for_pointer!(Box<M>);
impl_for_pointer!(Arc<M>);
