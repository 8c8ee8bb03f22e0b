//! Updates of the parameters.
//!
//! | optimizer | θ moves against |
//! |---|---|
//! | [`Sgd`] | the gradient: equation 1 of the paper |
//! | [`Momentum`] | a decaying sum of gradients, heavy ball or Nesterov |
//! | [`SignSgd`] | the signs of the gradient |
//! | [`Adam`] | the running mean of the gradient over its running size |
//! | [`AdamW`] | the same, with scaled decay |
//! | [`Filtered`] | what an optimizer makes of a gradient that a [`Filter`] has changed |
//!
//! | filter | adds λ times |
//! |---|---|
//! | [`GrokfastEma`] | an exponential mean of the gradients |
//! | [`GrokfastMa`] | the mean of the newest gradients |
//!
//! Each block has a [`Rule`]: a rate, a weight decay and how the decay enters, where both numbers
//! are [`Schedule`]s.

mod adam;
mod adamw;
mod filter;
mod momentum;
mod rules;
mod schedule;
mod sgd;
mod sign_sgd;

pub use adam::Adam;
pub use adamw::AdamW;
pub use filter::{Filter, Filtered, GrokfastEma, GrokfastMa};
pub use momentum::Momentum;
pub use rules::{BlockRule, Decay, Rule, Rules};
pub use schedule::{Schedule, ScheduleEntry};
pub use sgd::Sgd;
pub use sign_sgd::SignSgd;

use crate::error::Result;
use crate::params::{Descent, Layout, Params};
use crate::real::Real;

/// A rule θ_t → θ_{t+1} that sees the gradient at θ_t.
///
/// The laws: at zero gradient only decay acts, a rule on one layer moves no other, and a frozen
/// block keeps its bits.
pub trait Optimizer<F: Real>: Send {
    /// Succeeds if the optimizer can move parameters of that layout.
    ///
    /// The provided method lets everything pass; an optimizer that is built for a layout says so
    /// here.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if it was built for another.
    fn fits(&self, layout: &Layout) -> Result<()> {
        let _ = layout;
        Ok(())
    }

    /// Writes what update number `t` is to `into`, if it is plain descent, and else says `false`.
    ///
    /// Whoever gets the update that way makes it, and does not call [`step`](Optimizer::step)
    /// for it. The provided method says `false`.
    fn descent(&self, t: u64, into: &mut Descent) -> bool {
        let _ = (t, into);
        false
    }

    /// Makes update number `t`, counted from 0.
    ///
    /// # Panics
    /// It may panic if `theta` and `grad` do not have the layout that it [`fits`](Optimizer::fits).
    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>);
}

/// The choice of an optimizer can be made at run time.
impl<F: Real, O: Optimizer<F> + ?Sized> Optimizer<F> for Box<O> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        (**self).fits(layout)
    }
    fn descent(&self, t: u64, into: &mut Descent) -> bool {
        (**self).descent(t, into)
    }
    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        (**self).step(t, theta, grad);
    }
}
