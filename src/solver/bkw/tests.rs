use super::super::word::{Counted, counted};
use super::super::{Exhaustive, Noise};
use super::*;
use crate::access::{Access, Fixed, Fresh};
use crate::data::Batch;
use crate::seeds::{Purpose, Seeds};
use crate::solver::Limits;
use crate::solver::instances::law;

const BOTH: [Bkw; 2] = [
    Bkw {
        reduction: Reduction::Lf1,
    },
    Bkw {
        reduction: Reduction::Lf2,
    },
];

fn problem(n: usize, p: f64) -> Problem {
    let problem = Problem::with_degrees(n, 1..=n).unwrap();
    problem.with_noise(Noise::of(p).unwrap()).unwrap()
}

#[test]
fn every_operation_on_words_is_in_the_ledger() {
    for (n, p) in [
        (1, 0.1),
        (5, 0.1),
        (20, 0.2),
        (40, 0.1),
        (70, 0.003),
        (130, 1e-4),
    ] {
        for solver in BOTH {
            let (problem, law) = (problem(n, p), law(n, n.div_ceil(2), p, 1));
            let mut oracle = Fresh::new(law.clone(), &Seeds::from(1));
            let choice = solver.choose(&problem, None).unwrap();
            let (verdict, operations) = counted(|| {
                solver
                    .run::<Counted, _>(&problem, &choice, &mut oracle)
                    .unwrap()
            });
            let ledger = oracle.ledger();
            assert_eq!(operations, ledger.words, "({n}, {p})");
            assert_eq!(
                verdict.support(),
                Some(law.parity().support()),
                "({n}, {p})"
            );
            let planned = choice.plan.words;
            assert!(
                (operations as f64 / planned - 1.0).abs() < 0.1,
                "({n}, {p}): {operations} of {planned}"
            );
            assert_eq!(ledger.multiply_adds as f64, choice.plan.multiply_adds);
            assert!(ledger.bytes as f64 <= 1.1 * choice.plan.bytes as f64);
        }
    }
}

#[test]
fn both_reductions_find_dense_parities_as_often_as_they_say() {
    for solver in BOTH {
        let runs = 60;
        let found = (0..runs).filter(|&seed| {
            let (problem, law) = (problem(32, 0.1), law(32, 16, 0.1, seed));
            let mut oracle = Fresh::new(law.clone(), &Seeds::from(seed));
            let rng = &mut Seeds::from(seed).stream(Purpose::Solver);
            let report = solver.solve(&problem, &mut oracle, rng).unwrap();
            report.verdict.support() == Some(law.parity().support())
        });
        // More than four failures in 60 have a probability of 3e-4 at δ = 0.01.
        assert!(found.count() as u64 + 4 >= runs);
    }
}

#[test]
fn a_sample_gives_the_answer_of_the_other_solvers() {
    let law = law(26, 3, 0.1, 3);
    let batch = Batch::<f32>::draw(&law, 3000, &mut (&Seeds::from(3)).into()).unwrap();
    let examples = Examples::of(&batch).unwrap();
    let problem = Problem::new(26, 3).unwrap();
    let problem = problem.with_noise(Noise::Known(0.1)).unwrap();
    let rng = &mut Seeds::from(3).stream(Purpose::Solver);
    let exact = Exhaustive::default()
        .solve(&problem, &mut Fixed::new(&examples), rng)
        .unwrap();
    for solver in BOTH {
        let report = solver
            .solve(&problem, &mut Fixed::new(&examples), rng)
            .unwrap();
        assert_eq!(
            report.verdict.support(),
            exact.verdict.support(),
            "{solver:?}"
        );
        assert!(report.verdict.support().is_some());
        // A parity that is found, but of another size than k may have.
        let other = Problem::new(26, 4).unwrap();
        let other = other.with_noise(Noise::Known(0.1)).unwrap();
        let report = solver
            .solve(&other, &mut Fixed::new(&examples), rng)
            .unwrap();
        assert_eq!(report.verdict, Verdict::NothingFits);
    }
}

#[test]
fn labels_without_a_parity_are_given_up() {
    let law = law(20, 3, 0.45, 4);
    let mut oracle = Fresh::new(law, &Seeds::from(4));
    let rng = &mut Seeds::from(4).stream(Purpose::Solver);
    let report = Bkw::default()
        .solve(&problem(20, 0.05), &mut oracle, rng)
        .unwrap();
    let gave_up = matches!(report.verdict, Verdict::GaveUp { attempts: 1, .. });
    assert!(gave_up, "{:?}", report.verdict);
}

#[test]
fn what_is_too_much_is_refused_before_anything_is_drawn() {
    let rng = &mut Seeds::from(1).stream(Purpose::Solver);
    let mut oracle = Fresh::new(law(100, 3, 0.1, 1), &Seeds::from(1));
    let small = Limits {
        bytes: 1 << 20,
        ..Limits::default()
    };
    for solver in BOTH {
        let problem = problem(100, 0.1).with_limits(small);
        let error = solver.solve(&problem, &mut oracle, rng).unwrap_err();
        assert!(matches!(error, Error::Room { .. }), "{error}");
        let error = solver.choose(&problem, Some(1000)).err().unwrap();
        assert!(
            matches!(error, Error::TooFew { found: 1000, .. }),
            "{error}"
        );
    }
    assert_eq!(oracle.ledger().examples, 0);
    let error = Bkw::default()
        .choose(&problem(400, 0.1), None)
        .err()
        .unwrap();
    assert!(
        matches!(error, Error::TooLarge { most: 312, .. }),
        "{error}"
    );
}
