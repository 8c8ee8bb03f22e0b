//! Vectors for every processor.

use super::vectors::Vectors;
use crate::real::Real;
use std::array::from_fn;

/// Vectors that are arrays; it is left to the compiler what they become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

const LANES: usize = 4;
/// Vectors that are worked on together.
pub(super) const WIDE: usize = 4;

impl<F: Real> Vectors<F> for Portable {
    type V = [F; LANES];
    const LANES: usize = LANES;

    #[inline(always)]
    fn splat(self, x: F) -> [F; LANES] {
        [x; LANES]
    }

    #[inline(always)]
    fn load(self, from: &[F], len: usize) -> [F; LANES] {
        if len == LANES {
            let from = &from[..LANES];
            return from_fn(|lane| from[lane]);
        }
        let mut v = [F::zero(); LANES];
        for (v, &from) in v.iter_mut().zip(&from[..len]) {
            *v = from;
        }
        v
    }

    #[inline(always)]
    fn store(self, v: [F; LANES], to: &mut [F], len: usize) {
        if len == LANES {
            to[..LANES].copy_from_slice(&v);
            return;
        }
        for (to, v) in to[..len].iter_mut().zip(v) {
            *to = v;
        }
    }

    #[inline(always)]
    fn add(self, a: [F; LANES], b: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    fn sub(self, a: [F; LANES], b: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    fn times(self, a: [F; LANES], b: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| a[lane] * b[lane])
    }

    #[inline(always)]
    fn add_times(self, sum: [F; LANES], s: [F; LANES], v: [F; LANES]) -> [F; LANES] {
        from_fn(|lane| sum[lane] + s[lane] * v[lane])
    }
}
