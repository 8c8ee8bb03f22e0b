//! Frontiers: which networks learn a parity from how many examples, and what decides it, the width, the budget or luck?
//!
//! A two-layer ReLU network learns the (50, 3)-parity from a fixed sample of m examples, or from fresh ones, from a dense
//! initialisation or a sparse one: two weights ±1 a neuron and no others. Edelman, Goel, Kakade, Malach and Zhang, *Pareto frontiers in
//! neural feature learning: data, compute, width, and luck*, NeurIPS 2023, draw where such networks succeed, with one cut-off of
//! 10⁵ updates and no release of their code.
//!
//! ```sh
//! cargo run --release --example followups_frontier
//! cargo run --release --example followups_frontier -- --scale paper
//! ```
//!
//! The protocol is theirs: hinge loss, B = 32, η = 0.1, weight decay 0.01 as in the packages, success at an accuracy of 0.9 on 8192
//! fresh examples, tested every 500 updates. Theirs has n up to 300, k = 3 and 4, widths up to 10⁵ and 50 runs a cell, some 600 hours of GPUs; here it is one
//! problem, widths up to 300 and 20 runs a cell, each with seeds of its own. Each run ends at its success or after 10⁵ updates, so one run
//! tells its success for all smaller cut-offs. A frontier is the smallest m at which at least half of the runs succeed.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. a wider network never succeeds significantly less often than the next narrower one, at any m;
//! 2. the narrowest network succeeds at some m significantly more often than on fresh examples;
//! 3. at the largest width the frontier of the sparse initialisation is at a smaller m than that of the dense one;
//! 4. where the widest sparse network has its frontier, success against r is 1 − (1 − q)^{cr} with one c: a number of lucky neurons, each
//!    with two weights on the support, decides;
//! 5. the frontier depends on the cut-off: for at least half of the curves, that after 10⁴ updates differs from that after 10⁵.
//!
//! Significant is a permutation test at 5 % after Holm's correction over all its comparisons.
//!
//! With `--n 100` and more, samples have 1500 to 10 000 examples, and the claims are the same.
//!
//! After the fact, with the runs known: m*(r), the number of examples with which half of the runs succeed, by a logistic fit in ln m with one
//! slope for all widths of an initialisation, and the exponent of m* in r by least squares, with an interval that resamples the runs of each cell.
//! Widths of which all or no runs succeed bound no m*, and are left out. The claims are that m* falls with r, for each initialisation.

mod luck;
mod maps;
mod run;
mod thresholds;
mod verdicts;

use run::Run;
use sparse_parity::params::Init;
use sparse_parity::stats::Times;
use sparse_parity::sweep::{Cell, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// Non-zero weights of a neuron that begins sparse.
const SPARSE: usize = 2;
/// Updates between two tests.
const STRIDE: u64 = 500;

/// What is run; the last of the samples is followed by fresh examples.
struct Grid {
    n: usize,
    k: usize,
    widths: &'static [usize],
    samples: &'static [usize],
    runs: u64,
    /// The numbers of updates after which success is read off; the last one ends a run.
    cutoffs: [u64; 3],
}

const TINY: Grid = Grid {
    n: 10,
    k: 2,
    widths: &[10, 30],
    samples: &[30, 300],
    runs: 4,
    cutoffs: [500, 1000, 1500],
};
const QUICK: Grid = Grid {
    n: 20,
    k: 3,
    widths: &[10, 30, 100],
    samples: &[50, 100, 200, 400, 800],
    runs: 10,
    cutoffs: [1000, 3000, 10_000],
};
const PAPER: Grid = Grid {
    n: 50,
    k: 3,
    widths: &[10, 30, 100, 300],
    samples: &[150, 200, 300, 450, 600, 800, 1000, 1500, 2000, 5000],
    runs: 20,
    cutoffs: [10_000, 30_000, 100_000],
};

/// The samples of n = 100 and more.
const LARGER: &[usize] = &[1500, 2000, 3000, 4000, 5000, 7000, 10_000];

impl Grid {
    /// The sizes m of samples, and `None` for fresh examples.
    fn sources(&self) -> Vec<Option<usize>> {
        let samples = self.samples.iter().copied().map(Some);
        samples.chain([None]).collect()
    }

    fn run(&self, init: Init, width: usize, samples: Option<usize>) -> Run {
        Run {
            n: self.n,
            k: self.k,
            width,
            samples,
            init,
            budget: self.cutoffs[2],
            stride: STRIDE,
        }
    }
}

/// An initialisation with the times of its runs, a row a width and a column a source of examples.
struct Frontier {
    name: &'static str,
    times: Vec<Vec<Times>>,
}

impl Frontier {
    /// The runs that have succeeded by a step.
    fn solved(&self, width: usize, source: usize, step: u64) -> usize {
        self.times[width][source].solved_by(step)
    }

    /// The first sample, by its place, from which at least half of the runs succeed by a step.
    fn first(&self, width: usize, step: u64) -> Option<usize> {
        let half = |times: &Times| 2 * times.solved_by(step) >= times.runs();
        let samples = self.times[width].split_last()?.1;
        samples.iter().position(half)
    }
}

fn draw(studio: &mut Studio) -> Result {
    let usual = studio.pick(TINY, QUICK, PAPER);
    let n = studio.n(usual.n);
    let grid = Grid {
        n,
        k: studio.k(usual.k),
        samples: if n < 100 { usual.samples } else { LARGER },
        runs: studio.runs(usual.runs),
        ..usual
    };
    let inits = [
        ("dense", "dense", Init::Uniform),
        ("s = 2", "sparse", Init::Sparse { s: SPARSE }),
    ];
    let mut frontiers = Vec::new();
    for (place, (name, part, init)) in inits.into_iter().enumerate() {
        let mut cells = Vec::new();
        for &width in grid.widths {
            for samples in grid.sources() {
                let first = 1_000_000 * (place as u64 + 1) + 1000 * cells.len() as u64;
                cells.push(Cell {
                    experiment: grid.run(init, width, samples),
                    seeding: Seeding::Each {
                        first,
                        runs: grid.runs,
                    },
                });
            }
        }
        let outcomes = studio.outcomes(part, &Sweep::new(cells)?)?;
        let columns = grid.sources().len();
        let row = |width: usize| (0..columns).map(move |source| width * columns + source);
        let times = (0..grid.widths.len())
            .map(|width| row(width).map(|cell| outcomes.times(cell)).collect())
            .collect();
        frontiers.push(Frontier { name, times });
    }
    let [dense, sparse] = &frontiers[..] else {
        return Err("two initialisations are compared".into());
    };
    verdicts::wider(studio, &grid, &frontiers)?;
    verdicts::narrow(studio, &grid, dense)?;
    verdicts::compare(studio, &grid, dense, sparse)?;
    let luck = verdicts::lucky(studio, &grid, sparse)?;
    verdicts::cutoffs(studio, &grid, &frontiers)?;
    let fits = thresholds::find(studio, &grid, &frontiers)?;
    studio.save("", &maps::shares(&grid, &frontiers))?;
    if !fits.is_empty() {
        studio.save("critical", &thresholds::figure(&grid, &fits))?;
    }
    match luck {
        Some(luck) => studio.save("luck", &luck.figure(grid.n, grid.k)?),
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    figure::main(
        "followups_frontier",
        include_str!("main.rs"),
        &[Flag::N, Flag::K, Flag::Runs],
        draw,
    )
}
