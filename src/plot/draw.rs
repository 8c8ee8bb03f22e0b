use super::canvas::{Canvas, layer, stack};
use super::layout::Layout;
use super::placed::Placed;
use super::series::{Mark, Series};
use super::{Color, PlotError, Style, frame};

/// The whole figure as SVG: the data of each panel, clipped, then all axes and texts.
pub(super) fn figure(layout: &Layout<'_>) -> Result<String, PlotError> {
    let mut layers = Vec::new();
    for placed in &layout.placed {
        let a = placed.area;
        let (dx, dy) = placed.overhang();
        let corner = (a.left - dx, a.top - dy);
        let size = (a.right - a.left + 2.0 * dx, a.bottom - a.top + 2.0 * dy);
        let data = Data { placed, corner };
        layers.push((corner, layer(size, |canvas| data.draw(canvas))?));
    }
    let (width, height) = (layout.figure.width, layout.figure.height);
    let sheet = (f64::from(width), f64::from(height));
    let axes = layer(sheet, |canvas| frame::draw(canvas, layout))?;
    layers.push(((0.0, 0.0), axes));
    stack((width, height), &layers)
}

/// The series of one panel, drawn relative to the corner of their layer.
struct Data<'a> {
    placed: &'a Placed<'a>,
    corner: (f64, f64),
}

impl Data<'_> {
    fn draw(&self, canvas: &mut Canvas<'_>) -> Result<(), PlotError> {
        let grid = Style::new(Color::Rgb(232, 232, 232)).width(0.7);
        for (x, _) in &self.placed.x_ticks.major {
            self.vertical(canvas, *x, &grid)?;
        }
        for (y, _) in &self.placed.y_ticks.major {
            self.horizontal(canvas, *y, &grid)?;
        }
        for series in &self.placed.panel.series {
            self.series(canvas, series)?;
        }
        Ok(())
    }

    fn series(&self, canvas: &mut Canvas<'_>, series: &Series) -> Result<(), PlotError> {
        let style = &series.style;
        match &series.mark {
            Mark::Line { x, y } => self
                .runs(x, y)
                .try_for_each(|run| curve(canvas, &run, style)),
            Mark::Step { x, y } => self
                .runs(x, y)
                .try_for_each(|run| curve(canvas, &stairs(&run), style)),
            Mark::Points { x, y } => self
                .runs(x, y)
                .flatten()
                .try_for_each(|p| canvas.disc(p, 1.5 * style.width, style)),
            Mark::Band { x, lo, hi } => self.band(canvas, x, lo, hi, style),
            Mark::Vertical { x, .. } => self.vertical(canvas, *x, style),
            Mark::Horizontal { y, .. } => self.horizontal(canvas, *y, style),
        }
    }

    fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let p = self.placed;
        let shown = p.x.scale.shows(x) && p.y.scale.shows(y);
        shown.then(|| (p.x_at(x) - self.corner.0, p.y_at(y) - self.corner.1))
    }

    /// The stretches between points which cannot be drawn.
    fn runs(&self, x: &[f64], y: &[f64]) -> impl Iterator<Item = Vec<(f64, f64)>> {
        let points: Vec<_> = x.iter().zip(y).map(|(&x, &y)| self.place(x, y)).collect();
        let runs: Vec<Vec<_>> = points
            .split(Option::is_none)
            .map(|run| run.iter().copied().flatten().collect())
            .collect();
        runs.into_iter().filter(|run: &Vec<_>| !run.is_empty())
    }

    fn band(
        &self,
        canvas: &mut Canvas<'_>,
        x: &[f64],
        lo: &[f64],
        hi: &[f64],
        style: &Style,
    ) -> Result<(), PlotError> {
        let ends = |i: usize| self.place(x[i], lo[i]).zip(self.place(x[i], hi[i]));
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

    fn vertical(&self, canvas: &mut Canvas<'_>, x: f64, style: &Style) -> Result<(), PlotError> {
        let ends = self
            .place(x, self.placed.y.lo)
            .zip(self.place(x, self.placed.y.hi));
        ends.map_or(Ok(()), |(a, b)| canvas.path(&[a, b], style))
    }

    fn horizontal(&self, canvas: &mut Canvas<'_>, y: f64, style: &Style) -> Result<(), PlotError> {
        let ends = self
            .place(self.placed.x.lo, y)
            .zip(self.place(self.placed.x.hi, y));
        ends.map_or(Ok(()), |(a, b)| canvas.path(&[a, b], style))
    }
}

/// A line; a point alone between gaps stays visible as a dot.
fn curve(canvas: &mut Canvas<'_>, points: &[(f64, f64)], style: &Style) -> Result<(), PlotError> {
    match points {
        &[alone] => canvas.disc(alone, style.width, style),
        _ => canvas.path(points, style),
    }
}

fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let corners = points
        .windows(2)
        .flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
    corners.chain(points.last().copied()).collect()
}

/// The sample of a series in the legend, `width` wide with its left end at `at`.
pub(super) fn swatch(
    canvas: &mut Canvas<'_>,
    series: &Series,
    (x, y): (f64, f64),
    width: f64,
) -> Result<(), PlotError> {
    let style = &series.style;
    match series.mark {
        Mark::Points { .. } => canvas.disc((x + width / 2.0, y), 1.5 * style.width.min(3.0), style),
        Mark::Band { .. } => canvas.rectangle(
            (x, y - 4.0),
            (x + width, y + 4.0),
            style.color,
            style.opacity,
        ),
        _ => {
            let style = style.clone().width(style.width.clamp(1.0, 6.0));
            canvas.path(&[(x, y), (x + width, y)], &style)
        }
    }
}
