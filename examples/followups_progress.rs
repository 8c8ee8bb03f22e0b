//! Progress measures as predictors: which one tells, on the plateau, how long a run will still take?
//!
//! At landmarks, steps that are fixed beforehand, the runs that are not solved yet are ordered by each measure, and the order
//! is compared with the time that remains. No run is chosen by what happens to it later, and no time is a share of its own t_c
//! (van Houwelingen, *Dynamic prediction by landmarking in event history analysis*, 2007). The index c is the share of pairs of
//! runs that the measure orders as they are solved: 1/2 is chance.
//!
//! ```sh
//! cargo run --release --example followups_progress
//! cargo run --release --example followups_progress -- --scale paper
//! ```
//!
//! Runs are crossed, initialisations with streams of data, and intervals resample initialisations. The rivals are the mean
//! loss of the newest batches, and θ₀ alone: the mean rank of t_c among the other runs from the same initialisation, which no
//! measure at θ₀ can beat by much. Controls have the same initial values and inputs, and random labels.
//!
//! Landmarks are tenths of the median t_c of a pilot with other seeds. Measures may need weights alone, the training batches,
//! fresh labelled examples, or the support, which makes them oracles: what an oracle predicts nobody can use before the parity
//! is known. The movement of the weights is no cause of anything: nobody has set it and seen the time change. That such
//! measures lag or lead can be an effect of how runs are aligned (Gu and others, who criticise progress measures), which
//! landmarks avoid.
//!
//! Claims, fixed before the runs at paper scale:
//!
//! 1. At half of the plateau, ρ orders the runs better than the loss for B ≥ 128.
//! 2. At B = 4, no measure without the support orders them better than θ₀ does there.
//! 3. At half of the plateau, ρ is larger than on random labels, in every setting.
//! 4. No measure without the support is better than the relevant weights, the oracle, at half of the plateau.
//! 5. On a finite sample with weight decay (grokking), the norm of θ orders the runs: the smaller, the sooner.
//! 6. Where the first claim holds, Cox's coefficient of ρ beside the loss and θ₀ is positive.

use sparse_parity::model::PolyNetSettings;
use sparse_parity::ndarray::Array2;
use sparse_parity::optim::Decay;
use sparse_parity::plot::{Color, Figure, Panel, Style};
use sparse_parity::seeds::{LabRng, Purpose, Seeds};
use sparse_parity::stats::{
    Bootstrap, Cox, Estimate, Landmark, Time, Times, horizon_auc, ranks, superiority,
};
use sparse_parity::sweep::{Cell, Seeding, Sweep};
use sparse_parity::terminal::Result;
use sparse_parity::trial::{Learner, Setting, Trial};
use sparse_parity_examples::figure::{self, Studio};
use sparse_parity_examples::landmarks::{
    LOSS, LandmarkRun, LandmarkTrial, MEASURES, NORM, Needs, RHO,
};
use std::process::ExitCode;

/// Seeds of the pilot; those that are reported begin at 0.
const PILOT: u64 = 10_000;
/// Landmarks are so many parts of the pilot's median.
const PARTS: u64 = 10;
/// The landmark of the claims, half of it.
const HALF: usize = 5;

/// A setting of the bench.
struct Subject {
    name: String,
    part: String,
    block: &'static str,
    trial: Trial,
}

fn subjects(studio: &Studio) -> Result<Vec<Subject>> {
    let n = studio.pick(12, 50, 50);
    let sine = Setting::from_label("xiv")?;
    let of = |name: &str, part: &str, block, trial| Subject {
        name: name.into(),
        part: part.into(),
        block,
        trial,
    };
    let sine = |batch: usize| {
        let trial = Trial {
            batch,
            rate: 0.01.into(),
            max_steps: 50_000,
            ..sine.trial(n, 3)
        };
        let (name, part) = (format!("sine, B = {batch}"), format!("sine_b{batch}"));
        of(&name, &part, "hidden.weight", trial)
    };
    let relu = Trial {
        max_steps: 50_000,
        ..Trial::new(n, 3)
    };
    let polynet = Trial {
        learner: Learner::PolyNet(PolyNetSettings::default()),
        rate: 0.05.into(),
        max_steps: 50_000,
        ..Trial::new(n, 3)
    };
    let grokking = Trial {
        samples: Some(1000),
        rate: 0.3.into(),
        decay: 0.01.into(),
        convention: Decay::Scaled,
        max_steps: 40_000,
        ..Trial::new(studio.pick(12, 40, 40), 3)
    };
    let mut all: Vec<Subject> = studio
        .pick(&[32][..], &[4, 128], &[4, 32, 128, 1024])
        .iter()
        .map(|&batch| sine(batch))
        .collect();
    if studio.pick(false, true, true) {
        all.push(of("ReLU-100, B = 32", "relu", "hidden.weight", relu));
        all.push(of("PolyNet, B = 32", "polynet", "factor.weight", polynet));
    }
    all.push(of(
        "grokking, m = 1000",
        "grokking",
        "hidden.weight",
        grokking,
    ));
    Ok(all)
}

/// Runs of a setting with their controls.
struct Study {
    name: String,
    /// Steps, the first of them 0.
    landmarks: Vec<u64>,
    runs: Vec<LandmarkRun>,
    controls: Vec<LandmarkRun>,
    times: Vec<Time>,
    /// The initialisation of each run.
    clusters: Vec<u64>,
    /// What θ₀ alone tells: minus the mean rank of the other runs from it.
    siblings: Vec<f64>,
}

impl Study {
    fn make(studio: &Studio, subject: &Subject, (inits, streams): (u64, u64)) -> Result<Self> {
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

    fn values(&self, landmark: usize, measure: usize) -> Vec<f64> {
        let runs = self.runs.iter();
        runs.map(|run| run.at(landmark, measure)).collect()
    }

    fn rng(&self) -> LabRng {
        let seed = self.name.bytes().fold(0_u64, |seed, byte| {
            seed.wrapping_mul(257).wrapping_add(byte.into())
        });
        Seeds::from(seed).stream(Purpose::Eval)
    }

    fn landmark(&self, place: usize) -> Result<Landmark> {
        Ok(Landmark::at(self.landmarks[place], &self.times)?)
    }

    /// The index c of numbers at a landmark, with its interval on resampled initialisations; none where there is no order.
    fn index(&self, place: usize, values: &[f64]) -> Option<Estimate> {
        let landmark = self.landmark(place).ok()?;
        let index = landmark.index(values, &self.clusters, &bootstrap(), &mut self.rng());
        index.ok()
    }

    fn gain(&self, place: usize, values: &[f64], rival: &[f64]) -> Option<Estimate> {
        let landmark = self.landmark(place).ok()?;
        let rng = &mut self.rng();
        let gain = landmark.gain(values, rival, &self.clusters, &bootstrap(), rng);
        gain.ok()
    }

    /// The probability that the measure of a run at risk is above that of a control, with its interval.
    fn separation(&self, place: usize, measure: usize) -> Result<Option<Estimate>> {
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

fn bootstrap() -> Bootstrap {
    Bootstrap {
        resamples: 399,
        ..Bootstrap::default()
    }
}

fn told(estimate: Option<Estimate>) -> String {
    estimate.map_or("undefined".into(), |found| format!("{found:.2}"))
}

fn draw(studio: &mut Studio) -> Result {
    let subjects = subjects(studio)?;
    let sizes = studio.pick((4, 2), (15, 3), (30, 4));
    let mut figure = Figure::new(2, subjects.len())
        .title(format!(
            "Measures at landmarks, {} initialisations with {} streams of data each",
            sizes.0, sizes.1
        ))
        .share_x()
        .share_y()
        .legend_once()
        .size(330 * subjects.len() as u32, 680);
    let mut table = Vec::new();
    for (column, subject) in subjects.iter().enumerate() {
        let study = Study::make(studio, subject, sizes)?;
        let [index, control] = panels(&study, &mut table)?;
        figure = figure
            .heading(column, study.name.clone())
            .panel(0, column, index)
            .panel(1, column, control);
        claims(studio, subject, &study)?;
    }
    let columns = [
        "setting",
        "landmark",
        "at risk",
        "measure",
        "needs",
        "c",
        "c low",
        "c high",
        "P(above a control)",
        "P low",
        "P high",
    ];
    studio.save_table("table", &columns, &table)?;
    studio.save("", &figure)
}

/// The index and the probability of being above a control against the landmark, one line a measure.
fn panels(study: &Study, table: &mut Vec<Vec<String>>) -> Result<[Panel; 2]> {
    let panel = |y: &str| {
        Panel::new()
            .x_label("landmark, share of the pilot's median t_c")
            .y_label(y)
            .x_range(0.0, 1.0)
            .y_range(0.0, 1.0)
            .horizontal(0.5, "chance")
    };
    let mut index = panel("c, of the time that remains");
    let mut control = panel("P(above random labels)");
    let theta = [("θ₀", Needs::Weights, None)];
    let measures = MEASURES.iter().enumerate();
    let measures = measures.map(|(place, of)| (of.name, of.needs, Some(place)));
    for (place, (name, needs, measure)) in theta.into_iter().chain(measures).enumerate() {
        let color = match measure {
            None => Color::Grey,
            Some(_) => Color::sequence(place - 1, MEASURES.len()),
        };
        let (mut x, mut c, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut at, mut above) = (Vec::new(), Vec::new());
        for landmark in 0..study.landmarks.len() {
            let share = landmark as f64 / PARTS as f64;
            let values = measure.map_or_else(
                || study.siblings.clone(),
                |measure| study.values(landmark, measure),
            );
            let found = study.index(landmark, &values);
            if let Some(found) = found {
                x.push(share);
                c.push(found.value);
                low.push(found.interval.low);
                high.push(found.interval.high);
            }
            let separation = match measure {
                Some(measure) => study.separation(landmark, measure)?,
                None => None,
            };
            if let Some(found) = separation {
                at.push(share);
                above.push(found.value);
            }
            let at_risk = study
                .landmark(landmark)
                .map_or(0, |landmark| landmark.at_risk.len());
            let numbers = [found, separation].into_iter().flat_map(|found| {
                let parts =
                    found.map(|found| [found.value, found.interval.low, found.interval.high]);
                let of = |part: usize| figure::number(parts.map(|parts| parts[part]));
                [of(0), of(1), of(2)]
            });
            let step = study.landmarks[landmark];
            let head = [
                study.name.clone(),
                step.to_string(),
                at_risk.to_string(),
                name.into(),
                format!("{needs:?}").to_lowercase(),
            ];
            table.push(head.into_iter().chain(numbers).collect());
        }
        let line = Style::new(color).label(name);
        // The intervals of the others are in the table.
        if measure == Some(RHO) {
            let bars = Style::new(color).width(1.0).data_label("ρ, 95 % interval");
            index = index.error_bars(&x, &low, &high, bars);
        }
        index = index.line(&x, &c, line.clone());
        control = control.line(&at, &above, line);
    }
    Ok([index, control])
}

fn claims(studio: &mut Studio, subject: &Subject, study: &Study) -> Result {
    let name = &study.name;
    let [rho, loss, norm] = [RHO, LOSS, NORM].map(|measure| study.values(HALF, measure));
    let at_risk = study
        .landmark(HALF)
        .map_or(0, |landmark| landmark.at_risk.len());
    let solved = study
        .runs
        .iter()
        .filter(|run| run.outcome.t.is_some())
        .count();
    let all = study.runs.len();
    let counts = format!(
        "{at_risk} of {all} runs at risk at step {}, {solved} solved",
        study.landmarks[HALF]
    );
    let is_above = |found: &Option<Estimate>, value: f64| {
        found.is_some_and(|found| found.interval.low > value)
    };

    let gain = study.gain(HALF, &rho, &loss);
    let horizon = study.landmarks[HALF];
    let auc = study.landmark(HALF).ok().and_then(|landmark| {
        let values = landmark.of(&rho).ok()?;
        horizon_auc(&values, &landmark.remaining, horizon).ok()
    });
    let auc = auc.map_or("undefined".into(), |auc| format!("{auc:.2}"));
    let number = format!(
        "gain {}; c of ρ {}, of the loss {}, of θ₀ {}; AUC of ρ at twice the landmark {auc} ({counts})",
        told(gain),
        told(study.index(HALF, &rho)),
        told(study.index(HALF, &loss)),
        told(study.index(HALF, &study.siblings)),
    );
    let better = is_above(&gain, 0.0);
    studio.find(
        format!("{name}: ρ orders the runs better than the loss"),
        number,
        better,
    )?;

    let usable = |place: &usize| MEASURES[*place].needs != Needs::Support;
    let rivals = |rival: &[f64]| {
        let gains = (0..MEASURES.len()).filter(usable).filter_map(|place| {
            let gain = study.gain(HALF, &study.values(HALF, place), rival)?;
            Some((MEASURES[place].name, gain))
        });
        gains.max_by(|a, b| a.1.value.total_cmp(&b.1.value))
    };
    let best = rivals(&study.siblings);
    let number = best.map_or("undefined".into(), |(name, gain)| {
        format!("the most has {name}, gain {gain:.2}")
    });
    let beaten = best.is_some_and(|(_, gain)| gain.interval.low > 0.0);
    studio.find(
        format!("{name}: no measure without the support is better than θ₀"),
        number,
        best.is_some() && !beaten,
    )?;

    let separation = study.separation(HALF, RHO)?;
    studio.find(
        format!("{name}: ρ is larger than on random labels"),
        told(separation),
        is_above(&separation, 0.5),
    )?;

    let oracle = MEASURES.iter().position(|of| of.name == "relevant weight");
    let oracle = study.values(HALF, oracle.unwrap_or(RHO));
    let best = rivals(&oracle);
    let number = best.map_or("undefined".into(), |(name, gain)| {
        format!(
            "c of the oracle {}; the most has {name}, gain {gain:.2}",
            told(study.index(HALF, &oracle))
        )
    });
    let beaten = best.is_some_and(|(_, gain)| gain.interval.low > 0.0);
    studio.find(
        format!("{name}: no measure without the support is better than the relevant weights"),
        number,
        best.is_some() && !beaten,
    )?;

    if subject.trial.samples.is_some() {
        let index = study.index(HALF, &norm);
        studio.find(
            format!("{name}: runs with a smaller norm are solved sooner"),
            format!("c {}", told(index)),
            is_above(&index, 0.5),
        )?;
    }

    if better {
        let cox = cox(study, &[&rho, &loss, &study.siblings]);
        let number = match &cox {
            Ok(fit) => format!(
                "coefficient {} a deviation, likelihood ratio {:.1} of all three",
                told(fit.coefficients.first().copied()),
                fit.likelihood_ratio()
            ),
            Err(error) => error.to_string(),
        };
        let first = cox.ok().and_then(|fit| fit.coefficients.first().copied());
        studio.find(
            format!("{name}: beside the loss and θ₀, ρ has a positive coefficient"),
            number,
            is_above(&first, 0.0),
        )?;
    }
    Ok(())
}

/// Cox's fit to ranks of covariates of the runs at risk, in units of their deviation.
fn cox(study: &Study, covariates: &[&[f64]; 3]) -> Result<Cox> {
    let landmark = study.landmark(HALF)?;
    let mut z = Array2::zeros((landmark.at_risk.len(), covariates.len()));
    for (mut column, covariate) in z.columns_mut().into_iter().zip(covariates) {
        let rank = ranks(&landmark.of(covariate)?)?;
        let count = rank.len() as f64;
        let (mean, deviation) = ((count + 1.0) / 2.0, ((count * count - 1.0) / 12.0).sqrt());
        for (z, rank) in column.iter_mut().zip(rank) {
            *z = (rank - mean) / deviation;
        }
    }
    let clusters = landmark.of(&study.clusters)?;
    let fit = Cox::fit(
        &z,
        &landmark.remaining,
        &clusters,
        &bootstrap(),
        &mut study.rng(),
    )?;
    Ok(fit)
}

fn main() -> ExitCode {
    figure::main(
        "followups_progress",
        include_str!("followups_progress.rs"),
        draw,
    )
}
