//! Times and tails, drawn against the width.

use crate::widths::{Widths, quantile, search};
use sparse_parity::plot::{Color, Panel, Scale, Style};
use sparse_parity::stats::Estimate;
use sparse_parity::terminal::Result;

const TAIL: &str = "95 % quantile over median";

impl Widths {
    fn x_label(&self) -> String {
        format!("width r (for r < {} at an accuracy of 60 %)", self.k)
    }

    fn x(&self) -> Vec<f64> {
        self.widths.iter().map(|&width| width as f64).collect()
    }

    pub fn times_panel(&self) -> Result<Panel> {
        let mut boxes = Vec::new();
        for times in &self.times {
            let mut five = [0.0; 5];
            for (number, p) in five.iter_mut().zip([0.05, 0.25, 0.5, 0.75, 0.95]) {
                *number = quantile(times, p)?;
            }
            boxes.push(five);
        }
        let (x, n, k) = (self.x(), self.n, self.k);
        let mut guesses = Vec::new();
        for &r in &x {
            guesses.push(search((n, k), r)?);
        }
        let sgd = Style::new(Color::Blue).width(1.2);
        let guess = Style::new(Color::Orange).label(format!("random search, 1 + C(n, {k})/r"));
        Ok(Panel::new()
            .x_label(self.x_label())
            .y_label("t_c, updates")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10)
            .y_range(1.0, 3e4)
            .line(&x, &guesses, guess)
            .boxes(
                &x,
                &boxes,
                sgd.label("SGD: 5, 25, 50, 75, 95 % of the runs"),
            ))
    }

    pub fn tail_panel(&self, tails: &[Estimate]) -> Panel {
        // Where half of the runs are not solved there is no ratio.
        let of = |end: fn(&Estimate) -> f64| -> Vec<f64> {
            let end = |tail| match tail {
                &Estimate { value, .. } if value.is_nan() => f64::NAN,
                tail => end(tail),
            };
            tails.iter().map(end).collect()
        };
        let (lo, hi) = (of(|tail| tail.interval.low), of(|tail| tail.interval.high));
        let ratio = Style::new(Color::Vermillion);
        let bars = ratio.clone().width(1.2).data_label(TAIL);
        let discs = ratio.label(format!("{TAIL}, with 95 % interval"));
        Panel::new()
            .x_label(self.x_label())
            .y_label("95 % quantile / median")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10)
            .y_range(0.95, 10.0)
            .error_bars(&self.x(), &lo, &hi, bars)
            .points(&self.x(), &of(|tail| tail.value), discs)
    }
}
