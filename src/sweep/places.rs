//! Sets of runs.

use std::collections::BTreeMap;
use std::ops::Range;

/// The runs of a word.
const BITS: u64 = u64::BITS as u64;

/// A set of places of runs in a sweep, by words of bits of which those without a run are left out.
///
/// It takes half a byte of memory a run where runs stand side by side, and 32 bytes where each has a word of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    words: BTreeMap<u64, u64>,
}

impl Places {
    /// Whether the place is new.
    pub(super) fn insert(&mut self, place: u64) -> bool {
        let word = self.words.entry(place / BITS).or_default();
        let is_new = *word & bit(place) == 0;
        *word |= bit(place);
        is_new
    }

    /// Whether the place was there.
    pub(super) fn remove(&mut self, place: u64) -> bool {
        let Some(word) = self.words.get_mut(&(place / BITS)) else {
            return false;
        };
        let was_there = *word & bit(place) != 0;
        *word &= !bit(place);
        if *word == 0 {
            self.words.remove(&(place / BITS));
        }
        was_there
    }

    pub(super) fn contains(&self, place: u64) -> bool {
        let word = self.words.get(&(place / BITS));
        word.is_some_and(|word| word & bit(place) != 0)
    }

    /// The number of places.
    pub(super) fn len(&self) -> u64 {
        self.words.values().map(count).sum()
    }

    /// The number of places in a range.
    #[cfg(feature = "cli")]
    pub(super) fn count(&self, range: Range<u64>) -> u64 {
        self.words_in(range).map(|(_, word)| count(&word)).sum()
    }

    /// The places in a range, in their order.
    pub(super) fn within(&self, range: Range<u64>) -> impl Iterator<Item = u64> {
        let words = self.words_in(range);
        words.flat_map(|(first, word)| bits(first, word))
    }

    /// Leaves out the places that are not to be kept, and returns their number.
    pub(super) fn retain(&mut self, is_kept: impl Fn(u64) -> bool) -> u64 {
        let mut out = 0;
        self.words.retain(|index, word| {
            for place in bits(index * BITS, *word) {
                if !is_kept(place) {
                    *word &= !bit(place);
                    out += 1;
                }
            }
            *word != 0
        });
        out
    }

    /// The words with places in a range and nothing else, each with its first place.
    fn words_in(&self, range: Range<u64>) -> impl Iterator<Item = (u64, u64)> {
        let Range { start, end } = range;
        let words = start / BITS..end.div_ceil(BITS).max(start / BITS);
        self.words.range(words).map(move |(index, word)| {
            let first = index * BITS;
            let below = |place: u64| match place.saturating_sub(first) {
                bits @ 0..BITS => (1 << bits) - 1,
                _ => u64::MAX,
            };
            (first, word & below(end) & !below(start))
        })
    }
}

fn bit(place: u64) -> u64 {
    1 << (place % BITS)
}

/// The places of a word whose first one is that.
fn bits(first: u64, mut word: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let place = (word != 0).then(|| first + u64::from(word.trailing_zeros()));
        word &= word.wrapping_sub(1);
        place
    })
}

fn count(word: &u64) -> u64 {
    u64::from(word.count_ones())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Places of words that are full, empty and far away.
    fn place() -> impl Strategy<Value = u64> {
        prop_oneof![0..200_u64, u64::MAX - 200..u64::MAX]
    }

    proptest! {
        #[test]
        fn it_is_a_set(
            changes in prop::collection::vec((any::<bool>(), place()), 0..300),
            (one, other) in (place(), place()),
        ) {
            let (mut places, mut expected) = (Places::default(), BTreeSet::new());
            for (is_new, place) in changes {
                match is_new {
                    true => prop_assert_eq!(places.insert(place), expected.insert(place)),
                    false => prop_assert_eq!(places.remove(place), expected.remove(&place)),
                }
                prop_assert_eq!(places.contains(place), is_new);
            }
            prop_assert_eq!(places.len(), expected.len() as u64);
            let range = one.min(other)..one.max(other);
            let within = expected.range(range.clone()).copied();
            prop_assert_eq!(places.within(range.clone()).collect::<Vec<_>>(), within.clone().collect::<Vec<_>>());
            #[cfg(feature = "cli")]
            prop_assert_eq!(places.count(range.clone()), within.count() as u64);
            let out = places.retain(|place| range.contains(&place));
            prop_assert_eq!(out, (expected.len() as u64) - places.len());
            prop_assert!(places.within(0..u64::MAX).eq(expected.range(range).copied()));
        }
    }
}
