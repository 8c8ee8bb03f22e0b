//! One number of each of sixteen trials.

use crate::real::LANES;
use std::ops::{Deref, DerefMut};

/// One value for each of sixteen trials, a trial in each lane; aligned for the widest vectors.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(crate) struct Lanes<T>([T; LANES]);

impl<T: Copy> Lanes<T> {
    /// The same value in every lane.
    #[inline(always)]
    pub(crate) fn splat(x: T) -> Self {
        Lanes([x; LANES])
    }

    /// The values.
    #[inline(always)]
    pub(crate) fn get(self) -> [T; LANES] {
        self.0
    }
}

/// Loops load, change and store these values, and do not change them in memory, so that the compiler
/// sees that nothing else lies there.
impl Lanes<f32> {
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
            self.0[lane] = if of.0[lane] == 0.0 { 0.0 } else { self.0[lane] };
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

impl<T> From<[T; LANES]> for Lanes<T> {
    #[inline(always)]
    fn from(numbers: [T; LANES]) -> Self {
        Lanes(numbers)
    }
}

impl<T> Deref for Lanes<T> {
    type Target = [T; LANES];

    #[inline(always)]
    fn deref(&self) -> &[T; LANES] {
        &self.0
    }
}

impl<T> DerefMut for Lanes<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T; LANES] {
        &mut self.0
    }
}
