//! Marks for points that a logarithmic axis cannot show.

use super::canvas::Canvas;
use super::plane::Plane;
use super::scale::{Axis, Scale};
use super::{PlotError, Style};

/// Half the base and the height of a triangle.
const HALF: f64 = 3.0;
const HEIGHT: f64 = 5.0;

/// Puts a triangle at the end of a logarithmic axis for each point that is 0 or below, as far as they are apart.
pub(super) fn beyond(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    (x, y): (&[f64], &[f64]),
    style: &Style,
) -> Result<(), PlotError> {
    let p = plane.placed;
    let mut marks: Vec<(i64, i64)> = Vec::new();
    for (&x, &y) in x.iter().zip(y) {
        let (low_x, low_y) = (is_beyond(&p.x, x), is_beyond(&p.y, y));
        if !(low_x || low_y) {
            continue;
        }
        let (left, bottom) = (p.area.left - plane.corner.0, plane.edges().1);
        let across = match low_x {
            true => Some(left),
            false => p.x.contains(x).then(|| plane.x_at(x)),
        };
        let up = match low_y {
            true => Some(bottom),
            false => p.y.contains(y).then(|| plane.y_at(y)),
        };
        if let (Some(across), Some(up)) = (across, up) {
            let mark = (across.round() as i64, up.round() as i64);
            if !marks.contains(&mark) {
                marks.push(mark);
                canvas.polygon(&triangle((across, up), low_y), style)?;
            }
        }
    }
    Ok(())
}

fn is_beyond(axis: &Axis, v: f64) -> bool {
    axis.scale == Scale::Log10 && v <= 0.0 && v.is_finite()
}

/// A triangle with its tip at a point of the lower end, or of the left one.
fn triangle((x, y): (f64, f64), is_down: bool) -> [(f64, f64); 3] {
    match is_down {
        true => [(x, y), (x - HALF, y - HEIGHT), (x + HALF, y - HEIGHT)],
        false => [(x, y), (x + HEIGHT, y - HALF), (x + HEIGHT, y + HALF)],
    }
}
