//! Fourier analysis of functions on the cube {±1}ⁿ.
//!
//! Every function f on the cube is in exactly one way a sum of parities,
//!
//! ```math
//! f(x) = \sum_{T \subseteq [n]} \hat f(T) \, \chi_T(x) , \qquad
//! \hat f(T) = \mathbb{E}_x [ f(x) \, \chi_T(x) ] , \qquad \chi_T(x) = \prod_{i \in T} x_i .
//! ```
//!
//! [`transform`] computes all 2ⁿ coefficients at once.

mod butterfly;
mod threads;
mod transform;

pub use transform::{MAX_DIM, transform};
