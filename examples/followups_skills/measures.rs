//! Whether emergence depends on the measure: the same runs by accuracy, by strength and by loss.

use crate::emergence::{Study, total};
use crate::run::Emergence;
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::{Estimate, median};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::resampled::resampled;

/// A measure of a skill that is 0 at chance and 1 when it is learned.
pub type Progress = fn([f64; 3]) -> f64;

pub const MEASURES: [(&str, Progress); 3] = [
    ("accuracy", |[_, _, error]| 1.0 - 2.0 * error),
    ("strength", |[strength, _, _]| strength),
    ("loss", |[_, loss, _]| 1.0 - 2.0 * loss),
];

/// The decades of updates between a tenth and nine tenths of a progress along a run; infinite if it does not come to its end.
fn decades(run: &Emergence, progress: impl Fn(&[[f64; 3]]) -> f64) -> f64 {
    let first = |level: f64| {
        let mut looks = run.steps.iter().zip(&run.skills);
        let reached = looks.find(|(_, skills)| progress(skills) >= level);
        reached.map(|(step, _)| (*step).max(1) as f64)
    };
    match (first(0.1), first(0.9)) {
        (Some(from), Some(to)) => (to / from).log10(),
        _ => f64::INFINITY,
    }
}

/// The median over chosen runs, and over skills if there are several numbers of a run.
fn median_of(decades: &[Vec<f64>], chosen: &[usize]) -> f64 {
    median(chosen.iter().flat_map(|run| decades[*run].iter().copied())).unwrap_or(f64::NAN)
}

/// Compares how many decades a skill takes by each measure with those of the whole loss.
pub fn compare(studio: &mut Studio, study: &Study) -> Result {
    let rng = &mut Seeds::from(3).stream(Purpose::Eval);
    let mut length = |all: &[Vec<f64>]| -> Result<Estimate> {
        resampled(all.len(), rng, |chosen| median_of(all, chosen))
    };
    let of_skills = MEASURES.map(|(_, progress)| {
        let of = |run: &Emergence| {
            let tasks = 0..study.tasks();
            tasks
                .map(|task| decades(run, |skills| progress(skills[task])))
                .collect()
        };
        study.runs.iter().map(of).collect::<Vec<Vec<f64>>>()
    });
    let frequencies = study.skills.frequencies();
    let whole = study.runs.iter().map(|run| {
        vec![decades(run, |skills| {
            1.0 - 2.0 * total(frequencies, skills)
        })]
    });
    let [accuracy, strength, loss] = [0, 1, 2].map(|place| length(&of_skills[place]));
    let (accuracy, strength, loss) = (accuracy?, strength?, loss?);
    let whole = length(&whole.collect::<Vec<_>>())?;
    studio.find(
        "a skill emerges as fast by its strength and its loss as by its accuracy, within a factor of 2, and the whole loss takes at least \
         three times as many decades",
        format!(
            "decades from a tenth to nine tenths: accuracy {accuracy:.2}, strength {strength:.2}, loss {loss:.2}, whole loss {whole:.2}"
        ),
        [strength, loss]
            .iter()
            .all(|of| of.value <= 2.0 * accuracy.value)
            && whole.value >= 3.0 * loss.value,
    )
}
