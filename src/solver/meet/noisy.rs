use super::super::{Plan, Problem, Report, Solver};
use super::Meet;
use crate::access::RandomExamples;
use crate::error::Result;
use crate::seeds::LabRng;

const NAME: &str = "noisy-meet";

/// Meeting in the middle on a few examples at a time: those halves are compared whose sums agree in r random examples, which
/// finds S if their labels are clean.
///
/// It takes as few examples as decide. With N = C(n/2, k/2) halves and r ≈ log₂ N, an attempt costs about 3N operations and succeeds
/// with probability (1 − p)ʳ C(k, k/2)/2ᵏ, so that the time is N^{1 + log₂ 1/(1 − p)}. The plan has the r that costs least.
/// An operation takes longer than one of [`Exhaustive`](super::super::Exhaustive), which are on vectors: for (200, 3) that search is as
/// fast at p = 0.1 and ten times as fast at p = 0.3, and for (200, 4) it takes nearly twenty times as long at p = 0.1.
///
/// Without noise all examples have to agree, and it is [`MeetInTheMiddle`](super::MeetInTheMiddle). The exponent is near that of
/// E. Grigorescu, L. Reyzin and S. Vempala, *On Noise-Tolerant Learning of Sparse Parities and Related Problems* (2011).
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Exhaustive, Noise, NoisyMeet, Problem, Solver};
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(50, &[3, 14, 15, 26])?.with_label_noise(0.05)?;
/// let problem = Problem::new(50, 4)?.with_noise(Noise::Known(0.05))?;
/// let mut oracle = Fresh::new(distribution, &seeds);
/// let rng = &mut seeds.stream(Purpose::Solver);
/// let report = NoisyMeet.solve(&problem, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[3, 14, 15, 26][..]));
///
/// let all = Exhaustive::default().solve(&problem, &mut oracle, rng)?;
/// assert!(10.0 * report.plan.words < all.plan.words);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NoisyMeet;

const MEET: Meet = Meet {
    name: NAME,
    certify: false,
    is_small: false,
};

impl<A: RandomExamples + ?Sized> Solver<A> for NoisyMeet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        MEET.plan(problem)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        MEET.solve(problem, access, rng)
    }
}
