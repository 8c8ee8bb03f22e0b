//! The claims, which compare the times and norms of runs.

use crate::median;
use crate::run::{Course, Moment};
use sparse_parity::seeds::{Purpose, Seeds};
use sparse_parity::stats::Estimate;
use sparse_parity::terminal::Result;
use sparse_parity_examples::figure::{Studio, diverged};
use sparse_parity_examples::resampled::resampled;

/// A number of neurons that counts as sparse.
const SPARSE: f64 = 16.0;

/// All claims.
pub fn find(studio: &mut Studio, courses: &[Course]) -> Result {
    few_suffice(studio, courses)?;
    memorised_first(studio, courses)?;
    sparse_in_time(studio, courses)?;
    norm_falls(studio, courses)?;
    circuit_waits(studio, courses)
}

/// How many neurons suffice at the end.
fn few_suffice(studio: &mut Studio, courses: &[Course]) -> Result {
    let (lost, ended): (Vec<&Course>, Vec<&Course>) =
        courses.iter().partition(|course| course.diverged);
    let mut sizes: Vec<usize> = ended.iter().map(|course| course.last).collect();
    sizes.sort_unstable();
    studio.find(
        "at the end, at most 8 neurons suffice in every run",
        format!("{sizes:?}{}", diverged(lost.len())),
        lost.is_empty() && sizes.last().is_some_and(|most| *most <= 8),
    )
}

/// Whether samples are learned by heart before networks generalise.
fn memorised_first(studio: &mut Studio, courses: &[Course]) -> Result {
    let all = courses.len();
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
    )
}

/// Whether networks become sparse when they generalise.
fn sparse_in_time(studio: &mut Studio, courses: &[Course]) -> Result {
    let ratio = |sparsity: fn(&Moment) -> f64| -> Vec<f64> {
        let ratio = |course: &Course| {
            let sparse = course.first(|moment| sparsity(moment) <= SPARSE)?;
            Some(sparse as f64 / course.generalised()? as f64)
        };
        courses.iter().filter_map(ratio).collect()
    };
    let [first, stable] = [ratio(|moment| moment.first), ratio(|moment| moment.stable)];
    let claim = "the network becomes sparse when it generalises";
    if first.is_empty() || stable.is_empty() {
        return studio.find(claim, "no run does both", false);
    }
    let [of_first, of_stable] = [estimated(&first)?, estimated(&stable)?];
    studio.find(
        claim,
        format!(
            "the ratio of the times is {of_first:.2} at the median of {} runs, {of_stable:.2} of {} by the stable reading",
            first.len(),
            stable.len()
        ),
        (0.8..=1.25).contains(&of_first.value),
    )
}

/// Whether the norm at the memorisation is larger than at the end.
fn norm_falls(studio: &mut Studio, courses: &[Course]) -> Result {
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
            "in {count} of {} runs, medians {:.1} at the start, {:.1} and {:.1}",
            courses.len(),
            norms(&|course| course.moments[0].norm),
            norms(&heart),
            norms(&end)
        ),
        count == courses.len(),
    )
}

/// Whether G has no more of the answers than the largest neurons when the sample has been learned by heart.
fn circuit_waits(studio: &mut Studio, courses: &[Course]) -> Result {
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

/// The median with its interval by resampling.
fn estimated(values: &[f64]) -> Result<Estimate> {
    let rng = &mut Seeds::from(1).stream(Purpose::Eval);
    let of = |chosen: &[usize]| median(chosen.iter().map(|&i| values[i]));
    resampled(values.len(), rng, of)
}
