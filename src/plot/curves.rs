//! Curves, points, bands, histograms and reference lines.

use super::canvas::Canvas;
use super::plane::Plane;
use super::{PlotError, Style};

/// The runs of points between those that cannot be drawn.
pub(super) fn runs(
    plane: &Plane<'_>,
    x: &[f64],
    y: &[f64],
) -> impl Iterator<Item = Vec<(f64, f64)>> + use<> {
    let points: Vec<_> = x.iter().zip(y).map(|(&x, &y)| plane.place(x, y)).collect();
    let runs: Vec<Vec<_>> = points
        .split(Option::is_none)
        .map(|run| run.iter().copied().flatten().collect())
        .collect();
    runs.into_iter().filter(|run: &Vec<_>| !run.is_empty())
}

/// A line; a single point between gaps is drawn as a dot.
pub(super) fn curve(
    canvas: &mut Canvas<'_>,
    points: &[(f64, f64)],
    style: &Style,
) -> Result<(), PlotError> {
    match points {
        &[alone] => canvas.disc(alone, style.width, style),
        _ => canvas.path(points, style),
    }
}

pub(super) fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let corners = points
        .windows(2)
        .flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
    corners.chain(points.last().copied()).collect()
}

pub(super) fn band(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    x: &[f64],
    lo: &[f64],
    hi: &[f64],
    style: &Style,
) -> Result<(), PlotError> {
    let ends = |i: usize| plane.place(x[i], lo[i]).zip(plane.place(x[i], hi[i]));
    let points: Vec<_> = (0..x.len()).map(ends).collect();
    for run in points.split(Option::is_none) {
        let lower = run.iter().flatten().map(|ends| ends.0);
        let upper = run.iter().flatten().map(|ends| ends.1).rev();
        let outline: Vec<_> = lower.chain(upper).collect();
        if !outline.is_empty() {
            canvas.polygon(&outline, style)?;
        }
    }
    Ok(())
}

pub(super) fn histogram(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    edges: &[f64],
    counts: &[f64],
    style: &Style,
) -> Result<(), PlotError> {
    let (x, y) = (plane.placed.x, plane.placed.y);
    let across = |edge: f64| {
        let before = !x.scale.shows(edge) && edge <= 0.0;
        plane.x_at(if before { x.lo } else { edge })
    };
    let height = |count: f64| match y.scale.shows(count) {
        true => Some(plane.y_at(count)),
        false => (count <= 0.0).then(|| plane.edges().1),
    };
    let floor = height(0.0).unwrap_or(plane.edges().1);
    let tops: Vec<_> = counts.iter().map(|&count| height(count)).collect();
    let fill = Style {
        opacity: style.opacity / 4.0,
        ..style.clone()
    };
    let mut first = 0;
    for run in tops.split(Option::is_none) {
        let bins = run.iter().flatten().enumerate();
        let top = bins.flat_map(|(i, &y)| {
            let at = first + i;
            [(across(edges[at]), y), (across(edges[at + 1]), y)]
        });
        let mut outline: Vec<_> = top.collect();
        if let (Some(&left), Some(&right)) = (outline.first(), outline.last()) {
            outline.insert(0, (left.0, floor));
            outline.push((right.0, floor));
            canvas.polygon(&outline, &fill)?;
            canvas.path(&outline, style)?;
        }
        first += run.len() + 1;
    }
    Ok(())
}

pub(super) fn vertical(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    x: f64,
    style: &Style,
) -> Result<(), PlotError> {
    let (top, bottom) = plane.edges();
    if !plane.placed.x.scale.shows(x) {
        return Ok(());
    }
    let x = plane.x_at(x);
    canvas.path(&[(x, bottom), (x, top)], style)
}

pub(super) fn horizontal(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    y: f64,
    style: &Style,
) -> Result<(), PlotError> {
    let (left, right) = (plane.placed.x.lo, plane.placed.x.hi);
    let ends = plane.place(left, y).zip(plane.place(right, y));
    ends.map_or(Ok(()), |(a, b)| canvas.path(&[a, b], style))
}
