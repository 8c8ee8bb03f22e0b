use super::{Batch, BatchStream, DataRng, Sampler};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::seeds::Seeds;

/// A curriculum of two phases: fresh batches, first from one distribution and then from another.
///
/// Both phases draw from the same generators, one after the other, so the second phase does not
/// repeat the first. Parities are easier to learn if the inputs of the first phase are
/// [`Biased`](super::Biased): see Abbe, Cornacchia and Lotfi, *Provable advantage of curriculum
/// learning on parity targets with mixed inputs*, NeurIPS 2023, and Cornacchia and Mossel, *A
/// mathematical model for curriculum learning for parities*, ICML 2023.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let parity = Parity::new(50, &[1, 2, 3])?;
/// let easy = Labelled::new(Biased::new(50, 0.1)?, parity.clone())?;
/// let hard = ParityDistribution::from(parity);
/// let mut stream = Curriculum::new(easy, 1000, hard, &Seeds::from(1))?;
/// let mut batch = Batch::<f32>::new(32, 50)?;
/// stream.fill(&mut batch);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "Stored<A, B>",
        bound(
            deserialize = "A: Sampler + serde::Deserialize<'de>, B: Sampler + serde::Deserialize<'de>"
        )
    )
)]
pub struct Curriculum<A, B> {
    first: A,
    /// The number of batches left from the first distribution.
    left: u64,
    second: B,
    rng: DataRng,
}

/// The serialised form, whose phases may have different dimensions.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored<A, B> {
    first: A,
    left: u64,
    second: B,
    rng: DataRng,
}

#[cfg(feature = "serde")]
impl<A: Sampler, B: Sampler> TryFrom<Stored<A, B>> for Curriculum<A, B> {
    type Error = Error;

    fn try_from(stored: Stored<A, B>) -> Result<Self> {
        let Stored {
            first,
            left,
            second,
            rng,
        } = stored;
        Curriculum::drawn_by(rng, first, left, second)
    }
}

impl<A: Sampler, B: Sampler> Curriculum<A, B> {
    /// The first `batches` batches from `first` and all later ones from `second`, drawn from the training
    /// and noise streams of the seeds.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the two distributions have different dimensions.
    pub fn new(first: A, batches: u64, second: B, seeds: &Seeds) -> Result<Self> {
        Curriculum::drawn_by(seeds.into(), first, batches, second)
    }

    fn drawn_by(rng: DataRng, first: A, left: u64, second: B) -> Result<Self> {
        same_dim(first.dim(), second.dim())?;
        Ok(Curriculum {
            first,
            left,
            second,
            rng,
        })
    }
}

/// Succeeds if the next phase has the dimension of those before it.
fn same_dim(expected: usize, found: usize) -> Result<()> {
    if expected != found {
        return Err(Error::Mismatch {
            what: "the dimension n of the next phase",
            expected,
            found,
            repair: "build all phases for the same n",
        });
    }
    Ok(())
}

mod sealed {
    /// Keeps the generators of a curriculum in this file.
    pub trait Sealed {}
}

impl<A, B> sealed::Sealed for Curriculum<A, B> {}
impl<S, C> sealed::Sealed for Then<S, C> {}

/// Phases of a curriculum, that another one can follow: a [`Curriculum`], or what [`then`](Phases::then) makes of it.
///
/// All of them draw from the same generators.
pub trait Phases: sealed::Sealed + Sized {
    /// The number of coordinates n.
    fn dim(&self) -> usize;
    /// The number of batches that are left before the last phase.
    fn left(&self) -> u64;
    /// Fills `batch` with the next examples.
    fn next<F: Real>(&mut self, batch: &mut Batch<F>);
    /// The generators.
    fn rng(&mut self) -> &mut DataRng;
    /// The settings, a line each.
    fn identity(&self) -> String;

    /// The same phases, of which the last one lasts `batches` batches, and then examples from `distribution`.
    ///
    /// ```
    /// use sparse_parity::data::Phases;
    /// use sparse_parity::prelude::*;
    ///
    /// let parity = Parity::new(50, &[1, 2, 3])?;
    /// let biased = |p| Labelled::new(Biased::new(50, p)?, parity.clone());
    /// // 500 batches at p = 0.01, then 500 at 0.1, and then uniform ones.
    /// let mut stream = Curriculum::new(biased(0.01)?, 500, biased(0.1)?, &Seeds::from(1))?
    ///     .then(500, ParityDistribution::from(parity.clone()))?;
    /// stream.fill(&mut Batch::<f32>::new(32, 50)?);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the distribution has another dimension.
    fn then<C: Sampler>(self, batches: u64, distribution: C) -> Result<Then<Self, C>> {
        same_dim(self.dim(), distribution.dim())?;
        Ok(Then {
            left: self.left().saturating_add(batches),
            before: self,
            last: distribution,
        })
    }
}

impl<A: Sampler, B: Sampler> Phases for Curriculum<A, B> {
    fn dim(&self) -> usize {
        self.first.dim()
    }

    fn left(&self) -> u64 {
        self.left
    }

    fn next<F: Real>(&mut self, batch: &mut Batch<F>) {
        self.fill(batch);
    }

    fn rng(&mut self) -> &mut DataRng {
        &mut self.rng
    }

    fn identity(&self) -> String {
        BatchStream::<f64>::identity(self)
    }
}

/// A curriculum that another phase follows: see [`Phases::then`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "StoredThen<S, C>",
        bound(
            deserialize = "S: Phases + serde::Deserialize<'de>, C: Sampler + serde::Deserialize<'de>"
        )
    )
)]
pub struct Then<S, C> {
    before: S,
    /// The number of batches left of the phases before.
    left: u64,
    last: C,
}

/// The serialised form, whose phases may have different dimensions.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct StoredThen<S, C> {
    before: S,
    left: u64,
    last: C,
}

#[cfg(feature = "serde")]
impl<S: Phases, C: Sampler> TryFrom<StoredThen<S, C>> for Then<S, C> {
    type Error = Error;

    fn try_from(stored: StoredThen<S, C>) -> Result<Self> {
        let StoredThen { before, left, last } = stored;
        same_dim(before.dim(), last.dim())?;
        Ok(Then { before, left, last })
    }
}

impl<S: Phases, C: Sampler> Phases for Then<S, C> {
    fn dim(&self) -> usize {
        self.before.dim()
    }

    fn left(&self) -> u64 {
        self.left
    }

    fn next<F: Real>(&mut self, batch: &mut Batch<F>) {
        if self.left > 0 {
            self.left -= 1;
            self.before.next(batch);
        } else {
            self.last.sample_into(self.before.rng(), batch);
        }
    }

    fn rng(&mut self) -> &mut DataRng {
        self.before.rng()
    }

    fn identity(&self) -> String {
        let lines = self.last.identity();
        let lines = lines.lines().map(|line| format!("next phase, {line}\n"));
        format!("{}{}", lines.collect::<String>(), self.before.identity())
    }
}

impl<F: Real, S: Phases + Send, C: Sampler> BatchStream<F> for Then<S, C> {
    fn dim(&self) -> usize {
        Phases::dim(self)
    }

    fn identity(&self) -> String {
        Phases::identity(self)
    }

    fn fill(&mut self, batch: &mut Batch<F>) {
        Phases::next(self, batch);
    }
}

impl<F: Real, A: Sampler, B: Sampler> BatchStream<F> for Curriculum<A, B> {
    fn dim(&self) -> usize {
        self.first.dim()
    }

    /// The length of the first phase is not among the settings, as the stream knows what is left of it alone.
    fn identity(&self) -> String {
        let phase = |name: &str, lines: String| {
            let lines = lines.lines().map(|line| format!("{name}, {line}\n"));
            lines.collect::<String>()
        };
        let first = phase("first phase", self.first.identity());
        let second = phase("second phase", self.second.identity());
        format!("{first}{second}{}", self.rng.identity())
    }

    fn fill(&mut self, batch: &mut Batch<F>) {
        if self.left > 0 {
            self.left -= 1;
            self.first.sample_into(&mut self.rng, batch);
        } else {
            self.second.sample_into(&mut self.rng, batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::inputs::tests::bits;
    use super::*;
    use crate::data::{Biased, Labelled, Online, Parity, ParityDistribution};

    type Two = Curriculum<Labelled<Biased, Parity>, ParityDistribution>;

    fn phases(batches: u64) -> Two {
        let parity = Parity::new(6, &[0, 5]).unwrap();
        let easy = Labelled::new(Biased::new(6, 0.3).unwrap(), parity.clone()).unwrap();
        Curriculum::new(easy, batches, parity.into(), &Seeds::from(1)).unwrap()
    }

    fn next(stream: &mut impl BatchStream<f64>) -> Batch<f64> {
        let mut batch = Batch::new(32, 6).unwrap();
        stream.fill(&mut batch);
        batch
    }

    #[test]
    fn the_law_changes_after_the_stated_number_of_batches() {
        let Curriculum {
            first, second, rng, ..
        } = phases(0);
        let (mut stream, mut rng) = (phases(2), rng);
        for _ in 0..2 {
            let expected = Batch::draw(&first, 32, &mut rng).unwrap();
            assert_eq!(next(&mut stream), expected);
        }
        for _ in 0..2 {
            let expected = Batch::draw(&second, 32, &mut rng).unwrap();
            assert_eq!(next(&mut stream), expected);
        }
    }

    #[test]
    fn without_a_first_phase_it_is_online_training() {
        let distribution = ParityDistribution::new(6, &[0, 5]).unwrap();
        let mut online = Online::new(distribution, &Seeds::from(1));
        let mut stream = phases(0);
        for _ in 0..3 {
            assert_eq!(next(&mut stream), next(&mut online));
        }
    }

    #[test]
    fn phases_follow_one_another_with_the_same_generators() {
        let biased = |p| {
            let parity = Parity::new(6, &[0, 5]).unwrap();
            Labelled::new(Biased::new(6, p).unwrap(), parity).unwrap()
        };
        let laws = [0.1, 0.3, 0.6, 0.9].map(biased);
        let [a, b, c, d] = laws.clone();
        let curriculum = Curriculum::new(a, 2, b, &Seeds::from(1)).unwrap();
        let mut stream = curriculum.then(1, c).unwrap().then(3, d).unwrap();
        let mut rng = DataRng::from(&Seeds::from(1));
        for phase in [0, 0, 1, 2, 2, 2, 3, 3] {
            let expected = Batch::draw(&laws[phase], 32, &mut rng).unwrap();
            assert_eq!(next(&mut stream), expected, "phase {phase}");
        }
        let other = Labelled::new(Biased::new(5, 0.5).unwrap(), Parity::new(5, &[0]).unwrap());
        assert!(phases(1).then(1, other.unwrap()).is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_stored_third_phase_goes_on_and_a_foreign_one_is_refused() {
        let last = || ParityDistribution::new(6, &[0, 5]).unwrap();
        for before in 0..5 {
            let mut stream = phases(2).then(1, last()).unwrap();
            (0..before).for_each(|_| drop(next(&mut stream)));
            let text = serde_json::to_string(&stream).unwrap();
            let mut again: Then<Two, ParityDistribution> = serde_json::from_str(&text).unwrap();
            for _ in 0..4 {
                assert_eq!(next(&mut again), next(&mut stream));
            }
        }
        let mut stored = serde_json::to_value(phases(2).then(1, last()).unwrap()).unwrap();
        stored["last"] = serde_json::to_value(ParityDistribution::new(5, &[0]).unwrap()).unwrap();
        assert!(serde_json::from_value::<Then<Two, ParityDistribution>>(stored).is_err());
    }

    #[test]
    fn the_first_examples_of_a_seed_never_change() {
        let mut stream = phases(1);
        let mut batch = Batch::<f64>::new(3, 6).unwrap();
        stream.fill(&mut batch);
        let pinned = [[0, 1, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 1, 0]];
        assert_eq!(bits(&batch.x), pinned);
        stream.fill(&mut batch);
        let pinned = [[1, 0, 1, 1, 1, 0], [1, 0, 0, 1, 1, 1], [1, 0, 1, 1, 1, 0]];
        assert_eq!(bits(&batch.x), pinned);
        assert_eq!(batch.y.to_vec(), [-1.0, 1.0, -1.0]);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_stored_curriculum_goes_on_with_the_same_examples() {
        for before in 0..5 {
            let mut stream = phases(2);
            (0..before).for_each(|_| drop(next(&mut stream)));
            let text = serde_json::to_string(&stream).unwrap();
            let mut again: Two = serde_json::from_str(&text).unwrap();
            assert_eq!(again, stream);
            for _ in 0..4 {
                assert_eq!(next(&mut again), next(&mut stream));
            }
        }
    }
}
