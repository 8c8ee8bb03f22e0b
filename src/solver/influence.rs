//! Pairs of inputs that differ in one coordinate.

use super::parity_queries::{bytes_of_inputs, of_pair, votes};
use super::{Fit, Noise, Plan, Problem, Report, Solver, Uniqueness, Verdict};
use crate::access::{Examples, MembershipQueries};
use crate::error::Result;
use crate::seeds::LabRng;
use crate::signs::Signs;

const NAME: &str = "influence";

/// Queries at pairs (x, x^{⊕i}) of random inputs: the labels of a pair differ if coordinate i is relevant.
///
/// For clean labels one pair a coordinate is enough, 2n queries for any k. Labels of which p are flipped differ with probability
/// ½(1 ± (1 − 2p)²), above ½ for the relevant coordinates, and the majority of t pairs errs with probability δ/n at most. All
/// queries are one round. Inputs are random, so that persistent noise does what redrawn noise does.
///
/// ```
/// use sparse_parity::access::Queries;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Influence, Problem, Solver};
///
/// let mut oracle = Queries::new(Parity::new(100, &[1, 77])?);
/// let rng = &mut Seeds::from(1).stream(Purpose::Solver);
/// let report = Influence.solve(&Problem::with_degrees(100, 1..=100)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[1, 77][..]));
/// assert_eq!((report.ledger.queries, report.ledger.rounds), (200, 1));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Influence;

/// The pairs t of a coordinate.
fn pairs(problem: &Problem) -> usize {
    votes(
        of_pair(problem.noise.bound()),
        problem.failure,
        problem.n as f64,
    )
}

impl<A: MembershipQueries + ?Sized> Solver<A> for Influence {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let pairs = problem.n as f64 * pairs(problem) as f64;
        let plan = Plan {
            queries: 2.0 * pairs,
            candidates: 1.0,
            bytes: bytes_of_inputs(2.0 * pairs, problem.n),
            is_exact: true,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let (n, pairs) = (problem.n, pairs(problem));
        let mut x = Signs::ones(2 * n * pairs, n)?;
        x.randomize(rng);
        let first = x.clone();
        for pair in 0..n * pairs {
            x.copy_row(2 * pair + 1, &first, 2 * pair);
            x.flip(2 * pair + 1, pair / pairs);
        }
        let mut y = Vec::new();
        access.ask(&x, &mut y)?;
        let examples = Examples::of_words(x, y);
        let differs =
            |pair: &usize| examples.is_negative(2 * pair) != examples.is_negative(2 * pair + 1);
        let differing = |i: usize| (i * pairs..(i + 1) * pairs).filter(differs).count();
        let support: Vec<usize> = (0..n).filter(|&i| 2 * differing(i) > pairs).collect();
        let charge = access.charge();
        charge.candidates += 1;
        charge.attempts += 1;
        charge.holds(plan.bytes);
        Ok(Report::of(
            NAME,
            verdict(problem, support, &examples),
            plan,
            access,
        ))
    }
}

/// Compares the support with the labels of one input of each pair, as those of the other one are not independent of them.
fn verdict(problem: &Problem, support: Vec<usize>, examples: &Examples) -> Verdict {
    let m = examples.len() / 2;
    let odd = |row| {
        let negative = support
            .iter()
            .filter(|&&i| examples.x().is_negative(row, i));
        negative.count() % 2 == 1
    };
    let wrong = (0..m)
        .filter(|&pair| odd(2 * pair) != examples.is_negative(2 * pair))
        .count();
    // Where so few inputs do not decide, they do not contradict either.
    let most = match problem.noise {
        Noise::Clean => 0,
        _ => problem.threshold(m).unwrap_or(m),
    };
    if !problem.k.contains(&support.len()) || wrong > most {
        return Verdict::NothingFits;
    }
    let fit = Fit {
        support,
        wrong,
        examples: m,
        chance: problem.chance(wrong, m),
    };
    let uniqueness = match problem.noise {
        Noise::Clean => Uniqueness::AmongAll,
        _ => Uniqueness::Bound(problem.failure),
    };
    Verdict::Found(fit, uniqueness)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Queries;
    use crate::data::{Majority, Parity};
    use crate::seeds::{Purpose, Seeds};
    use crate::solver::instances::problem;

    #[test]
    fn a_majority_of_pairs_bears_either_noise() {
        for (n, k, p) in [(20, 3, 0.1), (65, 5, 0.2), (128, 2, 0.3)] {
            let seeds = Seeds::from(n as u64);
            let parity = Parity::random(n, k, &mut seeds.stream(Purpose::Support)).unwrap();
            let problem = problem(n, k, p);
            let rng = &mut seeds.stream(Purpose::Solver);
            let clean = || Queries::new(parity.clone());
            for mut oracle in [
                clean().with_redrawn_noise(p, &seeds).unwrap(),
                clean().with_persistent_noise(p, &seeds).unwrap(),
            ] {
                let report = Influence.solve(&problem, &mut oracle, rng).unwrap();
                assert_eq!(report.verdict.support(), Some(parity.support()));
                assert_eq!(report.plan.queries, report.ledger.queries as f64);
            }
        }
    }

    #[test]
    fn other_functions_fit_nothing() {
        let majority = Majority::new(31, &(0..31).collect::<Vec<_>>()).unwrap();
        let rng = &mut Seeds::from(1).stream(Purpose::Solver);
        let problem = Problem::with_degrees(31, 1..=31).unwrap();
        let report = Influence
            .solve(&problem, &mut Queries::new(majority), rng)
            .unwrap();
        assert_eq!(report.verdict, Verdict::NothingFits);
    }
}
