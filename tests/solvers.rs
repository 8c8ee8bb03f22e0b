//! Laws across solvers of random examples: on one sample they find the same, and refuse the same.

use ndarray::Axis;
use rayon::ThreadPoolBuilder;
use sparse_parity::Error;
use sparse_parity::access::{Access, Examples, Fixed, Fresh, RandomExamples};
use sparse_parity::prelude::*;
use sparse_parity::seeds::LabRng;
use sparse_parity::signs::Signs;
use sparse_parity::solver::*;
use sparse_parity_examples::limit::Limit;

type AnyOfSample = dyn for<'a> Solver<Fixed<'a>>;

fn coins(seed: u64) -> LabRng {
    Seeds::from(seed).stream(Purpose::Solver)
}

fn law(n: usize, k: usize, p: f64, seed: u64) -> ParityDistribution {
    let rng = &mut Seeds::from(seed).stream(Purpose::Support);
    let law = ParityDistribution::random(n, k, rng).unwrap();
    law.with_label_noise(p).unwrap()
}

fn batch(law: &ParityDistribution, m: usize, seed: u64) -> Batch<f32> {
    Batch::draw(law, m, &mut (&Seeds::from(seed)).into()).unwrap()
}

fn examples(law: &ParityDistribution, m: usize, seed: u64) -> Examples {
    Examples::of(&batch(law, m, seed)).unwrap()
}

fn problem(n: usize, k: usize, p: f64) -> Problem {
    let problem = Problem::new(n, k).unwrap();
    problem.with_noise(Noise::of(p).unwrap()).unwrap()
}

/// Solvers that bear no noise.
fn clean() -> [Box<AnyOfSample>; 4] {
    [
        Box::new(Elimination),
        Box::new(FourLists),
        Box::new(MeetInTheMiddle::default()),
        Box::new(MeetInTheMiddle { certify: true }),
    ]
}

/// Solvers that bear noise, too.
fn noisy() -> [Box<AnyOfSample>; 5] {
    [
        Box::new(Exhaustive::default()),
        Box::new(Exhaustive { exact: true }),
        Box::new(NoisyMeet),
        Box::new(RandomSearch),
        Box::new(SubsetElimination::default()),
    ]
}

#[test]
fn all_find_the_same_support_on_a_sample_that_decides() {
    for (n, k) in [
        (20, 3),
        (63, 2),
        (64, 3),
        (65, 3),
        (127, 2),
        (128, 3),
        (130, 1),
        (200, 2),
    ] {
        let law = law(n, k, 0.0, n as u64);
        let sample = examples(&law, n + 30, 1);
        let problem = problem(n, k, 0.0).with_failure(1e-6).unwrap();
        for solver in clean().iter().chain(&noisy()) {
            let report = solver
                .solve(&problem, &mut Fixed::new(&sample), &mut coins(1))
                .unwrap();
            let found = report.verdict.support();
            assert_eq!(
                found,
                Some(law.parity().support()),
                "{}, ({n}, {k})",
                report.solver
            );
            // Elimination stops at rank n.
            assert!(report.ledger.examples <= sample.len() as u64);
        }
    }
}

#[test]
fn solvers_of_clean_labels_find_the_same_large_support() {
    for n in [63, 64, 65, 127, 128, 130, 200] {
        for k in [4, 5, 6] {
            let law = law(n, k, 0.0, n as u64);
            let sample = examples(&law, n + 30, 3);
            let problem = problem(n, k, 0.0).with_failure(1e-6).unwrap();
            for solver in clean() {
                let mut given = Fixed::new(&sample);
                let report = solver.solve(&problem, &mut given, &mut coins(3)).unwrap();
                let found = report.verdict.support();
                let name = report.solver;
                assert_eq!(found, Some(law.parity().support()), "{name}, ({n}, {k})");
            }
        }
    }
}

#[test]
fn all_find_the_same_support_of_noisy_labels() {
    for (n, k, p) in [(40, 2, 0.1), (64, 2, 0.05), (65, 2, 0.2), (20, 3, 0.1)] {
        let problem = problem(n, k, p).with_failure(1e-5).unwrap();
        let law = law(n, k, p, n as u64);
        let m = problem.sample_size().unwrap().examples.max(400);
        let sample = examples(&law, m, 2);
        for solver in &noisy() {
            let report = solver
                .solve(&problem, &mut Fixed::new(&sample), &mut coins(2))
                .unwrap();
            let found = report.verdict.support();
            assert_eq!(
                found,
                Some(law.parity().support()),
                "{}, ({n}, {k}), {p}",
                report.solver
            );
        }
    }
}

#[test]
fn those_that_examine_everything_list_the_same_of_samples_that_decide_nothing() {
    for (n, k) in [(9, 2), (14, 3), (18, 4), (6, 6), (10, 5)] {
        for m in [1, 2, 5, 9, 16, 40] {
            let sample = examples(&law(n, k, 0.0, 3), m, m as u64);
            let problem = problem(n, k, 0.0);
            let verdict = |solver: &AnyOfSample| {
                let report = solver.solve(&problem, &mut Fixed::new(&sample), &mut coins(1));
                match report.unwrap().verdict {
                    Verdict::Found(fit, _) => vec![fit.support],
                    Verdict::Several(fits, count) => {
                        assert_eq!(fits.len() as u64, count.min(MOST_FITS as u64));
                        fits.into_iter().map(|fit| fit.support).collect()
                    }
                    other => panic!("S fits: {other:?}"),
                }
            };
            let all = verdict(&Exhaustive { exact: true });
            assert_eq!(
                verdict(&MeetInTheMiddle { certify: true }),
                all,
                "({n}, {k}), {m}"
            );
            assert_eq!(verdict(&Elimination), all, "({n}, {k}), {m}");
        }
    }
}

#[test]
fn permuting_the_columns_permutes_the_answer() {
    let (n, k) = (70, 3);
    for p in [0.0, 0.1] {
        let law = law(n, k, p, 5);
        let mut drawn = batch(&law, 300, 5);
        let one = Examples::of(&drawn).unwrap();
        // Column i comes from column 11 i mod n.
        let columns: Vec<usize> = (0..n).map(|i| 11 * i % n).collect();
        let permuted = drawn.x.to_array::<f32>().select(Axis(1), &columns);
        drawn.x = Signs::from_array(&permuted).unwrap();
        let other = Examples::of(&drawn).unwrap();
        let problem = problem(n, k, p).with_failure(1e-6).unwrap();
        let solvers: Vec<Box<AnyOfSample>> = match p {
            0.0 => clean().into_iter().chain(noisy()).collect(),
            _ => noisy().into(),
        };
        for solver in solvers {
            let [found, moved] = [&one, &other].map(|sample| {
                let report = solver
                    .solve(&problem, &mut Fixed::new(sample), &mut coins(4))
                    .unwrap();
                report.verdict.support().expect("one support fits").to_vec()
            });
            let mut back: Vec<usize> = moved.into_iter().map(|i| columns[i]).collect();
            back.sort_unstable();
            assert_eq!(back, found, "{}", solver.name());
        }
    }
}

#[test]
fn the_negative_of_a_parity_is_no_parity() {
    for (n, k) in [(20, 1), (30, 2), (40, 3)] {
        let mut drawn = batch(&law(n, k, 0.0, 6), n + 40, 6);
        drawn.y.mapv_inplace(|y| -y);
        let sample = Examples::of(&drawn).unwrap();
        for solver in clean().iter().chain(&noisy()) {
            let report = solver
                .solve(&problem(n, k, 0.0), &mut Fixed::new(&sample), &mut coins(6))
                .unwrap();
            let is_none = matches!(
                report.verdict,
                Verdict::NothingFits | Verdict::GaveUp { .. }
            );
            assert!(is_none, "{}: {:?}", report.solver, report.verdict);
        }
    }
}

#[test]
fn equal_columns_are_several_supports() {
    let law = ParityDistribution::new(30, &[4, 20]).unwrap();
    let mut drawn = batch(&law, 60, 7);
    let mut rows = drawn.x.to_array::<f32>();
    let column = rows.column(20).to_owned();
    rows.column_mut(9).assign(&column);
    drawn.x = Signs::from_array(&rows).unwrap();
    let sample = Examples::of(&drawn).unwrap();
    assert_eq!(sample.equal_columns(5), [(9, 20)]);
    let solvers: [&AnyOfSample; 8] = [
        &Elimination,
        &Exhaustive::default(),
        &Exhaustive { exact: true },
        &FourLists,
        &MeetInTheMiddle::default(),
        &MeetInTheMiddle { certify: true },
        &NoisyMeet,
        &RandomSearch,
    ];
    for solver in solvers {
        let report = solver
            .solve(
                &problem(30, 2, 0.0),
                &mut Fixed::new(&sample),
                &mut coins(7),
            )
            .unwrap();
        let Verdict::Several(fits, 2) = &report.verdict else {
            panic!("{}: {:?}", report.solver, report.verdict);
        };
        let supports: Vec<_> = fits.iter().map(|fit| &fit.support[..]).collect();
        assert_eq!(supports, [[4, 9], [4, 20]], "{}", report.solver);
    }
}

#[test]
fn equal_inputs_with_other_labels_are_told_where_labels_are_to_be_clean() {
    let mut drawn = batch(&law(30, 2, 0.0, 8), 60, 8);
    drawn.x.copy_row(5, &drawn.x.clone(), 3);
    drawn.y[5] = -drawn.y[3];
    let sample = Examples::of(&drawn).unwrap();
    let solvers: [&AnyOfSample; 6] = [
        &Elimination,
        &Exhaustive::default(),
        &FourLists,
        &MeetInTheMiddle::default(),
        &NoisyMeet,
        &RandomSearch,
    ];
    for solver in solvers {
        let result = solver.solve(
            &problem(30, 2, 0.0),
            &mut Fixed::new(&sample),
            &mut coins(8),
        );
        let is_told = matches!(result, Err(Error::Contradiction { row: 5, other: 3 }));
        assert!(is_told, "{}: {result:?}", solver.name());
    }
}

#[test]
fn what_cannot_be_done_is_refused_before_an_example_is_drawn() {
    let noisy_problem = problem(60, 3, 0.1);
    let mut limited = problem(60, 3, 0.0);
    limited.limits = Limits {
        words: 10.0,
        ..Limits::default()
    };
    let elsewhere = problem(61, 3, 0.0);
    let law = law(60, 3, 0.0, 9);
    let [few, many] = [5, 100].map(|m| examples(&law, m, 9));
    for solver in clean().iter().chain(&noisy()) {
        let mut given = Fixed::new(&many);
        let mut refuse = |problem: &Problem| {
            let error = solver
                .solve(problem, &mut given, &mut coins(9))
                .unwrap_err();
            assert_eq!((given.ledger().examples, given.left()), (0, Some(100)));
            error
        };
        assert!(
            matches!(refuse(&limited), Error::TooLong { .. }),
            "{}",
            solver.name()
        );
        assert!(
            matches!(refuse(&elsewhere), Error::Mismatch { .. }),
            "{}",
            solver.name()
        );
    }
    for solver in clean() {
        let mut given = Fixed::new(&few);
        let error = solver
            .solve(&noisy_problem, &mut given, &mut coins(9))
            .unwrap_err();
        assert!(matches!(error, Error::CleanOnly { .. }), "{error}");
        assert_eq!(given.ledger().examples, 0);
    }
    let small: [&AnyOfSample; 5] = [
        &Exhaustive::default(),
        &FourLists,
        &MeetInTheMiddle::default(),
        &NoisyMeet,
        &RandomSearch,
    ];
    for solver in small {
        for sample in [&few, &Examples::none(60).unwrap()] {
            let mut given = Fixed::new(sample);
            let error = solver
                .solve(&problem(60, 3, 0.0), &mut given, &mut coins(9))
                .unwrap_err();
            let found = sample.len();
            let is_told = matches!(error, Error::TooFew { needed: 22, found: f, .. } if f == found);
            assert!(is_told, "{}: {error}", solver.name());
            assert_eq!(given.ledger().examples, 0);
        }
    }
}

#[test]
fn threads_change_neither_a_result_nor_a_count() {
    let _limit = Limit::of_test();
    for (n, k, p) in [(150, 4, 0.0), (150, 3, 0.3)] {
        let problem = problem(n, k, p);
        let run = |threads: usize| {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let mut oracle = Fresh::new(law(n, k, p, 10), &Seeds::from(10));
            pool.install(|| Exhaustive::default().solve(&problem, &mut oracle, &mut coins(10)))
                .unwrap()
        };
        let alone = run(1);
        assert!(alone.verdict.support().is_some());
        assert_eq!(run(2), alone);
        assert_eq!(run(8), alone);
    }
}
