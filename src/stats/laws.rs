//! What holds of statistics for any input: the documented error, or a number that is no NaN and in its range.

use super::*;
use crate::error::Error;
use crate::seeds::LabRng;
use ndarray::Array2;
use proptest::prelude::*;
use rand::SeedableRng;

fn time() -> impl Strategy<Value = Time> {
    let step = || prop_oneof![0_u64..6, Just(u64::MAX), any::<u64>()];
    prop_oneof![
        step().prop_map(Time::Solved),
        step().prop_map(Time::Censored),
        Just(Time::Never),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        (0_u32..4).prop_map(f64::from),
        Just(0.1),
        Just(-0.0),
        (0_u64..3).prop_map(f64::from_bits),
        (0_u64..3).prop_map(|ulps| f64::from_bits(1e300_f64.to_bits() + ulps)),
    ]
}

fn few() -> Bootstrap {
    Bootstrap {
        resamples: 39,
        level: 0.9,
    }
}

fn is_ordered(interval: ConfidenceInterval) -> bool {
    interval.low <= interval.high
}

proptest! {
    #[test]
    fn times_have_the_quantiles_that_they_can_have(
        times in prop::collection::vec(time(), 0..9),
        p in 0.01..0.99_f64,
        level in prop_oneof![Just(0.5), Just(0.95), Just(1.0 - f64::EPSILON)],
        seed: u64,
    ) {
        let rng = &mut LabRng::seed_from_u64(seed);
        let times: Times = times.into_iter().collect();
        let quantile = times.quantile(p, level);
        if times.runs() == 0 {
            let is_zero = matches!(quantile, Err(Error::Zero { .. }));
            prop_assert!(is_zero);
            prop_assert!(KaplanMeier::of(&times, level).is_err());
            prop_assert!(times.bootstrapped_quantile(p, &few(), rng).is_err());
            return Ok(());
        }
        let quantile = quantile.unwrap();
        prop_assert!(is_ordered(quantile.interval) && quantile.interval.low >= 0.0, "{:?}", quantile);
        let resampled = times.bootstrapped_quantile(p, &few(), rng).unwrap();
        prop_assert!(is_ordered(resampled.interval), "{:?}", resampled);
        prop_assert_eq!(resampled.value, quantile.value);
        if let Some(budget) = times.budget().filter(|_| times.solved() == 0 && times.diverged() == 0) {
            prop_assert!(resampled.interval.low >= budget as f64, "{:?}", resampled);
            prop_assert!(quantile.interval.low == 0.0 || quantile.interval.low >= budget as f64);
        }
        let curve = KaplanMeier::of(&times, level).unwrap();
        let mut before = 1.0;
        for step in &curve.steps {
            let band = step.band;
            prop_assert!((0.0..=before).contains(&step.survival), "{:?}", step);
            prop_assert!(0.0 <= band.low && is_ordered(band) && band.high <= 1.0, "{:?}", step);
            before = step.survival;
        }
        let share = times.success_rate(level).unwrap();
        prop_assert!(share.interval.contains(share.value));
    }

    #[test]
    fn correlations_are_refused_or_within_one(
        pairs in prop::collection::vec((number(), number(), time()), 0..8),
        seed: u64,
    ) {
        let rng = &mut LabRng::seed_from_u64(seed);
        let (mut x, mut y, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (a, b, time) in pairs {
            x.push(a);
            y.push(b);
            times.push(time);
        }
        let found = [
            RankCorrelation::spearman(&x, &y, &few(), rng),
            RankCorrelation::kendall(&x, &y, &few(), rng),
            RankCorrelation::concordance(&x, &times, &few(), rng),
        ];
        for found in found.into_iter().flatten() {
            let RankCorrelation { value, interval, p_value } = found;
            prop_assert!(value.abs() <= 1.0 + 1e-12 && is_ordered(interval), "{:?}", found);
            prop_assert!(interval.low >= -1.0 && interval.high <= 1.0, "{:?}", found);
            prop_assert!(p_value > 0.0 && p_value <= 1.0, "{:?}", found);
        }
        if let Ok(share) = superiority(&x, &y) {
            prop_assert!((0.0..=1.0).contains(&share), "{}", share);
        }
    }

    #[test]
    fn shares_of_variance_are_refused_or_sum_to_one(
        (rows, columns) in (1_usize..5, 1_usize..5),
        numbers in prop::collection::vec(number(), 16),
        seed: u64,
    ) {
        let rng = &mut LabRng::seed_from_u64(seed);
        let values = Array2::from_shape_fn((rows, columns), |(i, j)| numbers[4 * i + j]);
        let all_equal = values.iter().all(|z| *z == values[[0, 0]]);
        match variance_shares(&values, &few(), rng) {
            Err(_) => prop_assert!(
                all_equal || rows < 2 || columns < 2 || values.iter().any(|z| !z.is_finite())
            ),
            Ok(shares) => {
                prop_assert!(!all_equal);
                let all = [shares.initialisation, shares.data, shares.residual];
                for share in all {
                    let ConfidenceInterval { low, high } = share.interval;
                    prop_assert!(share.interval.contains(share.value), "{:?}", share);
                    prop_assert!(low >= 0.0 && high <= 1.0, "{:?}", share);
                }
                let sum: f64 = all.iter().map(|share| share.value).sum();
                prop_assert!((sum - 1.0).abs() < 1e-9, "{}", sum);
            }
        }
        if let Ok(found) = icc(&values, &few(), rng) {
            prop_assert!(found.value.abs() <= 1.0 + 1e-9 && is_ordered(found.interval), "{:?}", found);
        }
    }

    #[test]
    fn power_laws_are_refused_or_numbers(
        points in prop::collection::vec((number(), number()), 0..6),
        level in 0.01..0.99_f64,
    ) {
        let points: Vec<Point> = points.into_iter().map(|(n, t)| Point { n, t }).collect();
        if let Ok(fit) = PowerLaw::fit(&points, level) {
            prop_assert!(fit.exponent.value.is_finite() && fit.ln_factor.is_finite(), "{:?}", fit);
            prop_assert!(is_ordered(fit.exponent.interval) && fit.spread >= 0.0, "{:?}", fit);
        }
    }

    #[test]
    fn a_geometric_law_has_probabilities_and_quantiles(
        p in prop_oneof![0.0..1.0_f64, (-1074_i32..0).prop_map(|e| libm::ldexp(1.0, e)), Just(1.0 - f64::EPSILON / 2.0)],
        q in prop_oneof![0.0..1.0_f64, Just(f64::MIN_POSITIVE), Just(1.0 - f64::EPSILON / 2.0)],
        t: u64,
        times in prop::collection::vec(time(), 1..6),
    ) {
        prop_assume!(p > 0.0 && q > 0.0);
        let law = Geometric::new(p).unwrap();
        let quantile = law.quantile(q).unwrap();
        prop_assert!(quantile >= 1.0, "{}", quantile);
        prop_assert!((0.0..=1.0).contains(&law.cdf(t)) && (0.0..=1.0).contains(&law.survival(t)));
        prop_assert!((0.0..=p).contains(&law.pmf(t)) && law.mean() >= 1.0);
        let times: Times = times.into_iter().collect();
        let distance = law.distance(&times).unwrap();
        prop_assert!((0.0..=1.0).contains(&distance.value()) && distance.ln_p_value() <= 0.0);
        if let Ok(early) = law.before_first(&times) {
            prop_assert!(early.ln_probability <= 0.0 && early.expected >= 0.0, "{:?}", early);
        }
    }

    #[test]
    fn critical_sizes_are_refused_or_within_their_intervals(
        cells in prop::collection::vec((0_usize..4, 0_usize..5, 0_usize..7, 1_usize..7, number()), 0..14),
        share in number(),
    ) {
        let odd = |number: f64, usual: f64| if number == 0.1 { usual } else { number };
        let counts: Vec<_> = cells.into_iter().enumerate().map(|(place, (size, samples, solved, runs, number))| SolvedCount {
            size: [10.0, 30.0, 100.0, 1e3][size],
            // Most numbers are usual ones.
            samples: if place % 5 == 4 { odd(number, 1.0) } else { [10.0, 20.0, 30.0, 40.0, 80.0][samples] },
            solved: solved.min(runs),
            runs,
        }).collect();
        for share in [share, 0.01, 0.7, 0.99] {
            let is_in = |estimate: Estimate| {
                is_ordered(estimate.interval) && estimate.interval.contains(estimate.value) && estimate.interval.low >= 0.0
            };
            if let Ok(fit) = Threshold::fit(&counts, share, 0.9) {
                prop_assert!(fit.at.iter().all(|(_, critical)| is_in(*critical)), "{:?}", fit);
                prop_assert!(is_in(fit.slope) && fit.ln_likelihood <= 0.0, "{:?}", fit);
                if let Ok(curve) = BoxCox::fit(&counts, share, 0.9) {
                    let exponent = curve.exponent;
                    prop_assert!(exponent.interval.contains(exponent.value) && exponent.value.is_finite(), "{:?}", curve);
                    prop_assert!(curve.ln_likelihood <= fit.ln_likelihood + 1e-6, "{:?} {:?}", curve, fit);
                }
            }
        }
    }
}
