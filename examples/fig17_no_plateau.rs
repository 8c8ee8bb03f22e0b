//! Figure 17: is there always a plateau?
//!
//! The paper's claim: of wide networks with zᵏ activations, settings v and vi, the loss falls from the
//! first update on if batches are large; in small batches there is a plateau.
//!
//! ```sh
//! cargo run --release --example fig17_no_plateau
//! cargo run --release --example fig17_no_plateau -- --scale paper
//! ```
//!
//! The number behind the claim is the share of the time to half of the first loss after which the loss
//! is, for the last time, above 95 % of it: 0.1 if it falls in a straight line, near 1 after a plateau.
//! No plateau means a share below 0.5. The first command takes a quarter of a minute on two cores, the
//! second three minutes of one. Expect the fall from the first update on in width 1000; in width 100
//! there is a plateau in large batches, too.
//!
//! The paper states the settings. Chosen here: (n, k) = (50, 3), hinge loss, uniform initialisation,
//! η = 0.01, which figure 6 states for setting vi, and the batch sizes.

use sparse_parity::plot::Figure;
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Setting, Trial};
use sparse_parity_examples::curves::{self, Count, Curve, Subject};
use sparse_parity_examples::figure::{self, Flag, Studio};
use std::process::ExitCode;

/// The share up to which there is no plateau.
const NO_PLATEAU: f64 = 0.5;
/// The most points of a curve.
const POINTS: usize = 120;

fn draw(studio: &mut Studio) -> Result {
    let (n, k) = studio.pick((10, 2), (50, 3), (50, 3));
    let (n, k, rate) = (studio.n(n), studio.k(k), studio.rate(0.01));
    let batches = studio.pick([8, 32], [32, 1024], [32, 8192]);
    let mut subjects = Vec::new();
    for (label, width) in [("v", 100), ("vi", 1000)] {
        for batch in batches {
            let trial = Trial {
                batch,
                rate: rate.into(),
                max_steps: studio.pick(20, 20_000, 20_000),
                ..Setting::from_label(label)?.trial(n, k)
            };
            let name = format!("zᵏ, r = {width}, B = {batch}");
            let runs = studio.runs(studio.pick(1, 3, 5));
            subjects.push(Subject { name, trial, runs });
        }
    }
    let all = curves::curves(studio, "curves", &subjects, POINTS)?;
    let mut figure = Figure::new(2, subjects.len()).title(format!(
        "Wide networks of zᵏ on the ({n}, {k})-parity, η = {rate}"
    ));
    for (col, (subject, curves)) in subjects.iter().zip(&all).enumerate() {
        let mut shares: Vec<f64> = curves.iter().filter_map(Curve::flat).collect();
        shares.sort_by(f64::total_cmp);
        let runs = curves::told(&curves::times(curves))?;
        let (is_large, known) = (
            subject.trial.batch == batches[1],
            shares.len() == curves.len(),
        );
        let (claim, holds) = match (is_large, shares.first(), shares.last()) {
            (true, _, last) => ("no plateau", last.is_some_and(|&most| most < NO_PLATEAU)),
            (false, first, _) => ("a plateau", first.is_some_and(|&least| least >= NO_PLATEAU)),
        };
        let told = match (shares.first(), shares.last()) {
            (Some(least), Some(most)) => format!("shares {least:.2} to {most:.2}"),
            _ => "no loss is halved".into(),
        };
        let claim = format!("{}: {claim}", subject.name);
        studio.find(claim, format!("{told}; {runs}"), known && holds)?;
        figure = curves::draw(figure, (0, col), subject, curves, Count::Updates);
    }
    studio.save("", &figure.size(1200, 480))
}

fn main() -> ExitCode {
    figure::main(
        "fig17_no_plateau",
        include_str!("fig17_no_plateau.rs"),
        &[Flag::N, Flag::K, Flag::Rate, Flag::Runs],
        draw,
    )
}
