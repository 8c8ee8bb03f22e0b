//! The critical size m* of each width by a fit, and how it falls with the width.

use crate::{Frontier, Grid};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Estimate, Point, PowerLaw, SolvedCount, Threshold};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

/// The share of runs that succeed at m*.
const SHARE: f64 = 0.5;
const LEVEL: f64 = 0.95;

/// The fit of an initialisation after some updates.
pub struct Fit {
    name: &'static str,
    threshold: Threshold,
    /// The exponent of m* in the width.
    exponent: Estimate,
}

impl Fit {
    /// Fits the runs of a frontier; an error if their counts bound no m*.
    pub fn of(grid: &Grid, frontier: &Frontier, step: u64) -> sparse_parity::Result<Fit> {
        let counts = counts(grid, frontier, step);
        let threshold = Threshold::fit(&counts, SHARE, LEVEL)?;
        let strata: Vec<usize> = counts.iter().map(|count| count.runs).collect();
        let rng = &mut Seeds::from(1).stream(Purpose::Eval);
        let bootstrap = Bootstrap {
            resamples: 199,
            level: LEVEL,
        };
        // The first runs of a cell stand for those that succeed.
        let interval = bootstrap.interval_in_strata(&strata, rng, |drawn| {
            let (mut drawn, mut first) = (drawn.iter().peekable(), 0);
            let resampled = counts.iter().map(|count| {
                let (mut solved, mut runs, last) = (0, 0, first + count.runs);
                while let Some(run) = drawn.next_if(|run| **run < last) {
                    solved += usize::from(run - first < count.solved);
                    runs += 1;
                }
                first = last;
                SolvedCount {
                    solved,
                    runs,
                    ..*count
                }
            });
            let resampled: Vec<SolvedCount> = resampled.collect();
            Threshold::fit(&resampled, SHARE, LEVEL).map_or(f64::NAN, |fit| exponent(&fit))
        })?;
        Ok(Fit {
            name: frontier.name,
            exponent: Estimate {
                value: exponent(&threshold),
                interval,
            },
            threshold,
        })
    }
}

/// The counts of the widths of which some runs succeed and some do not.
fn counts(grid: &Grid, frontier: &Frontier, step: u64) -> Vec<SolvedCount> {
    let runs = grid.runs as usize;
    let all = grid.widths.iter().enumerate().filter_map(|(width, &r)| {
        let cells = grid.samples.iter().enumerate();
        let of = |(source, &m): (usize, &usize)| SolvedCount {
            size: r as f64,
            samples: m as f64,
            solved: frontier.solved(width, source, step),
            runs,
        };
        let counts: Vec<SolvedCount> = cells.map(of).collect();
        let is_mixed = |solved: usize| solved > 0 && solved < runs * counts.len();
        is_mixed(counts.iter().map(|count| count.solved).sum()).then_some(counts)
    });
    all.flatten().collect()
}

/// The slope of ln m* against the logarithm of the width.
fn exponent(fit: &Threshold) -> f64 {
    let points: Vec<Point> = fit
        .at
        .iter()
        .map(|(r, m)| Point { n: *r, t: m.value })
        .collect();
    PowerLaw::fit(&points, LEVEL).map_or(f64::NAN, |fit| fit.exponent.value)
}

/// The critical sizes of all widths by initialisation, where they can be fitted.
pub fn find(studio: &mut Studio, grid: &Grid, frontiers: &[Frontier]) -> Result<Vec<Fit>> {
    let mut fits = Vec::new();
    for frontier in frontiers {
        let fit = Fit::of(grid, frontier, grid.cutoffs[2]);
        let (number, falls) = match &fit {
            Ok(fit) => {
                let at = fit.threshold.at.iter();
                let at: Vec<String> = at.map(|(r, m)| format!("r = {r}: {m:.0}")).collect();
                let number = format!(
                    "m* {}; exponent {:.2}, slope of the logit in ln m {:.1}",
                    at.join(", "),
                    fit.exponent,
                    fit.threshold.slope
                );
                (number, fit.exponent.interval.high < 0.0)
            }
            Err(error) => (error.to_string(), false),
        };
        studio.find(
            format!(
                "after the fact, {}: the examples m* of half of the runs fall with the width",
                frontier.name
            ),
            number,
            falls,
        )?;
        fits.extend(fit.ok());
    }
    Ok(fits)
}

/// m* against the width, a colour for each initialisation.
pub fn figure(grid: &Grid, fits: &[Fit]) -> Figure {
    let mut panel = Panel::new()
        .title(format!(
            "({}, {}), within {} updates",
            grid.n, grid.k, grid.cutoffs[2]
        ))
        .x_label("width r")
        .y_label("examples m* with which half of the runs succeed")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    for (fit, color) in fits.iter().zip([Color::Blue, Color::Vermillion]) {
        let of = |part: fn(&Estimate) -> f64| -> Vec<f64> {
            let at = fit.threshold.at.iter();
            at.map(|(_, m)| part(m)).collect()
        };
        let x: Vec<f64> = fit.threshold.at.iter().map(|(r, _)| *r).collect();
        let bars = Style::new(color)
            .width(1.0)
            .data_label(format!("{}, 95 % interval", fit.name));
        let label = format!("{}, exponent {:.2}", fit.name, fit.exponent.value);
        panel = panel
            .error_bars(&x, &of(|m| m.interval.low), &of(|m| m.interval.high), bars)
            .line(&x, &of(|m| m.value), Style::new(color).label(label));
    }
    Figure::new(1, 1).panel(0, 0, panel).size(620, 460)
}
