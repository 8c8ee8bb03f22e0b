//! The cells of heat maps.

use plotters::style::text_anchor::HPos;

use super::area::{Area, hatched};
use super::canvas::{Canvas, Font};
use super::plane::Plane;
use super::scale::Axis;
use super::text::{self, SMALL};
use super::{Color, ColorScale, PlotError};

/// Cells at least this wide and high are separated by a pixel.
const APART: f64 = 12.0;

pub(super) fn cells(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    (x, y): (&[f64], &[f64]),
    values: &[Vec<f64>],
    colors: &ColorScale,
) -> Result<(), PlotError> {
    let axis = colors.axis(values)?;
    let p = plane.placed;
    let along = |axis: &Axis, edge: f64| match axis.scale.shows(edge) {
        true => edge,
        false => axis.lo,
    };
    let columns: Vec<f64> = x.iter().map(|&x| plane.x_at(along(&p.x, x))).collect();
    let rows: Vec<f64> = y.iter().map(|&y| plane.y_at(along(&p.y, y))).collect();
    let least = |edges: &[f64]| {
        let sides = edges.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        sides.fold(f64::INFINITY, f64::min)
    };
    let (width, height) = (least(&columns), least(&rows));
    // Neighbours overlap a little or stand apart; where they only meet, a seam would show.
    let grow = match width.min(height) >= APART {
        true => -0.5,
        false => 0.2,
    };
    let texts = colors.cell_texts(values);
    let size = size_of(&texts, (width, height));
    for ((row, texts), pair) in values.iter().zip(&texts).zip(rows.windows(2)) {
        let (top, bottom) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        for ((&value, text), side) in row.iter().zip(texts).zip(columns.windows(2)) {
            let area = Area {
                left: side[0] - grow,
                top: top - grow,
                right: side[1] + grow,
                bottom: bottom + grow,
            };
            match ColorScale::color(&axis, value) {
                Some(color) => {
                    let (from, to) = ((area.left, area.top), (area.right, area.bottom));
                    canvas.rectangle(from, to, color, 1.0)?;
                    if let Some(size) = size {
                        write(canvas, text, (size, color), area)?;
                    }
                }
                None => hatched(canvas, area)?,
            }
        }
    }
    Ok(())
}

/// The size at which all texts fit into their cells; `None` if it is too small to be read.
fn size_of(texts: &[Vec<String>], (width, height): (f64, f64)) -> Option<f64> {
    let widths = texts.iter().flatten().map(|text| text::width(text, 1.0));
    let widest = widths.fold(0.0, f64::max);
    let size = SMALL.min((width - 4.0) / widest).min((height - 4.0) / 1.1);
    (widest > 0.0 && size >= 6.5).then_some(size)
}

/// Writes a text into a cell of a colour.
fn write(
    canvas: &mut Canvas<'_>,
    text: &str,
    (size, on): (f64, Color),
    area: Area,
) -> Result<(), PlotError> {
    let [r, g, b] = on.rgb();
    let light = 0.3 * f64::from(r) + 0.6 * f64::from(g) + 0.1 * f64::from(b);
    let font = Font {
        size,
        bold: false,
        color: if light > 125.0 {
            Color::Black
        } else {
            Color::Rgb(255, 255, 255)
        },
        anchor: HPos::Center,
        upwards: false,
    };
    let at = (area.center(), (area.top + area.bottom) / 2.0);
    canvas.text(text, at, font)
}
