use super::Time;
use super::rank::{ordered, paired};
use crate::error::{Error, Result};

/// The cumulative and dynamic area under the receiver operating characteristic at a horizon: the probability that a run which
/// is solved by the horizon has a larger number than one which is not; equal numbers count as half.
///
/// A run that diverged is never solved. A run whose budget ended before the horizon is neither; solved runs stand in for such
/// runs by inverse probability of censoring weights, 1/G(t) with the Kaplan–Meier curve G of the budgets, which are 1 where all
/// runs have one budget. (Heagerty, Lumley and Pepe, *Time-dependent ROC curves for censored survival data and a diagnostic
/// marker*, 2000; Uno, Cai, Tian and Wei, *Evaluating prediction rules for t-year survivors with censored regression models*, 2007.)
///
/// ```
/// use sparse_parity::stats::{Time, horizon_auc};
///
/// let times = [30, 90, 50, 200].map(Time::Solved);
/// assert_eq!(horizon_auc(&[0.9, 0.2, 0.4, 0.3], &times, 60)?, 1.0);
/// assert_eq!(horizon_auc(&[0.9, 0.2, 0.4, 0.3], &times, 100)?, 2.0 / 3.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Mismatch`] unless there are as many times as numbers, [`Error::NotFinite`] if a number is NaN, [`Error::Method`]
/// if no run is known to be solved by the horizon, or none to be unsolved there.
pub fn horizon_auc(x: &[f64], times: &[Time], horizon: u64) -> Result<f64> {
    paired(x, times.len())?;
    ordered(x)?;
    let budgets = Budgets::of(times);
    let is_later = |time: &Time| match *time {
        Time::Solved(t) => t > horizon,
        Time::Censored(c) => c >= horizon,
        Time::Never => true,
    };
    let controls = x.iter().zip(times).filter(|(_, time)| is_later(time));
    let controls: Vec<f64> = controls.map(|(x, _)| *x).collect();
    let (mut wins, mut weights) = (0.0, 0.0);
    for (x, t) in solved(x, times).filter(|(_, t)| *t <= horizon) {
        let weight = 1.0 / budgets.survival(t);
        weights += weight;
        wins += weight * controls.iter().map(|&control| win(x, control)).sum::<f64>();
    }
    let pairs = weights * controls.len() as f64;
    if pairs == 0.0 {
        return Err(Error::Method {
            method: "the area under the curve at a horizon",
            reason: format!(
                "{} runs are known to be unsolved at step {horizon}, and the weights of those solved by then sum to {weights}",
                controls.len()
            ),
            repair: "choose a horizon with runs on both sides".into(),
        });
    }
    Ok(wins / pairs)
}

/// Uno's index of concordance up to a horizon: among pairs of which one run was solved before the horizon and before the other,
/// the share in which it has the larger number, weighted by 1/G(t)² for the inverse probability of censoring.
///
/// Unlike the index of all comparable pairs, it does not depend on the budgets; with one budget for all runs both are equal.
/// Equal numbers count as half. (Uno, Cai, Pencina, D'Agostino and Wei, *On the C-statistics for evaluating overall adequacy of
/// risk prediction procedures with censored survival data*, 2011.)
///
/// # Errors
/// [`Error::Mismatch`] unless there are as many times as numbers, [`Error::NotFinite`] if a number is NaN, [`Error::Method`]
/// if no two runs can be compared.
pub fn uno_concordance(x: &[f64], times: &[Time], horizon: u64) -> Result<f64> {
    paired(x, times.len())?;
    ordered(x)?;
    let budgets = Budgets::of(times);
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (earlier, t) in solved(x, times).filter(|(_, t)| *t < horizon) {
        let survival = budgets.survival(t);
        let weight = 1.0 / (survival * survival);
        for (&later, time) in x.iter().zip(times) {
            if Time::Solved(t)
                .compare(*time)
                .is_some_and(|order| order.is_lt())
            {
                pairs += weight;
                wins += weight * win(earlier, later);
            }
        }
    }
    if pairs == 0.0 {
        return Err(Error::Method {
            method: "Uno's concordance",
            reason: format!("no run was solved before step {horizon} and before another one"),
            repair: "choose a later horizon, or give runs of which some are solved".into(),
        });
    }
    Ok(wins / pairs)
}

/// The numbers of the runs that were solved, with their times.
fn solved<'a>(x: &'a [f64], times: &'a [Time]) -> impl Iterator<Item = (f64, u64)> + 'a {
    let pairs = x.iter().zip(times);
    pairs.filter_map(|(x, time)| Some((*x, time.solved()?)))
}

/// Whether the first number is larger; a half if they are equal.
fn win(a: f64, b: f64) -> f64 {
    if a > b {
        1.0
    } else if a == b {
        0.5
    } else {
        0.0
    }
}

/// The Kaplan–Meier curve G of the budgets, in which runs that were solved are censored.
struct Budgets {
    /// The steps at which budgets end, ascending, with G behind them.
    ends: Vec<(u64, f64)>,
}

impl Budgets {
    fn of(times: &[Time]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let (mut ends, mut survival) = (Vec::new(), 1.0);
        for (before, time) in sorted.iter().enumerate() {
            if let Time::Censored(c) = *time {
                let at_risk = (sorted.len() - before) as f64;
                survival *= 1.0 - 1.0 / at_risk;
                ends.push((c, survival));
            }
        }
        Budgets { ends }
    }

    /// The probability that a budget reaches a step t, G(t−).
    fn survival(&self, t: u64) -> f64 {
        let before = self.ends.partition_point(|(end, _)| *end < t);
        before.checked_sub(1).map_or(1.0, |last| self.ends[last].1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Time::{Censored, Never, Solved};
    use super::super::concordance;
    use super::super::landmark::tests::{TIMES, X};
    use super::*;
    use crate::stats::Landmark;

    fn near(found: Result<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }

    /// scikit-survival, `cumulative_dynamic_auc` and `concordance_index_ipcw`.
    #[test]
    fn areas_are_those_of_scikit_survival() {
        let expected = [
            (100, 0.9375),
            (180, 1.0),
            (290, 0.958_333_333),
            (430, 0.9375),
        ];
        for (horizon, auc) in expected {
            near(horizon_auc(&X, &TIMES, horizon), auc);
        }
        near(uno_concordance(&X, &TIMES, 450), 40.0 / 44.0);
        // At a landmark, the horizon is that of the time that remains.
        let landmark = Landmark::at(100, &TIMES).unwrap();
        let x = landmark.of(&X).unwrap();
        near(horizon_auc(&x, &landmark.remaining, 160), 0.9375);
    }

    #[test]
    fn a_budget_that_ends_early_gives_the_others_weight() {
        let mut times = TIMES;
        times[2] = Censored(180);
        let expected = [
            (100, 0.9375),
            (180, 1.0),
            (290, 0.9375),
            (430, 0.863_636_364),
        ];
        for (horizon, auc) in expected {
            near(horizon_auc(&X, &times, horizon), auc);
        }
        near(
            concordance(&X, &times).map(|gamma| (1.0 - gamma) / 2.0),
            0.9,
        );
        near(uno_concordance(&X, &times, 450), 0.890_090);
    }

    #[test]
    fn equal_numbers_are_half_and_diverged_runs_are_never_solved() {
        let times = [Solved(5), Never, Solved(90)];
        near(horizon_auc(&[1.0, 1.0, 0.0], &times, 10), 0.75);
        near(uno_concordance(&[1.0, 1.0, 0.0], &times, 10), 0.75);
    }

    #[test]
    fn horizons_without_runs_on_both_sides_are_refused() {
        let told = |horizon| horizon_auc(&X, &TIMES, horizon).unwrap_err().to_string();
        assert!(told(10).contains("sum to 0"));
        let all = [3, 4].map(Solved);
        let told = horizon_auc(&[1.0, 2.0], &all, 9).unwrap_err().to_string();
        assert!(
            told.contains("0 runs are known to be unsolved at step 9"),
            "{told}"
        );
        let censored = [Censored(5); 3];
        assert!(uno_concordance(&[1.0, 2.0, 3.0], &censored, 9).is_err());
        assert!(horizon_auc(&[f64::NAN, 1.0], &all, 3).is_err());
        assert!(horizon_auc(&[1.0], &all, 3).is_err());
    }
}
