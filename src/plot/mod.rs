//! Figures for papers: a [`Figure`] is a grid of [`Panel`]s, a panel holds series.
//!
//! SVG, PNG (feature `png`) and the data behind the picture as CSV come from one description. No system font,
//! native library or display is used.
//!
//! A panel shows curves, steps, points, bands, error bars, histograms, boxes, heat maps and
//! reference lines, on linear, log and category axes. A quantity that was not reached, such as an
//! upper quantile of t_c where runs are unsolved, is given as an infinite number and drawn to the
//! edge with an arrow. Many panels share axes ([`Figure::share_x`], [`Figure::share_y`]) and one
//! legend ([`Figure::legend_once`]). The names of curves stand in the legend, or at the ends of the curves
//! ([`Style::end_label`]). Lines of text are broken where they are too long, and at `\n`.
//!
//! ```
//! use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
//!
//! let n = [100.0, 1_000.0, 10_000.0];
//! let (median, lo, hi) = ([0.4, 0.2, 0.05], [0.3, 0.1, 0.02], [0.5, 0.3, 0.1]);
//! let panel = Panel::new()
//!     .x_label("samples")
//!     .y_label("test error")
//!     .x_scale(Scale::Log10)
//!     .y_scale(Scale::Log10)
//!     .band(&n, &lo, &hi, Style::shade(Color::Blue))
//!     .line(&n, &median, Style::new(Color::Blue).label("SGD, median of 20 runs"));
//! let figure = Figure::from(panel).size(480, 320);
//!
//! let folder = std::env::temp_dir().join("sparse-parity-plot-doctest");
//! figure.save_svg(folder.join("error.svg"))?;
//! figure.save_csv(folder.join("error.csv"))?;
//! # Ok::<(), sparse_parity::plot::PlotError>(())
//! ```

mod area;
mod bar;
mod beyond;
mod boxes;
mod canvas;
mod categories;
mod color;
mod color_scale;
mod csv;
mod curves;
mod data;
mod draw;
mod ends;
mod error;
mod figure;
mod frame;
mod heat;
mod layout;
mod legend;
mod marks;
mod oklab;
mod panel;
mod placed;
mod plane;
#[cfg(feature = "png")]
mod png;
mod save;
mod scale;
mod series;
mod sharing;
mod style;
mod text;
mod ticks;

#[cfg(test)]
mod tests;

pub use color::Color;
pub use color_scale::ColorScale;
pub use error::PlotError;
pub use figure::Figure;
pub use panel::Panel;
pub use scale::Scale;
pub use style::{Dash, Place, Style};
