//! Sums of columns, multiplied as matrices.

mod form;
mod search;
#[cfg(test)]
mod tests;

use self::form::{Form, forms};
use self::search::Search;
use super::sample::Sample;
use super::word::Word;
use super::{Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use crate::access::RandomExamples;
use crate::error::{Error, Result, at_most, positive};
use crate::seeds::LabRng;
use rand::SeedableRng;

const NAME: &str = "amplified";
/// The largest group.
const MOST_GROUP: usize = 1 << 12;

/// Sums of b columns with random signs, whose products tell which groups hold the two parts of S.
///
/// The columns are χ_A of all sets A of ⌊k/2⌋ coordinates, and y χ_B of all B of ⌈k/2⌉. Two of them agree where A ∪ B = S and
/// nowhere else, and a product of matrices has the agreement of all pairs of sums. A pair that stands out is taken apart, and its supports
/// are compared with all labels. With N₁ and N₂ columns and m examples it takes
///
/// ```text
/// N₁N₂ m/b² multiply-adds,  m ≥ 16 b²/(1 − 2p)²
/// ```
///
/// as the agreement (1 − 2p)m of S has to stand out among b² other pairs, whose sum deviates by b√m. So groups save nothing, whatever b
/// is: they do with a product of matrices that takes less than the cube of their size (Valiant 2012, Finding correlations in subquadratic
/// time, with applications to learning parities and juntas), which this is not. It is here to be measured.
///
/// S is the union of C(k, ⌊k/2⌋) pairs of parts, and an attempt with new groups and signs finds it by any of them. The law of deviations is the
/// normal one.
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Amplified, Noise, Problem, Solver, SolverKind};
///
/// let problem = Problem::new(40, 4)?.with_noise(Noise::Known(0.1))?;
/// let seeds = Seeds::from(1);
/// let law = ParityDistribution::random(40, 4, &mut seeds.stream(Purpose::Support))?;
/// let mut oracle = Fresh::new(law.clone().with_label_noise(0.1)?, &seeds);
/// let rng = &mut seeds.stream(Purpose::Solver);
/// let report = Amplified { group: 4 }.solve(&problem, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(law.parity().support()));
///
/// // Twice the group, four times the examples.
/// let plan = |group| SolverKind::Amplified(Amplified { group }).plan(&problem);
/// let [four, eight] = [plan(4)?, plan(8)?].map(|plan| plan.sample.unwrap().examples as f64);
/// assert!((3.5..4.5).contains(&(eight / four)));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Amplified {
    /// The number b of columns in a sum.
    pub group: usize,
}

impl Default for Amplified {
    /// Groups of 4.
    fn default() -> Self {
        Amplified { group: 4 }
    }
}

impl Amplified {
    /// The sample, its forms and what they take.
    fn choose(self, problem: &Problem) -> Result<(Plan, SampleSize, Vec<Form>)> {
        let what = "the number of columns in a sum";
        positive(what, self.group)?;
        at_most(what, self.group, MOST_GROUP)?;
        let (size, forms) = forms(problem, self.group)?;
        let width = size.examples.div_ceil(64) as f64;
        let mut plan = Plan {
            sample: Some(size),
            attempts: 0.0,
            most_attempts: 0.0,
            ..Plan::default()
        };
        for form in &forms {
            plan.attempts += form.attempts;
            plan.most_attempts += form.most_attempts;
            plan.candidates += form.attempts * form.candidates;
            plan.words += form.attempts * form.words(problem.n, size)
                // S is read to its end, and its coordinates are compared with all for being equal.
                + (form.k + 1) as f64 * width
                + (form.k * (problem.n - 1)) as f64;
            plan.multiply_adds += form.attempts * form.multiply_adds(size.examples);
            plan.bytes = plan.bytes.max(form.bytes(size.examples));
        }
        let plan = plan.within(&problem.limits)?;
        // A multiplication and addition is an operation on a word, as to the time that is allowed.
        let (words, limit) = (plan.words + plan.multiply_adds, problem.limits.words);
        match words > limit {
            true => Err(Error::TooLong { words, limit }),
            false => Ok((plan, size, forms)),
        }
    }

    fn run<W: Word, A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        access: &mut A,
        rng: &mut LabRng,
    ) -> Result<(Plan, Verdict)> {
        let (plan, size, forms) = self.choose(problem)?;
        let needed = size.examples;
        let sample = Sample::<W>::draw(NAME, needed, needed, problem, access)?;
        let most_wrong = match sample.examples() {
            m if m == needed => size.wrong,
            m => problem.accepted(m),
        };
        let mut search = Search::new(&sample, size.examples, most_wrong, LabRng::from_rng(rng));
        for form in &forms {
            search.run(form);
        }
        let charge = access.charge();
        search.counts.add_to(charge);
        charge.holds(plan.bytes);
        let attempts = search.counts.attempts;
        let fits = search.fits;
        if fits.is_empty() {
            let missed = problem.failure;
            return Ok((plan, Verdict::GaveUp { attempts, missed }));
        }
        let chance = fits.chance(problem, &sample);
        let verdict = fits.verdict(problem, &sample, Uniqueness::Bound(chance));
        Ok((plan, verdict))
    }
}

impl<A: RandomExamples + ?Sized> Solver<A> for Amplified {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        Ok(self.choose(problem)?.0)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        let (plan, verdict) = self.run::<u64, A>(problem, access, rng)?;
        Ok(Report::of(NAME, verdict, plan, access))
    }
}
