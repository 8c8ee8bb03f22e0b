//! Two circuits: does a network that groks a parity become sparse when it generalises?
//!
//! A network of 1000 ReLUs learns a sample of the (40, 3)-parity by heart and generalises later. Merrill, Tsilivis and Shukla,
//! *A Tale of Two Circuits: Grokking as Competition of Sparse and Dense Subnetworks*, 2023, explain it by a dense subnetwork that
//! memorises and a sparse one that takes over. Their measure is the effective sparsity, the number of neurons, the largest first,
//! that suffice for all answers on the training inputs.
//!
//! ```sh
//! cargo run --release --example followups_circuits
//! cargo run --release --example followups_circuits -- --scale paper
//! ```
//!
//! The protocol is theirs: m = 1000, r = 1000, hinge loss, B = 32, η = 0.1, weight decay 0.01 as in the packages, no output bias;
//! 9600 updates, which are 300 passes. Everything is measured every 160 updates; test errors are of 2000 fresh examples. Their
//! code compares accuracies where the text compares answers; here it is answers, in both readings: the *first* number of
//! neurons that suffices, and the *stable* one, from which on all larger numbers do.
//!
//! The set G of the neurons that suffice at the end is known at the end only. What it does before is therefore shown beside the
//! set of the same size that a rule without the future picks, the neurons with the largest norms at that time, and a random one.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. at the end, at most 8 neurons suffice in every run (published: 6, 6, 6, 8, 8);
//! 2. the sample is learned by heart before the test error is 1 % in every run;
//! 3. the network becomes sparse, 16 neurons or fewer, when it generalises: the ratio of both times has a median in [0.8, 1.25];
//! 4. the norm of θ falls before that: at its memorisation it is larger than at the end in every run;
//! 5. when the sample has been learned by heart, G has no more of the answers than the neurons with the largest norms.

use serde::{Deserialize, Serialize};
use sparse_parity::experiment::Experiment;
use sparse_parity::measure::{EffectiveSparsity, Faithfulness, ParamNorm, Reached, SupportShare};
use sparse_parity::model::Neurons;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::prelude::*;
use sparse_parity::stats::{self, Estimate};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use sparse_parity_examples::resampled::resampled;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Test examples.
const TEST: usize = 2000;
/// A test error that counts as generalisation.
const GENERALISED: f64 = 0.01;
/// A number of neurons that counts as sparse.
const SPARSE: f64 = 16.0;

/// A run of the protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Circuits {
    n: usize,
    k: usize,
    samples: usize,
    width: usize,
    steps: u64,
    /// Updates between two measurements.
    stride: u64,
}

impl Default for Circuits {
    fn default() -> Self {
        Circuits {
            n: 40,
            k: 3,
            samples: 1000,
            width: 1000,
            steps: 9600,
            stride: 160,
        }
    }
}

/// What was measured at a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Moment {
    step: u64,
    train: f64,
    test: f64,
    first: f64,
    stable: f64,
    norm: f64,
    share: f64,
    /// Of the set of the end, of the largest neurons, and of a random set of that size.
    faithful: [f64; 3],
}

/// What a run gives.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Course {
    moments: Vec<Moment>,
    memorised: Option<u64>,
    /// The number of neurons that suffice at the end.
    last: usize,
}

type Training = Trainer<f32, Mlp<Relu>, Hinge, Epochs<f32>, Sgd>;

impl Circuits {
    /// A training run, its sample, and test examples.
    fn begin(
        &self,
        seeds: &Seeds,
    ) -> sparse_parity::Result<(Training, Parity, Batch<f32>, Batch<f32>)> {
        let parity = Parity::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let law = ParityDistribution::from(parity.clone());
        let epochs = Epochs::draw(&law, self.samples, seeds)?;
        let sample = epochs.examples().clone();
        let uniform = Uniform::new(self.n)?;
        let test = Batch::clean(&uniform, &parity, TEST, &mut seeds.stream(Purpose::Eval))?;
        let model = Mlp::new(self.n, self.width, Relu)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let rule = Rule::rate(0.1).with_decay(0.01).by(Decay::Scaled);
        let sgd = Sgd::new(model.layout(), rule)?;
        let trainer = Trainer::new(model, Hinge, epochs, sgd, theta, 32)?;
        Ok((trainer, parity, sample, test))
    }
}

impl Experiment for Circuits {
    type Outcome = Course;
    const NAME: &'static str = "circuits";
    const REVISION: u32 = 1;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Course>> {
        // The set of the end is that of a run to the end, which is then made again.
        let (mut trainer, parity, sample, test) = self.begin(seeds)?;
        let model = trainer.model().clone();
        let mut memorised = Reached::on(&model, sample.clone())?;
        trainer.run(self.steps, &mut memorised);
        let x = sample.x.clone();
        let mut sparsity = EffectiveSparsity::first(&model, Relu, x.clone())?;
        let [last, _] = sparsity.of(trainer.theta());
        let neurons = Neurons::of(&model)?;
        let of_the_end = neurons.by_norm(trainer.theta())[..last].to_vec();
        let random: Vec<usize> = (0..last).collect();

        let (mut trainer, ..) = self.begin(seeds)?;
        let mut train = ErrorRate::on("train error", &model, sample)?;
        let mut test = ErrorRate::on("test error", &model, test)?;
        let share = SupportShare::new(&model, "hidden.weight", &parity)?;
        let faithful = |theta: &Params<f32>, kept: &[usize]| -> sparse_parity::Result<f64> {
            Ok(Faithfulness::new(&model, Relu, x.clone(), kept)?.of(theta))
        };
        let mut moments = Vec::new();
        loop {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let (step, theta) = (trainer.steps(), trainer.theta());
            let [first, stable] = sparsity.of(theta);
            let largest = neurons.by_norm(theta);
            moments.push(Moment {
                step,
                train: train.of(&model, theta),
                test: test.of(&model, theta),
                first: first as f64,
                stable: stable as f64,
                norm: ParamNorm.of(theta),
                share: share.of(theta),
                faithful: [
                    faithful(theta, &of_the_end)?,
                    faithful(theta, &largest[..last])?,
                    // Neurons are drawn alike, so that the first ones are a random set, but for those of the end.
                    faithful(theta, &random)?,
                ],
            });
            if step >= self.steps {
                break;
            }
            trainer.run(self.stride, ());
        }
        Ok(Some(Course {
            moments,
            memorised: memorised.first(),
            last,
        }))
    }
}

impl Course {
    /// The first step at which it holds.
    fn first(&self, holds: impl Fn(&Moment) -> bool) -> Option<u64> {
        self.moments
            .iter()
            .find(|moment| holds(moment))
            .map(|moment| moment.step)
    }

    fn generalised(&self) -> Option<u64> {
        self.first(|moment| moment.test <= GENERALISED)
    }

    fn at(&self, step: u64) -> &Moment {
        let before = self.moments.iter().rfind(|moment| moment.step <= step);
        before.unwrap_or(&self.moments[0])
    }
}

/// The median; NaN without numbers.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    stats::median(values).unwrap_or(f64::NAN)
}

/// The median with its interval by resampling.
fn estimated(values: &[f64]) -> Result<Estimate> {
    let rng = &mut Seeds::from(1).stream(Purpose::Eval);
    let of = |chosen: &[usize]| median(chosen.iter().map(|&i| values[i]));
    resampled(values.len(), rng, of)
}

fn draw(studio: &mut Studio) -> Result {
    let protocol = Circuits::default();
    let run = studio.pick(
        Circuits {
            n: 12,
            samples: 200,
            width: 100,
            steps: 640,
            ..protocol.clone()
        },
        Circuits {
            stride: 320,
            ..protocol.clone()
        },
        protocol,
    );
    let run = Circuits {
        n: studio.n(run.n),
        k: studio.k(run.k),
        ..run
    };
    let runs = studio.runs(studio.pick(2, 4, 12));
    let (n, k, m, width) = (run.n, run.k, run.samples, run.width);
    let sweep = Sweep::new([Cell::new(run, runs)])?;
    let courses: Vec<Course> = studio.outcomes("runs", &sweep)?.of(0).cloned().collect();
    claims(studio, &courses)?;

    let steps: Vec<f64> = courses[0]
        .moments
        .iter()
        .map(|moment| moment.step as f64)
        .collect();
    let of = |value: &dyn Fn(&Moment) -> f64| -> Vec<f64> {
        let at = |place: usize| median(courses.iter().map(|course| value(&course.moments[place])));
        (0..steps.len()).map(at).collect()
    };
    let panel = |title: &str, y: &str| Panel::new().title(title).x_label("updates").y_label(y);
    let line = |panel: Panel, name: &str, color, value: &dyn Fn(&Moment) -> f64| {
        panel.line(&steps, &of(value), Style::new(color).label(name))
    };
    let mut errors = panel("Errors", "error").y_range(0.0, 0.55);
    errors = line(errors, "train", Color::Grey, &|moment| moment.train);
    errors = line(errors, "test", Color::Black, &|moment| moment.test);
    let mut sparsity = panel("Neurons that suffice", "neurons").y_scale(Scale::Log10);
    sparsity = line(sparsity, "first", Color::Blue, &|moment| {
        moment.first.max(1.0)
    });
    sparsity = line(sparsity, "stable", Color::Orange, &|moment| {
        moment.stable.max(1.0)
    });
    let mut norm = panel("Norm", "‖θ‖");
    norm = line(norm, "norm", Color::Green, &|moment| moment.norm);
    let mut faithful = panel("Share of the answers", "faithfulness").y_range(0.0, 1.05);
    let sets = [
        ("those of the end", Color::Purple),
        ("the largest", Color::Blue),
        ("random ones", Color::Grey),
    ];
    for (place, (name, color)) in sets.into_iter().enumerate() {
        faithful = line(faithful, name, color, &|moment| moment.faithful[place]);
    }
    let title = format!("({n}, {k})-parity, m = {m}, r = {width}: medians of {runs} runs");
    let figure = Figure::new(2, 2)
        .title(title)
        .share_x()
        .panel(0, 0, errors)
        .panel(0, 1, sparsity)
        .panel(1, 0, norm)
        .panel(1, 1, faithful)
        .size(1000, 720);
    studio.save("", &figure)
}

fn claims(studio: &mut Studio, courses: &[Course]) -> Result {
    let all = courses.len();
    let mut sizes: Vec<usize> = courses.iter().map(|course| course.last).collect();
    sizes.sort_unstable();
    studio.find(
        "at the end, at most 8 neurons suffice in every run",
        format!("{sizes:?}"),
        sizes.last().is_some_and(|most| *most <= 8),
    )?;

    let both = |course: &Course| Some((course.memorised?, course.generalised()?));
    let pairs: Vec<(u64, u64)> = courses.iter().filter_map(both).collect();
    let before = pairs.iter().filter(|(heart, test)| heart < test).count();
    let of = |part: fn(&(u64, u64)) -> u64| median(pairs.iter().map(|pair| part(pair) as f64));
    studio.find(
        "the sample is learned by heart before the test error is 1 %",
        format!(
            "in {before} of {all} runs, medians {} and {} updates",
            of(|pair| pair.0),
            of(|pair| pair.1)
        ),
        before == all,
    )?;

    let ratio = |sparsity: fn(&Moment) -> f64| -> Vec<f64> {
        let ratio = |course: &Course| {
            let sparse = course.first(|moment| sparsity(moment) <= SPARSE)?;
            Some(sparse as f64 / course.generalised()? as f64)
        };
        courses.iter().filter_map(ratio).collect()
    };
    let [first, stable] = [ratio(|moment| moment.first), ratio(|moment| moment.stable)];
    if first.is_empty() || stable.is_empty() {
        studio.find(
            "the network becomes sparse when it generalises",
            "no run does both",
            false,
        )?;
    } else {
        let [of_first, of_stable] = [estimated(&first)?, estimated(&stable)?];
        studio.find(
            "the network becomes sparse when it generalises",
            format!(
                "the ratio of the times is {of_first:.2} at the median of {} runs, {of_stable:.2} of {} by the stable reading",
                first.len(),
                stable.len()
            ),
            (0.8..=1.25).contains(&of_first.value),
        )?;
    }

    let falls = |course: &&Course| {
        let end = course.moments.last().map_or(0.0, |moment| moment.norm);
        course
            .memorised
            .is_some_and(|step| course.at(step).norm > end)
    };
    let norms = |at: &dyn Fn(&Course) -> f64| median(courses.iter().map(at));
    let end = |course: &Course| course.moments.last().map_or(f64::NAN, |moment| moment.norm);
    let heart = |course: &Course| {
        course
            .memorised
            .map_or(f64::NAN, |step| course.at(step).norm)
    };
    let count = courses.iter().filter(falls).count();
    studio.find(
        "the norm at the memorisation is larger than at the end",
        format!(
            "in {count} of {all} runs, medians {:.1} at the start, {:.1} and {:.1}",
            norms(&|course| course.moments[0].norm),
            norms(&heart),
            norms(&end)
        ),
        count == all,
    )?;

    let gain = |course: &Course| {
        let faithful = course.at(course.memorised?).faithful;
        Some(faithful[0] - faithful[1])
    };
    let gains: Vec<f64> = courses.iter().filter_map(gain).collect();
    if gains.is_empty() {
        return studio.find(
            "at the memorisation, G has no more of the answers",
            "no run memorises",
            false,
        );
    }
    let gain = estimated(&gains)?;
    studio.find(
        "at the memorisation, G has no more of the answers than the largest neurons",
        format!("{gain:.3} more at the median of {} runs", gains.len()),
        gain.interval.low <= 0.0,
    )
}

fn main() -> ExitCode {
    figure::main_with(
        "followups_circuits",
        include_str!("followups_circuits.rs"),
        &[Flag::N, Flag::K, Flag::Runs],
        draw,
    )
}
