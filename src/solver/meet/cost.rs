//! What a meeting takes, and the choice between its forms.

use super::super::sample_size::most_wrong;
use super::super::{Noise, Problem, SampleSize};
use super::law::{Law, clean};
use super::lists::ListShape;
use super::storage::Storage;
use super::table::{MOST, Shape};
use super::{Meet, subsets};
use crate::error::{Error, Result};
use crate::stats::{LogOdds, ln_at_most};
use crate::theory::ln_supports;

/// Examples that are carried along with a sum.
const WORD: usize = 64;
/// What it takes to make a support of two parts and to compare it, in the units of [`Cut::time`].
const HIT: f64 = 60.0;
/// The probability with which S is dropped, in an attempt that would find it, for its wrong labels in that word.
const DROPPED: f64 = 1e-3;

/// How supports of k coordinates are sought.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Form {
    pub(super) k: usize,
    /// Whether the coordinates outside of the support are sought, which are fewer.
    pub(super) is_complement: bool,
    /// The sizes of the parts of what is sought: that in the table is not larger.
    pub(super) sizes: [usize; 2],
    /// The numbers of coordinates that these are of: all, or two halves of a random split.
    pub(super) columns: [usize; 2],
    pub(super) is_full: bool,
    pub(super) storage: Storage,
    /// The most wrong labels in the word of a sum.
    pub(super) bound: u32,
    /// Attempts expected, and those after which S is given up.
    pub(super) attempts: f64,
    pub(super) most_attempts: f64,
    /// The probability with which S is missed in these.
    pub(super) missed: f64,
    /// Per attempt.
    pub(super) words: f64,
    pub(super) probes: f64,
    pub(super) visits: f64,
}

impl Form {
    /// The form that takes the least time; the full lists, where labels are clean, if they are wanted.
    pub(super) fn best(
        problem: &Problem,
        k: usize,
        sample: SampleSize,
        meet: Meet,
    ) -> Result<Self> {
        let n = problem.n;
        let sought = k.min(n - k);
        let mut cuts = vec![Cut::new(n, sought, None)];
        // Up to three coordinates the halves of a split are as many, all attempts taken together.
        if !meet.certify && sought > 3 {
            let half = sought / 2;
            // Their product may have more than 64 bits.
            let columns = (n as u128 * half as u128 / sought as u128) as usize;
            let columns = columns.clamp(half, n - (sought - half));
            cuts.push(Cut::new(n, sought, Some(columns)));
        }
        let word = sample.examples.min(WORD) as u32;
        let mut best: Option<(f64, Cut, u32, Storage)> = None;
        for cut in cuts {
            let bits = match problem.noise {
                Noise::Clean => word..=word,
                // More would not be told apart by the lists.
                _ => 1..=word.min(Shape::of(cut.entries.min(MOST), WORD as u32).head_bits),
            };
            for bits in bits {
                let Some(storage) = Storage::of(&cut, bits, meet.is_small) else {
                    continue;
                };
                let time = cut.time(problem.noise.bound(), sample, bits, storage.table);
                if best.as_ref().is_none_or(|(least, ..)| time < *least) {
                    best = Some((time, cut.clone(), bits, storage));
                }
            }
        }
        let Some((_, cut, bits, storage)) = best else {
            return Err(Error::TooLarge {
                what: "the number of entries of a table",
                value: usize::MAX,
                most: MOST as usize,
            });
        };
        Ok(Form::of(problem, k, sample, cut, bits, storage))
    }

    fn of(
        problem: &Problem,
        k: usize,
        sample: SampleSize,
        cut: Cut,
        bits: u32,
        storage: Storage,
    ) -> Self {
        let Cut {
            sizes,
            columns,
            entries,
            streamed,
            ..
        } = cut;
        let table = storage.table;
        let p = problem.noise.bound();
        let rest = Rest::of(p, sample, bits);
        let law = Law::of(
            p,
            sample,
            bits as usize,
            cut.split * rest.kept,
            problem.failure,
        );
        let visits = streamed as f64 * table.visits();
        let far = if table.is_far() { 1.0 } else { 0.0 };
        let sums: f64 = match storage.lists {
            None => (0..2)
                .map(|part| subsets::operations(columns[part], sizes[part]))
                .sum(),
            Some(lists) => {
                let filling: f64 = lists.map(ListShape::operations).iter().sum();
                filling + entries as f64 + streamed as f64
            }
        };
        let lists = storage.lists.into_iter().flatten();
        let of_lists: f64 = lists.map(ListShape::probes).sum();
        // A random support has 32 wrong labels a word, and is read until there are too many.
        let width = sample.examples.div_ceil(WORD) as f64;
        let read = (sample.wrong as f64 / 32.0 + 0.5).clamp(1.0, width);
        let agreeing = entries as f64 * streamed as f64 * libm::exp2(-f64::from(bits));
        let compared = rest.passing * agreeing * (k + 1) as f64 * read;
        let is_complement = sizes[0] + sizes[1] < k;
        let labels = if is_complement { problem.n } else { 0 };
        Form {
            k,
            is_complement,
            sizes,
            columns,
            is_full: cut.is_full,
            storage,
            bound: rest.bound as u32,
            attempts: law.attempts,
            most_attempts: law.most_attempts,
            missed: law.missed,
            words: labels as f64 + sums + 2.0 * visits + compared,
            probes: of_lists
                + far * (2.0 * entries as f64 + streamed as f64 * (1.0 + table.passing()) + visits),
            visits,
        }
    }

    pub(super) fn bytes(&self, n: usize) -> u64 {
        // Columns of an attempt, and their order.
        self.storage
            .bytes()
            .saturating_add(24_u64.saturating_mul(n as u64))
    }
}

/// The examples in the word of a sum that need not agree.
#[derive(Debug, Clone, Copy)]
struct Rest {
    /// The most wrong labels among them.
    bound: usize,
    /// The probability that S has no more, and that a random support has no more.
    kept: f64,
    passing: f64,
}

impl Rest {
    /// Of a word of the sample of which so many bits agree.
    fn of(p: f64, sample: SampleSize, bits: u32) -> Self {
        let rest = sample.examples.min(WORD) - bits as usize;
        let (bound, kept) = match sample.examples <= WORD {
            true => (sample.wrong, 1.0),
            false if p == 0.0 => (0, 1.0),
            false => (most_wrong(rest, p, libm::log(DROPPED)), 1.0 - DROPPED),
        };
        let bound = bound.min(sample.wrong);
        let passing = libm::exp(ln_at_most(bound.min(rest), rest, LogOdds::of(0.5)));
        Rest {
            bound,
            kept,
            passing,
        }
    }
}

/// How a support, or its complement, is cut in two.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) sizes: [usize; 2],
    pub(super) columns: [usize; 2],
    is_full: bool,
    /// The number of small parts, and of large ones.
    pub(super) entries: u64,
    pub(super) streamed: u64,
    /// The probability that the support is cut so.
    split: f64,
}

impl Cut {
    /// With so many coordinates for the small part, or all for both.
    fn new(n: usize, k: usize, small: Option<usize>) -> Self {
        let sizes = [k / 2, k - k / 2];
        let columns = small.map_or([n, n], |small| [small, n - small]);
        let [entries, streamed] = [0, 1].map(|part| subsets::count(columns[part], sizes[part]));
        let [small_part, large_part] = [0, 1].map(|part| ln_supports(columns[part], sizes[part]));
        let is_full = small.is_none();
        let split = match is_full {
            true => 1.0,
            false => libm::exp(small_part + large_part - ln_supports(n, k)),
        };
        Cut {
            sizes,
            columns,
            is_full,
            entries,
            streamed,
            split,
        }
    }

    /// The time until the support is found, about, in units of an entry put into the table or looked up there: a comparison
    /// takes twice as long, and a support that is made [`HIT`] times.
    fn time(&self, p: f64, sample: SampleSize, bits: u32, table: Shape) -> f64 {
        let wrong = (p * sample.examples as f64) as usize;
        let hit = self.split * clean(sample.examples, wrong, bits as usize);
        let shuffling = if self.is_full { 0 } else { self.columns[1] };
        let visits = self.streamed as f64 * table.visits();
        // Without noise few supports agree in the whole word.
        let hits = match p {
            0.0 => 0.0,
            p => HIT * Rest::of(p, sample, bits).passing,
        };
        let compared = visits * (2.0 + hits);
        (self.entries as f64 + self.streamed as f64 + compared + shuffling as f64) / hit
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CERTIFY, CLEAN};
    use super::*;
    use crate::solver::instances::problem;

    #[test]
    fn a_split_finds_the_support_as_often_as_is_known() {
        // C(k, ⌊k/2⌋) times the powers of the shares of the coordinates, for n → ∞.
        for (n, k, success, slack) in [
            (1_000_000, 2, 0.5, 1e-5),
            (1_000_000, 3, 0.444, 5e-4),
            (100_000, 4, 0.375, 5e-4),
            (10_000, 5, 0.346, 5e-4),
            (10_000, 6, 0.3125, 5e-4),
            (2000, 7, 0.294, 1e-3),
            (2000, 8, 0.273, 1e-3),
            (100, 4, 0.3827, 5e-5),
            (100, 6, 0.3223, 5e-5),
        ] {
            let split = Cut::new(n, k, Some(n * (k / 2) / k)).split;
            assert!((split - success).abs() < slack, "({n}, {k}): {split}");
        }
    }

    #[test]
    fn lists_are_full_for_three_coordinates_and_halves_for_more() {
        for (n, k, is_full) in [
            (50, 1, true),
            (50, 2, true),
            (100, 3, true),
            (200, 4, false),
            (100, 6, false),
        ] {
            let problem = Problem::new(n, k).unwrap();
            let sample = problem.sample_size().unwrap();
            assert_eq!(
                Form::best(&problem, k, sample, CLEAN).unwrap().is_full,
                is_full,
                "({n}, {k})"
            );
            let full = Form::best(&problem, k, sample, CERTIFY).unwrap();
            assert!(full.is_full && full.most_attempts == 1.0 && full.missed == 0.0);
        }
    }

    #[test]
    fn as_many_examples_have_to_agree_as_there_are_bits_in_the_number_of_entries() {
        for (n, k, p) in [(100, 6, 0.1), (200, 4, 0.1), (200, 4, 0.2)] {
            let problem = problem(n, k, p);
            let sample = problem.sample_size().unwrap();
            let form = Form::best(&problem, k, sample, CLEAN).unwrap();
            let entries = subsets::count(form.columns[0], k / 2) as f64;
            let bits = f64::from(form.storage.table.front_bits) - libm::log2(entries);
            assert!((-2.0..3.0).contains(&bits), "({n}, {k}), {p}: {bits}");
        }
    }
}
