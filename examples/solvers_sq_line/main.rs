//! The statistical-query line: what gradient methods ask for, beside what no learner can do without.
//!
//! A learner of the parities of k among n coordinates makes more than τ²(C − 1) statistical queries of tolerance τ, C = C(n, k)
//! (`theory::statistical_query`): its answers are worth Σ 1/τ² > C − 1. That is the line. It is proved by an adversary that answers 0
//! to every coordinate of a gradient that is at most τ, so that gradient descent does not move at all if
//! τ ≥ max |g_i(θ_0)|, the freezing tolerance.
//!
//! ```sh
//! cargo run --release --example solvers_sq_line
//! cargo run --release --example solvers_sq_line -- --scale paper
//! ```
//!
//! The first command takes some minutes of one core, most of them for the zigzag, the second several times as long. Claims,
//! fixed before the first run:
//!
//! 1. No gradient method is below the line, whoever answers.
//! 2. The search through all supports is asked C − 1 times by the lazy adversary, at τ = 0.49: on the line times 4.2.
//! 3. One gradient of the all-ones neuron costs nᵏ: the exponent of Σ 1/τ² in n is k ± 0.5, k = 2, …, 6.
//! 4. Against the adversary, with τ above the freezing tolerance, descent does not move a weight; with a finer τ it finds S.
//! 5. Means of as many examples as promise twice the freezing tolerance do not freeze it: it finds S, where a step takes 10⁵ examples (at
//!    the paper's scale 10⁶) at most.
//! 6. The freezing tolerance falls like n^{−(k−1)/2} for every architecture: the exponent is within 0.25 of that.
//!
//! Chosen here: ten ReLU neurons with uniform initial values and output weights ±1 for descent, η = 0.5 under the correlation loss, 100
//! neurons with the crate's initial values for the freezing tolerance, medians over seeds (three, at paper scale five) less those whose gradient no
//! method has exactly, which the table counts. S counts as found
//! when the k coordinates whose weights moved most are S. `--n`, `--k`, `--width` and `--runs`, the seeds, are those of the freezing
//! tolerance.

mod descent;
mod freezing;
mod line;

use freezing::Sizes;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

fn draw(studio: &mut Studio) -> Result {
    // Before anything is run: the line takes minutes.
    let sizes = Sizes::of(studio)?;
    line::draw(studio)?;
    freezing::draw(studio, &sizes)
}

fn main() -> ExitCode {
    figure::main(
        "solvers_sq_line",
        include_str!("main.rs"),
        &[Flag::Ns, Flag::Ks, Flag::Width, Flag::Runs],
        draw,
    )
}
