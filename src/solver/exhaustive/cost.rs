//! What a search takes: the bounds by which it drops supports early, and the operations expected.

use super::super::sample_size::most_wrong;
use super::super::{Noise, Problem};
use crate::signs::scan::{compared, counted, read_on, whole_blocks};
use crate::stats::{LogOdds, ln_at_most};

/// Examples of a word.
const WORD: usize = 64;
/// Examples that are compared without noise.
const HALF: usize = 32;
/// Lists are made until this share of the wrong supports is left; it is then cheaper to look at these alone.
const FEW: f64 = 1e-4;

/// C(i, order) for an order of 1 or 2.
pub(super) fn choose(i: usize, order: usize) -> usize {
    match order {
        1 => i,
        _ => i.saturating_mul(i.saturating_sub(1)) / 2,
    }
}

/// How supports of n coordinates are compared with m examples.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) n: usize,
    examples: usize,
    /// With noise, the most wrong labels that are allowed in the first word, the first two and so on, for as many words as
    /// are in lists. Without noise none: half a word is compared.
    pub(super) bounds: Vec<u64>,
}

impl Layout {
    /// The last bound is T where the lists have all words. S exceeds one of those before with probability δ/2 at most, that for w words
    /// having the share 1/w(w + 1) of it; a search that is exact has T everywhere.
    pub(super) fn of(problem: &Problem, examples: usize, is_exact: bool) -> Self {
        let (n, words) = (problem.n, examples.div_ceil(WORD));
        let mut layout = Layout {
            n,
            examples,
            bounds: Vec::new(),
        };
        if problem.noise == Noise::Clean {
            return layout;
        }
        let accepted = problem.accepted(examples) as u64;
        for w in 1..words {
            let share = problem.failure / 2.0 / (w * (w + 1)) as f64;
            let p = problem.noise.bound();
            let bound = most_wrong(WORD * w, p, libm::log(share)) as u64;
            match is_exact {
                true => layout.bounds.push(accepted),
                false => layout.bounds.push(bound.min(accepted)),
            }
            if layout.passing(w) < FEW {
                return layout;
            }
        }
        layout.bounds.push(accepted);
        layout
    }

    /// The probability with which a wrong support passes the first bounds, about: that of the last of them.
    pub(super) fn passing(&self, bounds: usize) -> f64 {
        let examples = self.examples.min(WORD * bounds);
        let bound = self.bounds[bounds - 1] as usize;
        libm::exp(ln_at_most(bound.min(examples), examples, LogOdds::of(0.5)))
    }

    /// How many coordinates the entries of the list have.
    pub(super) fn order(&self, k: usize) -> usize {
        if k <= 2 { 1 } else { 2 }
    }

    /// Bytes of the columns and the lists.
    pub(super) fn bytes(&self, k: usize) -> u64 {
        let list = whole_blocks(choose(self.n, self.order(k)));
        let word = match self.bounds.len() {
            0 => HALF / 8,
            words => words * WORD / 8,
        };
        let columns =
            (self.n as u64).saturating_mul(self.examples.div_ceil(WORD) as u64 * (WORD / 8) as u64);
        let entries = list.saturating_add(self.n) as u64;
        columns.saturating_add(entries.saturating_mul(word as u64))
    }

    /// The operations on words expected for supports of k coordinates, of which one fits.
    pub(super) fn words(&self, k: usize) -> f64 {
        let (n, order) = (self.n, self.order(k));
        let levels = k - order;
        let entries = choose(n, order);
        // Coordinates from above: those of d levels leave room for as many as follow.
        let prefixes: f64 = (1..=levels).map(|d| binomial(n - k + d, d)).sum();
        let list = (entries * (order - 1)) as f64;
        let scans: Vec<(f64, usize)> = match levels {
            0 => vec![(1.0, entries)],
            // As many scans up to coordinate i as there are ways to choose those above it.
            _ => (order..n)
                .map(|i| (binomial(n - 1 - i, levels - 1), choose(i, order)))
                .filter(|(scans, _)| *scans > 0.0)
                .collect(),
        };
        let sum = |read: fn(usize) -> usize| -> f64 {
            scans
                .iter()
                .map(|&(scans, entries)| scans * read(entries) as f64)
                .sum()
        };
        let verifies = (k + 1) as f64;
        let all = self.examples.div_ceil(WORD) as f64;
        if self.bounds.is_empty() {
            let candidates = binomial(n, k);
            let by_chance = candidates * libm::exp2(-(self.examples.min(HALF) as f64));
            let again = compared(1) as f64 / 2.0;
            let hits = (1.0 + by_chance) * (again + verifies) + (all - 1.0) * verifies;
            return (list + prefixes + sum(compared)) / 2.0 + hits;
        }
        let width = self.bounds.len();
        let read = sum(counted);
        // The first word is read once more with the others.
        let mut on = read_on(self.passing(1));
        let mut total = 1.0 + on;
        for w in 1..width {
            total += on;
            on = read_on(self.passing(w + 1));
        }
        let mut words = (list + prefixes) * width as f64 + 2.0 * total * read;
        // The block of S is read to the end.
        words += 2.0 * width as f64 * counted(1) as f64;
        if width < all as usize {
            let passing = binomial(n, k) * self.passing(width);
            words += passing * verifies + all * verifies;
        }
        words
    }
}

/// C(n, k), 0 for k > n.
fn binomial(n: usize, k: usize) -> f64 {
    match k {
        0 => 1.0,
        _ => crate::theory::supports(n, k).unwrap_or(0.0),
    }
}
