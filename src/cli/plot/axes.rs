//! The kinds of panels.

use super::Frame;
use super::draw::{Axis, MOST_COLORS, Part, View, parts};
use crate::cli::Result;
use crate::plot::{Color, ColorScale, Panel, Scale, Style};
use crate::stats::{KaplanMeier, Time, Times};
use std::collections::BTreeMap;

/// The confidence of intervals and bands.
const LEVEL: f64 = 0.95;

/// The columns of a picture.
pub(super) struct Axes<'a> {
    pub(super) x: Option<&'a str>,
    pub(super) y: Option<&'a str>,
    pub(super) view: &'a View,
    pub(super) colors: &'a [String],
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
        let colored = |part: Part| {
            let place = self.colors.iter().position(|other| *other == part.value);
            let color = Color::sequence(place.unwrap_or(0), self.colors.len());
            (part, color)
        };
        Ok(parts.into_iter().map(colored).collect())
    }

    fn style(part: &Part, color: Color) -> Style {
        match part.name.as_str() {
            "" => Style::new(color),
            name => Style::new(color).label(name),
        }
    }

    pub(super) fn medians(&self, frame: &Frame) -> Result<Panel> {
        let (x_name, y_name) = (self.along_x()?, self.along_y());
        let label = match y_name {
            "t" => "median updates until solved".into(),
            name => format!("median {name}"),
        };
        let mut panel = self.panel(x_name, &label);
        for (part, color) in self.by_color(frame)? {
            let column = part.frame.find(x_name)?;
            let mut lines = Vec::new();
            for line in &part.frame.lines {
                if let Some(x) = part.frame.number(line, column)? {
                    lines.push((x, line));
                }
            }
            lines.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let [mut x, mut y, mut low, mut high] = [const { Vec::new() }; 4];
            for at in lines.chunk_by(|(a, _), (b, _)| a.total_cmp(b).is_eq()) {
                let lines = at.iter().map(|(_, line)| *line);
                let Some(median) = median(&part.frame, lines, y_name)? else {
                    continue;
                };
                x.push(at[0].0);
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

    pub(super) fn survival(&self, frame: &Frame) -> Result<Panel> {
        let mut panel = self
            .panel("updates", "share of runs not solved")
            .y_range(0.0, 1.0);
        for (part, color) in self.by_color(frame)? {
            let times = times(&part.frame, &part.frame.lines)?;
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

    pub(super) fn curves(&self, frame: &Frame) -> Result<Panel> {
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

    pub(super) fn points(&self, frame: &Frame) -> Result<Panel> {
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

    pub(super) fn map(&self, frame: &Frame) -> Result<Panel> {
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
                    Some(z) => median(frame, lines.iter().copied(), z)?
                        .map_or(f64::NAN, |median| median[0]),
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

/// The convergence times of the runs that have an outcome.
fn times<'a>(frame: &Frame, lines: impl IntoIterator<Item = &'a Vec<String>>) -> Result<Times> {
    let mut times = Vec::new();
    for line in lines {
        times.extend(frame.time(line)?);
    }
    Ok(times.into_iter().collect())
}

/// Not a number if no run has an outcome.
fn share_solved(frame: &Frame, lines: &[&Vec<String>]) -> Result<f64> {
    let times = times(frame, lines.iter().copied())?;
    Ok(times.solved() as f64 / times.runs() as f64)
}

/// The median of a column in some lines with the ends of its interval; `None` if there is nothing or it is not reached.
///
/// Of t, runs that were not solved are later than all that were. Of other numbers it is that of their ranks, whose
/// interval holds for any distribution.
fn median<'a>(
    frame: &Frame,
    lines: impl IntoIterator<Item = &'a Vec<String>>,
    name: &str,
) -> Result<Option<[f64; 3]>> {
    if name == "t" && frame.has("status") {
        let times = times(frame, lines)?;
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
