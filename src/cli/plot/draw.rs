//! Figures from a table.

use super::Frame;
use crate::cli::Result;
use crate::plot::{Color, ColorScale, Figure, Panel, Scale, Style};
use crate::stats::{KaplanMeier, Time, Times};
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;

/// The confidence of intervals and bands.
const LEVEL: f64 = 0.95;
/// The most panels and the most colours that can be told apart.
const MOST_PANELS: usize = 16;
const MOST_COLORS: usize = 12;

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

/// Lines of the table by their values of a column, which are named.
struct Part {
    name: String,
    frame: Frame,
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
                true => panel.y_label(part.name.trim_start_matches("measure = ")),
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
fn parts(frame: &Frame, column: Option<&str>, most: usize, flag: &str) -> Result<Vec<Part>> {
    let Some(name) = column else {
        return Ok(vec![Part {
            name: String::new(),
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

/// The columns of a picture.
struct Axes<'a> {
    x: Option<&'a str>,
    y: Option<&'a str>,
    view: &'a View,
    colors: &'a [String],
}

impl Axes<'_> {
    fn along_x(&self) -> Result<&str> {
        self.x
            .ok_or_else(|| "say what is along x, such as --x n".into())
    }

    fn along_y(&self) -> &str {
        self.y.unwrap_or("t")
    }

    fn panel(&self, x_label: &str, y_label: &str) -> Panel {
        let scale = |axis| match self.view.log.contains(&axis) {
            true => Scale::Log10,
            false => Scale::Linear,
        };
        Panel::new()
            .x_label(x_label)
            .y_label(y_label)
            .x_scale(scale(Axis::X))
            .y_scale(scale(Axis::Y))
    }

    /// The parts of a panel by their colour.
    fn by_color(&self, frame: &Frame) -> Result<Vec<(Part, Color)>> {
        let Some(name) = &self.view.color else {
            let all = parts(frame, None, 1, "")?;
            return Ok(all.into_iter().map(|part| (part, Color::Blue)).collect());
        };
        let parts = parts(frame, Some(name), MOST_COLORS, "--color")?;
        let color = |part: &Part| {
            let value = part.name.split_once(" = ").map_or("", |(_, value)| value);
            let place = self.colors.iter().position(|other| other == value);
            Color::sequence(place.unwrap_or(0), self.colors.len())
        };
        Ok(parts
            .into_iter()
            .map(|part| (color(&part), part))
            .map(|(color, part)| (part, color))
            .collect())
    }

    fn style(part: &Part, color: Color) -> Style {
        match part.name.as_str() {
            "" => Style::new(color),
            name => Style::new(color).label(name),
        }
    }

    fn medians(&self, frame: &Frame) -> Result<Panel> {
        let (x_name, y_name) = (self.along_x()?, self.along_y());
        let label = match y_name {
            "t" => "median updates until solved".into(),
            name => format!("median {name}"),
        };
        let mut panel = self.panel(x_name, &label);
        for (part, color) in self.by_color(frame)? {
            let column = part.frame.find(x_name)?;
            let mut at: BTreeMap<Ordered, Vec<&Vec<String>>> = BTreeMap::new();
            for line in &part.frame.lines {
                if let Some(x) = part.frame.number(line, column)? {
                    at.entry(Ordered(x)).or_default().push(line);
                }
            }
            let [mut x, mut y, mut low, mut high] = [const { Vec::new() }; 4];
            for (place, lines) in at {
                let Some(median) = median(&part.frame, lines, y_name)? else {
                    continue;
                };
                x.push(place.0);
                y.push(median[0]);
                low.push(median[1]);
                high.push(median[2]);
            }
            panel = panel
                .error_bars(&x, &low, &high, Style::new(color).width(1.0))
                .points(&x, &y, Style::new(color))
                .line(&x, &y, Self::style(&part, color));
        }
        Ok(panel)
    }

    fn survival(&self, frame: &Frame) -> Result<Panel> {
        let mut panel = self
            .panel("updates", "share of runs not solved")
            .y_range(0.0, 1.0);
        for (part, color) in self.by_color(frame)? {
            let times = times(&part.frame)?;
            if times.runs() == 0 {
                continue;
            }
            let curve = KaplanMeier::of(&times, LEVEL)?;
            // A logarithmic axis has no 0, and begins before the first run is solved.
            let first = curve.steps.first().map_or(curve.end, |step| step.time);
            let begin = match self.view.log.contains(&Axis::X) {
                true => (first as f64 / 2.0).max(1.0),
                false => 0.0,
            };
            let (mut x, mut y) = (vec![begin], vec![1.0]);
            let (mut low, mut high) = (vec![1.0], vec![1.0]);
            for step in &curve.steps {
                x.push(step.time as f64);
                y.push(step.survival);
                low.push(step.band.low);
                high.push(step.band.high);
            }
            if x.last().is_some_and(|last| (curve.end as f64) > *last) {
                x.push(curve.end as f64);
                for values in [&mut y, &mut low, &mut high] {
                    values.extend(values.last().copied());
                }
            }
            let band = |values: &[f64]| {
                let corners = values.windows(2).flat_map(|pair| [pair[0], pair[0]]);
                corners.chain(values.last().copied()).collect::<Vec<f64>>()
            };
            let ends = x.windows(2).flat_map(|pair| [pair[0], pair[1]]);
            let ends: Vec<f64> = ends.chain(x.last().copied()).collect();
            panel = panel
                .band(&ends, &band(&low), &band(&high), Style::shade(color))
                .step(&x, &y, Self::style(&part, color));
        }
        Ok(panel)
    }

    fn curves(&self, frame: &Frame) -> Result<Panel> {
        let (x_name, y_name) = (self.along_x()?, self.along_y());
        let mut panel = self.panel(x_name, y_name);
        for (part, color) in self.by_color(frame)? {
            let (x, y) = (part.frame.find(x_name)?, part.frame.find(y_name)?);
            let run = ["cell", "run"].map(|name| part.frame.find(name));
            let [Ok(cell), Ok(run)] = run else {
                return Err("a curve for each run needs the columns cell and run, as gathered tables have them".into());
            };
            let mut runs: BTreeMap<(&str, &str), [Vec<f64>; 2]> = BTreeMap::new();
            for line in &part.frame.lines {
                let of_run = runs.entry((&line[cell], &line[run])).or_default();
                if let (Some(x), Some(y)) =
                    (part.frame.number(line, x)?, part.frame.number(line, y)?)
                {
                    of_run[0].push(x);
                    of_run[1].push(y);
                }
            }
            for (place, [x, y]) in runs.into_values().enumerate() {
                let style = match place {
                    0 => Self::style(&part, color),
                    _ => Style::new(color),
                };
                panel = panel.line(&x, &y, style.width(1.0));
            }
        }
        Ok(panel)
    }

    fn points(&self, frame: &Frame) -> Result<Panel> {
        let (x_name, y_name) = (self.along_x()?, self.along_y());
        let mut panel = self.panel(x_name, y_name);
        for (part, color) in self.by_color(frame)? {
            let columns = (part.frame.find(x_name)?, part.frame.find(y_name)?);
            let (mut x, mut y) = (Vec::new(), Vec::new());
            for line in &part.frame.lines {
                let number = |column| part.frame.number(line, column);
                if let (Some(at), Some(value)) = (number(columns.0)?, number(columns.1)?) {
                    x.push(at);
                    y.push(value);
                }
            }
            panel = panel.points(&x, &y, Self::style(&part, color));
        }
        Ok(panel)
    }

    fn map(&self, frame: &Frame) -> Result<Panel> {
        let x_name = self.along_x()?;
        let y_name = self
            .y
            .ok_or("say what is along y of the map, such as --y batch")?;
        let (x, y) = (frame.find(x_name)?, frame.find(y_name)?);
        let (columns, rows) = (frame.values(x), frame.values(y));
        let mut cells = Vec::new();
        for row in &rows {
            let mut values = Vec::new();
            for column in &columns {
                let lines = frame.lines.iter();
                let lines = lines.filter(|line| line[x] == *column && line[y] == *row);
                let lines: Vec<&Vec<String>> = lines.collect();
                values.push(match &self.view.z {
                    Some(z) => median(frame, lines, z)?.map_or(f64::NAN, |median| median[0]),
                    None => share_solved(frame, &lines)?,
                });
            }
            cells.push(values);
        }
        let colors = match &self.view.z {
            None => ColorScale::new("share of runs solved")
                .range(0.0, 1.0)
                .numbers(2)
                .missing("no outcome"),
            Some(z) => ColorScale::new(format!("median {z}")).missing("not reached"),
        };
        Ok(Panel::new()
            .x_label(x_name)
            .y_label(y_name)
            .x_categories(&columns)
            .y_categories(&rows)
            .heat_map(&cells, colors))
    }
}

/// A number in the order of numbers.
struct Ordered(f64);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The convergence times of the runs that have an outcome.
fn times(frame: &Frame) -> Result<Times> {
    let mut times = Vec::new();
    for line in &frame.lines {
        times.extend(frame.time(line)?);
    }
    Ok(times.into_iter().collect())
}

fn share_solved(frame: &Frame, lines: &[&Vec<String>]) -> Result<f64> {
    let (mut solved, mut all) = (0.0, 0.0);
    for line in lines {
        if let Some(time) = frame.time(line)? {
            all += 1.0;
            solved += f64::from(u8::from(time.solved().is_some()));
        }
    }
    Ok(solved / all)
}

/// The median of a column in some lines with the ends of its interval; `None` if there is nothing or it is not reached.
///
/// Of t, runs that were not solved are later than all that were. Of other numbers it is that of their ranks, whose
/// interval holds for any distribution.
fn median(frame: &Frame, lines: Vec<&Vec<String>>, name: &str) -> Result<Option<[f64; 3]>> {
    if name == "t" && frame.has("status") {
        let mut times = Vec::new();
        for line in lines {
            times.extend(frame.time(line)?);
        }
        let times: Times = times.into_iter().collect();
        if times.runs() == 0 {
            return Ok(None);
        }
        let median = times.median(LEVEL)?;
        let interval = median.interval;
        return Ok(median
            .value
            .map(|value| [value, interval.low, interval.high]));
    }
    let column = frame.find(name)?;
    let mut numbers = Vec::new();
    for line in lines {
        numbers.extend(frame.number(line, column)?);
    }
    if numbers.is_empty() {
        return Ok(None);
    }
    numbers.sort_by(f64::total_cmp);
    let ranks = (1..=numbers.len() as u64).map(Time::Solved);
    let median = ranks.collect::<Times>().median(LEVEL)?;
    let at = |rank: f64| match rank {
        0.0 => f64::NEG_INFINITY,
        rank if rank.is_infinite() => f64::INFINITY,
        rank => numbers[rank as usize - 1],
    };
    let interval = median.interval;
    Ok(median
        .value
        .map(|rank| [at(rank), at(interval.low), at(interval.high)]))
}
