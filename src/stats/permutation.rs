use crate::error::{Error, Result, positive};
use rand::Rng;

/// The probability that a statistic is at least as far from 0 as observed, if the observations are
/// assigned to each other at random.
///
/// If b of `permutations` random permutations are as far from 0 as the identity, it is (b + 1) /
/// (permutations + 1), which is valid for any number of permutations (Phipson and Smyth, *Permutation
/// p-values should never be zero*, 2010). If the statistic is centred at another number than 0,
/// subtract that number.
///
/// The statistic takes the permutation: entry i is the index of the observation at position i. A permutation whose
/// statistic is NaN counts as one as far from 0.
///
/// # Errors
/// [`Error::Zero`] if n or `permutations` is 0; [`Error::NotFinite`] if the statistic observed is NaN.
pub fn permutation_p<R: Rng + ?Sized>(
    n: usize,
    permutations: usize,
    rng: &mut R,
    mut statistic: impl FnMut(&[usize]) -> f64,
) -> Result<f64> {
    let p = max_t_p(&vec![0; n], permutations, rng, |order| {
        vec![statistic(order)]
    })?;
    Ok(p[0])
}

/// The p-values of several statistics at once, adjusted for their number: for each statistic the probability that the largest of all is at least as
/// far from 0 as it is, if the observations of each stratum are assigned to each other at random.
///
/// That any is below 5 % has a probability of 5 % at most where no statistic means anything, however they depend on each other (Westfall and
/// Young, *Resampling-Based Multiple Testing*, 1993, single-step maxT). Statistics are compared as they are, so they need a common scale, such as that
/// of indices c. Strata are given by a label of each observation; observations of different strata are not exchanged. Permutations, ties and
/// NaN count as in [`permutation_p`].
///
/// ```
/// use rand::SeedableRng;
/// use sparse_parity::{seeds::LabRng, stats::max_t_p};
///
/// let times = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
/// let measures = [[1.1, 1.9, 3.2, 4.0, 4.8, 6.1, 7.2, 7.9], [3.0, 1.0, 2.0, 2.0, 3.0, 1.0, 1.0, 3.0]];
/// let covariance = |order: &[usize], x: &[f64]| order.iter().zip(x).map(|(i, x)| (times[*i] - 4.5) * x).sum::<f64>();
/// let rng = &mut LabRng::seed_from_u64(1);
/// let p = max_t_p(&[0; 8], 999, rng, |order| measures.iter().map(|x| covariance(order, x)).collect())?;
/// assert!(p[0] < 0.01 && p[1] > 0.2);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Zero`] without observations, permutations or statistics; [`Error::NotFinite`] if a statistic observed is NaN.
///
/// # Panics
/// If a permutation has another number of statistics.
pub fn max_t_p<R: Rng + ?Sized>(
    strata: &[u64],
    permutations: usize,
    rng: &mut R,
    mut statistics: impl FnMut(&[usize]) -> Vec<f64>,
) -> Result<Vec<f64>> {
    positive("the number of observations", strata.len())?;
    positive("the number of permutations", permutations)?;
    let mut order: Vec<_> = (0..strata.len()).collect();
    let observed: Vec<f64> = statistics(&order).into_iter().map(f64::abs).collect();
    positive("the number of statistics", observed.len())?;
    if let Some(index) = observed.iter().position(|value| value.is_nan()) {
        return Err(Error::NotFinite {
            what: "the statistic of permutation 0, number",
            index,
            value: observed[index],
        });
    }
    let places = places(strata);
    let mut extreme = vec![1_usize; observed.len()];
    for _ in 0..permutations {
        for places in &places {
            for i in (1..places.len()).rev() {
                order.swap(places[i], places[rng.random_range(0..=i)]);
            }
        }
        let found = statistics(&order);
        assert_eq!(
            found.len(),
            observed.len(),
            "the number of statistics changed"
        );
        for (extreme, observed) in extreme.iter_mut().zip(&observed) {
            // Sums in another order may fall short of an equal value by rounding.
            let enough = observed - 1e-12 * observed;
            let is_far = |found: &f64| found.abs() >= enough || found.is_nan();
            *extreme += usize::from(found.iter().any(is_far));
        }
    }
    let all = permutations as f64 + 1.0;
    Ok(extreme
        .into_iter()
        .map(|count| count as f64 / all)
        .collect())
}

/// The places of the observations of each stratum.
fn places(strata: &[u64]) -> Vec<Vec<usize>> {
    let mut sorted: Vec<usize> = (0..strata.len()).collect();
    sorted.sort_by_key(|&place| strata[place]);
    sorted
        .chunk_by(|&a, &b| strata[a] == strata[b])
        .map(<[usize]>::to_vec)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::LabRng;
    use rand::SeedableRng;

    #[test]
    fn a_statistic_that_permuting_cannot_change_has_p_1() {
        let rng = &mut LabRng::seed_from_u64(4);
        assert_eq!(permutation_p(5, 99, rng, |_| 0.3).unwrap(), 1.0);
        let first = |order: &[usize]| f64::from(order[0] == 0 && order[1] == 1);
        let p = permutation_p(50, 999, rng, first).unwrap();
        assert!(p < 0.01, "{p}");
        assert!(permutation_p(0, 9, rng, |_| 0.0).is_err());
        assert!(permutation_p(9, 0, rng, |_| 0.0).is_err());
        assert!(permutation_p(9, 9, rng, |_| f64::NAN).is_err());
    }

    #[test]
    fn any_of_ten_measures_of_nothing_is_significant_in_five_of_a_hundred_studies() {
        let mut significant = 0;
        for seed in 0..400 {
            let rng = &mut LabRng::seed_from_u64(seed);
            let mut numbers = || -> Vec<f64> { (0..12).map(|_| rng.random()).collect() };
            let (times, measures) = (numbers(), [(); 10].map(|()| numbers()));
            let p = max_t_p(&[7; 12], 99, rng, |order| {
                let of = |x: &Vec<f64>| {
                    let products = order.iter().zip(x);
                    products.map(|(&i, x)| (times[i] - 0.5) * (x - 0.5)).sum()
                };
                measures.iter().map(of).collect()
            });
            significant += usize::from(p.unwrap().iter().any(|p| *p <= 0.05));
        }
        // 20 ± 4.4.
        assert!((6..=36).contains(&significant), "{significant}");
    }

    #[test]
    fn observations_stay_in_their_stratum_and_the_largest_statistic_counts_for_all() {
        let (rng, strata) = (&mut LabRng::seed_from_u64(5), [3, 1, 3, 1, 3]);
        let mut moved = false;
        let p = max_t_p(&strata, 50, rng, |order| {
            assert!((0..5).all(|place| strata[order[place]] == strata[place]));
            moved |= order[0] != 0 && order[1] != 1;
            // 2 for any order but the first.
            let is_first = order.iter().enumerate().all(|(place, i)| place == *i);
            vec![1.0, if is_first { 0.0 } else { -2.0 }, 3.0]
        });
        assert_eq!(p.unwrap(), [1.0, 1.0, 1.0]);
        assert!(moved);
        let p = max_t_p(&strata, 50, rng, |order| {
            let changed = order.iter().enumerate().any(|(place, i)| place != *i);
            vec![
                if changed { 0.5 } else { 1.0 },
                if changed { f64::NAN } else { 2.0 },
            ]
        });
        assert!(p.unwrap().iter().all(|p| *p > 0.5));
        assert!(max_t_p(&strata, 5, rng, |_| Vec::new()).is_err());
        assert!(max_t_p(&[], 5, rng, |_| vec![1.0]).is_err());
    }
}
