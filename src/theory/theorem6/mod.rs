//! Theorem 6: gradient flow on the disjoint-PolyNet.
//!
//! The net $`f(x) = \prod_{i=1}^k \langle w_i, x_{P_i} \rangle`$ learns a parity that has one
//! coordinate in each of its k blocks $`P_i`$ of n' coordinates. Under the correlation loss, the
//! population gradient is zero on all but these k relevant weights v, and
//!
//! ```math
//! v_i' = \prod_{j \ne i} v_j .
//! ```
//!
//! So all $`v_i^2 - v_j^2`$ are conserved, and one number determines the flow: [`DisjointFlow`] has its
//! solution from any start. From all-ones,
//!
//! ```math
//! v(t) = (1 - (k - 2)\, t)^{-1/(k-2)} \quad (k \ne 2), \qquad v(t) = e^t \quad (k = 2),
//! ```
//!
//! which for k ≥ 3 is infinite at t = 1/(k − 2).
//!
//! The irrelevant weights are frozen at ±1, so that a factor is $`v_i x + Z_i`$ with $`Z_i`$ a sum of
//! n' − 1 independent signs, and the error of sign(f) is known exactly ([`error_rate`]). With T(ε)
//! the time at which it falls to ε ([`DisjointFlow::time_to_error`]), the theorem says that for k ≥ 3
//! nearly all of the time is spent near chance:
//!
//! ```math
//! \frac{T(1/2 - \gamma)}{T(0)} \ge 1 - O\!\left((n')^{1 - k/2} \, \gamma^{2/k - 1}\right) .
//! ```
//!
//! | T(0.49)/T(0) | n' = 11 | n' = 101 | n' = 301 |
//! |---|---|---|---|
//! | k = 3 | 0.556 | 0.758 | 0.836 |
//! | k = 4 | 0.758 | 0.938 | 0.984 |
//!
//! ```
//! use sparse_parity::theory::theorem6::DisjointFlow;
//!
//! let flow = DisjointFlow::ones(3)?;
//! let plateau = flow.time_to_error(101, 0.49)? / flow.time_to_error(101, 0.0)?;
//! assert_eq!((1000.0 * plateau).round(), 758.0);
//! # Ok::<(), sparse_parity::Error>(())
//! ```
//!
//! The theorem is about the flow, the limit of small learning rates and infinite batches, and about
//! starts with a positive product, a half of all ±1 ones.

mod error_rate;
mod flow;
mod path;
mod quadrature;
mod signs;

pub use error_rate::error_rate;
pub use flow::{DisjointFlow, velocity};
