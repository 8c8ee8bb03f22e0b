//! A solver on an instance.

use super::clock::seconds;
use super::replay::{Recorder, Replay};
use super::{Contest, Contested};
use crate::access::{Examples, Fixed, Fresh, RandomExamples};
use crate::data::{Batch, ParityDistribution};
use crate::error::{Error, Result};
use crate::seeds::{Purpose, Seeds};
use crate::solver::{AnySolver, Problem, Report, SolverKind};

pub(super) fn run(
    contest: &Contest,
    kind: &SolverKind,
    problem: &Problem,
    distribution: ParityDistribution,
    seeds: &Seeds,
) -> Result<Contested> {
    let support = distribution.parity().support().to_vec();
    let ended = match kind.boxed() {
        AnySolver::Examples(_) => with_examples(contest, kind, problem, distribution, seeds),
    };
    match ended {
        Ok((report, seconds)) => {
            let mut outcome = Contested::judge(report, kind.access(), &support);
            outcome.seconds = seconds;
            Ok(outcome)
        }
        Err(error) if is_refusal(&error) => {
            let name = kind.name().into();
            Ok(Contested::refused(
                name,
                kind.access(),
                &support,
                Some(&error),
            ))
        }
        Err(error) => Err(error),
    }
}

type Timed = (Report, Option<super::Seconds>);

fn with_examples(
    contest: &Contest,
    kind: &SolverKind,
    problem: &Problem,
    distribution: ParityDistribution,
    seeds: &Seeds,
) -> Result<Timed> {
    let (p, times) = (contest.noise, contest.repetitions);
    let solve = |access: &mut dyn RandomExamples| match kind.boxed() {
        AnySolver::Examples(solver) => {
            solver.solve(problem, access, &mut seeds.stream(Purpose::Solver))
        }
    };
    let Some(m) = contest.examples else {
        let mut fresh = Recorder::new(Fresh::new(distribution, seeds).with_noise(p)?)?;
        let report = solve(&mut fresh)?;
        let again = || {
            Ok(drop(solve(&mut Replay(
                Fixed::new(&fresh.drawn).with_noise(p)?,
            ))?))
        };
        return Ok((report, seconds(times, again)?));
    };
    let batch = Batch::<f32>::draw(&distribution, m, &mut seeds.into())?;
    let sample = Examples::of(&batch)?;
    let once = || solve(&mut Fixed::new(&sample).with_noise(p)?);
    let report = once()?;
    Ok((report, seconds(times, || Ok(drop(once()?)))?))
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
    )
}
