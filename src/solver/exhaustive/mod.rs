//! All supports of k coordinates, one after the other.

mod cost;
mod search;
#[cfg(test)]
mod tests;

use self::cost::Layout;
use self::search::Search;
use super::fits::Fits;
use super::sample::Sample;
use super::word::Word;
use super::{Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use crate::access::RandomExamples;
use crate::error::Result;
use crate::seeds::LabRng;
use crate::simd::Kernel;

const NAME: &str = "exhaustive";

/// Exhaustive search: every support of k coordinates is compared with the labels.
///
/// It bears any noise and takes as few examples as decide, in time C(n, k): the line that statistical queries cannot cross. XORs of
/// pairs of coordinates are made once, so that a support costs one XOR with the labels. Without noise 32 examples are compared,
/// and the others where these agree. With noise the wrong labels among 64 examples are counted, and go on being counted
/// while they are few enough for S: S is dropped with probability δ/2 at most, beside the δ/2 of the threshold T.
///
/// All supports that fit are found, so that the only one is unique [`AmongSparse`](Uniqueness::AmongSparse).
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Exhaustive, Noise, Problem, Solver, Uniqueness, Verdict};
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(50, &[3, 14, 15])?.with_label_noise(0.1)?;
/// let problem = Problem::new(50, 3)?.with_noise(Noise::Known(0.1))?;
/// let mut oracle = Fresh::new(distribution, &seeds);
/// let rng = &mut seeds.stream(Purpose::Solver);
/// let report = Exhaustive::default().solve(&problem, &mut oracle, rng)?;
/// let Verdict::Found(fit, Uniqueness::AmongSparse) = report.verdict else {
///     panic!("one support fits");
/// };
/// assert_eq!((fit.support, fit.examples), (vec![3, 14, 15], 70));
/// assert_eq!(report.ledger.candidates, 19_600);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Exhaustive {
    /// Whether a support is dropped only when it has more than T wrong labels, so that none that fits is missed, and a given
    /// sample may be of any size: if it does not decide, several supports fit.
    pub exact: bool,
}

impl<A: RandomExamples + ?Sized> Solver<A> for Exhaustive {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        let sample = problem.sample_size()?;
        Ok(self.plan_for(problem, sample)?.0)
    }

    fn solve(&self, problem: &Problem, access: &mut A, _: &mut LabRng) -> Result<Report> {
        let (plan, verdict) = self.run::<u64, A>(problem, access, Kernel::in_use())?;
        Ok(Report::of(NAME, verdict, plan, access))
    }
}

impl Exhaustive {
    fn plan_for(self, problem: &Problem, sample: SampleSize) -> Result<(Plan, Layout)> {
        let layout = Layout::of(problem, sample.examples, self.exact);
        let sizes = problem.k.clone();
        let plan = Plan {
            sample: Some(sample),
            candidates: problem.candidates(),
            bytes: sizes.clone().map(|k| layout.bytes(k)).max().unwrap_or(0),
            ..Plan::default()
        };
        let plan = plan.within(&problem.limits)?;
        // Its words are a sum over coordinates, which takes long for more than fit into memory.
        let plan = Plan {
            words: sizes.map(|k| layout.words(k)).sum(),
            ..plan
        };
        Ok((plan.within(&problem.limits)?, layout))
    }

    fn run<W: Word, A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        access: &mut A,
        kernel: Kernel,
    ) -> Result<(Plan, Verdict)> {
        let mut size = problem.sample_size()?;
        let (plan, mut layout) = self.plan_for(problem, size)?;
        let least = if self.exact { 1 } else { size.examples };
        let other = |left: &usize| *left >= least && *left != size.examples;
        if let Some(examples) = access.left().filter(other) {
            // A large sample takes more than was planned.
            let wrong = problem.accepted(examples);
            size = SampleSize { examples, wrong };
            layout = self.plan_for(problem, size)?.1;
        }
        let sample = Sample::<W>::draw(NAME, size.examples, least, problem, access)?;
        let charge = access.charge();
        charge.attempts += 1;
        charge.candidates += problem.candidates() as u64;
        let search = Search {
            sample: &sample,
            kernel,
            most_wrong: size.wrong,
            layout,
        };
        let mut fits = Fits::default();
        for k in problem.k.clone() {
            let found = search.run(k, search.layout.words(k));
            charge.words += found.words;
            charge.holds(search.layout.bytes(k));
            fits.append(found.fits);
        }
        let verdict = fits.verdict(problem, &sample, Uniqueness::AmongSparse);
        Ok((plan, verdict))
    }
}
