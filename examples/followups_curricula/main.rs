//! Curricula: does showing biased inputs first cost fewer updates than the same inputs in any order, or than uniform ones?
//!
//! Where most coordinates are +1, a parity correlates with each of its coordinates, so that gradient descent finds them in time; on uniform
//! inputs it does not. Abbe, Cornacchia and Lotfi, *Provable advantage of curriculum learning on parity targets with mixed inputs*, NeurIPS 2023, prove that
//! a sample of which a small share is so biased needs fewer steps if these examples come first. Cornacchia and Mossel, *A mathematical model for
//! curriculum learning for parities*, ICML 2023, have such a phase before uniform inputs. Cornacchia, Mikulincer and Mossel, *Low-dimensional
//! functions are efficiently learnable under randomly biased distributions*, COLT 2025, have biases that are random.
//!
//! ```sh
//! cargo run --release --example followups_curricula
//! cargo run --release --example followups_curricula -- --scale paper
//! ```
//!
//! ReLU networks of width 100, and one with four hidden layers of 128, 256, 128 and 64, hinge loss, SGD, B = 32, no decay. A parity is learned
//! when the error on 1024 fresh uniform inputs is at most 1 %, tested every 100 updates; times are numbers of all updates, those of the first phase
//! among them. The published networks have 512 to 64 neurons a layer, and their second phase has the biased examples among the others, as the mixtures have here.
//! The bias is p = P(x = −1) = 0.05 but where it varies; random biases are a p of its own for each coordinate, which each run draws uniformly
//! from (0, 1), and which are followed by uniform inputs.
//!
//! Each arm has its rate from 0.03, 0.1, 0.3 and 1, and the length of the first phase is one of two: those with the smallest median over five runs with other
//! seeds than the reported ones. The share of *any order* is the length of that phase over that median, so that both see about as many biased
//! inputs. Twenty runs are reported of each arm. Medians are those of Kaplan and Meier, their ratios have intervals that resample runs, and where uniform
//! inputs do not reach a median, their budget stands for it: the ratio is then a bound from below.
//!
//! Claims, fixed before the runs at paper scale, after pilots of two to five runs with a third set of seeds:
//!
//! 1. on each problem uniform inputs take at least three times as many updates as biased ones first;
//! 2. on each problem as many biased inputs in any order take more updates than biased ones first;
//! 3. on each problem random biases first take at most twice as many as p = 0.05 first;
//! 4. on (50, 5) with p = 0.05, a first phase of 500 updates takes at most 1.5 times as long as the best of six lengths, and one of 100
//!    at least twice as long;
//! 5. a mixture with the share 0.01 takes at least twice as long as with 1000 updates of its biased inputs first, and one with 0.6 at most 1.5
//!    times;
//! 6. of samples with a share of 0.05, the smallest with which half of the runs succeed within 100 000 updates is smaller if 1000 updates with
//!    their biased examples come first, and smaller than of uniform examples.
//!
//! Each of these is the lower or upper end of an interval, but the last.

mod arms;
mod doses;
mod panels;
mod problems;
mod run;
mod samples;

use arms::{COLUMNS, Plan, row};
use doses::{Phases, Shares};
use problems::{Compared, Problem};
use run::Bias;
use samples::{NAMES, Samples};
use sparse_parity::plot::Figure;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// P(x = −1) of biased inputs where it does not vary.
const P: f64 = 0.05;
/// The share of biased examples of a sample.
const SHARE: f64 = 0.05;

/// What is run; lengths, shares and samples are those of the first problem.
struct Scope {
    plan: Plan,
    problems: &'static [Problem],
    biases: &'static [f64],
    lengths: &'static [u64],
    /// A length that is claimed to be enough.
    enough: u64,
    shares: &'static [f64],
    /// The length of the first phase before mixtures.
    first: u64,
    samples: &'static [usize],
}

const fn problem(
    (n, k): (usize, usize),
    widths: &'static [usize],
    budget: u64,
    phases: &'static [u64],
) -> Problem {
    Problem {
        n,
        k,
        widths,
        budget,
        phases,
    }
}

const TINY: Scope = Scope {
    plan: Plan {
        rates: &[0.1, 0.3],
        pilots: 1,
        runs: 3,
    },
    problems: &[
        problem((10, 3), &[20], 2000, &[100, 200]),
        problem((10, 2), &[10, 10], 1000, &[100]),
    ],
    biases: &[0.05, 0.2],
    lengths: &[100, 200],
    enough: 200,
    shares: &[0.1, 0.5],
    first: 200,
    samples: &[200, 2000],
};
const QUICK: Scope = Scope {
    plan: Plan {
        rates: &[0.1, 0.3],
        pilots: 3,
        runs: 6,
    },
    problems: &[
        problem((30, 4), &[100], 30_000, &[500, 1000]),
        problem((30, 5), &[100], 30_000, &[1000]),
        problem((30, 4), &[64, 64], 10_000, &[500]),
    ],
    biases: &[0.05, 0.2],
    lengths: &[100, 200, 500, 1000],
    enough: 500,
    shares: &[0.03, 0.1, 0.3],
    first: 500,
    samples: &[1000, 3000, 10_000],
};
const PAPER: Scope = Scope {
    plan: Plan {
        rates: &[0.03, 0.1, 0.3, 1.0],
        pilots: 5,
        runs: 20,
    },
    problems: &[
        problem((50, 5), &[100], 100_000, &[1000, 4000]),
        problem((50, 7), &[100], 300_000, &[1000, 4000]),
        problem((100, 5), &[100], 300_000, &[1000, 4000]),
        problem((100, 7), &[100], 200_000, &[1000, 4000]),
        problem((50, 5), &[128, 256, 128, 64], 50_000, &[1000, 4000]),
    ],
    biases: &[0.02, 0.05, 0.2],
    lengths: &[100, 200, 500, 1000, 2000, 4000],
    enough: 500,
    shares: &[0.01, 0.03, 0.1, 0.3, 0.6],
    first: 1000,
    samples: &[2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000],
};

fn draw(studio: &mut Studio) -> Result {
    let mut scope = studio.pick(TINY, QUICK, PAPER);
    scope.plan.runs = studio.runs(scope.plan.runs);
    let (plan, bias, problem) = (&scope.plan, Bias::Each(P), &scope.problems[0]);
    let compared = scope.problems.iter();
    let compared = compared.map(|problem| problem.compare(studio, plan, bias));
    let compared: Vec<Compared> = compared.collect::<Result<_>>()?;
    problems::find(studio, &compared)?;
    let phases = Phases::make(studio, plan, problem, scope.biases, scope.lengths)?;
    phases.find(studio, P, scope.enough)?;
    let shares = Shares::make(studio, plan, problem, bias, scope.shares, scope.first)?;
    shares.find(studio)?;
    let law = (bias, SHARE, scope.first);
    let samples = Samples::make(studio, plan, problem, law, scope.samples)?;
    samples.find(studio)?;
    let uniform = &compared[0].uniform;
    let figure = Figure::new(2, 2)
        .title(format!(
            "Below and on the right: {}; medians of {} runs",
            problem.name(),
            plan.runs
        ))
        .panel(0, 0, panels::ratios(&compared)?)
        .panel(0, 1, panels::lengths(&phases, uniform)?)
        .panel(1, 0, panels::shares(&shares, uniform)?)
        .panel(1, 1, panels::success(&samples)?)
        .size(1240, 900);
    studio.save("", &figure)?;
    table(studio, &compared, &phases, &shares, &samples)
}

/// All arms, with their rates and medians.
fn table(
    studio: &Studio,
    compared: &[Compared],
    phases: &Phases,
    shares: &Shares,
    samples: &Samples,
) -> Result {
    let of_problems = compared.iter().flat_map(Compared::arms);
    let mut arms: Vec<_> = of_problems.map(|arm| ("problem", arm)).collect();
    arms.extend(phases.arms.iter().flatten().map(|arm| ("length", arm)));
    arms.extend(shares.mixed.iter().map(|arm| ("share, any order", arm)));
    arms.extend(
        shares
            .ordered
            .iter()
            .map(|arm| ("share, biased first", arm)),
    );
    for (name, of_name) in NAMES.into_iter().zip(&samples.arms) {
        arms.extend(of_name.iter().map(|arm| (name, arm)));
    }
    let rows = arms.into_iter().map(|(part, arm)| row(part, arm));
    studio.save_table("table", &COLUMNS, &rows.collect::<Result<Vec<_>>>()?)
}

fn main() -> ExitCode {
    figure::main(
        "followups_curricula",
        include_str!("main.rs"),
        &[Flag::Runs],
        draw,
    )
}
