//! Meeting in the middle: a support is two parts whose sums, one of them with the labels, agree.

mod clean;
mod cost;
mod four_lists;
mod law;
mod lists;
mod noisy;
mod search;
mod storage;
pub(super) mod subsets;
mod table;
#[cfg(test)]
mod tests;

pub use clean::MeetInTheMiddle;
pub use four_lists::FourLists;
pub use noisy::NoisyMeet;

use self::cost::Form;
use self::search::Search;
use super::sample::Sample;
use super::word::Word;
use super::{Noise, Plan, Problem, Report, SampleSize, Uniqueness, Verdict};
use crate::access::RandomExamples;
use crate::error::Result;
use crate::seeds::LabRng;
use rand::SeedableRng;

/// Examples that are carried along with a sum.
const WORD: usize = 64;

/// A solver that meets in the middle.
#[derive(Debug, Clone, Copy)]
struct Meet {
    name: &'static str,
    /// Whether all supports are examined.
    certify: bool,
    /// Whether it takes the least memory, and not the least time.
    is_small: bool,
}

impl Meet {
    fn forms(self, problem: &Problem, sample: SampleSize) -> Result<Vec<Form>> {
        let sizes = problem.k.clone();
        sizes
            .map(|k| Form::best(problem, k, sample, self))
            .collect()
    }

    fn plan(self, problem: &Problem) -> Result<Plan> {
        let sample = problem.sample_size()?;
        plan(problem, sample, &self.forms(problem, sample)?)
    }

    fn solve<A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        access: &mut A,
        rng: &mut LabRng,
    ) -> Result<Report> {
        let (plan, verdict) = self.run::<u64, A>(problem, access, rng)?;
        Ok(Report::of(self.name, verdict, plan, access))
    }

    fn run<W: Word, A: RandomExamples + ?Sized>(
        self,
        problem: &Problem,
        access: &mut A,
        rng: &mut LabRng,
    ) -> Result<(Plan, Verdict)> {
        let mut size = problem.sample_size()?;
        let mut forms = self.forms(problem, size)?;
        let usual = plan(problem, size, &forms)?;
        let least = if self.certify { 1 } else { size.examples };
        if let Some(left) = access
            .left()
            .filter(|&left| left >= least && left != size.examples)
        {
            // Another sample takes other forms, and a large one perhaps more.
            size = SampleSize {
                examples: left,
                wrong: problem.accepted(left),
            };
            forms = self.forms(problem, size)?;
            plan(problem, size, &forms)?;
        }
        let sample = Sample::<W>::draw(self.name, size.examples, least, problem, access)?;
        let coins = LabRng::from_rng(rng);
        let mut search = Search::new(&sample, size.wrong, coins);
        let (mut missed, mut sure) = (0.0_f64, true);
        for form in &forms {
            access.charge().holds(form.bytes(problem.n));
            search.run(form, problem.noise == Noise::Clean);
            missed = missed.max(form.missed);
            sure &= form.missed == 0.0;
            if !self.certify && !search.fits.is_empty() {
                sure &= form.k == *problem.k.end();
                break;
            }
        }
        let charge = access.charge();
        charge.words += search.words;
        charge.probes += search.probes;
        charge.candidates += search.candidates;
        charge.attempts += search.attempts;
        if search.fits.is_empty() && !sure {
            let attempts = search.attempts;
            return Ok((usual, Verdict::GaveUp { attempts, missed }));
        }
        let found = search.fits;
        let uniqueness = match sure {
            true => Uniqueness::AmongSparse,
            false => Uniqueness::Bound(found.chance(problem, &sample)),
        };
        Ok((usual, found.verdict(problem, &sample, uniqueness)))
    }
}

/// What forms take, one after the other.
fn plan(problem: &Problem, sample: SampleSize, forms: &[Form]) -> Result<Plan> {
    let mut plan = Plan {
        sample: Some(sample),
        attempts: 0.0,
        most_attempts: 0.0,
        ..Plan::default()
    };
    let width = sample.examples.div_ceil(WORD) as f64;
    for form in forms {
        plan.attempts += form.attempts;
        plan.most_attempts += form.most_attempts;
        plan.words += form.attempts * form.words + width * (form.k + 1) as f64;
        if !form.is_full {
            // The coordinates of the support are compared with all for being equal.
            plan.words += (form.k * (problem.n - 1)) as f64;
        }
        plan.probes += form.attempts * form.probes;
        plan.candidates += form.attempts * form.visits;
        plan.bytes = plan.bytes.max(form.bytes(problem.n));
    }
    plan.within(&problem.limits)
}
