use super::series::Mark;
use super::{Figure, PlotError};

/// All points of a figure in long form.
pub(super) fn table(figure: &Figure) -> Result<Vec<u8>, PlotError> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let mut push = |fields: [&str; 4]| rows.write_record(fields).map_err(failed);
    push(["panel", "series", "x", "y"])?;
    for (&(row, col), panel) in &figure.panels {
        panel.check_lengths()?;
        let same = figure.panels.values().filter(|p| p.title == panel.title);
        let cell = if panel.title.is_empty() || same.count() > 1 {
            &format!("r{}c{}", row + 1, col + 1)
        } else {
            &panel.title
        };
        for (i, series) in panel.series.iter().enumerate() {
            let name = panel.series_name(i);
            let mut curve = |name: &str, x: &[f64], y: &[f64]| {
                let mut points = x.iter().zip(y);
                points.try_for_each(|(x, y)| push([cell, name, &number(*x), &number(*y)]))
            };
            match &series.mark {
                Mark::Line { x, y } | Mark::Step { x, y } | Mark::Points { x, y } => {
                    curve(&name, x, y)?;
                }
                Mark::Band { x, lo, hi } => {
                    curve(&format!("{name} lo"), x, lo)?;
                    curve(&format!("{name} hi"), x, hi)?;
                }
                Mark::Vertical { x, .. } => push([cell, &name, &number(*x), ""])?,
                Mark::Horizontal { y, .. } => push([cell, &name, "", &number(*y)])?,
            }
        }
    }
    rows.into_inner().map_err(failed)
}

/// The shortest text which reads back as the same number.
fn number(v: f64) -> String {
    format!("{v:?}")
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PlotError {
    PlotError::Draw(Box::new(error))
}
