//! The theory as functions: Fourier coefficients and population gradients, exactly.
//!
//! | where | what |
//! |---|---|
//! | [`majority`] | Fourier coefficients of the majority and of half-spaces with ±1 weights |
//! | [`gradient`] | population gradients of neurons and networks, by exact methods |
//! | [`gap`] | the Fourier gap of Definition 1, and Proposition 9 |

pub mod gap;
pub mod gradient;
pub mod majority;
