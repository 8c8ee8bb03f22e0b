//! Figures from a table.

use super::Frame;
use super::axes::Axes;
use crate::cli::Result;
use crate::plot::Figure;
use clap::{Args, ValueEnum};

/// The most panels and the most colours that can be told apart.
const MOST_PANELS: usize = 16;
pub(super) const MOST_COLORS: usize = 12;

/// A kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// The median of y at each x with its 95 % interval; of t, runs that were not solved count as later than all others
    Median,
    /// The share of runs that are not solved against the updates, a Kaplan-Meier curve with its 95 % band
    Survival,
    /// A line for each run, such as a curve that was recorded
    Curve,
    /// A point for each line of the table
    Points,
    /// A map of the values of x and y: the share of runs solved, or the median of --z
    Heat,
}

/// What a picture shows.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Picture")]
pub(super) struct View {
    /// The kind of picture [default: curve if the table is one of curves, else median]
    #[arg(long, value_enum)]
    pub(super) kind: Option<Kind>,
    /// The column along x, by its name or the last part of it [default: step of a table of curves]
    #[arg(long, value_name = "COLUMN")]
    pub(super) x: Option<String>,
    /// The column along y [default: value of a table of curves, else t]
    #[arg(long, value_name = "COLUMN")]
    pub(super) y: Option<String>,
    /// The column whose median a map shows [default: the share of runs solved]
    #[arg(long, value_name = "COLUMN")]
    pub(super) z: Option<String>,
    /// A colour for each value of this column
    #[arg(long, value_name = "COLUMN")]
    pub(super) color: Option<String>,
    /// A panel for each value of this column [default: measure of a table of curves]
    #[arg(long, value_name = "COLUMN")]
    pub(super) facet: Option<String>,
    /// Axes with a logarithmic scale: x, y or x,y
    #[arg(long, value_name = "AXES", value_delimiter = ',')]
    pub(super) log: Vec<Axis>,
    /// A title above the picture
    #[arg(long, value_name = "TEXT")]
    pub(super) title: Option<String>,
}

/// An axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Axis {
    X,
    Y,
}

/// The lines of the table that have a value of a column, or all of them.
pub(super) struct Part {
    /// The column and the value; empty for all lines.
    pub(super) name: String,
    pub(super) value: String,
    pub(super) frame: Frame,
}

impl View {
    /// A picture of nothing in particular.
    pub(super) fn of(kind: Kind) -> Self {
        View {
            kind: Some(kind),
            x: None,
            y: None,
            z: None,
            color: None,
            facet: None,
            log: Vec::new(),
            title: None,
        }
    }

    pub(super) fn draw(&self, frame: &Frame) -> Result<Figure> {
        if frame.lines.is_empty() {
            return Err("the table has no lines; make some runs, and gather them".into());
        }
        let is_of_curves = ["step", "measure", "value"]
            .iter()
            .all(|name| frame.has(name));
        let kind = self.kind.unwrap_or(match is_of_curves {
            true => Kind::Curve,
            false => Kind::Median,
        });
        let usual = |name: &str| is_of_curves.then(|| name.to_owned());
        let facet = self.facet.clone().or_else(|| usual("measure"));
        let x = self.x.clone().or_else(|| usual("step"));
        let y = self.y.clone().or_else(|| usual("value"));
        let panels = parts(frame, facet.as_deref(), MOST_PANELS, "--facet")?;
        // Panels of several measures have y axes of their own.
        let shares_y = !(is_of_curves && facet.as_deref() == Some("measure"));
        let columns = panels.len().min(match panels.len() {
            4 => 2,
            _ => 3,
        });
        let rows = panels.len().div_ceil(columns);
        let mut figure = Figure::new(rows, columns).legend_once().share_x();
        if shares_y {
            figure = figure.share_y();
        }
        if let Some(title) = &self.title {
            figure = figure.title(title);
        }
        let colors = self.colors(frame)?;
        let axes = Axes {
            x: x.as_deref(),
            y: y.as_deref(),
            view: self,
            colors: &colors,
        };
        for (place, part) in panels.into_iter().enumerate() {
            let panel = match kind {
                Kind::Median => axes.medians(&part.frame)?,
                Kind::Survival => axes.survival(&part.frame)?,
                Kind::Curve => axes.curves(&part.frame)?,
                Kind::Points => axes.points(&part.frame)?,
                Kind::Heat => axes.map(&part.frame)?,
            };
            let panel = match is_of_curves && facet.as_deref() == Some("measure") {
                true => panel.y_label(part.value),
                false => panel.title(part.name),
            };
            figure = figure.panel(place / columns, place % columns, panel);
        }
        Ok(figure)
    }

    /// The values of the colour in the whole table, so that panels agree about them.
    fn colors(&self, frame: &Frame) -> Result<Vec<String>> {
        let Some(name) = &self.color else {
            return Ok(Vec::new());
        };
        let values = frame.values(frame.find(name)?);
        few(&values, MOST_COLORS, name, "--color")?;
        Ok(values)
    }
}

/// The parts of a table by a column; all of it without one.
pub(super) fn parts(
    frame: &Frame,
    column: Option<&str>,
    most: usize,
    flag: &str,
) -> Result<Vec<Part>> {
    let Some(name) = column else {
        return Ok(vec![Part {
            name: String::new(),
            value: String::new(),
            frame: frame.clone(),
        }]);
    };
    let column = frame.find(name)?;
    let values = frame.values(column);
    few(&values, most, name, flag)?;
    let part = |value: String| {
        let lines = frame.lines.iter().filter(|line| line[column] == value);
        Part {
            frame: Frame {
                names: frame.names.clone(),
                lines: lines.cloned().collect(),
            },
            name: format!("{name} = {value}"),
            value,
        }
    };
    Ok(values.into_iter().map(part).collect())
}

fn few(values: &[String], most: usize, name: &str, flag: &str) -> Result {
    if values.len() > most {
        let count = values.len();
        return Err(format!("{flag} {name} has {count} values, and at most {most} can be told apart; leave some out by --where, or choose another column").into());
    }
    Ok(())
}
