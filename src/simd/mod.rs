//! Vectors of numbers, for each set of instructions that a processor may have.
//!
//! [`Vectors`] are the operations, which `portable`, `avx2` and `avx512` implement. [`Kernel`] is the
//! choice among these, and [`dispatch`] the one way to them: it compiles an operation, [`WithSimd`],
//! once for each set of instructions, and runs the chosen one. Numbers that are made for vectors,
//! [`Aligned`] and [`Rows`], lie here as well, and so do parts of their rows, [`Strided`] and [`StridedMut`].

mod aligned;
mod kernel;
mod portable;
mod prefetch;
mod rows;
mod strided;
mod transpose;
mod vectors;

#[cfg(all(target_arch = "x86_64", not(portable_only)))]
mod avx2;
#[cfg(all(target_arch = "x86_64", not(portable_only)))]
mod avx512;

pub(crate) use aligned::Aligned;
pub use kernel::Kernel;
pub(crate) use portable::LANES as PORTABLE_LANES;
pub(crate) use prefetch::{Prefetch, exceeds_l2};
pub(crate) use rows::{Rows, copy, few, lanes, put, whole};
pub(crate) use strided::{Strided, StridedMut};
pub(crate) use transpose::{Bits, Transpose};
pub(crate) use vectors::{Apart, ENTRIES, Simd, Vectors, WithSimd};

/// Runs an operation with the vectors of the kernel in use.
#[inline]
pub(crate) fn dispatch<W: WithSimd>(op: W) -> W::Output {
    Kernel::in_use().dispatch(op)
}
