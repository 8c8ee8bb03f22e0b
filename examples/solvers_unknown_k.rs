//! k is not told: what does it cost to look for every k up to the true one?
//!
//! ```sh
//! cargo run --release --example solvers_unknown_k
//! cargo run --release --example solvers_unknown_k -- --scale paper
//! ```
//!
//! The operations on words of solvers that are told 1, …, k, divided by those of solvers that are told k, against n for k =
//! 4, on the same instances. The supports of up to k coordinates are 1 + k/(n − k + 1) + … times those of k.
//!
//! Claims, fixed before the runs: elimination takes the same; `exhaustive` without noise at most 1 + 2k/n times as
//! much; every solver finds S as often as before.

use sparse_parity::contest::Contest;
use sparse_parity::plot::{Color, Figure, Panel, Scale};
use sparse_parity::stats::median;
use sparse_parity::terminal::Result;
use sparse_parity_examples::contests::{Entrant, contest, costs, curve};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

const K: usize = 4;
const N: [usize; 5] = [20, 30, 50, 70, 100];

fn draw(studio: &mut Studio) -> Result {
    let (sizes, k) = (studio.ns(&N[..studio.pick(2, 5, 5)]), studio.k(K));
    let runs = studio.runs(studio.pick(2, 10, 100));
    let entrants = [
        (Entrant::solver("elimination", Color::Blue), 0.0),
        (Entrant::solver("exhaustive", Color::Vermillion), 0.0),
        (Entrant::solver("meet-in-the-middle", Color::Green), 0.0),
        (Entrant::solver("noisy-meet", Color::Orange), 0.1),
    ];
    let mut contests = Vec::new();
    for (entrant, noise) in &entrants {
        for &n in &sizes {
            for most_k in [None, Some(k)] {
                let contest = contest(entrant, n, k, *noise);
                contests.push(((entrant.name, n, most_k), Contest { most_k, ..contest }));
            }
        }
    }
    let (costs, outcomes) = costs(studio, "", &contests, runs)?;
    let words = |name, n, most_k| {
        let cell = contests
            .iter()
            .position(|(key, _)| *key == (name, n, most_k))?;
        let words = outcomes.of(cell).map(|outcome| outcome.ledger.words as f64);
        median(words)
    };
    let ratio = |name, n| Some(words(name, n, Some(k))? / words(name, n, None)?);
    let (mut same, mut above) = (true, f64::NEG_INFINITY);
    for &n in &sizes {
        same &= ratio("elimination", n) == Some(1.0);
        if let Some(ratio) = ratio("exhaustive", n) {
            above = above.max(ratio - 1.0 - 2.0 * k as f64 / n as f64);
        }
    }
    studio.find("elimination takes the same words", same, same)?;
    studio.find(
        "exhaustive takes at most 1 + 2k/n times the words",
        format!("largest excess {above:.3}"),
        above <= 0.0,
    )?;
    let lost = entrants
        .iter()
        .flat_map(|(entrant, _)| sizes.iter().map(move |n| (entrant.name, *n)));
    let lost = lost.filter(|&(name, n)| {
        costs.at((name, n, None)).is_some() && costs.at((name, n, Some(k))).is_none()
    });
    let lost = lost.count();
    studio.find(
        "every solver finds S on four of five instances as before",
        format!("{lost} do not"),
        lost == 0,
    )?;

    let mut panel = Panel::new()
        .title(format!(
            "Words if k is not told, over words if it is: k = {k}"
        ))
        .x_label("Coordinates n")
        .y_label("Ratio of the medians")
        .x_scale(Scale::Log10);
    for (entrant, noise) in &entrants {
        let points = sizes
            .iter()
            .filter_map(|&n| Some((n as f64, ratio(entrant.name, n)?)));
        let name = match noise {
            0.0 => entrant.name.into(),
            p => format!("{}, p = {p}", entrant.name),
        };
        panel = curve(
            panel,
            &points.collect::<Vec<_>>(),
            entrant.style().label(name),
        );
    }
    studio.save("", &Figure::from(panel).size(640, 400))
}

fn main() -> ExitCode {
    figure::main(
        "solvers_unknown_k",
        include_str!("solvers_unknown_k.rs"),
        &[Flag::Ns, Flag::K, Flag::Runs],
        draw,
    )
}
