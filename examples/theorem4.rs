//! Can one step of gradient descent find the hidden coordinates?
//!
//! The procedure of Theorem 4 of the paper at a small size: a ReLU network with paired ±1 weights makes
//! one step on a large batch, after which its weights on the hidden coordinates stand out by the
//! Fourier gap of the majority; then the first layer is frozen and the output weights are trained by
//! SGD until no validation example is wrong. The theorem itself is about n so large that it could not
//! be run; the example prints from where on, beside the sizes that are used.
//!
//! ```sh
//! cargo run --release --example theorem4
//! ```
//!
//! It takes some seconds, prints the support found in the first gradient beside the true one, and
//! draws `target/figures/theorem4.svg`, with a PNG and the data as CSV beside it: on the left the
//! gradient of the first step, with the sizes that ξ predicts; on the right error and loss of the
//! second phase.

use clap::Parser;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::terminal::{Result, report};
use sparse_parity::theory::theorem4::Construction;
use sparse_parity::trial::{Theorem4, Theorem4Outcome};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Neurons whose gradients are drawn.
const SHOWN: usize = 40;

/// One large-batch step, then the output weights.
#[derive(Parser)]
struct Args {
    /// Number of coordinates, odd
    #[arg(long, default_value_t = 15)]
    n: usize,
    /// Number of relevant coordinates, even
    #[arg(long, default_value_t = 4)]
    k: usize,
    /// Number of neurons, even [default: every ideal feature with probability 0.9]
    #[arg(long)]
    width: Option<usize>,
    /// Size of the first batch [default: a relevant gradient of more than ten standard errors]
    #[arg(long)]
    first_batch: Option<usize>,
    /// Learning rate of the output weights [default: 8/width]
    #[arg(long)]
    rate: Option<f64>,
    /// Updates of the output weights after which the run is given up
    #[arg(long, default_value_t = 100_000)]
    max_steps: u64,
    /// Seed of support, network and data
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder for the figure
    #[arg(long, default_value = "target/figures")]
    out: PathBuf,
}

/// The sizes of the first gradients, those on S in colour, with the predicted ones.
fn gradients(outcome: &Theorem4Outcome, sizes: &Construction) -> Panel {
    let relevant = |i: &usize| outcome.support.contains(i);
    let points = |on: bool| {
        let columns = (0..sizes.n()).filter(|i| relevant(i) == on);
        let entries = columns.flat_map(|i| {
            let column = outcome.gradient.column(i).to_vec();
            column
                .into_iter()
                .take(SHOWN)
                .map(move |g| (i as f64, g.abs()))
        });
        entries.unzip::<f64, f64, Vec<_>, Vec<_>>()
    };
    let ((x, y), (other_x, other_y)) = (points(true), points(false));
    let most = y.iter().chain(&other_y).copied().fold(0.0, f64::max);
    Panel::new()
        .title("gradient of the first step")
        .x_label("coordinate")
        .x_range(-0.5, sizes.n() as f64 - 0.5)
        .y_label("size of the gradient")
        .y_range(0.0, 1.05 * most.max(sizes.relevant_gradient()))
        .points(
            &other_x,
            &other_y,
            Style::new(Color::Grey).label("not in S"),
        )
        .points(&x, &y, Style::new(Color::Vermillion).label("in S"))
        .horizontal(sizes.relevant_gradient(), xi(sizes.k() - 1))
        .horizontal(sizes.irrelevant_gradient(), xi(sizes.k() + 1))
}

/// The name of the gradient that is half a coefficient of the majority.
fn xi(degree: usize) -> String {
    let digit = |c: char| c.to_digit(10).and_then(|d| char::from_u32('₀' as u32 + d));
    let degree: String = degree.to_string().chars().filter_map(digit).collect();
    format!("|ξ{degree}|/2")
}

/// Error and loss along the training of the output weights.
fn training(outcome: &Theorem4Outcome) -> Panel {
    let column = |name| outcome.table.column(name).unwrap_or_default();
    let shifted: Vec<f64> = column("step").iter().map(|step| step + 1.0).collect();
    Panel::new()
        .title("output weights")
        .x_label("1 + updates")
        .y_label("hinge loss, error")
        .x_scale(Scale::Log10)
        .line(
            &shifted,
            &column("batch loss"),
            Style::new(Color::SkyBlue).width(1.0).label("batch loss"),
        )
        .line(
            &shifted,
            &column("error"),
            Style::new(Color::Vermillion).label("test error"),
        )
}

fn run(args: &Args) -> Result {
    let mut out = io::stdout();
    let sizes = Construction::new(args.n, args.k)?;
    let procedure = Theorem4 {
        width: args.width,
        first_batch: args.first_batch,
        rate: args.rate,
        max_steps: args.max_steps,
        ..Theorem4::new(args.n, args.k)
    };
    let chosen = procedure.sizes()?;
    let (n, k) = (args.n, args.k);
    let least = Construction::least_n(k, 0.01)?;
    let (r, batch, eta) = (chosen.width, chosen.first_batch, sizes.first_rate());
    writeln!(
        out,
        "Theorem 4 on a ({n}, {k})-parity: r = {r}, one step with B = {batch}, η_0 = {eta:.1}, \
         λ_0 = 1; then u alone."
    )?;
    writeln!(
        out,
        "The theorem's own sizes begin at n = {least} for ε = 0.01; here nothing is promised.\n"
    )?;
    let outcome = procedure.run(&args.seed.into())?;
    writeln!(out, "hidden support       {:?}", outcome.support)?;
    writeln!(out, "largest gradients    {:?}", outcome.recovered)?;
    writeln!(
        out,
        "ideal features       {:?} neurons for h_0, …, h_k",
        outcome.ideal
    )?;
    let error = outcome.table.column("error").unwrap_or_default();
    let last = error.last().copied().unwrap_or(f64::NAN);
    writeln!(
        out,
        "output weights       {} after {} updates, last recorded error {last:.4}",
        outcome.status, outcome.steps
    )?;
    let figure = Figure::new(1, 2)
        .panel(0, 0, gradients(&outcome, &sizes))
        .panel(0, 1, training(&outcome))
        .size(960, 320);
    let [svg, ..] = figure.save_all(&args.out, "theorem4")?;
    writeln!(
        out,
        "figure               {} (also .png, .csv)",
        svg.display()
    )?;
    Ok(())
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
