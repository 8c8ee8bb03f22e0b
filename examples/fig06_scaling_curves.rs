//! Figure 6: what do training curves look like on harder problems, in other batch sizes, in the
//! smallest networks and in large ones?
//!
//! The paper's claim: all of these learn. A picture for each of its rows: `problems` (one network on
//! harder problems), `batches` (PolyNets from B = 1 to 1024), `minimal` (networks that are hardly large
//! enough, B = 1) and `large` (width 1000 and Transformers). With hinge loss the rates stated for the
//! third row are too large: polynomials diverge and zigzags wander about, from whatever initial values and with whatever
//! loss. So `minimal_slower` draws it again with a tenth of them, at which all but *i learn, and `minimal_scaled` at the
//! stated rates with inputs ±1/√n in place of ±1, at which most learn.
//!
//! ```sh
//! cargo run --release --example fig06_scaling_curves
//! cargo run --release --example fig06_scaling_curves -- --scale paper
//! ```
//!
//! The first takes about a minute on two cores. A
//! column is a subject: its errors above, its losses below, a line a run that ends where it is solved;
//! between them t_c, or the budget of runs that stay unsolved. A subject counts as learned as a setting
//! passes in Finding 1, if at least 20 % of its runs are solved.
//!
//! `--n` and `--k` are those of all pictures but `problems`.
//!
//! The paper states networks, problems, batch sizes and learning rates. Chosen here: hinge loss, uniform
//! initialisation (Xavier's for the Transformer), five runs (`quick`: three, and two of the largest), k = 3 and n = 50
//! in the last row, budgets, and `TransformerSettings::small` (d_emb = 64, 8 heads) for the Transformer; figure 1 left
//! has the paper's size. `quick` leaves out (30, 6) and shrinks n to 20 for
//! the Transformers. Of the last row with more than one example a batch it is told, too, when the running accuracy of
//! figures 1 right and 10 reaches 75 %.

use sparse_parity::plot::Figure;
use sparse_parity::stats::{Time, Times};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{CriterionKind, Learner, Setting, TransformerSettings, Trial};
use sparse_parity_examples::curves::{self, Count, Curve, Subject};
use sparse_parity_examples::figure::{self, Flag, Scale, Studio};
use sparse_parity_examples::paper::CRITERION;
use std::process::ExitCode;

/// The part of Finding 1 that has to be solved.
const PASS: f64 = 0.2;
/// The most points of a curve.
const POINTS: usize = 120;
/// Problems (n, k) of one network; the last one is for paper scale.
const PROBLEMS: [(usize, usize); 6] = [(30, 3), (60, 3), (90, 3), (30, 4), (30, 5), (30, 6)];

fn draw(studio: &mut Studio) -> Result {
    let problem = (
        studio.n(studio.pick(10, 50, 50)),
        studio.k(studio.pick(2, 3, 3)),
    );
    let (n, k) = problem;
    let of_batches = format!("PolyNets on the ({n}, {k})-parity");
    for (part, title, subjects) in [
        (
            "problems",
            "ReLU, r = 100, B = 32, η = 0.1",
            problems(studio)?,
        ),
        ("batches", of_batches.as_str(), batches(studio, problem)?),
        (
            "minimal",
            "Hardly large enough, B = 1, η as stated",
            minimal(studio, problem, 1.0, 1.0)?,
        ),
        (
            "minimal_slower",
            "Hardly large enough, B = 1, a tenth of η",
            minimal(studio, problem, 0.1, 1.0)?,
        ),
        (
            "minimal_scaled",
            "Hardly large enough, B = 1, η as stated, inputs ±1/√n",
            minimal(studio, problem, 1.0, (n as f64).sqrt().recip())?,
        ),
        ("large", "Large models", large(studio, problem)?),
    ] {
        let all = curves::curves(studio, part, &subjects, POINTS)?;
        let mut figure = Figure::new(2, subjects.len()).title(title);
        for (col, (subject, curves)) in subjects.iter().zip(&all).enumerate() {
            let times = curves::times(curves);
            studio.find(
                format!("{part}, {}: it learns", subject.name),
                format!("{}{}", curves::told(&times)?, running(curves)?),
                times.success_rate(0.95)?.value >= PASS,
            )?;
            figure = curves::draw(figure, (0, col), subject, curves, Count::Updates);
        }
        let width = 60 + 270 * subjects.len() as u32;
        studio.save(part, &figure.size(width, 480))?;
    }
    Ok(())
}

/// When the running accuracy of figure 10 is reached, in words; empty where it is no criterion.
fn running(curves: &[Curve]) -> Result<String> {
    let met = |curve: &Curve| {
        let t = *curve.times.get(1)?;
        Some(t.map_or(Time::Never, Time::Solved))
    };
    let times: Times = curves.iter().filter_map(met).collect();
    if times.runs() == 0 {
        return Ok(String::new());
    }
    let median = times.median(0.95)?.value;
    let median = median.map_or("not reached".into(), |t| format!("{t:.0}"));
    Ok(format!(
        "; 75 % on the last 12 batches in {} of {} runs, median {median}",
        times.solved(),
        times.runs()
    ))
}

/// A subject with the budget and the runs of the scale.
fn subject(studio: &Studio, name: String, trial: Trial, budget: u64) -> Subject {
    let max_steps = match studio.scale {
        Scale::Tiny => 40,
        Scale::Quick => budget.min(200_000),
        Scale::Paper => budget,
    };
    Subject {
        name,
        trial: Trial { max_steps, ..trial },
        runs: studio.runs(studio.pick(1, 3, 5)),
    }
}

fn problems(studio: &Studio) -> Result<Vec<Subject>> {
    let ii = Setting::from_label("ii")?;
    let all = studio.pick(&[(10, 2), (12, 2)][..], &PROBLEMS[..5], &PROBLEMS);
    let problem = |&(n, k): &(usize, usize)| {
        let name = format!("({n}, {k})");
        subject(studio, name, ii.trial(n, k), 2_000_000)
    };
    Ok(all.iter().map(problem).collect())
}

fn batches(studio: &Studio, (n, k): (usize, usize)) -> Result<Vec<Subject>> {
    let xv = Setting::from_label("xv")?;
    let all = [
        (1, 0.005),
        (4, 0.01),
        (16, 0.1),
        (64, 0.1),
        (256, 0.1),
        (1024, 0.1),
    ];
    let of = |(batch, rate): (usize, f64)| {
        let trial = Trial {
            batch,
            rate: rate.into(),
            ..xv.trial(n, k)
        };
        subject(studio, format!("B = {batch}, η = {rate}"), trial, 1_000_000)
    };
    Ok(all.into_iter().map(of).collect())
}

/// With the stated rates times `share`, and inputs of that size.
fn minimal(
    studio: &Studio,
    (n, k): (usize, usize),
    share: f64,
    input_scale: f64,
) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for (label, words, rate) in [
        ("*i", format!("{k} ReLUs"), 0.1),
        ("*ii", format!("{k} of zᵏ"), 0.01),
        ("vii", "k-zigzag, u".into(), 0.1),
        ("viii", "oscillating, u".into(), 0.1),
        ("xi", "k-zigzag".into(), 0.1),
        ("xii", "oscillating".into(), 0.1),
    ] {
        let trial = Trial {
            batch: 1,
            rate: (share * rate).into(),
            input_scale,
            ..Setting::from_label(label)?.trial(n, k)
        };
        subjects.push(subject(
            studio,
            format!("{label}: {words}"),
            trial,
            2_000_000,
        ));
    }
    Ok(subjects)
}

fn large(studio: &Studio, (n, k): (usize, usize)) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    let all = [
        ("iii", "1000 ReLUs", 1, 0.1),
        ("iii", "1000 ReLUs", 1024, 0.1),
        ("vi", "1000 of zᵏ", 1, 0.001),
        ("vi", "1000 of zᵏ", 1024, 0.01),
        ("*iii", "Transformer", 32, 3e-4),
        ("*iii", "Transformer", 1024, 3e-4),
    ];
    for (label, words, batch, rate) in all.into_iter().take(studio.pick(5, 6, 6)) {
        let is_transformer = label == "*iii";
        let n = if is_transformer {
            studio.n(studio.pick(10, 20, 50))
        } else {
            n
        };
        let mut trial = Trial {
            batch,
            rate: rate.into(),
            ..Setting::from_label(label)?.trial(n, k)
        };
        if batch > 1 {
            // Of single examples, twelve are right by chance now and then.
            trial.criteria = vec![CriterionKind::Validation { accuracy: 1.0 }, CRITERION];
        }
        if is_transformer {
            trial.learner = Learner::Transformer(TransformerSettings::small());
        }
        let budget = if batch == 1 { 1_000_000 } else { 100_000 };
        let name = format!("{words}, B = {batch}");
        let mut subject = subject(studio, name, trial, budget);
        if batch == 1024 || is_transformer {
            subject.runs = studio.runs(studio.pick(1, 2, 5));
            subject.trial.max_steps = studio.pick(5, 20_000, budget);
        }
        subjects.push(subject);
    }
    Ok(subjects)
}

fn main() -> ExitCode {
    figure::main(
        "fig06_scaling_curves",
        include_str!("fig06_scaling_curves.rs"),
        &[Flag::N, Flag::K, Flag::Runs],
        draw,
    )
}
