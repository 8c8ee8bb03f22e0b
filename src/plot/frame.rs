use plotters::style::text_anchor::HPos;

use super::canvas::{Canvas, Font};
use super::categories::Stand;
use super::ends;
use super::layout::Layout;
use super::placed::{BESIDE, LIFT, Placed, TICK};
use super::text::{
    self, HEADING, HEADING_LINE, LABEL, LABEL_LINE, SMALL, SMALL_LINE, TIGHT, TITLE, TITLE_LINE,
};
use super::{Color, PlotError, Style};

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

const fn upwards(font: Font) -> Font {
    Font {
        upwards: true,
        ..font
    }
}

const fn bold(font: Font) -> Font {
    Font { bold: true, ..font }
}

/// Titles, axes, numbers and legends of all panels.
pub(super) fn draw(canvas: &mut Canvas<'_>, layout: &Layout<'_>) -> Result<(), PlotError> {
    let figure = layout.figure;
    let title = bold(font(TITLE, HPos::Center));
    let at = f64::from(figure.width) / 2.0;
    for (i, line) in layout.title.iter().enumerate() {
        let y = layout.title_at + TITLE_LINE * (i as f64 + 0.4);
        canvas.text(line, (at, y), title)?;
    }
    let small = font(SMALL, HPos::Left);
    layout.legend.draw(canvas, layout.legend_at, small)?;
    for (&col, heading) in &figure.headings {
        if let Some(&(center, width)) = layout.centers.get(col) {
            let at = (center, layout.headings_at + HEADING_LINE * 0.4);
            let (heading, size) = text::fitted(heading, HEADING, 0.95 * width);
            canvas.text(&heading, at, bold(font(size, HPos::Center)))?;
        }
    }
    for (&row, heading) in &figure.row_headings {
        if let Some(&(center, width)) = layout.middles.get(row) {
            let at = (layout.row_headings_at, center);
            let (heading, size) = text::fitted(heading, HEADING, 0.95 * width);
            canvas.text(&heading, at, upwards(bold(font(size, HPos::Center))))?;
        }
    }
    for placed in &layout.placed {
        axes(canvas, placed)?;
        x_numbers(canvas, placed)?;
        y_numbers(canvas, placed)?;
        above(canvas, placed)?;
        beside(canvas, placed)?;
        at_ends(canvas, placed)?;
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
    Ok(())
}

/// Numbers or categories below a plot, and the name of the axis.
fn x_numbers(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    if !p.x_named {
        return Ok(());
    }
    let top = p.area.bottom + TICK;
    for (x, label) in &p.x_ticks.major {
        let x = p.x_at(*x);
        match p.x_stand {
            Stand::Upright(_) => {
                let lines: Vec<String> = label.split('\n').map(str::to_owned).collect();
                let upright = upwards(font(SMALL, HPos::Right));
                canvas.lines(&lines, (x, top), TIGHT, upright)?;
            }
            Stand::Level(_) => {
                for (i, line) in label.split('\n').enumerate() {
                    let y = top + SMALL_LINE * 0.4 + TIGHT * i as f64;
                    canvas.text(line, (x, y), font(SMALL, HPos::Center))?;
                }
            }
        }
    }
    for (i, line) in p.x_label_lines().iter().enumerate() {
        let y = top + p.x_stand.height() + LABEL_LINE * (0.4 + i as f64);
        canvas.text(line, (p.area.center(), y), font(LABEL, HPos::Center))?;
    }
    Ok(())
}

fn y_numbers(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    if !p.y_named {
        return Ok(());
    }
    for (y, label) in &p.y_ticks.major {
        let lines: Vec<String> = label.split('\n').map(str::to_owned).collect();
        let at = (p.area.left - TICK, p.y_at(*y));
        canvas.lines(&lines, at, TIGHT, font(SMALL, HPos::Right))?;
    }
    let lines = p.y_label_lines();
    let x = p.y_label_at + LABEL_LINE * (lines.len() as f64 / 2.0 - 0.15);
    let at = (x, (p.area.top + p.area.bottom) / 2.0);
    canvas.lines(&lines, at, LABEL_LINE, upwards(font(LABEL, HPos::Center)))
}

/// The texts above a plot, from bottom to top: labels of vertical lines, legend, title.
fn above(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    let first = p.area.top - LIFT - SMALL_LINE / 2.0;
    let line_at = |line: usize| first - SMALL_LINE * line as f64;
    for (i, line) in p.marks.iter().enumerate() {
        for (x, label) in line {
            canvas.text(label, (*x, line_at(i)), font(SMALL, HPos::Center))?;
        }
    }
    let lines = p.legend.lines();
    if lines > 0 {
        let first = line_at(p.lines.marks + lines - 1);
        p.legend.draw(canvas, first, font(SMALL, HPos::Left))?;
    }
    let lowest = line_at(p.lines.marks + p.lines.legend) - 2.0;
    for (i, line) in p.title.iter().rev().enumerate() {
        let at = (p.area.center(), lowest - LABEL_LINE * i as f64);
        canvas.text(line, at, font(LABEL, HPos::Center))?;
    }
    Ok(())
}

/// Labels of horizontal lines, moved apart where they would touch, and the bar of a heat map.
fn beside(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    let at = p.area.right + BESIDE;
    for (y, lines) in p.labels_beside() {
        canvas.lines(&lines, (at, y), TIGHT, font(SMALL, HPos::Left))?;
    }
    if let Some(bar) = &p.bar {
        let from = p.area.right + p.width_beside();
        bar.draw(canvas, p.area, from, font)?;
    }
    Ok(())
}

/// The names of curves at their ends, with a thin line to the end where the name stands away from it.
fn at_ends(canvas: &mut Canvas<'_>, p: &Placed<'_>) -> Result<(), PlotError> {
    for label in ends::place(p) {
        let (area, color) = (label.area, label.color);
        if let Some(from) = label.leader {
            canvas.path(&[from, label.end], &Style::new(color).width(0.6))?;
        }
        let at = (area.left, (area.top + area.bottom) / 2.0);
        let font = Font {
            color,
            ..font(SMALL, HPos::Left)
        };
        canvas.text(label.text, at, font)?;
    }
    Ok(())
}
