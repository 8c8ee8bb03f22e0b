use super::placed::Placed;

/// The plot of one panel, in pixels from the corner of its layer.
pub(super) struct Plane<'a> {
    pub placed: &'a Placed<'a>,
    pub corner: (f64, f64),
}

/// A vertical position in the plot or beyond it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Above,
    At(f64),
    Below,
}

impl Plane<'_> {
    /// The position of a point; `None` if the axes cannot show it.
    pub fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let p = self.placed;
        let shown = p.x.scale.shows(x) && p.y.scale.shows(y);
        shown.then(|| (self.x_at(x), self.y_at(y)))
    }

    pub fn x_at(&self, x: f64) -> f64 {
        self.placed.x_at(x) - self.corner.0
    }

    pub fn y_at(&self, y: f64) -> f64 {
        self.placed.y_at(y) - self.corner.1
    }

    /// The upper and the lower edge of the plot.
    pub fn edges(&self) -> (f64, f64) {
        let area = self.placed.area;
        (area.top - self.corner.1, area.bottom - self.corner.1)
    }

    /// The vertical position of a value; `None` for NaN.
    pub fn end(&self, y: f64) -> Option<End> {
        let axis = self.placed.y;
        if y.is_nan() {
            return None;
        }
        Some(if y > axis.hi {
            End::Above
        } else if y < axis.lo || !axis.scale.shows(y) {
            End::Below
        } else {
            End::At(self.y_at(y))
        })
    }
}
