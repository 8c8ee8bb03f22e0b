//! Finding 1: does t_c grow like a power of nᵏ?
//!
//! The paper's claim: on the cells of Finding 1 the convergence time is at most c·n^(αk), with small constants c and
//! α for each architecture. That some constants bound finitely many times says nothing. What is looked at, as
//! fixed before the first run at paper scale: the medians of a setting at all nine (n, k), n in {10, 20, 30} and k in
//! {2, 3, 4}, lie along *one* power law in nᵏ with α < 1, which is that of random search, and none is above four
//! times of it.
//!
//! ```sh
//! cargo run --release --example finding1_times
//! cargo run --release --example finding1_times -- --scale paper
//! ```
//!
//! The cells are those of the grid with B = 32, hinge loss and uniform initialisation, settings i to xv at the rate of
//! docs/settings.md, with 25 runs each, of at most 10⁵ updates, and t_c is the time of 100 % as in Finding 1.
//! Quick scale leaves out networks of width 1000. α has a 95 % interval from the scatter of the nine medians around the power
//! law, c is that of the highest median. Paper scale takes half a CPU minute, nearly all of it for width 1000.

use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Point, PowerLaw, Times};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, Setting, Trial};
use sparse_parity_examples::figure::{self, Flag, Studio, number};
use std::process::ExitCode;

const N: [usize; 3] = [10, 20, 30];
const K: [usize; 3] = [2, 3, 4];
/// A median is at most so many times the power law.
const NEAR: f64 = 4.0;
const COLUMNS: usize = 5;

fn draw(studio: &mut Studio) -> Result {
    let (runs, max_steps) = studio.pick((2, 300), (9, 10_000), (25, 100_000));
    let runs = studio.runs(runs);
    let widest = studio.pick(1, 100, 1000);
    let is_drawn = |setting: &&Setting| match setting.learner(2) {
        Learner::Mlp(mlp) => mlp.width <= widest,
        _ => true,
    };
    let settings: Vec<&Setting> = Setting::ALL[..15].iter().filter(is_drawn).collect();
    let problems: Vec<(usize, usize)> = K.iter().flat_map(|&k| N.map(|n| (n, k))).collect();
    let mut cells = Vec::new();
    for setting in &settings {
        for &(n, k) in &problems {
            let trial = Trial {
                rate: setting.rate().into(),
                max_steps,
                ..setting.trial(n, k)
            };
            cells.push(Cell::new(trial, runs));
        }
    }
    let outcomes = studio.outcomes("", &Sweep::new(cells)?)?;
    let rows = settings.len().div_ceil(COLUMNS);
    let mut figure = Figure::new(rows, COLUMNS)
        .title("Medians of t_c against nᵏ, and the power law through the nine of a setting")
        .legend_once()
        .share_x()
        .share_y()
        .size(1250, 200 * rows as u32 + 110);
    let mut table = Vec::new();
    for (place, setting) in settings.iter().enumerate() {
        let of = (0..problems.len()).map(|cell| outcomes.times(problems.len() * place + cell));
        let times: Vec<Times> = of.collect();
        let panel = find(studio, setting, &problems, &times, &mut table)?;
        figure = figure.panel(place / COLUMNS, place % COLUMNS, panel);
    }
    let columns = [
        "setting", "n", "k", "runs", "solved", "median", "low", "high",
    ];
    studio.save_table("medians", &columns, &table)?;
    studio.save("", &figure)
}

/// Finds whether the medians of a setting lie along a power law, and draws both.
fn find(
    studio: &mut Studio,
    setting: &Setting,
    problems: &[(usize, usize)],
    times: &[Times],
    table: &mut Vec<Vec<String>>,
) -> Result<Panel> {
    let mut panel = Panel::new()
        .title(setting.to_string())
        .x_label("nᵏ")
        .y_label("median t_c, updates")
        .x_scale(Scale::Log10)
        .x_range(70.0, 9.9e5)
        .y_scale(Scale::Log10)
        .y_range(10.0, 3e5);
    let (mut points, mut unsolved) = (Vec::new(), 0);
    for (&(n, k), times) in problems.iter().zip(times) {
        let median = times.median(0.95)?;
        table.push(vec![
            setting.to_string(),
            n.to_string(),
            k.to_string(),
            times.runs().to_string(),
            times.solved().to_string(),
            number(median.value),
            number(Some(median.interval.low)),
            number(Some(median.interval.high)),
        ]);
        unsolved += times.runs() - times.solved();
        let power = (n as f64).powi(k as i32);
        // A median of 0 has no logarithm.
        let median = median.value.filter(|&t| t > 0.0);
        points.extend(median.map(|t| Point { n: power, t }));
        let style = Style::new(Color::sequence(k - 2, K.len())).label(format!("k = {k}"));
        let (x, y): (Vec<f64>, Vec<f64>) = median.map(|t| (power, t)).into_iter().unzip();
        panel = panel.points(&x, &y, style);
    }
    let claim = format!(
        "{setting}: t_c is at most c·n^(αk) with α < 1, and no median {NEAR} times the power law"
    );
    if points.len() < 3 {
        let number = format!("{} of {} medians are reached", points.len(), problems.len());
        studio.find(claim, number, false)?;
        return Ok(panel);
    }
    let law = PowerLaw::fit(&points, 0.95)?;
    let above = points.iter().map(|point| point.t / law.at(point.n));
    let above = above.fold(0.0, f64::max);
    studio.find(
        claim,
        format!(
            "α = {:.2}, c = {:.2}, the highest median {above:.2} times the power law; {} of {} medians reached, \
             {unsolved} of {} runs unsolved",
            law.exponent,
            above * law.at(1.0),
            points.len(),
            problems.len(),
            times.iter().map(Times::runs).sum::<usize>(),
        ),
        points.len() == problems.len() && law.exponent.interval.high < 1.0 && above <= NEAR,
    )?;
    let ends = points.iter().map(|point| point.n);
    let ends = [
        ends.clone().fold(f64::INFINITY, f64::min),
        ends.fold(0.0, f64::max),
    ];
    let style = |color| Style::new(color).width(1.2);
    let least = points
        .iter()
        .map(|point| point.t)
        .fold(f64::INFINITY, f64::min);
    let search = [least, least * ends[1] / ends[0]];
    Ok(panel
        .line(
            &ends,
            &ends.map(|n| law.at(n)),
            style(Color::Black).label("power law"),
        )
        .line(
            &ends,
            &search,
            style(Color::Grey).dashed().label("α = 1, as random search"),
        ))
}

fn main() -> ExitCode {
    figure::main(
        "finding1_times",
        include_str!("finding1_times.rs"),
        &[Flag::Runs],
        draw,
    )
}
