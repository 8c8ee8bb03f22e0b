//! The grokking window: which sample sizes decide, and which does SGD need?
//!
//! ```sh
//! cargo run --release --example solvers_window
//! cargo run --release --example solvers_window -- --scale paper
//! ```
//!
//! The share of instances of the (40, 3)-parity on which S is found from one sample of m clean examples, against m. Solvers that
//! refuse a sample as too small have not found S. SGD, a ReLU network with weight decay, makes passes over the sample; figure 15 shows
//! how it memorises first and groks later.
//!
//! Claims, fixed before the runs: `exhaustive` and `meet-in-the-middle` find S on 99 % of the instances from 20 examples on,
//! elimination from 50 on, and SGD on none with 100 and on most with 3000.
//!
//! Elimination does better than claimed: where the rank is below n it goes through all solutions, 2²⁰ at most, so that its
//! curve is that of the others from 20 examples on.

use sparse_parity::contest::{Contest, Contested};
use sparse_parity::plot::{Color, Figure, Panel, Scale};
use sparse_parity::terminal::Result;
use sparse_parity_examples::contests::{Entrant, contest, costs, curve};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

const N: usize = 40;
const K: usize = 3;
/// Sample sizes of solvers, and of SGD.
const FEW: [usize; 14] = [10, 14, 17, 20, 24, 28, 32, 36, 40, 42, 44, 47, 50, 100];
const MANY: [usize; 8] = [50, 100, 200, 400, 700, 1000, 3000, 10_000];

fn draw(studio: &mut Studio) -> Result {
    let runs = studio.runs(studio.pick(2, 100, 1000));
    let sgd_runs = studio.runs(studio.pick(2, 5, 20));
    let sgd = Entrant::decayed_relu(studio.pick(20, 20_000, 100_000));
    let solvers = [
        Entrant::solver("exhaustive", Color::Vermillion),
        Entrant::solver("meet-in-the-middle", Color::Green),
        Entrant::solver("elimination", Color::Blue),
    ];
    let cells =
        |entrants: &[Entrant], samples: &[usize]| -> Vec<((&'static str, usize), Contest)> {
            let cell = |entrant: &Entrant, m| {
                let contest = contest(entrant, N, K, 0.0);
                let examples = Some(m);
                (
                    (entrant.name, m),
                    Contest {
                        examples,
                        ..contest
                    },
                )
            };
            let of = |entrant| samples.iter().map(move |&m| cell(entrant, m));
            entrants.iter().flat_map(of).collect()
        };
    let parts = [
        ("solvers", cells(&solvers, &FEW), runs),
        ("sgd", cells(std::slice::from_ref(&sgd), &MANY), sgd_runs),
    ];
    let mut shares = Vec::new();
    for (part, cells, runs) in parts {
        let (_, outcomes) = costs(studio, part, &cells, runs)?;
        for (cell, (key, _)) in cells.into_iter().enumerate() {
            let all: Vec<&Contested> = outcomes.of(cell).collect();
            let right = all.iter().filter(|outcome| outcome.is_right).count();
            shares.push((key, right as f64 / all.len() as f64));
        }
    }
    let share = |name, m| {
        shares
            .iter()
            .find(|(key, _)| *key == (name, m))
            .map_or(0.0, |it| it.1)
    };
    for (name, from) in [
        ("exhaustive", 20),
        ("meet-in-the-middle", 20),
        ("elimination", 50),
    ] {
        let least = FEW.iter().filter(|m| **m >= from).map(|&m| share(name, m));
        let least = least.fold(1.0, f64::min);
        studio.find(
            format!("{name} finds S from {from} examples on"),
            format!("on {:.1} % at least", 100.0 * least),
            least >= 0.99,
        )?;
    }
    let (low, high) = (share(sgd.name, 100), share(sgd.name, 3000));
    studio.find(
        "SGD finds S on no instance with 100 examples and on most with 3000",
        format!("{:.0} % and {:.0} %", 100.0 * low, 100.0 * high),
        low == 0.0 && high > 0.5,
    )?;

    let mut panel = Panel::new()
        .title(format!(
            "Which samples decide? n = {N}, k = {K}, clean labels"
        ))
        .x_label("Examples m")
        .y_label("Instances on which S is found")
        .x_scale(Scale::Log10);
    // The curves of the solvers lie upon each other.
    for (place, entrant) in solvers.iter().chain([&sgd]).enumerate() {
        let of = shares.iter().filter(|((name, _), _)| *name == entrant.name);
        let points: Vec<_> = of.map(|((_, m), share)| (*m as f64, *share)).collect();
        let style = entrant.style().label(entrant.name);
        panel = match place {
            0 => curve(panel, &points, style.width(7.0).opacity(0.5)),
            1 => curve(panel, &points, style.width(3.5)),
            _ => curve(panel, &points, style.width(1.5)),
        };
    }
    studio.save("", &Figure::from(panel).size(640, 400))
}

fn main() -> ExitCode {
    figure::main(
        "solvers_window",
        include_str!("solvers_window.rs"),
        &[Flag::Runs],
        draw,
    )
}
