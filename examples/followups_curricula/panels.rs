//! The pictures of the study.

use crate::arms::{Arm, Ratio};
use crate::doses::{Phases, Shares};
use crate::problems::Compared;
use crate::samples::{NAMES, Samples};
use sparse_parity::plot::{Color, Panel, Scale, Style};
use sparse_parity::stats::{Estimate, Sample};
use sparse_parity::terminal::Result;
use sparse_parity_examples::medians::with_medians;

/// How many times as long as biased inputs first the other arms take, on each problem.
pub fn ratios(all: &[Compared]) -> Result<Panel> {
    let names: Vec<&str> = all.iter().map(|compared| &compared.name[..]).collect();
    let ratios: Vec<[Ratio; 3]> = all.iter().map(Compared::ratios).collect::<Result<_>>()?;
    let mut panel = Panel::new()
        .title("times of other orders over those of biased inputs first")
        .y_label("ratio of the medians (a bound if unreached)")
        .x_categories(&names)
        .y_scale(Scale::Log10)
        .horizontal(1.0, "alike");
    let arms = [
        ("uniform", Color::Black),
        ("any order", Color::Orange),
        ("random biases first", Color::Green),
    ];
    for (place, (name, color)) in arms.into_iter().enumerate() {
        let of = |part: fn(&Estimate) -> f64| -> Vec<f64> {
            let estimates = ratios.iter().map(|ratios| &ratios[place].estimate);
            estimates.map(part).collect()
        };
        let x: Vec<f64> = (0..all.len())
            .map(|at| at as f64 + 0.15 * (place as f64 - 1.0))
            .collect();
        let (low, high) = (
            of(|ratio| ratio.interval.low),
            of(|ratio| ratio.interval.high),
        );
        let bars = Style::new(color)
            .width(1.0)
            .data_label(format!("{name}, 95 % interval"));
        panel = panel.error_bars(&x, &low, &high, bars).points(
            &x,
            &of(|ratio| ratio.value),
            Style::new(color).label(name),
        );
    }
    Ok(panel)
}

/// The times of arms against a number of each.
fn samples(numbers: impl IntoIterator<Item = f64>, arms: &[Arm]) -> Vec<Sample> {
    let of = |(n, arm): (f64, &Arm)| Sample {
        n,
        times: arm.times.clone(),
    };
    numbers.into_iter().zip(arms).map(of).collect()
}

/// A panel of medians, in which uniform inputs are a line.
fn medians(title: &str, x: &str, uniform: &Arm) -> Panel {
    let panel = Panel::new()
        .title(title)
        .x_label(x)
        .y_label("updates until the parity is learned")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    match uniform
        .times
        .median(0.95)
        .ok()
        .and_then(|median| median.value)
    {
        Some(median) => panel.horizontal(median, "uniform inputs"),
        None => panel,
    }
}

/// Times against the length of the first phase.
pub fn lengths(phases: &Phases, uniform: &Arm) -> Result<Panel> {
    let mut panel = medians(
        "biased inputs first, then uniform",
        "updates of the first phase",
        uniform,
    );
    for (place, (p, arms)) in phases.biases.iter().zip(&phases.arms).enumerate() {
        let style = Style::new(Color::sequence(place, phases.biases.len()));
        let lengths = phases.lengths.iter().map(|length| *length as f64);
        let style = style.label(format!("P(x = −1) = {p}"));
        (panel, _) = with_medians(panel, &samples(lengths, arms), style)?;
    }
    Ok(panel)
}

/// Times against the share of biased inputs.
pub fn shares(shares: &Shares, uniform: &Arm) -> Result<Panel> {
    let mut panel = medians("a mixture in two orders", "share of biased inputs", uniform);
    for (name, color, arms) in [
        ("any order", Color::Orange, &shares.mixed),
        ("biased first", Color::Blue, &shares.ordered),
    ] {
        let samples = samples(shares.shares.iter().copied(), arms);
        (panel, _) = with_medians(panel, &samples, Style::new(color).label(name))?;
    }
    Ok(panel)
}

/// The share of runs that succeed against the size of the sample.
pub fn success(study: &Samples) -> Result<Panel> {
    let x: Vec<f64> = study.sizes.iter().map(|m| *m as f64).collect();
    let mut panel = Panel::new()
        .title("a sample, with a small share of biased examples")
        .x_label("examples m")
        .y_label("share of runs that succeed")
        .x_scale(Scale::Log10)
        .y_range(0.0, 1.0);
    let colors = [Color::Black, Color::Orange, Color::Blue];
    for ((name, color), arms) in NAMES.into_iter().zip(colors).zip(&study.arms) {
        let shares = arms.iter().map(|arm| arm.times.success_rate(0.95));
        let shares: Vec<Estimate> = shares.collect::<sparse_parity::Result<_>>()?;
        let of = |part: fn(&Estimate) -> f64| -> Vec<f64> { shares.iter().map(part).collect() };
        let (low, high) = (
            of(|share| share.interval.low),
            of(|share| share.interval.high),
        );
        let bars = Style::new(color)
            .width(1.0)
            .data_label(format!("{name}, 95 % interval"));
        panel = panel.error_bars(&x, &low, &high, bars).line(
            &x,
            &of(|share| share.value),
            Style::new(color).label(name),
        );
    }
    Ok(panel)
}
