//! Stream and test: one support at a time.

use crate::stream::{agrees, bits, found, needed, plan, sizes};
use sparse_parity::Result;
use sparse_parity::access::RandomExamples;
use sparse_parity::seeds::LabRng;
use sparse_parity::solver::{Plan, Problem, Report, Solver, Verdict};
use sparse_parity::theory::supports;

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
