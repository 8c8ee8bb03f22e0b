//! Figure 3: what happens during the plateau?
//!
//! A single sine neuron learns a parity. Loss and error say nothing for a long time and then fall at
//! once. The paper's claim: beneath that the weights move steadily all the while. ρ(t) = ‖w_t − w_0‖_∞
//! rises above that of the same neuron, the same inputs and *random* labels long before the accuracy
//! moves, and it foretells the time that is left. So it is a progress measure; that is a prediction and
//! no cause, since nobody has set ρ and seen the time change.
//!
//! ```sh
//! cargo run --release --example fig03_hidden_progress
//! cargo run --release --example fig03_hidden_progress -- --scale paper
//! ```
//!
//! The first makes 50 runs for each of four batches in 45 s of processor time, the second 200 in four
//! minutes. The figure shows one run with small batches and one with large ones, their loss smoothed
//! over 16 batches; a dashed line is t_c. The second figure has the statistics: how often ρ of a run is above that of a control at the same share of t_c, with a disc where
//! the error of the median run falls below 0.4, and the time that is left against ρ at half of the
//! median of these steps.
//!
//! Expect the separation early for large batches. With small ones both kinds of labels shake the
//! weights, and ρ, which is the largest of fifty such walks, tells them apart hardly before the accuracy
//! does. A ρ of half the time at which the accuracy of the *first* run moves then foretells nothing either.
//!
//! t_c is the time of 100 % of validation examples. Findings with the other rule, a running accuracy of 75 %
//! (docs/figures.md), on 384 training examples whatever the batch, stand beside.
//!
//! The paper states the neuron and the control. Chosen here: (n, k) = (50, 3), its usual problem;
//! η = 0.01, which it states for single sine neurons in figures 1 and 10; hinge loss and uniform
//! initialisation. Of the batches 1, 4, 32, 128 and 1024 the smallest of which most runs are solved at
//! this rate is 4 (B = 1: 4 of 10), the largest in the paper is 1024.

use rand::seq::SliceRandom;
use sparse_parity::plot::{Color, Figure, Panel, Scale, Style};
use sparse_parity::stats::{Bootstrap, Estimate, RankCorrelation};
use sparse_parity::sweep::{Cell, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{CriterionKind, Setting, Trial};
use sparse_parity_examples::control::{Run, Study, UNMOVED};
use sparse_parity_examples::figure::{self, Flag, Studio};
use sparse_parity_examples::paper::criterion_of;
use sparse_parity_examples::plateau::{Detail, PlateauTrial};
use std::process::ExitCode;

const K: usize = 3;
/// The batches of the two columns.
const DRAWN: [usize; 2] = [4, 1024];
/// Those of the statistics.
const BATCHES: [usize; 4] = [4, 32, 128, 1024];
const RATE: f64 = 0.01;
const BUDGET: u64 = 50_000;
const DETAIL: Detail = Detail {
    points: 55,
    has_every_weight: true,
    window: 16,
};
/// Steps between two values of ρ.
const STRIDE: u64 = 10;
/// A separation that is nearly certain.
const CLEAR: f64 = 0.95;

fn draw(studio: &mut Studio) -> Result {
    let neuron = Setting::from_label("xiv")?;
    let n = studio.n(studio.pick(12, 50, 50));
    let trial = |batch| Trial {
        batch,
        rate: RATE.into(),
        max_steps: BUDGET,
        criteria: vec![
            CriterionKind::Validation { accuracy: 1.0 },
            criterion_of(batch),
        ],
        ..neuron.trial(n, K)
    };
    // What is drawn has one t_c.
    let shown = DRAWN.map(|batch| PlateauTrial {
        trial: Trial {
            criteria: Vec::new(),
            ..trial(batch)
        },
        detail: DETAIL,
    });
    let shown = Sweep::new(shown.map(|run| Cell::new(run, 1)))?;
    let shown = studio.outcomes("runs", &shown)?;
    let mut figure = Figure::new(3, 2)
        .title(format!(
            "A sine neuron learns the ({n}, {K})-parity, η = {RATE}"
        ))
        .share_x()
        .legend_once()
        .size(1000, 760);
    let runs = (0..DRAWN.len()).flat_map(|cell| shown.of(cell));
    for (column, run) in runs.enumerate() {
        figure = figure
            .heading(column, format!("B = {}", DRAWN[column]))
            .panel(0, column, run.losses())
            .panel(1, column, run.weights())
            .panel(2, column, run.movement());
    }
    studio.save("", &figure)?;

    let (batches, runs) = studio.pick((&BATCHES[1..3], 6), (&BATCHES[..], 50), (&BATCHES[..], 200));
    let runs = studio.runs(runs);
    let mut separation = Panel::new()
        .title("ρ tells real from random labels")
        .x_label("share of t_c")
        .y_label("P(ρ > ρ of a control)")
        .x_range(0.0, 1.0)
        .y_range(0.4, 1.0)
        .horizontal(0.5, "chance")
        .horizontal(CLEAR, "0.95")
        .points(
            &[],
            &[],
            Style::new(Color::Grey)
                .width(2.6)
                .label("error of the median run below 0.4"),
        );
    let mut panels = Vec::new();
    for (place, &batch) in batches.iter().enumerate() {
        let name = format!("statistics_b{batch}");
        let study = Study::make(studio, name, &trial(batch), runs, STRIDE)?;
        let color = Color::sequence(place, batches.len());
        let who = format!("B = {batch}");
        study.is_told_halfway(studio, &who)?;
        study.compare_criteria(studio, &who)?;
        separation = separates(studio, &study, batch, separation, color)?;
        let [_, of_median] = [
            foretells(studio, &study, batch, 0.0)?,
            foretells(studio, &study, batch, 0.5)?,
        ];
        if [0, batches.len() - 1].contains(&place) {
            panels.push(of_median);
        }
    }
    let mut figure = Figure::new(1, 1 + panels.len())
        .title(format!(
            "ρ on the plateau, {runs} runs and as many controls"
        ))
        .panel(0, 0, separation)
        .size(1200, 380);
    for (column, panel) in panels.into_iter().enumerate() {
        figure = figure.panel(0, column + 1, panel);
    }
    studio.save("statistics", &figure)
}

/// When a run counts as convergent.
type Criterion = (&'static str, fn(&Run) -> Option<u64>);
/// The one of the figure, and another to compare with.
const CRITERIA: [Criterion; 2] = [
    ("100 % of validation examples", |run| run.outcome.t),
    ("a running accuracy of 75 %", |run| {
        *run.outcome.times.get(1)?
    }),
];

/// The probability of telling a run from a control along runs.
struct Along {
    /// The share of t_c.
    x: Vec<f64>,
    y: Vec<f64>,
    /// Where the probability is first nearly one.
    clear: f64,
    /// Where the error of the median run moves.
    moved: f64,
}

impl Along {
    fn of(study: &Study, time: fn(&Run) -> Option<u64>) -> Result<Self> {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for hundredth in 1..=100 {
            let share = study.separation(|run| Some(time(run)? * hundredth / 100))?;
            x.push(hundredth as f64 / 100.0);
            y.push(share.share());
        }
        let clear = y.iter().position(|share| *share >= CLEAR);
        let clear = clear.map_or(f64::INFINITY, |place| x[place]);
        let share = |run: &Run| Some(run.moved? as f64 / time(run)? as f64);
        let mut moved: Vec<f64> = study.runs.iter().filter_map(share).collect();
        moved.sort_by(f64::total_cmp);
        let moved = moved.get(moved.len() / 2).copied().unwrap_or(f64::NAN);
        Ok(Along { x, y, clear, moved })
    }
}

/// Adds the probability of telling a run from a control to the panel.
fn separates(
    studio: &mut Studio,
    study: &Study,
    batch: usize,
    panel: Panel,
    color: Color,
) -> Result<Panel> {
    let claim =
        format!("B = {batch}: P(ρ > ρ of a control) reaches {CLEAR} before the accuracy moves");
    let all = study.runs.len();
    for (name, time) in CRITERIA.into_iter().skip(1) {
        let Along { clear, moved, .. } = Along::of(study, time)?;
        let met = study.runs.iter().filter_map(time).count();
        let number = format!("at {clear:.2} and {moved:.2} of it ({met} of {all} runs)");
        studio.find(format!("{claim}, t_c by {name}"), number, clear < moved)?;
    }
    let Along { x, y, clear, moved } = Along::of(study, CRITERIA[0].1)?;
    let number = format!(
        "at {clear:.2} of t_c; the error of the median run is below {UNMOVED} at {moved:.2} of t_c ({} of {all} runs \
         solved)",
        study.solved(),
    );
    studio.find(claim, number, clear < moved)?;
    let at = x.iter().position(|share| *share >= moved);
    let at: Vec<usize> = at.into_iter().collect();
    let point = |of: &[f64]| at.iter().map(|&place| of[place]).collect::<Vec<_>>();
    let (style, name) = (Style::new(color), format!("B = {batch}"));
    let disc = style.clone().width(2.6);
    let disc = disc.data_label(format!("{name}, error of the median run below {UNMOVED}"));
    let panel = panel.line(&x, &y, style.label(name));
    Ok(panel.points(&point(&x), &point(&y), disc))
}

/// Draws the time that is left against ρ, for the runs that are still on the plateau.
///
/// The step is half of that at which the accuracy moves in this share of the runs.
fn foretells(studio: &mut Studio, study: &Study, batch: usize, share: f64) -> Result<Panel> {
    let mut moved: Vec<u64> = study.runs.iter().filter_map(|run| run.moved).collect();
    moved.sort_unstable();
    let place = (share * moved.len() as f64) as usize;
    let step = moved.get(place).copied().unwrap_or(0) / 2 / STRIDE * STRIDE;

    let (mut rho, mut of_control, mut left, mut solved) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut left_to_other = Vec::new();
    for (run, control) in study.runs.iter().zip(&study.controls) {
        if run.moved.is_none_or(|moved| moved > step) {
            rho.push(run.rho.at(step));
            of_control.push(control.at(step));
            // An unsolved run takes longer than all others.
            left.push(run.outcome.time().or_infinite() - step as f64);
            let other = CRITERIA[1].1(run).map_or(f64::INFINITY, |t| t as f64);
            left_to_other.push(other - step as f64);
            solved += usize::from(run.outcome.t.is_some());
        }
    }
    let rng = &mut study.rng();
    let mut shuffled = of_control.clone();
    shuffled.shuffle(rng);
    // Where all are equal there is no correlation.
    let correlations = [&rho, &of_control, &shuffled]
        .map(|rho| RankCorrelation::spearman(rho, &left, &Bootstrap::default(), rng).ok());
    let other = RankCorrelation::spearman(&rho, &left_to_other, &Bootstrap::default(), rng).ok();
    let [real, control, random] = correlations.map(told);
    let foretells = |found: &RankCorrelation| found.interval.high < 0.0 && found.p_value < 0.05;
    studio.find(
        format!("B = {batch}: ρ after {step} updates foretells the time that is left"),
        format!(
            "Spearman {real}; the control's ρ {control}; that of the control of a random run {random} \
             ({} runs on the plateau, {solved} of them solved later); of the time until {} {}",
            rho.len(),
            CRITERIA[1].0,
            told(other)
        ),
        correlations[0].as_ref().is_some_and(foretells),
    )?;
    let grey = Style::new(Color::Grey).width(1.0).label("random labels");
    let black = Style::new(Color::Black).width(1.2).label("real labels");
    let unsolved = match rho.len() - solved {
        0 => String::new(),
        unsolved => format!(" ({unsolved} unsolved)"),
    };
    Ok(Panel::new()
        .title(format!("B = {batch}, ρ after {step} updates{unsolved}"))
        .x_label("ρ")
        .y_label("time left, updates")
        .y_scale(Scale::Log10)
        .points(&of_control, &left, grey)
        .points(&rho, &left, black))
}

/// A rank correlation in words.
fn told(found: Option<RankCorrelation>) -> String {
    let Some(found) = found else {
        return "undefined".into();
    };
    let RankCorrelation {
        value,
        interval,
        p_value,
    } = found;
    format!("{:.2}, p = {p_value:.3}", Estimate { value, interval })
}

fn main() -> ExitCode {
    figure::main(
        "fig03_hidden_progress",
        include_str!("fig03_hidden_progress.rs"),
        &[Flag::N, Flag::Runs],
        draw,
    )
}
