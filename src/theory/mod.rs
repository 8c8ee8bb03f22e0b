//! The theory as functions: Fourier coefficients, population gradients and theorems.
//!
//! | where | what |
//! |---|---|
//! | [`majority`] | Fourier coefficients of the majority and of half-spaces with ±1 weights |
//! | [`gradient`] | population gradients of neurons and networks, by exact methods |
//! | [`gap`] | the Fourier gap of Definition 1, and Proposition 9 |
//! | [`drift`] | drift and diffusion of SGD at frozen weights, and when the support emerges |
//! | Theorem 4, [`theorem4`] | one large-batch step, then the output weights: sizes, rates, ideal features |
//! | Theorem 5, [`theorem5`] | how many fixed features, or how large weights, all sparse parities take |
//! | Theorem 6, [`theorem6`] | gradient flow on the disjoint-PolyNet in closed form, its error, its plateau |
//! | Theorem 7, [`theorem7`] | how many steps SGD on the disjoint-PolyNet needs at most |
//! | [`statistical_query`] | how many statistical queries any learner needs |
//!
//! Where the paper hides constants in O and Ω, the functions say which constants they take and why
//! those do.

mod binomial;
pub mod drift;
pub mod gap;
pub mod gradient;
pub mod majority;
pub mod statistical_query;
pub mod theorem4;
pub mod theorem5;
pub mod theorem6;
pub mod theorem7;

pub use binomial::supports;
