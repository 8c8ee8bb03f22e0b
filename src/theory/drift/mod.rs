//! Drift and diffusion: SGD as a biased random walk (section 5).
//!
//! Under the correlation loss −y·f, the gradient of a neuron σ(w·x + b) on a batch has a mean, the
//! population gradient g, and a variance. As long as the weights are near their initial values w_0,
//! both are nearly those at w_0, and the weights make a biased random walk: after t steps of rate η
//! with batches of B fresh examples, by the central limit theorem, about
//!
//! ```math
//! w_{t,i} - w_{0,i} \sim \mathcal{N}\Big( -\eta \, t \, g_i, \; \frac{\eta^2 \, t \, v_i}{B} \Big) ,
//! \qquad g_i = -\widehat{\sigma'_{w_0,b}}(S \triangle \{i\}), \qquad
//! v_i = \mathbb{E}\big[ \sigma'(w_0 \cdot x + b)^2 \big] - g_i^2 .
//! ```
//!
//! Relevant coordinates drift in proportion to t, all coordinates diffuse in proportion to √t, and
//! from some time on the drift stands out. [`Drift`] has the exact moments, and [`Walk`] the time.
//!
//! # What is exact and what is predicted
//! The mean and the variance of the gradient at w_0 are exact, up to the stated errors. The walk is
//! a prediction under coefficients that are frozen at w_0, which those of SGD are not; the paper
//! conjectures that they stay similar for long enough. The prediction is about when S shows; it
//! does not say that this movement causes a network to learn, and the later course, with other
//! losses, with weight decay or at large rates, is outside its scope. In
//! [`GradientAccumulator`](crate::train::GradientAccumulator) the coefficients *are* frozen: it
//! accumulates gradients at w_0 and extrapolates, so that the movement of SGD can be compared with it.
//!
//! The rate η only sets the scale of such a walk: when S emerges depends on the number of examples
//! t·B alone.

mod moments;
mod walk;

pub use moments::Drift;
pub use walk::{Displacement, Walk};
