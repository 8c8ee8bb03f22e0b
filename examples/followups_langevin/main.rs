//! Does the degree of a parity decide how the sample that mean-field Langevin dynamics need grows with n?
//!
//! Kernels need about nᵏ examples of a k-parity (Theorem 5). Suzuki, Wu, Oko and Nitanda, *Feature learning via
//! mean-field Langevin dynamics: classifying sparse parities and beyond*, NeurIPS 2023, prove that Langevin dynamics
//! of a very wide network in mean-field scaling need about n, for any k: the degree is decoupled from the exponent.
//! The widths of the theory are exponential in n, so that only small n can be tried.
//!
//! ```sh
//! cargo run --release --example followups_langevin
//! cargo run --release --example followups_langevin -- --scale paper
//! ```
//!
//! f(x) = R/N Σ_j (tanh(w_j·x + b_j) + 2 tanh v_j)/3 with R = 50 and N = 256, cross-entropy, all m examples in every
//! update, θ ← θ − η (N ∇L + 2λ′θ) + √(2ηλ) ξ with η = 0.3 and λ = λ′ = 0.01, standard normal initial values; m
//! examples are drawn with replacement. A run is solved at its first iterate without an error on all 2ⁿ inputs,
//! within 1000 updates. m* is the number of examples with which half of the runs are solved; its exponent is the
//! slope of ln m* in ln n for n = 6, 8, 10 and 12, with an interval by resampling runs. The control has no noise, λ =
//! 0. A pilot of four runs with other seeds chose the settings and the numbers of examples.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. the exponents for k = 2, 3 and 4 do not differ: intervals of the differences to that of k = 2 contain 0;
//! 2. they contain 1;
//! 3. each is below k, that of a kernel: its whole interval is;
//! 4. noise makes m* smaller: the mean of ln m* over n is smaller than that of the control, over its whole interval,
//!    for each k.
//!
//! That claim 4 is about the whole interval was written out after the runs, as the program had decided it from the start.

mod network;
mod run;

use run::{Cube, Learned};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Estimate, SolvedCount, Threshold, Time};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use sparse_parity_examples::resampled::{resampled, rng_of};
use std::process::ExitCode;

/// The share of solved runs at m*.
const SHARE: f64 = 0.5;

/// The runs of a degree, with or without noise.
struct Degree {
    k: usize,
    has_noise: bool,
    cells: Vec<(Cube, Vec<Learned>)>,
}

impl Degree {
    /// The fit to chosen runs of every cell; `None` if they bound no critical size.
    fn fit(&self, chosen: &[usize]) -> Option<Threshold> {
        let count = |(cube, runs): &(Cube, Vec<Learned>)| SolvedCount {
            size: cube.n as f64,
            samples: cube.samples as f64,
            solved: chosen
                .iter()
                .filter(|&&i| runs[i].time.solved().is_some())
                .count(),
            runs: chosen.len(),
        };
        let counts: Vec<SolvedCount> = self.cells.iter().map(count).collect();
        Threshold::fit(&counts, SHARE, 0.95).ok()
    }

    fn all(&self) -> Vec<usize> {
        (0..self.cells[0].1.len()).collect()
    }

    /// The exponent and the mean of ln m*, for chosen runs.
    fn growth(&self, chosen: &[usize]) -> [f64; 2] {
        let Some(fit) = self.fit(chosen) else {
            return [f64::NAN; 2];
        };
        let points: Vec<[f64; 2]> = (fit.at.iter())
            .map(|(n, critical)| [n.ln(), critical.value.ln()])
            .collect();
        let count = points.len() as f64;
        let [x, y] = [0, 1].map(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / count);
        let product: f64 = points.iter().map(|p| (p[0] - x) * (p[1] - y)).sum();
        let square: f64 = points.iter().map(|p| (p[0] - x).powi(2)).sum();
        [product / square, y]
    }

    fn name(&self) -> String {
        let noise = if self.has_noise { "" } else { ", no noise" };
        format!("k = {}{noise}", self.k)
    }
}

/// A statistic of all degrees, by resampling runs, which have the same seeds in all of them.
fn estimate(name: &str, runs: usize, statistic: impl Fn(&[usize]) -> f64) -> Result<Estimate> {
    resampled(runs, &mut rng_of(name), statistic)
}

/// The runs of all degrees, with noise and without.
fn degrees(studio: &mut Studio) -> Result<Vec<Degree>> {
    let ks = studio.pick(&[2][..], &[2, 3], &[2, 3, 4]);
    let ns = studio.pick(&[4, 5][..], &[6, 8], &[6, 8, 10, 12]);
    let samples = studio.pick(
        &[14, 18, 22, 28][..],
        &[20, 27, 35, 50, 70],
        &[25, 35, 50, 70, 100, 140, 200, 280, 400],
    );
    let neurons = studio.pick(64, 128, 256);
    let budget = studio.pick(400, 500, 1000);
    let runs = studio.runs(studio.pick(4, 10, 20));
    let mut degrees = Vec::new();
    for has_noise in [true, false] {
        degrees.extend(ks.iter().map(|&k| Degree {
            k,
            has_noise,
            cells: Vec::new(),
        }));
    }
    for degree in &mut degrees {
        for &n in ns {
            degree.cells.extend(samples.iter().map(|&samples| {
                let cube = Cube {
                    n,
                    k: degree.k,
                    samples,
                    neurons,
                    has_noise: degree.has_noise,
                    budget,
                };
                (cube, Vec::new())
            }));
        }
    }
    let cells = degrees.iter().flat_map(|degree| &degree.cells);
    let sweep = Sweep::new(cells.map(|(cube, _)| Cell::new(cube.clone(), runs)))?;
    let outcomes = studio.outcomes("runs", &sweep)?;
    let cells = degrees.iter_mut().flat_map(|degree| &mut degree.cells);
    for (place, (_, learned)) in cells.enumerate() {
        *learned = outcomes.of(place).cloned().collect();
    }
    Ok(degrees)
}

fn find(studio: &mut Studio, degrees: &[Degree]) -> Result {
    let (noisy, control) = degrees.split_at(degrees.len() / 2);
    let runs = noisy[0].all().len();
    let first = &noisy[0];
    for degree in noisy {
        let name = format!("exponent {}", degree.k);
        let exponent = estimate(&name, runs, |chosen| degree.growth(chosen)[0])?;
        let k = degree.k;
        studio.find(
            format!("k = {k}: the exponent is 1"),
            format!("{exponent:.2}"),
            exponent.value.is_finite() && exponent.interval.contains(1.0),
        )?;
        studio.find(
            format!("k = {k}: the exponent is below k"),
            format!("{exponent:.2}"),
            exponent.interval.high < k as f64,
        )?;
    }
    for degree in &noisy[1..] {
        let name = format!("difference {}", degree.k);
        let more = estimate(&name, runs, |chosen| {
            degree.growth(chosen)[0] - first.growth(chosen)[0]
        })?;
        studio.find(
            format!(
                "the exponent of k = {} is that of k = {}",
                degree.k, first.k
            ),
            format!("{more:.2} more"),
            more.value.is_finite() && more.interval.contains(0.0),
        )?;
    }
    for (degree, control) in noisy.iter().zip(control) {
        let name = format!("noise {}", degree.k);
        let ratio = estimate(&name, runs, |chosen| {
            (degree.growth(chosen)[1] - control.growth(chosen)[1]).exp()
        })?;
        studio.find(
            format!("k = {}: noise makes m* smaller", degree.k),
            format!("{ratio:.2} of that without noise"),
            ratio.interval.high < 1.0,
        )?;
    }
    Ok(())
}

/// All counts.
fn table(studio: &mut Studio, degrees: &[Degree]) -> Result {
    let mut rows = Vec::new();
    for degree in degrees {
        for (cube, runs) in &degree.cells {
            let solved = runs.iter().filter(|run| run.time.solved().is_some());
            let diverged = runs.iter().filter(|run| run.time == Time::Never);
            rows.push(vec![
                degree.k.to_string(),
                degree.has_noise.to_string(),
                cube.n.to_string(),
                cube.samples.to_string(),
                runs.len().to_string(),
                solved.count().to_string(),
                diverged.count().to_string(),
            ]);
        }
    }
    let columns = ["k", "noise", "n", "m", "runs", "solved", "diverged"];
    studio.save_table("table", &columns, &rows)
}

/// m* against n.
fn figure(degrees: &[Degree]) -> Figure {
    let mut panel = Panel::new()
        .x_label("n")
        .y_label("m*, with which half of the runs are solved")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    let ks = degrees.len() / 2;
    for (place, degree) in degrees.iter().enumerate() {
        let Some(fit) = degree.fit(&degree.all()) else {
            continue;
        };
        let of = |pick: fn(&Estimate) -> f64| -> Vec<f64> {
            fit.at.iter().map(|(_, critical)| pick(critical)).collect()
        };
        let x: Vec<f64> = fit.at.iter().map(|(n, _)| *n).collect();
        let (low, high) = (of(|m| m.interval.low), of(|m| m.interval.high));
        let mut style = Style::new(Color::sequence(place % ks, ks));
        let bars = style.clone().width(1.0);
        if !degree.has_noise {
            style = style.dashed();
        }
        let bars = bars.data_label(format!("{}, 95 % interval", degree.name()));
        panel = panel.error_bars(&x, &low, &high, bars).line(
            &x,
            &of(|m| m.value),
            style.label(degree.name()),
        );
    }
    Figure::new(1, 1).panel(0, 0, panel).size(640, 520)
}

fn draw(studio: &mut Studio) -> Result {
    let degrees = degrees(studio)?;
    find(studio, &degrees)?;
    table(studio, &degrees)?;
    studio.save("", &figure(&degrees))
}

fn main() -> ExitCode {
    figure::main(
        "followups_langevin",
        include_str!("main.rs"),
        &[Flag::Runs],
        draw,
    )
}
