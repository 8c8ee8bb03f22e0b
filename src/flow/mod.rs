//! Gradient flow, the limit of gradient descent for small learning rates.
//!
//! ```math
//! \theta'(t) = -\nabla L(\theta(t))
//! ```
//!
//! [`Flow`] follows it, or any autonomous equation y' = F(y), with the Runge–Kutta method of Dormand
//! and Prince of order 8, whose steps adapt to a tolerance (DOP853; Hairer, Nørsett, Wanner, *Solving
//! Ordinary Differential Equations I*, section II.5). The integrator is that of the crate
//! `differential-equations`; this module is behind the feature `flow`.
//!
//! Gradient descent with a small rate η is at $`\theta(\eta t)`$ after t steps. The flow needs ∇L
//! exactly: the population gradients of [`theory`](crate::theory), or the gradient on all inputs.
//!
//! **Reproducible to the bit.** Like every adaptive method this one takes roots of error estimates. They are
//! computed by `libm` (the feature `libm_force` of `simba`, which `flow` switches on), everything else by
//! additions, multiplications, divisions and square roots in a fixed order.

mod course;
mod slope;
mod solver;

pub use course::{Course, FlowEnd};
pub use solver::Flow;
