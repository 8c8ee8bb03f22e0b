//! Fourier analysis of functions on the cube {±1}ⁿ.
//!
//! Every function f on the cube is in exactly one way a sum of parities,
//!
//! ```math
//! f(x) = \sum_{T \subseteq [n]} \hat f(T) \, \chi_T(x) , \qquad
//! \hat f(T) = \mathbb{E}_x [ f(x) \, \chi_T(x) ] , \qquad \chi_T(x) = \prod_{i \in T} x_i .
//! ```
//!
//! Parities are orthonormal under the uniform distribution, so that squared coefficients add up to the mean
//! square of f (Parseval), and how far a function has learned a parity is one of its coefficients.
//!
//! | coefficients | computed by | for |
//! |---|---|---|
//! | all | [`transform`], [`Spectrum`] | n ≤ 30 |
//! | all, under a biased distribution | [`Spectrum::biased`] | n ≤ 30 |
//! | those at the subsets of J, the rest fixed | [`Spectrum::of_subcube`], [`Spectrum::restrict`] | \|J\| ≤ 30, any n |
//! | those at the subsets of J | [`Sampling::subsets`]; of a spectrum [`Spectrum::average`] | \|J\| ≤ 30, any n |
//! | some | [`Sampling::coefficients`] | any n |
//! | the large ones | [`heavy_coefficients`] | any n |
//!
//! Models become functions by [`measure::evaluator`](crate::measure::evaluator).
//!
//! # Conventions
//!
//! Coordinates are counted from 0. A set is a slice of different coordinates, in any order as an
//! argument and ascending in a result; it may be empty. Lists over all inputs or all sets are
//! ordered by masks: in entry r, $`x_i = -1`$, or $`i \in T`$, where bit i of r is set, as in
//! [`Signs::cube`](crate::signs::Signs::cube). Coefficients have the factor 2⁻ⁿ that [`transform`]
//! leaves out. A function is a slice of values, or a closure `f(x, out)` that writes one value for
//! each row of a block.
//!
//! Numbers are the same bits for any number of threads, with and without the feature `parallel`,
//! with which large transforms and sums use the threads of the current rayon pool.
//!
//! # Sources
//!
//! O'Donnell, *Analysis of Boolean Functions*, Cambridge University Press 2014, is the source of everything
//! except the search ([`heavy_coefficients`]) and the intervals ([`Confidence`]), whose pages name
//! theirs.

mod between;
mod blocks;
mod butterfly;
mod confidence;
mod product;
mod restriction;
mod sampling;
mod search;
mod set;
mod spectrum;
mod transform;
mod weight;

pub use confidence::{Confidence, sample_size};
pub use sampling::{CoefficientEstimate, Sampling};
pub use search::{Search, heavy_coefficients};
pub use spectrum::{Coefficient, Spectrum};
pub use transform::{MAX_DIM, transform};
