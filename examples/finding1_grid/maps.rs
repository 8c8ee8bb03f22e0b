//! Where cells pass, as maps.

use crate::cells::{Grid, GridCell, batches, settings};
use crate::verdict::Verdict;
use sparse_parity::plot::{ColorScale, Figure, Panel};

/// The share of cells that pass, with how many of how many, by setting and batch size, and by setting and problem.
pub fn heat_maps(grid: &Grid, cells: &[GridCell], verdicts: &[Verdict]) -> Figure {
    let count = |is_in: &dyn Fn(&GridCell) -> bool| {
        let of = || cells.iter().zip(verdicts).filter(|(cell, _)| is_in(cell));
        Count {
            passed: of().filter(|(_, verdict)| verdict.has_passed).count(),
            all: of().count(),
        }
    };
    let of_k = |&k: &usize| grid.n.iter().map(move |&n| (n, k));
    let problems: Vec<(usize, usize)> = grid.k.iter().flat_map(of_k).collect();
    let (mut by_batch, mut by_problem) = (Vec::new(), Vec::new());
    for &setting in settings() {
        let of_batch = |batch: usize| count(&|cell| cell.setting == setting && cell.batch == batch);
        by_batch.push(batches().into_iter().map(of_batch).collect());
        let of_problem = |&(n, k): &(usize, usize)| {
            count(&|cell| (cell.setting, cell.n, cell.k) == (setting, n, k))
        };
        by_problem.push(problems.iter().map(of_problem).collect());
    }
    let names: Vec<String> = settings().iter().map(ToString::to_string).collect();
    let colors = |counts: &[Vec<Count>]| {
        let text = |count: &Count| format!("{}/{}", count.passed, count.all);
        let texts = counts.iter().map(|row| row.iter().map(text).collect());
        ColorScale::new("share of cells that pass")
            .range(0.0, 1.0)
            .texts::<Vec<String>, String>(&texts.collect::<Vec<_>>())
            .missing("not sampled")
    };
    let panel = || Panel::new().y_label("setting").y_categories(&names);
    let problems: Vec<String> = problems.iter().map(|(n, k)| format!("{n}, {k}")).collect();
    Figure::new(1, 2)
        .title(format!(
            "Finding 1: {} cells of the grid of {}, how many pass of how many",
            cells.len(),
            grouped(grid.len())
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
                .heat_map(&shares(&by_batch), colors(&by_batch).without_bar()),
        )
        .panel(
            0,
            1,
            panel()
                .x_label("n, k")
                .x_categories(&problems)
                .heat_map(&shares(&by_problem), colors(&by_problem)),
        )
        .size(1150, 560)
}

/// A number with a space before its thousands.
fn grouped(number: usize) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands} {rest:03}"),
    }
}

/// How many cells pass of how many.
struct Count {
    passed: usize,
    all: usize,
}

fn shares(counts: &[Vec<Count>]) -> Vec<Vec<f64>> {
    let share = |count: &Count| count.passed as f64 / count.all as f64;
    let rows = counts.iter();
    rows.map(|row| row.iter().map(share).collect()).collect()
}
