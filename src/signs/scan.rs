//! Scans of long lists of words: those that equal a key, and those that differ from one in few bits.
//!
//! They are plain loops over blocks, which the compiler turns into vectors. A block is read as a whole, and looked at
//! word by word if any of it is a hit; results and numbers of operations do not depend on the vectors.

use crate::simd::{Kernel, Simd, WithSimd};
use std::fmt::Debug;

/// Words of a block that is compared.
const EQUAL: usize = 64;
/// Words of a block whose bits are counted.
const NEAR: usize = 32;

/// What is added to a count that is above a bound, and keeps it above all that follow.
const BEYOND: u64 = 1 << 40;

/// The data of some examples for one set of coordinates: an unsigned integer with a bit for each. [`of`](Lane::of) and
/// [`bits`](Lane::bits) are no operations on data, and every other method is one.
pub(crate) trait Lane: Copy + Debug + Send + Sync {
    /// The data in the low bits.
    fn of(bits: u64) -> Self;

    /// The bits, for decisions, addresses and results.
    fn bits(self) -> u64;

    fn xor(self, other: Self) -> Self;

    /// The number of set bits.
    fn ones(self) -> u32;

    /// Whether the two are equal.
    fn is(self, other: Self) -> bool;
}

macro_rules! lane {
    ($integer:ty) => {
        impl Lane for $integer {
            #[inline(always)]
            fn of(bits: u64) -> Self {
                bits as $integer
            }
            #[inline(always)]
            fn bits(self) -> u64 {
                self.into()
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn ones(self) -> u32 {
                self.count_ones()
            }
            #[inline(always)]
            fn is(self, other: Self) -> bool {
                self == other
            }
        }
    };
}

lane!(u32);
lane!(u64);

/// The length to which a list is filled up, so that it has whole blocks.
pub(crate) fn whole_blocks(len: usize) -> usize {
    len.checked_next_multiple_of(EQUAL).unwrap_or(len)
}

/// The number of words that comparing the first `len` ones reads.
pub(crate) fn compared(len: usize) -> usize {
    len.next_multiple_of(EQUAL)
}

/// The number of words that counting in the first `len` ones reads at least.
pub(crate) fn counted(len: usize) -> usize {
    len.next_multiple_of(NEAR)
}

/// The probability that counting reads a block on, if it does so for a word with this one.
pub(crate) fn read_on(word: f64) -> f64 {
    -libm::expm1(NEAR as f64 * libm::log1p(-word))
}

/// Looks for a key among the first words of a list, for one key after the other; gives the number of operations on lanes.
#[derive(Debug)]
pub(crate) struct Equal<'a, L, K, H> {
    /// The list, filled up to [`whole_blocks`].
    pub list: &'a [L],
    /// How many words to compare with the next key, and this.
    pub keys: K,
    /// Takes the number of the key and the place of a word that equals it.
    pub hit: H,
}

impl<L, K, H> Equal<'_, L, K, H>
where
    L: Lane,
    K: Iterator<Item = (usize, L)>,
    H: FnMut(usize, usize),
{
    pub(crate) fn run(self, kernel: Kernel) -> u64 {
        kernel.dispatch(self)
    }
}

impl<L, K, H> WithSimd for Equal<'_, L, K, H>
where
    L: Lane,
    K: Iterator<Item = (usize, L)>,
    H: FnMut(usize, usize),
{
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> u64 {
        let mut operations = 0;
        for (which, (len, key)) in self.keys.enumerate() {
            let words = &self.list[..compared(len)];
            operations += words.len() as u64;
            for (place, block) in words.as_chunks::<EQUAL>().0.iter().enumerate() {
                let any = block.iter().fold(false, |any, &word| any | word.is(key));
                if any {
                    let first = place * EQUAL;
                    operations += (len - first).min(EQUAL) as u64;
                    let places = (first..len).zip(block);
                    for (place, _) in places.filter(|(_, word)| word.is(key)) {
                        (self.hit)(which, place);
                    }
                }
            }
        }
        operations
    }
}

/// Looks for words that differ from a key in few bits, for one key after the other; gives the number of operations on lanes.
///
/// Word i of all lists together has more bits than fit into one: it is read list by list, as long as any of its block
/// does not differ in more bits than the bound for so many lists allows.
#[derive(Debug)]
pub(crate) struct Near<'a, L, K, H> {
    /// The lists, each filled up to [`whole_blocks`].
    pub lists: &'a [Vec<L>],
    /// The most bits, for the first list, the first two and so on.
    pub bounds: &'a [u64],
    /// Room for a key: a word for each list.
    pub key: &'a mut [L],
    /// Writes the next key, and gives the number of words to look at.
    pub keys: K,
    /// Takes the number of the key, the place of a word that is within all bounds, and the bits in which it differs.
    pub hit: H,
}

impl<L, K, H> Near<'_, L, K, H>
where
    L: Lane,
    K: FnMut(&mut [L]) -> Option<usize>,
    H: FnMut(usize, usize, u64),
{
    pub(crate) fn run(self, kernel: Kernel) -> u64 {
        kernel.dispatch_counts(self)
    }

    /// The bits in which the words of a block differ from the key, if any is within all bounds; and the number of words read.
    #[inline(always)]
    fn differences(&self, first: usize) -> (Option<[u64; NEAR]>, u64) {
        let mut differences = [0; NEAR];
        let mut read = 0;
        for ((list, &key), &bound) in self.lists.iter().zip(&*self.key).zip(self.bounds) {
            read += NEAR as u64;
            let mut any = 0;
            for (sum, &word) in differences.iter_mut().zip(&list[first..][..NEAR]) {
                *sum += u64::from(word.xor(key).ones());
                let within = if *sum <= bound { u64::MAX } else { 0 };
                *sum |= !within & BEYOND;
                any |= within;
            }
            if any == 0 {
                return (None, read);
            }
        }
        (Some(differences), read)
    }
}

impl<L, K, H> WithSimd for Near<'_, L, K, H>
where
    L: Lane,
    K: FnMut(&mut [L]) -> Option<usize>,
    H: FnMut(usize, usize, u64),
{
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> u64 {
        let (mut read, mut which) = (0, 0);
        let (list, bound) = (&self.lists[0], self.bounds[0]);
        let last = self.bounds[self.bounds.len() - 1];
        while let Some(len) = (self.keys)(self.key) {
            let key = self.key[0];
            let words = &list[..counted(len)];
            read += words.len() as u64;
            for (place, block) in words.as_chunks::<NEAR>().0.iter().enumerate() {
                // The first list alone, without keeping the counts: most blocks end here.
                let any = block.iter().fold(0, |any, &word| {
                    let within = u64::from(word.xor(key).ones()) <= bound;
                    any | if within { u64::MAX } else { 0 }
                });
                if any == 0 {
                    continue;
                }
                let (differences, again) = self.differences(place * NEAR);
                read += again;
                let found = differences.iter().flatten().zip(place * NEAR..len);
                for (&bits, place) in found.filter(|(bits, _)| **bits <= last) {
                    (self.hit)(which, place, bits);
                }
            }
            which += 1;
        }
        2 * read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    #[test]
    fn every_kernel_finds_the_equal_words_below_each_length_and_no_other() {
        let mut rng = Seeds::from(1).stream(Purpose::Eval);
        // Few values, so that there are hits in every block.
        let mut list: Vec<u32> = (0..200).map(|_| rng.random_range(0..40)).collect();
        list.resize(whole_blocks(200), 0);
        let keys: Vec<(usize, u32)> = (0..=200).map(|len| (len, len as u32 % 50)).collect();
        let expected: Vec<(usize, usize)> = keys
            .iter()
            .enumerate()
            .flat_map(|(which, &(len, key))| {
                let places = (0..len).filter(|&place| list[place] == key);
                places.map(move |place| (which, place)).collect::<Vec<_>>()
            })
            .collect();
        assert!(expected.len() > 300);
        let mut operations = Vec::new();
        for kernel in Kernel::available() {
            let mut hits = Vec::new();
            let equal = Equal {
                list: &list,
                keys: keys.iter().copied(),
                hit: |which, place| hits.push((which, place)),
            };
            operations.push(equal.run(kernel));
            assert_eq!(hits, expected, "{kernel}");
        }
        operations.dedup();
        assert_eq!(operations.len(), 1);
    }

    #[test]
    fn every_kernel_finds_the_words_within_all_bounds_and_their_bits() {
        let mut rng = Seeds::from(2).stream(Purpose::Eval);
        let (len, width) = (500, 3);
        let lists: Vec<Vec<u64>> = (0..width)
            .map(|_| {
                let mut list: Vec<u64> = (0..len).map(|_| rng.random()).collect();
                list.resize(whole_blocks(len), 0);
                list
            })
            .collect();
        let keys: Vec<[u64; 3]> = (0..20).map(|_| rng.random()).collect();
        for bounds in [[28, 60, 93], [64, 128, 96], [10, 60, 96]] {
            let mut expected = Vec::new();
            for (which, key) in keys.iter().enumerate() {
                for place in 0..len - which {
                    let mut bits = 0;
                    let passes = lists
                        .iter()
                        .zip(key)
                        .zip(&bounds)
                        .all(|((list, key), bound)| {
                            bits += u64::from((list[place] ^ key).count_ones());
                            bits <= *bound
                        });
                    if passes {
                        expected.push((which, place, bits));
                    }
                }
            }
            let mut operations = Vec::new();
            for kernel in Kernel::available() {
                let (mut hits, mut next) = (Vec::new(), 0);
                let near = Near {
                    lists: &lists,
                    bounds: &bounds,
                    key: &mut [0; 3],
                    keys: |key: &mut [u64]| {
                        key.copy_from_slice(keys.get(next)?);
                        next += 1;
                        Some(len + 1 - next)
                    },
                    hit: |which, place, bits| hits.push((which, place, bits)),
                };
                operations.push(near.run(kernel));
                assert_eq!(hits, expected, "{kernel}, {bounds:?}");
            }
            operations.dedup();
            assert_eq!(operations.len(), 1);
        }
    }
}
