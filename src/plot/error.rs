use std::error::Error;
use std::io;
use std::path::PathBuf;

/// The reason why a figure could not be drawn or written.
///
/// ```
/// use sparse_parity::plot::{Figure, Panel, PlotError};
/// let reversed = Figure::from(Panel::new().x_range(1.0, 0.0));
/// assert!(matches!(reversed.to_svg(), Err(PlotError::Range { axis: "x", .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The grid of the figure has no cell.
    #[error("a figure of {rows} x {cols} panels is empty; give it at least one row and one column")]
    EmptyGrid {
        /// Number of rows requested.
        rows: usize,
        /// Number of columns requested.
        cols: usize,
    },
    /// A panel was put outside the grid.
    #[error("cell ({row}, {col}) lies outside the {rows} x {cols} grid; cells count from 0")]
    OutsideGrid {
        /// Row requested.
        row: usize,
        /// Column requested.
        col: usize,
        /// Number of rows of the grid.
        rows: usize,
        /// Number of columns of the grid.
        cols: usize,
    },
    /// The coordinates of a series have different lengths.
    #[error("series `{series}` has {x} x values but {y} y values")]
    Lengths {
        /// Label of the series, or its number within the panel.
        series: String,
        /// Number of x values.
        x: usize,
        /// Number of y values of the first list which differs.
        y: usize,
    },
    /// The texts of a heat map are not one for each cell.
    #[error(
        "heat map `{series}` has {texts} texts, or rows of them, where there are {cells} cells, or rows; \
         give one text for each value"
    )]
    Texts {
        /// Label of the heat map.
        series: String,
        /// Number of cells of the first row that differs, or of rows.
        cells: usize,
        /// Number of texts.
        texts: usize,
    },
    /// A histogram or heat map has edges that do not fit its cells.
    #[error(
        "series `{series}` has {edges} {axis} edges for {cells} cells; \
         edges must rise and be one more than the cells"
    )]
    Edges {
        /// Label of the series, or its number within the panel.
        series: String,
        /// `"x"` or `"y"`.
        axis: &'static str,
        /// Number of edges.
        edges: usize,
        /// Number of cells along the axis.
        cells: usize,
    },
    /// A fixed range cannot be drawn.
    #[error(
        "{axis} range {lo:?} to {hi:?} cannot be drawn; it must be finite, rise, \
         be wider than rounding errors and, on a log axis, be positive"
    )]
    Range {
        /// `"x"`, `"y"` or `"colour"`.
        axis: &'static str,
        /// First end requested.
        lo: f64,
        /// Second end requested.
        hi: f64,
    },
    /// Panels which share an axis have different scales or categories.
    #[error(
        "{line} {index} mixes {axis} axes of different scales or categories; \
         give its panels the same or do not share {axis}"
    )]
    MixedScales {
        /// `"x"` or `"y"`.
        axis: &'static str,
        /// `"column"` or `"row"`.
        line: &'static str,
        /// The column or row, from 0.
        index: usize,
    },
    /// The figure is too small for its panels, or too large to be drawn.
    #[error(
        "no room for the panels and their texts in a figure of {width} x {height} pixels; enlarge it \
         (to at most {max} each way) or shorten legends, for example by `legend_once`"
    )]
    Size {
        /// Width in CSS pixels.
        width: u32,
        /// Height in CSS pixels.
        height: u32,
        /// Largest width and height allowed.
        max: u32,
    },
    /// The drawing library failed.
    #[error("the figure could not be drawn")]
    Draw(#[source] Box<dyn Error + Send + Sync>),
    /// A file or its folder could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The underlying I/O error.
        source: io::Error,
    },
}
