//! Two solvers that keep no example.

use rand::seq::SliceRandom;
use sparse_parity::access::{Examples, RandomExamples};
use sparse_parity::seeds::LabRng;
use sparse_parity::solver::{Fit, Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use sparse_parity::theory::supports;
use sparse_parity::{Error, Result};

/// The words of a row, and the most columns beside its label.
const WORDS: usize = 4;
const MOST: usize = 64 * WORDS - 1;

/// Tests one support after the other, in order, and goes on at the first label that is wrong.
///
/// S is the candidate in the middle in expectation, and a wrong one costs two examples: C − 1 before S, and then as many as decide.
#[derive(Debug, Clone, Copy)]
pub struct StreamAndTest;

impl<A: RandomExamples + ?Sized> Solver<A> for StreamAndTest {
    fn name(&self) -> &'static str {
        "stream-and-test"
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let (n, k) = sizes(problem)?;
        let all = supports(n, k)?;
        let agreeing = needed(all, problem.failure);
        plan(
            problem,
            (all + 1.0) / 2.0,
            all - 1.0 + agreeing as f64,
            k * bits(n) + bits(agreeing),
        )
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        let plan = Solver::<A>::plan(self, problem)?;
        let (n, k) = sizes(problem)?;
        let agreeing = needed(supports(n, k)?, problem.failure);
        let mut candidate: Vec<usize> = (0..k).collect();
        loop {
            access.charge().candidates += 1;
            if agrees(&candidate, agreeing, access)? {
                return Ok(found(
                    Solver::<A>::name(self),
                    problem,
                    plan,
                    candidate,
                    agreeing,
                    access,
                ));
            }
            if !advance(&mut candidate, n) {
                return Ok(Report::of(
                    Solver::<A>::name(self),
                    Verdict::NothingFits,
                    plan,
                    access,
                ));
            }
        }
    }
}

/// Whether so many fresh labels are χ_T(x).
fn agrees<A: RandomExamples + ?Sized>(
    support: &[usize],
    times: usize,
    access: &mut A,
) -> Result<bool> {
    for _ in 0..times {
        if next(access)?.wrong(support) > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The next set of as many coordinates in colexicographic order; false after the last one.
fn advance(support: &mut [usize], n: usize) -> bool {
    for i in 0..support.len() {
        let end = support.get(i + 1).copied().unwrap_or(n);
        if support[i] + 1 < end {
            support[i] += 1;
            for (low, place) in support[..i].iter_mut().enumerate() {
                *place = low;
            }
            return true;
        }
    }
    false
}

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

type Row = [u64; WORDS];

/// The bits of an example in some columns, and its label behind them.
fn row(columns: &[usize], example: &Examples) -> Row {
    let mut row = [0; WORDS];
    let bits = columns.iter().map(|&i| example.x().is_negative(0, i));
    for (place, bit) in bits.chain([example.is_negative(0)]).enumerate() {
        row[place / 64] |= u64::from(bit) << (place % 64);
    }
    row
}

fn bit(row: &Row, place: usize) -> bool {
    row[place / 64] >> (place % 64) & 1 == 1
}

/// What became of a row.
#[derive(Debug, PartialEq)]
enum Taken {
    New,
    Dependent,
    Contradiction,
}

/// Rows by their first set bit, with labels behind the columns.
struct Basis {
    rows: Vec<Option<Row>>,
    rank: usize,
}

impl Basis {
    fn new(columns: usize) -> Self {
        Basis {
            rows: vec![None; columns],
            rank: 0,
        }
    }

    fn takes(&mut self, mut row: Row) -> Taken {
        for place in 0..self.rows.len() {
            if !bit(&row, place) {
                continue;
            }
            match &self.rows[place] {
                Some(other) => row.iter_mut().zip(other).for_each(|(a, b)| *a ^= b),
                None => {
                    self.rows[place] = Some(row);
                    self.rank += 1;
                    return Taken::New;
                }
            }
        }
        match bit(&row, self.rows.len()) {
            true => Taken::Contradiction,
            false => Taken::Dependent,
        }
    }

    /// The columns of the only solution, by back substitution.
    fn solution(&self) -> Vec<usize> {
        let q = self.rows.len();
        let mut is_in = vec![false; q];
        for place in (0..q).rev() {
            let row = self.rows[place].as_ref().expect("the rank is full");
            let behind = (place + 1..q).filter(|&i| is_in[i] && bit(row, i)).count();
            is_in[place] = bit(row, q) ^ (behind % 2 == 1);
        }
        (0..q).filter(|&i| is_in[i]).collect()
    }
}

/// One fresh example.
fn next<A: RandomExamples + ?Sized>(access: &mut A) -> Result<Examples> {
    let mut one = Examples::none(access.dim())?;
    access.draw(1, &mut one)?;
    Ok(one)
}

/// n and k, of a problem with clean labels and one k.
fn sizes(problem: &Problem) -> Result<(usize, usize)> {
    let (first, last, p) = (*problem.k.start(), *problem.k.end(), problem.noise.bound());
    if p > 0.0 {
        return Err(Error::CleanOnly {
            solver: "a stream",
            p,
        });
    }
    if first != last {
        return Err(Error::Conflict {
            one: "streams",
            other: "several values of k",
            reason: "a solution is judged by its size",
        });
    }
    Ok((problem.n, last))
}

/// How many agreeing labels tell S from so many others.
fn needed(others: f64, failure: f64) -> usize {
    (others / failure).log2().ceil().max(0.0) as usize
}

/// The bits of a number up to `most`.
fn bits(most: usize) -> usize {
    (usize::BITS - most.leading_zeros()) as usize
}

fn plan(problem: &Problem, attempts: f64, examples: f64, bits: usize) -> Result<Plan> {
    let plan = Plan {
        sample: Some(SampleSize {
            examples: examples.ceil() as usize,
            wrong: 0,
        }),
        attempts,
        bytes: bits.div_ceil(8) as u64,
        ..Plan::default()
    };
    plan.within(&problem.limits)
}

fn found<A: RandomExamples + ?Sized>(
    name: &str,
    problem: &Problem,
    plan: Plan,
    support: Vec<usize>,
    examples: usize,
    access: &mut A,
) -> Report {
    access.charge().holds(plan.bytes);
    let fit = Fit {
        support,
        wrong: 0,
        examples,
        chance: problem.failure,
    };
    Report::of(
        name,
        Verdict::Found(fit, Uniqueness::Bound(problem.failure)),
        plan,
        access,
    )
}
