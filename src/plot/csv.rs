use super::series::{Mark, Series};
use super::{Figure, Panel, PlotError};

/// All points of a figure in long form; see [`Figure::save_csv`].
pub(super) fn table(figure: &Figure) -> Result<Vec<u8>, PlotError> {
    let is_map = |s: &Series| matches!(s.mark, Mark::HeatMap { .. });
    let mut panels = figure.panels.values();
    let columns = match panels.any(|panel| panel.series.iter().any(is_map)) {
        true => 5,
        false => 4,
    };
    let mut rows = csv::Writer::from_writer(Vec::new());
    let mut push = |fields: [&str; 5]| rows.write_record(&fields[..columns]).map_err(failed);
    push(["panel", "series", "x", "y", "value"])?;
    for (&(row, col), panel) in &figure.panels {
        panel.check()?;
        let same = figure.panels.values().filter(|p| p.title == panel.title);
        let cell = if panel.title.is_empty() || same.count() > 1 {
            &format!("r{}c{}", row + 1, col + 1)
        } else {
            &panel.title
        };
        for (i, series) in panel.series.iter().enumerate() {
            let name = panel.series_name(i);
            each_row(panel, series, &name, &mut |name, x, y, value| {
                push([cell, name, &x, &y, &value])
            })?;
        }
    }
    rows.into_inner().map_err(failed)
}

type Push<'a> = &'a mut dyn FnMut(&str, String, String, String) -> Result<(), PlotError>;

fn each_row(panel: &Panel, series: &Series, name: &str, push: Push<'_>) -> Result<(), PlotError> {
    let x_text = |x: f64| coordinate(&panel.x_categories, x);
    let y_text = |y: f64| coordinate(&panel.y_categories, y);
    let nothing = String::new;
    let mut curve = |name: &str, x: &[f64], y: &mut dyn Iterator<Item = f64>| {
        let mut points = x.iter().zip(y);
        points.try_for_each(|(&x, y)| push(name, x_text(x), y_text(y), nothing()))
    };
    match &series.mark {
        Mark::Line { x, y } | Mark::Step { x, y } | Mark::Points { x, y } => {
            curve(name, x, &mut y.iter().copied())
        }
        Mark::Band { x, lo, hi } | Mark::ErrorBars { x, lo, hi } => {
            curve(&format!("{name} low"), x, &mut lo.iter().copied())?;
            curve(&format!("{name} high"), x, &mut hi.iter().copied())
        }
        Mark::Boxes { x, numbers } => {
            let parts = ["low", "lower", "median", "upper", "high"];
            parts.iter().enumerate().try_for_each(|(i, part)| {
                let mut part_of = numbers.iter().map(|numbers| numbers[i]);
                curve(&format!("{name} {part}"), x, &mut part_of)
            })
        }
        Mark::Histogram { edges, counts } => {
            curve(name, edges, &mut counts.iter().copied())?;
            let last = edges.last();
            last.map_or(Ok(()), |&x| push(name, x_text(x), nothing(), nothing()))
        }
        Mark::HeatMap { x, y, values, .. } => {
            // Cells of categories go by their names, those of numbers by their lower edges.
            let at = |names: &[String], edges: &[f64], i: usize| match names.is_empty() {
                true => number(edges[i]),
                false => coordinate(names, (edges[i] + edges[i + 1]) / 2.0),
            };
            for (i, row) in values.iter().enumerate() {
                for (j, &value) in row.iter().enumerate() {
                    let (x, y) = (at(&panel.x_categories, x, j), at(&panel.y_categories, y, i));
                    push(name, x, y, number(value))?;
                }
            }
            let end = |names: &[String], edges: &[f64]| match names.is_empty() {
                true => edges.last().map_or_else(nothing, |&edge| number(edge)),
                false => nothing(),
            };
            let (x, y) = (end(&panel.x_categories, x), end(&panel.y_categories, y));
            match x.is_empty() && y.is_empty() {
                true => Ok(()),
                false => push(name, x, y, nothing()),
            }
        }
        Mark::Vertical { x, .. } => push(name, x_text(*x), nothing(), nothing()),
        Mark::Horizontal { y, .. } => push(name, nothing(), y_text(*y), nothing()),
    }
}

/// A name, if the number is the place of one.
fn coordinate(names: &[String], v: f64) -> String {
    let named = names.iter().enumerate().find(|(i, _)| *i as f64 == v);
    named.map_or_else(|| number(v), |(_, name)| name.clone())
}

/// The shortest text which reads back as the same number.
fn number(v: f64) -> String {
    format!("{v:?}")
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PlotError {
    PlotError::Draw(Box::new(error))
}
