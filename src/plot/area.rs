use super::canvas::Canvas;
use super::{Color, PlotError, Style};

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub fn center(&self) -> f64 {
        (self.left + self.right) / 2.0
    }

    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub fn touches(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether a straight line enters the rectangle (Liang and Barsky 1984).
    pub fn is_crossed(&self, (a, b): ((f64, f64), (f64, f64))) -> bool {
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        let sides = [
            (a.0 - b.0, a.0 - self.left),
            (b.0 - a.0, self.right - a.0),
            (a.1 - b.1, a.1 - self.top),
            (b.1 - a.1, self.bottom - a.1),
        ];
        for (along, room) in sides {
            if along == 0.0 && room < 0.0 {
                return false;
            } else if along < 0.0 {
                from = from.max(room / along);
            } else if along > 0.0 {
                to = to.min(room / along);
            }
        }
        from < to
    }
}

/// A pale grey rectangle with diagonal lines.
pub(super) fn hatched(canvas: &mut Canvas<'_>, area: Area) -> Result<(), PlotError> {
    let (from, to) = ((area.left, area.top), (area.right, area.bottom));
    canvas.rectangle(from, to, Color::Rgb(238, 238, 238), 1.0)?;
    let line = Style::new(Color::Rgb(165, 165, 165)).width(0.7);
    let (width, height) = (area.width(), area.height());
    const APART: f64 = 5.0;
    let lines = ((width + height) / APART).min(4000.0) as usize;
    for i in 1..=lines {
        // Where x + y, from the upper left corner, is this.
        let sum = APART * i as f64;
        let lower = ((sum - height).max(0.0), sum.min(height));
        let upper = (sum.min(width), (sum - width).max(0.0));
        let at = |(x, y): (f64, f64)| (area.left + x, area.top + y);
        canvas.path(&[at(lower), at(upper)], &line)?;
    }
    Ok(())
}
