//! Does the leap of a target say how its time to learn grows with n?
//!
//! The leap of a sum of monomials is the largest number of coordinates that have to be found at once: 1 for
//! x₁ + x₁x₂ + x₁x₂x₃, 2 for x₁ + x₁x₂x₃, 3 for x₁x₂x₃. Abbe, Boix-Adsera and Misiakiewicz, *SGD learning on neural networks: leap
//! complexity and saddle-to-saddle dynamics*, COLT 2023, prove for another setting, and conjecture in general, that learning takes about
//! n^max(leap, 2) steps in all, and that the monomials are learned one leap after the other.
//!
//! ```sh
//! cargo run --release --example followups_leap
//! cargo run --release --example followups_leap -- --scale paper
//! ```
//!
//! Targets have variance 1; 200 ReLUs, square loss, B = 32, η = 0.01, online. A monomial is learned when its coefficient in the
//! output, on 2048 fresh examples, exceeds half of that in the target; every 100 updates are looked at. The exponent is that
//! of the median time of the last monomial. Exponents of convergence times drift with n (figure 2 right), so that
//! numbers like 1, 1 and 2 are not expected, only their order.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. the exponents are ordered as the leaps are, those of leap 1 and 3 with intervals apart;
//! 2. for leaps 1 and 2, the monomials are learned in the order of their degrees in at least 95 % of the runs.

use serde::{Deserialize, Serialize};
use sparse_parity::data::Polynomial;
use sparse_parity::experiment::Experiment;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::stats::{Bootstrap, Sample, Time, Times, quantile_exponent, wilson};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::train::Cancelled;
use sparse_parity_examples::figure::{self, Flag, Studio, diverged, percent};
use sparse_parity_examples::medians::with_medians;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

/// The monomials of the targets of leap 1, 2 and 3.
const TARGETS: [&[&[usize]]; 3] = [
    &[&[0], &[0, 1], &[0, 1, 2]],
    &[&[0], &[0, 1, 2]],
    &[&[0, 1, 2]],
];
/// Updates between two looks.
const STRIDE: u64 = 100;
/// Fresh examples of a look.
const EXAMPLES: usize = 1 << 11;

/// A run on a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Climb {
    n: usize,
    sets: Vec<Vec<usize>>,
    budget: u64,
}

impl Default for Climb {
    fn default() -> Self {
        Climb {
            n: 20,
            sets: vec![vec![0]],
            budget: 1000,
        }
    }
}

/// The step at which each monomial was learned, and the last step.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stages {
    learned: Vec<Option<u64>>,
    steps: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    diverged: bool,
}

impl Stages {
    fn time(&self) -> Time {
        let all: Option<Vec<u64>> = self.learned.iter().copied().collect();
        let last = all.and_then(|all| all.into_iter().max());
        let unsolved = match self.diverged {
            true => Time::Never,
            false => Time::Censored(self.steps),
        };
        last.map_or(unsolved, Time::Solved)
    }
}

impl Climb {
    fn target(&self) -> sparse_parity::Result<Polynomial> {
        let c = 1.0 / (self.sets.len() as f64).sqrt();
        let terms: Vec<_> = self.sets.iter().map(|set| (set.clone(), c)).collect();
        Polynomial::new(self.n, &terms)
    }
}

impl Experiment for Climb {
    type Outcome = Stages;
    const NAME: &'static str = "leap";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Stages>> {
        let (target, uniform) = (self.target()?, Uniform::new(self.n)?);
        let model = Mlp::new(self.n, 200, Relu)?;
        let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let stream = Online::new(Labelled::new(uniform, target.clone())?, seeds);
        let sgd = Sgd::new(model.layout(), Rule::rate(0.01))?;
        let mut trainer = Trainer::new(model.clone(), Square, stream, sgd, theta, 32)?;
        let rng = &mut seeds.stream(Purpose::Eval);
        // The labels of each monomial alone.
        let mut x = Signs::ones(EXAMPLES, self.n)?;
        uniform.draw(rng, &mut x);
        let value = |row: usize, set: &Vec<usize>| {
            let negative = set.iter().filter(|i| x.is_negative(row, **i)).count();
            if negative % 2 == 1 { -1.0 } else { 1.0 }
        };
        let mut learned = vec![None; self.sets.len()];
        loop {
            let out = model.predict(trainer.theta(), &x);
            let step = trainer.steps();
            for ((set, c), learned) in target.terms().iter().zip(&mut learned) {
                let products = (0..EXAMPLES).map(|row| f64::from(out[row]) * value(row, set));
                let coefficient = products.sum::<f64>() / EXAMPLES as f64;
                if learned.is_none() && coefficient > c / 2.0 {
                    *learned = Some(step);
                }
            }
            let ended = |steps: u64, diverged: bool| Stages {
                learned: learned.clone(),
                steps,
                diverged,
            };
            if step >= self.budget || !learned.contains(&None) {
                return Ok(Some(ended(step, false)));
            }
            match trainer.run(STRIDE, Cancelled(stop)) {
                Stop::GivenUp { .. } => return Ok(None),
                Stop::Diverged { step } => return Ok(Some(ended(step, true))),
                _ => {}
            }
        }
    }

    fn budget_mut(&mut self) -> Option<&mut u64> {
        Some(&mut self.budget)
    }

    fn time(stages: &Stages) -> Option<Time> {
        Some(stages.time())
    }
}

fn draw(studio: &mut Studio) -> Result {
    let (sizes, budget, runs) = studio.pick(
        (&[6, 9][..], 3000, 3),
        (&[15, 20, 30], 60_000, 5),
        (&[20, 30, 45, 70], 300_000, 20),
    );
    let (sizes, runs) = (studio.ns(sizes), studio.runs(runs));
    let mut panel = Panel::new()
        .x_label("n")
        .y_label("updates until all monomials are learned")
        .x_scale(Scale::Log10)
        .y_scale(Scale::Log10);
    let mut exponents = Vec::new();
    for (place, sets) in TARGETS.iter().enumerate() {
        let climb = |n: usize| Climb {
            n,
            sets: sets.iter().map(|set| set.to_vec()).collect(),
            budget,
        };
        let leap = climb(sizes[0]).target()?.leap();
        let cells = sizes.iter().map(|&n| Cell::new(climb(n), runs));
        let outcomes = studio.outcomes(&format!("leap{leap}"), &Sweep::new(cells)?)?;
        let (mut samples, mut ordered, mut finished, mut lost) = (Vec::new(), 0, 0, 0);
        for (cell, &n) in sizes.iter().enumerate() {
            let times: Times = outcomes.of(cell).map(Stages::time).collect();
            lost += times.diverged();
            samples.push(Sample { n: n as f64, times });
            for stages in outcomes.of(cell) {
                let all: Option<Vec<u64>> = stages.learned.iter().copied().collect();
                finished += usize::from(all.is_some());
                ordered += usize::from(all.is_some_and(|all| all.is_sorted()));
            }
        }
        let name = format!("leap {leap}");
        let style = Style::new(Color::sequence(place, TARGETS.len())).label(name.clone());
        (panel, _) = with_medians(panel, &samples, style)?;
        let rng = &mut Seeds::from(leap as u64).stream(Purpose::Eval);
        let exponent = quantile_exponent(&samples, 0.5, &Bootstrap::default(), rng);
        let learned = format!(
            "{finished} of {} runs learn all{}",
            sizes.len() * runs as usize,
            diverged(lost)
        );
        exponents.push((leap, exponent, learned));
        if sets.len() > 1 && finished > 0 {
            let share = wilson(ordered, finished, 0.95)?;
            studio.find(
                format!("{name}: the monomials are learned in the order of their degrees"),
                format!("in {} of {finished} runs", percent(share)),
                share.value >= 0.95,
            )?;
        }
    }
    let told: Vec<String> = exponents
        .iter()
        .map(|(leap, exponent, learned)| match exponent {
            Ok(exponent) => format!("leap {leap}: {exponent:.2}, {learned}"),
            Err(_) => format!("leap {leap}: none, as {learned}"),
        })
        .collect();
    let found: Vec<_> = exponents
        .iter()
        .filter_map(|found| found.1.as_ref().ok())
        .collect();
    let is_ordered = match found[..] {
        [one, two, three] => {
            one.value < two.value
                && two.value < three.value
                && one.interval.high < three.interval.low
        }
        _ => false,
    };
    studio.find(
        "the exponents of the median are ordered as the leaps are",
        told.join("; "),
        is_ordered,
    )?;
    let title = format!("200 ReLUs, square loss, B = 32, η = 0.01: medians of {runs} runs");
    studio.save(
        "",
        &Figure::new(1, 1)
            .title(title)
            .panel(0, 0, panel)
            .size(640, 520),
    )
}

fn main() -> ExitCode {
    figure::main(
        "followups_leap",
        include_str!("followups_leap.rs"),
        &[Flag::Ns, Flag::Runs],
        draw,
    )
}
