//! Which cells pass.

use crate::cells::GridCell;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;

/// Runs of a cell at one learning rate.
pub const RUNS: u64 = 25;
/// The first runs come so few at a time that they are not run in lockstep.
pub const ALONE: u64 = 10;

/// What was found out about a cell.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// What was tried, in its order.
    pub tried: Vec<Tried>,
    pub has_passed: bool,
}

/// How many runs of how many have to be solved.
struct Pass {
    runs: u64,
    enough: u64,
}

impl Pass {
    /// 20 % of the runs.
    fn of(runs: u64) -> Self {
        let enough = runs.div_ceil(5);
        Pass { runs, enough }
    }

    /// Numbers of runs after which a setting ends if the others could no longer change its verdict.
    fn looks(&self) -> Vec<u64> {
        let Pass { runs, enough } = *self;
        let mut looks = vec![enough, ALONE.min(runs), runs - enough + 1, runs];
        looks.sort_unstable();
        looks.dedup();
        looks
    }

    /// Whether the verdict is certain, and which it is.
    fn verdict(&self, tried: &Tried) -> Option<bool> {
        if tried.solved >= self.enough {
            return Some(true);
        }
        (tried.runs - tried.solved > self.runs - self.enough).then_some(false)
    }
}

/// Runs of a cell at one rate.
#[derive(Debug, Clone, Copy)]
pub struct Tried {
    pub rate: f64,
    pub runs: u64,
    pub solved: u64,
    pub diverged: u64,
    /// Updates made in all of them.
    pub steps: u64,
}

/// Tries the rates of each cell, with so many runs at most, until one passes.
pub fn decide(
    studio: &Studio,
    cells: &[GridCell],
    max_steps: u64,
    runs: u64,
) -> Result<Vec<Verdict>> {
    let pass = Pass::of(runs);
    let mut verdicts = vec![Verdict::default(); cells.len()];
    // The longest runs first, so that no thread is left alone with them.
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by_key(|&cell| std::cmp::Reverse(cells[cell].size()));
    let attempts = cells.iter().map(|cell| cell.rates().len()).max();
    for attempt in 0..attempts.unwrap_or(0) {
        let mut open = order.clone();
        open.retain(|&cell| !verdicts[cell].has_passed);
        for runs in pass.looks() {
            if open.is_empty() {
                break;
            }
            let cell = |&cell: &usize| {
                let cell: &GridCell = &cells[cell];
                Cell::new(cell.trial(cell.rates()[attempt], max_steps), runs)
            };
            let sweep = Sweep::new(open.iter().map(cell))?;
            let outcomes = studio.outcomes("", &sweep)?;
            let mut still_open = Vec::new();
            for (place, &cell) in open.iter().enumerate() {
                let times = outcomes.times(place);
                let tried = Tried {
                    rate: cells[cell].rates()[attempt],
                    runs,
                    solved: times.solved() as u64,
                    diverged: times.diverged() as u64,
                    steps: outcomes.of(place).map(|run| run.steps).sum(),
                };
                match pass.verdict(&tried) {
                    None => still_open.push(cell),
                    Some(has_passed) => {
                        verdicts[cell].tried.push(tried);
                        verdicts[cell].has_passed = has_passed;
                    }
                }
            }
            open = still_open;
        }
    }
    Ok(verdicts)
}
