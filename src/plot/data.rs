use super::beyond::beyond;
use super::canvas::Canvas;
use super::curves::{band, curve, histogram, horizontal, runs, stairs, vertical};
use super::plane::Plane;
use super::series::{Mark, Series};
use super::{Color, PlotError, Style, boxes, heat};

/// The grid and the series of one panel.
pub(super) fn draw(plane: &Plane<'_>, canvas: &mut Canvas<'_>) -> Result<(), PlotError> {
    let grid = Style::new(Color::Rgb(232, 232, 232)).width(0.7);
    let (panel, is_map) = (plane.placed.panel, plane.placed.bar.is_some());
    for (x, _) in &plane.placed.x_ticks.major {
        if panel.x_categories.is_empty() && !is_map {
            vertical(plane, canvas, *x, &grid)?;
        }
    }
    for (y, _) in &plane.placed.y_ticks.major {
        if !is_map {
            horizontal(plane, canvas, *y, &grid)?;
        }
    }
    for series in &panel.series {
        one(plane, canvas, series)?;
    }
    Ok(())
}

fn one(plane: &Plane<'_>, canvas: &mut Canvas<'_>, series: &Series) -> Result<(), PlotError> {
    let style = &series.style;
    match &series.mark {
        Mark::Line { x, y } => {
            beyond(plane, canvas, (x, y), style)?;
            runs(plane, x, y).try_for_each(|run| curve(canvas, &run, style))
        }
        Mark::Step { x, y } => {
            beyond(plane, canvas, (x, y), style)?;
            runs(plane, x, y).try_for_each(|run| curve(canvas, &stairs(&run), style))
        }
        Mark::Points { x, y } => {
            beyond(plane, canvas, (x, y), style)?;
            let mut points = runs(plane, x, y).flatten();
            points.try_for_each(|p| canvas.disc(p, 1.5 * style.width, style))
        }
        Mark::Band { x, lo, hi } => band(plane, canvas, x, lo, hi, style),
        Mark::ErrorBars { x, lo, hi } => boxes::error_bars(plane, canvas, (x, lo, hi), style),
        Mark::Histogram { edges, counts } => histogram(plane, canvas, edges, counts, style),
        Mark::Boxes { x, numbers } => boxes::boxes(plane, canvas, series, (x, numbers)),
        Mark::HeatMap {
            x,
            y,
            values,
            colors,
        } => heat::cells(plane, canvas, (x, y), values, colors),
        Mark::Vertical { x, .. } => vertical(plane, canvas, *x, style),
        Mark::Horizontal { y, .. } => horizontal(plane, canvas, *y, style),
    }
}
