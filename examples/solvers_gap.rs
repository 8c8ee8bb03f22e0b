//! The statistical–computational gap: how does the time to find S fall with the number of examples?
//!
//! ```sh
//! cargo run --release --example solvers_gap
//! cargo run --release --example solvers_gap -- --scale paper
//! ```
//!
//! Processor seconds against the number m of clean examples of one sample, for the (50, 3)-, (200, 3)- and (1000, 3)-parities. Meeting in the
//! middle needs about 3 log₂ n examples; guessing columns and eliminating among them, q < m of n, takes (n/m)³ guesses;
//! elimination needs m > n. SGD with weight decay makes passes over the sample.
//!
//! Claims, fixed before the runs: meeting in the middle finds S from the examples that its plan asks for, and elimination
//! from n + 10; `subset-elimination` is faster with 0.9 n examples than with 0.2 n by a factor of 10 at least for n =
//! 1000; SGD needs more than ten times the examples that decide for (50, 3). With other `--n` it is run at the least of them.

use sparse_parity::contest::{Contest, Contestant};
use sparse_parity::plot::{Color, Figure, Panel, Scale};
use sparse_parity::solver::Limits;
use sparse_parity::terminal::Result;
use sparse_parity_examples::contests::{Entrant, contest, costs, curve};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

const K: usize = 3;
const N: [usize; 3] = [50, 200, 1000];
/// Samples of SGD, for the least n.
const SGD: [usize; 5] = [100, 300, 1000, 3000, 10_000];

/// Numbers of examples, from those that decide to more than n.
fn samples(n: usize, least: usize) -> Vec<usize> {
    let parts = [0.1, 0.2, 0.4, 0.6, 0.9].map(|part| (part * n as f64) as usize);
    let mut all = vec![least, n + 10, 2 * n];
    all.extend(parts.into_iter().filter(|m| *m > least));
    all.sort_unstable();
    all.dedup();
    all
}

fn draw(studio: &mut Studio) -> Result {
    let sizes: &[usize] = studio.pick(&N[..1], &N, &N);
    let (sizes, k) = (studio.ns(sizes), studio.k(K));
    let runs = studio.runs(studio.pick(2, 5, 20));
    let sgd = Entrant::decayed_relu(studio.pick(20, 20_000, 100_000));
    let solvers = [
        Entrant::solver("meet-in-the-middle", Color::Green),
        Entrant::solver("exhaustive", Color::Vermillion),
        Entrant::solver("subset-elimination", Color::SkyBlue),
        Entrant::solver("elimination", Color::Blue),
    ];
    let least = |n| -> Result<usize> {
        Ok(contest(&solvers[0], n, k, 0.0)
            .problem()?
            .sample_size()?
            .examples)
    };
    let first_n = sizes[0];
    let mut contests = Vec::new();
    for &n in &sizes {
        for entrant in &solvers {
            for m in samples(n, least(n)?) {
                contests.push(((entrant.name, n, m), sampled(entrant, (n, k), m)));
            }
        }
    }
    contests.extend(SGD.map(|m| ((sgd.name, first_n, m), sampled(&sgd, (first_n, k), m))));
    let (costs, _) = costs(studio, "", &contests, runs)?;

    for &n in &sizes {
        let few = least(n)?;
        let has = |name, m| costs.at((name, n, m)).is_some();
        let (meets, eliminates) = (has("meet-in-the-middle", few), has("elimination", n + 10));
        studio.find(
            format!(
                "n = {n}: {few} examples suffice for meeting in the middle, n + 10 for elimination"
            ),
            format!("{meets}, {eliminates}"),
            meets && eliminates,
        )?;
    }
    let seconds = |m| {
        costs
            .at(("subset-elimination", 1000, m))
            .and_then(|cost| cost.seconds)
    };
    if let (Some(few), Some(many)) = (seconds(200), seconds(900)) {
        studio.find(
            "subset-elimination for n = 1000 is ten times faster with 900 examples than with 200",
            format!("{:.0} times", few / many),
            few > 10.0 * many,
        )?;
    }
    let first = SGD
        .into_iter()
        .find(|&m| costs.at((sgd.name, first_n, m)).is_some());
    let shown = first.map_or("none of the samples".into(), |m| format!("m = {m}"));
    studio.find(
        format!("SGD needs more than ten times the examples that decide for ({first_n}, {k})"),
        shown,
        first.is_none_or(|m| m > 10 * least(first_n).unwrap_or(0)),
    )?;

    let mut figure = Figure::new(1, sizes.len())
        .title(format!(
            "Time against examples, clean labels, k = {k}: medians of {runs} instances"
        ))
        .legend_once()
        .share_y();
    for (column, &n) in sizes.iter().enumerate() {
        let mut panel = Panel::new()
            .title(format!("n = {n}"))
            .x_label("Examples m")
            .x_scale(Scale::Log10)
            .y_scale(Scale::Log10);
        if column == 0 {
            panel = panel.y_label("Processor seconds");
        }
        for entrant in solvers.iter().chain([&sgd]) {
            let of = costs
                .0
                .iter()
                .filter(|((name, size, _), _)| *name == entrant.name && *size == n);
            let points = of.filter_map(|((_, _, m), cost)| Some((*m as f64, (*cost)?.seconds?)));
            let points: Vec<_> = points.collect();
            panel = curve(panel, &points, entrant.style().label(entrant.name));
        }
        figure = figure.panel(0, column, panel);
    }
    studio.save("", &figure)
}

/// An entrant on a sample of m examples.
fn sampled(entrant: &Entrant, (n, k): (usize, usize), m: usize) -> Contest {
    let contest = contest(entrant, n, k, 0.0);
    let repetitions = match entrant.contestant {
        Contestant::Sgd(_) => 1,
        _ => 3,
    };
    let limits = Limits {
        words: 1e10,
        ..contest.limits
    };
    Contest {
        examples: Some(m),
        repetitions,
        limits,
        ..contest
    }
}

fn main() -> ExitCode {
    figure::main(
        "solvers_gap",
        include_str!("solvers_gap.rs"),
        &[Flag::Ns, Flag::K, Flag::Runs],
        draw,
    )
}
