//! The time of the transition against the scale of the initial values and the decay.

use sparse_parity::optim::{Decay, Schedule};
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Bootstrap, Time, Times};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Outcome, Trial};
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::resampled::rng_of;

/// The sizes of the study.
pub struct Scope {
    pub base: Trial,
    pub rate: f64,
    pub scales: &'static [f64],
    pub decays: &'static [f64],
    pub runs: u64,
}

/// The slope of t ηλ in ln c, with an intercept for each λ; the medians come in the order of λ, then of c.
fn slope(scope: &Scope, medians: &[f64]) -> f64 {
    let (mut square, mut product) = (0.0, 0.0);
    let of_decay = medians.chunks(scope.scales.len());
    for (&decay, medians) in scope.decays.iter().zip(of_decay) {
        let points: Vec<(f64, f64)> = (scope.scales.iter().zip(medians))
            .filter(|(_, median)| median.is_finite())
            .map(|(scale, median)| (scale.ln(), median * scope.rate * decay))
            .collect();
        let count = points.len() as f64;
        let x = points.iter().map(|point| point.0).sum::<f64>() / count;
        let y = points.iter().map(|point| point.1).sum::<f64>() / count;
        for point in points {
            square += (point.0 - x).powi(2);
            product += (point.0 - x) * (point.1 - y);
        }
    }
    product / square
}

/// All runs, the slope and the picture.
pub fn study(studio: &mut Studio, scope: &Scope) -> Result {
    let mut trials = Vec::new();
    for &decay in scope.decays {
        trials.extend(scope.scales.iter().map(|&init_scale| Trial {
            init_scale,
            rate: Schedule::Constant(scope.rate),
            decay: Schedule::Constant(decay),
            convention: Decay::Scaled,
            ..scope.base.clone()
        }));
    }
    let sweep = Sweep::new(trials.into_iter().map(|trial| Cell::new(trial, scope.runs)))?;
    let outcomes = studio.outcomes("dichotomy", &sweep)?;
    let cells = scope.decays.len() * scope.scales.len();
    let times: Vec<Times> = (0..cells)
        .map(|cell| outcomes.of(cell).map(Outcome::time).collect())
        .collect();
    transition(studio, scope, &times)?;
    late(studio, outcomes.of(scope.scales.len() - 1).collect())?;
    studio.save("dichotomy", &figure(scope, &times)?)
}

/// The slope with its interval by resampling the runs of each cell.
fn transition(studio: &mut Studio, scope: &Scope, times: &[Times]) -> Result {
    let medians = times.iter().map(|times| Ok(times.median(0.95)?.value));
    let medians: Vec<Option<f64>> = medians.collect::<Result<_>>()?;
    let known: Vec<f64> = medians.iter().map(|m| m.unwrap_or(f64::INFINITY)).collect();
    let rng = &mut rng_of("dichotomy");
    let samples: Vec<&Times> = times.iter().collect();
    let interval =
        Bootstrap::default().of_quantiles(&samples, 0.5, rng, |drawn| slope(scope, drawn))?;
    let all: usize = times.iter().map(Times::runs).sum();
    let solved: usize = times.iter().map(Times::solved).sum();
    let diverged: usize = times.iter().map(Times::diverged).sum();
    studio.find(
        "t_g grows like ln c / (ηλ) with the slope 1",
        format!(
            "{:.2} ({:.2} to {:.2}) from {} medians, {solved} of {all} runs solved, {diverged} diverged",
            slope(scope, &known),
            interval.low,
            interval.high,
            known.iter().filter(|median| median.is_finite()).count()
        ),
        interval.contains(1.0),
    )
}

/// Whether the sample is memorised long before, at the largest scale and the smallest decay.
fn late(studio: &mut Studio, outcomes: Vec<&Outcome>) -> Result {
    let is_late = |outcome: &&&Outcome| match (outcome.memorised, outcome.time()) {
        (Some(memorised), Time::Solved(t)) => t >= 10 * memorised,
        (memorised, _) => memorised.is_some(),
    };
    let late = outcomes.iter().filter(is_late).count();
    studio.find(
        "at the largest scale and the smallest decay, t_g is at least 10 t_m",
        format!("in {late} of {} runs", outcomes.len()),
        late == outcomes.len(),
    )
}

/// The times in units of 1/(ηλ) against the scale.
fn figure(scope: &Scope, times: &[Times]) -> Result<Figure> {
    let mut panel = Panel::new()
        .x_label("scale c of the initial values")
        .y_label("median of t_g ηλ")
        .x_scale(Scale::Log10);
    let mut least = f64::INFINITY;
    for (place, &decay) in scope.decays.iter().enumerate() {
        let unit = scope.rate * decay;
        let cells = &times[place * scope.scales.len()..][..scope.scales.len()];
        let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (&scale, times) in scope.scales.iter().zip(cells) {
            let median = times.median(0.95)?;
            if let Some(value) = median.value {
                x.push(scale);
                y.push(value * unit);
                low.push(median.interval.low * unit);
                high.push(median.interval.high * unit);
                least = least.min(value * unit);
            }
        }
        let color = Color::sequence(place, scope.decays.len());
        let name = format!("λ = {decay}");
        let bars = Style::new(color).width(1.0);
        let bars = bars.data_label(format!("{name}, 95 % interval"));
        panel = panel
            .error_bars(&x, &low, &high, bars)
            .line(&x, &y, Style::new(color).label(name));
    }
    let law: Vec<f64> = scope
        .scales
        .iter()
        .map(|scale| least + scale.ln())
        .collect();
    let line = Style::new(Color::Grey).width(1.0).dashed();
    let panel = panel.line(scope.scales, &law, line.label("slope 1"));
    Ok(Figure::new(1, 1).panel(0, 0, panel).size(640, 480))
}
