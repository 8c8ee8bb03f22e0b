//! The random generators of an experiment, one stream for each purpose.

use rand::SeedableRng;

/// The generator of all random numbers: ChaCha with 8 rounds, which gives the same numbers on every machine.
pub type LabRng = rand_chacha::ChaCha8Rng;

/// The purpose of a stream of random numbers; different purposes have different streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// The hidden coordinates, from [`Seeds::support`].
    Support = 0,
    /// The initial parameters, from [`Seeds::init`].
    Init = 1,
    /// The inputs of the training data, from [`Seeds::train`].
    Train = 2,
    /// The order of the examples in each pass over a finite sample, from [`Seeds::train`].
    Shuffle = 3,
    /// Label noise and random labels, from [`Seeds::noise`].
    Noise = 4,
    /// Validation examples, from [`Seeds::eval`].
    Eval = 5,
    /// The coins of a solver, from [`Seeds::init`].
    Solver = 6,
    /// The noise of Langevin dynamics, from [`Seeds::train`].
    Langevin = 7,
}

/// The five seeds of an experiment; any of them can be fixed while the others vary.
///
/// One number makes all five, and struct update syntax changes some of them:
///
/// ```
/// use sparse_parity::seeds::Seeds;
///
/// let first = Seeds::from(1);
/// let same_data_new_start = Seeds { init: 7, ..first };
/// assert_eq!(same_data_new_start.train, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Seeds {
    /// Seed of the hidden support.
    pub support: u64,
    /// Seed of the initial parameters.
    pub init: u64,
    /// Seed of the training inputs and of their order.
    pub train: u64,
    /// Seed of the label noise.
    pub noise: u64,
    /// Seed of the validation examples.
    pub eval: u64,
}

impl From<u64> for Seeds {
    fn from(seed: u64) -> Self {
        Seeds {
            support: seed,
            init: seed,
            train: seed,
            noise: seed,
            eval: seed,
        }
    }
}

impl Seeds {
    /// A fresh generator for `purpose`.
    ///
    /// The seed is the first quarter of the ChaCha key (little-endian, the rest is zero) and
    /// the purpose is its stream number, so that equal seeds still give unrelated streams.
    ///
    /// ```
    /// use rand::Rng;
    /// use sparse_parity::seeds::{Purpose, Seeds};
    ///
    /// let mut init = Seeds::from(3).stream(Purpose::Init);
    /// let mut eval = Seeds::from(3).stream(Purpose::Eval);
    /// assert_ne!(init.random::<u64>(), eval.random::<u64>());
    /// ```
    pub fn stream(&self, purpose: Purpose) -> LabRng {
        self.numbered(purpose, 0)
    }

    /// A fresh generator for the initial values of one block, that of the given place among the blocks of a model,
    /// counted from 0.
    ///
    /// A trial's blocks with a distribution of their own draw from it, and the others from the stream of
    /// [`Purpose::Init`]. The stream number is 1 + 2⁸ (place + 1).
    ///
    /// ```
    /// use rand::Rng;
    /// use sparse_parity::seeds::{Purpose, Seeds};
    ///
    /// let seeds = Seeds::from(3);
    /// let first: Vec<u64> = (0..3).map(|place| seeds.stream_of_block(place).random()).collect();
    /// assert!(!first.contains(&seeds.stream(Purpose::Init).random()) && first[0] != first[1]);
    /// ```
    pub fn stream_of_block(&self, place: usize) -> LabRng {
        self.numbered(Purpose::Init, (place as u64).wrapping_add(1) << 8)
    }

    /// The generator with the seed of a purpose and a stream number that begins at that of the purpose.
    fn numbered(&self, purpose: Purpose, from: u64) -> LabRng {
        let seed = match purpose {
            Purpose::Support => self.support,
            Purpose::Init | Purpose::Solver => self.init,
            Purpose::Train | Purpose::Shuffle | Purpose::Langevin => self.train,
            Purpose::Noise => self.noise,
            Purpose::Eval => self.eval,
        };
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = LabRng::from_seed(key);
        rng.set_stream(from | purpose as u64);
        rng
    }
}

/// The seed and the stream of a generator, whatever was drawn from it.
pub(crate) fn origin(rng: &LabRng) -> String {
    let key = rng.get_seed();
    let (seed, rest) = key.split_at(8);
    let seed = u64::from_le_bytes(seed.try_into().expect("it has eight bytes"));
    match rest.iter().all(|byte| *byte == 0) {
        true => format!("{seed} (stream {})", rng.get_stream()),
        false => format!("{key:x?} (stream {})", rng.get_stream()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn the_first_words_of_a_seed_never_change() {
        let word = |purpose| Seeds::from(1).stream(purpose).next_u64();
        assert_eq!(word(Purpose::Support), 7_037_237_572_835_827_407);
        assert_eq!(word(Purpose::Eval), 6_528_172_563_680_933_242);
    }

    #[test]
    fn a_block_has_a_stream_of_its_own() {
        let word = |seed, place| Seeds::from(seed).stream_of_block(place).next_u64();
        assert_eq!(Seeds::from(1).stream_of_block(2).get_stream(), 1 + 3 * 256);
        let mut words: Vec<u64> = (0..4).flat_map(|p| [word(1, p), word(2, p)]).collect();
        words.push(Seeds::from(1).stream(Purpose::Init).next_u64());
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 9);
        let (base, moved) = (
            Seeds::from(1),
            Seeds {
                init: 2,
                ..1.into()
            },
        );
        assert_eq!(moved.stream_of_block(0).next_u64(), word(2, 0));
        assert_eq!(base.stream_of_block(0).next_u64(), word(1, 0));
    }

    #[test]
    fn each_seed_moves_only_its_own_streams() {
        let base = Seeds::from(1);
        let moved = Seeds { init: 2, ..base };
        for purpose in [
            Purpose::Support,
            Purpose::Init,
            Purpose::Train,
            Purpose::Shuffle,
            Purpose::Noise,
            Purpose::Eval,
            Purpose::Solver,
            Purpose::Langevin,
        ] {
            let same = base.stream(purpose).next_u64() == moved.stream(purpose).next_u64();
            assert_eq!(same, !matches!(purpose, Purpose::Init | Purpose::Solver));
        }
    }
}
