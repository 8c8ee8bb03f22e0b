use super::fits::Fits;
use super::sample::Sample;
use super::word::Word;
use super::{Plan, Problem, Report, SampleSize, Solver, Uniqueness, Verdict};
use crate::access::RandomExamples;
use crate::error::Result;
use crate::seeds::LabRng;
use crate::stats::{Geometric, LogOdds, ln_at_most};
use rand::Rng;
use rand::seq::index;

const NAME: &str = "random-search";

/// Random search: random supports are compared with the labels until one fits.
///
/// Supports are drawn with replacement, so that the number of attempts is [`Geometric`] with mean C(n, k): the law that the times of
/// convergence of gradient descent are held against. It bears any noise.
///
/// ```
/// use sparse_parity::access::Fresh;
/// use sparse_parity::prelude::*;
/// use sparse_parity::solver::{Problem, RandomSearch, Solver};
///
/// let seeds = Seeds::from(1);
/// let mut oracle = Fresh::new(ParityDistribution::new(20, &[3, 14, 15])?, &seeds);
/// let rng = &mut seeds.stream(Purpose::Solver);
/// let report = RandomSearch.solve(&Problem::new(20, 3)?, &mut oracle, rng)?;
/// assert_eq!(report.verdict.support(), Some(&[3, 14, 15][..]));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RandomSearch;

impl<A: RandomExamples + ?Sized> Solver<A> for RandomSearch {
    fn name(&self) -> &'static str {
        NAME
    }

    fn plan(&self, problem: &Problem) -> Result<Plan> {
        plan(problem, problem.sample_size()?)
    }

    fn solve(&self, problem: &Problem, access: &mut A, rng: &mut LabRng) -> Result<Report> {
        let (plan, verdict) = run::<u64, A>(problem, access, rng)?;
        Ok(Report::of(NAME, verdict, plan, access))
    }
}

/// The numbers of attempts expected and made at most, and the probability of missing S in these.
fn attempts(problem: &Problem) -> Result<(f64, f64, f64)> {
    let candidates = problem.candidates();
    if candidates <= 1.0 {
        return Ok((1.0, 1.0, 0.0));
    }
    let law = Geometric::new(1.0 / candidates)?;
    let most = law.quantile(1.0 - problem.failure / 2.0)?;
    let missed = law.survival(most as u64);
    Ok((candidates * (1.0 - missed), most, missed))
}

fn plan(problem: &Problem, sample: SampleSize) -> Result<Plan> {
    let words = sample.examples.div_ceil(64);
    let bytes = (8.0 * problem.n as f64 * words as f64) as u64;
    // Before words are counted, which takes a time that grows with their number.
    let held = Plan::of_bytes(bytes, &problem.limits)?;
    // Beyond all limits, which need no further computation.
    let (expected, most_attempts) = match problem.candidates() {
        many if many > 1e15 => (many, many),
        _ => {
            let (expected, most, _) = attempts(problem)?;
            (expected, most)
        }
    };
    let coin = LogOdds::of(0.5);
    // Words of a wrong support are read while it has few enough wrong labels.
    let passing = |w: usize| libm::exp(ln_at_most(sample.wrong.min(64 * w), 64 * w, coin));
    let read = 1.0 + (1..words).map(passing).sum::<f64>();
    let operations = problem.k.clone().map(|k| {
        let share = crate::theory::supports(problem.n, k).unwrap_or(0.0) / problem.candidates();
        (k + 1) as f64 * if share.is_finite() { share } else { 1.0 }
    });
    let operations: f64 = operations.sum();
    let largest = *problem.k.end();
    let plan = Plan {
        sample: Some(sample),
        attempts: expected,
        most_attempts,
        words: operations * (expected * read + words as f64)
            + largest as f64 * (problem.n - 1) as f64,
        candidates: expected,
        ..held
    };
    plan.within(&problem.limits)
}

fn run<W: Word, A: RandomExamples + ?Sized>(
    problem: &Problem,
    access: &mut A,
    rng: &mut LabRng,
) -> Result<(Plan, Verdict)> {
    let mut size = problem.sample_size()?;
    let (usual, least) = (plan(problem, size)?, size.examples);
    if let Some(examples) = access.left().filter(|left| *left > size.examples) {
        let wrong = problem.accepted(examples);
        size = SampleSize { examples, wrong };
        plan(problem, size)?;
    }
    let sample = Sample::<W>::draw(NAME, size.examples, least, problem, access)?;
    let (_, most, missed) = attempts(problem)?;
    let (mut words, mut attempts) = (0, 0);
    let mut fits = Fits::default();
    while attempts < most as u64 && fits.is_empty() {
        attempts += 1;
        let k = size_of_support(problem, rng);
        let support = index::sample(rng, problem.n, k).into_vec();
        if let Some(wrong) = sample.wrong(&support, size.wrong, &mut words) {
            for twin in sample.twins(support, &mut words) {
                fits.push(wrong, twin);
            }
        }
    }
    let charge = access.charge();
    charge.words += words;
    charge.attempts += attempts;
    charge.candidates += attempts;
    charge.holds((problem.n * sample.width() * 8) as u64);
    if fits.is_empty() {
        return Ok((usual, Verdict::GaveUp { attempts, missed }));
    }
    let chance = fits.chance(problem, &sample);
    let verdict = fits.verdict(problem, &sample, Uniqueness::Bound(chance));
    Ok((usual, verdict))
}

/// A size of the problem, as often as there are supports of it.
fn size_of_support(problem: &Problem, rng: &mut LabRng) -> usize {
    if problem.k.start() == problem.k.end() {
        return *problem.k.start();
    }
    let mut left = rng.random::<f64>() * problem.candidates();
    let mut sizes = problem.k.clone();
    let chosen = sizes.find(|&k| {
        left -= crate::theory::supports(problem.n, k).unwrap_or(0.0);
        left < 0.0
    });
    chosen.unwrap_or(*problem.k.end())
}

#[cfg(test)]
mod tests {
    use super::super::word::{Counted, counted};
    use super::*;
    use crate::access::{Access, Examples, Fixed, Fresh};
    use crate::data::Batch;
    use crate::seeds::{Purpose, Seeds};
    use crate::solver::instances::{law, problem};
    use crate::stats::Time;

    #[test]
    fn every_operation_on_words_is_in_the_ledger() {
        for (n, k, p) in [
            (5, 2, 0.0),
            (20, 2, 0.1),
            (70, 2, 0.0),
            (130, 1, 0.2),
            (6, 6, 0.0),
        ] {
            let problem = problem(n, k, p);
            let mut oracle = Fresh::new(law(n, k, p, 1), &Seeds::from(1));
            let rng = &mut Seeds::from(1).stream(Purpose::Solver);
            let (_, operations) =
                counted(|| run::<Counted, _>(&problem, &mut oracle, rng).unwrap());
            assert_eq!(operations, oracle.ledger().words, "({n}, {k}), {p}");
        }
    }

    #[test]
    fn attempts_are_geometric_and_words_as_planned() {
        let runs = 1000;
        let problem = Problem::with_degrees(12, 2..=3).unwrap();
        let plan = plan(&problem, problem.sample_size().unwrap()).unwrap();
        let (mut times, mut words) = (Vec::new(), 0.0);
        for seed in 0..runs {
            let mut oracle = Fresh::new(law(12, 3, 0.0, 1), &Seeds::from(seed));
            let rng = &mut Seeds::from(seed).stream(Purpose::Solver);
            let (_, verdict) = run::<u64, _>(&problem, &mut oracle, rng).unwrap();
            let ledger = oracle.ledger();
            words += ledger.words as f64 / runs as f64;
            times.push(match verdict {
                Verdict::GaveUp { attempts, .. } => Time::Censored(attempts),
                _ => Time::Solved(ledger.attempts),
            });
        }
        let geometric = Geometric::new(1.0 / problem.candidates()).unwrap();
        let distance = geometric.distance(&times.into_iter().collect()).unwrap();
        assert!(distance.p_value() > 1e-3, "{distance:?}");
        assert!(
            (words / plan.words - 1.0).abs() < 0.15,
            "{words} {}",
            plan.words
        );
    }

    /// A tenth of 2000 labels are more wrong ones than a sample just large enough may have.
    #[test]
    fn a_sample_of_more_than_it_takes_may_have_more_wrong_labels() {
        let (law, problem) = (law(12, 2, 0.1, 1), problem(12, 2, 0.1));
        let batch = Batch::<f32>::draw(&law, 2000, &mut (&Seeds::from(1)).into()).unwrap();
        let examples = Examples::of(&batch).unwrap();
        assert!(problem.sample_size().unwrap().examples < 200);
        let rng = &mut Seeds::from(1).stream(Purpose::Solver);
        let report = RandomSearch.solve(&problem, &mut Fixed::new(&examples), rng);
        let support = law.parity().support();
        assert_eq!(report.unwrap().verdict.support(), Some(support));
    }

    #[test]
    fn more_candidates_than_numbers_take_too_long() {
        let size = SampleSize {
            examples: 64,
            wrong: 0,
        };
        let plan = plan(&problem(3000, 1500, 0.0), size);
        let is_refused =
            matches!(plan, Err(crate::Error::TooLong { words, .. }) if words == f64::INFINITY);
        assert!(is_refused, "{plan:?}");
    }
}
