//! The theory as functions: Fourier coefficients, population gradients and theorems.
//!
//! | module | contents |
//! |---|---|
//! | [`majority`] | Fourier coefficients of the majority and of half-spaces with ±1 weights |
//! | [`gradient`] | population gradients of neurons and networks, by exact methods |
//! | [`PopulationLoss`] | a loss on the population with its gradient, for [runs without batches](crate::train::PopulationTrainer) |
//! | [`gap`] | the Fourier gap of Definition 1, and Proposition 9 |
//! | [`drift`] | drift and diffusion of SGD at frozen weights, and the time at which the support emerges |
//! | Theorem 4, [`theorem4`] | one large-batch step, then the output weights: sizes, rates, ideal features |
//! | Theorem 5, [`theorem5`] | the number of fixed features, or the norm of weights, that all sparse parities need |
//! | Theorem 6, [`theorem6`] | gradient flow on the disjoint-PolyNet in closed form, its error, its plateau |
//! | Theorem 7, [`theorem7`] | an upper bound for the steps of SGD on the disjoint-PolyNet |
//! | [`frontier`] | the examples that identify a support, and the luck of a sparse initialisation |
//! | [`margin`] | the largest margin of zᵏ networks on a parity, and the network that has it |
//! | [`sign_descent`] | sign descent with a threshold: the weights in closed form, width and batch |
//! | [`attention`] | one head: what it represents and shatters, and a bound for how many there are |
//! | [`conjunction`] | how many examples determine a conjunction |
//! | [`skills`] | the loss of finitely many skills by time, examples and width |
//! | [`statistical_query`] | a lower bound for the statistical queries of any learner |
//!
//! Where the paper has O and Ω, the functions state their constants and why these suffice.

pub mod attention;
mod binomial;
pub mod conjunction;
pub mod drift;
pub mod frontier;
pub mod gap;
pub mod gradient;
#[cfg(test)]
mod laws;
pub mod majority;
pub mod margin;
pub mod sign_descent;
pub mod skills;
pub mod statistical_query;
pub mod theorem4;
pub mod theorem5;
pub mod theorem6;
pub mod theorem7;

pub(crate) use binomial::ln_supports;
pub use binomial::supports;
pub use gradient::population::{
    PopulationCorrelation, PopulationLoss, PopulationLossFn, population_loss_fn,
};
