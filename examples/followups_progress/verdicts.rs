//! The claims about each setting, at half of the plateau.

use crate::study::{Study, bootstrap};
use crate::subjects::Subject;
use sparse_parity::ndarray::Array2;
use sparse_parity::stats::{Cox, Estimate, horizon_auc, max_t_p, ranks};
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::Studio;
use sparse_parity_examples::landmarks::{LOSS, MEASURES, NORM, Needs, RHO};

/// The landmark of the claims, half of it.
const HALF: usize = 5;
const PERMUTATIONS: usize = 1999;

/// All claims about a setting.
pub fn find(studio: &mut Studio, subject: &Subject, study: &Study) -> Result {
    let is_better = better_than_the_loss(studio, study)?;
    unrivalled(studio, study, "θ₀", &study.siblings, "")?;
    larger_than_on_random_labels(studio, study)?;
    let oracle = MEASURES.iter().position(|of| of.name == "relevant weight");
    let oracle = study.values(HALF, oracle.unwrap_or(RHO));
    let about = format!("c of the oracle {}; ", told(study.index(HALF, &oracle)));
    unrivalled(studio, study, "the relevant weights", &oracle, &about)?;
    if subject.trial.samples.is_some() {
        smaller_norms_first(studio, study)?;
    }
    beyond_the_start(studio, study)?;
    match is_better {
        true => beside_the_loss(studio, study),
        false => Ok(()),
    }
}

/// Whether ρ orders the runs better than the loss does, which it returns.
fn better_than_the_loss(studio: &mut Studio, study: &Study) -> Result<bool> {
    let (name, horizon) = (&study.name, study.landmarks[HALF]);
    let [rho, loss] = [RHO, LOSS].map(|measure| study.values(HALF, measure));
    let solved = study.runs.iter();
    let solved = solved.filter(|run| run.outcome.t.is_some()).count();
    let counts = format!(
        "{} of {} runs at risk at step {horizon}, {solved} solved",
        study.at_risk(HALF),
        study.runs.len()
    );
    let gain = study.gain(HALF, &rho, &loss);
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
    let is_better = is_above(gain, 0.0);
    studio.find(
        format!("{name}: ρ orders the runs better than the loss"),
        number,
        is_better,
    )?;
    Ok(is_better)
}

/// Whether no measure without the support orders the runs better than a rival does.
fn unrivalled(
    studio: &mut Studio,
    study: &Study,
    name: &str,
    rival: &[f64],
    about: &str,
) -> Result {
    let usable = |place: &usize| MEASURES[*place].needs != Needs::Support;
    let gains = (0..MEASURES.len()).filter(usable).filter_map(|place| {
        let gain = study.gain(HALF, &study.values(HALF, place), rival)?;
        Some((MEASURES[place].name, gain))
    });
    let best = gains.max_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let number = best.map_or("undefined".into(), |(name, gain)| {
        format!("{about}the most has {name}, gain {gain:.2}")
    });
    studio.find(
        format!(
            "{}: no measure without the support is better than {name}",
            study.name
        ),
        number,
        best.is_some_and(|(_, gain)| gain.interval.low <= 0.0),
    )
}

/// Whether ρ is larger than that of controls.
fn larger_than_on_random_labels(studio: &mut Studio, study: &Study) -> Result {
    let separation = study.separation(HALF, RHO)?;
    studio.find(
        format!("{}: ρ is larger than on random labels", study.name),
        told(separation),
        is_above(separation, 0.5),
    )
}

/// Whether the norm orders the runs.
fn smaller_norms_first(studio: &mut Studio, study: &Study) -> Result {
    let index = study.index(HALF, &study.values(HALF, NORM));
    studio.find(
        format!("{}: runs with a smaller norm are solved sooner", study.name),
        format!("c {}", told(index)),
        is_above(index, 0.5),
    )
}

/// Which measures without the support order runs from one initialisation, all of which θ₀ holds for alike.
fn beyond_the_start(studio: &mut Studio, study: &Study) -> Result {
    let found = within_initialisations(study);
    let (number, holds) = match &found {
        Ok(found) => {
            let significant = found.iter().filter(|of| of.p <= 0.05);
            let told: Vec<String> = significant
                .map(|of| format!("{} {:.2} (p = {:.4})", of.name, of.index, of.p))
                .collect();
            let number = match told.as_slice() {
                [] => "none".into(),
                told => told.join(", "),
            };
            (number, !told.is_empty())
        }
        Err(error) => (error.to_string(), false),
    };
    studio.find(
        format!(
            "after the fact, {}: some measure without the support orders runs from one initialisation, at 5 % for all together",
            study.name
        ),
        number,
        holds,
    )
}

/// A measure with its index c among pairs of runs from one initialisation.
struct Within {
    name: &'static str,
    index: f64,
    /// Adjusted for the number of measures.
    p: f64,
}

/// The times that remain are permuted among the runs from each initialisation.
fn within_initialisations(study: &Study) -> Result<Vec<Within>> {
    let landmark = study.landmark(HALF)?;
    let clusters = landmark.of(&study.clusters)?;
    let usable = (0..MEASURES.len()).filter(|place| MEASURES[*place].needs != Needs::Support);
    let measures = usable.map(|place| Ok((place, landmark.of(&study.values(HALF, place))?)));
    let measures: Vec<(usize, Vec<f64>)> = measures.collect::<Result<_>>()?;
    let pairs: Vec<(usize, usize)> = (0..clusters.len())
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .filter(|&(i, j)| clusters[i] == clusters[j])
        .collect();
    // The index less ½: sooner where the number is larger.
    let above_chance = |order: &[usize], values: &[f64]| {
        let (mut sum, mut count) = (0.0, 0.0);
        for &(i, j) in &pairs {
            let times = [i, j].map(|run| landmark.remaining[order[run]]);
            let sooner = times[1].compare(times[0]).filter(|order| order.is_ne());
            let larger = values[i]
                .partial_cmp(&values[j])
                .filter(|order| order.is_ne());
            if let (Some(sooner), Some(larger)) = (sooner, larger) {
                sum += if sooner == larger { 0.5 } else { -0.5 };
                count += 1.0;
            }
        }
        sum / count
    };
    let all = |order: &[usize]| -> Vec<f64> {
        let of = |(_, values): &(usize, Vec<f64>)| above_chance(order, values);
        measures.iter().map(of).collect()
    };
    let p = max_t_p(&clusters, PERMUTATIONS, &mut study.rng(), all)?;
    let itself: Vec<usize> = (0..clusters.len()).collect();
    let found = measures.iter().zip(p).map(|((place, values), p)| Within {
        name: MEASURES[*place].name,
        index: 0.5 + above_chance(&itself, values),
        p,
    });
    Ok(found.collect())
}

/// Whether ρ tells more than the loss and θ₀ do together.
fn beside_the_loss(studio: &mut Studio, study: &Study) -> Result {
    let [rho, loss] = [RHO, LOSS].map(|measure| study.values(HALF, measure));
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
        format!(
            "{}: beside the loss and θ₀, ρ has a positive coefficient",
            study.name
        ),
        number,
        is_above(first, 0.0),
    )
}

fn is_above(found: Option<Estimate>, value: f64) -> bool {
    found.is_some_and(|found| found.interval.low > value)
}

fn told(estimate: Option<Estimate>) -> String {
    estimate.map_or("undefined".into(), |found| format!("{found:.2}"))
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
