//! Plan against ledger: does a solver take what it said before it began?
//!
//! ```sh
//! cargo run --release --example solvers_plan_and_ledger
//! cargo run --release --example solvers_plan_and_ledger -- --scale paper
//! ```
//!
//! A point for each solver and problem: what the plan says against the mean of what the ledger says, for operations on words,
//! attempts, and bytes of memory. The diagonal is a plan that is right.
//!
//! Claims, fixed before the runs: words that a plan calls exact are those of the ledger in every run; of the others the mean
//! is within a factor of 1.5 of the plan for nine of ten problems; no run takes more memory than planned.

use sparse_parity::contest::{Contest, Contested};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::solver::{Limits, Plan, SolverKind};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// Problems n, k and noise.
const PROBLEMS: [(usize, usize, f64); 12] = [
    (20, 3, 0.0),
    (50, 3, 0.0),
    (100, 3, 0.0),
    (50, 4, 0.0),
    (100, 4, 0.0),
    (50, 6, 0.0),
    (20, 3, 0.1),
    (50, 3, 0.1),
    (100, 3, 0.1),
    (50, 4, 0.05),
    (50, 3, 0.2),
    (20, 4, 0.3),
];
const WORDS: f64 = 1e9;

/// A quantity of a plan and of a ledger.
struct Quantity {
    name: &'static str,
    planned: fn(&Plan) -> f64,
    counted: fn(&Contested) -> f64,
}

const QUANTITIES: [Quantity; 3] = [
    Quantity {
        name: "operations on words",
        planned: |plan| plan.words,
        counted: |outcome| outcome.ledger.words as f64,
    },
    Quantity {
        name: "attempts",
        planned: |plan| plan.attempts,
        counted: |outcome| outcome.ledger.attempts as f64,
    },
    Quantity {
        name: "bytes",
        planned: |plan| plan.bytes as f64,
        counted: |outcome| outcome.ledger.bytes as f64,
    },
];

fn draw(studio: &mut Studio) -> Result {
    let kinds = SolverKind::all();
    let runs = studio.runs(studio.pick(2, 20, 200));
    let problems = &PROBLEMS[..studio.pick(2, 12, 12)];
    let places: Vec<_> = (0..kinds.len())
        .flat_map(|kind| problems.iter().map(move |problem| (kind, problem)))
        .collect();
    let cell = |&(kind, &(n, k, noise)): &(usize, &(usize, usize, f64))| {
        let contest = Contest {
            n,
            k,
            noise,
            contestant: kinds[kind].clone().into(),
            ..Contest::default()
        };
        let limits = Limits {
            words: WORDS,
            ..contest.limits
        };
        Cell::new(Contest { limits, ..contest }, runs)
    };
    let outcomes = studio.outcomes("", &Sweep::new(places.iter().map(cell))?)?;

    // Of each solver: the planned and the mean counted quantities of its problems.
    let means = |kind: usize, quantity: &Quantity| -> Vec<(f64, f64)> {
        let cells = (0..places.len()).filter(|&cell| places[cell].0 == kind);
        let mean = |cell| {
            let all: Vec<&Contested> = outcomes.of(cell).filter(|it| it.plan.is_some()).collect();
            let planned = (quantity.planned)(all.first()?.plan.as_ref()?);
            let counted = all
                .iter()
                .map(|outcome| (quantity.counted)(outcome))
                .sum::<f64>();
            let mean = counted / all.len() as f64;
            (planned > 0.0 && mean > 0.0).then_some((planned, mean))
        };
        cells.filter_map(mean).collect()
    };
    let all: Vec<&Contested> = (0..places.len())
        .flat_map(|cell| outcomes.of(cell))
        .collect();
    let plans = || {
        all.iter()
            .filter_map(|outcome| Some((outcome, outcome.plan.as_ref()?)))
    };
    let exact: Vec<_> = plans().filter(|(_, plan)| plan.is_exact).collect();
    let kept = exact
        .iter()
        .filter(|(outcome, plan)| outcome.ledger.words as f64 == plan.words);
    let kept = kept.count();
    studio.find(
        "words that a plan calls exact are those of the ledger",
        format!("in {kept} of {} runs", exact.len()),
        kept == exact.len(),
    )?;
    let ratios: Vec<f64> = (0..kinds.len())
        .flat_map(|kind| means(kind, &QUANTITIES[0]))
        .map(|(planned, counted)| counted / planned)
        .collect();
    let near = ratios
        .iter()
        .filter(|ratio| (1.0 / 1.5..=1.5).contains(*ratio))
        .count();
    studio.find(
        "mean words within a factor of 1.5 of the plan for nine of ten problems",
        format!("{near} of {}", ratios.len()),
        10 * near >= 9 * ratios.len(),
    )?;
    let held = plans()
        .filter(|(outcome, plan)| outcome.ledger.bytes <= plan.bytes)
        .count();
    studio.find(
        "no run takes more memory than planned",
        format!("{held} of {} runs", plans().count()),
        held == plans().count(),
    )?;

    let mut figure = Figure::new(1, QUANTITIES.len())
        .title(format!(
            "Plan against ledger: means of {runs} runs on each of {} problems",
            problems.len()
        ))
        .legend_once();
    for (column, quantity) in QUANTITIES.iter().enumerate() {
        let mut panel = Panel::new()
            .title(quantity.name)
            .x_label("Plan")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10);
        if column == 0 {
            panel = panel.y_label("Ledger");
        }
        let points: Vec<_> = (0..kinds.len()).map(|kind| means(kind, quantity)).collect();
        let values = || points.iter().flatten().flat_map(|(a, b)| [*a, *b]);
        let (low, high) = (
            values().fold(f64::INFINITY, f64::min),
            values().fold(0.0, f64::max),
        );
        panel = panel.line(
            &[low, high],
            &[low, high],
            Style::context().width(1.2).data_label("plan = ledger"),
        );
        for (kind, points) in points.iter().enumerate() {
            let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
            let color = Color::nth(kind);
            let color = if kind < Color::CYCLE.len() {
                color
            } else {
                color.shade_of(1, 3)
            };
            panel = panel.points(&x, &y, Style::new(color).label(kinds[kind].name()));
        }
        figure = figure.panel(0, column, panel);
    }
    studio.save("", &figure)
}

fn main() -> ExitCode {
    figure::main(
        "solvers_plan_and_ledger",
        include_str!("solvers_plan_and_ledger.rs"),
        &[Flag::Runs],
        draw,
    )
}
