use super::super::{Plan, Problem, Report, Solver};
use super::Meet;
use crate::access::RandomExamples;
use crate::error::Result;
use crate::seeds::LabRng;

const NAME: &str = "meet-in-the-middle";

/// Meeting in the middle: χ_S(x) = y says that χ_L(x) y = χ_{S∖L}(x) for a half L of S, and halves are looked up in a table of
/// the others.
///
/// It takes as few examples as decide, without noise, and time n^{k/2}. The coordinates are split at random: with probability
/// C(k, k/2)/2ᵏ, about, S has half of its coordinates on each side, where only C(n/2, k/2) sets have to be looked up. Where k
/// is at most 3 all C(n, ⌈k/2⌉) sets are, and every support is examined. A table of more than a megabyte is filled a part at a
/// time, as that of [`FourLists`](super::FourLists), which is faster.
///
/// The time is due to D. Spielman, as A. Klivans and R. Servedio tell in *Toward Attribute Efficient Learning of Decision Lists
/// and Parities* (2006), whose own algorithm is another: it takes polynomial time and O(n^{1−1/k}) examples.
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{MeetInTheMiddle, Problem, Solver};
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(100, &[3, 14, 15, 92])?;
/// let mut oracle = Fresh::new(distribution, &seeds);
/// let rng = &mut seeds.stream(Purpose::Solver);
/// let report = MeetInTheMiddle::default().solve(&Problem::new(100, 4)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[3, 14, 15, 92][..]));
/// assert_eq!(report.ledger.examples, 29);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MeetInTheMiddle {
    /// Whether every support is examined, by looking up all C(n, ⌈k/2⌉) sets, so that all that fit are found. A given sample may
    /// then be of any size.
    pub certify: bool,
}

impl MeetInTheMiddle {
    fn meet(self) -> Meet {
        Meet {
            name: NAME,
            certify: self.certify,
            is_small: false,
        }
    }
}

impl<A: RandomExamples + ?Sized> Solver<A> for MeetInTheMiddle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        problem.demand_clean(NAME)?;
        self.meet().plan(problem)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        problem.demand_clean(NAME)?;
        self.meet().solve(problem, access, rng)
    }
}
