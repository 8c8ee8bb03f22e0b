//! Statistical queries for one support after the other.

use super::{Fit, Plan, Problem, Report, Solver, Uniqueness, Verdict};
use crate::access::{Query, StatisticalQueries, colex};
use crate::error::{Error, Result};
use crate::seeds::LabRng;

const NAME: &str = "sq-search";
/// The tolerance, as a part of 1 − 2p: below one half, so that an answer says whether the support is the right one.
const PART: f64 = 0.49;
/// What an answer takes, in operations on words, for the limit.
const ANSWER: f64 = 100.0;

/// Asks for E\[y χ_T(x)\], which is 1 − 2p for T = S and 0 else, of all T that are possible in turn: the nᵏ of statistical queries.
///
/// Smaller sets come before larger ones, and sets of a size in colexicographic order; the last one is not asked for. An honest oracle is
/// asked (C − 1)(C + 2)/(2C) times in the mean, about C/2, and a [`LazyAdversary`](crate::access::LazyAdversary) C − 1 times. A learner needs
/// more than τ²(C − 1) queries of tolerance τ
/// ([`queries_to_identify`](crate::theory::statistical_query::queries_to_identify)), so that this one makes 4.2 times as many as
/// the bound at worst.
///
/// ```
/// use sparse_parity::access::LazyAdversary;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Problem, Solver, SqSearch};
///
/// let mut oracle = LazyAdversary::new(20, 3, 0.0)?;
/// let rng = &mut Seeds::from(1).stream(Purpose::Solver);
/// let report = SqSearch.solve(&Problem::new(20, 3)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), oracle.support());
/// assert_eq!(report.ledger.statistical, 1139);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SqSearch;

/// What an answer to the right query is.
fn signal(problem: &Problem) -> f64 {
    1.0 - 2.0 * problem.noise.bound()
}

impl<A: StatisticalQueries + ?Sized> Solver<A> for SqSearch {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let count = problem.candidates();
        // An answer is no operation on words, but takes as long as some.
        let (words, limit) = (ANSWER * count, problem.limits.words);
        if words > limit {
            return Err(Error::TooLong { words, limit });
        }
        let asked = (count - 1.0) * (count + 2.0) / (2.0 * count);
        let plan = Plan {
            statistical: asked,
            candidates: asked,
            bytes: 8 * *problem.k.end() as u64,
            is_exact: true,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let signal = signal(problem);
        let mut set = colex::first(*problem.k.start());
        loop {
            let next = next(&set, problem);
            if next.is_none() {
                break;
            }
            access.charge().candidates += 1;
            if access.answer(&Query::Correlation(&set), PART * signal)? > signal / 2.0 {
                break;
            }
            set = next.expect("there is one");
        }
        access.charge().attempts += 1;
        access.charge().holds(plan.bytes);
        let fit = Fit {
            support: set,
            wrong: 0,
            examples: 0,
            chance: problem.chance(0, 0),
        };
        Ok(Report::of(
            NAME,
            Verdict::Found(fit, Uniqueness::AmongSparse),
            plan,
            access,
        ))
    }
}

/// The set after this one.
fn next(set: &[usize], problem: &Problem) -> Option<Vec<usize>> {
    let (mut next, k) = (set.to_vec(), set.len());
    if colex::advance(&mut next, problem.n) {
        return Some(next);
    }
    (k < *problem.k.end()).then(|| colex::first(k + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Answers, Fresh, Honest, LazyAdversary, Stat};
    use crate::data::{Parity, ParityDistribution};
    use crate::seeds::{Purpose, Seeds};
    use crate::solver::instances::problem;

    fn rng() -> LabRng {
        Seeds::from(1).stream(Purpose::Solver)
    }

    #[test]
    fn the_lazy_adversary_is_asked_for_every_support_but_one() {
        for (n, k, p) in [
            (5, 2, 0.0),
            (20, 3, 0.2),
            (65, 2, 0.0),
            (12, 6, 0.4),
            (7, 7, 0.0),
        ] {
            let problem = problem(n, k, p);
            let mut oracle = LazyAdversary::new(n, k, p).unwrap();
            let report = SqSearch.solve(&problem, &mut oracle, &mut rng()).unwrap();
            assert_eq!(report.verdict.support(), oracle.support());
            assert_eq!(report.ledger.statistical as f64, problem.candidates() - 1.0);
        }
    }

    #[test]
    fn the_mean_over_all_supports_is_half_of_them() {
        let problem = Problem::with_degrees(7, 1..=3).unwrap();
        let (mut set, mut asked, mut count) = (colex::first(1), 0, 0);
        loop {
            let parity = Parity::new(7, &set).unwrap();
            for answers in [Answers::Exact, Answers::Rounded, Answers::Adversary] {
                let mut oracle = Stat::new(parity.clone(), answers);
                let report = SqSearch.solve(&problem, &mut oracle, &mut rng()).unwrap();
                assert_eq!(report.verdict.support(), Some(&set[..]));
                asked += report.ledger.statistical;
                count += 1;
            }
            match next(&set, &problem) {
                Some(next) => set = next,
                None => break,
            }
        }
        let plan = Solver::<Stat>::plan(&SqSearch, &problem).unwrap();
        assert_eq!(count, 3 * 63);
        assert!((asked as f64 / count as f64 - plan.statistical).abs() < 1e-9);
    }

    #[test]
    fn examples_answer_it_too() {
        let law = ParityDistribution::new(10, &[2, 7])
            .unwrap()
            .with_label_noise(0.1)
            .unwrap();
        let examples = Fresh::new(law, &Seeds::from(1)).with_noise(0.1).unwrap();
        let mut oracle = Honest::reusing(examples, 0.01, 45).unwrap();
        let problem = problem(10, 2, 0.1);
        let report = SqSearch.solve(&problem, &mut oracle, &mut rng()).unwrap();
        assert_eq!(report.verdict.support(), Some(&[2, 7][..]));
        assert_eq!(
            report.ledger.examples as usize,
            oracle.size(0.49 * 0.8).unwrap()
        );
    }

    #[test]
    fn too_many_supports_are_refused_before_a_question() {
        let problem = Problem::new(1000, 8).unwrap();
        let mut oracle = Stat::new(Parity::new(1000, &[1]).unwrap(), Answers::Exact);
        let error = SqSearch
            .solve(&problem, &mut oracle, &mut rng())
            .unwrap_err();
        assert!(matches!(error, Error::TooLong { .. }), "{error}");
    }
}
