//! Medians of convergence times as a line with its intervals.

use sparse_parity::plot::{Color, Panel, Place, Style};
use sparse_parity::stats::{Point, Sample, Times};
use sparse_parity::terminal::Result;

/// The median; infinite if it is beyond the budget, or if there are no runs.
pub fn median(times: &Times) -> f64 {
    let median = times.median(0.95).ok().and_then(|median| median.value);
    median.unwrap_or(f64::INFINITY)
}

/// Adds the medians that are reached, with their intervals; returns them, too.
///
/// # Errors
///
/// If a sample has no runs.
pub fn with_medians(panel: Panel, samples: &[Sample], style: Style) -> Result<(Panel, Vec<Point>)> {
    let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for sample in samples {
        let median = sample.times.median(0.95)?;
        if let Some(value) = median.value {
            x.push(sample.n);
            y.push(value);
            low.push(median.interval.low);
            high.push(median.interval.high);
        }
    }
    let bars = Style {
        place: Place::Data,
        ..style.clone()
    }
    .width(1.0);
    let panel = panel.error_bars(&x, &low, &high, bars).line(&x, &y, style);
    let points = x.into_iter().zip(y).map(|(n, t)| Point { n, t });
    Ok((panel, points.collect()))
}

/// Adds what the marks of [`with_medians`] mean to the legend, and the paper's medians as discs.
///
/// `paper` has n and median of each of the paper's, with the name and the colour of its curve.
pub fn with_papers(mut panel: Panel, paper: &[(Point, String, Color)]) -> Panel {
    let bars = Style::new(Color::Grey)
        .width(1.0)
        .label("median of our runs with its 95 % interval; arrow: beyond the budget");
    panel = panel.error_bars(&[], &[], &[], bars);
    for (point, curve, color) in paper {
        let disc = Style::new(*color).data_label(format!("{curve}, the paper's"));
        panel = panel.points(&[point.n], &[point.t], disc);
    }
    let disc = Style::new(Color::Grey).label("the paper's median");
    match paper {
        [] => panel,
        _ => panel.points(&[], &[], disc),
    }
}
