use super::super::Elimination;
use super::super::word::{Counted, counted};
use super::*;
use crate::access::{Access, Examples, Fixed, Fresh};
use crate::data::Batch;
use crate::seeds::{Purpose, Seeds};
use crate::solver::Limits;
use crate::solver::instances::{law, problem};

fn sample(n: usize, k: usize, p: f64, m: usize, seed: u64) -> (Vec<usize>, Examples) {
    let law = law(n, k, p, seed);
    let batch = Batch::<f32>::draw(&law, m, &mut (&Seeds::from(seed)).into()).unwrap();
    let support = law.parity().support().to_vec();
    (support, Examples::of(&batch).unwrap())
}

#[test]
fn every_operation_on_words_is_in_the_ledger() {
    for (n, k, p, q) in [
        (5, 2, 0.05, None),
        (20, 3, 0.1, None),
        (64, 3, 0.1, None),
        (70, 3, 0.05, Some(20)),
        (130, 2, 0.1, Some(usize::MAX)),
        (130, 2, 0.02, Some(128)),
        (200, 2, 0.0, Some(65)),
    ] {
        let problem = problem(n, k, p);
        let law = law(n, k, p, 1);
        let mut oracle = Fresh::new(law.clone(), &Seeds::from(1));
        let solver = SubsetElimination { q };
        let limits = Limits {
            words: f64::INFINITY,
            ..Limits::default()
        };
        let problem = problem.with_limits(limits);
        let mut choice = solver.choose(&problem, None).unwrap();
        choice.plan.most_attempts = choice.plan.most_attempts.min(200.0);
        let rng = &mut Seeds::from(1).stream(Purpose::Solver);
        let (verdict, operations) =
            counted(|| solve::<Counted, _>(&problem, &choice, "", &mut oracle, rng).unwrap());
        assert_eq!(operations, oracle.ledger().words, "({n}, {k}, {p}, {q:?})");
        if !matches!(verdict, Verdict::GaveUp { .. }) {
            assert_eq!(verdict.support(), Some(law.parity().support()));
        }
    }
}

#[test]
fn the_ledger_is_what_was_planned_in_the_mean() {
    for (n, k, p, q) in [
        (50, 3, 0.1, None),
        (40, 2, 0.05, Some(20)),
        (60, 3, 0.0, Some(25)),
    ] {
        let (problem, runs) = (problem(n, k, p), 200);
        let solver = SubsetElimination { q };
        let (mut attempts, mut words) = (0.0, 0.0);
        let mut plan = Plan::default();
        for seed in 0..runs {
            let law = law(n, k, p, seed);
            let mut oracle = Fresh::new(law.clone(), &Seeds::from(seed));
            let rng = &mut Seeds::from(seed).stream(Purpose::Solver);
            let report = solver.solve(&problem, &mut oracle, rng).unwrap();
            if let Some(support) = report.verdict.support() {
                assert_eq!(support, law.parity().support());
            }
            attempts += report.ledger.attempts as f64 / runs as f64;
            words += report.ledger.words as f64 / runs as f64;
            plan = report.plan;
        }
        // Attempts are about geometric, the number of wrong labels varies, too: five standard errors are 0.4.
        for (mean, planned) in [(attempts, plan.attempts), (words, plan.words)] {
            assert!(
                (mean / planned - 1.0).abs() < 0.4,
                "({n}, {k}, {p}): {mean}, planned {planned}"
            );
        }
    }
}

#[test]
fn pooled_gauss_is_all_columns_and_agrees_with_elimination() {
    for (n, k) in [(20, 3), (63, 3), (65, 30), (128, 5)] {
        let (support, examples) = sample(n, k, 0.0, n + 40, 2);
        let problem = problem(n, k, 0.0);
        let rng = &mut Seeds::from(1).stream(Purpose::Solver);
        let pooled = SubsetElimination::pooled();
        let all = SubsetElimination { q: Some(n) };
        let report = pooled.solve(&problem, &mut Fixed::new(&examples), &mut rng.clone());
        let report = report.unwrap();
        assert_eq!(report.verdict.support(), Some(&support[..]));
        // Clean rows of full rank have one solution, which is the only candidate.
        assert_eq!((report.ledger.attempts, report.ledger.candidates), (1, 1));
        let other = all.solve(&problem, &mut Fixed::new(&examples), &mut rng.clone());
        let other = other.unwrap();
        assert_eq!(
            (report.verdict.clone(), report.ledger),
            (other.verdict, other.ledger)
        );
        let exact = Elimination.solve(&problem, &mut Fixed::new(&examples), rng);
        assert_eq!(exact.unwrap().verdict.support(), report.verdict.support());
        assert_eq!(
            (report.solver.as_str(), other.solver.as_str()),
            ("pooled-gauss", "subset-elimination")
        );
    }
}

#[test]
fn few_clean_examples_are_enough_and_columns_may_be_permuted() {
    let (support, examples) = sample(100, 3, 0.0, 40, 3);
    let problem = problem(100, 3, 0.0);
    let rng = &mut Seeds::from(1).stream(Purpose::Solver);
    let solver = SubsetElimination::default();
    let report = solver
        .solve(&problem, &mut Fixed::new(&examples), rng)
        .unwrap();
    assert_eq!(report.verdict.support(), Some(&support[..]));
    assert!(report.plan.attempts > 20.0 && report.ledger.attempts > 1);
}

#[test]
fn a_large_support_is_found_by_elimination_alone() {
    for (n, k, p) in [(50, 25, 0.05), (64, 10, 0.03), (130, 40, 0.005)] {
        let law = law(n, k, p, 4);
        let mut oracle = Fresh::new(law.clone(), &Seeds::from(4));
        let rng = &mut Seeds::from(4).stream(Purpose::Solver);
        let report = SubsetElimination::default()
            .solve(&problem(n, k, p), &mut oracle, rng)
            .unwrap();
        assert_eq!(report.verdict.support(), Some(law.parity().support()));
    }
}

#[test]
fn flipped_labels_are_given_up() {
    let law = law(30, 3, 0.0, 5);
    let mut batch = Batch::<f32>::draw(&law, 60, &mut (&Seeds::from(5)).into()).unwrap();
    batch.y.mapv_inplace(|y| -y);
    let examples = Examples::of(&batch).unwrap();
    let rng = &mut Seeds::from(5).stream(Purpose::Solver);
    let solver = SubsetElimination { q: Some(20) };
    let report = solver.solve(&problem(30, 3, 0.0), &mut Fixed::new(&examples), rng);
    let Verdict::GaveUp { attempts, missed } = report.unwrap().verdict else {
        panic!("a parity was found");
    };
    assert!(attempts > 10 && missed <= 0.01);
}

#[test]
fn what_cannot_be_decided_is_refused_before_anything_is_drawn() {
    let (_, examples) = sample(50, 3, 0.1, 60, 6);
    let rng = &mut Seeds::from(1).stream(Purpose::Solver);
    let noisy = problem(50, 3, 0.1);
    let mut oracle = Fixed::new(&examples);
    let error = SubsetElimination::default()
        .solve(&noisy, &mut oracle, rng)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooFew {
                needed: 70,
                found: 60,
                ..
            }
        ),
        "{error}"
    );
    let clean = problem(50, 3, 0.0);
    let error = SubsetElimination::pooled().solve(&clean, &mut oracle, rng);
    assert!(error.is_ok(), "60 examples have rank 50");
    let (_, few) = sample(50, 3, 0.0, 45, 6);
    let mut oracle = Fixed::new(&few);
    let error = SubsetElimination::pooled()
        .solve(&clean, &mut oracle, rng)
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooFew {
                needed: 59,
                found: 45,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(oracle.ledger().examples, 0);
    let error = SubsetElimination { q: Some(2) }
        .choose(&clean, None)
        .err()
        .unwrap();
    assert!(matches!(error, Error::OutOfRange { .. }), "{error}");
    let dense = problem(200, 3, 0.3);
    let error = SubsetElimination::pooled()
        .choose(&dense, None)
        .err()
        .unwrap();
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
}
