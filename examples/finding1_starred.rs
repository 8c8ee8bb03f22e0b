//! Finding 1: do the least robust settings learn in batches of 16 and more?
//!
//! The paper has three more settings than the fifteen of its grid: \*i and \*ii, networks of k ReLUs and of k zᵏ, and \*iii, the
//! Transformer. It calls them less robust and counts on them for B ≥ 16 only. The claims, fixed before the first run at paper
//! scale: for B ≥ 16 every cell passes, for some η at least 20 % of the runs are solved; and they are less robust, some cell
//! with B < 16 does not pass.
//!
//! ```sh
//! cargo run --release --example finding1_starred
//! cargo run --release --example finding1_starred -- --scale paper
//! ```
//!
//! Cells are n in {10, 30} × k in {2, 3, 4} × B in {1, 4, 16, 64}, hinge loss and the initialisation of the setting.
//! \*i and \*ii are tried at the rate of the setting and, if that does not pass, at a tenth of it, with 10 runs of at most
//! 10⁵ updates each; \*iii, at its small size, at its own rate only, with 5 runs of at most 20 000. The paper has four rates and
//! 10⁵ updates: what does not pass here may pass there. Quick scale has n = 10 and 3000 updates; paper scale takes two CPU
//! minutes.

use sparse_parity::plot::{ColorScale, Figure, Panel};
use sparse_parity::stats::wilson;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, Setting, TransformerSettings, Trial};
use sparse_parity_examples::figure::{self, Flag, Studio, percent};
use std::process::ExitCode;

/// A setting, the numbers by which its rate is divided, and what its runs are.
struct Starred {
    label: &'static str,
    divisors: &'static [f64],
    runs: u64,
    max_steps: u64,
}

const SETTINGS: [Starred; 3] = [
    Starred {
        label: "*i",
        divisors: &[1.0, 10.0],
        runs: 10,
        max_steps: 100_000,
    },
    Starred {
        label: "*ii",
        divisors: &[1.0, 10.0],
        runs: 10,
        max_steps: 100_000,
    },
    Starred {
        label: "*iii",
        divisors: &[1.0],
        runs: 5,
        max_steps: 20_000,
    },
];
const BATCHES: [usize; 4] = [1, 4, 16, 64];
/// The batches that the paper counts on.
const ROBUST: usize = 16;
const K: [usize; 3] = [2, 3, 4];

/// A setting, a batch and a problem; and what was found.
struct GridCell {
    setting: usize,
    batch: usize,
    n: usize,
    k: usize,
    /// Rate, runs solved and all runs at the last rate that was tried.
    last: (f64, usize, usize),
    has_passed: bool,
}

impl GridCell {
    fn trial(&self, divisor: f64, max_steps: u64) -> sparse_parity::Result<Trial> {
        let about = &SETTINGS[self.setting];
        let setting = Setting::from_label(about.label)?;
        let mut trial = Trial {
            batch: self.batch,
            rate: (setting.rate() / divisor).into(),
            max_steps: about.max_steps.min(max_steps),
            ..setting.trial(self.n, self.k)
        };
        if let Learner::Transformer(size) = &mut trial.learner {
            *size = TransformerSettings::small();
        }
        Ok(trial)
    }
}

fn draw(studio: &mut Studio) -> Result {
    let settings = studio.pick(1..2, 0..2, 0..3);
    let batches = studio.pick(&BATCHES[2..3], &BATCHES[..], &BATCHES[..]);
    let n: &[usize] = studio.pick(&[10], &[10], &[10, 30]);
    let n = studio.ns(n);
    let k = studio.ks(studio.pick(&K[..1], &K[..], &K[..]));
    let mut cells = Vec::new();
    for setting in settings {
        for &batch in batches {
            for &k in &k {
                cells.extend(n.iter().map(|&n| GridCell {
                    setting,
                    batch,
                    n,
                    k,
                    last: (0.0, 0, 0),
                    has_passed: false,
                }));
            }
        }
    }
    decide(studio, &mut cells)?;
    for (place, about) in SETTINGS.iter().enumerate() {
        let (large, small): (Vec<&GridCell>, Vec<&GridCell>) = cells
            .iter()
            .filter(|cell| cell.setting == place)
            .partition(|cell| cell.batch >= ROBUST);
        let claims = [
            ("every cell with B ≥ 16 passes", large, true),
            ("some cell with B < 16 does not pass", small, false),
        ];
        for (claim, cells, are_all) in claims {
            if cells.is_empty() {
                continue;
            }
            let passed = cells.iter().filter(|cell| cell.has_passed).count();
            let share = percent(wilson(passed, cells.len(), 0.95)?);
            studio.find(
                format!("{}: {claim}", about.label),
                format!("{passed} of {} cells pass, {share}", cells.len()),
                (passed == cells.len()) == are_all,
            )?;
        }
    }
    save(studio, &cells)
}

/// Tries the rates of each cell until one passes.
fn decide(studio: &Studio, cells: &mut [GridCell]) -> Result {
    let max_steps = studio.pick(300, 3000, u64::MAX);
    let attempts = SETTINGS.iter().map(|about| about.divisors.len()).max();
    for attempt in 0..attempts.unwrap_or(0) {
        let open = cells.iter_mut().filter(|cell| !cell.has_passed);
        let mut open: Vec<(&mut GridCell, Trial)> = open
            .filter_map(|cell| {
                let divisor = *SETTINGS[cell.setting].divisors.get(attempt)?;
                let trial = cell.trial(divisor, max_steps);
                Some(trial.map(|trial| (cell, trial)))
            })
            .collect::<sparse_parity::Result<_>>()?;
        if open.is_empty() {
            break;
        }
        let runs = |cell: &GridCell| studio.runs(studio.pick(2, 5, SETTINGS[cell.setting].runs));
        let sweep = Sweep::new(
            open.iter()
                .map(|(cell, trial)| Cell::new(trial.clone(), runs(cell))),
        )?;
        let outcomes = studio.outcomes("", &sweep)?;
        for (place, (cell, trial)) in open.iter_mut().enumerate() {
            let times = outcomes.times(place);
            cell.last = (trial.rate.at(0), times.solved(), times.runs());
            cell.has_passed = 5 * times.solved() >= times.runs();
        }
    }
    Ok(())
}

/// Saves all cells, and draws how many runs were solved at the last rate that was tried.
fn save(studio: &Studio, cells: &[GridCell]) -> Result {
    let columns = [
        "setting", "batch", "n", "k", "passed", "rate", "solved", "runs",
    ];
    let row = |cell: &GridCell| {
        let (rate, solved, runs) = cell.last;
        vec![
            SETTINGS[cell.setting].label.into(),
            cell.batch.to_string(),
            cell.n.to_string(),
            cell.k.to_string(),
            cell.has_passed.to_string(),
            rate.to_string(),
            solved.to_string(),
            runs.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = cells.iter().map(row).collect();
    studio.save_table("cells", &columns, &rows)?;

    let of = |cell: &GridCell| (cell.n, cell.k);
    let mut problems: Vec<(usize, usize)> = cells.iter().map(of).collect();
    problems.sort_by_key(|(n, k)| (*k, *n));
    problems.dedup();
    let mut lines: Vec<(usize, usize)> = cells
        .iter()
        .map(|cell| (cell.setting, cell.batch))
        .collect();
    lines.dedup();
    let (mut values, mut texts) = (Vec::new(), Vec::new());
    for line in &lines {
        let of_line = |problem: &(usize, usize)| {
            let is_it =
                |cell: &&GridCell| (cell.setting, cell.batch) == *line && of(cell) == *problem;
            cells.iter().find(is_it)
        };
        let all: Vec<&GridCell> = problems.iter().filter_map(of_line).collect();
        let (mut shares, mut counts) = (Vec::new(), Vec::new());
        for cell in all {
            let (rate, solved, runs) = cell.last;
            shares.push(solved as f64 / runs as f64);
            counts.push(format!("{solved}/{runs}, η = {rate}"));
        }
        values.push(shares);
        texts.push(counts);
    }
    let problems: Vec<String> = problems
        .iter()
        .map(|(n, k)| format!("({n}, {k})"))
        .collect();
    let lines: Vec<String> = lines
        .iter()
        .map(|(setting, batch)| format!("{}, B = {batch}", SETTINGS[*setting].label))
        .collect();
    let colors = ColorScale::new("share of runs solved")
        .range(0.0, 1.0)
        .texts(&texts);
    let panel = Panel::new()
        .title("Runs solved at the first rate that passes, or at the last one")
        .x_label("(n, k)")
        .x_categories(&problems)
        .y_label("setting and batch size")
        .y_categories(&lines)
        .heat_map(&values, colors);
    studio.save("", &Figure::from(panel).size(900, 460))
}

fn main() -> ExitCode {
    figure::main(
        "finding1_starred",
        include_str!("finding1_starred.rs"),
        &[Flag::Ns, Flag::Ks, Flag::Runs],
        draw,
    )
}
