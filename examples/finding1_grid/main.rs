//! Finding 1: does everything learn parities?
//!
//! The paper's claim: on the grid n ∈ {10, 20, 30}, k ∈ {2, 3, 4}, B ∈ {1, 2, 4, …, 1024}, three
//! initialisations (uniform, Gaussian, Bernoulli), three losses (hinge, square, cross-entropy) and the
//! settings i to xv, SGD learns: for some η in {0.001, 0.01, 0.1, 1} at least 20 % of 25 runs are solved
//! within 10⁵ updates. These are 13 365 cells.
//!
//! ```sh
//! cargo run --release --example finding1_grid
//! cargo run --release --example finding1_grid -- --scale paper
//! ```
//!
//! All cells are enumerated, and of each setting and batch size a few of the 81 cells are drawn by a fixed
//! seed and run: at paper scale three, 495 in all, which is to say 3.7 % of the grid; at quick scale two,
//! of some settings and batches, with 3000 updates instead of 10⁵, so that harder problems fail. The share of
//! cells that pass has Wilson's interval, which is on the safe side for strata.
//!
//! **Cost.** Quick scale takes 25 s of processor time, paper scale 0.7 hours, nearly all of it for a
//! twentieth of the cells, most of them wide networks in large batches: a run of width 1000 that is not
//! solved makes 10⁵ updates of a millisecond each. It can be stopped and goes on where it was.
//!
//! The verdicts are those of the whole procedure, 25 runs at each of four rates, but runs that cannot change
//! them are not made: the rates are tried in a fixed order, the setting's own first, until one passes, and a
//! rate ends when 5 of its runs are solved or 21 are not. The cost of the whole grid is that of this
//! procedure. It is made of the updates of each run and of the time of an update of each cell on one thread,
//! measured when the figure is drawn, and extrapolated from the strata, with an interval by resampling cells
//! within them. A few cells have most of it, and three of a stratum may have missed the dearest one: take
//! the upper end for a lower one.
//!
//! With another number of `--runs` a cell passes if a fifth of these are solved.
//!
//! The paper says neither the scale of the uniform and Bernoulli weights nor more of the settings; they
//! are those of `Setting`, with c = 1/√fan_in.

mod cells;
mod cost;
mod maps;
mod plan;
mod verdict;

use cells::{Grid, GridCell, INITS, LOSSES, settings};
use cost::Price;
use maps::heat_maps;
use plan::{PAPER, Plan, QUICK, TINY};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, wilson};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio, percent};
use std::process::ExitCode;
use verdict::{RUNS, Verdict, decide};

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

fn draw(studio: &mut Studio) -> Result {
    let plan = studio.pick(TINY, QUICK, PAPER);
    let rng = &mut Seeds::from(0).stream(Purpose::Support);
    let grid = Grid {
        n: studio.ns(&[10, 20, 30]),
        k: studio.ks(&[2, 3, 4]),
    };
    let cells = grid.sample(plan.cells, |setting, batch| plan.has(setting, batch), rng);
    let verdicts = decide(studio, &cells, plan.max_steps, studio.runs(RUNS))?;

    let passed = verdicts.iter().filter(|verdict| verdict.has_passed).count();
    let share = wilson(passed, cells.len(), LEVEL)?;
    studio.find(
        format!("every cell passes within {} updates", plan.max_steps),
        format!("{passed} of {} cells, {}", cells.len(), percent(share)),
        passed == cells.len(),
    )?;
    for (what, groups) in groups() {
        for (name, is_in) in groups {
            let of_group = || cells.iter().zip(&verdicts).filter(|(cell, _)| is_in(cell));
            let (passed, all) = (
                of_group().filter(|(_, v)| v.has_passed).count(),
                of_group().count(),
            );
            if all > 0 {
                let share = percent(wilson(passed, all, LEVEL)?);
                let number = format!("{passed} of {all} cells, {share}");
                studio.find(
                    format!("every cell passes, {what} {name}"),
                    number,
                    passed == all,
                )?;
            }
        }
    }
    let prices = extrapolate(studio, (&grid, &plan), &cells, &verdicts)?;
    save_table(studio, &cells, &verdicts, &prices)?;
    studio.save("", &heat_maps(&grid, &cells, &verdicts))
}

type Group = (String, Box<dyn Fn(&GridCell) -> bool>);

/// Parts of the grid whose cells are counted apart.
fn groups() -> Vec<(&'static str, Vec<Group>)> {
    let settings = settings().iter().map(|&setting| -> Group {
        (
            setting.to_string(),
            Box::new(move |cell| cell.setting == setting),
        )
    });
    let inits = INITS.iter().enumerate().map(|(place, (name, _))| -> Group {
        ((*name).into(), Box::new(move |cell| cell.init == place))
    });
    let losses = LOSSES
        .iter()
        .enumerate()
        .map(|(place, (name, _))| -> Group {
            ((*name).into(), Box::new(move |cell| cell.loss == place))
        });
    vec![
        ("setting", settings.collect()),
        ("initialisation", inits.collect()),
        ("loss", losses.collect()),
    ]
}

/// Tells what the cells cost and what all cells of the strata would; returns the price of each.
fn extrapolate(
    studio: &mut Studio,
    (grid, plan): (&Grid, &Plan),
    cells: &[GridCell],
    verdicts: &[Verdict],
) -> Result<Vec<f64>> {
    let mut prices = Vec::new();
    for (cell, verdict) in cells.iter().zip(verdicts) {
        prices.push(Price::of(cell)?.total(verdict));
    }
    let of_stratum = grid.of_stratum();
    let strata = vec![plan.cells; cells.len() / plan.cells];
    let whole = of_stratum * strata.len();
    let sum =
        |chosen: &mut dyn Iterator<Item = usize>| chosen.map(|cell| prices[cell]).sum::<f64>();
    let spent = sum(&mut (0..cells.len()));
    let value = spent * (of_stratum as f64 / plan.cells as f64);
    let rng = &mut Seeds::from(0).stream(Purpose::Eval);
    let interval = Bootstrap::default().interval_in_strata(&strata, rng, |chosen| {
        let of_each = (plan.cells - 1) as f64;
        sum(&mut chosen.iter().copied()) * (of_stratum as f64 / of_each)
    })?;
    let mut sorted = prices.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let dear: f64 = sorted[..cells.len().div_ceil(20)].iter().sum();
    let hours = |seconds: f64| seconds / 3600.0;
    studio.find(
        format!("cost of {whole} of the {} cells of the grid", grid.len()),
        format!(
            "{:.3} CPU hours ({:.3} to {:.3}), of {} cells that cost {:.3}; the dearest twentieth of them has \
             {:.0} % of that, the dearest one {:.0} %",
            hours(value),
            hours(interval.low),
            hours(interval.high),
            cells.len(),
            hours(spent),
            100.0 * dear / spent,
            100.0 * sorted[0] / spent
        ),
        value.is_finite(),
    )?;
    Ok(prices)
}

fn save_table(studio: &Studio, cells: &[GridCell], verdicts: &[Verdict], prices: &[f64]) -> Result {
    let columns = [
        "setting",
        "batch",
        "n",
        "k",
        "init",
        "loss",
        "passed",
        "rate",
        "solved",
        "runs",
        "diverged",
        "rates tried",
        "runs of all rates",
        "updates of all rates",
        "seconds",
    ];
    let mut rows = Vec::new();
    for ((cell, verdict), price) in cells.iter().zip(verdicts).zip(prices) {
        let Some(last) = verdict.tried.last() else {
            continue;
        };
        let (runs, steps) = verdict.tried.iter().fold((0, 0), |(runs, steps), tried| {
            (runs + tried.runs, steps + tried.steps)
        });
        rows.push(vec![
            cell.setting.to_string(),
            cell.batch.to_string(),
            cell.n.to_string(),
            cell.k.to_string(),
            INITS[cell.init].0.into(),
            LOSSES[cell.loss].0.into(),
            verdict.has_passed.to_string(),
            last.rate.to_string(),
            last.solved.to_string(),
            last.runs.to_string(),
            last.diverged.to_string(),
            verdict.tried.len().to_string(),
            runs.to_string(),
            steps.to_string(),
            format!("{price:.3}"),
        ]);
    }
    studio.save_table("cells", &columns, &rows)
}

fn main() -> ExitCode {
    figure::main(
        "finding1_grid",
        include_str!("main.rs"),
        &[Flag::Ns, Flag::Ks, Flag::Runs],
        draw,
    )
}
