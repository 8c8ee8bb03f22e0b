//! Answers at inputs of a learner's choice.

use super::examples::same_dim;
use super::{Access, Ledger, MembershipQueries};
use crate::data::Target;
use crate::error::{Error, Result};
use crate::seeds::{LabRng, Purpose, Seeds};
use crate::signs::Signs;
use rand::{Rng, RngCore};

/// The labels of a target at any input, clean or flipped with probability p.
///
/// ```
/// use sparse_parity::access::{Access, MembershipQueries, Queries};
/// use sparse_parity::prelude::*;
///
/// let mut oracle = Queries::new(Parity::new(3, &[0, 2])?);
/// let mut y = Vec::new();
/// oracle.ask(&Signs::cube(3)?, &mut y)?;
/// assert_eq!(y, [0b0101_1010]);
/// assert_eq!((oracle.ledger().queries, oracle.ledger().rounds), (8, 1));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Queries<T> {
    target: T,
    p: f64,
    flips: Flips,
    ledger: Ledger,
}

/// Where the flips come from.
#[derive(Debug, Clone)]
enum Flips {
    Never,
    /// At every question anew.
    Redrawn(Box<LabRng>),
    /// From the input, by a key.
    Persistent(u64),
}

impl<T: Target> Queries<T> {
    /// The oracle of clean labels.
    pub fn new(target: T) -> Self {
        Queries {
            target,
            p: 0.0,
            flips: Flips::Never,
            ledger: Ledger::default(),
        }
    }

    /// The same with every answer flipped independently with probability p, also if the same input is asked for again.
    ///
    /// # Errors
    /// [`Error::Noise`] unless 0 ≤ p < 1/2.
    pub fn with_redrawn_noise(self, p: f64, seeds: &Seeds) -> Result<Self> {
        let flips = Flips::Redrawn(Box::new(seeds.stream(Purpose::Noise)));
        self.with_flips(p, flips)
    }

    /// The same with a fixed random set of inputs whose labels are flipped, each with probability p: whoever asks again gets
    /// the same answer.
    ///
    /// # Errors
    /// [`Error::Noise`] unless 0 ≤ p < 1/2.
    pub fn with_persistent_noise(self, p: f64, seeds: &Seeds) -> Result<Self> {
        let flips = Flips::Persistent(seeds.stream(Purpose::Noise).next_u64());
        self.with_flips(p, flips)
    }

    fn with_flips(self, p: f64, flips: Flips) -> Result<Self> {
        let p = super::noise(p)?;
        let flips = if p > 0.0 { flips } else { Flips::Never };
        Ok(Queries { p, flips, ..self })
    }
}

impl Flips {
    fn is_flipped(&mut self, x: &Signs, row: usize, p: f64) -> bool {
        match self {
            Flips::Never => false,
            Flips::Redrawn(rng) => rng.random::<f64>() < p,
            Flips::Persistent(key) => {
                let words = x.row(row).iter();
                let hash = words.fold(*key, |hash, word| mixed(hash ^ word));
                ((mixed(hash) >> 11) as f64) * (1.0 / (1_u64 << 53) as f64) < p
            }
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014), behind
/// its step.
fn mixed(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

impl<T: Target> Access for Queries<T> {
    fn dim(&self) -> usize {
        self.target.dim()
    }
    fn noise(&self) -> Option<f64> {
        Some(self.p)
    }
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    fn charge(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}

impl<T: Target> MembershipQueries for Queries<T> {
    fn ask(&mut self, x: &Signs, y: &mut Vec<u64>) -> Result<()> {
        same_dim(self.dim(), x.dim())?;
        y.clear();
        y.resize(x.rows().div_ceil(64), 0);
        let mut values = [0.0; 64];
        for (word, y) in y.iter_mut().enumerate() {
            let first = 64 * word;
            let values = &mut values[..64.min(x.rows() - first)];
            self.target.values(x, first, values);
            for (bit, &value) in values.iter().enumerate() {
                let row = first + bit;
                if value.abs() != 1.0 {
                    let hint = "";
                    return Err(Error::Label { row, value, hint });
                }
                let is_negative = (value < 0.0) != self.flips.is_flipped(x, row, self.p);
                *y |= u64::from(is_negative) << bit;
            }
        }
        self.ledger.queries += x.rows() as u64;
        self.ledger.rounds += 1;
        Ok(())
    }

    fn is_persistent(&self) -> bool {
        !matches!(self.flips, Flips::Redrawn(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Parity, Staircase};

    fn parity(n: usize) -> Queries<Parity> {
        Queries::new(Parity::new(n, &[0, n - 1]).unwrap())
    }

    fn random(rows: usize, n: usize) -> Signs {
        let mut x = Signs::ones(rows, n).unwrap();
        x.randomize(&mut Seeds::from(2).stream(Purpose::Train));
        x
    }

    fn ask(oracle: &mut Queries<Parity>, x: &Signs) -> Vec<u64> {
        let mut y = vec![u64::MAX; 3];
        oracle.ask(x, &mut y).unwrap();
        y
    }

    fn differences(a: &[u64], b: &[u64]) -> u32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    #[test]
    fn noise_flips_the_stated_share_and_only_one_kind_again_the_same() {
        // Of 6400 labels 1600 ± 35 are flipped, and two independent flips differ in 2400 ± 39; five deviations.
        for n in [20, 64, 130] {
            let (x, seeds) = (random(6400, n), Seeds::from(n as u64));
            let clean = ask(&mut parity(n), &x);
            let mut redrawn = parity(n).with_redrawn_noise(0.25, &seeds).unwrap();
            let mut persistent = parity(n).with_persistent_noise(0.25, &seeds).unwrap();
            assert!(!redrawn.is_persistent() && persistent.is_persistent());
            for (oracle, again) in [(&mut redrawn, 2205..2595), (&mut persistent, 0..1)] {
                let (first, second) = (ask(oracle, &x), ask(oracle, &x));
                let flips = differences(&first, &clean);
                assert!((1425..1775).contains(&flips), "{n}: {flips}");
                let changed = differences(&first, &second);
                assert!(again.contains(&changed), "{n}: {changed}");
                assert_eq!(
                    (oracle.noise(), oracle.ledger().queries),
                    (Some(0.25), 12_800)
                );
            }
        }
    }

    #[test]
    fn persistent_flips_of_neighbours_are_independent() {
        // Of 6400 pairs (x, x^{⊕i}) 2400 ± 39 have one flip, for every i.
        let mut oracle = parity(70)
            .with_persistent_noise(0.25, &Seeds::from(3))
            .unwrap();
        let x = random(6400, 70);
        let flips = |oracle: &mut Queries<Parity>, x: &Signs| {
            let (noisy, clean) = (ask(oracle, x), ask(&mut parity(70), x));
            noisy
                .iter()
                .zip(&clean)
                .map(|(a, b)| a ^ b)
                .collect::<Vec<_>>()
        };
        let first = flips(&mut oracle, &x);
        for i in [0, 1, 63, 64, 69] {
            let mut near = x.clone();
            near.flip_column(i);
            let changed = differences(&first, &flips(&mut oracle, &near));
            assert!((2205..2595).contains(&changed), "{i}: {changed}");
        }
    }

    #[test]
    fn bad_questions_and_bad_noise_are_refused() {
        let mut oracle = parity(9);
        let mut y = Vec::new();
        assert!(matches!(
            oracle.ask(&Signs::ones(2, 8).unwrap(), &mut y),
            Err(Error::Mismatch {
                expected: 9,
                found: 8,
                ..
            })
        ));
        assert_eq!(oracle.ledger().queries, 0);
        for p in [0.5, -0.1, f64::NAN] {
            let oracle = || parity(9);
            assert!(oracle().with_redrawn_noise(p, &1.into()).is_err());
            assert!(oracle().with_persistent_noise(p, &1.into()).is_err());
        }
        let mut staircase = Queries::new(Staircase::new(4, &[0, 1, 2]).unwrap());
        let error = staircase.ask(&Signs::cube(4).unwrap(), &mut y).unwrap_err();
        assert!(matches!(error, Error::Label { .. }), "{error}");
    }
}
