//! When skills emerge: their order, their times against their frequencies, and the loss that they leave.

use crate::run::{Emergence, HALF};
use sparse_parity::seeds::{LabRng, Purpose, Seeds};
use sparse_parity::stats::{Estimate, Point, PowerLaw, median};
use sparse_parity::terminal::Result;
use sparse_parity::theory::skills::{Growth, Resource, Skills};
use sparse_parity_examples::figure::{Studio, percent};
use sparse_parity_examples::resampled::resampled;

/// Runs on fresh examples, with the frequencies of their skills.
pub struct Study {
    pub skills: Skills,
    pub alpha: f64,
    pub runs: Vec<Emergence>,
}

fn rng() -> LabRng {
    Seeds::from(1).stream(Purpose::Eval)
}

/// The slope of ln y against ln x by least squares; NaN if it is undefined.
pub fn slope(points: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let points: Vec<Point> = points.into_iter().map(|(n, t)| Point { n, t }).collect();
    PowerLaw::fit(&points, 0.95).map_or(f64::NAN, |fit| fit.exponent.value)
}

impl Study {
    pub fn tasks(&self) -> usize {
        self.skills.frequencies().len()
    }

    /// The time of each skill in each run, infinite if it has not emerged.
    fn times(&self) -> Vec<Vec<f64>> {
        let of = |run: &Emergence| {
            let times = (0..self.tasks()).map(|task| run.time(task).or_infinite());
            times.collect()
        };
        self.runs.iter().map(of).collect()
    }

    /// The median time of each skill over chosen runs.
    fn medians(&self, times: &[Vec<f64>], chosen: &[usize]) -> Vec<f64> {
        let of = |task: usize| median(chosen.iter().map(|run| times[*run][task]));
        (0..self.tasks())
            .map(|task| of(task).unwrap_or(f64::NAN))
            .collect()
    }

    fn every(&self) -> Vec<usize> {
        (0..self.runs.len()).collect()
    }

    /// The growth of the first skill: its time to the half, and from a tenth to nine tenths, are the medians of the runs.
    pub fn growth(&self) -> Result<Growth> {
        let median_of = |level: f64| {
            let reaches = |[strength, ..]: [f64; 3]| strength >= level;
            let times = self.runs.iter().map(|run| run.first(0, reaches));
            median(times.map(|time| time.or_infinite())).filter(|time| time.is_finite())
        };
        let (Some(early), Some(half), Some(late)) =
            (median_of(0.1), median_of(HALF), median_of(0.9))
        else {
            return Err("half of the runs do not learn the first skill".into());
        };
        // The logits of 0.1, 0.5 and 0.9 are passed at a constant speed.
        let ln_odds = 2.0 * 9.0_f64.ln() * half / (late - early);
        let start = 1.0 / (1.0 + ln_odds.exp());
        let first = self.skills.frequencies()[0];
        Ok(Growth::new(1.0, start, 1.0)?.through(first, half)?)
    }

    /// The mean loss of chosen runs at a step.
    fn loss(&self, step: u64, chosen: &[usize]) -> f64 {
        let of = |run: &usize| total(self.skills.frequencies(), self.runs[*run].at(step));
        chosen.iter().map(of).sum::<f64>() / chosen.len() as f64
    }

    /// The mean loss at a step, with an interval by resampling the runs.
    pub fn mean_loss(&self, step: u64) -> Result<Estimate> {
        resampled(self.runs.len(), &mut rng(), |chosen| {
            self.loss(step, chosen)
        })
    }

    /// The looks of the longest run.
    pub fn looks(&self) -> &[u64] {
        let longest = self.runs.iter().max_by_key(|run| run.steps.len());
        longest.map_or(&[], |run| &run.steps)
    }
}

/// The loss over all skills.
pub fn total(frequencies: &[f64], skills: &[[f64; 3]]) -> f64 {
    let parts = frequencies.iter().zip(skills);
    parts.map(|(p, [_, loss, _])| p * loss).sum()
}

/// Whether times are inversely proportional to frequencies.
pub fn frequencies(studio: &mut Studio, study: &Study) -> Result {
    let times = study.times();
    let exponent = resampled(study.runs.len(), &mut rng(), |chosen| {
        let medians = study.medians(&times, chosen);
        slope(study.skills.frequencies().iter().copied().zip(medians))
    })?;
    let emerged = times.iter().flatten().filter(|time| time.is_finite());
    studio.find(
        "the median time of a skill grows with its frequency to the power of −1",
        format!(
            "{exponent:.2}; {} of {} skills emerge",
            emerged.count(),
            study.runs.len() * study.tasks()
        ),
        exponent.interval.contains(-1.0),
    )
}

/// Whether skills emerge in the order of their frequencies.
pub fn order(studio: &mut Studio, study: &Study) -> Result {
    let times = study.times();
    let pairs = study.tasks() * (study.tasks() - 1) / 2;
    let inverted = |times: &[f64]| {
        let later = |place: usize| times[..place].iter().filter(|t| **t > times[place]).count();
        (0..times.len()).map(later).sum::<usize>() as f64 / pairs.max(1) as f64
    };
    let share = resampled(study.runs.len(), &mut rng(), |chosen| {
        let all = chosen.iter().map(|run| inverted(&times[*run]));
        all.sum::<f64>() / chosen.len() as f64
    })?;
    studio.find(
        "at most a tenth of the pairs of skills emerge against the order of their frequencies",
        percent(share),
        share.interval.high <= 0.1,
    )
}

/// Whether the first skill predicts when the others emerge.
pub fn predicted(studio: &mut Studio, study: &Study) -> Result {
    let (p, medians) = (
        study.skills.frequencies(),
        study.medians(&study.times(), &study.every()),
    );
    let growth = study.growth()?;
    let ratios: Result<Vec<f64>> = (1..study.tasks())
        .map(|task| Ok(medians[task] / growth.half_time(p[task])?))
        .collect();
    let ratios = ratios?;
    let told: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    studio.find(
        "the first skill predicts the median times of the others within a factor of 1.5",
        format!("measured over predicted {}", told.join(", ")),
        ratios.iter().all(|ratio| (1.0 / 1.5..=1.5).contains(ratio)),
    )
}

/// Whether the loss falls as that of the finite sum does, from the time of the first skill to that predicted for the last.
pub fn loss(studio: &mut Studio, study: &Study) -> Result {
    let medians = study.medians(&study.times(), &study.every());
    let growth = study.growth()?;
    let rarest = study.skills.frequencies()[study.tasks() - 1];
    let (first, last) = (medians[0], growth.half_time(rarest)?);
    let looks = study.looks().iter().copied();
    let looks: Vec<u64> = looks
        .filter(|look| (first..=last).contains(&(*look as f64)))
        .collect();
    if looks.len() < 2 {
        return studio.find(
            LOSS,
            "too few looks between the first skill and the last",
            false,
        );
    }
    let along = |loss: &dyn Fn(u64) -> f64| slope(looks.iter().map(|&t| (t as f64, loss(t))));
    let measured = resampled(study.runs.len(), &mut rng(), |chosen| {
        along(&|step| study.loss(step, chosen))
    })?;
    let finite = along(&|step| study.skills.loss(|_, p| growth.strength(p, step as f64)));
    let limit = Resource::Time.exponent(study.alpha)?;
    studio.find(
        LOSS,
        format!("{measured:.2}, of the finite sum {finite:.2}, of the limit {limit:.2}"),
        (measured.value - finite).abs() < (measured.value - limit).abs(),
    )
}

const LOSS: &str =
    "the exponent of the loss in time is nearer to that of the finite sum than to the limit";
