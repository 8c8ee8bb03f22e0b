//! Subsets of a fixed size in colexicographic order: by the largest element, then by the next.

use super::super::word::Word;

/// The number of subsets, as far as ranks need it.
pub(in crate::solver) fn count(n: usize, size: usize) -> u64 {
    let mut count = 1_u64;
    for i in 0..size as u64 {
        // Exact, as the product of i + 1 successive numbers is divisible by (i + 1)!.
        let Some(next) = (n as u64).checked_sub(i) else {
            return 0;
        };
        count = match count.checked_mul(next) {
            Some(product) => product / (i + 1),
            None => return u64::MAX,
        };
    }
    count
}

/// The number of XORs by which all sums over subsets are made: a sum is that of all but the smallest element and this.
pub(in crate::solver) fn operations(n: usize, size: usize) -> f64 {
    (1..=size).map(|d| count(n - size + d, d) as f64).sum()
}

/// Gives `visit` the XOR of `base` and of the columns in each subset.
pub(in crate::solver) fn sums<W: Word>(
    columns: &[W],
    size: usize,
    base: W,
    visit: &mut impl FnMut(W),
) {
    match size {
        0 => visit(base),
        1 => columns.iter().for_each(|&column| visit(base.xor(column))),
        _ => {
            for top in size - 1..columns.len() {
                sums(&columns[..top], size - 1, base.xor(columns[top]), visit);
            }
        }
    }
}

/// Gives `visit` the least element of each subset of a size above 0, and n for the empty one, in the order of [`sums`].
pub(in crate::solver) fn least(n: usize, size: usize, visit: &mut impl FnMut(usize)) {
    match size {
        0 => visit(n),
        1 => (0..n).for_each(visit),
        _ => (size - 1..n).for_each(|top| least(top, size - 1, visit)),
    }
}

/// The subset of that rank, descending.
pub(in crate::solver) fn at(mut rank: u64, size: usize, n: usize) -> Vec<usize> {
    let mut below = n;
    let elements = (1..=size).rev().map(|left| {
        // The largest element is the last one with so many subsets below it.
        let (mut low, mut high) = (left - 1, below);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match count(middle, left) <= rank {
                true => low = middle,
                false => high = middle,
            }
        }
        rank -= count(low, left);
        below = low;
        low
    });
    elements.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::word::{Counted, counted};
    use super::*;
    use crate::signs::scan::Lane;

    #[test]
    fn the_sum_of_every_rank_is_that_of_its_subset() {
        for (n, size) in [(5, 0), (5, 1), (9, 3), (6, 6), (20, 2), (12, 5)] {
            let columns: Vec<Counted> = (0..n).map(|i| Counted::of(1 << i)).collect();
            let mut rank = 0;
            let ((), made) = counted(|| {
                sums(&columns, size, Counted::of(1 << 40), &mut |sum| {
                    let subset = at(rank, size, n);
                    let bits: u64 = subset.iter().map(|i| 1 << i).sum();
                    assert_eq!(sum.bits(), bits | 1 << 40, "{rank} of ({n}, {size})");
                    assert!(subset.is_sorted_by(|a, b| a > b));
                    rank += 1;
                });
            });
            assert_eq!(rank, count(n, size));
            assert_eq!(made as f64, operations(n, size));
        }
        assert_eq!(count(3, 4), 0);
        assert_eq!(count(1000, 3), 166_167_000);
        assert_eq!(count(1000, 500), u64::MAX);
    }
}
