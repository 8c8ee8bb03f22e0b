//! A solver on an instance.

use super::clock::seconds;
use super::replay::{Recorder, Replay};
use super::{Contest, Contested, Seconds};
use crate::access::{Answers, Examples, Fixed, Fresh, Queries, Stat};
use crate::data::{Batch, ParityDistribution};
use crate::error::{Error, Result};
use crate::seeds::{Purpose, Seeds};
use crate::solver::{AccessKind, Oracle, Problem, Report, SolverKind};

pub(super) fn run(
    contest: &Contest,
    kind: &SolverKind,
    problem: &Problem,
    distribution: ParityDistribution,
    seeds: &Seeds,
) -> Result<Contested> {
    let support = distribution.parity().support().to_vec();
    let access = kind.access();
    match timed(contest, kind, problem, distribution, seeds) {
        Ok((report, seconds)) => {
            let mut outcome = Contested::judge(report, access, &support);
            outcome.seconds = seconds;
            Ok(outcome)
        }
        Err(error) if is_refusal(&error) => {
            let name = kind.name().into();
            Ok(Contested::refused(name, access, &support, Some(&error)))
        }
        Err(error) => Err(error),
    }
}

/// The report, and the time of the repetitions.
///
/// Queries have noise that is a fixed function of the input, and statistical queries exact answers.
fn timed(
    contest: &Contest,
    kind: &SolverKind,
    problem: &Problem,
    distribution: ParityDistribution,
    seeds: &Seeds,
) -> Result<(Report, Option<Seconds>)> {
    let (p, times) = (contest.noise, contest.repetitions);
    let solve =
        |oracle: Oracle<'_>| kind.solve(problem, oracle, &mut seeds.stream(Purpose::Solver));
    let repeated = |once: &dyn Fn() -> Result<Report>| {
        let report = once()?;
        Ok((report, seconds(times, || once().map(drop))?))
    };
    match (kind.access(), contest.examples) {
        (AccessKind::Examples, None) => {
            let mut fresh = Recorder::new(Fresh::new(distribution, seeds).with_noise(p)?)?;
            let report = solve(Oracle::Examples(&mut fresh))?;
            let again = || {
                let drawn = Fixed::new(&fresh.drawn).with_noise(p)?;
                solve(Oracle::Examples(&mut Replay(drawn))).map(drop)
            };
            Ok((report, seconds(times, again)?))
        }
        (AccessKind::Examples, Some(m)) => {
            let batch = Batch::<f32>::draw(&distribution, m, &mut seeds.into())?;
            let sample = Examples::of(&batch)?;
            repeated(&|| solve(Oracle::Examples(&mut Fixed::new(&sample).with_noise(p)?)))
        }
        (AccessKind::Queries, _) => {
            let parity = distribution.parity();
            repeated(&|| {
                let mut oracle = Queries::new(parity.clone()).with_persistent_noise(p, seeds)?;
                solve(Oracle::Queries(&mut oracle))
            })
        }
        (AccessKind::Statistical, _) => {
            let parity = distribution.parity();
            repeated(&|| {
                let mut oracle = Stat::new(parity.clone(), Answers::Exact).with_noise(p)?;
                solve(Oracle::Statistical(&mut oracle))
            })
        }
    }
}

/// Whether an error says that a solver cannot answer on this instance, rather than that there is no such instance.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::TooFew { .. }
            | Error::CleanOnly { .. }
            | Error::Room { .. }
            | Error::TooLong { .. }
            | Error::TooLarge { .. }
            | Error::Spent { .. }
            | Error::Method { .. }
            | Error::Conflict { .. }
    )
}
