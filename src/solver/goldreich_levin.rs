//! The search for a large Fourier coefficient.

use super::fits::Fits;
use super::parity_queries::bytes_of_inputs;
use super::{Fit, Noise, Plan, Problem, Report, Solver, Uniqueness};
use crate::access::MembershipQueries;
use crate::error::Result;
use crate::fourier::{heavy_coefficients, sample_size};
use crate::seeds::LabRng;

const NAME: &str = "goldreich-levin";
/// Coordinates by which candidates grow at a time, and the subsets of them.
const STEP: usize = 8;

/// The search of Goldreich and Levin, and of Kushilevitz and Mansour, for the coefficients with |f̂(T)| ≥ τ = 0.9 (1 − 2p):
/// [`heavy_coefficients`], by queries.
///
/// It is right for any function with a single coefficient that large, and wasteful for a parity, which [`Bisection`](super::Bisection) finds by
/// k log₂ n queries: all it makes of the promise is the threshold. Its inputs are random, so that persistent noise does what redrawn
/// noise does. The arithmetic of the search is not counted.
///
/// ```
/// use sparse_parity::access::Queries;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{GoldreichLevin, Problem, Solver};
///
/// let mut oracle = Queries::new(Parity::new(60, &[1, 33])?);
/// let rng = &mut Seeds::from(1).stream(Purpose::Solver);
/// let report = GoldreichLevin.solve(&Problem::with_degrees(60, 1..=60)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[1, 33][..]));
/// assert_eq!(report.ledger.queries as f64, report.plan.queries);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GoldreichLevin;

/// The sizes that the search takes: its threshold, the queries of all rounds, and those of the last estimates.
fn sizes(problem: &Problem) -> Result<(f64, f64, usize)> {
    let threshold = 0.9 * (1.0 - 2.0 * problem.noise.bound());
    let most = (4.0 / (threshold * threshold)) as usize;
    let (rounds, half) = (problem.n.div_ceil(STEP), problem.failure / 2.0);
    let accuracy = threshold * threshold / 4.0;
    let tried = most.saturating_mul(rounds.saturating_mul(1 << STEP));
    let pairs = sample_size(accuracy, half, 1.0, tried)?;
    let last = sample_size(threshold / 4.0, half, 1.0, most)?;
    Ok((threshold, 2.0 * pairs as f64 * rounds as f64, last))
}

impl<A: MembershipQueries + ?Sized> Solver<A> for GoldreichLevin {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let (threshold, rounds, last) = sizes(problem)?;
        let kept = (4.0 / (threshold * threshold)).ceil();
        let (coefficients, rows) = (kept * (1_u64 << STEP) as f64, (1_u64 << 13) as f64);
        let plan = Plan {
            queries: rounds + last as f64,
            candidates: 1.0,
            bytes: bytes_of_inputs(rows, problem.n).saturating_add((8.0 * coefficients) as u64),
            is_exact: true,
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let (threshold, _, last) = sizes(problem)?;
        let (mut labels, mut failed) = (Vec::new(), None);
        let found = heavy_coefficients(
            problem.n,
            threshold,
            problem.failure,
            rng,
            |x, out: &mut [f32]| match access.ask(x, &mut labels) {
                Ok(()) => out.iter_mut().enumerate().for_each(|(row, y)| {
                    let is_negative = labels[row / 64] >> (row % 64) & 1 == 1;
                    *y = if is_negative { -1.0 } else { 1.0 };
                }),
                // Values of 0 end the search after this round.
                Err(error) => {
                    out.fill(0.0);
                    failed.get_or_insert(error);
                }
            },
        );
        if let Some(error) = failed {
            return Err(error);
        }
        let mut fits = Fits::default();
        for coefficient in found?.found {
            // −χ_T is no parity.
            let is_parity = coefficient.value > 0.0 && problem.k.contains(&coefficient.set.len());
            let wrong = ((1.0 - coefficient.value) / 2.0 * last as f64).round() as usize;
            let is_exact = problem.noise != Noise::Clean || wrong == 0;
            if is_parity && is_exact {
                fits.push(wrong, coefficient.set);
            }
        }
        let fit = |wrong, support| Fit {
            support,
            wrong,
            examples: last,
            chance: problem.chance(wrong, last),
        };
        let verdict = fits.among(fit, Uniqueness::Bound(problem.failure));
        let charge = access.charge();
        charge.candidates += 1;
        charge.attempts += 1;
        charge.holds(plan.bytes);
        Ok(Report::of(NAME, verdict, plan, access))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Queries;
    use crate::data::Parity;
    use crate::seeds::{Purpose, Seeds};
    use crate::solver::Verdict;
    use crate::solver::instances::problem;

    #[test]
    fn noise_of_either_kind_takes_more_queries() {
        for (n, k, p) in [(20, 3, 0.0), (70, 4, 0.1), (64, 2, 0.2)] {
            let seeds = Seeds::from(3);
            let parity = Parity::random(n, k, &mut seeds.stream(Purpose::Support)).unwrap();
            let problem = problem(n, k, p);
            let rng = &mut seeds.stream(Purpose::Solver);
            let clean = || Queries::new(parity.clone());
            for mut oracle in [
                clean().with_redrawn_noise(p, &seeds).unwrap(),
                clean().with_persistent_noise(p, &seeds).unwrap(),
            ] {
                let report = GoldreichLevin.solve(&problem, &mut oracle, rng).unwrap();
                assert_eq!(report.verdict.support(), Some(parity.support()));
                assert_eq!(report.plan.queries, report.ledger.queries as f64);
            }
        }
    }

    #[test]
    fn a_parity_of_another_size_than_the_problem_says_does_not_fit() {
        for (k, p) in [(2, 0.0), (4, 0.0), (2, 0.1)] {
            let seeds = Seeds::from(4);
            let parity = Parity::random(20, k, &mut seeds.stream(Purpose::Support)).unwrap();
            let mut oracle = Queries::new(parity).with_redrawn_noise(p, &seeds).unwrap();
            let rng = &mut seeds.stream(Purpose::Solver);
            let report = GoldreichLevin.solve(&problem(20, 3, p), &mut oracle, rng);
            assert_eq!(report.unwrap().verdict, Verdict::NothingFits, "{k}, {p}");
        }
    }

    #[test]
    fn a_search_of_a_thousand_coordinates_takes_two_hundred_thousand_queries() {
        for (n, queries) in [(20, 4396), (60, 12_004), (100, 19_948), (1000, 216_792)] {
            let problem = Problem::new(n, 3).unwrap();
            let plan = Solver::<Queries<Parity>>::plan(&GoldreichLevin, &problem).unwrap();
            assert_eq!(plan.queries, f64::from(queries), "{n}");
        }
    }
}
