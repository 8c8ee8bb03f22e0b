//! Training curves of several trials, a column of two panels for each.

use crate::figure::{Studio, diverged};
use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::Interval;
use sparse_parity::plot::{Color, Figure, Panel, Style};
use sparse_parity::seeds::Seeds;
use sparse_parity::stats::{Time, Times};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{self, CriterionKind, MeasureKind, Recorded, Recording, Trial};
use std::sync::atomic::AtomicBool;

/// A trial under its name, with the number of its runs, whose seeds are 0, 1, ….
#[derive(Debug, Clone)]
pub struct Subject {
    /// The title of the column.
    pub name: String,
    /// The trial.
    pub trial: Trial,
    /// The number of runs.
    pub runs: u64,
}

/// Error and loss of a run, each the mean over windows of batches that follow one another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Curve {
    /// The convergence time, or how else the run ended.
    pub time: Time,
    /// The times of the trial's criteria, if it has any; `None` where one was not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<Option<u64>>,
    /// The number of updates before the middle of each window.
    pub updates: Vec<f64>,
    /// The error of each window.
    pub error: Vec<f64>,
    /// The loss of each window.
    pub loss: Vec<f64>,
}

/// The fewest examples of a point.
const EXAMPLES: usize = 256;
/// Errors below which the plateau has ended, and the parity is as good as learned.
const LEFT: f64 = 0.4;
const LEARNED: f64 = 0.1;

impl Curve {
    fn of(run: &Recorded, batch: usize, points: usize) -> Curve {
        let rows = run.table.rows();
        let steps = rows.len().div_ceil(points).max(EXAMPLES.div_ceil(batch));
        let means = |column: usize| {
            let mean = |window: &[Vec<f64>]| {
                window.iter().map(|row| row[column]).sum::<f64>() / window.len() as f64
            };
            rows.chunks(steps).map(mean).collect()
        };
        Curve {
            time: run.outcome.time(),
            times: run.outcome.times.clone(),
            updates: means(0),
            error: means(1),
            loss: means(2),
        }
    }

    /// The share of the time to an error below 0.1 in which it is not yet below 0.4.
    pub fn plateau(&self) -> Option<f64> {
        let first = |below: f64| self.error.iter().position(|&error| error < below);
        let (left, learned) = (first(LEFT)?, first(LEARNED)?);
        Some(self.updates[left] / self.updates[learned])
    }

    /// The share of the time to half of the first loss after which the loss is, for the last time, above
    /// 95 % of it.
    pub fn flat(&self) -> Option<f64> {
        let first = self.loss[0];
        let half = self.loss.iter().position(|&loss| loss <= 0.5 * first)?;
        let above = self.loss[..half]
            .iter()
            .rposition(|&loss| loss > 0.95 * first)?;
        Some(self.updates[above] / self.updates[half])
    }
}

/// A trial whose outcome is its training curves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingCurves {
    /// The trial.
    pub trial: Trial,
    /// The most points of a curve.
    pub points: usize,
}

impl Default for TrainingCurves {
    fn default() -> Self {
        TrainingCurves {
            trial: Trial::default(),
            points: 100,
        }
    }
}

impl Experiment for TrainingCurves {
    type Outcome = Curve;
    const NAME: &'static str = "training-curves";
    const REVISION: u32 = trial::REVISION;

    fn revision(&self) -> u32 {
        self.trial.revision()
    }

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Curve>> {
        let recording = Recording {
            measures: vec![MeasureKind::BatchError, MeasureKind::Loss],
            ..Recording::new(Interval::every(1)?)
        };
        let assembly = self.trial.assemble()?;
        let run = assembly.record_until(seeds, &recording, stop)?;
        Ok(run.map(|run| Curve::of(&run, self.trial.batch, self.points)))
    }

    fn time(curve: &Curve) -> Option<Time> {
        Some(curve.time)
    }
}

/// The curves of all runs of each subject, of so many points at most. Subjects whose runs take long are
/// best given last.
///
/// # Errors
///
/// If a trial is refused, or rows cannot be written or read.
pub fn curves(
    studio: &Studio,
    part: &str,
    subjects: &[Subject],
    points: usize,
) -> Result<Vec<Vec<Curve>>> {
    let mut cells: Vec<Cell<TrainingCurves>> = Vec::new();
    let mut places = Vec::new();
    // Subjects with the same settings share a cell.
    for subject in subjects.iter().rev() {
        let trial = subject.trial.clone();
        let experiment = TrainingCurves { trial, points };
        let known = cells.iter().position(|cell| cell.experiment == experiment);
        places.push(known.unwrap_or(cells.len()));
        match known {
            Some(_) => (),
            None => cells.push(Cell::new(experiment, subject.runs)),
        }
    }
    let outcomes = studio.outcomes(part, &Sweep::new(cells)?)?;
    let of = |place: usize| outcomes.of(place).cloned().collect();
    Ok(places.into_iter().rev().map(of).collect())
}

/// What the x axis of training curves counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Updates.
    Updates,
    /// Examples seen, B an update.
    Examples,
}

/// Adds errors in the row `row` and losses in the row below, with t_c or how else runs ended as title;
/// the figure has one legend, of the runs.
pub fn draw(
    figure: Figure,
    (row, col): (usize, usize),
    subject: &Subject,
    curves: &[Curve],
    count: Count,
) -> Figure {
    let (unit, label) = match count {
        Count::Updates => (1.0, "updates"),
        Count::Examples => (subject.trial.batch as f64, "examples seen"),
    };
    let end = curves
        .iter()
        .filter_map(|curve| curve.updates.last())
        .fold(0.0, |end: f64, step| end.max(unit * step));
    let mut errors = Panel::new().title(&subject.name).y_range(-0.02, 0.6).line(
        &[0.0, end],
        &[0.5; 2],
        chance(),
    );
    let mut losses = Panel::new()
        .title(ends(curves, subject.trial.max_steps))
        .x_label(label)
        .y_range(0.0, 1.6);
    if col == 0 {
        errors = errors.y_label("error");
        losses = losses.y_label("hinge loss");
    }
    for (run, curve) in curves.iter().enumerate() {
        let mut x: Vec<f64> = curve.updates.iter().map(|step| unit * step).collect();
        let style = Style::new(Color::nth(run)).width(1.2);
        let style = style.label(format!("run {run}"));
        losses = losses.line(&x, &curve.loss, style.clone());
        let mut error = curve.error.clone();
        if let (Time::Solved(t), true) = (curve.time, is_exact(&subject.trial)) {
            // The iterate that ends the run makes no error, and the last window is a mean of earlier ones.
            x.push(unit * t as f64);
            error.push(0.0);
        }
        errors = errors.line(&x, &error, style);
    }
    let figure = figure.legend_once();
    figure.panel(row, col, errors).panel(row + 1, col, losses)
}

/// The style of a line at the error of guessing.
pub fn chance() -> Style {
    Style::new(Color::Grey).width(1.0).dashed().label("chance")
}

/// Whether a solved run ends without errors.
fn is_exact(trial: &Trial) -> bool {
    let exact = CriterionKind::Validation { accuracy: 1.0 };
    match trial.criteria.first() {
        Some(first) => *first == exact,
        None => trial.target_accuracy == 1.0,
    }
}

/// The [plateaus](Curve::plateau) of the curves that have one, ascending, and what is told of them.
pub fn plateaus(curves: &[Curve]) -> (Vec<f64>, String) {
    let mut shares: Vec<f64> = curves.iter().filter_map(Curve::plateau).collect();
    shares.sort_by(f64::total_cmp);
    let told = match (shares.first(), shares.last()) {
        (Some(least), Some(most)) => format!(
            "the error is above 0.4 for {:.0} to {:.0} % of the time to 0.1 ({} runs)",
            100.0 * least,
            100.0 * most,
            shares.len()
        ),
        _ => "no error falls below 0.1".into(),
    };
    (shares, told)
}

/// The convergence times of curves.
pub fn times(curves: &[Curve]) -> Times {
    curves.iter().map(|curve| curve.time).collect()
}

/// t_c of the runs, in words.
fn ends(curves: &[Curve], budget: u64) -> String {
    let times = times(curves);
    let known: Vec<u64> = times.known().collect();
    let mut words = Vec::new();
    match known.as_slice() {
        [] => {}
        [one] => words.push(format!("t_c = {one}")),
        [first, .., last] => words.push(format!("t_c = {first} … {last}")),
    }
    if times.censored() > 0 {
        words.push(format!("{} unsolved within {budget}", times.censored()));
    }
    if times.diverged() > 0 {
        words.push(format!("{} diverged", times.diverged()));
    }
    words.join(", ")
}

/// How many runs were solved, with Wilson's interval, and the median of t_c, in words.
///
/// # Errors
///
/// If there are no runs.
pub fn told(times: &Times) -> Result<String> {
    let rate = times.success_rate(0.95)?;
    let median = times.median(0.95)?.value;
    let diverged = diverged(times.diverged());
    Ok(format!(
        "{} of {} runs solved (95 % interval {:.0} to {:.0} %){diverged}, median t_c {}",
        times.solved(),
        times.runs(),
        100.0 * rate.interval.low,
        100.0 * rate.interval.high,
        median.map_or("beyond the budget".into(), |t| format!("{t:.0}")),
    ))
}
