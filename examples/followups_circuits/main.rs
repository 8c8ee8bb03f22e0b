//! Two circuits: does a network that groks a parity become sparse when it generalises?
//!
//! A network of 1000 ReLUs learns a sample of the (40, 3)-parity by heart and generalises later. Merrill, Tsilivis and Shukla,
//! *A Tale of Two Circuits: Grokking as Competition of Sparse and Dense Subnetworks*, 2023, explain it by a dense subnetwork that
//! memorises and a sparse one that takes over. Their measure is the effective sparsity, the number of neurons, the largest first,
//! that suffice for all answers on the training inputs.
//!
//! ```sh
//! cargo run --release --example followups_circuits
//! cargo run --release --example followups_circuits -- --scale paper
//! ```
//!
//! The protocol is theirs: m = 1000, r = 1000, hinge loss, B = 32, η = 0.1, weight decay 0.01 as in the packages, no output bias;
//! 9600 updates, which are 300 passes. Everything is measured every 160 updates; test errors are of 2000 fresh examples. Their
//! code compares accuracies where the text compares answers; here it is answers, in both readings: the *first* number of
//! neurons that suffices, and the *stable* one, from which on all larger numbers do.
//!
//! The set G of the neurons that suffice at the end is known at the end only. What it does before is therefore shown beside the
//! set of the same size that a rule without the future picks, the neurons with the largest norms at that time, and a random one.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. at the end, at most 8 neurons suffice in every run (published: 6, 6, 6, 8, 8);
//! 2. the sample is learned by heart before the test error is 1 % in every run;
//! 3. the network becomes sparse, 16 neurons or fewer, when it generalises: the ratio of both times has a median in [0.8, 1.25];
//! 4. the norm of θ falls before that: at its memorisation it is larger than at the end in every run;
//! 5. when the sample has been learned by heart, G has no more of the answers than the neurons with the largest norms.

mod panels;
mod run;
mod verdicts;

use run::{Circuits, Course};
use sparse_parity::stats;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// The median; NaN without numbers.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    stats::median(values).unwrap_or(f64::NAN)
}

fn draw(studio: &mut Studio) -> Result {
    let protocol = Circuits::default();
    let run = studio.pick(
        Circuits {
            n: 12,
            samples: 200,
            width: 100,
            steps: 640,
            ..protocol.clone()
        },
        Circuits {
            stride: 320,
            ..protocol.clone()
        },
        protocol,
    );
    let run = Circuits {
        n: studio.n(run.n),
        k: studio.k(run.k),
        ..run
    };
    let runs = studio.runs(studio.pick(2, 4, 12));
    let (n, k, m, width) = (run.n, run.k, run.samples, run.width);
    let sweep = Sweep::new([Cell::new(run, runs)])?;
    let courses: Vec<Course> = studio.outcomes("runs", &sweep)?.of(0).cloned().collect();
    verdicts::find(studio, &courses)?;
    let title = format!("({n}, {k})-parity, m = {m}, r = {width}: medians of {runs} runs");
    studio.save("", &panels::figure(&courses).title(title))
}

fn main() -> ExitCode {
    figure::main(
        "followups_circuits",
        include_str!("main.rs"),
        &[Flag::N, Flag::K, Flag::Runs],
        draw,
    )
}
