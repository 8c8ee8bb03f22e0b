//! The names of curves at their ends.

use super::Color;
use super::area::Area;
use super::placed::Placed;
use super::series::Mark;
use super::text::{self, SMALL, TIGHT};

/// From the end of a curve to its name.
const APART: f64 = 6.0;
/// The most lines of text by which a name is moved up or down.
const STEPS: i32 = 12;
/// Names further from their end than this have a line to it.
const FAR: f64 = 1.5 * TIGHT;
/// What covering another name costs, in crossings of curves.
const COVERED: f64 = 1e3;

/// A name with its position.
#[derive(Debug)]
pub(super) struct EndLabel<'a> {
    pub text: &'a str,
    pub color: Color,
    pub area: Area,
    /// The last point that the axes show.
    pub end: (f64, f64),
    /// Where the line to the end begins.
    pub leader: Option<(f64, f64)>,
}

/// The names of the curves of a panel, each where it covers least.
///
/// The positions of a name lie right of the end, above it and below it, in steps of half a line. Of these the name
/// takes the one that covers the fewest names placed before, then the fewest segments of curves and error bars, then the
/// nearest. A name may reach beyond the right edge of the plot, and not beyond the others.
pub(super) fn place<'a>(p: &Placed<'a>) -> Vec<EndLabel<'a>> {
    let curves: Vec<Vec<(f64, f64)>> = p
        .panel
        .series
        .iter()
        .filter_map(|series| series.curve())
        .map(|(x, y)| shown(p, x, y))
        .collect();
    let mut segments: Vec<_> = curves
        .iter()
        .flat_map(|curve| curve.windows(2).map(|pair| (pair[0], pair[1])))
        .collect();
    segments.extend(bars(p));
    let mut taken: Vec<Area> = p.areas_beside().collect();
    let mut labels = Vec::new();
    for series in &p.panel.series {
        let (Some(text), Some((x, y))) = (series.end_label(), series.curve()) else {
            continue;
        };
        let Some(&end) = shown(p, x, y).last() else {
            continue;
        };
        let cost = |area: &Area| {
            let names = taken.iter().filter(|other| area.touches(other)).count();
            let crossings = segments.iter().filter(|line| area.is_crossed(**line));
            let aside = (area.top + area.bottom) / 2.0 - end.1;
            let far = (nearest(area, end).0 - end.0).hypot(aside);
            COVERED * names as f64 + crossings.count() as f64 + far / COVERED
        };
        let best = positions(p, text, end)
            .map(|area| (cost(&area), area))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, area)) = best else {
            continue;
        };
        taken.push(area);
        labels.push(EndLabel {
            text,
            color: series.style.color,
            area,
            end,
            leader: (distance(&area, end) > FAR).then(|| nearest(&area, end)),
        });
    }
    labels
}

/// The points of a curve inside the plot.
fn shown(p: &Placed<'_>, x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let points = x.iter().zip(y);
    points
        .filter(|(x, y)| p.x.contains(**x) && p.y.contains(**y))
        .filter(|(x, y)| p.x.scale.shows(**x) && p.y.scale.shows(**y))
        .map(|(&x, &y)| (p.x_at(x), p.y_at(y)))
        .collect()
}

/// The lines of error bars inside the plot.
fn bars(p: &Placed<'_>) -> Vec<((f64, f64), (f64, f64))> {
    let mut lines = Vec::new();
    for series in &p.panel.series {
        let Mark::ErrorBars { x, lo, hi } = &series.mark else {
            continue;
        };
        for ((&x, &lo), &hi) in x.iter().zip(lo).zip(hi) {
            if p.x.scale.shows(x) && p.x.contains(x) && !lo.is_nan() && !hi.is_nan() {
                let at = |y: f64| (p.x_at(x), p.y_at(y.clamp(p.y.lo, p.y.hi)));
                lines.push((at(lo), at(hi)));
            }
        }
    }
    lines
}

/// Where a name may stand, from right of the end to above and below it.
fn positions(p: &Placed<'_>, text: &str, (x, y): (f64, f64)) -> impl Iterator<Item = Area> + use<> {
    let (plot, width) = (p.area, text::width(text, SMALL));
    let across = [x + APART, x - width / 2.0, x - width - APART];
    let down = (-2 * STEPS..=2 * STEPS).map(move |step| y + 0.5 * TIGHT * f64::from(step));
    let positions = down.flat_map(move |y| {
        across.map(|left| Area {
            left,
            top: y - TIGHT / 2.0,
            right: left + width,
            bottom: y + TIGHT / 2.0,
        })
    });
    let margin = TIGHT / 2.0;
    positions.filter(move |area| {
        distance(area, (x, y)) >= APART - 1e-9
            && area.left >= plot.left
            && area.top >= plot.top - margin
            && area.bottom <= plot.bottom + margin
    })
}

/// The point of a name that is nearest to its end.
fn nearest(area: &Area, (x, y): (f64, f64)) -> (f64, f64) {
    (
        x.clamp(area.left, area.right),
        y.clamp(area.top, area.bottom),
    )
}

fn distance(area: &Area, end: (f64, f64)) -> f64 {
    let near = nearest(area, end);
    (near.0 - end.0).hypot(near.1 - end.1)
}
