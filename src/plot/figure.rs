use std::collections::BTreeMap;

use super::Panel;

/// A grid of panels, drawn as SVG or PNG.
///
/// Everything is checked when the figure is drawn, so that figures can be written in one chain.
/// The same figure gives the same bytes each time.
///
/// ```
/// use sparse_parity::plot::{Color, Figure, Panel, Style};
/// let step = [0.0, 1000.0, 2000.0];
/// let error = Panel::new()
///     .x_label("SGD step")
///     .y_label("error")
///     .line(&step, &[0.5, 0.5, 0.0], Style::new(Color::Blue).label("test"));
/// let figure = Figure::new(1, 2)
///     .title("Sparse parity")
///     .panel(0, 0, error.clone())
///     .panel(0, 1, error);
/// assert!(figure.to_svg()?.contains("SGD step"));
/// # Ok::<(), sparse_parity::plot::PlotError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Figure {
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) title: String,
    pub(super) headings: BTreeMap<usize, String>,
    pub(super) row_headings: BTreeMap<usize, String>,
    pub(super) share_x: bool,
    pub(super) share_y: bool,
    pub(super) legend_once: bool,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) panels: BTreeMap<(usize, usize), Panel>,
}

impl From<Panel> for Figure {
    fn from(panel: Panel) -> Self {
        Self::new(1, 1).panel(0, 0, panel)
    }
}

impl Figure {
    /// An empty grid; a panel is given about 400 x 230 CSS pixels.
    pub fn new(rows: usize, cols: usize) -> Self {
        let pixels = |per: usize, n: usize, rest: usize| {
            u32::try_from(per.saturating_mul(n).saturating_add(rest)).unwrap_or(u32::MAX)
        };
        Self {
            rows,
            cols,
            title: String::new(),
            headings: BTreeMap::new(),
            row_headings: BTreeMap::new(),
            share_x: false,
            share_y: false,
            legend_once: false,
            width: pixels(400, cols, 60),
            height: pixels(230, rows, 70),
            panels: BTreeMap::new(),
        }
    }

    /// Sets the title above all panels.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the heading of a column, counted from 0.
    pub fn heading(mut self, col: usize, heading: impl Into<String>) -> Self {
        self.headings.insert(col, heading.into());
        self
    }

    /// Sets the heading of a row, counted from 0, which stands upright left of it.
    pub fn row_heading(mut self, row: usize, heading: impl Into<String>) -> Self {
        self.row_headings.insert(row, heading.into());
        self
    }

    /// Gives the panels of each column one x range, with numbers and label at the bottom only.
    ///
    /// The first fixed range in a column counts for all of it.
    pub fn share_x(mut self) -> Self {
        self.share_x = true;
        self
    }

    /// Gives the panels of each row one y range, with numbers and label at the left only.
    ///
    /// The first fixed range in a row counts for all of it.
    pub fn share_y(mut self) -> Self {
        self.share_y = true;
        self
    }

    /// Replaces the legends of the panels by one above all of them.
    ///
    /// Series of one name and one look in several panels share an entry.
    pub fn legend_once(mut self) -> Self {
        self.legend_once = true;
        self
    }

    /// Sets width and height in CSS pixels.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Puts a panel into a cell, counted from 0; a panel already there is replaced.
    pub fn panel(mut self, row: usize, col: usize, panel: Panel) -> Self {
        self.panels.insert((row, col), panel);
        self
    }
}
