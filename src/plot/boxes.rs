//! Boxes and error bars: vertical marks at an x that may reach beyond the plot.

use super::canvas::Canvas;
use super::plane::{End, Plane};
use super::series::{Mark, Series};
use super::{PlotError, Style};

/// Half the width of an arrow, and its height.
const ARROW: (f64, f64) = (3.5, 6.0);
/// The stem of an arrow whose bar begins beyond the plot.
const STEM: f64 = 11.0;
/// Half the width of the ends of an error bar.
const CAP: f64 = 3.5;
const WIDEST: f64 = 32.0;

pub(super) fn error_bars(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    (x, lo, hi): (&[f64], &[f64], &[f64]),
    style: &Style,
) -> Result<(), PlotError> {
    for ((&x, &lo), &hi) in x.iter().zip(lo).zip(hi) {
        if let (true, Some(lo), Some(hi)) =
            (plane.placed.x.scale.shows(x), plane.end(lo), plane.end(hi))
        {
            let mut pen = Pen {
                canvas: &mut *canvas,
                x: plane.x_at(x),
                edges: plane.edges(),
                style,
            };
            pen.bar(lo, hi, CAP)?;
        }
    }
    Ok(())
}

pub(super) fn boxes(
    plane: &Plane<'_>,
    canvas: &mut Canvas<'_>,
    series: &Series,
    (x, numbers): (&[f64], &[[f64; 5]]),
) -> Result<(), PlotError> {
    let (half, beside) = slot(plane, series);
    for (&x, numbers) in x.iter().zip(numbers) {
        let ends: Vec<End> = numbers.iter().filter_map(|&y| plane.end(y)).collect();
        if let (true, Ok(ends)) = (plane.placed.x.scale.shows(x), ends.try_into()) {
            let mut pen = Pen {
                canvas: &mut *canvas,
                x: plane.x_at(x) + beside,
                edges: plane.edges(),
                style: &series.style,
            };
            pen.one_box(ends, half)?;
        }
    }
    Ok(())
}

/// Half the width of the boxes of a series, and their offset from their positions.
fn slot(plane: &Plane<'_>, series: &Series) -> (f64, f64) {
    let p = plane.placed;
    let width = p.area.right - p.area.left;
    let span = p.x.scale.map(p.x.hi) - p.x.scale.map(p.x.lo);
    let gap = p
        .panel
        .box_gap()
        .map_or(width / 3.0, |gap| gap / span * width);
    let all = p.panel.series.iter().filter_map(|s| match &s.mark {
        Mark::Boxes { x, .. } => Some((s, x)),
        _ => None,
    });
    let all: Vec<_> = all.collect();
    let total: usize = all.iter().map(|(_, x)| x.len()).sum();
    let mut places: Vec<f64> = all.iter().flat_map(|(_, x)| x.iter().copied()).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let abreast = if places.len() < total { all.len() } else { 1 };
    let wide = (0.75 * gap / abreast as f64).min(WIDEST);
    let own = all.iter().position(|(s, _)| std::ptr::eq(*s, series));
    let place = own.unwrap_or(0).min(abreast - 1) as f64 - (abreast as f64 - 1.0) / 2.0;
    ((0.42 * wide).max(1.5), place * wide)
}

/// Draws up and down at one x.
struct Pen<'a, 'b> {
    canvas: &'a mut Canvas<'b>,
    x: f64,
    edges: (f64, f64),
    style: &'a Style,
}

impl Pen<'_, '_> {
    fn one_box(&mut self, ends: [End; 5], half: f64) -> Result<(), PlotError> {
        let [low, lower, median, upper, high] = ends;
        if lower == upper && !matches!(lower, End::At(_)) {
            // The box is beyond the plot.
            return self.bar(low, high, half / 2.0);
        }
        let (x, from, to) = (self.x, self.at(lower), self.at(upper));
        let fill = Style {
            opacity: self.style.opacity / 4.0,
            ..self.style.clone()
        };
        let (left, right) = (x - half, x + half);
        let corners = [(left, from), (right, from), (right, to), (left, to)];
        self.canvas.polygon(&corners, &fill)?;
        for side in [left, right] {
            self.canvas.path(&[(side, from), (side, to)], self.style)?;
        }
        for (y, width) in [(lower, 1.0), (upper, 1.0), (median, 1.6)] {
            if let End::At(y) = y {
                let pen = self.style.clone().width(width * self.style.width);
                self.canvas.path(&[(left, y), (right, y)], &pen)?;
            }
        }
        self.whisker(lower, low, half / 2.0)?;
        self.whisker(upper, high, half / 2.0)
    }

    fn bar(&mut self, lo: End, hi: End, cap: f64) -> Result<(), PlotError> {
        let is_beyond = lo == hi && !matches!(lo, End::At(_));
        if !is_beyond {
            self.up_and_down(self.before(lo), self.before(hi))?;
            self.tip(lo, cap)?;
            return self.tip(hi, cap);
        }
        self.whisker(lo, hi, cap)
    }

    /// Draws the line from the edge of a box outwards.
    fn whisker(&mut self, from: End, to: End, cap: f64) -> Result<(), PlotError> {
        let start = match (from, to) {
            (End::Above, End::Above) => self.at(to) + STEM,
            (End::Below, End::Below) => self.at(to) - STEM,
            _ => self.at(from),
        };
        self.up_and_down(start, self.before(to))?;
        self.tip(to, cap)
    }

    fn up_and_down(&mut self, from: f64, to: f64) -> Result<(), PlotError> {
        self.canvas
            .path(&[(self.x, from), (self.x, to)], self.style)
    }

    /// A cap, or beyond the plot an arrow.
    fn tip(&mut self, end: End, half: f64) -> Result<(), PlotError> {
        let (x, y, back) = (self.x, self.at(end), self.before(end));
        if let End::At(y) = end {
            return self
                .canvas
                .path(&[(x - half, y), (x + half, y)], self.style);
        }
        let head = [(x, y), (x - ARROW.0, back), (x + ARROW.0, back)];
        self.canvas.polygon(&head, self.style)
    }

    fn at(&self, end: End) -> f64 {
        match end {
            End::Above => self.edges.0,
            End::At(y) => y,
            End::Below => self.edges.1,
        }
    }

    /// The end of the line of a bar, before its arrow.
    fn before(&self, end: End) -> f64 {
        match end {
            End::Above => self.edges.0 + ARROW.1,
            End::At(y) => y,
            End::Below => self.edges.1 - ARROW.1,
        }
    }
}
