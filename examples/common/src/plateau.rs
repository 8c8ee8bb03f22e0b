//! A run through its plateau: what the loss hides, and what the weights show.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::Interval;
use sparse_parity::plot::{Color, Panel, Style};
use sparse_parity::seeds::Seeds;
use sparse_parity::trial::{self, MeasureKind, Recorded, Recording, Trial};
use std::sync::atomic::AtomicBool;

/// The matrix whose movement is drawn.
pub const WEIGHTS: &str = "hidden.weight";
/// The colours of the relevant coordinates, which mean nothing else in the picture.
const RELEVANT: [Color; 3] = [Color::Blue, Color::Green, Color::Purple];

/// How much of a run is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Points of a curve, about; of the loss four times as many.
    pub points: u64,
    /// Whether irrelevant weights are drawn one by one, and not as the range that they fill.
    pub has_every_weight: bool,
    /// Batches over which the loss is averaged.
    pub window: usize,
}

impl Default for Detail {
    fn default() -> Self {
        Detail {
            points: 50,
            has_every_weight: true,
            window: 1,
        }
    }
}

/// A run, a fourth longer than it takes to solve it, and its control on random labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plateau {
    /// The convergence time, if it was solved.
    pub t: Option<u64>,
    /// The last step shown.
    end: u64,
    loss: (Vec<f64>, Vec<f64>),
    steps: Vec<f64>,
    error: Vec<f64>,
    rho: Vec<f64>,
    control: (Vec<f64>, Vec<f64>),
    relevant: Vec<Weight>,
    irrelevant: Vec<Vec<f64>>,
    detail: Detail,
}

/// An entry of the matrix on a relevant coordinate, at the recorded steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Weight {
    /// The number of the coordinate among the relevant ones.
    place: usize,
    values: Vec<f64>,
}

/// A trial whose outcome is the run through its plateau.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlateauTrial {
    /// The trial.
    pub trial: Trial,
    /// How much of a run is drawn.
    pub detail: Detail,
}

impl Experiment for PlateauTrial {
    type Outcome = Plateau;
    const NAME: &'static str = "plateau";
    const REVISION: u32 = trial::REVISION;

    fn revision(&self) -> u32 {
        self.trial.revision()
    }

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Plateau>> {
        let &PlateauTrial { ref trial, detail } = self;
        let assembly = trial.assemble()?;
        let Some(outcome) = assembly.run_until(seeds, stop)? else {
            return Ok(None);
        };
        let beyond = outcome.t.map_or(0, |t| t / 4);
        let end = outcome.steps + beyond;
        let interval = Interval::every(end.div_ceil(detail.points).max(1))?;
        let movement = MeasureKind::Movement {
            block: WEIGHTS.into(),
        };

        let every_step = Recording {
            measures: vec![MeasureKind::Loss],
            beyond,
            ..Recording::new(Interval::every(1)?)
        };
        let Some(losses) = assembly.record_until(seeds, &every_step, stop)? else {
            return Ok(None);
        };
        let losses: Vec<f64> = losses.table.rows().iter().map(|row| row[1]).collect();

        let now_and_then = Recording {
            measures: vec![MeasureKind::Error, movement.clone()],
            trace: Some(WEIGHTS.into()),
            beyond,
            ..Recording::new(interval)
        };
        let Some(run) = assembly.record_until(seeds, &now_and_then, stop)? else {
            return Ok(None);
        };

        let control = Trial {
            random_labels: true,
            max_steps: end,
            ..trial.clone()
        };
        let of_control = Recording {
            measures: vec![movement],
            ..Recording::new(interval)
        };
        let control = control.assemble()?;
        let Some(control) = control.record_until(seeds, &of_control, stop)? else {
            return Ok(None);
        };
        let (relevant, irrelevant) = entries(&run);
        let column = |i: usize| run.table.rows().iter().map(|row| rounded(row[i])).collect();
        let of_control = control.table.rows().iter();
        Ok(Some(Plateau {
            t: outcome.t,
            end,
            loss: smooth(&losses, detail),
            steps: column(0),
            error: column(1),
            rho: column(2),
            control: of_control.map(|row| (row[0], rounded(row[1]))).unzip(),
            relevant,
            irrelevant,
            detail,
        }))
    }
}

/// The entries of the matrix along a run, those on relevant coordinates and the others.
fn entries(run: &Recorded) -> (Vec<Weight>, Vec<Vec<f64>>) {
    let (mut relevant, mut irrelevant) = (Vec::new(), Vec::new());
    let weights = run
        .trace
        .as_ref()
        .map_or(&[][..], |trace| &trace.weights[..]);
    let (rows, n) = weights.first().map_or((0, 0), |first| first.dim());
    for row in 0..rows {
        for i in 0..n {
            let values = weights
                .iter()
                .map(|w| rounded(w[[row, i]].into()))
                .collect();
            match run.outcome.support.binary_search(&i) {
                Ok(place) => relevant.push(Weight { place, values }),
                Err(_) => irrelevant.push(values),
            }
        }
    }
    (relevant, irrelevant)
}

impl Plateau {
    /// Loss and error.
    pub fn losses(&self) -> Panel {
        let (x, y) = &self.loss;
        let loss = Style::new(Color::SkyBlue).label("batch loss, smoothed");
        let error = Style::new(Color::Vermillion).label("clean error");
        self.panel("hinge loss, error")
            .horizontal(0.5, "chance")
            .line(x, y, loss)
            .line(&self.steps, &self.error, error)
    }

    /// The weights of the first layer.
    pub fn weights(&self) -> Panel {
        let mut panel = self.panel("weights w_t");
        if !self.detail.has_every_weight {
            let (lo, hi) = self.range_of_irrelevant();
            let style = Style::shade(Color::Grey).opacity(0.35);
            let style = style.label("irrelevant, from the least to the greatest");
            panel = panel.band(&self.steps, &lo, &hi, style);
        } else {
            panel = panel.line(&[], &[], Style::context().label("irrelevant"));
            for (i, weight) in self.irrelevant.iter().enumerate() {
                let style = Style::context().data_label(format!("irrelevant {}", i + 1));
                panel = panel.line(&self.steps, weight, style);
            }
        }
        let places = self.relevant.iter().map(|weight| weight.place + 1);
        let k = places.max().unwrap_or(1);
        let is_one_neuron = self.relevant.len() == k;
        for (i, weight) in self.relevant.iter().enumerate() {
            let name = format!("relevant {}", weight.place + 1);
            let style = Style::new(RELEVANT[weight.place % RELEVANT.len()]);
            let style = style.width(if is_one_neuron { 1.8 } else { 1.0 });
            if !is_one_neuron && i < k {
                panel = panel.line(&[], &[], style.clone().label(&name));
            }
            let style = match is_one_neuron {
                true => style.label(name),
                false => style.data_label(format!("{name}, neuron {}", i / k + 1)),
            };
            panel = panel.line(&self.steps, &weight.values, style);
        }
        panel
    }

    /// The movement ρ, beside that of the control.
    pub fn movement(&self) -> Panel {
        let (x, y) = &self.control;
        let control = Style::new(Color::Grey).dashed().label("ρ on random labels");
        self.panel("ρ(t)").line(x, y, control).line(
            &self.steps,
            &self.rho,
            Style::new(Color::Black).label("ρ"),
        )
    }

    fn panel(&self, name: &str) -> Panel {
        let panel = Panel::new().x_label("updates t").y_label(name);
        let panel = panel.x_range(0.0, self.end.max(1) as f64);
        match self.t {
            Some(t) => panel.vertical(t as f64, "t_c"),
            None => panel,
        }
    }

    /// The least and the greatest irrelevant weight of each recorded step.
    fn range_of_irrelevant(&self) -> (Vec<f64>, Vec<f64>) {
        let at = |step: usize| self.irrelevant.iter().map(move |w| w[step]);
        let least = |step| at(step).fold(f64::INFINITY, f64::min);
        let greatest = |step| at(step).fold(f64::NEG_INFINITY, f64::max);
        let steps = 0..self.steps.len();
        (
            steps.clone().map(least).collect(),
            steps.map(greatest).collect(),
        )
    }
}

/// A number to four decimals, which is more than a picture shows.
fn rounded(value: f64) -> f64 {
    (1e4 * value).round() / 1e4
}

/// Means over a window that moves along the curve, of which some are kept.
fn smooth(curve: &[f64], detail: Detail) -> (Vec<f64>, Vec<f64>) {
    let mean = |window: &[f64]| rounded(window.iter().sum::<f64>() / window.len() as f64);
    let window = detail.window.clamp(1, curve.len().max(1));
    let stride = curve.len().div_ceil(4 * detail.points as usize).max(1);
    let means = curve.windows(window).enumerate().step_by(stride);
    let middle = (window / 2) as f64;
    means
        .map(|(step, window)| (step as f64 + middle, mean(window)))
        .unzip()
}
