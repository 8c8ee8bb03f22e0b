//! Examples one at a time, for solvers that keep none.

use sparse_parity::access::{Examples, RandomExamples};
use sparse_parity::solver::{Fit, Plan, Problem, Report, SampleSize, Uniqueness, Verdict};
use sparse_parity::{Error, Result};

/// One fresh example.
pub fn next<A: RandomExamples + ?Sized>(access: &mut A) -> Result<Examples> {
    let mut one = Examples::none(access.dim())?;
    access.draw(1, &mut one)?;
    Ok(one)
}

/// Whether so many fresh labels are χ_T(x).
pub fn agrees<A: RandomExamples + ?Sized>(
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

/// n and k, of a problem with clean labels and one k.
pub fn sizes(problem: &Problem) -> Result<(usize, usize)> {
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
pub fn needed(others: f64, failure: f64) -> usize {
    (others / failure).log2().ceil().max(0.0) as usize
}

/// The bits of a number up to `most`.
pub fn bits(most: usize) -> usize {
    (usize::BITS - most.leading_zeros()) as usize
}

/// A plan of so many attempts and examples, which keeps so many bits.
pub fn plan(problem: &Problem, attempts: f64, examples: f64, bits: usize) -> Result<Plan> {
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

/// The report of a support with which so many labels agree.
pub fn found<A: RandomExamples + ?Sized>(
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
