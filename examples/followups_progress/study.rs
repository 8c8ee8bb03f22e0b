//! Runs of a setting at landmarks, and how a measure orders them there.

use crate::subjects::Subject;
use sparse_parity::seeds::LabRng;
use sparse_parity::stats::{Bootstrap, Estimate, Landmark, Time, Times, ranks, superiority};
use sparse_parity::sweep::{Cell, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::Trial;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::landmarks::{LandmarkRun, LandmarkTrial};
use sparse_parity_examples::resampled::rng_of;

/// Seeds of the pilot; those that are reported begin at 0.
const PILOT: u64 = 10_000;
/// Landmarks are so many parts of the pilot's median.
pub const PARTS: u64 = 10;

/// Runs of a setting with their controls.
pub struct Study {
    pub name: String,
    /// Steps, the first of them 0.
    pub landmarks: Vec<u64>,
    pub runs: Vec<LandmarkRun>,
    controls: Vec<LandmarkRun>,
    times: Vec<Time>,
    /// The initialisation of each run.
    pub clusters: Vec<u64>,
    /// What θ₀ alone tells: minus the mean rank of the other runs from it.
    pub siblings: Vec<f64>,
}

impl Study {
    /// Makes the runs, their controls and the pilot that places the landmarks.
    pub fn make(studio: &Studio, subject: &Subject, (inits, streams): (u64, u64)) -> Result<Self> {
        let Subject {
            name,
            part,
            block,
            trial,
        } = subject;
        let make =
            |part: String, trial: &Trial, landmarks: &[u64], seeding| -> Result<Vec<LandmarkRun>> {
                let experiment = LandmarkTrial {
                    trial: trial.clone(),
                    landmarks: landmarks.to_vec(),
                    block: (*block).into(),
                };
                let cell = Cell {
                    experiment,
                    seeding,
                };
                let sweep = Sweep::new([cell])?;
                Ok(studio.outcomes(&part, &sweep)?.of(0).cloned().collect())
            };
        let pilot = Seeding::Each {
            first: PILOT,
            runs: studio.pick(5, 20, 20),
        };
        let pilot = make(format!("{part}_pilot"), trial, &[], pilot)?;
        let times: Times = pilot.iter().map(|run| run.outcome.time()).collect();
        let median = times.median(0.95)?.value.unwrap_or(trial.max_steps as f64) as u64;
        let landmarks: Vec<u64> = (0..PARTS).map(|part| part * median / PARTS).collect();
        let crossed = Seeding::Crossed {
            first: 0,
            inits,
            streams,
        };
        let runs = make(part.clone(), trial, &landmarks, crossed)?;
        let control = Trial {
            random_labels: true,
            max_steps: landmarks.last().copied().unwrap_or(0),
            ..trial.clone()
        };
        let controls = make(format!("{part}_controls"), &control, &landmarks, crossed)?;
        let times: Vec<Time> = runs.iter().map(|run| run.outcome.time()).collect();
        let infinite: Vec<f64> = times.iter().map(|time| time.or_infinite()).collect();
        let rank = ranks(&infinite)?;
        let clusters: Vec<u64> = (0..inits * streams).map(|run| run / streams).collect();
        let siblings = (0..runs.len()).map(|run| {
            let same = |other: &usize| *other != run && clusters[*other] == clusters[run];
            let others = (0..runs.len()).filter(same).map(|other| rank[other]);
            -others.sum::<f64>() / (streams - 1) as f64
        });
        let siblings = siblings.collect();
        Ok(Study {
            name: name.clone(),
            landmarks,
            runs,
            controls,
            times,
            clusters,
            siblings,
        })
    }

    /// A measure of each run at a landmark.
    pub fn values(&self, landmark: usize, measure: usize) -> Vec<f64> {
        let runs = self.runs.iter();
        runs.map(|run| run.at(landmark, measure)).collect()
    }

    /// A generator for resampling that belongs to the study.
    pub fn rng(&self) -> LabRng {
        rng_of(&self.name)
    }

    /// The runs at risk at a landmark.
    pub fn landmark(&self, place: usize) -> Result<Landmark> {
        Ok(Landmark::at(self.landmarks[place], &self.times)?)
    }

    /// The number of runs at risk at a landmark.
    pub fn at_risk(&self, place: usize) -> usize {
        let landmark = self.landmark(place);
        landmark.map_or(0, |landmark| landmark.at_risk.len())
    }

    /// The index c of numbers at a landmark, with its interval on resampled initialisations; none where there is no order.
    pub fn index(&self, place: usize, values: &[f64]) -> Option<Estimate> {
        let landmark = self.landmark(place).ok()?;
        let index = landmark.index(values, &self.clusters, &bootstrap(), &mut self.rng());
        index.ok()
    }

    /// By how much the index of numbers is above that of their rival, with its interval.
    pub fn gain(&self, place: usize, values: &[f64], rival: &[f64]) -> Option<Estimate> {
        let landmark = self.landmark(place).ok()?;
        let rng = &mut self.rng();
        let gain = landmark.gain(values, rival, &self.clusters, &bootstrap(), rng);
        gain.ok()
    }

    /// The probability that the measure of a run at risk is above that of a control, with its interval.
    pub fn separation(&self, place: usize, measure: usize) -> Result<Option<Estimate>> {
        let Ok(landmark) = self.landmark(place) else {
            return Ok(None);
        };
        let of = |run: &LandmarkRun| run.at(place, measure);
        let known = |value: &f64| value.is_finite();
        let mut runs = vec![Vec::new(); self.clusters.last().map_or(0, |last| *last as usize + 1)];
        let mut controls = runs.clone();
        for &run in &landmark.at_risk {
            runs[self.clusters[run] as usize].push(of(&self.runs[run]));
        }
        for (control, &cluster) in self.controls.iter().zip(&self.clusters) {
            controls[cluster as usize].push(of(control));
        }
        let share = |drawn: &[usize]| {
            let all = |of: &[Vec<f64>]| -> Vec<f64> {
                let values = drawn.iter().flat_map(|&cluster| &of[cluster]).copied();
                values.filter(known).collect()
            };
            superiority(&all(&runs), &all(&controls)).unwrap_or(f64::NAN)
        };
        let every: Vec<usize> = (0..runs.len()).collect();
        let value = share(&every);
        if value.is_nan() {
            return Ok(None);
        }
        let interval = bootstrap().interval(runs.len(), &mut self.rng(), share)?;
        Ok(Some(Estimate { value, interval }))
    }
}

/// Fewer resamples than usual, each of which orders all pairs.
pub fn bootstrap() -> Bootstrap {
    Bootstrap {
        resamples: 399,
        ..Bootstrap::default()
    }
}
