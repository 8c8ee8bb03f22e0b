//! Parts of a sweep for processes that know nothing of each other.

mod launcher;

use super::Key;
use crate::seeds::Seeds;
use crate::sweep::error::{Result, SweepError};
use std::fmt;
use std::str::FromStr;
use xxhash_rust::xxh3::xxh3_64;

/// One of several parts of a sweep: the runs whose hash has the remainder `index` when it is divided by
/// `count`.
///
/// Shards of the same count are disjoint and together are the whole sweep. By a hash, each gets its
/// share of cheap and of expensive runs. The count may differ between attempts to run a sweep.
///
/// ```
/// use sparse_parity::sweep::Shard;
///
/// let shard: Shard = "3/400".parse()?;
/// assert_eq!((shard.index(), shard.count()), (3, 400));
/// assert!("400/400".parse::<Shard>().is_err());
/// # Ok::<(), sparse_parity::sweep::SweepError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Default for Shard {
    /// The whole sweep.
    fn default() -> Self {
        Shard { index: 0, count: 1 }
    }
}

impl Shard {
    /// The shard with that index, counted from 0.
    ///
    /// # Errors
    /// [`SweepError::Shard`] unless `index < count`.
    pub fn new(index: u64, count: u64) -> Result<Self> {
        if index >= count {
            return Err(SweepError::Shard { index, count });
        }
        Ok(Shard { index, count })
    }

    /// The index, counted from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of shards.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether this is the whole sweep.
    pub fn is_whole(&self) -> bool {
        self.count == 1
    }

    /// Whether a run belongs to it.
    pub fn holds(&self, setting: &Key, seeds: &Seeds) -> bool {
        self.is_whole() || hash(setting, seeds) % self.count == self.index
    }

    /// Whether there can be a run that belongs to both.
    pub(super) fn meets(&self, other: &Shard) -> bool {
        let common = gcd(self.count, other.count);
        self.index % common == other.index % common
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once('/');
        let numbers =
            parts.and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        let (index, count) = numbers.ok_or_else(|| SweepError::InvalidValue {
            name: "the shard".into(),
            value: text.into(),
            expected: "an index, counted from 0, and the number of shards, such as 3/400",
        })?;
        Shard::new(index, count)
    }
}

/// What decides to which shard a run belongs. Names of files rely on it.
fn hash(setting: &Key, seeds: &Seeds) -> u64 {
    let Seeds {
        support,
        init,
        train,
        noise,
        eval,
    } = *seeds;
    let mut bytes = [0; 56];
    bytes[..16].copy_from_slice(&setting.to_bytes());
    let places = bytes[16..].chunks_exact_mut(8);
    for (place, seed) in places.zip([support, init, train, noise, eval]) {
        place.copy_from_slice(&seed.to_le_bytes());
    }
    xxh3_64(&bytes)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Trial;

    #[test]
    fn words_that_are_no_shard_are_refused() {
        for text in ["3", "3/", "a/b", "-1/2", "0/0", "2/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn shards_are_disjoint_and_cover_everything() {
        let setting = Key::of(&Trial::default());
        let hashes: Vec<u64> = (0..300).map(|seed| hash(&setting, &seed.into())).collect();
        // Which shard a run belongs to is known to files.
        assert_eq!(hashes[1], 8_192_253_881_394_934_753);
        for count in 1..=64 {
            for seed in 0..300 {
                let holds = |index: &u64| {
                    let shard = Shard::new(*index, count).unwrap();
                    shard.holds(&setting, &seed.into())
                };
                let holders: Vec<u64> = (0..count).filter(holds).collect();
                assert_eq!(holders, [hashes[seed as usize] % count]);
            }
        }
    }

    #[test]
    fn shards_meet_if_a_number_has_both_remainders() {
        for (count, others) in [(6, 9), (4, 4), (5, 7), (1, 3)] {
            for (i, j) in (0..count).flat_map(|i| (0..others).map(move |j| (i, j))) {
                let one = Shard::new(i, count).unwrap();
                let other = Shard::new(j, others).unwrap();
                let has_both = |number: &u64| number % count == i && number % others == j;
                assert_eq!(one.meets(&other), (0..100).any(|number| has_both(&number)));
            }
        }
    }
}
