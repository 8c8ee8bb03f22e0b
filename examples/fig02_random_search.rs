//! Figure 2 left: does SGD find a parity by luck?
//!
//! A random search guesses one of the C(n, k) supports a step, so its time is geometric and its most
//! frequent time is the first step. The paper's claim: the convergence time t_c of SGD is not like
//! that. Under the plateau there is progress, and there are *no early successes*: by the step at
//! which the first of a million PolyNets has learned its parity, random search would have found
//! thousands.
//!
//! ```sh
//! cargo run --release --example fig02_random_search
//! cargo run --release --example fig02_random_search -- --scale paper
//! ```
//!
//! The first draws 2000 runs for each n in seconds, the second the paper's 10⁶ in about twenty minutes
//! on two cores. Expect humps of histograms far to the right of where the geometric distribution has
//! begun, and, as n grows, far to the left of where it ends.
//!
//! The paper states the network, k and n. Chosen here: η = 0.05, which it states for PolyNets in
//! figures 1 and 10, batches of 32, hinge loss, uniform initialisation.

use sparse_parity::cli::Result;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Geometric, Times};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::theory::supports;
use sparse_parity::trial::{Setting, Trial};
use sparse_parity_examples::figure::{self, Studio};
use std::process::ExitCode;

const K: usize = 3;
const N: [usize; 4] = [10, 20, 30, 40];
/// The logarithm of a probability, 0.001, that is taken for too small.
const LN_UNLIKELY: f64 = -6.9;
/// Bins of the histogram for every factor of ten.
const BINS: f64 = 12.0;

fn draw(studio: &mut Studio) -> Result {
    let runs = studio.pick(40, 2000, 1_000_000);
    let xv = Setting::from_label("xv")?;
    let trial = |n| Trial {
        rate: 0.05.into(),
        ..xv.trial(n, K)
    };
    let sweep = Sweep::new(N.map(|n| Cell::new(trial(n), runs)))?;
    let outcomes = studio.outcomes("", &sweep)?;

    let mut figure = Figure::new(2, 2)
        .title(format!(
            "Convergence times of {runs} PolyNets for each n, k = {K}"
        ))
        .legend_once()
        .share_x()
        .share_y();
    for (cell, n) in N.into_iter().enumerate() {
        let times = outcomes.times(cell);
        let search = Geometric::new(1.0 / supports(n, K)?)?;
        let early = search.before_first(&times)?;
        studio.find(
            format!("n = {n}: no run is solved early"),
            format!(
                "the first of {} runs after {} updates, when random search expects {:.0} \
                 (ln probability of none {:.0})",
                early.runs,
                early.step + 1,
                early.expected,
                early.ln_probability
            ),
            early.ln_probability < LN_UNLIKELY,
        )?;
        let distance = search.distance(&times)?;
        let (median, guess) = (times.median(0.95)?, search.quantile(0.5)?);
        studio.find(
            format!("n = {n}: the distribution of t_c is not that of random search"),
            format!(
                "Kolmogorov–Smirnov distance {:.3} (ln p at most {:.0}); median {:.0} where random search has {guess:.0}",
                distance.value(),
                distance.ln_p_value(),
                median.value.unwrap_or(f64::INFINITY),
            ),
            distance.ln_p_value() < LN_UNLIKELY,
        )?;
        figure = figure.panel(cell / 2, cell % 2, panel(n, &times, &search));
    }
    studio.save("", &figure)
}

/// The shares of runs that are solved in each bin, beside what random search has there.
fn panel(n: usize, times: &Times, search: &Geometric) -> Panel {
    // Bins from 1 to 10⁵ steps whose edges are numbers of steps.
    let mut edges: Vec<f64> = (0..=(5.0 * BINS) as i32)
        .map(|bin| 10_f64.powf(f64::from(bin) / BINS).round())
        .collect();
    edges.dedup();
    let share = |by: &dyn Fn(u64) -> f64| -> Vec<f64> {
        let in_bin = |bin: &[f64]| by(bin[1] as u64 - 1) - by(bin[0] as u64 - 1);
        edges.windows(2).map(in_bin).collect()
    };
    let runs = times.runs() as f64;
    let of_sgd = share(&|t| times.solved_by(t) as f64 / runs);
    let of_search = share(&|t| search.cdf(t));
    Panel::new()
        .title(format!("n = {n}"))
        .x_label("updates, or guesses")
        .y_label("share of runs in a bin")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10)
        .x_range(1.0, 1e5)
        .y_range(0.5 / runs, 1.0)
        .histogram(
            &edges,
            &of_sgd,
            Style::new(Color::Blue).label("SGD on a PolyNet"),
        )
        .step(
            &edges[..edges.len() - 1],
            &of_search,
            Style::new(Color::Orange).label("random search"),
        )
}

fn main() -> ExitCode {
    figure::main("fig02_random_search", draw)
}
