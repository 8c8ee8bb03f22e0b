//! Numbers of sixteen trials that lie abreast.

use crate::real::{LANES, Real};
use std::ops::{Deref, DerefMut};

/// One number of each of sixteen trials, aligned for the widest vectors.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Sixteen<T>([T; LANES]);

impl<T: Copy> Sixteen<T> {
    /// The same number sixteen times.
    #[inline(always)]
    pub(crate) fn splat(x: T) -> Self {
        Sixteen([x; LANES])
    }

    /// The numbers.
    #[inline(always)]
    pub(crate) fn get(self) -> [T; LANES] {
        self.0
    }
}

/// In loops, numbers are loaded, changed and stored, and not changed in memory: so the compiler
/// sees that nothing else lies there.
impl<F: Real> Sixteen<F> {
    #[inline(always)]
    pub(crate) fn plus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] += other.0[lane];
        }
        self
    }

    /// The same, but +0 where `of` is 0.
    #[inline(always)]
    pub(crate) fn unless_zero(mut self, of: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] = if of.0[lane] == F::zero() {
                F::zero()
            } else {
                self.0[lane]
            };
        }
        self
    }

    #[inline(always)]
    pub(crate) fn times(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] *= other.0[lane];
        }
        self
    }
}

impl<T> From<[T; LANES]> for Sixteen<T> {
    #[inline(always)]
    fn from(numbers: [T; LANES]) -> Self {
        Sixteen(numbers)
    }
}

impl<T> Deref for Sixteen<T> {
    type Target = [T; LANES];

    #[inline(always)]
    fn deref(&self) -> &[T; LANES] {
        &self.0
    }
}

impl<T> DerefMut for Sixteen<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T; LANES] {
        &mut self.0
    }
}
