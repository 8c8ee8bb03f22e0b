//! The index and the separation of each measure, drawn against the landmark.

use crate::readings::{Reading, Readings};
use crate::study::PARTS;
use sparse_parity::plot::{Color, Panel, Style};
use sparse_parity::stats::Estimate;
use sparse_parity_examples::landmarks::{MEASURES, RHO};

/// The index, and the probability of being above a control, one line a measure.
pub fn panels(readings: &[Readings]) -> [Panel; 2] {
    let mut index = panel("c, of the time that remains");
    let mut control = panel("P(above random labels)");
    for of in readings {
        let color = match of.measure {
            None => Color::Grey,
            Some(place) => Color::sequence(place, MEASURES.len()),
        };
        let line = Style::new(color).label(of.name);
        let (x, found) = known(of, |reading| reading.index);
        // The intervals of the others are in the table.
        if of.measure == Some(RHO) {
            let bars = Style::new(color).width(1.0).data_label("ρ, 95 % interval");
            let low: Vec<f64> = found.iter().map(|found| found.interval.low).collect();
            let high: Vec<f64> = found.iter().map(|found| found.interval.high).collect();
            index = index.error_bars(&x, &low, &high, bars);
        }
        index = index.line(&x, &values(&found), line.clone());
        let (x, found) = known(of, |reading| reading.separation);
        control = control.line(&x, &values(&found), line);
    }
    [index, control]
}

fn panel(y: &str) -> Panel {
    Panel::new()
        .x_label("landmark, share of the pilot's median t_c")
        .y_label(y)
        .x_range(0.0, 1.0)
        .y_range(0.0, 1.0)
        .horizontal(0.5, "chance")
}

/// The landmarks at which there is an estimate, as shares of the pilot's median, with the estimates.
fn known(readings: &Readings, of: fn(&Reading) -> Option<Estimate>) -> (Vec<f64>, Vec<Estimate>) {
    let share = |reading: &Reading| reading.landmark as f64 / PARTS as f64;
    let readings = readings.all.iter();
    let known = readings.filter_map(|reading| Some((share(reading), of(reading)?)));
    known.unzip()
}

fn values(estimates: &[Estimate]) -> Vec<f64> {
    estimates.iter().map(|found| found.value).collect()
}
