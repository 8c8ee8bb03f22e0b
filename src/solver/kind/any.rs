//! Solvers and oracles by their access, where both are chosen at run time.

use crate::access::{MembershipQueries, RandomExamples, StatisticalQueries};
use crate::error::Result;
use crate::solver::{Plan, Problem, Solver};
use std::fmt;

/// A boxed solver, by the access that it needs.
///
/// ```
/// use sparse_parity::solver::{AnySolver, SolverKind};
///
/// let AnySolver::Queries(solver) = SolverKind::Influence.boxed() else { panic!("it asks for labels") };
/// assert_eq!(solver.name(), "influence");
/// ```
#[non_exhaustive]
pub enum AnySolver<'a> {
    /// A solver that draws random examples.
    Examples(Box<dyn Solver<dyn RandomExamples + 'a>>),
    /// A solver that asks for the labels of inputs.
    Queries(Box<dyn Solver<dyn MembershipQueries + 'a>>),
    /// A solver that asks for means.
    Statistical(Box<dyn Solver<dyn StatisticalQueries + 'a>>),
}

/// Does the same with a boxed solver of any access.
macro_rules! with_solver {
    ($any:expr, $solver:ident => $do:expr) => {
        match $any {
            AnySolver::Examples($solver) => $do,
            AnySolver::Queries($solver) => $do,
            AnySolver::Statistical($solver) => $do,
        }
    };
}

/// An oracle, by the access that it gives.
#[non_exhaustive]
pub enum Oracle<'a> {
    /// One that draws random examples.
    Examples(&'a mut (dyn RandomExamples + 'a)),
    /// One that says the labels of inputs.
    Queries(&'a mut (dyn MembershipQueries + 'a)),
    /// One that says means.
    Statistical(&'a mut (dyn StatisticalQueries + 'a)),
}

/// What a solver may do to learn about the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum AccessKind {
    /// Draw [random examples](RandomExamples).
    Examples,
    /// Ask for the [labels](MembershipQueries) of inputs.
    Queries,
    /// Ask for [means](StatisticalQueries).
    Statistical,
}

impl AnySolver<'_> {
    /// Its name.
    pub fn name(&self) -> &'static str {
        with_solver!(self, solver => solver.name())
    }

    /// The access that it needs.
    pub fn access(&self) -> AccessKind {
        match self {
            AnySolver::Examples(_) => AccessKind::Examples,
            AnySolver::Queries(_) => AccessKind::Queries,
            AnySolver::Statistical(_) => AccessKind::Statistical,
        }
    }

    /// What it expects to take.
    ///
    /// # Errors
    /// Those of [`Solver::plan`].
    pub fn plan(&self, problem: &Problem) -> Result<Plan> {
        with_solver!(self, solver => solver.plan(problem))
    }
}

impl Oracle<'_> {
    /// The access that it gives.
    pub fn access(&self) -> AccessKind {
        match self {
            Oracle::Examples(_) => AccessKind::Examples,
            Oracle::Queries(_) => AccessKind::Queries,
            Oracle::Statistical(_) => AccessKind::Statistical,
        }
    }
}

impl AccessKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            AccessKind::Examples => "examples",
            AccessKind::Queries => "queries",
            AccessKind::Statistical => "statistical queries",
        }
    }
}

impl fmt::Debug for Oracle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Oracle").field(&self.access()).finish()
    }
}

impl fmt::Debug for AnySolver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnySolver").field(&self.name()).finish()
    }
}
