//! Gaussian elimination over GF(2).

mod basis;
mod cost;
mod null_space;
mod strip;
mod tile;

pub(super) use basis::{Basis, support};
pub(super) use cost::words;

use super::word::Word;
use super::{Fit, Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use crate::access::{Examples, RandomExamples};
use crate::error::{Error, Result, at_most};
use crate::seeds::LabRng;
use std::ops::Range;

const NAME: &str = "elimination";

/// Rows expected beyond n until the rank is n, Σ_{d ≥ 0} (1 − ∏_{i > d} (1 − 2⁻ⁱ)).
const ROWS_BEYOND: f64 = 1.606_695;

/// Gaussian elimination: clean labels are linear equations over GF(2), ⊕_{i∈S} x_i = y, and inputs of rank n have one solution.
///
/// It draws examples until the rank is n, which needs n + 1.607 of them in expectation, and makes no use of k. A single
/// flipped label makes the solution worthless; see [`CleanOnly`](Error::CleanOnly). If a given sample has a smaller rank,
/// it goes through all solutions where these are 2²⁰ at most, and states how many of a size that k may have there are.
///
/// The first n equations are eliminated in strips of 64 columns by the method of the four Russians, and the next ones one by one
/// (Arlazarov, Dinic, Kronrod & Faradzhev 1970, On economical construction of the transitive closure of an oriented
/// graph; Albrecht, Bard & Hart 2010, Algorithm 898: Efficient multiplication of dense matrices over GF(2)).
///
/// The front page of [`solver`](super) shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Elimination;

impl<A: RandomExamples + ?Sized> Solver<A> for Elimination {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        problem.demand_clean(NAME)?;
        at_most("the number of coordinates n", problem.n, cost::MOST)?;
        let rows = problem.n as f64 + ROWS_BEYOND;
        let plan = Plan {
            sample: Some(SampleSize {
                examples: rows.ceil() as usize,
                wrong: 0,
            }),
            words: words(problem.n),
            candidates: 1.0,
            bytes: Basis::<u64>::bytes(problem.n, rows.ceil() as usize),
            ..Plan::default()
        };
        plan.within(&problem.limits)
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        problem.fits(access)?;
        let verdict = solve::<u64, A>(problem, access)?;
        Ok(Report::of(NAME, verdict, plan, access))
    }
}

fn solve<W: Word, A: RandomExamples + ?Sized>(
    problem: &Problem,
    access: &mut A,
) -> Result<Verdict> {
    let n = problem.n;
    if let Some(found) = access.left() {
        null_space::demand(NAME, n, found, found)?;
    }
    let (mut basis, mut examples) = (Basis::<W>::new(n), Examples::none(n)?);
    let mut is_consistent = true;
    // Fewer than n rows do not have rank n, and a sample that is spent has no more.
    while is_consistent && basis.rank() < n {
        let from = examples.len();
        let next = n.saturating_sub(from).max(1);
        let next = access.left().map_or(next, |left| left.min(next));
        if next == 0 {
            break;
        }
        access.draw(next, &mut examples)?;
        is_consistent = extend(&mut basis, &examples, from..from + next);
    }
    let rank = basis.rank();
    let verdict = match is_consistent {
        true if rank == n => verdict(problem, &mut basis, examples.len(), access),
        true => null_space::verdict(NAME, problem, &mut basis, examples.len(), access)?,
        false => {
            if let Some((row, other)) = examples.contradiction() {
                return Err(Error::Contradiction { row, other });
            }
            Verdict::NothingFits
        }
    };
    let charge = access.charge();
    charge.words += basis.operations();
    charge.attempts += 1;
    charge.holds(Basis::<W>::bytes(n, examples.len()));
    Ok(verdict)
}

fn extend<W: Word>(basis: &mut Basis<W>, examples: &Examples, rows: Range<usize>) -> bool {
    basis.extend(rows.map(|row| (examples.x().row(row), examples.is_negative(row))))
}

/// The verdict upon the only solution.
fn verdict<W: Word, A: RandomExamples + ?Sized>(
    problem: &Problem,
    basis: &mut Basis<W>,
    examples: usize,
    access: &mut A,
) -> Verdict {
    access.charge().candidates += 1;
    let support = support(&basis.solution());
    if !problem.k.contains(&support.len()) {
        return Verdict::NothingFits;
    }
    let fit = fit(problem, support, examples, basis.rank());
    Verdict::Found(fit, Uniqueness::AmongAll)
}

/// A support that solves all equations. Another one does so with the chance 2^−rank.
fn fit(problem: &Problem, support: Vec<usize>, examples: usize, rank: usize) -> Fit {
    Fit {
        support,
        wrong: 0,
        examples,
        chance: problem.chance(0, rank),
    }
}

#[cfg(test)]
mod tests {
    use super::super::word::{Counted, counted};
    use super::*;
    use crate::access::{Access, Fixed, Fresh};
    use crate::data::{Batch, ParityDistribution};
    use crate::seeds::{Purpose, Seeds};
    use crate::solver::instances::law;

    #[test]
    fn every_operation_on_words_is_in_the_ledger() {
        for (n, k) in [
            (5, 2),
            (20, 3),
            (63, 3),
            (64, 5),
            (65, 3),
            (70, 3),
            (127, 4),
            (128, 4),
            (130, 6),
            (200, 3),
            (600, 5),
        ] {
            let distribution = law(n, k, 0.0, 1);
            let problem = Problem::new(n, k).unwrap();
            let mut oracle = Fresh::new(distribution.clone(), &Seeds::from(1));
            let (verdict, operations) =
                counted(|| solve::<Counted, _>(&problem, &mut oracle).unwrap());
            assert_eq!(verdict.support(), Some(distribution.parity().support()));
            assert_eq!(operations, oracle.ledger().words, "({n}, {k})");
            let planned = words(n);
            assert!(
                (operations as f64 / planned - 1.0).abs() < 0.4 / (n as f64).sqrt(),
                "{operations} operations, {planned} planned at ({n}, {k})"
            );
        }
    }

    #[test]
    fn about_1_6_rows_beyond_n_are_read() {
        let (n, runs) = (40, 400);
        let problem = Problem::new(n, 3).unwrap();
        let total: u64 = (0..runs)
            .map(|seed| {
                let seeds = Seeds::from(seed);
                let mut oracle = Fresh::new(law(n, 3, 0.0, seed), &seeds);
                let rng = &mut seeds.stream(Purpose::Solver);
                let report = Elimination.solve(&problem, &mut oracle, rng).unwrap();
                report.ledger.examples - n as u64
            })
            .sum();
        // The standard deviation of the number of rows is 1.66; five of the mean's.
        let mean = total as f64 / runs as f64;
        assert!(
            (mean - ROWS_BEYOND).abs() < 5.0 * 1.66 / (runs as f64).sqrt(),
            "{mean}"
        );
    }

    #[test]
    fn noise_and_contradictions_are_told() {
        let seeds = Seeds::from(1);
        let law = ParityDistribution::new(30, &[1, 2, 3]).unwrap();
        let mut batch = Batch::<f32>::draw(&law, 60, &mut (&seeds).into()).unwrap();
        let rng = &mut seeds.stream(Purpose::Solver);
        let problem = Problem::new(30, 3).unwrap();
        batch.y.mapv_inplace(|y| -y);
        let flipped = Examples::of(&batch).unwrap();
        let report = Elimination
            .solve(&problem, &mut Fixed::new(&flipped), rng)
            .unwrap();
        assert_eq!(report.verdict, Verdict::NothingFits);

        batch.x.copy_row(1, &batch.x.clone(), 0);
        batch.y[1] = -batch.y[0];
        let contradictory = Examples::of(&batch).unwrap();
        let error = Elimination
            .solve(&problem, &mut Fixed::new(&contradictory), rng)
            .unwrap_err();
        assert!(
            matches!(error, Error::Contradiction { row: 1, other: 0 }),
            "{error}"
        );

        let noisy = problem.with_noise(super::super::Noise::Known(0.1)).unwrap();
        let mut oracle = Fresh::new(law, &seeds);
        let error = Elimination.solve(&noisy, &mut oracle, rng).unwrap_err();
        assert!(matches!(error, Error::CleanOnly { .. }), "{error}");
        assert_eq!(oracle.ledger().examples, 0);
    }
}
