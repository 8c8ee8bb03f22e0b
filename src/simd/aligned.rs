//! Numbers whose first one begins a cache line.

use crate::real::Real;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// The length of a cache line in bytes.
const LINE: usize = 64;

/// An owned slice whose first number begins a cache line.
pub(crate) struct Aligned<F> {
    /// The numbers, with spare ones before and behind them for the alignment.
    storage: Vec<F>,
    start: usize,
    len: usize,
}

impl<F: Real> Aligned<F> {
    pub(crate) fn zeros(len: usize) -> Self {
        let spare = LINE / size_of::<F>();
        let storage = vec![F::zero(); len + spare];
        // An offset that cannot be found costs speed, not correctness.
        let start = storage.as_ptr().align_offset(LINE).min(spare);
        Aligned {
            storage,
            start,
            len,
        }
    }

    fn copy(values: &[F]) -> Self {
        let mut aligned = Aligned::zeros(values.len());
        aligned.copy_from_slice(values);
        aligned
    }
}

impl<F> Deref for Aligned<F> {
    type Target = [F];

    #[inline(always)]
    fn deref(&self) -> &[F] {
        &self.storage[self.start..][..self.len]
    }
}

impl<F> DerefMut for Aligned<F> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.storage[self.start..][..self.len]
    }
}

impl<F: Real> Clone for Aligned<F> {
    fn clone(&self) -> Self {
        Aligned::copy(self)
    }
}

impl<F: PartialEq> PartialEq for Aligned<F> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<F: fmt::Debug> fmt::Debug for Aligned<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// In a file, a sequence of numbers.
#[cfg(feature = "serde")]
impl<F: Real> serde::Serialize for Aligned<F> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&**self)
    }
}

#[cfg(feature = "serde")]
impl<'de, F: Real> serde::Deserialize<'de> for Aligned<F> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values: Vec<F> = serde::Deserialize::deserialize(deserializer)?;
        Ok(Aligned::copy(&values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_begins_a_line_of_the_cache_and_so_does_that_of_a_copy() {
        for len in [0, 1, 15, 16, 17, 1000] {
            let mut aligned = Aligned::<f32>::zeros(len);
            assert_eq!(*aligned, vec![0.0; len]);
            aligned.fill(2.0);
            let copy = aligned.clone();
            assert_eq!(copy, aligned);
            for numbers in [aligned, copy] {
                assert_eq!(numbers.as_ptr().addr() % LINE, 0);
            }
        }
    }
}
