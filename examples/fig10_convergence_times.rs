//! Figures 1 right and 10: how long does each architecture need for an (n, k)-parity?
//!
//! The paper's claim: t_c adapts to k. The very same network and learning rate learn every parity, the
//! easier ones faster, and the time grows with n like a small power for small k.
//!
//! ```sh
//! cargo run --release --example fig10_convergence_times
//! cargo run --release --example fig10_convergence_times -- --scale paper
//! ```
//!
//! Medians of t_c with exact 95 % intervals, a line for each k; a median that is not reached within the
//! budget of updates is not drawn, and the number of such points is told. The first picture has the six
//! settings of figure 10, `fig10_convergence_times_main` the four of figure 1 right.
//!
//! The paper states architectures, learning rates and ranges of n and k. Chosen here: batches of 32,
//! hinge loss, uniform initialisation, at most 10⁵ updates. Two rates are not the paper's: with the
//! η = 1 that it states for the zᵏ network all of 10 runs diverge at (30, 3) and at (20, 4), with
//! B = 32 and 1024 and with hinge loss and cross-entropy alike, and 0.01 is used; of *iii it is the
//! small preset (d_emb = 64, 8 heads), with η = 0.001 where the paper has 0.0003 for d_emb = 1024.

use sparse_parity::cli::Result;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Point, PowerLaw, Sample};
use sparse_parity::sweep::{Cell, Outcomes, Sweep};
use sparse_parity::trial::{Learner, Outcome, Setting, TransformerSettings, Trial};
use sparse_parity_examples::figure::{self, Studio};
use sparse_parity_examples::medians::with_medians;
use std::process::ExitCode;

/// A setting of figure 10.
struct Panels {
    label: &'static str,
    title: &'static str,
    rate: f64,
    /// Whether it is in figure 1 as well.
    is_in_main: bool,
}

const fn panels(label: &'static str, title: &'static str, rate: f64, is_in_main: bool) -> Panels {
    Panels {
        label,
        title,
        rate,
        is_in_main,
    }
}

const PANELS: [Panels; 6] = [
    panels("ii", "ReLU, width 100, η = 1", 1.0, true),
    panels("v", "zᵏ, width 100, η = 0.01", 0.01, true),
    panels("xiv", "sine neuron, u = 1, η = 0.01", 0.01, true),
    panels("xv", "PolyNet, η = 0.05", 0.05, true),
    panels("viii", "oscillating neuron, η = 0.01", 0.01, false),
    panels("*iii", "small Transformer, Adam, η = 0.001", 0.001, false),
];

/// A line of a panel.
struct Line {
    k: usize,
    n: Vec<usize>,
    /// The cell of the first n.
    first: usize,
}

fn draw(studio: &mut Studio) -> Result {
    let mut cells = Vec::new();
    let lines: Vec<Vec<Line>> = PANELS
        .iter()
        .map(|panel| lines(studio, panel, &mut cells))
        .collect::<Result<_>>()?;
    let outcomes = studio.outcomes("", &Sweep::new(cells)?)?;

    let (mut all, mut main) = (grid(2, 3), grid(2, 2));
    let mut shown = 0;
    for (place, (about, lines)) in PANELS.iter().zip(&lines).enumerate() {
        let panel = panel(studio, about, lines, &outcomes)?;
        all = all.panel(place / 3, place % 3, panel.clone());
        if about.is_in_main {
            main = main.panel(shown / 2, shown % 2, panel);
            shown += 1;
        }
    }
    studio.save("", &all)?;
    studio.save("main", &main)
}

fn grid(rows: usize, columns: usize) -> Figure {
    Figure::new(rows, columns)
        .title("Median convergence time against n")
        .legend_once()
        .share_x()
        .share_y()
        .size(330 * columns as u32 + 60, 270 * rows as u32 + 90)
}

/// The lines of a panel, whose runs are added to the cells.
fn lines(studio: &Studio, panel: &Panels, cells: &mut Vec<Cell>) -> Result<Vec<Line>> {
    let setting = Setting::from_label(panel.label)?;
    let is_large = panel.label == "*iii";
    let degrees: &[usize] = match is_large {
        true => studio.pick(&[], &[2], &[2, 3]),
        false => studio.pick(&[2], &[2, 3, 4], &[2, 3, 4, 5, 6, 7, 8]),
    };
    let n: &[usize] = match is_large {
        true => studio.pick(&[], &[10, 15, 20], &[10, 15, 20, 25, 30]),
        false => studio.pick(
            &[10, 12],
            &[10, 15, 20, 25, 30],
            &[10, 15, 20, 25, 30, 35, 40],
        ),
    };
    let runs = match is_large {
        true => studio.pick(0, 7, 9),
        false => studio.pick(3, 15, 25),
    };
    let mut lines = Vec::new();
    for &k in degrees {
        let first = cells.len();
        for &n in n {
            let mut trial = Trial {
                rate: panel.rate.into(),
                max_steps: studio.pick(1000, 30_000, 100_000),
                ..setting.trial(n, k)
            };
            if let Learner::Transformer(size) = &mut trial.learner {
                *size = TransformerSettings::default();
            }
            cells.push(Cell::new(trial, runs));
        }
        let n = n.to_vec();
        lines.push(Line { k, n, first });
    }
    Ok(lines)
}

fn panel(
    studio: &mut Studio,
    about: &Panels,
    lines: &[Line],
    outcomes: &Outcomes<Outcome>,
) -> Result<Panel> {
    let mut panel = Panel::new()
        .title(about.title)
        .x_label("coordinates n")
        .y_label("median t_c, updates")
        .y_scale(Scale::Log10);
    let mut exponents = Vec::new();
    let (mut missing, mut solved, mut all, mut diverged) = (0, 0, 0, 0);
    for Line { k, n, first } in lines {
        let samples: Vec<Sample> = n
            .iter()
            .enumerate()
            .map(|(place, &n)| Sample {
                n: n as f64,
                times: outcomes.times(first + place),
            })
            .collect();
        for Sample { times, .. } in &samples {
            solved += times.solved();
            diverged += times.diverged();
            all += times.runs();
        }
        let color = Color::sequence(k - 2, studio.pick(1, 3, 7));
        let style = Style::new(color).label(format!("k = {k}"));
        let points;
        (panel, points) = with_medians(panel, &samples, style)?;
        missing += n.len() - points.len();
        let points: Vec<Point> = points.into_iter().filter(|point| point.t > 0.0).collect();
        if points.len() > 2 {
            let exponent = PowerLaw::fit(&points, 0.95)?.exponent.value;
            exponents.push((*k, exponent));
        }
    }
    if !lines.is_empty() {
        let told: Vec<String> = exponents
            .iter()
            .map(|(k, alpha)| format!("{alpha:.2} for k = {k}"))
            .collect();
        studio.find(
            format!("{}: t_c adapts to k, growing like a smaller power of n for smaller k", about.title),
            format!(
                "exponents {}; {solved} of {all} runs solved, {diverged} diverged, {missing} medians not reached",
                told.join(", ")
            ),
            exponents.len() > 1 && exponents.windows(2).all(|pair| pair[0].1 < pair[1].1),
        )?;
    }
    Ok(panel)
}

fn main() -> ExitCode {
    figure::main("fig10_convergence_times", draw)
}
