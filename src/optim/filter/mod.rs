//! Changes of the gradient.

mod clip_norm;
mod egalitarian;
mod ema;
mod filtered;
mod moving_average;
mod polar;

pub use clip_norm::ClipNorm;
pub use egalitarian::Egalitarian;
pub use ema::GrokfastEma;
pub(crate) use ema::alpha_of;
pub use filtered::Filtered;
pub use moving_average::GrokfastMa;
pub(crate) use moving_average::{lambda_of, window_of};

use crate::error::Result;
use crate::params::{Layout, Params};
use crate::real::Real;

/// A change of the gradient before an optimizer sees it, as a part of [`Filtered`].
///
/// The law: as long as all gradients were zero it leaves them zero, so that behind a filter, too,
/// only decay acts then. An entry that is NaN disturbs no other entry: the filters here work entry by
/// entry, except [`ClipNorm`] and [`Egalitarian`], which let such a gradient or block pass. `&mut` and `Box` of a filter are filters.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// /// Cuts every entry off at the given size.
/// struct Clip(f64);
///
/// impl<F: Real> Filter<F> for Clip {
///     fn apply(&mut self, _: u64, grad: &mut Params<F>) {
///         let most = F::of(self.0);
///         for g in grad.as_mut_slice() {
///             *g = num_traits::clamp(*g, -most, most);
///         }
///     }
/// }
///
/// let model = PolyNet::new(10, 3)?;
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let optimizer = Filtered::<f32, _, _>::new(Clip(1.0), sgd);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Filter<F: Real>: Send {
    /// Succeeds if the filter can change gradients of that layout.
    ///
    /// A filter that is built for a layout checks it here. The provided method always succeeds.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if it was built for another.
    fn fits(&self, layout: &Layout) -> Result<()> {
        let _ = layout;
        Ok(())
    }

    /// The settings, a line `name = value` each, whatever was seen: a checkpoint is resumed only by a run with the same ones.
    ///
    /// The provided method knows the type alone.
    fn identity(&self) -> String {
        format!("filter = {}", std::any::type_name::<Self>())
    }

    /// Changes the gradient of update number `t`, counted from 0, in place.
    ///
    /// # Panics
    /// It may panic if `grad` does not have the layout that it [`fits`](Filter::fits).
    fn apply(&mut self, t: u64, grad: &mut Params<F>);
}

/// Implements the trait for what dereferences to a filter.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<F: Real, G: Filter<F> + ?Sized> Filter<F> for $pointer {
            fn fits(&self, layout: &Layout) -> Result<()> {
                (**self).fits(layout)
            }
            fn apply(&mut self, t: u64, grad: &mut Params<F>) {
                (**self).apply(t, grad);
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
        }
    };
}

impl_for_pointer!(&mut G);
impl_for_pointer!(Box<G>);
