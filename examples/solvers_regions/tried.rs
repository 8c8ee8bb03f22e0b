//! Solvers at a spot: which of them are tried, how often, and how many of their runs find S.

use crate::limits;
use crate::plane::{PROBLEMS, Spot};
use sparse_parity::access::Ledger;
use sparse_parity::contest::{Contest, Contested, Ending};
use sparse_parity::plot::Color;
use sparse_parity::solver::{Limits, Plan, SolverKind};
use sparse_parity::sweep::{Cell, Outcomes, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

pub const FAILURE: f64 = 0.003;
/// The share of instances on which S has to be found.
pub const SHARE: f64 = 0.99;
/// The most nanoseconds of a plan for fresh examples of each problem.
const PLANS: [f64; 3] = [2e9, 1e9, 1e8];
/// How many times the fastest solver's time makes a solver hopeless.
const HOPELESS: f64 = 30.0;
pub const SOLVERS: [(&str, Color); 5] = [
    ("elimination", Color::Blue),
    ("meet-in-the-middle", Color::Green),
    ("noisy-meet", Color::Orange),
    ("subset-elimination", Color::SkyBlue),
    ("exhaustive", Color::Vermillion),
];

/// A solver at a spot.
#[derive(Debug, Clone)]
pub struct Tried {
    pub spot: Spot,
    pub solver: usize,
    pub runs: usize,
    pub right: usize,
    /// The mean time by the ledger.
    pub nanoseconds: f64,
    /// The median time by the clock, of three runs.
    pub seconds: Option<f64>,
}

impl Tried {
    pub fn finds(&self) -> bool {
        self.right as f64 >= SHARE * self.runs as f64
    }

    pub fn name(&self) -> &'static str {
        SOLVERS[self.solver].0
    }
}

/// What may be spent.
pub struct Budget {
    /// The most nanoseconds of a plan.
    plan: f64,
    /// The nanoseconds for the runs of a cell.
    cell: f64,
    least_runs: f64,
    most_runs: f64,
}

impl Budget {
    pub fn of(studio: &Studio) -> Self {
        let usual = studio.pick(
            Budget {
                plan: 1e6,
                cell: 1e6,
                least_runs: 2.0,
                most_runs: 2.0,
            },
            Budget {
                plan: 1e7,
                cell: 5e6,
                least_runs: 3.0,
                most_runs: 20.0,
            },
            Budget {
                plan: 2e9,
                cell: 1e8,
                least_runs: 5.0,
                most_runs: 300.0,
            },
        );
        let most_runs = studio.runs(usual.most_runs as u64) as f64;
        Budget {
            least_runs: usual.least_runs.min(most_runs),
            most_runs,
            ..usual
        }
    }
}

/// Runs every solver once at the spots where its plan is in time, and those that have not refused as often as the budget allows.
pub fn tries(studio: &Studio, spots: &[Spot], budget: &Budget) -> Result<Vec<Tried>> {
    let mut all = Vec::new();
    for &spot in spots {
        for solver in 0..SOLVERS.len() {
            if is_in_time(spot, solver)? {
                all.push((spot, solver));
            }
        }
    }
    let contests = |places: &[(Spot, usize)]| -> Result<Vec<Contest>> {
        places
            .iter()
            .map(|&(spot, solver)| contest(spot, solver, budget))
            .collect()
    };
    let once = contests(&all)?.into_iter().map(|it| Cell::new(it, 1));
    let first = studio.outcomes("first", &Sweep::new(once)?)?;
    let mut taken = Vec::new();
    for (cell, &(spot, solver)) in all.iter().enumerate() {
        let Some(outcome) = first.of(cell).find(|it| it.ending != Ending::Refused) else {
            continue;
        };
        let kind = SolverKind::named(SOLVERS[solver].0)?;
        let planned = outcome
            .plan
            .as_ref()
            .map_or(0.0, |plan| kind.nanoseconds(plan));
        let one = planned.max(nanoseconds(&kind, &outcome.ledger));
        taken.push((spot, solver, one, outcome.is_right));
    }
    let fastest = |spot: Spot| {
        let right = taken.iter().filter(|it| it.0 == spot && it.3);
        right.map(|it| it.2).fold(f64::INFINITY, f64::min)
    };
    let taken: Vec<((Spot, usize), u64)> = taken
        .iter()
        .filter(|it| it.2 <= HOPELESS * fastest(it.0))
        .map(|&(spot, solver, one, _)| {
            // Examples are drawn, turned and sorted besides.
            let drawing = (2 * spot.m * PROBLEMS[spot.problem].0) as f64;
            let runs = budget.cell / (one + drawing);
            let runs = runs.clamp(budget.least_runs, budget.most_runs);
            ((spot, solver), runs as u64)
        })
        .collect();
    let places: Vec<_> = taken.iter().map(|(place, _)| *place).collect();
    let cells = contests(&places)?.into_iter().zip(&taken);
    let cells = cells.map(|(contest, (_, runs))| Cell::new(contest, *runs));
    let outcomes = studio.outcomes("", &Sweep::new(cells)?)?;
    let tried = places.iter().enumerate();
    tried
        .map(|(cell, &place)| of(&outcomes, cell, place))
        .collect()
}

/// The contest of a solver at a spot, with the limit of a plan as operations of that solver.
pub fn contest(spot: Spot, solver: usize, budget: &Budget) -> Result<Contest> {
    let (n, k, _) = PROBLEMS[spot.problem];
    let kind = SolverKind::named(SOLVERS[solver].0)?;
    let one = Plan {
        words: 1.0,
        ..Plan::default()
    };
    let words = budget.plan / kind.nanoseconds(&one);
    let usual = Contest::default();
    Ok(Contest {
        n,
        k,
        noise: spot.p,
        examples: Some(spot.m),
        contestant: kind.into(),
        failure: FAILURE,
        limits: Limits {
            words,
            ..usual.limits
        },
        ..usual
    })
}

/// Whether the plan of a solver for fresh examples is within the time of the problem; what is refused costs nothing.
fn is_in_time(spot: Spot, solver: usize) -> Result<bool> {
    let kind = SolverKind::named(SOLVERS[solver].0)?;
    let plan = kind.plan(&limits::problem(spot.problem, spot.p)?);
    Ok(plan.is_ok_and(|plan| kind.nanoseconds(&plan) <= PLANS[spot.problem]))
}

/// The time of what a ledger has counted.
fn nanoseconds(kind: &SolverKind, ledger: &Ledger) -> f64 {
    kind.nanoseconds(&Plan {
        words: ledger.words as f64,
        probes: ledger.probes as f64,
        multiply_adds: ledger.multiply_adds as f64,
        ..Plan::default()
    })
}

fn of(outcomes: &Outcomes<Contested>, cell: usize, (spot, solver): (Spot, usize)) -> Result<Tried> {
    let kind = SolverKind::named(SOLVERS[solver].0)?;
    let all: Vec<&Contested> = outcomes.of(cell).collect();
    let times = all.iter().map(|it| nanoseconds(&kind, &it.ledger));
    Ok(Tried {
        spot,
        solver,
        runs: all.len(),
        right: all.iter().filter(|it| it.is_right).count(),
        nanoseconds: times.sum::<f64>() / all.len().max(1) as f64,
        seconds: None,
    })
}
