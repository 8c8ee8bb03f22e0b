//! A Transformer that learns the (15, 3)-parity online: long nothing, then everything at once.
//!
//! With such a run the authors of the paper begin their talks. They do not state its settings; here it is the small
//! Transformer with what docs/settings.md found (one layer of attention, d_emb = 64, 8 heads, layer normalisation),
//! Adam with η = 0.0003 and fresh batches of 32.
//!
//! ```sh
//! cargo run --release --example first_demonstration
//! cargo run --release --example first_demonstration -- --scale paper
//! ```
//!
//! The first makes five runs, the second 25, in seconds; five are drawn, each with its error and its loss until it is
//! right on all of 8192 examples. The claims of the program were fixed before its first run: all runs are solved, and
//! each has an error above 0.4 for more than half of the time until it is below 0.1.

use sparse_parity::plot::Figure;
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, Setting, TransformerSettings, Trial};
use sparse_parity_examples::curves::{self, Count, Subject};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// The most points of a curve.
const POINTS: usize = 60;
/// Runs that are drawn.
const DRAWN: usize = 5;

fn draw(studio: &mut Studio) -> Result {
    let (n, k) = studio.pick((10, 2), (15, 3), (15, 3));
    let (n, k, setting) = (studio.n(n), studio.k(k), Setting::from_label("*iii")?);
    let trial = Trial {
        rate: studio.rate(setting.rate()).into(),
        learner: Learner::Transformer(TransformerSettings::small()),
        max_steps: studio.pick(20, 30_000, 30_000),
        ..setting.trial(n, k)
    };
    let subject = Subject {
        name: format!("Transformer on the ({n}, {k})-parity"),
        trial,
        runs: studio.runs(studio.pick(1, 5, 25)),
    };
    let all = curves::curves(studio, "curves", std::slice::from_ref(&subject), POINTS)?;
    let curves = &all[0];
    let times = curves::times(curves);
    studio.find(
        format!("{}: every run is solved", subject.name),
        curves::told(&times)?,
        times.solved() == curves.len(),
    )?;
    let (shares, plateau) = curves::plateaus(curves);
    let long = shares.iter().filter(|share| **share > 0.5).count();
    studio.find(
        format!("{}: a long plateau, then a sudden fall", subject.name),
        format!("{plateau}, for more than half of it in {long}"),
        long == curves.len(),
    )?;
    let figure = Figure::new(2, 1).title("A Transformer learns a parity online, a line a run");
    let drawn = &curves[..curves.len().min(DRAWN)];
    let figure = curves::draw(figure, (0, 0), &subject, drawn, Count::Updates);
    studio.save("", &figure.size(700, 560))
}

fn main() -> ExitCode {
    figure::main(
        "first_demonstration",
        include_str!("first_demonstration.rs"),
        &[Flag::N, Flag::K, Flag::Rate, Flag::Runs],
        draw,
    )
}
