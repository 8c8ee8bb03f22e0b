//! Ratios to SGD by method, and what the rates decide.

use crate::bench::{Count, Tuned};
use crate::method::Method;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::Estimate;
use sparse_parity::terminal::Result;

/// Ratios of medians, those from 0, from the memorisation and of the processor in rows.
pub fn ratios(arms: &[Tuned]) -> Result<Figure> {
    let names: Vec<&str> = Method::RIVALS.iter().map(|method| method.name()).collect();
    let mut figure = Figure::new(Count::ALL.len(), 1).share_x().legend_once();
    for (row, count) in Count::ALL.into_iter().enumerate() {
        let mut panel = Panel::new()
            .title(count.name())
            .y_label("ratio to SGD")
            .y_scale(Scale::Log10)
            .x_categories(&names);
        let ends = [-0.5, names.len() as f64 - 0.5];
        let one = Style::new(Color::Grey).width(1.0).dashed();
        panel = panel.line(&ends, &[1.0; 2], one.label("tuned SGD"));
        for (matched, name, color, shift) in [
            (false, "own length of updates", Color::Blue, -0.12),
            (true, "length of SGD's updates", Color::Orange, 0.12),
        ] {
            let mut x = Vec::new();
            let mut ratios: Vec<Estimate> = Vec::new();
            for (place, method) in Method::RIVALS.into_iter().enumerate() {
                let arm = arms
                    .iter()
                    .find(|tuned| tuned.arm.method == method && tuned.arm.matched == matched);
                if let Some(arm) = arm {
                    x.push(place as f64 + shift);
                    ratios.push(arm.ratio(&arms[0], count)?);
                }
            }
            let of = |part: fn(&Estimate) -> f64| ratios.iter().map(part).collect::<Vec<_>>();
            let style = || Style::new(color);
            panel = panel
                .error_bars(
                    &x,
                    &of(|ratio| ratio.interval.low),
                    &of(|ratio| ratio.interval.high),
                    style()
                        .width(1.0)
                        .data_label(format!("{name}, 95 % interval")),
                )
                .points(&x, &of(|ratio| ratio.value), style().label(name));
        }
        figure = figure.panel(row, 0, panel);
    }
    Ok(figure.size(1000, 1000))
}

/// The mean number of updates of the runs that choose against the rate over that of the middle of the grid.
pub fn rates(arms: &[Tuned]) -> Figure {
    let mut figure = Figure::new(1, 2).share_y();
    for (col, matched) in [false, true].into_iter().enumerate() {
        let title = if matched {
            "Length of SGD's updates"
        } else {
            "Own length of updates"
        };
        let mut panel = Panel::new()
            .title(title)
            .x_label("learning rate η")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10);
        if !matched {
            panel = panel.y_label("mean of updates, at most the budget");
        }
        let shown = arms.iter().filter(|tuned| tuned.arm.matched == matched);
        for tuned in shown {
            let (x, y): (Vec<f64>, Vec<f64>) = tuned.by_rate.iter().copied().unzip();
            let place = Method::RIVALS.iter().position(|m| *m == tuned.arm.method);
            let style = match place {
                None => Style::new(Color::Black),
                Some(place) => Style::new(Color::sequence(place, Method::RIVALS.len())),
            };
            panel = panel.line(&x, &y, style.end_label(tuned.arm.method.name()));
        }
        figure = figure.panel(0, col, panel);
    }
    figure.size(1200, 560)
}
