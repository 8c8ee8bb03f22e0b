//! What do observers add to a run on the plateau of a parity?

use super::{Row, over_rounds};
use crate::config::STAY;
use sparse_parity::prelude::*;
use sparse_parity::stats::median;
use sparse_parity::terminal::Result;
use std::time::Instant;

/// At the default of `--seconds`, runs have 20 000 steps.
const STEPS_PER_SECOND: f64 = 10_000.0;

/// The task and the learner, at (n, k, r, B) = (50, 3, 100, 32).
struct Plateau {
    steps: u64,
    seeds: Seeds,
    parity: Parity,
    model: Mlp<Relu>,
    theta: Params<f32>,
}

pub fn rows(seconds: f64) -> Result<Vec<Row>> {
    let steps = (STEPS_PER_SECOND * seconds).ceil() as u64;
    let plateau = Plateau::new(steps)?;
    let mut alone = Vec::new();
    let mut exact = Vec::new();
    let mut records = 0;
    let recorded = over_rounds(|| {
        let (mut convergence, mut recorder) = (plateau.convergence()?, plateau.recorder()?);
        let nothing = plateau.time(())?;
        exact.push(plateau.time(&mut convergence)? / nothing);
        let ratio = plateau.time(&mut recorder)? / nothing;
        records = recorder.table().rows().len();
        alone.push(nothing / steps as f64);
        Ok(ratio)
    })?;
    let medians = median(alone).zip(median(exact));
    let (alone, exact) = medians.ok_or("nothing was measured")?;
    let row = |case: String, measured| Row {
        check: "observers on the plateau",
        case: format!("{case}, {steps} steps"),
        measured,
    };
    let added = |ratio: f64| format!("{:+.1} %", 100.0 * (ratio - 1.0));
    Ok(vec![
        row("none".into(), format!("{:.2} µs a step", 1e6 * alone)),
        row("`Convergence`".into(), added(exact)),
        row(
            format!("`Recorder`, 20 a decade, {records} rows"),
            added(recorded),
        ),
    ])
}

impl Plateau {
    fn new(steps: u64) -> Result<Self> {
        let seeds = Seeds::from(1);
        let model = Mlp::new(50, 100, Relu)?;
        Ok(Plateau {
            steps,
            parity: Parity::random(50, 3, &mut seeds.stream(Purpose::Support))?,
            theta: Params::draw(model.layout(), &mut seeds.stream(Purpose::Init)),
            seeds,
            model,
        })
    }

    fn convergence(&self) -> Result<impl Observer<f32, Mlp<Relu>>> {
        Ok(Convergence::new(&self.model, &self.parity, &self.seeds)?)
    }

    fn recorder(&self) -> Result<Recorder<f32, Mlp<Relu>>> {
        let error = ErrorRate::clean(&self.model, &self.parity, &self.seeds)?.within(0.025)?;
        Ok(Recorder::new(Interval::per_decade(20)?)
            .with(BatchLoss)
            .with(error)
            .with(WeightMovement::new(&self.theta, "hidden.weight")?))
    }

    /// The seconds of a whole run, the same one every time, that does not leave the plateau.
    fn time(&self, observer: impl Observer<f32, Mlp<Relu>>) -> Result<f64> {
        let (model, theta) = (self.model.clone(), self.theta.clone());
        let distribution = ParityDistribution::from(self.parity.clone());
        let sgd = Sgd::new(model.layout(), Rule::rate(STAY))?;
        let stream = Online::new(distribution, &self.seeds);
        let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 32)?;
        let start = Instant::now();
        let stop = trainer.run(self.steps, observer);
        let time = start.elapsed().as_secs_f64();
        match stop {
            Stop::Budget => Ok(time),
            stop => Err(format!("a run on the plateau ended early: {stop:?}").into()),
        }
    }
}
