//! What the runs without a clamp say.

use crate::grid::{Axis, Grid, Setting};
use sparse_parity::stats::median;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::medians;

/// The spread of the norm over a factor of 4 of η that Truong and others have.
const SPREAD: f64 = 0.03;

/// All findings; the delays of claim 6 are those of the largest sample.
pub fn find(studio: &mut Studio, grid: &Grid) -> Result {
    norms(studio, &grid.solved())?;
    delays(studio, &grid.delayed(), grid.settings.len())?;
    plenty(studio, grid)?;
    table(studio, grid)
}

/// What the norm at the generalisation depends on.
fn norms(studio: &mut Studio, grid: &Grid) -> Result {
    let by_lambda = grid.exponent(Axis::Lambda, Setting::norm)?;
    studio.find(
        "‖θ_g‖ falls with λ",
        format!("exponent {by_lambda:.3}"),
        by_lambda.interval.high < 0.0,
    )?;
    let [by_eta, by_samples, more] = grid.variations([Axis::Eta, Axis::Samples], Setting::norm)?;
    let exponent = grid.exponent(Axis::Eta, Setting::norm)?;
    studio.find(
        "‖θ_g‖ varies by no more than 3 % with η",
        format!("coefficient of variation {by_eta:.3}, exponent {exponent:.3}"),
        by_eta.interval.low <= SPREAD,
    )?;
    let exponent = grid.exponent(Axis::Samples, Setting::norm)?;
    studio.find(
        "‖θ_g‖ depends on m more than on η",
        format!(
            "coefficient of variation {by_samples:.3}, larger by {more:.3}; exponent {exponent:.3}"
        ),
        more.interval.low > 0.0,
    )
}

/// Whether delays follow their law with one κ.
fn delays(studio: &mut Studio, grid: &Grid, settings: usize) -> Result {
    for axis in Axis::ALL {
        let exponent = grid.exponent(axis, Setting::kappa)?;
        studio.find(
            format!("κ does not depend on {}", axis.name()),
            format!(
                "exponent {exponent:.2}, from {} of {settings} settings",
                grid.settings.len()
            ),
            exponent.value.is_finite() && exponent.interval.contains(0.0),
        )?;
    }
    let mut below = 0;
    let mut kappas = Vec::new();
    for setting in &grid.settings {
        let kappa = setting.estimate(Setting::kappa)?;
        below += usize::from(kappa.interval.high < 1.0);
        kappas.push(kappa.value);
    }
    let ends = |pick: fn(f64, f64) -> f64| kappas.iter().copied().reduce(pick).unwrap_or(f64::NAN);
    studio.find(
        "κ is below 1",
        format!(
            "over its whole interval in {below} of {} settings; medians from {:.3} to {:.3}; R² of ln(t_g − t_m) with one κ {:.2}",
            kappas.len(),
            ends(f64::min),
            ends(f64::max),
            determined(grid)
        ),
        below > 0 && below == kappas.len(),
    )
}

/// R² of the logarithms of the median delays, if the law has one κ, the geometric mean.
fn determined(grid: &Grid) -> f64 {
    let points: Vec<(f64, f64)> = (grid.settings.iter())
        .map(|setting| {
            let delay = medians::median(&setting.delays());
            (delay.ln(), setting.kappa(&setting.all()).ln())
        })
        .filter(|point| point.0.is_finite())
        .collect();
    let squares = |of: fn(&(f64, f64)) -> f64| {
        let mean = points.iter().map(of).sum::<f64>() / points.len() as f64;
        points
            .iter()
            .map(|point| (of(point) - mean).powi(2))
            .sum::<f64>()
    };
    1.0 - squares(|point| point.1) / squares(|point| point.0)
}

/// Whether the largest sample has no delay.
fn plenty(studio: &mut Studio, grid: &Grid) -> Result {
    let most = grid
        .settings
        .iter()
        .map(|setting| setting.run.samples)
        .max();
    let grid = grid.keep(|setting| Some(setting.run.samples) == most);
    let (mut short, mut runs, mut larger) = (0, 0, 0);
    let mut worst = 0.0_f64;
    for setting in &grid.settings {
        let memorised = setting.ends.iter().filter_map(|ends| ends.memorised);
        let memorised = median(memorised.map(|at| at.step as f64)).unwrap_or(f64::NAN);
        let share = medians::median(&setting.delays()) / memorised;
        short += usize::from(share < 0.1);
        worst = worst.max(share);
        for ends in &setting.ends {
            let Some(at) = ends.memorised.filter(|_| ends.time.solved().is_some()) else {
                continue;
            };
            runs += 1;
            larger += usize::from(ends.norm >= at.norm);
        }
    }
    studio.find(
        format!(
            "m = {}: the median delay is less than a tenth of t_m, and ‖θ_g‖ ≥ ‖θ_m‖ in most runs",
            most.unwrap_or(0)
        ),
        format!(
            "in {short} of {} settings, at most {worst:.3}; in {larger} of {runs} runs that memorise and generalise",
            grid.settings.len()
        ),
        short == grid.settings.len() && 2 * larger > runs,
    )
}

/// Counts and medians of every setting.
fn table(studio: &mut Studio, grid: &Grid) -> Result {
    let mut rows = Vec::new();
    for setting in &grid.settings {
        let (run, times, all) = (&setting.run, setting.times(), setting.all());
        let memorised: Vec<_> = setting
            .ends
            .iter()
            .filter_map(|ends| ends.memorised)
            .collect();
        let of = |value: fn(&crate::run::Passed) -> f64| {
            median(memorised.iter().map(value)).unwrap_or(f64::NAN)
        };
        let kappa = match setting.kappa(&all) {
            value if value.is_nan() => String::new(),
            _ => format!("{:.4}", setting.estimate(Setting::kappa)?),
        };
        rows.push(vec![
            run.samples.to_string(),
            run.eta.to_string(),
            run.lambda.to_string(),
            times.runs().to_string(),
            memorised.len().to_string(),
            times.solved().to_string(),
            times.diverged().to_string(),
            of(|at| at.step as f64).to_string(),
            format!("{:.3}", of(|at| at.norm)),
            medians::median(&times).to_string(),
            format!("{:.3}", setting.norm(&all)),
            medians::median(&setting.delays()).to_string(),
            kappa,
        ]);
    }
    let columns = [
        "m",
        "eta",
        "lambda",
        "runs",
        "memorised",
        "generalised",
        "diverged",
        "median t_m",
        "median norm at t_m",
        "median t_g",
        "median norm at t_g",
        "median delay",
        "kappa",
    ];
    studio.save_table("table", &columns, &rows)
}
