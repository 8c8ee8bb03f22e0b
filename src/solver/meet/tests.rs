use super::super::word::{Counted, counted};
use super::super::{Exhaustive, Solver};
use super::*;
use crate::access::{Access, Examples, Fixed, Fresh};
use crate::data::{Batch, ParityDistribution};
use crate::seeds::{Purpose, Seeds};
use crate::solver::instances::{law, problem};
use crate::stats::{LogOdds, ln_at_least, ln_at_most};

pub(super) const CLEAN: Meet = Meet {
    name: "clean",
    certify: false,
    is_small: false,
};
pub(super) const CERTIFY: Meet = Meet {
    name: "certify",
    certify: true,
    is_small: false,
};
pub(super) const FOUR: Meet = Meet {
    name: "four",
    certify: false,
    is_small: true,
};

fn coins(seed: u64) -> LabRng {
    Seeds::from(seed).stream(Purpose::Solver)
}

#[test]
fn every_operation_on_words_is_in_the_ledger() {
    for (p, meet) in [(0.0, CLEAN), (0.0, CERTIFY), (0.0, FOUR), (0.1, CLEAN)] {
        for (n, k) in [
            (5, 1),
            (5, 5),
            (5, 4),
            (20, 2),
            (20, 4),
            (20, 17),
            (70, 3),
            (130, 4),
            (40, 6),
        ] {
            let problem = problem(n, k, p);
            let mut oracle = Fresh::new(law(n, k, p, 1), &Seeds::from(1));
            let plan = meet.plan(&problem).unwrap();
            let mut run = || meet.run::<Counted, _>(&problem, &mut oracle, &mut coins(1));
            let (_, operations) = counted(|| run().unwrap());
            let ledger = oracle.ledger();
            assert_eq!(operations, ledger.words, "({n}, {k}), {p}");
            assert_eq!(ledger.bytes, plan.bytes);
        }
    }
}

#[test]
fn what_is_taken_is_what_the_plan_expects() {
    let runs = 300;
    for (meet, n, k, p) in [
        (CLEAN, 30, 4, 0.0),
        (CLEAN, 40, 3, 0.1),
        (CLEAN, 30, 4, 0.1),
        (CLEAN, 30, 4, 0.3),
        (CLEAN, 30, 26, 0.1),
        (FOUR, 100, 3, 0.0),
        (FOUR, 60, 4, 0.0),
        (FOUR, 60, 56, 0.0),
        (FOUR, 30, 7, 0.0),
    ] {
        let problem = problem(n, k, p);
        let plan = meet.plan(&problem).unwrap();
        let mut sums = [0.0; 4];
        for seed in 0..runs {
            let mut oracle = Fresh::new(law(n, k, p, seed), &Seeds::from(seed));
            meet.run::<u64, _>(&problem, &mut oracle, &mut coins(seed))
                .unwrap();
            let ledger = oracle.ledger();
            let taken = [
                ledger.words,
                ledger.probes,
                ledger.candidates,
                ledger.attempts,
            ];
            for (sum, taken) in sums.iter_mut().zip(taken) {
                *sum += taken as f64 / runs as f64;
            }
        }
        let expected = [plan.words, plan.probes, plan.candidates, plan.attempts];
        // The number of attempts has about its mean as its standard deviation.
        let slack = 4.0 / (runs as f64).sqrt();
        for (taken, expected) in sums.into_iter().zip(expected) {
            let excess = (taken - expected).abs();
            assert!(
                excess <= slack * expected,
                "({n}, {k}), {p}: {sums:?} against {expected}"
            );
        }
    }
}

#[test]
fn attempts_until_a_split_fits_are_geometric() {
    let (runs, n, k) = (1000, 24, 4);
    // Of 6 · 6 · 2 … halves: C(12, 2)² of C(24, 4) supports are split evenly.
    let success = 66.0 * 66.0 / 10_626.0;
    let problem = problem(n, k, 0.0);
    let mut first = 0;
    for seed in 0..runs {
        let mut oracle = Fresh::new(law(n, k, 0.0, seed), &Seeds::from(seed));
        let verdict = CLEAN
            .run::<u64, _>(&problem, &mut oracle, &mut coins(seed))
            .unwrap()
            .1;
        match verdict {
            Verdict::GaveUp { attempts, missed } => {
                assert!(missed <= problem.failure / 2.0 && attempts == oracle.ledger().attempts);
            }
            _ => first += usize::from(oracle.ledger().attempts == 1),
        }
    }
    let odds = LogOdds::of(success);
    let tail = ln_at_least(first, runs as usize, odds).min(ln_at_most(first, runs as usize, odds));
    assert!(
        tail > libm::log(0.0005),
        "{first} of {runs}, expected {}",
        success * runs as f64
    );
}

#[test]
fn supports_are_found_at_the_edges_of_words() {
    for n in [63, 64, 65, 127, 128, 130, 200] {
        for (k, p) in [
            (1, 0.0),
            (2, 0.0),
            (3, 0.0),
            (4, 0.0),
            (1, 0.1),
            (2, 0.1),
            (3, 0.1),
        ] {
            let problem = problem(n, k, p).with_failure(1e-5).unwrap();
            let law = law(n, k, p, n as u64);
            let mut oracle = Fresh::new(law.clone(), &Seeds::from(3));
            let verdict = CLEAN
                .run::<u64, _>(&problem, &mut oracle, &mut coins(3))
                .unwrap()
                .1;
            assert_eq!(
                verdict.support(),
                Some(law.parity().support()),
                "({n}, {k}), {p}"
            );
        }
    }
}

#[test]
fn the_certificate_lists_what_exhaustive_search_does() {
    for (n, k, m) in [
        (12, 1, 3),
        (12, 2, 5),
        (12, 3, 4),
        (13, 4, 6),
        (11, 5, 8),
        (9, 9, 2),
        (40, 3, 70),
        (40, 38, 12),
        (13, 7, 6),
        (8, 4, 3),
        (8, 6, 1),
    ] {
        let seeds = Seeds::from(m as u64);
        let batch = Batch::<f32>::draw(&law(n, k, 0.0, 3), m, &mut (&seeds).into()).unwrap();
        let examples = Examples::of(&batch).unwrap();
        let problem = problem(n, k, 0.0);
        let certify = MeetInTheMiddle { certify: true };
        let met = certify
            .solve(&problem, &mut Fixed::new(&examples), &mut coins(1))
            .unwrap();
        let all = Exhaustive { exact: true };
        let all = all
            .solve(&problem, &mut Fixed::new(&examples), &mut coins(1))
            .unwrap();
        assert_eq!(met.verdict, all.verdict, "({n}, {k}), {m}");
    }
}

/// Also where the table overflows: a third of the columns are constant, so that sums are far from even over the parts.
#[test]
fn parts_of_sums_find_what_one_table_does() {
    for n in [63, 64, 65, 127, 128, 130, 200] {
        for (k, constant) in [
            (1, 0),
            (2, 0),
            (3, 0),
            (4, 0),
            (5, 0),
            (6, 0),
            (n - 4, 0),
            (4, n / 3),
        ] {
            let problem = problem(n, k, 0.0).with_failure(1e-5).unwrap();
            let support: Vec<usize> = (n - k..n).collect();
            let law = ParityDistribution::new(n, &support).unwrap();
            let m = problem.sample_size().unwrap().examples;
            let mut batch = Batch::<f32>::draw(&law, m, &mut (&Seeds::from(2)).into()).unwrap();
            let mut rows = batch.x.to_array::<f32>();
            rows.slice_mut(ndarray::s![.., ..constant]).fill(1.0);
            batch.x = crate::signs::Signs::from_array(&rows).unwrap();
            let examples = Examples::of(&batch).unwrap();
            let [one, parts] = [CLEAN, FOUR].map(|meet| {
                let mut given = Fixed::new(&examples);
                let (_, verdict) = meet
                    .run::<u64, _>(&problem, &mut given, &mut coins(1))
                    .unwrap();
                (verdict, given.ledger().attempts)
            });
            assert_eq!(one, parts, "({n}, {k})");
            assert_eq!(one.0.support(), Some(&support[..]), "({n}, {k})");
        }
    }
}

#[test]
fn lists_of_quarters_fit_where_a_table_of_halves_does_not() {
    let mut problem = problem(100, 6, 0.0);
    let [halves, quarters] = [CLEAN, FOUR].map(|meet| meet.plan(&problem).unwrap());
    // 19 600 entries of 16 bytes, with their heads, against two lists of 1225 sums and ranks.
    assert!(halves.bytes > 600_000 && quarters.bytes < 70_000);
    assert!(quarters.words < 1.1 * halves.words);
    problem.limits.bytes = 1 << 17;
    let refused = CLEAN.plan(&problem).unwrap_err();
    assert!(matches!(refused, crate::Error::Room { .. }), "{refused}");
    let law = law(100, 6, 0.0, 4);
    let mut oracle = Fresh::new(law.clone(), &Seeds::from(4));
    let report = FourLists
        .solve(&problem, &mut oracle, &mut coins(4))
        .unwrap();
    assert_eq!(report.verdict.support(), Some(law.parity().support()));
    assert_eq!(report.ledger.bytes, quarters.bytes);
}

#[test]
fn equal_columns_are_told_and_not_one_of_them_chosen() {
    let (n, k) = (60, 4);
    let law = ParityDistribution::new(n, &[3, 17, 40, 58]).unwrap();
    let mut batch = Batch::<f32>::draw(&law, 80, &mut (&Seeds::from(1)).into()).unwrap();
    let mut rows = batch.x.to_array::<f32>();
    for (from, to) in [(17, 5), (58, 59), (58, 1)] {
        let column = rows.column(from).to_owned();
        rows.column_mut(to).assign(&column);
    }
    batch.x = crate::signs::Signs::from_array(&rows).unwrap();
    let examples = Examples::of(&batch).unwrap();
    let problem = problem(n, k, 0.0);
    let solvers: [&dyn for<'a> Solver<Fixed<'a>>; 5] = [
        &Exhaustive::default(),
        &MeetInTheMiddle::default(),
        &MeetInTheMiddle { certify: true },
        &FourLists,
        &NoisyMeet,
    ];
    for solver in solvers {
        let report = solver
            .solve(&problem, &mut Fixed::new(&examples), &mut coins(2))
            .unwrap();
        let Verdict::Several(fits, count) = report.verdict else {
            panic!("{}: {:?}", report.solver, report.verdict);
        };
        assert_eq!((fits.len(), count), (6, 6), "{}", report.solver);
        assert!(fits.iter().any(|fit| fit.support == [1, 3, 5, 40]));
    }
}

#[test]
fn without_noise_both_give_the_same() {
    let problem = problem(60, 4, 0.0);
    for seed in 0..5 {
        let law = law(60, 4, 0.0, seed);
        let mut oracle = Fresh::new(law.clone(), &Seeds::from(seed));
        let clean = MeetInTheMiddle::default()
            .solve(&problem, &mut oracle, &mut coins(seed))
            .unwrap();
        let mut oracle = Fresh::new(law, &Seeds::from(seed));
        let noisy = NoisyMeet
            .solve(&problem, &mut oracle, &mut coins(seed))
            .unwrap();
        assert_eq!(
            (clean.verdict, clean.plan, clean.ledger),
            (noisy.verdict, noisy.plan, noisy.ledger)
        );
    }
}

#[test]
fn bad_input_is_refused_before_anything_is_drawn() {
    let mut oracle = Fresh::new(law(200, 6, 0.1, 1), &Seeds::from(1));
    let clean: [&dyn Solver<_>; 2] = [&MeetInTheMiddle::default(), &FourLists];
    for solver in clean {
        let error = solver
            .solve(&problem(200, 6, 0.1), &mut oracle, &mut coins(1))
            .unwrap_err();
        assert!(matches!(error, crate::Error::CleanOnly { .. }), "{error}");
    }
    let mut short = problem(200, 6, 0.1);
    short.limits.words = 1e6;
    let error = NoisyMeet
        .solve(&short, &mut oracle, &mut coins(1))
        .unwrap_err();
    assert!(matches!(error, crate::Error::TooLong { .. }), "{error}");
    let error = NoisyMeet
        .solve(&problem(3000, 12, 0.0), &mut oracle, &mut coins(1))
        .unwrap_err();
    assert!(
        matches!(
            error,
            crate::Error::TooLarge { .. } | crate::Error::Room { .. }
        ),
        "{error}"
    );
    let error = NoisyMeet
        .solve(&problem(100, 2, 0.0), &mut oracle, &mut coins(1))
        .unwrap_err();
    assert!(matches!(error, crate::Error::Mismatch { .. }), "{error}");
    assert_eq!(oracle.ledger().examples, 0);

    let batch =
        Batch::<f32>::draw(&law(200, 2, 0.0, 1), 20, &mut (&Seeds::from(1)).into()).unwrap();
    let few = Examples::of(&batch).unwrap();
    let mut oracle = Fixed::new(&few);
    let error = NoisyMeet
        .solve(&problem(200, 2, 0.0), &mut oracle, &mut coins(1))
        .unwrap_err();
    assert!(
        matches!(
            error,
            crate::Error::TooFew {
                needed: 21,
                found: 20,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(oracle.left(), Some(20));
}

#[test]
fn degrees_that_were_not_examined_are_not_excluded() {
    let problem = Problem::with_degrees(20, 1..=3).unwrap();
    let uniqueness = |k| {
        let mut oracle = Fresh::new(law(20, k, 0.0, 1), &Seeds::from(1));
        let run = CLEAN.run::<u64, _>(&problem, &mut oracle, &mut coins(1));
        match run.unwrap().1 {
            Verdict::Found(_, uniqueness) => uniqueness,
            other => panic!("{other:?}"),
        }
    };
    // The search ends at the degree that fits.
    assert!(matches!(uniqueness(2), Uniqueness::Bound(_)));
    assert_eq!(uniqueness(3), Uniqueness::AmongSparse);
}
