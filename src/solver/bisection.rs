//! Binary search for one relevant coordinate after the other.

use super::parity_queries::{ParityQueries, bytes_of_inputs, votes};
use super::{Fit, Noise, Plan, Problem, Report, Solver, Uniqueness, Verdict};
use crate::access::{Access, Examples, MembershipQueries};
use crate::error::Result;
use crate::seeds::LabRng;
use crate::signs::Signs;
use rand::Rng;

const NAME: &str = "bisection";
/// Even answers in a row after which no support of a size that k may have is left to hope for, beyond those that δ asks for.
const HOPELESS: usize = 64;

/// Queries that halve a set with an odd number of relevant coordinates until one is left, k times.
///
/// The label at the input with −1 on T and +1 elsewhere says whether |S ∩ T| is odd. Random sets are odd every second time, so that
/// a coordinate takes 2 queries for a set of about n/2 coordinates and log₂(n/2) for halving it: k(log₂(n/2) + 2) in all. If k is not told, the
/// search ends after ⌈log₂(1/δ)⌉ even sets in a row.
///
/// Against noise every question is put several times, and against persistent noise at random pairs of inputs.
///
/// ```
/// use sparse_parity::access::Queries;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Bisection, Problem, Solver};
///
/// let mut oracle = Queries::new(Parity::new(1000, &[1, 77, 500])?);
/// let rng = &mut Seeds::from(1).stream(Purpose::Solver);
/// let report = Bisection::default().solve(&Problem::new(1000, 3)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[1, 77, 500][..]));
/// assert!(report.ledger.queries < 50);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Bisection {
    /// Whether the support that is found is compared with labels at random inputs, ⌈log₂(1/δ)⌉ of them if labels are clean: else
    /// it relies on the promise that they are those of a parity.
    pub confirm: bool,
}

/// A set of even answers in a row of which a parity with more coordinates has probability δ.
fn patience(problem: &Problem) -> usize {
    (-libm::log2(problem.failure)).ceil() as usize
}

/// The expected number of questions.
fn questions(problem: &Problem) -> f64 {
    let (n, k) = (problem.n as f64, *problem.k.end() as f64);
    let ends = match problem.k.start() == problem.k.end() {
        true => 0,
        false => patience(problem),
    };
    k * (libm::log2((n / 2.0).max(1.0)) + 2.0) + ends as f64
}

/// The random inputs that confirm a support, and the labels that may be wrong.
fn confirmation(problem: &Problem) -> Result<super::SampleSize> {
    if problem.noise == Noise::Clean {
        let examples = patience(problem);
        return Ok(super::SampleSize { examples, wrong: 0 });
    }
    // One candidate.
    let one = Problem::new(problem.n, problem.n)?.with_noise(problem.noise)?;
    one.with_failure(problem.failure)?.sample_size()
}

impl<A: MembershipQueries + ?Sized> Solver<A> for Bisection {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let asked = questions(problem);
        let votes = votes(problem.noise.bound(), problem.failure, asked);
        let confirming = match self.confirm {
            true => confirmation(problem)?.examples as f64,
            false => 0.0,
        };
        let plan = Plan {
            queries: asked * votes as f64 + confirming,
            candidates: f64::from(u8::from(self.confirm)),
            bytes: bytes_of_inputs(votes as f64, problem.n),
            is_exact: true,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let found = search(
            problem,
            &mut ParityQueries::new(problem, questions(problem), access, rng),
        )?;
        let verdict = match found {
            Err(missed) => Verdict::GaveUp {
                attempts: 1,
                missed,
            },
            Ok(found) => self.verdict(problem, found, access, rng)?,
        };
        access.charge().attempts += 1;
        access.charge().holds(plan.bytes);
        Ok(Report::of(NAME, verdict, plan, access))
    }
}

impl Bisection {
    fn verdict<A: MembershipQueries + ?Sized>(
        &self,
        problem: &Problem,
        (support, uniqueness): (Vec<usize>, Uniqueness),
        access: &mut A,
        rng: &mut LabRng,
    ) -> Result<Verdict> {
        let (mut wrong, mut examples) = (0, 0);
        if self.confirm {
            let size = confirmation(problem)?;
            examples = size.examples;
            wrong = wrong_answers(&support, examples, access, rng)?;
            access.charge().candidates += 1;
            if wrong > size.wrong {
                return Ok(Verdict::NothingFits);
            }
        }
        let fit = Fit {
            support,
            wrong,
            examples,
            chance: problem.chance(wrong, examples),
        };
        Ok(Verdict::Found(fit, uniqueness))
    }
}

/// How many of m labels at random inputs are not those of a support.
fn wrong_answers<A: Access + MembershipQueries + ?Sized>(
    support: &[usize],
    m: usize,
    access: &mut A,
    rng: &mut LabRng,
) -> Result<usize> {
    let (mut x, mut y) = (Signs::ones(m, access.dim())?, Vec::new());
    x.randomize(rng);
    access.ask(&x, &mut y)?;
    Ok(Examples::of_words(x, y).wrong(support))
}

/// The support and what is known of it, or the probability with which a coordinate was missed.
type Found = std::result::Result<(Vec<usize>, Uniqueness), f64>;

fn search<A: MembershipQueries + ?Sized>(
    problem: &Problem,
    queries: &mut ParityQueries<'_, A>,
) -> Result<Found> {
    let mut rest: Vec<usize> = (0..problem.n).collect();
    let (mut found, mut even) = (Vec::new(), 0);
    let is_clean = problem.noise == Noise::Clean;
    let patience = patience(problem);
    let uniqueness = loop {
        if found.len() == *problem.k.end() {
            break Uniqueness::AmongSparse;
        }
        if rest.is_empty() {
            break Uniqueness::AmongAll;
        }
        if even >= patience && problem.k.contains(&found.len()) {
            break Uniqueness::Bound(0.5_f64.powi(even as i32));
        }
        if even >= patience + HOPELESS {
            return Ok(Err(problem.failure));
        }
        let rng = queries.rng();
        let mut set: Vec<usize> = match rest.len() {
            // A single coordinate is asked for, not left out every second time.
            1 => rest.clone(),
            _ => rest.iter().copied().filter(|_| rng.random()).collect(),
        };
        if set.is_empty() || !queries.is_odd(set.clone())? {
            even += usize::from(!set.is_empty());
            if rest.len() == 1 {
                rest.clear();
            }
            continue;
        }
        even = 0;
        while set.len() > 1 {
            let other = set.split_off(set.len() / 2);
            if !queries.is_odd(set.clone())? {
                set = other;
            }
        }
        found.push(set[0]);
        rest.retain(|&i| i != set[0]);
    };
    found.sort_unstable();
    if !problem.k.contains(&found.len()) {
        return Ok(Err(problem.failure));
    }
    Ok(Ok(match is_clean {
        true => (found, uniqueness),
        false => (found, Uniqueness::Bound(problem.failure)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Queries;
    use crate::data::Parity;
    use crate::seeds::{Purpose, Seeds};

    /// The mean number of queries over random supports.
    fn mean_queries(n: usize, k: usize, runs: u64) -> f64 {
        let problem = Problem::new(n, k).unwrap();
        let total: u64 = (0..runs)
            .map(|seed| {
                let seeds = Seeds::from(seed);
                let parity = Parity::random(n, k, &mut seeds.stream(Purpose::Support)).unwrap();
                let mut oracle = Queries::new(parity.clone());
                let rng = &mut seeds.stream(Purpose::Solver);
                let report = Bisection::default()
                    .solve(&problem, &mut oracle, rng)
                    .unwrap();
                assert_eq!(report.verdict.support(), Some(parity.support()));
                report.ledger.queries
            })
            .sum();
        total as f64 / runs as f64
    }

    #[test]
    fn a_coordinate_takes_the_logarithm_of_n_and_one_query_more() {
        for (n, k, expected) in [
            (20, 3, 15.7),
            (50, 3, 20.0),
            (100, 6, 46.3),
            (1000, 3, 32.8),
        ] {
            let mean = mean_queries(n, k, 1000);
            // The standard deviation of a run is about √(2k), so that 0.4 are five of the mean's.
            assert!((mean - expected).abs() < 0.4, "({n}, {k}): {mean}");
            let plan = Solver::<Queries<Parity>>::plan(
                &Bisection::default(),
                &Problem::new(n, k).unwrap(),
            );
            assert!(
                (plan.unwrap().queries / mean - 1.0).abs() < 0.05,
                "({n}, {k})"
            );
        }
    }
}
