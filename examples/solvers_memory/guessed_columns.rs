//! Guessed columns: a basis of the rows in q random columns.

use crate::basis::{Basis, MOST, Taken, row};
use crate::stream::{agrees, bits, found, needed, next, plan, sizes};
use rand::seq::SliceRandom;
use sparse_parity::access::RandomExamples;
use sparse_parity::seeds::LabRng;
use sparse_parity::solver::{Plan, Problem, Report, Solver};
use sparse_parity::theory::supports;
use sparse_parity::{Error, Result};

/// Guesses q columns and keeps a basis of the rows in them, until a row contradicts it, or the solution is not of size k.
///
/// If the columns do not contain S, the label is independent of them, so that a row which depends on others contradicts them with
/// probability ½. In expectation it guesses ∏_{i<k} (n − i)/(q − i) times.
#[derive(Debug, Clone, Copy)]
pub struct GuessedColumns {
    pub columns: usize,
}

impl GuessedColumns {
    /// The expected number of guesses, and the rows that have to agree with a solution.
    fn guesses(self, problem: &Problem) -> Result<(f64, usize)> {
        let (n, k) = sizes(problem)?;
        let q = self.columns;
        if q < k || q > n.min(MOST) {
            let range = "[k, n], and at most 255";
            return Err(Error::OutOfRange {
                what: "the number of columns q",
                value: q as f64,
                range,
            });
        }
        let guesses = supports(n, k)? / supports(q, k)?;
        Ok((guesses, needed(guesses * of_size(q, k)?, problem.failure)))
    }
}

/// The probability that a random solution of q columns has size k.
fn of_size(q: usize, k: usize) -> Result<f64> {
    Ok(supports(q, k)? * (-(q as f64)).exp2())
}

/// The expected rows until columns without S are given up.
///
/// At rank r a row depends on others with probability d = 2^{−(q−r)} and contradicts them with d/2. At rank q a solution of size k
/// is left with two more rows in the mean.
fn until_contradiction(q: usize, k: usize) -> Result<f64> {
    let mut rows = 2.0 * of_size(q, k)?;
    for left in 1..=q {
        let dependent = (-(left as f64)).exp2();
        rows = (1.0 + (1.0 - dependent) * rows) / (1.0 - dependent / 2.0);
    }
    Ok(rows)
}

impl<A: RandomExamples + ?Sized> Solver<A> for GuessedColumns {
    fn name(&self) -> &'static str {
        "guessed-columns"
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let (n, k) = sizes(problem)?;
        let q = self.columns;
        let (guesses, agreeing) = self.guesses(problem)?;
        // A matrix of rank q takes q + 1.607 rows.
        let last = q as f64 + 1.607 + agreeing as f64;
        let examples = (guesses - 1.0) * until_contradiction(q, k)? + last;
        plan(
            problem,
            guesses,
            examples,
            q * bits(n) + q * (q + 1) + bits(agreeing),
        )
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        let (n, k) = sizes(problem)?;
        let (_, agreeing) = self.guesses(problem)?;
        let mut order: Vec<usize> = (0..n).collect();
        loop {
            access.charge().attempts += 1;
            let (columns, _) = order.partial_shuffle(rng, self.columns);
            if let Some(support) = solution(columns, k, agreeing, access)? {
                return Ok(found(
                    Solver::<A>::name(self),
                    problem,
                    plan,
                    support,
                    agreeing,
                    access,
                ));
            }
        }
    }
}

/// The solution among some columns if it has size k and so many rows agree with it.
fn solution<A: RandomExamples + ?Sized>(
    columns: &[usize],
    k: usize,
    agreeing: usize,
    access: &mut A,
) -> Result<Option<Vec<usize>>> {
    let mut basis = Basis::new(columns.len());
    while basis.rank < columns.len() {
        if basis.takes(row(columns, &next(access)?)) == Taken::Contradiction {
            return Ok(None);
        }
    }
    let mut support: Vec<usize> = basis.solution().into_iter().map(|i| columns[i]).collect();
    if support.len() != k {
        return Ok(None);
    }
    support.sort_unstable();
    Ok(agrees(&support, agreeing, access)?.then_some(support))
}
