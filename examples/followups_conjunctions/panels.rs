//! Shares of solved runs against m, and m* and attention against T.

use crate::sizes::Size;
use crate::{K, LEVEL, SHARE, published};
use sparse_parity::plot::{Color, Panel, Scale, Style};
use sparse_parity::stats::{BoxCox, Estimate, SolvedCount, Threshold, wilson};
use std::collections::BTreeMap;

/// The share of solved runs against m, a line for each T.
pub fn successes(sizes: &[Size]) -> Panel {
    let mut panel = Panel::new()
        .title("Solved runs")
        .x_label("examples m")
        .y_label("share of solved runs")
        .x_scale(Scale::Log10)
        .y_range(0.0, 1.02)
        .horizontal(SHARE, "80 %");
    for (place, size) in sizes.iter().enumerate() {
        let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for count in size.counts() {
            if let Ok(share) = wilson(count.solved, count.runs, LEVEL) {
                x.push(count.samples);
                y.push(share.value);
                low.push(share.interval.low);
                high.push(share.interval.high);
            }
        }
        let style = Style::new(Color::sequence(place, sizes.len()));
        let bars = style
            .clone()
            .width(1.0)
            .opacity(0.4)
            .data_label(format!("T = {}, 95 % interval", size.n));
        panel = panel.error_bars(&x, &low, &high, bars).line(
            &x,
            &y,
            style.label(format!("T = {}", size.n)),
        );
    }
    panel
}

/// m* against T, with its fits, the floor and the published points.
pub fn critical(
    sizes: &[Size],
    floors: &BTreeMap<usize, f64>,
    counts: &[SolvedCount],
    fit: Option<&Threshold>,
    growth: Option<&BoxCox>,
) -> Panel {
    let panel = Panel::new()
        .title("Examples that 80 % of the runs need")
        .x_label("coordinates T")
        .y_label("m*")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    let (x, y): (Vec<f64>, Vec<f64>) = published::POINTS.into_iter().unzip();
    let orange = Style::new(Color::Orange).label("published");
    let panel = panel.points(&x, &y, orange);
    let x: Vec<f64> = floors.keys().map(|n| *n as f64).collect();
    let y: Vec<f64> = floors.values().copied().collect();
    let grey = Style::new(Color::Grey).dashed();
    let panel = panel.line(&x, &y, grey.label("floor: the set is determined"));
    let ends = [sizes[0].n, sizes[sizes.len() - 1].n].map(|n| n as f64);
    let panel = growths(panel, ends, counts, growth);
    match fit {
        Some(fit) => thresholds(panel, fit),
        None => panel,
    }
}

/// Adds m* by the fits in ln T and in a power of T, from one T to another.
fn growths(
    mut panel: Panel,
    [first, last]: [f64; 2],
    counts: &[SolvedCount],
    growth: Option<&BoxCox>,
) -> Panel {
    let grid: Vec<f64> = (0..=40)
        .map(|place| first * (last / first).powf(f64::from(place) / 40.0))
        .collect();
    if let Ok(log) = BoxCox::with_exponent(counts, SHARE, 0.0) {
        let y: Vec<f64> = grid.iter().map(|n| log.critical(*n)).collect();
        let green = Style::new(Color::Green).dotted();
        panel = panel.line(&grid, &y, green.label("fit of b₀ + b₁ ln T"));
    }
    if let Some(growth) = growth {
        let y: Vec<f64> = grid.iter().map(|n| growth.critical(*n)).collect();
        let label = format!("fit with p = {:.2}", growth.exponent.value);
        panel = panel.line(&grid, &y, Style::new(Color::Blue).label(label));
    }
    panel
}

/// Adds m* of each T with its interval.
fn thresholds(panel: Panel, fit: &Threshold) -> Panel {
    let of = |value: fn(&Estimate) -> f64| -> Vec<f64> {
        fit.at.iter().map(|(_, critical)| value(critical)).collect()
    };
    let x: Vec<f64> = fit.at.iter().map(|(n, _)| *n).collect();
    let black = Style::new(Color::Black);
    let bars = black.clone().width(1.0).data_label("95 % interval");
    panel
        .error_bars(&x, &of(|m| m.interval.low), &of(|m| m.interval.high), bars)
        .points(&x, &of(|m| m.value), black.label("m* of this crate"))
}

/// The median share of attention on the three coordinates against T.
pub fn attention(sizes: &[Size]) -> Panel {
    let mut panel = Panel::new()
        .title("Attention on the three coordinates")
        .x_label("coordinates T")
        .y_label("median share of attention")
        .x_scale(Scale::Log10)
        .y_range(0.0, 1.0);
    for (is_solved, color, label) in [
        (true, Color::Blue, "solved runs"),
        (false, Color::Orange, "other runs"),
    ] {
        let shares = sizes
            .iter()
            .filter_map(|size| Some((size.n as f64, size.attention(is_solved)?)));
        let (x, y): (Vec<f64>, Vec<f64>) = shares.unzip();
        panel = panel.line(&x, &y, Style::new(color).label(label));
    }
    let (x, y): (Vec<f64>, Vec<f64>) = sizes
        .iter()
        .map(|size| (size.n as f64, K as f64 / size.n as f64))
        .unzip();
    panel.line(
        &x,
        &y,
        Style::new(Color::Grey)
            .dashed()
            .label("all coordinates alike"),
    )
}
