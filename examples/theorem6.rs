//! How long does gradient flow stay near chance before it solves a disjoint parity?
//!
//! Theorem 6 of the paper, and its figure 5: the error of the disjoint-PolyNet along gradient flow
//! from all-ones, for k = 3 and 4 factors and blocks of n' = 11, 101 and 301 coordinates, over the time
//! T(0) at which the error becomes 0. For larger blocks the error stays above 0.49 for more of the
//! time, all the more for k = 4.
//!
//! ```sh
//! cargo run --release --example theorem6
//! ```
//!
//! It takes a second, prints T(0.49), T(0) and their ratio, compares the closed form with a numerical
//! solution, and draws `target/figures/theorem6.svg`, with a PNG and the data as CSV beside it.

use clap::Parser;
use sparse_parity::flow::Flow;
use sparse_parity::plot::{Color, Figure, Panel, Style};
use sparse_parity::terminal::{Result, report};
use sparse_parity::theory::theorem6::{DisjointFlow, velocity};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

/// The edge of the plateau.
const PLATEAU: f64 = 0.49;
/// The tolerance of the numerical solution.
const TOLERANCE: f64 = 1e-12;

/// The error of the disjoint-PolyNet along gradient flow.
#[derive(Parser)]
struct Args {
    /// Numbers of factors, a panel each
    #[arg(long, value_delimiter = ',', default_values_t = [3, 4])]
    k: Vec<usize>,
    /// Coordinates of a block, a curve each
    #[arg(long, value_delimiter = ',', default_values_t = [11, 101, 301])]
    block: Vec<usize>,
    /// Points of a curve
    #[arg(long, default_value_t = 2000)]
    points: usize,
    /// Folder for the figure
    #[arg(long, default_value = "target/figures")]
    out: PathBuf,
}

/// The error over time, in units of T(0), a little beyond it.
fn curve(
    flow: &DisjointFlow,
    block: usize,
    points: usize,
) -> sparse_parity::Result<(Vec<f64>, Vec<f64>)> {
    let end = flow.time_to_error(block, 0.0)?;
    let share = |i: usize| 1.05 * i as f64 / points as f64;
    let shares: Vec<f64> = (0..=points).map(share).collect();
    let error = |share: &f64| flow.error_at(share * end, block);
    let errors = shares.iter().map(error).collect::<Result<_, _>>()?;
    Ok((shares, errors))
}

/// The largest relative distance between the numerical solution and the closed form up to T(0).
fn distance(flow: &DisjointFlow, end: f64) -> sparse_parity::Result<f64> {
    let times: Vec<f64> = (1..=20).map(|i| end * f64::from(i) / 20.0).collect();
    let mut most = 0.0_f64;
    Flow::new(TOLERANCE)?.solve(flow.start(), &times, velocity, |time, v| {
        // Before T(0) the flow is finite.
        if let Ok(Some(exact)) = flow.weights(time) {
            let pairs = v.iter().zip(&exact);
            most = pairs.fold(most, |most, (v, exact)| most.max((v / exact - 1.0).abs()));
        }
        ControlFlow::Continue(())
    })?;
    Ok(most)
}

fn panel(args: &Args, k: usize, is_first: bool) -> Result<Panel> {
    let mut out = io::stdout();
    let flow = DisjointFlow::ones(k)?;
    let mut panel = Panel::new()
        .title(format!("k = {k}"))
        .x_label("time / T(0)")
        .x_range(0.0, 1.05)
        .y_range(-0.02, 0.56)
        .horizontal(0.5, "chance")
        .line(
            &[0.0, 1.05],
            &[PLATEAU; 2],
            Style::new(Color::Grey)
                .width(1.0)
                .dashed()
                .label("0.49, the end of the plateau"),
        );
    if is_first {
        panel = panel.y_label("error of sign(f)");
    }
    for (place, &block) in args.block.iter().enumerate() {
        let plateau = flow.time_to_error(block, PLATEAU)?;
        let end = flow.time_to_error(block, 0.0)?;
        let ratio = plateau / end;
        writeln!(
            out,
            "{k:>2} {block:>6} {plateau:>10.5} {end:>10.5} {ratio:>8.3} {:>10.1e}",
            distance(&flow, end)?
        )?;
        let (x, y) = curve(&flow, block, args.points)?;
        let style = Style::new(Color::nth(place)).label(format!("n' = {block}"));
        panel = panel.step(&x, &y, style);
    }
    Ok(panel)
}

fn run(args: &Args) -> Result {
    let mut out = io::stdout();
    writeln!(
        out,
        "Gradient flow on the disjoint-PolyNet from all-ones; T(ε) is the time at which the error \
         falls to ε.\nThe last column compares a numerical solution with the closed form.\n"
    )?;
    writeln!(
        out,
        "{:>2} {:>6} {:>10} {:>10} {:>8} {:>10}",
        "k", "n'", "T(0.49)", "T(0)", "ratio", "distance"
    )?;
    let mut figure = Figure::new(1, args.k.len().max(1)).legend_once();
    for (column, &k) in args.k.iter().enumerate() {
        figure = figure.panel(0, column, panel(args, k, column == 0)?);
    }
    let [svg, ..] = figure.save_all(&args.out, "theorem6")?;
    writeln!(out, "\nfigure {} (also .png, .csv)", svg.display())?;
    Ok(())
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}
