//! Sets of coordinates: slices outside, masks inside.

use crate::error::Result;
use crate::signs::Columns;

/// The mask of a set of coordinates below n ≤ 64, with bit i for coordinate i.
pub(super) fn mask(n: usize, set: &[usize]) -> Result<u64> {
    Columns::new(n, set)?;
    Ok(set.iter().fold(0, |mask, i| mask | 1 << i))
}

/// The coordinates of a mask, ascending.
pub(super) fn members(mask: u64) -> Vec<usize> {
    (0..64).filter(|i| mask >> i & 1 == 1).collect()
}

/// A set of any coordinates below n, ascending.
pub(super) fn sorted(n: usize, set: &[usize]) -> Result<Vec<usize>> {
    Columns::new(n, set)?;
    let mut sorted = set.to_vec();
    sorted.sort_unstable();
    Ok(sorted)
}
