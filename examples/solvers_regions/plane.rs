//! Solvers on samples of m examples with noise p: which of them find S, in what time.

use crate::limits;
use sparse_parity::access::Ledger;
use sparse_parity::contest::{Contest, Contested, Ending};
use sparse_parity::plot::Color;
use sparse_parity::solver::{Limits, Plan, SolverKind};
use sparse_parity::stats::median;
use sparse_parity::sweep::{Cell, Outcomes, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{Studio, number};

pub const FAILURE: f64 = 0.003;
/// The share of instances on which S has to be found.
pub const SHARE: f64 = 0.99;
pub const NOISE: [f64; 12] = [
    0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45,
];
const FINE: [usize; 17] = [
    10, 16, 24, 32, 44, 64, 100, 150, 200, 300, 500, 700, 1000, 1500, 2500, 5000, 10_000,
];
const COARSE: [usize; 13] = [
    24, 32, 44, 64, 90, 120, 200, 300, 500, 1000, 2000, 4000, 10_000,
];
/// The most nanoseconds of a plan for fresh examples of each problem.
const PLANS: [f64; 3] = [2e9, 1e9, 1e8];
/// How many times the fastest solver's time makes a solver hopeless.
const HOPELESS: f64 = 30.0;
/// Problems n and k, with sample sizes.
pub const PROBLEMS: [(usize, usize, &[usize]); 3] =
    [(50, 3, &FINE), (100, 6, &COARSE), (50, 10, &FINE)];
pub const SOLVERS: [(&str, Color); 5] = [
    ("elimination", Color::Blue),
    ("meet-in-the-middle", Color::Green),
    ("noisy-meet", Color::Orange),
    ("subset-elimination", Color::SkyBlue),
    ("exhaustive", Color::Vermillion),
];

/// A noise and a sample size of a problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    pub problem: usize,
    pub p: f64,
    pub m: usize,
}

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
struct Budget {
    /// The most nanoseconds of a plan.
    plan: f64,
    /// The nanoseconds for the runs of a cell.
    cell: f64,
    least_runs: f64,
    most_runs: f64,
}

/// All that was tried.
#[derive(Debug)]
pub struct Plane {
    pub problems: usize,
    pub noise: Vec<f64>,
    pub spots: Vec<Spot>,
    pub tried: Vec<Tried>,
}

impl Plane {
    pub fn explored(studio: &Studio) -> Result<Self> {
        let budget = studio.pick(
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
        let problems = studio.pick(1, 3, 3);
        let noise = studio.pick(&[0.0, 0.1][..], &NOISE, &NOISE).to_vec();
        let every = studio.pick(5, 2, 1);
        let mut spots = Vec::new();
        for (problem, (_, _, sizes)) in PROBLEMS.iter().enumerate().take(problems) {
            for &p in &noise {
                let sizes = sizes.iter().step_by(every);
                spots.extend(sizes.map(|&m| Spot { problem, p, m }));
            }
        }
        let mut all = Vec::new();
        for &spot in &spots {
            for solver in 0..SOLVERS.len() {
                if is_in_time(spot, solver)? {
                    all.push((spot, solver));
                }
            }
        }
        let tried = tries(studio, all, &budget)?;
        let mut plane = Plane {
            problems,
            noise,
            spots,
            tried,
        };
        plane.time(studio, &budget)?;
        Ok(plane)
    }

    /// The solvers that find S from the examples of a spot or from some of them, the fastest first.
    fn finders(&self, spot: Spot) -> Vec<&Tried> {
        let is_part = |it: &&Tried| {
            let Spot { problem, p, m } = it.spot;
            problem == spot.problem && p == spot.p && m <= spot.m && it.finds()
        };
        let mut fastest: Vec<&Tried> = Vec::new();
        for solver in 0..SOLVERS.len() {
            let own = self.tried.iter().filter(|it| it.solver == solver);
            let own = own.filter(is_part);
            fastest.extend(own.min_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds)));
        }
        fastest.sort_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds));
        fastest
    }

    /// Spots where S is found, with the solvers that do so, the fastest first.
    pub fn cells(&self) -> Vec<(Spot, Vec<&Tried>)> {
        let all = self.spots.iter().map(|&spot| (spot, self.finders(spot)));
        all.filter(|(_, finders)| !finders.is_empty()).collect()
    }

    /// Takes the time by the clock where several solvers find S.
    fn time(&mut self, studio: &Studio, budget: &Budget) -> Result {
        let cells = self.cells();
        let mut several: Vec<(Spot, usize)> = Vec::new();
        for (_, finders) in cells.iter().filter(|(_, finders)| finders.len() > 1) {
            for place in finders.iter().map(|it| (it.spot, it.solver)) {
                if !several.contains(&place) {
                    several.push(place);
                }
            }
        }
        let contests = several.iter().map(|&(spot, solver)| {
            let contest = contest(spot, solver, budget)?;
            Ok(Cell::new(
                Contest {
                    repetitions: 1,
                    ..contest
                },
                3,
            ))
        });
        if several.is_empty() {
            return Ok(());
        }
        let sweep = Sweep::new(contests.collect::<Result<Vec<_>>>()?)?;
        let outcomes = studio.outcomes("timed", &sweep)?;
        for (cell, place) in several.into_iter().enumerate() {
            let times = outcomes.of(cell).filter_map(|it| Some(it.seconds?.best));
            let same = |it: &&mut Tried| (it.spot, it.solver) == place;
            if let Some(it) = self.tried.iter_mut().find(same) {
                it.seconds = median(times);
            }
        }
        Ok(())
    }

    /// Saves a table of the cells where S is found.
    pub fn save(&self, studio: &Studio) -> Result {
        let columns = [
            "n",
            "k",
            "p",
            "m",
            "place",
            "solver",
            "from",
            "runs",
            "found",
            "nanoseconds",
            "seconds",
        ];
        let line = |spot: &Spot, place: usize, it: &Tried| {
            let (n, k, _) = PROBLEMS[spot.problem];
            vec![
                n.to_string(),
                k.to_string(),
                spot.p.to_string(),
                spot.m.to_string(),
                (place + 1).to_string(),
                it.name().into(),
                it.spot.m.to_string(),
                it.runs.to_string(),
                it.right.to_string(),
                format!("{:.0}", it.nanoseconds),
                number(it.seconds),
            ]
        };
        let mut rows = Vec::new();
        for (spot, finders) in self.cells() {
            rows.extend(
                finders
                    .iter()
                    .enumerate()
                    .map(|(place, it)| line(&spot, place, it)),
            );
        }
        studio.save_table("cells", &columns, &rows)
    }
}

/// The contest of a solver at a spot, with the limit of a plan as operations of that solver.
fn contest(spot: Spot, solver: usize, budget: &Budget) -> Result<Contest> {
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

/// Runs every solver once, and those that have not refused as often as the budget allows.
fn tries(studio: &Studio, all: Vec<(Spot, usize)>, budget: &Budget) -> Result<Vec<Tried>> {
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
