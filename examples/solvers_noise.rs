//! Noise up to one half: what does it cost solvers and SGD?
//!
//! ```sh
//! cargo run --release --example solvers_noise
//! cargo run --release --example solvers_noise -- --scale paper
//! ```
//!
//! Processor seconds and examples against 1/(1 − 2p), for the (50, 3)-parity with SGD and the (100, 4)-parity without it. Every
//! solver draws as many examples as it wants and is drawn where it found S on at least four of five instances.
//!
//! Claims, fixed before the runs: the examples of solvers grow as the square of 1/(1 − 2p), with an exponent between 1.5 and
//! 2.5 from p = 0.3 on; for (100, 4) `noisy-meet` is the fastest at p = 0.1 and `exhaustive` at p = 0.4; SGD takes more
//! than 100 times the examples of solvers at every p at which it finds S. `--n` and `--k` are those of the first problem.

use sparse_parity::Error;
use sparse_parity::contest::{Contest, Contestant};
use sparse_parity::plot::{Color, Figure, Panel, Scale};
use sparse_parity::solver::Limits;
use sparse_parity::terminal::Result;
use sparse_parity_examples::contests::{Entrant, contest, costs, curve};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// The problem with SGD, and the one without it.
const PROBLEMS: [(usize, usize); 2] = [(50, 3), (100, 4)];
const P: [f64; 9] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45];
/// Noise beyond which SGD is not run.
const SGD: f64 = 0.3;

fn draw(studio: &mut Studio) -> Result {
    let noise: &[f64] = studio.pick(&P[..2], &P, &P);
    let runs = studio.runs(studio.pick(2, 5, 20));
    let [(n, k), other] = PROBLEMS;
    let problems = [(studio.n(n), studio.k(k)), other];
    if problems[0] == other {
        return Err(Error::InvalidSetting {
            name: "--n, --k".into(),
            value: format!("{}, {}", other.0, other.1),
            expected: "another problem: this one is drawn without SGD".into(),
        }
        .into());
    }
    let entrants = [
        Entrant::solver("exhaustive", Color::Vermillion),
        Entrant::solver("noisy-meet", Color::Orange),
        Entrant::solver("subset-elimination", Color::SkyBlue),
        Entrant::relu(studio.pick(20, 20_000, 200_000)),
    ];
    let mut contests = Vec::new();
    for (problem, (n, k)) in problems.into_iter().enumerate() {
        for entrant in &entrants {
            let is_sgd = matches!(entrant.contestant, Contestant::Sgd(_));
            for &p in noise {
                if is_sgd && (problem > 0 || p > SGD) {
                    continue;
                }
                let contest = contest(entrant, n, k, p);
                let limits = Limits {
                    words: 1e9,
                    ..contest.limits
                };
                let repetitions = if is_sgd { 1 } else { 3 };
                let contest = Contest {
                    repetitions,
                    limits,
                    ..contest
                };
                contests.push(((problem, entrant.name, p), contest));
            }
        }
    }
    let (costs, _) = costs(studio, "", &contests, runs)?;
    for (problem, (n, k)) in problems.into_iter().enumerate() {
        let examples = |p| {
            costs
                .at((problem, "exhaustive", p))
                .map(|cost| cost.examples)
        };
        if let (Some(low), Some(high)) = (examples(0.3), examples(0.45)) {
            // 1/(1 - 2p) is 2.5 and 10.
            let exponent = (high / low).ln() / 4f64.ln();
            studio.find(
                format!("examples grow as (1 - 2p)^-2 for ({n}, {k})"),
                format!("exponent {exponent:.2}"),
                (1.5..=2.5).contains(&exponent),
            )?;
        }
    }
    for (p, name) in [(0.1, "noisy-meet"), (0.4, "exhaustive")] {
        let times = entrants
            .iter()
            .filter_map(|entrant| Some((entrant.name, costs.at((1, entrant.name, p))?.seconds?)));
        if let Some((found, time)) = times.min_by(|a, b| a.1.total_cmp(&b.1)) {
            studio.find(
                format!("{name} is the fastest for (100, 4), p = {p}"),
                format!("{found}, {time:.1e} s"),
                found == name,
            )?;
        }
    }
    let ratios: Vec<f64> = noise
        .iter()
        .filter_map(|&p| {
            let sgd = costs.at((0, "SGD, ReLU", p))?.examples;
            Some(sgd / costs.at((0, "exhaustive", p))?.examples)
        })
        .collect();
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    studio.find(
        format!(
            "SGD takes more than 100 times the examples for {:?}",
            problems[0]
        ),
        format!(
            "at least {least:.0} times, at {} of {} p",
            ratios.len(),
            noise.len()
        ),
        least > 100.0 && !ratios.is_empty(),
    )?;

    let mut figure = Figure::new(2, problems.len())
        .title(format!("Noise up to one half: medians of {runs} instances"))
        .legend_once()
        .share_x()
        .share_y();
    for (problem, (n, k)) in problems.into_iter().enumerate() {
        let panel = || Panel::new().x_scale(Scale::Log10).y_scale(Scale::Log10);
        let mut above = panel().title(format!("n = {n}, k = {k}"));
        let mut below = panel().x_label("1/(1 − 2p)");
        if problem == 0 {
            above = above.y_label("Processor seconds");
            below = below.y_label("Examples");
        }
        for entrant in &entrants {
            let at = |&p: &f64| {
                let cost = costs.at((problem, entrant.name, p))?;
                Some((1.0 / (1.0 - 2.0 * p), cost))
            };
            let costs: Vec<_> = noise.iter().filter_map(at).collect();
            let style = entrant.style().label(entrant.name);
            let times: Vec<_> = costs
                .iter()
                .filter_map(|(x, cost)| Some((*x, cost.seconds?)))
                .collect();
            let examples: Vec<_> = costs.iter().map(|(x, cost)| (*x, cost.examples)).collect();
            above = curve(above, &times, style.clone());
            below = curve(below, &examples, style);
        }
        figure = figure.panel(0, problem, above).panel(1, problem, below);
    }
    studio.save("", &figure)
}

fn main() -> ExitCode {
    figure::main(
        "solvers_noise",
        include_str!("solvers_noise.rs"),
        &[Flag::N, Flag::K, Flag::Runs],
        draw,
    )
}
