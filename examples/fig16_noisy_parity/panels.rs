//! The panels of the figure.

use crate::plan::{Plan, Series};
use sparse_parity::measure::Interval;
use sparse_parity::plot::{Color, Panel, Scale, Style};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Point, PowerLaw, Sample, quantile_exponent};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{MeasureKind, RecordedTrial, Recording};
use sparse_parity_examples::figure::Studio;

/// The shares of the runs that a box shows: all of five.
const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// Boxes of all runs, those of one p side by side; what was not solved is an arrow.
pub fn runs(plan: &Plan, all: &[Series]) -> Result<Panel> {
    let names: Vec<String> = plan.noise.iter().map(f64::to_string).collect();
    let x: Vec<f64> = (0..names.len()).map(|place| place as f64).collect();
    let mut panel = Panel::new()
        .title("Least, quartiles and largest of the runs")
        .x_label("p, the share of labels that are flipped")
        .x_categories(&names)
        .y_label("t_c, updates")
        .y_scale(Scale::Log10)
        .y_range(plan.least, 2.0 * plan.budget as f64);
    for series in all {
        let mut boxes = Vec::new();
        for (_, times, _) in &series.times {
            let t: Vec<f64> = times.as_slice().iter().map(|t| t.or_infinite()).collect();
            let last = (t.len() - 1) as f64;
            boxes.push(SHARES.map(|share| t[(share * last).round() as usize]));
        }
        let style = Style::new(series.color).width(1.2);
        panel = panel.boxes(&x, &boxes, style.label(series.name()));
    }
    let arrow = Style::new(Color::Grey).label("arrow: not solved within the budget");
    Ok(panel.error_bars(&[], &[], &[], arrow))
}

/// Medians against the price of noise, with the power laws through them.
pub fn growth(studio: &mut Studio, all: &[Series]) -> Result<Panel> {
    let mut panel = Panel::new()
        .title("Medians and power laws through them")
        .x_label("1/(1 − 2p)²")
        .x_scale(Scale::Log10)
        .y_label("t_c, updates")
        .y_scale(Scale::Log10);
    let mut reference: Option<(f64, f64, f64)> = None;
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
        let discs = style
            .clone()
            .data_label(format!("{}, medians", series.name()));
        panel = panel
            .points(&x, &y, discs)
            .line(&x, &along, style.width(1.2).end_label(name));
        let (Some(first), Some(last)) = (x.first(), x.last()) else {
            continue;
        };
        if reference.is_none_or(|(_, end, _)| *last > end) {
            reference = Some((*first, *last, 0.5 * along[0]));
        }
    }
    if let Some((first, last, t)) = reference {
        let style = Style::new(Color::Grey).width(1.0).dashed();
        let name = "as 1/(1 − 2p)², exponent 1";
        panel = panel.line(&[first, last], &[t, t * last / first], style.label(name));
    }
    Ok(panel.points(
        &[],
        &[],
        Style::new(Color::Grey).label("median of the runs"),
    ))
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
    let mut curves = Vec::new();
    for place in 0..plan.noise.len() {
        for (seed, run) in outcomes.of(place).enumerate() {
            let shown = run.table.rows().iter().filter(|row| row[0] >= plan.least);
            let (x, y) = shown.map(|row| (row[0], row[1])).unzip();
            curves.push(Curve { place, seed, x, y });
        }
    }
    Ok(draw_errors(plan, batch, &curves))
}

/// The error of a run: the places of p among all and of the seed, updates and errors.
pub struct Curve {
    pub place: usize,
    pub seed: usize,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

pub fn draw_errors(plan: &Plan, batch: usize, curves: &[Curve]) -> Panel {
    let runs = match plan.curves {
        1 => "one run for each p".into(),
        runs => format!("{runs} runs for each p"),
    };
    let mut panel = Panel::new()
        .title(format!("B = {batch}, {runs}"))
        .x_label("updates")
        .x_scale(Scale::Log10)
        .x_range(plan.least, plan.budget as f64)
        .y_label("error on clean examples")
        .y_range(-0.02, 0.6)
        .horizontal(0.5, "chance");
    for Curve { place, seed, x, y } in curves {
        let (p, count) = (plan.noise[*place], plan.noise.len());
        let style = Style::new(Color::sequence(*place, count)).width(1.2);
        if *seed == 0 {
            panel = panel.line(&[], &[], style.clone().label(format!("p = {p}")));
        }
        let style = style.data_label(format!("p = {p}, seed {seed}"));
        panel = panel.line(x, y, style);
    }
    panel
}
