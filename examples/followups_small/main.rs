//! Do measures of grokking tell when a network will generalise?
//!
//! Studies of grokking follow networks by many measures: the loss of the part of f on the relevant coordinates and
//! without it (*restricted* and *excluded*, Nanda and others, 2023), the sparsity of activations and the entropy of
//! weights (Golechha, 2024), the effective rank of weights (Yunis and others, 2024), the average outer product of
//! gradients in the inputs beside WᵀW (Radhakrishnan and others, 2024), and the curvature of the loss. They are said
//! to foretell generalisation, or to go with it. Here each orders runs with equal settings, as in
//! `followups_progress`: at landmarks, steps fixed beforehand, runs that are not solved yet are ordered by the
//! measure, and the index c is the share of pairs that are solved in that order; 1/2 is chance.
//!
//! ```sh
//! cargo run --release --example followups_small
//! cargo run --release --example followups_small -- --scale paper
//! ```
//!
//! 100 ReLUs, the (40, 3)-parity, hinge loss, B = 32, η = 0.1, λ = 0.01 in units of η, at most 50 000 updates, 200
//! runs for m = 1000 and for m = 2000 examples. Landmarks are about a fifth, two, three and four fifths of the
//! medians that `followups_norm` has for nearly the same decay; its runs share seeds with these. The part of f on the
//! support comes from 512 fresh inputs, and so do the inputs of other measures; the excluded loss and curvatures are
//! those on the sample. Every measure has the sign by which it is expected to be larger where a run is sooner. Rivals
//! are the norm of θ and the error on 4096 fresh examples. Intervals resample runs; they are not adjusted for the
//! number of measures.
//!
//! Claims, fixed before the runs at paper scale, at the third landmark of either m:
//!
//! 1. the restricted loss, an oracle, orders the runs better than the error on fresh examples;
//! 2. the excluded loss, an oracle, is larger where runs are sooner: c is above 1/2;
//! 3. so are flatter minima: c of −top eigenvalue and of −trace is above 1/2;
//! 4. so are weights of smaller entropy and effective rank;
//! 5. so are networks with sparser activations, and with a larger alignment of gradients;
//! 6. no measure without the support is better than the error on fresh examples.

mod run;

use run::{Course, ERROR, MEASURES, Run};
use sparse_parity::plot::{Color, Figure, Panel, Style};
use sparse_parity::stats::{Bootstrap, Estimate, Landmark, Time, Times, median};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{self, Flag, Studio};
use sparse_parity_examples::resampled::rng_of;
use std::process::ExitCode;

/// The landmark of the claims.
const THIRD: usize = 2;

/// The runs of a sample size.
struct Study {
    run: Run,
    courses: Vec<Course>,
    times: Vec<Time>,
    /// c of every measure at every landmark; `None` where no pair of runs is ordered.
    indices: Vec<Vec<Option<Estimate>>>,
}

impl Study {
    fn new(run: Run, courses: Vec<Course>) -> Study {
        let times = courses.iter().map(|course| course.time).collect();
        let mut study = Study {
            run,
            courses,
            times,
            indices: Vec::new(),
        };
        let all = |landmark| {
            let indices = (0..MEASURES.len()).map(|measure| study.index(landmark, measure));
            indices.collect()
        };
        study.indices = (0..study.run.landmarks.len()).map(all).collect();
        study
    }

    fn values(&self, landmark: usize, measure: usize) -> Vec<f64> {
        let values = self
            .courses
            .iter()
            .map(|course| course.at(landmark, measure));
        values.collect()
    }

    fn clusters(&self) -> Vec<u64> {
        (0..self.courses.len() as u64).collect()
    }

    fn index(&self, landmark: usize, measure: usize) -> Option<Estimate> {
        let at = Landmark::at(self.run.landmarks[landmark], &self.times).ok()?;
        let rng = &mut rng_of(&format!("{} {landmark} {measure}", self.run.samples));
        let values = self.values(landmark, measure);
        at.index(&values, &self.clusters(), &Bootstrap::default(), rng)
            .ok()
    }

    /// The median of a measure over the runs that are not solved yet; empty without such.
    fn median(&self, landmark: usize, measure: usize) -> String {
        let of = |at: Landmark| {
            let values = self.values(landmark, measure);
            median(at.at_risk.iter().map(|&run| values[run]))
        };
        let at = Landmark::at(self.run.landmarks[landmark], &self.times);
        let value = at.ok().and_then(of);
        value.map_or_else(String::new, |value| format!("{value:.3}"))
    }

    /// How much better a measure orders the runs than the error does, at the landmark of the claims.
    fn gain(&self, measure: usize) -> Option<Estimate> {
        let at = Landmark::at(self.run.landmarks[THIRD], &self.times).ok()?;
        let rng = &mut rng_of(&format!("gain {} {measure}", self.run.samples));
        let [values, rival] = [measure, ERROR].map(|measure| self.values(THIRD, measure));
        at.gain(
            &values,
            &rival,
            &self.clusters(),
            &Bootstrap::default(),
            rng,
        )
        .ok()
    }
}

/// The place of a measure.
fn place(name: &str) -> usize {
    let place = MEASURES.iter().position(|measure| measure.name == name);
    place.expect("claims name measures")
}

fn shown(estimate: Option<Estimate>) -> String {
    estimate.map_or("undefined".into(), |estimate| format!("{estimate:.3}"))
}

/// Whether c of each of these measures is above 1/2.
fn above(studio: &mut Studio, study: &Study, claim: &str, names: &[&str]) -> Result {
    let all = names
        .iter()
        .map(|name| (name, study.indices[THIRD][place(name)]));
    let told: Vec<String> = all
        .clone()
        .map(|(name, c)| format!("{name} {}", shown(c)))
        .collect();
    let holds = |c: Option<Estimate>| c.is_some_and(|c| c.interval.low > 0.5);
    studio.find(
        format!("m = {}: {claim}", study.run.samples),
        told.join(", "),
        all.into_iter().all(|(_, c)| holds(c)),
    )
}

fn find(studio: &mut Studio, study: &Study) -> Result {
    let m = study.run.samples;
    let times: Times = study.times.iter().copied().collect();
    let gain = study.gain(place("−restricted loss"));
    studio.find(
        format!("m = {m}: the restricted loss orders the runs better than the error"),
        format!(
            "c {}, {} more; {} of {} runs solved, {} diverged",
            shown(study.indices[THIRD][place("−restricted loss")]),
            shown(gain),
            times.solved(),
            times.runs(),
            times.diverged()
        ),
        gain.is_some_and(|gain| gain.interval.low > 0.0),
    )?;
    above(
        studio,
        study,
        "the excluded loss is larger where runs are sooner",
        &["excluded loss"],
    )?;
    let flat = ["−top eigenvalue", "−hessian trace"];
    above(studio, study, "flatter ones are sooner", &flat)?;
    let simple = ["−weight entropy", "−effective rank"];
    above(
        studio,
        study,
        "smaller entropy and effective rank are sooner",
        &simple,
    )?;
    let others = ["activation sparsity", "agop alignment"];
    above(
        studio,
        study,
        "sparser activations and aligned gradients are sooner",
        &others,
    )?;
    let free = (0..MEASURES.len()).filter(|&of| of != ERROR && !MEASURES[of].is_oracle);
    let gains: Vec<(usize, Estimate)> = free.filter_map(|of| Some((of, study.gain(of)?))).collect();
    let best = gains.iter().max_by(|a, b| a.1.value.total_cmp(&b.1.value));
    studio.find(
        format!("m = {m}: no measure without the support is better than the error"),
        format!(
            "c of −error {}; the best, {}, has {} more",
            shown(study.indices[THIRD][ERROR]),
            best.map_or("none", |best| MEASURES[best.0].name),
            shown(best.map(|best| best.1))
        ),
        !gains.is_empty() && gains.iter().all(|gain| gain.1.interval.low <= 0.0),
    )
}

/// All indices.
fn table(studio: &mut Studio, studies: &[Study]) -> Result {
    let mut rows = Vec::new();
    for study in studies {
        for (landmark, step) in study.run.landmarks.iter().enumerate() {
            let at_risk = Landmark::at(*step, &study.times).map_or(0, |at| at.at_risk.len());
            for (measure, named) in MEASURES.iter().enumerate() {
                rows.push(vec![
                    study.run.samples.to_string(),
                    step.to_string(),
                    at_risk.to_string(),
                    named.name.into(),
                    named.is_oracle.to_string(),
                    study.median(landmark, measure),
                    shown(study.indices[landmark][measure]),
                ]);
            }
        }
    }
    let columns = [
        "m",
        "landmark",
        "at risk",
        "measure",
        "uses the support",
        "median",
        "c",
    ];
    studio.save_table("table", &columns, &rows)
}

/// c against the landmark.
fn panel(study: &Study) -> Panel {
    let mut panel = Panel::new()
        .title(format!("m = {}", study.run.samples))
        .x_label("landmark")
        .y_label("index c")
        .y_range(0.0, 1.0);
    for (measure, named) in MEASURES.iter().enumerate() {
        let (mut x, mut y, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (landmark, step) in study.run.landmarks.iter().enumerate() {
            if let Some(c) = study.indices[landmark][measure] {
                x.push(*step as f64);
                y.push(c.value);
                low.push(c.interval.low);
                high.push(c.interval.high);
            }
        }
        let mut style = Style::new(Color::sequence(measure, MEASURES.len()));
        if named.is_oracle {
            style = style.dashed();
        }
        let bars = Style::new(Color::sequence(measure, MEASURES.len())).width(1.0);
        let bars = bars.data_label(format!("{}, 95 % interval", named.name));
        panel = panel
            .error_bars(&x, &low, &high, bars)
            .line(&x, &y, style.end_label(named.name));
    }
    panel.horizontal(0.5, "chance")
}

fn draw(studio: &mut Studio) -> Result {
    let paper = Run::default();
    let tiny = Run {
        n: 12,
        k: 2,
        width: 30,
        budget: 3000,
        ..paper.clone()
    };
    let quick = Run {
        budget: 20_000,
        ..paper.clone()
    };
    let base = studio.pick(tiny, quick, paper);
    let usual: [(usize, &[u64]); 2] = [
        (1000, &[1000, 2000, 3000, 4000]),
        (2000, &[400, 800, 1200, 1600]),
    ];
    let samples = studio.pick(
        vec![(100, &[20, 40, 60, 80][..])],
        usual.to_vec(),
        usual.to_vec(),
    );
    let runs = studio.runs(studio.pick(6, 20, 200));
    let settings = samples.into_iter().map(|(samples, landmarks)| Run {
        samples,
        landmarks: landmarks.to_vec(),
        ..base.clone()
    });
    let settings: Vec<Run> = settings.collect();
    let cells = settings.iter().map(|run| Cell::new(run.clone(), runs));
    let outcomes = studio.outcomes("runs", &Sweep::new(cells)?)?;
    let study = |(cell, run)| Study::new(run, outcomes.of(cell).cloned().collect());
    let studies: Vec<Study> = settings.into_iter().enumerate().map(study).collect();
    let mut figure = Figure::new(1, studies.len())
        .title(format!("({}, {})-parity, {runs} runs", base.n, base.k))
        .share_y()
        .size(680 * studies.len() as u32, 600);
    for (column, study) in studies.iter().enumerate() {
        find(studio, study)?;
        figure = figure.panel(0, column, panel(study));
    }
    table(studio, &studies)?;
    studio.save("", &figure)
}

fn main() -> ExitCode {
    figure::main(
        "followups_small",
        include_str!("main.rs"),
        &[Flag::Runs],
        draw,
    )
}
