//! Where networks succeed, as maps.

use crate::{Frontier, Grid};
use sparse_parity::plot::{ColorScale, Figure, Panel};

/// The runs that succeed: a row of panels for each initialisation, a column for each cut-off.
pub fn shares(grid: &Grid, frontiers: &[Frontier]) -> Figure {
    let widths: Vec<String> = grid.widths.iter().map(ToString::to_string).collect();
    let sources: Vec<String> = grid
        .sources()
        .iter()
        .map(|samples| samples.map_or("fresh".into(), |m| m.to_string()))
        .collect();
    let title = format!(
        "(n, k) = ({}, {}): ReLU networks of width r on m examples, {} runs a cell; the number that succeeds",
        grid.n, grid.k, grid.runs
    );
    let mut figure = Figure::new(frontiers.len(), grid.cutoffs.len())
        .title(title)
        .share_x()
        .share_y();
    for (row, frontier) in frontiers.iter().enumerate() {
        figure = figure.row_heading(row, frontier.name);
        for (column, &cutoff) in grid.cutoffs.iter().enumerate() {
            let count = |width: usize, source: usize| frontier.solved(width, source, cutoff);
            let row_of = |width: usize| (0..sources.len()).map(move |source| (width, source));
            let counts: Vec<Vec<usize>> = (0..widths.len())
                .map(|width| row_of(width).map(|(w, s)| count(w, s)).collect())
                .collect();
            let texts: Vec<Vec<String>> = counts
                .iter()
                .map(|row| row.iter().map(ToString::to_string).collect())
                .collect();
            let values: Vec<Vec<f64>> = counts
                .iter()
                .map(|row| row.iter().map(|c| *c as f64 / grid.runs as f64).collect())
                .collect();
            let colors = ColorScale::new("share of runs that succeed")
                .range(0.0, 1.0)
                .texts(&texts);
            let colors = match column + 1 < grid.cutoffs.len() {
                true => colors.without_bar(),
                false => colors,
            };
            let panel = Panel::new()
                .x_label("examples m")
                .y_label("width r")
                .x_categories(&sources)
                .y_categories(&widths)
                .heat_map(&values, colors);
            figure = figure
                .heading(column, format!("within {cutoff} updates"))
                .panel(row, column, panel);
        }
    }
    figure.size(1500, 640)
}
