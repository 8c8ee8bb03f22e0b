use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Font};
use super::layout::{HEADING, HEADING_LINE, Layout, TITLE, TITLE_LINE};
use super::placed::{BESIDE, LABEL, LABEL_LINE, LIFT, Placed, SMALL, SMALL_LINE, SWATCH, TICK};
use super::series::Mark;
use super::{Color, PlotError, Style, draw};

const INK: Color = Color::Rgb(38, 38, 38);

const fn font(size: f64, anchor: HPos) -> Font {
    Font {
        size,
        bold: false,
        color: INK,
        anchor,
        upwards: false,
    }
}

/// Titles, axes, numbers and legends of all panels.
pub(super) fn draw(canvas: &mut Canvas<'_>, layout: &Layout<'_>) -> Result<(), PlotError> {
    let figure = layout.figure;
    let bold = |size| Font {
        bold: true,
        ..font(size, HPos::Center)
    };
    if !figure.title.is_empty() {
        let at = (f64::from(figure.width) / 2.0, TITLE_LINE * 0.7);
        canvas.text(&figure.title, at, bold(TITLE))?;
    }
    for (&col, heading) in &figure.headings {
        if let Some(&center) = layout.centers.get(col) {
            let at = (center, layout.headings_at + HEADING_LINE * 0.4);
            canvas.text(heading, at, bold(HEADING))?;
        }
    }
    for placed in &layout.placed {
        axes(canvas, placed)?;
        above(canvas, placed)?;
        horizontal_labels(canvas, placed)?;
    }
    Ok(())
}

fn axes(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    let thin = Style::new(INK).width(0.8);
    let a = p.area;
    canvas.path(
        &[(a.left, a.top), (a.left, a.bottom), (a.right, a.bottom)],
        &thin,
    )?;
    let small = p.x_ticks.minor.iter().map(|&x| (x, 2.0));
    for (x, length) in small.chain(p.x_ticks.major.iter().map(|&(x, _)| (x, 4.0))) {
        let x = p.x_at(x);
        canvas.path(&[(x, a.bottom), (x, a.bottom + length)], &thin)?;
    }
    let small = p.y_ticks.minor.iter().map(|&y| (y, 2.0));
    for (y, length) in small.chain(p.y_ticks.major.iter().map(|&(y, _)| (y, 4.0))) {
        let y = p.y_at(y);
        canvas.path(&[(a.left - length, y), (a.left, y)], &thin)?;
    }
    for (y, label) in &p.y_ticks.major {
        canvas.text(label, (a.left - TICK, p.y_at(*y)), font(SMALL, HPos::Right))?;
    }
    if p.x_named {
        let below = a.bottom + TICK + SMALL_LINE * 0.4;
        for (x, label) in &p.x_ticks.major {
            canvas.text(label, (p.x_at(*x), below), font(SMALL, HPos::Center))?;
        }
        let at = (a.center(), a.bottom + TICK + SMALL_LINE + LABEL_LINE * 0.4);
        canvas.text(p.x_label, at, font(LABEL, HPos::Center))?;
    }
    let upwards = Font {
        upwards: true,
        ..font(LABEL, HPos::Center)
    };
    canvas.text(
        &p.panel.y_label,
        (p.y_label_at, (a.top + a.bottom) / 2.0),
        upwards,
    )
}

/// From the plot upwards: labels of vertical lines, legend, title.
fn above(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    let first = p.area.top - LIFT - SMALL_LINE / 2.0;
    let line_at = |line: usize| first - SMALL_LINE * line as f64;
    for (i, line) in p.marks.iter().enumerate() {
        for &(x, label) in line {
            canvas.text(label, (x, line_at(i)), font(SMALL, HPos::Center))?;
        }
    }
    for (i, line) in p.legend.iter().rev().enumerate() {
        let y = line_at(p.lines.marks + i);
        for &(x, series) in line {
            draw::swatch(canvas, series, (x, y), SWATCH - 6.0)?;
            let label = series.style.label.as_deref().unwrap_or_default();
            canvas.text(label, (x + SWATCH, y), font(SMALL, HPos::Left))?;
        }
    }
    let y = line_at(p.lines.marks + p.lines.legend) - 2.0;
    canvas.text(
        &p.panel.title,
        (p.area.center(), y),
        font(LABEL, HPos::Center),
    )
}

/// Labels of horizontal lines, moved down where they would touch.
fn horizontal_labels(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    let mut labels: Vec<(f64, &str)> = p
        .panel
        .series
        .iter()
        .filter_map(|series| match &series.mark {
            Mark::Horizontal { y, label } if p.y.contains(*y) => Some((p.y_at(*y), label.as_str())),
            _ => None,
        })
        .collect();
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = f64::NEG_INFINITY;
    for (y, label) in labels {
        let y = y.max(free);
        canvas.text(label, (p.area.right + BESIDE, y), font(SMALL, HPos::Left))?;
        free = y + SMALL_LINE * 0.8;
    }
    Ok(())
}
