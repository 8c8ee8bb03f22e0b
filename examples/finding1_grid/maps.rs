//! Where cells pass, as maps.

use crate::cells::{GridCell, K, N, batches, settings};
use crate::verdict::Verdict;
use sparse_parity::plot::{ColorScale, Figure, Panel};

/// The share of cells that pass, by setting and batch size, and by setting and problem.
pub fn heat_maps(cells: &[GridCell], verdicts: &[Verdict]) -> Figure {
    let share = |is_in: &dyn Fn(&GridCell) -> bool| {
        let of = || cells.iter().zip(verdicts).filter(|(cell, _)| is_in(cell));
        of().filter(|(_, verdict)| verdict.has_passed).count() as f64 / of().count() as f64
    };
    let problems: Vec<(usize, usize)> = K.iter().flat_map(|&k| N.map(|n| (n, k))).collect();
    let (mut by_batch, mut by_problem) = (Vec::new(), Vec::new());
    for &setting in settings() {
        let of_batch = |batch: usize| share(&|cell| cell.setting == setting && cell.batch == batch);
        by_batch.push(batches().into_iter().map(of_batch).collect::<Vec<f64>>());
        let of_problem = |&(n, k): &(usize, usize)| {
            share(&|cell| (cell.setting, cell.n, cell.k) == (setting, n, k))
        };
        by_problem.push(problems.iter().map(of_problem).collect::<Vec<f64>>());
    }
    let names: Vec<String> = settings().iter().map(ToString::to_string).collect();
    let colors = || {
        ColorScale::new("share of cells that pass")
            .range(0.0, 1.0)
            .numbers(1)
            .missing("not sampled")
    };
    let panel = || Panel::new().y_label("setting").y_categories(&names);
    let problems: Vec<String> = problems.iter().map(|(n, k)| format!("{n}, {k}")).collect();
    Figure::new(1, 2)
        .title(format!(
            "Finding 1: {} cells of the grid of 13 365",
            cells.len()
        ))
        .panel(
            0,
            0,
            panel()
                .x_label("batch size B")
                .x_categories(
                    &batches()
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>(),
                )
                .heat_map(&by_batch, colors().without_bar()),
        )
        .panel(
            0,
            1,
            panel()
                .x_label("n, k")
                .x_categories(&problems)
                .heat_map(&by_problem, colors()),
        )
        .size(1150, 560)
}
