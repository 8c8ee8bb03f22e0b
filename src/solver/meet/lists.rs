//! The sums over all subsets of one size, a part of them at a time, from two lists of the sums over smaller subsets.
//!
//! A subset is one of the upper half of its coordinates and one of the lower half, all of them below the upper ones. The sums
//! that have the same bits at one place are those of an upper subset and of the lower subsets with the bits that are missing,
//! which lie together. So every sum is made once, by one XOR, and only the lists are kept.

use super::super::word::Word;
use super::subsets;
use super::table::NEAR;

/// The sizes of two lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ListShape {
    columns: usize,
    /// The numbers of upper and of lower coordinates.
    upper: usize,
    lower: usize,
    /// Sums with the same bits, so many from that place on, are a part.
    bits: u32,
    place: u32,
}

impl ListShape {
    /// Of subsets of that size, cut into 2^`bits` parts by the uppermost of the bits of a word that has so many.
    pub(super) fn of(columns: usize, size: usize, bits: u32, word_bits: u32) -> Self {
        let upper = size / 2;
        ListShape {
            columns,
            upper,
            lower: size - upper,
            bits,
            place: word_bits - bits,
        }
    }

    /// The number of upper subsets that have lower ones below them.
    pub(super) fn uppers(self) -> u64 {
        subsets::count(self.columns - self.lower, self.upper)
    }

    pub(super) fn lowers(self) -> u64 {
        subsets::count(self.columns, self.lower)
    }

    pub(super) fn parts(self) -> u64 {
        1 << self.bits
    }

    /// A sum and a rank or a bound for each subset, and where the lower ones of each key end.
    pub(super) fn bytes(self) -> u64 {
        let sums = self.uppers().saturating_add(self.lowers());
        sums.saturating_mul(12).saturating_add(4 * self.parts())
    }

    /// Operations to fill the lists: lower sums are made to be counted, and again to be put in their places.
    pub(super) fn operations(self) -> f64 {
        subsets::operations(self.columns - self.lower, self.upper)
            + 2.0 * subsets::operations(self.columns, self.lower)
    }

    /// Accesses to random places: of every lower sum, and of every upper one in every part.
    pub(super) fn probes(self) -> f64 {
        match self.bytes() > NEAR {
            true => self.lowers() as f64 + self.parts() as f64 * self.uppers() as f64,
            false => 0.0,
        }
    }

    /// The places of the columns in the subset that is made of an upper one and of the lower one of that rank.
    pub(super) fn subset(self, [upper, rank]: [u32; 2]) -> Vec<usize> {
        let above = subsets::at(upper.into(), self.upper, self.columns - self.lower);
        let above = above.into_iter().map(|place| place + self.lower);
        let below = subsets::at(rank.into(), self.lower, self.columns);
        above.chain(below).collect()
    }
}

/// Two lists of sums.
#[derive(Debug)]
pub(super) struct Lists<W> {
    pub(super) shape: ListShape,
    upper: Vec<W>,
    /// For each upper sum, how many lower subsets are below its coordinates: those of smaller rank.
    below: Vec<u32>,
    /// By their keys, and those of one key by rank.
    lower: Vec<W>,
    ranks: Vec<u32>,
    /// Where the lower sums of each key end.
    ends: Vec<u32>,
}

impl<W: Word> Lists<W> {
    pub(super) fn new(shape: ListShape) -> Self {
        let (uppers, lowers) = (shape.uppers() as usize, shape.lowers() as usize);
        Lists {
            shape,
            upper: Vec::with_capacity(uppers),
            below: Vec::with_capacity(uppers),
            lower: vec![W::of(0); lowers],
            ranks: vec![0; lowers],
            ends: vec![0; 1 << shape.bits],
        }
    }

    #[inline(always)]
    fn key(&self, word: W) -> usize {
        (word.bits() >> self.shape.place) as usize & (self.ends.len() - 1)
    }

    /// Takes the sums of these columns, `base` in each.
    pub(super) fn fill(&mut self, columns: &[W], base: W) {
        let ListShape { upper, lower, .. } = self.shape;
        self.upper.clear();
        subsets::sums(&columns[lower..], upper, base, &mut |sum| {
            self.upper.push(sum)
        });
        self.below.clear();
        let below = |place: usize| subsets::count(place, lower) as u32;
        subsets::least(columns.len() - lower, upper, &mut |place| {
            self.below.push(below(place + lower));
        });
        self.ends.fill(0);
        subsets::sums(columns, lower, W::of(0), &mut |sum| {
            let key = self.key(sum);
            self.ends[key] += 1;
        });
        let mut begin = 0;
        for end in &mut self.ends {
            begin += std::mem::replace(end, begin);
        }
        let mut rank = 0;
        subsets::sums(columns, lower, W::of(0), &mut |sum| {
            let key = self.key(sum);
            let place = self.ends[key] as usize;
            self.ends[key] += 1;
            (self.lower[place], self.ranks[place]) = (sum, rank);
            rank += 1;
        });
    }

    /// Gives `visit` the sums whose bits are those of the part, each with the number of its upper subset and the rank of its
    /// lower one.
    #[inline(always)]
    pub(super) fn each(&self, part: usize, mut visit: impl FnMut(u32, u32, W)) {
        for (number, (&upper, &below)) in self.upper.iter().zip(&self.below).enumerate() {
            let key = self.key(upper) ^ part;
            let begin = key.checked_sub(1).map_or(0, |before| self.ends[before]);
            let range = begin as usize..self.ends[key] as usize;
            for (&lower, &rank) in self.lower[range.clone()].iter().zip(&self.ranks[range]) {
                if rank >= below {
                    break;
                }
                visit(number as u32, rank, upper.xor(lower));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::word::{Counted, counted};
    use super::*;
    use crate::signs::scan::Lane;
    use std::collections::BTreeSet;

    #[test]
    fn parts_have_every_subset_once_with_its_sum() {
        for (n, size, bits) in [
            (9, 1, 0),
            (9, 2, 2),
            (12, 3, 3),
            (9, 4, 1),
            (10, 5, 4),
            (6, 6, 2),
        ] {
            // The four uppermost bits, by which sums are cut, beside one for each column.
            let columns = (0..n as u64).map(|i| Counted::of((5 * i % 8) << 12 | 1 << i));
            let columns: Vec<Counted> = columns.collect();
            let shape = ListShape::of(n, size, bits, 16);
            let mut lists = Lists::new(shape);
            let ((), filling) = counted(|| lists.fill(&columns, Counted::of(1 << 15)));
            assert_eq!(filling as f64, shape.operations(), "({n}, {size})");
            let mut seen = BTreeSet::new();
            for part in 0..1 << bits {
                lists.each(part, |upper, rank, sum| {
                    let subset = shape.subset([upper, rank]);
                    assert!(subset.is_sorted_by(|a, b| a > b) && subset.len() == size);
                    let ones: u64 = subset.iter().map(|&place| 1 << place).sum();
                    assert_eq!(sum.bits() & 0xfff, ones);
                    assert_eq!(sum.bits() >> (16 - bits), part as u64);
                    assert!(seen.insert(ones));
                });
            }
            assert_eq!(seen.len() as u64, subsets::count(n, size), "({n}, {size})");
        }
    }
}
