//! Solvers by name, chosen at run time.

mod any;
#[cfg(feature = "serde")]
mod data;

pub use any::{AccessKind, AnySolver, Oracle};

use crate::error::{Error, Result, near};
use crate::seeds::LabRng;
use crate::solver::{
    Amplified, Bisection, Bkw, Elimination, Exhaustive, FourLists, GoldreichLevin, Influence,
    MeetInTheMiddle, NoisyMeet, OneGradient, Plan, Problem, RandomSearch, Report, SqGradient,
    SqSearch, SubsetElimination, Syndromes,
};

/// A solver by name, as data: `"exhaustive"`, or with settings `{"exhaustive":{"exact":true}}`.
///
/// ```
/// use sparse_parity::solver::SolverKind;
///
/// let kind = SolverKind::named("elimination")?;
/// assert_eq!(kind, SolverKind::Elimination);
/// assert!(SolverKind::named("eliminaton").unwrap_err().to_string().contains("the nearest is elimination"));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum SolverKind {
    /// [`Elimination`].
    Elimination,
    /// [`Exhaustive`].
    Exhaustive(Exhaustive),
    /// [`SubsetElimination`].
    SubsetElimination(SubsetElimination),
    /// [`MeetInTheMiddle`].
    MeetInTheMiddle(MeetInTheMiddle),
    /// [`FourLists`].
    FourLists,
    /// [`NoisyMeet`].
    NoisyMeet,
    /// [`RandomSearch`].
    RandomSearch,
    /// [`Amplified`].
    Amplified(Amplified),
    /// [`Bkw`].
    Bkw(Bkw),
    /// [`OneGradient`].
    OneGradient(OneGradient),
    /// [`Bisection`].
    Bisection(Bisection),
    /// [`Syndromes`].
    Syndromes,
    /// [`Influence`].
    Influence,
    /// [`GoldreichLevin`].
    GoldreichLevin,
    /// [`SqSearch`].
    SqSearch,
    /// [`SqGradient`].
    SqGradient(SqGradient),
}

impl SolverKind {
    /// All solvers with their usual settings.
    pub fn all() -> Vec<SolverKind> {
        vec![
            SolverKind::Elimination,
            SolverKind::Exhaustive(Exhaustive::default()),
            SolverKind::SubsetElimination(SubsetElimination::default()),
            SolverKind::MeetInTheMiddle(MeetInTheMiddle::default()),
            SolverKind::FourLists,
            SolverKind::NoisyMeet,
            SolverKind::RandomSearch,
            SolverKind::Amplified(Amplified::default()),
            SolverKind::Bkw(Bkw::default()),
            SolverKind::OneGradient(OneGradient::default()),
            SolverKind::Bisection(Bisection::default()),
            SolverKind::Syndromes,
            SolverKind::Influence,
            SolverKind::GoldreichLevin,
            SolverKind::SqSearch,
            SolverKind::SqGradient(SqGradient::default()),
        ]
    }

    /// The solver of that name with its usual settings.
    ///
    /// # Errors
    /// [`Error::UnknownName`].
    pub fn named(name: &str) -> Result<SolverKind> {
        let all = SolverKind::all();
        let names: Vec<&str> = all.iter().map(SolverKind::name).collect();
        match names.iter().position(|known| *known == name) {
            Some(place) => Ok(all[place].clone()),
            None => Err(Error::UnknownName {
                name: name.into(),
                nearest: near(name, names.iter().copied()).map(Into::into),
                known: names.join(", "),
            }),
        }
    }

    /// The solver itself.
    pub fn boxed<'a>(&self) -> AnySolver<'a> {
        match self {
            SolverKind::Elimination => AnySolver::Examples(Box::new(Elimination)),
            SolverKind::Exhaustive(solver) => AnySolver::Examples(Box::new(*solver)),
            SolverKind::SubsetElimination(solver) => AnySolver::Examples(Box::new(*solver)),
            SolverKind::MeetInTheMiddle(solver) => AnySolver::Examples(Box::new(*solver)),
            SolverKind::FourLists => AnySolver::Examples(Box::new(FourLists)),
            SolverKind::NoisyMeet => AnySolver::Examples(Box::new(NoisyMeet)),
            SolverKind::RandomSearch => AnySolver::Examples(Box::new(RandomSearch)),
            SolverKind::Amplified(solver) => AnySolver::Examples(Box::new(*solver)),
            SolverKind::Bkw(solver) => AnySolver::Examples(Box::new(*solver)),
            SolverKind::OneGradient(solver) => AnySolver::Examples(Box::new(*solver)),
            SolverKind::Bisection(solver) => AnySolver::Queries(Box::new(*solver)),
            SolverKind::Syndromes => AnySolver::Queries(Box::new(Syndromes)),
            SolverKind::Influence => AnySolver::Queries(Box::new(Influence)),
            SolverKind::GoldreichLevin => AnySolver::Queries(Box::new(GoldreichLevin)),
            SolverKind::SqSearch => AnySolver::Statistical(Box::new(SqSearch)),
            SolverKind::SqGradient(solver) => AnySolver::Statistical(Box::new(*solver)),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.boxed().name()
    }

    /// The access that it needs.
    pub fn access(&self) -> AccessKind {
        self.boxed().access()
    }

    /// What it expects to take.
    ///
    /// # Errors
    /// Those of [`Solver::plan`](crate::solver::Solver::plan).
    pub fn plan(&self, problem: &Problem) -> Result<Plan> {
        self.boxed().plan(problem)
    }

    /// Finds the support by such an oracle, or says how it ended without one.
    ///
    /// ```
    /// use sparse_parity::access::Fresh;
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::solver::{Oracle, Problem, SolverKind};
    ///
    /// let seeds = Seeds::from(1);
    /// let (problem, rng) = (Problem::new(20, 2)?, &mut seeds.stream(Purpose::Solver));
    /// let mut fresh = Fresh::new(ParityDistribution::new(20, &[1, 5])?, &seeds);
    /// let report = SolverKind::Elimination.solve(&problem, Oracle::Examples(&mut fresh), rng)?;
    /// assert_eq!(report.verdict.support(), Some(&[1, 5][..]));
    /// let error = SolverKind::Influence.solve(&problem, Oracle::Examples(&mut fresh), rng).unwrap_err();
    /// assert_eq!(error.to_string(), "influence needs queries, and there are examples; choose another solver");
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Access`] for an oracle of another access, else those of [`Solver::solve`](crate::solver::Solver::solve).
    pub fn solve(&self, problem: &Problem, oracle: Oracle<'_>, rng: &mut LabRng) -> Result<Report> {
        match (self.boxed(), oracle) {
            (AnySolver::Examples(solver), Oracle::Examples(oracle)) => {
                solver.solve(problem, oracle, rng)
            }
            (AnySolver::Queries(solver), Oracle::Queries(oracle)) => {
                solver.solve(problem, oracle, rng)
            }
            (AnySolver::Statistical(solver), Oracle::Statistical(oracle)) => {
                solver.solve(problem, oracle, rng)
            }
            (solver, oracle) => Err(Error::Access {
                solver: solver.name(),
                needed: solver.access().as_str(),
                found: oracle.access().as_str(),
            }),
        }
    }

    /// A rough time of a plan of this solver, in nanoseconds, to choose by.
    ///
    /// An operation on a word takes a tenth of a nanosecond where vectors scan lists, and some where sums are put into a table
    /// one by one. The numbers are of one core of an AMD EPYC (family 25); within a factor of 3 or so, others do the same.
    ///
    /// ```
    /// use sparse_parity::solver::{Noise, Problem, SolverKind};
    ///
    /// let problem = Problem::new(50, 3)?.with_noise(Noise::Known(0.1))?;
    /// let [all, meet] = ["exhaustive", "noisy-meet"].map(|name| SolverKind::named(name).unwrap());
    /// let [of_all, of_meet] = [all.plan(&problem)?, meet.plan(&problem)?];
    /// // Fewer operations that take longer.
    /// assert!(of_meet.words < 0.2 * of_all.words);
    /// assert!(meet.nanoseconds(&of_meet) > all.nanoseconds(&of_all));
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn nanoseconds(&self, plan: &Plan) -> f64 {
        let word = match self {
            SolverKind::Exhaustive(_) => 0.12,
            SolverKind::Elimination | SolverKind::SubsetElimination(_) => 0.4,
            SolverKind::Bkw(_) => 1.0,
            // Examples are drawn for a few operations each.
            SolverKind::OneGradient(_) => 3.0,
            SolverKind::MeetInTheMiddle(_) | SolverKind::NoisyMeet | SolverKind::Amplified(_) => {
                3.0
            }
            // For every part the lists are gone through.
            SolverKind::FourLists => 8.0,
            // An attempt draws a support and reads a word of each of its columns.
            SolverKind::RandomSearch => 15.0,
            SolverKind::Bisection(_)
            | SolverKind::Syndromes
            | SolverKind::Influence
            | SolverKind::GoldreichLevin
            | SolverKind::SqSearch
            | SolverKind::SqGradient(_) => 1.0,
        };
        word * plan.words + PROBE * plan.probes + MULTIPLY_ADD * plan.multiply_adds
    }

    /// The solver of random examples whose plan takes the shortest time, by [`nanoseconds`](SolverKind::nanoseconds), among those
    /// that bear the noise and need at most `examples` examples; any number if that is `None`.
    ///
    /// ```
    /// use sparse_parity::solver::{Problem, SolverKind};
    ///
    /// let problem = Problem::new(50, 3)?;
    /// let (kind, plan) = SolverKind::cheapest(&problem, Some(200))?;
    /// assert!(plan.sample.unwrap().examples <= 200);
    /// assert!(SolverKind::cheapest(&problem, Some(5)).unwrap_err().to_string().contains("there are 5"));
    /// # let _ = kind;
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is none: [`Error::TooFew`] of the one that needs the fewest examples, else what the last one says.
    pub fn cheapest(problem: &Problem, examples: Option<usize>) -> Result<(SolverKind, Plan)> {
        let mut best: Option<(f64, SolverKind, Plan)> = None;
        let mut refusal: Option<Error> = None;
        for kind in SolverKind::all() {
            if kind.access() != AccessKind::Examples {
                continue;
            }
            match kind
                .plan(problem)
                .and_then(|plan| kind.enough(plan, examples))
            {
                Ok(plan) => {
                    let time = kind.nanoseconds(&plan);
                    if best.as_ref().is_none_or(|(least, ..)| time < *least) {
                        best = Some((time, kind, plan));
                    }
                }
                Err(error) => refusal = Some(nearer(refusal, error)),
            }
        }
        match best {
            Some((_, kind, plan)) => Ok((kind, plan)),
            None => Err(refusal.expect("there are solvers of random examples")),
        }
    }

    /// The plan, if there are as many examples as it says.
    fn enough(&self, plan: Plan, examples: Option<usize>) -> Result<Plan> {
        let needed = plan.sample.map_or(0, |sample| sample.examples);
        match examples {
            Some(found) if found < needed => Err(Error::TooFew {
                solver: self.name(),
                needed,
                found,
            }),
            _ => Ok(plan),
        }
    }
}

/// The nanoseconds of an access to a random place of a table beyond the nearest cache, and of a multiplication.
const PROBE: f64 = 3.0;
const MULTIPLY_ADD: f64 = 0.1;

/// The refusal that is easier to mend: more examples, the fewer the better.
fn nearer(before: Option<Error>, error: Error) -> Error {
    let needed = |error: &Error| match error {
        Error::TooFew { needed, .. } => *needed,
        _ => usize::MAX,
    };
    match before {
        Some(before) if needed(&before) <= needed(&error) && needed(&before) < usize::MAX => before,
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::Noise;

    #[test]
    fn every_solver_is_found_by_its_name_and_written_by_it() {
        for kind in SolverKind::all() {
            assert_eq!(SolverKind::named(kind.name()).unwrap(), kind);
            #[cfg(feature = "serde")]
            {
                let text = serde_json::to_string(&kind).unwrap();
                assert_eq!(text, format!("{:?}", kind.name()));
                assert_eq!(serde_json::from_str::<SolverKind>(&text).unwrap(), kind);
            }
        }
    }

    #[test]
    #[cfg(feature = "serde")]
    fn settings_are_written_and_misspelt_ones_refused() {
        let kind = SolverKind::Exhaustive(Exhaustive { exact: true });
        let text = serde_json::to_string(&kind).unwrap();
        assert_eq!(text, r#"{"exhaustive":{"exact":true}}"#);
        assert_eq!(serde_json::from_str::<SolverKind>(&text).unwrap(), kind);
        let misspelt = text.replace("exact", "exakt");
        let error = serde_json::from_str::<SolverKind>(&misspelt).unwrap_err();
        assert!(error.to_string().contains("exakt"), "{error}");
        let error = serde_json::from_str::<SolverKind>(r#""eliminaton""#).unwrap_err();
        assert!(error.to_string().contains("elimination"), "{error}");
    }

    #[test]
    fn the_cheapest_bears_the_noise_and_has_the_examples() {
        let clean = Problem::new(40, 3).unwrap();
        let (kind, plan) = SolverKind::cheapest(&clean, None).unwrap();
        for other in SolverKind::all() {
            let is_rival = other.access() == AccessKind::Examples;
            let Some(rival) = other.plan(&clean).ok().filter(|_| is_rival) else {
                continue;
            };
            let times = [kind.nanoseconds(&plan), other.nanoseconds(&rival)];
            assert!(times[0] <= times[1], "{kind:?} {other:?}");
        }
        let (_, small) = SolverKind::cheapest(&clean, Some(25)).unwrap();
        assert!(small.sample.unwrap().examples <= 25);
        let noisy = clean.with_noise(Noise::Known(0.1)).unwrap();
        let (kind, _) = SolverKind::cheapest(&noisy, None).unwrap();
        assert!(kind.plan(&noisy).is_ok());
        let told = SolverKind::cheapest(&noisy, Some(25)).unwrap_err();
        assert!(
            matches!(told, Error::TooFew { needed, found: 25, .. } if needed > 25),
            "{told}"
        );
    }

    #[test]
    fn more_of_anything_takes_longer() {
        let plan = Plan {
            words: 1e6,
            probes: 1e6,
            multiply_adds: 1e6,
            ..Plan::default()
        };
        let mut more = [plan.clone(), plan.clone(), plan.clone()];
        more[0].words += 1e6;
        more[1].probes += 1e6;
        more[2].multiply_adds += 1e6;
        for kind in SolverKind::all() {
            for longer in &more {
                assert!(
                    kind.nanoseconds(longer) > kind.nanoseconds(&plan),
                    "{kind:?}: {longer:?}"
                );
            }
        }
    }

    #[test]
    fn plans_of_any_size_are_plans_or_refusals() {
        let huge = usize::MAX;
        for (n, k, p, failure) in [
            (huge, 3, 0.0, 0.01),
            (huge, 3, 0.1, 0.01),
            (huge / 2 + 1, 1 << 31, 0.1, 0.01),
            (huge / 2, (1 << 24) + 1, 0.1, 0.01),
            (1 << 31, 3, 0.0, 0.01),
            (256, 3, 0.01, 0.01),
            (20, 3, 0.01, f64::from_bits(1)),
            (20, 3, 0.5 - f64::EPSILON, 0.01),
        ] {
            let problem = Problem::new(n, k).unwrap();
            let problem = problem.with_noise(Noise::of(p).unwrap()).unwrap();
            let problem = problem.with_failure(failure).unwrap();
            for kind in SolverKind::all() {
                match kind.plan(&problem) {
                    Ok(plan) => assert!(plan.bytes <= problem.limits.bytes),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}
