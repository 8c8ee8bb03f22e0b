//! Do skills emerge one after the other, and is the loss that they leave that of a finite sum?
//!
//! Ten parities of three of 32 bits are learned at once: ten control bits select the one that an input is labelled with, the t-th with a
//! probability P_t in proportion to t^−1.6. Nam, Fonseca, Lee, Mingard and Louis, *An exactly solvable model for emergence and scaling laws in the
//! multitask sparse parity problem*, NeurIPS 2024, model each skill by itself, with one number that is calibrated on one skill: its time is
//! inversely proportional to P_t, a width r has skills of N_c neurons each, a sample of D examples the skills of which it has D_c. Michaud, Liu, Girit and
//! Tegmark, *The quantization model of neural scaling*, NeurIPS 2023, read scaling laws off such sums. The exponents of both, −α/(α + 1) in time and data and
//! −α in width with α = 0.6, are those of infinitely many skills; ten have others, which `theory::skills` adds up.
//!
//! ```sh
//! cargo run --release --example followups_skills
//! cargo run --release --example followups_skills -- --scale paper
//! ```
//!
//! The network has 300 ReLUs, theirs 1000, and their supports are disjoint, as here. The loss is (g − f)², the rate 0.125, all
//! initial values are normal with the deviation 0.01/√5: with a factor 5 of the labels and half of the squares, which they have, that is their rate 0.05 and their
//! 0.01. B = 1000 fresh examples, for them 4000; bits are ±1 and the control of the selected task is −1, where theirs are 0 and 1. A run ends
//! when all strengths are 0.95, or after 60 000 updates. The strength of a skill is R = E[f g] on 2000 fresh examples of it, looked at 20 times a decade;
//! it has emerged at R ≥ ½. Small widths are trained by Adam with the rate 0.001/√5, on fresh examples, and samples by SGD, both with B = 500
//! and up to 40 000 updates. Their budgets are 500 000 updates: what is left after 40 000 is not all due to the width or the sample. Of a run on a sample the least
//! loss on its way counts, as if it had been stopped there. N_c and D_c come from runs of one task with a quarter of the updates, by the least squares of median
//! strengths. Rates and sizes come from a pilot of one to three runs with other seeds. Intervals resample runs.
//!
//! `--n` is the number of bits, at least k for each task, `--width` that of the runs in time, and of those on samples.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. the median time of a skill grows like its frequency to the power of −1: the interval of the exponent contains −1;
//! 2. at most a tenth of the pairs of skills emerge against the order of their frequencies;
//! 3. the median time of the first skill predicts those of the nine others within a factor of 1.5;
//! 4. from the time of the first skill to that predicted for the last, the exponent of the loss in time is nearer to that of the finite sum, of
//!    which the first skill determines time and sharpness, than to −α/(α + 1);
//! 5. emergence is no effect of the measure: by its strength and by its loss a skill takes at most twice as many decades of updates from a tenth to
//!    nine tenths as by its accuracy, and the whole loss takes at least three times as many as the loss of a skill;
//! 6. with N_c of one task, the mean loss at each width is within 0.05 of the finite sum, and its exponent is nearer to that of the sum than to −α;
//! 7. with D_c of one task, the same holds for samples, with −α/(α + 1).
//!
//! After the fact, with the runs known: the finite sum of samples in which a skill has all of its strength or nothing, with the same D_c.

mod emergence;
mod measures;
mod panels;
mod run;
mod scarce;

use emergence::Study;
use run::{Descent, Run};
use scarce::Scarce;
use sparse_parity::plot::Figure;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::theory::skills::Skills;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// What is run.
struct Scope {
    base: Run,
    runs: u64,
    /// Of small widths and of samples.
    batch: usize,
    budget: u64,
    widths: Sizes,
    samples: Sizes,
}

/// The sizes of what is scarce, with the runs of each, for one task and for all.
struct Sizes {
    one: &'static [usize],
    all: &'static [usize],
    runs: [u64; 2],
}

fn tiny() -> Scope {
    Scope {
        base: Run {
            tasks: 2,
            bits: 6,
            k: 1,
            width: 12,
            batch: 50,
            budget: 2000,
            ..Run::default()
        },
        runs: 3,
        batch: 50,
        budget: 400,
        widths: Sizes {
            one: &[1, 2],
            all: &[2, 4],
            runs: [2, 2],
        },
        samples: Sizes {
            one: &[50, 100],
            all: &[100, 200],
            runs: [2, 2],
        },
    }
}

fn quick() -> Scope {
    Scope {
        base: Run {
            tasks: 4,
            bits: 12,
            width: 60,
            batch: 250,
            budget: 10_000,
            ..Run::default()
        },
        runs: 6,
        batch: 250,
        budget: 8000,
        widths: Sizes {
            one: &[1, 2, 4, 6, 8, 12, 16],
            all: &[2, 4, 8, 16, 32],
            runs: [4, 4],
        },
        samples: Sizes {
            one: &[100, 200, 400, 800],
            all: &[300, 1000, 3000, 10_000],
            runs: [3, 3],
        },
    }
}

fn paper() -> Scope {
    Scope {
        base: Run::default(),
        runs: 20,
        batch: 500,
        budget: 40_000,
        widths: Sizes {
            one: &[1, 2, 3, 4, 5, 6, 8, 12],
            all: &[4, 8, 16, 32, 64, 128],
            runs: [10, 10],
        },
        samples: Sizes {
            one: &[300, 450, 600, 800, 1000, 1500],
            all: &[1000, 3000, 10_000, 30_000, 100_000],
            runs: [5, 5],
        },
    }
}

fn draw(studio: &mut Studio) -> Result {
    let mut scope = studio.pick(tiny(), quick(), paper());
    scope.base = Run {
        bits: studio.n(scope.base.bits),
        k: studio.k(scope.base.k),
        width: studio.width(scope.base.width),
        ..scope.base
    };
    scope.runs = studio.runs(scope.runs);
    for sizes in [&mut scope.widths, &mut scope.samples] {
        sizes.runs = sizes.runs.map(|usual| studio.runs(usual));
    }
    let Scope { base, runs, .. } = &scope;
    let outcomes = studio.outcomes("time", &Sweep::new([Cell::new(base.clone(), *runs)])?)?;
    let study = Study {
        skills: Skills::new(&base.frequencies()?)?,
        alpha: base.alpha,
        runs: outcomes.of(0).cloned().collect(),
    };
    emergence::frequencies(studio, &study)?;
    emergence::order(studio, &study)?;
    emergence::predicted(studio, &study)?;
    emergence::loss(studio, &study)?;
    measures::compare(studio, &study)?;
    let mut columns = vec![panels::in_time(&study)?];
    for (scarce, optimizer, sizes) in [
        (Scarce::Width, Descent::Adam, &scope.widths),
        (Scarce::Data, Descent::Sgd, &scope.samples),
    ] {
        let run = Run {
            optimizer,
            batch: scope.batch,
            budget: scope.budget,
            ..base.clone()
        };
        let of = scarce::Study::make(studio, scarce, &run, sizes)?;
        scarce::loss(studio, &of)?;
        columns.push(panels::scarce(&of)?);
    }
    let title = format!(
        "{} parities of {} of {} bits, P of skill t in proportion to t^−{}: measured, and predicted from one (dashed)",
        base.tasks,
        base.k,
        base.bits,
        base.alpha + 1.0
    );
    let mut figure = Figure::new(2, 3).title(title).size(1440, 880);
    for (column, [strengths, losses]) in columns.into_iter().enumerate() {
        figure = figure.panel(0, column, strengths).panel(1, column, losses);
    }
    studio.save("", &figure)?;
    let mut figure = Figure::new(1, 3)
        .title("One run by three measures")
        .share_y()
        .size(1440, 460);
    for (column, (name, panel)) in panels::by_measure(&study).into_iter().enumerate() {
        figure = figure.heading(column, name).panel(0, column, panel);
    }
    studio.save("measures", &figure)
}

fn main() -> ExitCode {
    figure::main(
        "followups_skills",
        include_str!("main.rs"),
        &[Flag::N, Flag::K, Flag::Width, Flag::Runs],
        draw,
    )
}
