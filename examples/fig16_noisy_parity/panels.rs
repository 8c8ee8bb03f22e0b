//! The panels of the figure.

use crate::plan::{Plan, Series};
use sparse_parity::cli::Result;
use sparse_parity::measure::Interval;
use sparse_parity::plot::{Color, Panel, Scale, Style};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Point, PowerLaw, Sample, quantile_exponent};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::trial::{MeasureKind, RecordedTrial, Recording};
use sparse_parity_examples::figure::Studio;

/// All runs; what was not solved is an arrow from the budget on.
pub fn runs(plan: &Plan, all: &[Series]) -> Panel {
    let budget = plan.budget as f64;
    let mut panel = Panel::new()
        .title("All runs (arrows: unsolved) and medians")
        .x_label("p, the share of labels that are flipped")
        .x_range(-0.02, 0.52)
        .y_label("t_c, updates")
        .y_scale(Scale::Log10)
        .y_range(plan.least, 4.0 * budget);
    for (place, series) in all.iter().enumerate() {
        let style = Style::new(series.color);
        // Beside each other, for the sake of the arrows.
        let aside = 0.005 * (place as f64 - (all.len() - 1) as f64 / 2.0);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (p, times, median) in &series.times {
            x.push(p + aside);
            y.push(median.unwrap_or(f64::NAN));
            let solved: Vec<f64> = times.known().map(|t| t as f64).collect();
            let at = vec![p + aside; solved.len()];
            panel = panel.points(&at, &solved, style.clone().width(1.2));
            if times.solved() < times.runs() {
                panel = panel.error_bars(&[p + aside], &[budget], &[f64::INFINITY], style.clone());
            }
        }
        panel = panel.line(&x, &y, style.label(series.name()));
    }
    panel
}

/// Medians against the price of noise, with the power laws through them.
pub fn growth(studio: &mut Studio, all: &[Series]) -> Result<Panel> {
    let mut panel = Panel::new()
        .title("Medians and power laws through them")
        .x_label("1/(1 − 2p)²")
        .x_scale(Scale::Log10)
        .y_label("t_c, updates")
        .y_scale(Scale::Log10);
    for series in all {
        let solved = series.solved();
        if solved.len() < 3 {
            continue;
        }
        let rng = &mut Seeds::from(0).stream(Purpose::Eval);
        let exponent = quantile_exponent(&solved, 0.5, &Bootstrap::default(), rng)?;
        let (value, interval) = (exponent.value, exponent.interval);
        studio.find(
            format!("{}: t_c grows no faster than 1/(1 − 2p)²", series.name()),
            format!(
                "exponent {value:.2} (95 % interval {:.2} to {:.2}) over the {} smallest p, at \
                 which all runs are solved",
                interval.low,
                interval.high,
                solved.len()
            ),
            interval.high <= 1.0,
        )?;
        let mut points = Vec::new();
        for Sample { n, times } in &solved {
            let median = times.median(0.95)?.value;
            points.extend(median.map(|t| Point { n: *n, t }));
        }
        let fit = PowerLaw::fit(&points, 0.95)?;
        let (x, y): (Vec<f64>, Vec<f64>) =
            points.into_iter().map(|point| (point.n, point.t)).unzip();
        let along: Vec<f64> = x.iter().map(|&x| fit.at(x)).collect();
        let name = format!("{}, exponent {value:.2}", series.name());
        let style = Style::new(series.color);
        panel = panel
            .points(&x, &y, style.clone())
            .line(&x, &along, style.width(1.2).label(name));
    }
    Ok(panel)
}

/// Curves of the clean error.
pub fn errors(studio: &Studio, plan: &Plan, batch: usize) -> Result<Panel> {
    let recording = Recording {
        measures: vec![MeasureKind::Error],
        ..Recording::new(Interval::per_decade(20)?)
    };
    let cell = |&noise: &f64| {
        let experiment = RecordedTrial {
            trial: plan.trial(batch, noise),
            recording: recording.clone(),
        };
        Cell::new(experiment, plan.curves)
    };
    let sweep = Sweep::new(plan.noise.iter().map(cell))?;
    let outcomes = studio.outcomes(&format!("curves_{batch}"), &sweep)?;
    let runs = match plan.curves {
        1 => "one run for each p".into(),
        runs => format!("{runs} runs for each p"),
    };
    let mut panel = Panel::new()
        .title(format!("B = {batch}, {}", runs))
        .x_label("updates")
        .x_scale(Scale::Log10)
        .x_range(plan.least, plan.budget as f64)
        .y_label("error on clean examples");
    for (place, p) in plan.noise.iter().enumerate() {
        for (seed, run) in outcomes.of(place).enumerate() {
            let style = Style::new(Color::sequence(place, plan.noise.len())).width(1.2);
            let style = match seed {
                0 => style.label(format!("p = {p}")),
                _ => style,
            };
            let shown = run.table.rows().iter().filter(|row| row[0] >= plan.least);
            let (x, y): (Vec<f64>, Vec<f64>) = shown.map(|row| (row[0], row[1])).unzip();
            panel = panel.line(&x, &y, style);
        }
    }
    Ok(panel)
}
