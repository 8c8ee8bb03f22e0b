//! Whether gradients of cross-entropy are lost in rounding without decay, and what StableMax does there.

use crate::run::Run;
use ndarray::Array1;
use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::stats::median;
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::train::Cancelled;
use sparse_parity::trial::LossKind;
use sparse_parity_examples::figure::Studio;
use std::sync::atomic::AtomicBool;

/// The losses, with their names.
const LOSSES: [(LossKind, &str); 2] = [
    (LossKind::CrossEntropy, "cross-entropy"),
    (LossKind::StableMax, "StableMax"),
];

/// A run without decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Absorption {
    n: usize,
    k: usize,
    samples: usize,
    width: usize,
    loss: LossKind,
    rate: f64,
    budget: u64,
    /// Updates between two looks.
    stride: u64,
}

impl Default for Absorption {
    fn default() -> Self {
        Absorption {
            n: 40,
            k: 3,
            samples: 1000,
            width: 100,
            loss: LossKind::CrossEntropy,
            rate: 0.3,
            budget: 50_000,
            stride: 1000,
        }
    }
}

/// What is seen at a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Look {
    step: u64,
    train: f64,
    test: f64,
    /// The largest y f on the sample.
    margin: f64,
    /// The share of the sample with a slope of exactly 0.
    lost: f64,
    /// The share of which a softmax of two logits in single precision rounds the probability to 1.
    absorbed: f64,
}

impl Absorption {
    fn look(&self, step: u64, out: &Array1<f32>, y: &Array1<f32>, test: f64) -> Look {
        let loss = self.loss.boxed::<f32>();
        let share = |holds: &dyn Fn(f32, f32) -> bool| {
            let count = y.iter().zip(out).filter(|(y, f)| holds(**y, **f)).count();
            count as f64 / y.len() as f64
        };
        let margins = y.iter().zip(out).map(|(y, f)| f64::from(y * f));
        Look {
            step,
            train: share(&|y, f| y * f <= 0.0),
            test,
            margin: margins.fold(f64::NEG_INFINITY, f64::max),
            lost: share(&|y, f| loss.slope(y, f) == 0.0),
            absorbed: share(&|y, f| 1.0 + (-y * f).exp() == 1.0),
        }
    }
}

impl Experiment for Absorption {
    type Outcome = Vec<Look>;
    const NAME: &'static str = "absorption";
    const REVISION: u32 = 1;

    fn run_until(
        &self,
        seeds: &Seeds,
        stop: &AtomicBool,
    ) -> sparse_parity::Result<Option<Vec<Look>>> {
        let law = ParityDistribution::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let model = Mlp::new(self.n, self.width, Relu)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let sample = epochs.examples().clone();
        let mut test = ErrorRate::clean(&model, law.parity(), seeds)?;
        let sgd = Sgd::new(model.layout(), Rule::rate(self.rate))?;
        let loss = self.loss.boxed::<f32>();
        let mut trainer = Trainer::new(model.clone(), loss, epochs, sgd, theta, 32)?;
        let mut looks = Vec::new();
        loop {
            let (step, theta) = (trainer.steps(), trainer.theta());
            let out = model.predict(theta, &sample.x);
            looks.push(self.look(step, &out, &sample.y, test.of(&model, theta)));
            if step >= self.budget {
                return Ok(Some(looks));
            }
            match trainer.run(self.stride, Cancelled(stop)) {
                Stop::GivenUp { .. } => return Ok(None),
                Stop::Diverged { .. } => return Ok(Some(looks)),
                _ => {}
            }
        }
    }
}

/// The runs of both losses, and what they say.
pub fn study(studio: &mut Studio, base: &Run, (budget, stride): (u64, u64), runs: u64) -> Result {
    let of = |(loss, _)| Absorption {
        n: base.n,
        k: base.k,
        samples: base.samples,
        width: base.width,
        loss,
        budget,
        stride,
        ..Absorption::default()
    };
    let cells = LOSSES.map(of).map(|run| Cell::new(run, runs));
    let outcomes = studio.outcomes("absorption", &Sweep::new(cells)?)?;
    let mut lasts = Vec::new();
    for loss in 0..LOSSES.len() {
        let last = outcomes.of(loss).filter_map(|looks| looks.last());
        lasts.push(last.cloned().collect::<Vec<Look>>());
    }
    let most = |looks: &[Look], of: fn(&Look) -> f64| looks.iter().map(of).fold(0.0, f64::max);
    let lost = most(&lasts[0], |look| look.lost);
    studio.find(
        "no gradient of cross-entropy is lost in single precision without decay",
        format!(
            "of {} runs, the largest share of slopes that are 0 after {budget} updates is {lost}, and the largest margin {:.1}",
            lasts[0].len(),
            most(&lasts[0], |look| look.margin)
        ),
        lost == 0.0,
    )?;
    let absorbed = most(&lasts[0], |look| look.absorbed);
    studio.find(
        "a softmax of two logits would lose some of them",
        format!("at most {:.1} % of the sample in a run", 100.0 * absorbed),
        absorbed > 0.0,
    )?;
    let solved = |looks: &[Look]| looks.iter().filter(|look| look.test <= 0.01).count();
    let [cross, stable] = [&lasts[0], &lasts[1]].map(|looks| solved(looks));
    let errors = [&lasts[0], &lasts[1]].map(|looks| median(looks.iter().map(|look| look.test)));
    let told = |error: Option<f64>| error.map_or("none".into(), |error| format!("{error:.3}"));
    studio.find(
        "StableMax generalises in no more runs than cross-entropy",
        format!(
            "{stable} of {} runs and {cross} of {}, median test errors {} and {}",
            lasts[1].len(),
            lasts[0].len(),
            told(errors[1]),
            told(errors[0])
        ),
        stable <= cross,
    )?;
    let all: Vec<Vec<&Vec<Look>>> = (0..LOSSES.len())
        .map(|loss| outcomes.of(loss).collect())
        .collect();
    studio.save("absorption", &figure(&all))
}

/// Medians of errors and margins against the step.
fn figure(all: &[Vec<&Vec<Look>>]) -> Figure {
    let panel = |title: &str| Panel::new().title(title).x_label("updates");
    let mut errors = panel("Test error, and train error (dashed)").y_label("error");
    let mut margins = panel("Largest margin on the sample")
        .y_label("y f")
        .y_scale(Scale::Log10);
    let colors = [Color::Blue, Color::Orange];
    for ((runs, (_, name)), color) in all.iter().zip(LOSSES).zip(colors) {
        // A run that diverges has fewer looks.
        let longest = runs.iter().max_by_key(|looks| looks.len());
        let steps = longest.into_iter().flat_map(|looks| looks.iter());
        let steps: Vec<f64> = steps.map(|look| look.step as f64).collect();
        let of = |value: fn(&Look) -> f64| -> Vec<f64> {
            let at =
                |place: usize| median(runs.iter().filter_map(|looks| looks.get(place)).map(value));
            (0..steps.len())
                .map(|place| at(place).unwrap_or(f64::NAN))
                .collect()
        };
        let style = || Style::new(color);
        let train = style().dashed().data_label(format!("{name}, train"));
        errors = errors
            .line(&steps, &of(|look| look.test), style().label(name))
            .line(&steps, &of(|look| look.train), train);
        margins = margins.line(&steps, &of(|look| look.margin), style().label(name));
    }
    // From there on e^(−yf) is lost beside 1.
    let ends: Vec<f64> = all[0][0].iter().map(|look| look.step as f64).collect();
    let level = vec![24.0 * std::f64::consts::LN_2; ends.len()];
    let line = Style::new(Color::Grey).width(1.0).dashed();
    margins = margins.line(&ends, &level, line.label("24 ln 2"));
    Figure::new(1, 2)
        .panel(0, 0, errors)
        .panel(0, 1, margins)
        .size(1000, 420)
}
