//! One head of attention: what it represents, what it shatters, and how many such heads there are up to ε.
//!
//! A head with one query gives $`\sum_t \mathrm{softmax}(s)_t\, v_t`$ for scores s and values v of the T positions.
//!
//! - [`represent`] and [`represent_symmetric`] give a head of one dimension with a hidden layer behind it that compute any function of
//!   s coordinates exactly: [`OneHead`].
//! - [`shatter`] gives log₂ T inputs of T positions that heads of dimension 3 label in all ways.
//! - [`log_cover`] bounds the covering number of bounded heads; T enters as its logarithm alone.
//!
//! Edelman, Goel, Kakade and Zhang, *Inductive biases and variable creation in self-attention mechanisms*, ICML 2022, arXiv 2110.10090.

mod cover;
mod represent;
mod shatter;

pub use cover::{HeadBounds, SOFTMAX_LIPSCHITZ, log_cover};
pub use represent::{OneHead, represent, represent_symmetric};
pub use shatter::{Shattering, shatter};
