use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::layout::Layout;
use super::{Panel, PlotError, csv, draw, png};

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
    pub(super) share_x: bool,
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
            share_x: false,
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

    /// Gives the panels of each column one x range, with numbers and label at the bottom only.
    ///
    /// The first fixed range in a column counts for all of it.
    pub fn share_x(mut self) -> Self {
        self.share_x = true;
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

    /// Returns the figure as an SVG document, which needs no font but names common ones.
    ///
    /// # Errors
    ///
    /// Fails if a range, a length, a cell or the size is impossible.
    pub fn to_svg(&self) -> Result<String, PlotError> {
        draw::figure(&Layout::new(self)?)
    }

    /// Writes [`to_svg`](Self::to_svg), creating missing folders.
    ///
    /// # Errors
    ///
    /// Fails as `to_svg` does, or if the file cannot be written.
    pub fn save_svg(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), self.to_svg()?.as_bytes())
    }

    /// Writes the same picture as PNG with two pixels per CSS pixel, creating missing folders.
    ///
    /// The font is DejaVu Sans, which is built in; fonts of the system are not looked at.
    ///
    /// # Errors
    ///
    /// Fails as `to_svg` does, or if the file cannot be written.
    pub fn save_png(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), &png::rasterise(&self.to_svg()?)?)
    }

    /// Writes all points as CSV with the columns `panel,series,x,y`, creating missing folders.
    ///
    /// A panel goes by its title if no other has it, else by its cell, such as `r1c2` (from 1).
    /// A band gives two series; a reference line one point, of which one coordinate is empty.
    ///
    /// # Errors
    ///
    /// Fails if x and y differ in length, or if the file cannot be written.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        write(path.as_ref(), &csv::table(self)?)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PlotError> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, bytes))
        .map_err(|source| PlotError::Write {
            path: path.to_owned(),
            source,
        })
}
