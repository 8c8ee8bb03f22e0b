//! Numbers of sixteen trials that lie abreast.

use crate::real::LANES;
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
