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
//! | filter | makes of the gradient |
//! |---|---|
//! | [`GrokfastEma`] | its sum with λ times an exponential mean of the gradients |
//! | [`GrokfastMa`] | its sum with λ times the mean of the newest gradients |
//! | [`ClipNorm`] | one that is not longer than c |
//! | [`Egalitarian`] | one whose matrices have singular values 1, or rows of length 1 |
//!
//! What sees θ besides the gradient stands around an optimizer, which it makes another one of:
//!
//! | optimizer | with |
//! |---|---|
//! | [`Pulled`] | a [`Pull`] on the gradient: [`Orthogonal`], [`L1Penalty`], [`GroupPenalty`] |
//! | [`Projected`] | a [`Projection`] behind the update: [`NormClamp`] |
//! | [`Langevin`] | Gaussian noise behind the update |
//!
//! Each block has a [`Rule`]: a rate, a weight decay and how the decay enters, where both numbers
//! are [`Schedule`]s.

mod adam;
mod adamw;
mod filter;
pub mod fused;
mod momentum;
mod pull;
mod rules;
mod schedule;
mod sgd;
mod sign_sgd;

pub use adam::Adam;
pub use adamw::AdamW;
pub use filter::{ClipNorm, Egalitarian, Filter, Filtered, GrokfastEma, GrokfastMa};
pub(crate) use filter::{alpha_of, lambda_of, window_of};
pub use momentum::Momentum;
pub(crate) use momentum::momentum_of;
pub use pull::{
    GroupPenalty, L1Penalty, Langevin, NormClamp, Orthogonal, Projected, Projection, Pull, Pulled,
};
pub use rules::{BlockRule, Decay, Factors, Rule, Rules};
pub use schedule::{JoinedSchedule, Schedule, ScheduleEntry};
pub use sgd::Sgd;
pub use sign_sgd::SignSgd;
pub(crate) use sign_sgd::threshold_of;

use crate::error::Result;
use crate::params::{Layout, Params};
use crate::real::Real;
use fused::PlainDescent;

/// A rule θ_t → θ_{t+1} that sees the gradient at θ_t.
///
/// The laws: at zero gradient only decay acts, a rule on one layer moves no other, and a frozen
/// block keeps its bits. `&mut` and `Box` of an optimizer are optimizers.
///
/// An optimizer that takes [`Rules`] obeys them, and has schedules, layers and the three [`Decay`]
/// conventions without a line of its own:
///
/// ```
/// use sparse_parity::Result;
/// use sparse_parity::optim::BlockRule;
/// use sparse_parity::params::Layout;
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// /// Lion (Chen et al., *Symbolic Discovery of Optimization Algorithms*, 2023, arXiv 2302.06675)
/// /// with β₁ = 0.9 and β₂ = 0.99: the sign of a mean of gradients.
/// struct Lion<F: Real> {
///     blocks: Vec<BlockRule>,
///     mean: Params<F>,
/// }
///
/// impl<F: Real> Lion<F> {
///     fn new(layout: &Arc<Layout>, rules: impl Into<Rules>) -> Result<Self> {
///         let blocks = rules.into().resolve(layout)?;
///         let mean = Params::zeros(layout);
///         Ok(Lion { blocks, mean })
///     }
/// }
///
/// impl<F: Real> Optimizer<F> for Lion<F> {
///     fn fits(&self, layout: &Layout) -> Result<()> {
///         self.mean.layout().agrees_with(layout)
///     }
///
///     fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
///         for BlockRule { range, rule } in &self.blocks {
///             let at = rule.at(t);
///             let [rate, keep, penalty] = [at.rate, at.keep, at.penalty].map(F::of);
///             let theta = &mut theta.as_mut_slice()[range.clone()];
///             let mean = &mut self.mean.as_mut_slice()[range.clone()];
///             for ((w, m), &g) in theta.iter_mut().zip(mean).zip(&grad.as_slice()[range.clone()]) {
///                 let g = g + penalty * *w;
///                 let direction = F::of(0.9) * *m + F::of(0.1) * g;
///                 *m = F::of(0.99) * *m + F::of(0.01) * g;
///                 if direction != F::zero() {
///                     *w = keep * *w - rate * direction.signum();
///                 } else {
///                     *w = keep * *w;
///                 }
///             }
///         }
///     }
/// }
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(15, 100, Relu)?;
/// let parity = Parity::new(15, &[1, 4])?;
/// let rules = Rules::from(Rule::rate(3e-4)).on("output", Rule::rate(1e-3).with_decay(1e-5));
/// let lion = Lion::<f32>::new(model.layout(), rules)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let solved = Convergence::new(&model, &parity, &seeds)?;
/// let stream = Online::new(ParityDistribution::from(parity), &seeds);
/// let stop = Trainer::new(model, Hinge, stream, lion, theta, 32)?.run(20_000, solved);
/// assert!(matches!(stop, Stop::Solved { .. }), "{stop:?}");
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait Optimizer<F: Real>: Send {
    /// Succeeds if the optimizer can move parameters of that layout.
    ///
    /// An optimizer that is built for a layout checks it here. The provided method always succeeds.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if it was built for another.
    fn fits(&self, layout: &Layout) -> Result<()> {
        let _ = layout;
        Ok(())
    }

    /// Makes update number `t`, counted from 0.
    ///
    /// # Panics
    /// It may panic if `theta` and `grad` do not have the layout that it [`fits`](Optimizer::fits).
    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>);

    /// The settings, a line `name = value` each, whatever was learned: a checkpoint is resumed only by a run with the same
    /// ones.
    ///
    /// The provided method knows the type alone.
    fn identity(&self) -> String {
        format!("optimizer = {}", std::any::type_name::<Self>())
    }

    /// Goes on by other rules, of all blocks or of each; what else it keeps, such as moments, stays.
    ///
    /// The provided method has no rules to change.
    ///
    /// # Errors
    /// [`Error::Method`](crate::Error::Method) if it has none; those of [`Rules::resolve`]. The rules are then those of
    /// before.
    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        let _ = rules;
        Err(crate::Error::Method {
            method: "a change of rules",
            reason: "this optimizer has no rules that can be changed".into(),
            repair: "give the run another optimizer (Trainer::with_optimizer)".into(),
        })
    }

    /// The update as plain descent, which a model may make while it computes the gradient: see
    /// [`fused`].
    ///
    /// The provided method has none.
    fn fused(&self) -> Option<&dyn PlainDescent> {
        None
    }
}

/// Implements the trait for what dereferences to an optimizer.
macro_rules! impl_for_pointer {
    ($pointer:ty) => {
        impl<F: Real, O: Optimizer<F> + ?Sized> Optimizer<F> for $pointer {
            fn fits(&self, layout: &Layout) -> Result<()> {
                (**self).fits(layout)
            }
            fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
                (**self).step(t, theta, grad);
            }
            fn identity(&self) -> String {
                (**self).identity()
            }
            fn set_rules(&mut self, rules: &Rules) -> Result<()> {
                (**self).set_rules(rules)
            }
            fn fused(&self) -> Option<&dyn PlainDescent> {
                (**self).fused()
            }
        }
    };
}

impl_for_pointer!(&mut O);
impl_for_pointer!(Box<O>);
