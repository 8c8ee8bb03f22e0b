//! Medians of convergence times as a line with its intervals.

use crate::common::Result;
use sparse_parity::plot::{Panel, Style};
use sparse_parity::stats::Times;

/// Adds the medians that are reached, with their intervals; returns them, too.
pub fn with_medians(
    panel: Panel,
    samples: &[(f64, Times)],
    style: Style,
) -> Result<(Panel, Vec<(f64, f64)>)> {
    let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (of, times) in samples {
        let median = times.median(0.95)?;
        if let Some(value) = median.value {
            x.push(*of);
            y.push(value);
            low.push(median.interval.low);
            high.push(median.interval.high);
        }
    }
    let bars = Style {
        label: None,
        ..style.clone()
    }
    .width(1.0);
    let panel = panel.error_bars(&x, &low, &high, bars).line(&x, &y, style);
    Ok((panel, x.into_iter().zip(y).collect()))
}
