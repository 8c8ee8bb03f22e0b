//! Regions: which solver is the fastest for so many examples with so much noise, and where does SGD find S?
//!
//! ```sh
//! cargo run --release --example solvers_regions
//! cargo run --release --example solvers_regions -- --scale paper
//! ```
//!
//! A disc for each noise p and number m of examples of one sample, at (50, 3), (100, 6) and (50, 10), in the colour of the fastest
//! solver among those that find S on at least 99 % of the instances. Curves are the information limit log₂ C/(1 − h(p)), the least m
//! that the exact tails of `Problem::sample_size` allow, the examples that `subset-elimination` draws, ten for each of its columns, those of
//! one gradient, which are in proportion to 1/γ² for its Fourier gap γ (up to 10⁸), and m = n. A solver need not read all examples: its time at m is the least at any of the m up to there. Black dots are samples on which SGD with weight decay has found S in every run, the dashed curve is the median
//! number of fresh examples of SGD without it, both for (50, 3) alone.
//!
//! The fastest is that of the least time by the ledger: operations on words, accesses to tables and multiplications, each with the
//! nanoseconds of `SolverKind::nanoseconds`. Such times are the same on every machine. They leave out the plan, and are within a factor
//! of three or so of a clock; three runs of each solver with a clock tell how often it would decide otherwise.
//!
//! Chosen here: δ = 0.003, so that a solver which takes a sample is to find S on more than 99 % of the instances; solvers that elimination or exhaustive
//! search are ahead of at these n (random search, Blum, Kalai and Wasserman's, one gradient) are left out; a solver whose plan is above two
//! seconds at (50, 3), one at (100, 6) and a tenth of one at (50, 10) is not run, and one whose first run takes 30 times the time of
//! another that finds S is not run again. A cell has up to 300 runs and fewer where they take long: that all of 300 find S excludes a
//! share below 99 % with 95 % confidence, that all of 10 do excludes one below 74 %, and no more. `--runs` are the most runs of a cell, and
//! those of SGD.
//!
//! Claims, fixed before the runs:
//!
//! 1. Without noise `meet-in-the-middle` is the fastest below m = n, and elimination from m = n + 10 on.
//! 2. With p = 0.1 `noisy-meet` is the fastest for (100, 6), and with p = 0.4 exhaustive search for (50, 3) and (100, 6).
//! 3. `subset-elimination` is the fastest somewhere at (50, 10).
//! 4. No solver finds S below the information limit, and one does at every m from twice the least of the exact tails on, up to p = 0.4 at (50, 3).
//! 5. Where SGD finds S, a solver does with a fiftieth of the examples.
//! 6. The clock, which has the plan and the reading of the sample in it, names the same solver as the ledger in nine of ten cells.

mod limits;
mod picture;
mod plane;
mod sgd;
mod tried;
mod verdicts;

use plane::Plane;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

fn draw(studio: &mut Studio) -> Result {
    let plane = Plane::explored(studio)?;
    let sgd = sgd::explored(studio)?;
    verdicts::find(studio, &plane, &sgd)?;
    plane.save(studio)?;
    studio.save("", &picture::figure(&plane, &sgd)?)
}

fn main() -> ExitCode {
    figure::main(
        "solvers_regions",
        include_str!("main.rs"),
        &[Flag::Runs],
        draw,
    )
}
