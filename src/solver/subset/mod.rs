//! Elimination in random subsets of columns and rows.

mod attempt;
mod law;

use super::elimination::words as elimination_words;
use super::sample::Sample;
use super::word::Word;
use super::{Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use crate::access::RandomExamples;
use crate::error::{Error, Result, at_most, positive};
use crate::seeds::LabRng;
use attempt::{Attempts, bytes, words_of_columns};
use law::{Chances, Pool, ln_columns, mean_rows};
use rand::SeedableRng;

/// Examples for each column where labels are noisy. With fewer, rows with right labels run out within an attempt.
const EXAMPLES_PER_COLUMN: usize = 10;
/// Most sets of rows that are tried with the same columns.
const MOST_SETS: usize = 64;

/// Elimination among q random columns: if they contain S, and q rows of rank q have right labels, the solution is S.
///
/// An attempt draws columns and rows, eliminates, and rejects the solution unless its size is one that k may have. A
/// solution that is left is compared with all examples. It takes
///
/// ```math
/// \prod_{i < k} \frac{n - i}{q - i} \cdot \binom{m}{q} \Big/ \binom{m - pm}{q}
/// ```
///
/// attempts in expectation where pm labels are wrong. By default q is the number with the fewest: about k/−ln(1 − p), at most n, and for a clean sample
/// of fewer than n examples as many as these allow.
///
/// | q | labels | known as |
/// |---|---|---|
/// | n | noisy | pooled Gauss: Esser, Kübler & May 2017, LPN decoded |
/// | k/−ln(1 − p) | noisy | Chen, Shu & Zhou 2024, Algorithms for sparse LPN and LSPN against low-noise |
/// | n^{1−1/k} | clean | Klivans & Servedio 2006, Toward attribute efficient learning of decision lists and parities |
/// | m less some | clean | Prange 1962, The use of information sets in decoding cyclic codes |
///
/// None of them is the algorithm with O(k log n) examples and time n^{k/2} that Klivans and Servedio owe to Spielman: that one
/// meets in the middle.
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Noise, Problem, Solver, SubsetElimination};
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::random(50, 3, &mut seeds.stream(Purpose::Support))?;
/// let mut oracle = Fresh::new(distribution.clone().with_label_noise(0.1)?, &seeds);
///
/// let problem = Problem::new(50, 3)?.with_noise(Noise::Known(0.1))?;
/// let solver = SubsetElimination::default();
/// let report = solver.solve(&problem, &mut oracle, &mut seeds.stream(Purpose::Solver))?;
/// assert_eq!(report.verdict.support(), Some(distribution.parity().support()));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct SubsetElimination {
    /// The number of columns, n if it is larger; `None` for the one with the fewest attempts.
    pub q: Option<usize>,
}

/// How a problem is worked on.
struct Choice {
    size: SampleSize,
    q: usize,
    sets: usize,
    plan: Plan,
}

impl SubsetElimination {
    /// Pooled Gauss: all n columns, so that every set of rows with right labels finds S, of whatever size.
    pub fn pooled() -> Self {
        SubsetElimination {
            q: Some(usize::MAX),
        }
    }

    fn id(self) -> &'static str {
        match self.q {
            Some(usize::MAX) => "pooled-gauss",
            _ => "subset-elimination",
        }
    }

    /// The choice for fresh examples, or for a sample of that many.
    fn choose(self, problem: &Problem, sample: Option<usize>) -> Result<Choice> {
        let (n, k) = (problem.n, *problem.k.end());
        if let Some(q) = self.q {
            positive("the number of columns q", q)?;
            if q < k {
                return Err(Error::OutOfRange {
                    what: "the number of columns q",
                    value: q as f64,
                    range: "[k, ∞)",
                });
            }
        }
        let p = problem.noise.bound();
        // A wrong label in none of `extra` rows beyond q, and a rank below q in few samples.
        let extra = (-libm::log2(problem.failure)).ceil() as usize + 2;
        let least = problem.sample_size()?.examples;
        let wanted = |q: usize| match p {
            0.0 => least.max(q + extra),
            _ => least.max(EXAMPLES_PER_COLUMN * q),
        };
        let fresh = self
            .q
            .unwrap_or_else(|| Pool::Endless(p).best(problem, n))
            .min(n);
        let too_few = |needed| Error::TooFew {
            solver: self.id(),
            needed,
            found: sample.unwrap_or(0),
        };
        let examples = sample.unwrap_or_else(|| wanted(fresh));
        let wrong = problem.threshold(examples).ok_or_else(|| too_few(least))?;
        // The rows have to have rank q, and without wrong labels.
        let most = (examples - wrong).saturating_sub(extra);
        let q = match (self.q, sample) {
            (None, Some(_)) if most >= k => {
                Pool::Sample(examples, p * examples as f64).best(problem, most.min(n))
            }
            (None, Some(_)) => return Err(too_few(wanted(k))),
            _ => fresh,
        };
        if q > most {
            return Err(too_few(wanted(q)));
        }
        let size = SampleSize { examples, wrong };
        self.choice(problem, size, q)
    }

    fn choice(self, problem: &Problem, size: SampleSize, q: usize) -> Result<Choice> {
        let (n, k, m) = (problem.n, *problem.k.end(), size.examples);
        at_most("the number of examples", m, u32::MAX as usize)?;
        let bytes = bytes::<u64>(n, m, q);
        // Before the law is computed, which takes a time that grows with q.
        let held = Plan::of_bytes(bytes, &problem.limits)?;
        let p = problem.noise.bound();
        let chances = |rows: f64| Chances {
            columns: libm::exp(-ln_columns(n, k, q)),
            rows,
            sets: 1,
        };
        let (columns, rows) = (
            words_of_columns(m, q),
            elimination_words(q) + q.div_ceil(64) as f64,
        );
        let expected = chances(1.0 / mean_rows(m, q, p, size.wrong));
        let most = if p == 0.0 { 1 } else { MOST_SETS };
        let expected = expected.divided(columns, rows, most);
        let sets = expected.sets;
        let unlucky = Chances {
            sets,
            ..chances(libm::exp(-Pool::Sample(m, size.wrong as f64).ln_rows(q)))
        };
        let attempts = expected.attempts();
        // A solution that is not S is a random set of columns.
        let ln_half = -libm::log(2.0) * q as f64;
        let sizes = problem
            .k
            .clone()
            .map(|k| crate::theory::ln_supports(q, k.min(q)) + ln_half);
        let compared = sizes.map(libm::exp).sum::<f64>() * attempts + 1.0;
        let plan = Plan {
            sample: Some(size),
            attempts,
            most_attempts: unlucky.most_groups(problem.failure) * sets as f64,
            words: expected.groups() * columns
                + attempts * rows
                + compared * ((k + 1) * m.div_ceil(64)) as f64,
            candidates: compared,
            ..held
        };
        let plan = plan.within(&problem.limits)?;
        Ok(Choice {
            size,
            q,
            sets,
            plan,
        })
    }
}

impl<A: RandomExamples + ?Sized> Solver<A> for SubsetElimination {
    fn name(&self) -> &'static str {
        self.id()
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        Ok(self.choose(problem, None)?.plan)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        problem.fits(access)?;
        let choice = self.choose(problem, access.left())?;
        let verdict = solve::<u64, A>(problem, &choice, self.id(), access, rng)?;
        Ok(Report::of(self.id(), verdict, choice.plan, access))
    }
}

fn solve<W: Word, A: RandomExamples + ?Sized>(
    problem: &Problem,
    choice: &Choice,
    name: &'static str,
    access: &mut A,
    rng: &mut LabRng,
) -> Result<Verdict> {
    let Choice { size, q, sets, .. } = *choice;
    let sample = Sample::<W>::draw(name, size.examples, size.examples, problem, access)?;
    let mut attempts = Attempts::new(problem, size, q, &sample);
    let origin = LabRng::from_rng(rng);
    let most = choice.plan.most_attempts;
    let mut group = 0;
    let found = loop {
        let mut coins = origin.clone();
        coins.set_stream(group);
        let found = attempts.with_new_columns(sets, &mut coins);
        if found.is_some() || attempts.counts.attempts as f64 >= most {
            break found;
        }
        group += 1;
    };
    let (counts, charge) = (attempts.counts, access.charge());
    charge.words += attempts.words();
    charge.attempts += counts.attempts;
    charge.candidates += counts.candidates;
    charge.holds(bytes::<W>(problem.n, size.examples, q));
    Ok(match found {
        Some((support, wrong)) => {
            let fit = sample.fit(problem, support, wrong);
            let chance = fit.chance;
            Verdict::Found(fit, Uniqueness::Bound(chance))
        }
        None => Verdict::GaveUp {
            attempts: counts.attempts,
            missed: problem.failure,
        },
    })
}

#[cfg(test)]
mod tests;
