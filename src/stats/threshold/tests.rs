use super::*;
use crate::error::Error;
use crate::seeds::LabRng;
use rand::{Rng, SeedableRng};

fn count(size: f64, samples: f64, solved: usize, runs: usize) -> SolvedCount {
    SolvedCount {
        size,
        samples,
        solved,
        runs,
    }
}

/// A pilot: conjunctions of three, a Transformer, three sizes.
fn pilot() -> Vec<SolvedCount> {
    [
        (30.0, 30.0, 9, 20),
        (30.0, 40.0, 14, 20),
        (30.0, 60.0, 20, 20),
        (100.0, 40.0, 0, 20),
        (100.0, 60.0, 8, 20),
        (100.0, 80.0, 11, 20),
        (100.0, 120.0, 20, 20),
        (300.0, 100.0, 3, 10),
        (300.0, 120.0, 2, 10),
        (300.0, 200.0, 8, 10),
    ]
    .map(|(size, samples, solved, runs)| count(size, samples, solved, runs))
    .to_vec()
}

fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!(
        (found / expected - 1.0).abs() < relative,
        "{found} {expected}"
    );
}

/// Nested golden sections in another program.
#[test]
fn fits_and_intervals_are_those_of_a_direct_search() {
    let fit = Threshold::fit(&pilot(), 0.8, 0.95).unwrap();
    assert!((fit.ln_likelihood + 74.684_580_500_68).abs() < 1e-9);
    let expected = [
        (fit.slope, [5.296_131_74, 3.804_896_77, 7.078_565_90]),
        (fit.at[0].1, [41.506_839_0, 36.553_363_3, 47.996_354_7]),
        (fit.at[1].1, [91.623_779_4, 80.727_622_0, 107.733_003]),
        (fit.at[2].1, [183.368_681, 152.566_767, 231.158_701]),
    ];
    for (Estimate { value, interval }, known) in expected {
        for (found, known) in [value, interval.low, interval.high].into_iter().zip(known) {
            assert_near(found, known, 1e-6);
        }
    }
    let curve = BoxCox::fit(&pilot(), 0.8, 0.95).unwrap();
    // Three sizes lie on a curve of three parameters.
    assert!((curve.ln_likelihood - fit.ln_likelihood).abs() < 1e-8);
    let Estimate { value, interval } = curve.exponent;
    assert!((value - 0.6079).abs() < 2e-3, "{value}");
    assert!(
        (interval.low - 0.1436).abs() < 1e-3 && (interval.high - 1.0262).abs() < 1e-3,
        "{interval:?}"
    );
    for (size, critical) in &fit.at {
        assert_near(curve.critical(*size), critical.value, 1e-3);
    }
    for (p, ln_likelihood) in [
        (0.0, -77.730_035_17),
        (1.0, -76.373_237_31),
        (0.5, -74.804_268_9),
    ] {
        let given = BoxCox::with_exponent(&pilot(), 0.8, p).unwrap();
        assert!((given.ln_likelihood - ln_likelihood).abs() < 1e-6, "{p}");
        assert_eq!(
            given.exponent.interval,
            ConfidenceInterval { low: p, high: p }
        );
    }
}

/// Sizes and samples around a law of growth, a + b (Tᵖ − 1)/p.
fn cells(p: f64) -> Vec<(f64, f64, f64)> {
    let growth = |size: f64| {
        if p == 0.0 {
            size.ln()
        } else {
            (size.powf(p) - 1.0) / p
        }
    };
    let scale = 100.0 / growth(1024.0);
    let sizes = [16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];
    let of_size = |size: f64| {
        let critical = 20.0 + scale * growth(size);
        let ratios = [0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.2];
        // The share at the critical size is 0.8, the slope 5.
        ratios.map(|ratio: f64| {
            (
                size,
                critical * ratio,
                1.0 / (1.0 + 0.25 * ratio.powf(-5.0)),
            )
        })
    };
    sizes.into_iter().flat_map(of_size).collect()
}

#[test]
fn exponents_are_recovered_from_the_shares_of_their_law() {
    // Eighths are tried first; of the others some lie above the nearest of these, and some below.
    for p in [-0.5, -0.2, 0.0, 0.3, 0.5, 0.7, 1.0, 1.5] {
        let exact = |(size, samples, share): (f64, f64, f64)| {
            count(size, samples, (1e7 * share).round() as usize, 10_000_000)
        };
        let counts: Vec<_> = cells(p).into_iter().map(exact).collect();
        let fit = BoxCox::fit(&counts, 0.8, 0.95).unwrap();
        assert!(
            (fit.exponent.value - p).abs() < 2e-3,
            "{p}: {:?}",
            fit.exponent
        );
        assert_near(fit.slope, 5.0, 1e-4);
        assert_near(fit.critical(1024.0), 120.0, 1e-4);
        let free = Threshold::fit(&counts, 0.8, 0.95).unwrap();
        for (size, critical) in free.at {
            assert_near(critical.value, fit.critical(size), 1e-3);
        }
        // At half of the runs, the critical size is smaller by the factor 4^(1/5).
        let half = Threshold::fit(&counts, 0.5, 0.95).unwrap().at[6].1.value;
        assert_near(half, 120.0 * 0.25_f64.powf(0.2), 1e-3);
    }
}

#[test]
fn intervals_contain_the_exponent_as_often_as_they_say() {
    let (p, sets) = (0.5, 60);
    let rng = &mut LabRng::seed_from_u64(2);
    let (mut contain, mut critical) = (0, 0);
    for _ in 0..sets {
        let counts: Vec<_> = cells(p)
            .into_iter()
            .map(|(size, samples, share)| {
                let solved = (0..20).filter(|_| rng.random::<f64>() < share).count();
                count(size, samples, solved, 20)
            })
            .collect();
        let fit = BoxCox::fit(&counts, 0.8, 0.9).unwrap();
        contain += usize::from(fit.exponent.interval.contains(p));
        let free = Threshold::fit(&counts, 0.8, 0.9).unwrap();
        critical += usize::from(free.at[6].1.interval.contains(120.0));
    }
    // 54 of 60 are expected; fewer than 46, or all, with a probability of 0.3 % or less each.
    assert!(
        (46..60).contains(&contain) && (46..60).contains(&critical),
        "{contain} {critical}"
    );
}

#[test]
fn units_and_order_do_not_matter() {
    let usual = pilot();
    let fit = Threshold::fit(&usual, 0.8, 0.95).unwrap();
    let curve = BoxCox::fit(&usual, 0.8, 0.95).unwrap();
    // In thousands the numbers of samples have negative logarithms.
    for unit in [1000.0, 0.001] {
        let mut other: Vec<_> = usual
            .iter()
            .map(|c| count(8.0 * c.size, unit * c.samples, c.solved, c.runs))
            .collect();
        other.reverse();
        let moved = Threshold::fit(&other, 0.8, 0.95).unwrap();
        for ((size, a), (same, b)) in fit.at.iter().zip(&moved.at) {
            assert_eq!(8.0 * size, *same);
            assert_near(b.value, unit * a.value, 1e-6);
            assert_near(b.interval.low, unit * a.interval.low, 1e-6);
            assert_near(b.interval.high, unit * a.interval.high, 1e-6);
        }
        assert_near(moved.slope.value, fit.slope.value, 1e-6);
        let same = BoxCox::fit(&other, 0.8, 0.95).unwrap();
        assert!((same.exponent.value - curve.exponent.value).abs() < 1e-4);
        assert!((same.exponent.interval.low - curve.exponent.interval.low).abs() < 1e-4);
    }
}

#[test]
fn ends_that_nothing_bounds_are_infinite() {
    // A slope that is hardly above 0 bounds no critical size.
    let counts = [count(10.0, 20.0, 4, 10), count(10.0, 40.0, 5, 10)];
    let fit = Threshold::fit(&counts, 0.8, 0.95).unwrap();
    let (_, critical) = fit.at[0];
    assert_eq!(critical.interval.high, f64::INFINITY);
    assert!(
        critical.interval.low > 30.0 && critical.value > 40.0,
        "{critical:?}"
    );
    assert!(fit.slope.interval.low < 1e-6);
    // Three sizes of few runs leave the exponent open on one side.
    let steps = [(10.0, 20.0), (20.0, 21.0), (40.0, 60.0)];
    let around = |(size, critical): (f64, f64)| {
        [
            count(size, 0.5 * critical, 1, 9),
            count(size, critical, 6, 9),
            count(size, 2.0 * critical, 8, 9),
        ]
    };
    let counts: Vec<_> = steps.into_iter().flat_map(around).collect();
    let exponent = BoxCox::fit(&counts, 0.8, 0.95).unwrap().exponent;
    assert_eq!(exponent.interval.high, f64::INFINITY);
    assert!(
        exponent.interval.low > -3.0 && exponent.value > 1.0,
        "{exponent:?}"
    );
}

#[test]
fn counts_without_a_critical_size_are_told() {
    let told = |change: &dyn Fn(&mut Vec<SolvedCount>)| {
        let mut counts = pilot();
        change(&mut counts);
        Threshold::fit(&counts, 0.8, 0.95).unwrap_err()
    };
    assert!(matches!(told(&|c| c.clear()), Error::Zero { .. }));
    assert!(matches!(told(&|c| c[2].runs = 0), Error::Zero { .. }));
    assert!(matches!(
        told(&|c| c[2].solved = 21),
        Error::TooLarge {
            value: 21,
            most: 20,
            ..
        }
    ));
    for bad in [0.0, -3.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            told(&|c| c[1].size = bad),
            Error::NotPositive { .. }
        ));
        assert!(matches!(
            told(&|c| c[1].samples = bad),
            Error::NotPositive { .. }
        ));
    }
    let method = |change: &dyn Fn(&mut Vec<SolvedCount>)| match told(change) {
        error @ Error::Method { .. } => error.to_string(),
        error => panic!("{error}"),
    };
    let every = method(&|c| c[..3].iter_mut().for_each(|c| c.solved = 20));
    assert!(every.contains("every run of size 30 was solved"), "{every}");
    let none = method(&|c| c[3..7].iter_mut().for_each(|c| c.solved = 0));
    assert!(none.contains("no run of size 100 was solved"), "{none}");
    let twice = method(&|c| c[4] = c[3]);
    assert!(
        twice.contains("size 100 with 40 samples is given twice"),
        "{twice}"
    );
    let falls = method(&|c| c.iter_mut().for_each(|c| c.solved = c.runs - c.solved));
    assert!(falls.contains("does not rise"), "{falls}");
    let steps = method(&|c| {
        c.iter_mut().for_each(|c| {
            c.solved = if c.samples > 0.5 * c.size + 20.0 {
                c.runs
            } else {
                0
            }
        });
        c.retain(|c| c.size < 300.0);
    });
    assert!(steps.contains("the slope has no bound"), "{steps}");
    for share in [0.001, 0.999] {
        let error = Threshold::fit(&pilot(), share, 0.95).unwrap_err();
        assert!(matches!(error, Error::OutOfRange { .. }), "{share}");
    }
    for share in [0.0, 1.0, f64::NAN, 80.0] {
        let error = Threshold::fit(&pilot(), share, 0.95).unwrap_err();
        assert!(matches!(error, Error::OutOfRange { .. }), "{share}");
        assert!(matches!(
            BoxCox::with_exponent(&pilot(), share, 0.0),
            Err(Error::OutOfRange { .. })
        ));
        assert!(matches!(
            Threshold::fit(&pilot(), 0.8, share),
            Err(Error::OutOfRange { .. })
        ));
    }
}

#[test]
fn growth_needs_sizes_and_an_exponent() {
    let two: Vec<_> = pilot().into_iter().filter(|c| c.size < 300.0).collect();
    let told = BoxCox::fit(&two, 0.8, 0.95).unwrap_err().to_string();
    assert!(
        told.contains("needs 3 different sizes, and there are 2"),
        "{told}"
    );
    let log = BoxCox::with_exponent(&two, 0.8, 0.0).unwrap();
    let free = Threshold::fit(&two, 0.8, 0.95).unwrap();
    assert!((log.ln_likelihood - free.ln_likelihood).abs() < 1e-9);
    assert_near(log.critical(100.0), free.at[1].1.value, 1e-4);
    assert!(log.critical(1.0) < log.critical(2.0) && log.critical(0.0).is_infinite());
    let one: Vec<_> = pilot().into_iter().filter(|c| c.size == 100.0).collect();
    assert!(matches!(
        BoxCox::with_exponent(&one, 0.8, 0.0),
        Err(Error::Method { .. })
    ));
    for p in [10.5, -11.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            BoxCox::with_exponent(&two, 0.8, p),
            Err(Error::OutOfRange { .. })
        ));
    }
    let near = [1.0, 1.0 + f64::EPSILON, 1.0 + 2.0 * f64::EPSILON];
    let same: Vec<_> = near
        .into_iter()
        .flat_map(|size| {
            [
                count(1e300 * size, 20.0, 4, 10),
                count(1e300 * size, 40.0, 8, 10),
            ]
        })
        .collect();
    let told = BoxCox::fit(&same, 0.8, 0.95).unwrap_err().to_string();
    assert!(told.contains("the same up to rounding"), "{told}");
}
