//! Errors against updates, and the times at which they vanish against the decay.

use crate::grids::Grid;
use crate::runs::{Runs, TEST, TRAIN};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::terminal::Result;
use sparse_parity::trial::Recorded;
use sparse_parity_examples::curves::chance;
use sparse_parity_examples::paper::{PaperValue, values};

/// Runs of each cell whose curves are drawn.
const DRAWN: usize = 3;

/// Errors against updates, a panel for each sample size and decay.
pub fn curves(grid: &Grid, all: &[Runs]) -> Figure {
    let (n, k) = grid.problem;
    let mut figure = Figure::new(grid.samples.len(), grid.decays.len())
        .title(format!(
            "Errors on the sample and on fresh examples, ({n}, {k})-parity, {DRAWN} runs each"
        ))
        .legend_once()
        .share_x()
        .share_y();
    for (place, runs) in all.iter().enumerate() {
        let (row, col) = (place / grid.decays.len(), place % grid.decays.len());
        figure = figure
            .row_heading(row, runs.name())
            .heading(col, format!("λ = {}", runs.decay))
            .panel(row, col, panel(&runs.runs, grid.max_steps));
    }
    let size = (
        200 * grid.decays.len() + 120,
        150 * grid.samples.len() + 110,
    );
    figure.size(size.0 as u32, size.1 as u32)
}

/// The errors of the runs of one cell.
fn panel(runs: &[&Recorded], max_steps: u64) -> Panel {
    let mut panel = Panel::new()
        .x_label("updates")
        .y_label("error")
        .x_scale(Scale::Log10)
        .x_range(10.0, max_steps as f64)
        .y_range(-0.02, 0.6)
        .line(&[10.0, max_steps as f64], &[0.5; 2], chance());
    let curves = [
        ("error", "test error", Color::Vermillion),
        ("train error", "train error", Color::Blue),
    ];
    for (column, label, color) in curves {
        for run in runs.iter().take(DRAWN) {
            let steps = run.table.column("step").unwrap_or_default();
            let errors = run.table.column(column).unwrap_or_default();
            let style = Style::new(color).width(1.2).opacity(0.7).label(label);
            panel = panel.line(&steps, &errors, style);
        }
    }
    panel
}

/// The times at which the errors vanish against the decay, a panel for each sample size.
pub fn times(grid: &Grid, all: &[Runs]) -> Result<Figure> {
    let names: Vec<String> = grid.decays.iter().map(f64::to_string).collect();
    let mut figure = Figure::new(1, grid.samples.len())
        .title("When the errors vanish: medians with 95 % intervals, and the paper's times")
        .legend_once()
        .share_y()
        .size(300 * grid.samples.len() as u32 + 100, 380);
    let paper = values("4 right")?;
    for (col, of_m) in all.chunks(grid.decays.len()).enumerate() {
        let name = of_m[0].name();
        let mut panel = Panel::new()
            .title(&name)
            .x_label("weight decay λ")
            .y_label("updates")
            .x_categories(&names)
            .y_scale(Scale::Log10)
            .y_range(100.0, 1.5 * grid.max_steps as f64);
        let across = [-0.4, grid.decays.len() as f64 - 0.6];
        for (quantity, color) in [(TRAIN, Color::Blue), (TEST, Color::Vermillion)] {
            let (mut x, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
            let mut medians = Vec::new();
            for (place, runs) in of_m.iter().enumerate() {
                let median = runs.quantity(quantity).median(0.95)?;
                x.push(place as f64);
                low.push(median.interval.low.max(1.0));
                high.push(median.interval.high);
                medians.push(median.value.unwrap_or(f64::INFINITY));
            }
            let bars = Style::new(color).width(1.0).data_label(quantity);
            let discs = Style::new(color).data_label(format!("{quantity}, as discs"));
            panel = panel
                .error_bars(&x, &low, &high, bars)
                .line(&x, &medians, Style::new(color).label(quantity))
                .points(&x, &medians, discs);
            let of = |value: &&PaperValue| value.series == name && value.quantity == quantity;
            if let Some(value) = paper.iter().find(of) {
                let style = Style::new(color).width(1.0).dashed();
                let style = style.label(format!("{quantity}, the paper's"));
                panel = panel.line(&across, &[value.value; 2], style);
            }
        }
        let bars = Style::new(Color::Grey).width(1.0);
        let bars = bars.label("interval; arrow: beyond the budget of updates");
        figure = figure.panel(0, col, panel.error_bars(&[], &[], &[], bars));
    }
    Ok(figure)
}
