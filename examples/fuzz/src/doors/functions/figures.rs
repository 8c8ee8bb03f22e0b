//! Figures.

use super::{Real, real};
use crate::Door;
use sparse_parity::plot::{Color, ColorScale, Figure, Panel, Scale, Style};

pub(super) fn doors() -> Vec<Door> {
    let scale = |is_log: bool| if is_log { Scale::Log10 } else { Scale::Linear };
    vec![
        Door::function(
            "lines",
            move |(x, y, logs, text): (Vec<Real>, Vec<Real>, (bool, bool), String)| {
                let (x, y) = (real(&x), real(&y));
                let style = || Style::new(Color::nth(0)).label(text.clone());
                let panel = Panel::new()
                    .title(text.clone())
                    .x_scale(scale(logs.0))
                    .y_scale(scale(logs.1));
                let panel = panel
                    .line(&x, &y, style())
                    .points(&x, &y, style())
                    .step(&x, &y, style())
                    .band(&x, &y, &y, style());
                Figure::from(panel).to_svg().map(|svg| svg.len())
            },
        )
        .rare(4),
        Door::function(
            "ranges",
            |(lo, hi, width, height): (Real, Real, u32, u32)| {
                let panel = Panel::new()
                    .x_range(lo.0, hi.0)
                    .y_range(lo.0, hi.0)
                    .vertical(lo.0, "x");
                Figure::from(panel)
                    .size(width, height)
                    .to_svg()
                    .map(|svg| svg.len())
            },
        )
        .rare(4),
        Door::function(
            "heat_map",
            |(rows, lo, hi, decimals): (Vec<Vec<Real>>, Real, Real, usize)| {
                let rows: Vec<Vec<f64>> = rows.iter().map(|row| real(row)).collect();
                let colors = ColorScale::new("color").range(lo.0, hi.0).numbers(decimals);
                Figure::from(Panel::new().heat_map(&rows, colors))
                    .to_svg()
                    .map(|svg| svg.len())
            },
        )
        .rare(4),
        Door::function("histogram", |(edges, counts): (Vec<Real>, Vec<Real>)| {
            let panel =
                Panel::new().histogram(&real(&edges), &real(&counts), Style::new(Color::nth(0)));
            Figure::from(panel).to_svg().map(|svg| svg.len())
        })
        .rare(4),
        Door::function(
            "grid_of_panels",
            |(rows, cols, row, col): (usize, usize, usize, usize)| {
                Figure::new(rows.min(9), cols.min(9))
                    .panel(row, col, Panel::new())
                    .to_svg()
                    .map(|svg| svg.len())
            },
        )
        .rare(4),
    ]
}
