use super::super::{Plan, Problem, Report, Solver};
use super::Meet;
use crate::access::RandomExamples;
use crate::error::Result;
use crate::seeds::LabRng;

const NAME: &str = "four-lists";

/// Meeting in the middle in the memory of quarters: halves of S are made from lists of their halves, those with the same bits
/// at a time, and only these are in the table.
///
/// It takes the examples of [`MeetInTheMiddle`](super::MeetInTheMiddle), finds the same, and makes as many sums, but keeps lists
/// of C(n/2, k/4) entries in place of a table of C(n/2, k/2). Every half of S is an upper and a lower quarter of its coordinates;
/// for k that is not divisible by four, they differ by one coordinate. The plan has the fewest parts that take a quarter more than
/// the least memory, and no more parts than there are sums for each quarter. `MeetInTheMiddle` does the same with fewer
/// parts, where its table is larger than a cache, and is faster.
///
/// The lists are those of R. Schroeppel and A. Shamir, *A T = O(2^{n/2}), S = O(2^{n/4}) Algorithm for Certain NP-Complete
/// Problems* (SIAM Journal on Computing 10, 1981); sums modulo 2 need no order, as N. Howgrave-Graham and A. Joux say of sums
/// by their remainders in *New Generic Algorithms for Hard Knapsacks* (EUROCRYPT 2010).
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{FourLists, Problem, Solver, SolverKind};
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(100, &[3, 14, 15, 65, 89, 92])?;
/// let problem = Problem::new(100, 6)?;
/// let mut oracle = Fresh::new(distribution, &seeds);
/// let rng = &mut seeds.stream(Purpose::Solver);
/// let report = FourLists.solve(&problem, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[3, 14, 15, 65, 89, 92][..]));
///
/// let table = SolverKind::named("meet-in-the-middle")?.plan(&problem)?;
/// assert!(9 * report.plan.bytes < table.bytes);
/// assert!(report.plan.words < 1.1 * table.words);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FourLists;

const MEET: Meet = Meet {
    name: NAME,
    certify: false,
    is_small: true,
};

impl<A: RandomExamples + ?Sized> Solver<A> for FourLists {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        problem.demand_clean(NAME)?;
        MEET.plan(problem)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        problem.demand_clean(NAME)?;
        MEET.solve(problem, access, rng)
    }
}
