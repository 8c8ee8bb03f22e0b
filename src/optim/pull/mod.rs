//! Changes of the gradient that see θ, and of θ behind an update.

mod group_penalty;
mod l1_penalty;
mod langevin;
mod norm_clamp;
mod orthogonal;
mod projected;
mod pulled;

pub use group_penalty::GroupPenalty;
pub use l1_penalty::L1Penalty;
pub use langevin::Langevin;
pub use norm_clamp::NormClamp;
pub use orthogonal::Orthogonal;
pub use projected::Projected;
pub use pulled::Pulled;

use crate::error::Result;
#[cfg(doc)]
use crate::optim::Filter;
use crate::params::{Layout, Params};
use crate::real::Real;

/// A change of the gradient that sees θ, such as the gradient of a penalty, as a part of [`Pulled`].
///
/// What needs no θ is a [`Filter`]. The law: a pull that adds nothing leaves the optimizer behind it its bits.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// /// Adds the gradient of λ/2 ‖θ − c‖².
/// struct Towards {
///     c: f64,
///     lambda: f64,
/// }
///
/// impl<F: Real> Pull<F> for Towards {
///     fn pull(&mut self, _: u64, theta: &Params<F>, grad: &mut Params<F>) {
///         for (g, &w) in grad.as_mut_slice().iter_mut().zip(theta.as_slice()) {
///             *g += F::of(self.lambda) * (w - F::of(self.c));
///         }
///     }
/// }
///
/// let model = PolyNet::new(10, 3)?;
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.5))?;
/// let mut optimizer = Pulled::new(Towards { c: 1.0, lambda: 1.0 }, sgd);
/// let (mut theta, grad) = (Params::<f64>::zeros(model.layout()), Params::zeros(model.layout()));
/// optimizer.step(0, &mut theta, &grad);
/// assert!(theta.as_slice().iter().all(|w| *w == 0.5));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Pull<F: Real>: Send {
    /// Succeeds if it can change gradients of that layout. The provided method always succeeds.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if it was built for another.
    fn fits(&self, layout: &Layout) -> Result<()> {
        let _ = layout;
        Ok(())
    }

    /// The settings, a line `name = value` each. The provided method knows the type alone.
    fn identity(&self) -> String {
        format!("pull = {}", std::any::type_name::<Self>())
    }

    /// Changes the gradient of update number `t`, counted from 0, at θ, in place.
    ///
    /// # Panics
    /// It may panic if the parameters do not have the layout that it [`fits`](Pull::fits).
    fn pull(&mut self, t: u64, theta: &Params<F>, grad: &mut Params<F>);
}

/// A change of θ behind an update, such as a projection, as a part of [`Projected`].
///
/// ```
/// use sparse_parity::prelude::*;
///
/// /// Keeps every parameter in [−c, c].
/// struct Cube(f64);
///
/// impl<F: Real> Projection<F> for Cube {
///     fn project(&mut self, _: u64, theta: &mut Params<F>) {
///         let most = F::of(self.0);
///         for w in theta.as_mut_slice() {
///             *w = num_traits::clamp(*w, -most, most);
///         }
///     }
/// }
///
/// let model = PolyNet::new(10, 3)?;
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.5))?;
/// let mut optimizer = Projected::new(Cube(0.25), sgd);
/// let (mut theta, mut grad) = (Params::<f64>::zeros(model.layout()), Params::zeros(model.layout()));
/// grad.fill(1.0);
/// optimizer.step(0, &mut theta, &grad);
/// assert!(theta.as_slice().iter().all(|w| *w == -0.25));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Projection<F: Real>: Send {
    /// Succeeds if it can change parameters of that layout. The provided method always succeeds.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if it was built for another.
    fn fits(&self, layout: &Layout) -> Result<()> {
        let _ = layout;
        Ok(())
    }

    /// The settings, a line `name = value` each. The provided method knows the type alone.
    fn identity(&self) -> String {
        format!("projection = {}", std::any::type_name::<Self>())
    }

    /// Changes θ behind update number `t`, counted from 0, in place.
    ///
    /// # Panics
    /// It may panic if the parameters do not have the layout that it [`fits`](Projection::fits).
    fn project(&mut self, t: u64, theta: &mut Params<F>);
}

/// Implements the traits for what dereferences to a pull or a projection.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<F: Real, P: Pull<F> + ?Sized> Pull<F> for $pointer {
            fn fits(&self, layout: &Layout) -> Result<()> {
                (**self).fits(layout)
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
            fn pull(&mut self, t: u64, theta: &Params<F>, grad: &mut Params<F>) {
                (**self).pull(t, theta, grad);
            }
        }

        impl<F: Real, P: Projection<F> + ?Sized> Projection<F> for $pointer {
            fn fits(&self, layout: &Layout) -> Result<()> {
                (**self).fits(layout)
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
            fn project(&mut self, t: u64, theta: &mut Params<F>) {
                (**self).project(t, theta);
            }
        }
    };
}

impl_for_pointer!(&mut P);
impl_for_pointer!(Box<P>);
