use super::super::word::{Counted, counted};
use super::*;
use crate::access::{Access, Fresh};
use crate::seeds::{Purpose, Seeds};
use crate::solver::Exhaustive;
use crate::solver::instances::{law, problem};

#[test]
fn every_operation_on_words_is_in_the_ledger() {
    for (n, k, p, group) in [
        (5, 1, 0.0, 1),
        (5, 2, 0.0, 2),
        (20, 3, 0.1, 2),
        (70, 2, 0.0, 3),
        (130, 2, 0.1, 4),
    ] {
        let problem = problem(n, k, p);
        let mut oracle = Fresh::new(law(n, k, p, 1), &Seeds::from(1));
        let rng = &mut Seeds::from(1).stream(Purpose::Solver);
        let solver = Amplified { group };
        let run = || {
            solver
                .run::<Counted, _>(&problem, &mut oracle, rng)
                .unwrap()
        };
        let ((plan, verdict), operations) = counted(run);
        assert!(verdict.support().is_some(), "{verdict:?}");
        let ledger = oracle.ledger();
        assert_eq!(operations, ledger.words, "({n}, {k}), {p}, {group}");
        let each = plan.multiply_adds / plan.attempts;
        assert!((each * ledger.attempts as f64 - ledger.multiply_adds as f64).abs() < 1.0);
    }
}

#[test]
fn groups_save_nothing() {
    let problem = problem(60, 4, 0.1);
    let plans = [4, 8, 16].map(|group| Amplified { group }.choose(&problem).unwrap());
    let products = plans.map(|(plan, size, forms)| {
        // With the sums themselves it is no less.
        assert!((0.9e8..1.1e8).contains(&plan.multiply_adds), "{plan:?}");
        let [small, large] = forms[0].groups.map(|groups| groups as f64);
        (size.examples as f64, small * large * size.examples as f64)
    });
    for pair in products.windows(2) {
        let [examples, products] = [pair[1].0 / pair[0].0, pair[1].1 / pair[0].1];
        assert!(
            (3.5..4.1).contains(&examples),
            "{examples} times the examples"
        );
        assert!(
            (0.9..1.05).contains(&products),
            "{products} times the products"
        );
    }
}

#[test]
fn it_finds_s_as_often_as_promised_and_takes_what_is_planned() {
    for (n, k, p, group) in [(16, 2, 0.1, 4), (16, 3, 0.0, 3), (14, 4, 0.05, 2)] {
        let (problem, solver, runs) = (problem(n, k, p), Amplified { group }, 300);
        let (plan, ..) = solver.choose(&problem).unwrap();
        let (mut right, mut attempts, mut words) = (0, 0.0, 0.0);
        for seed in 0..runs {
            let law = law(n, k, p, seed);
            let mut oracle = Fresh::new(law.clone(), &Seeds::from(seed));
            let rng = &mut Seeds::from(seed).stream(Purpose::Solver);
            let (_, verdict) = solver.run::<u64, _>(&problem, &mut oracle, rng).unwrap();
            right += u64::from(verdict.support() == Some(law.parity().support()));
            attempts += oracle.ledger().attempts as f64 / runs as f64;
            words += oracle.ledger().words as f64 / runs as f64;
        }
        // δ = 0.01, and 4 in 300 beyond it would be a chance of 10⁻³.
        assert!(right + 10 >= runs, "{right} of {runs} at ({n}, {k})");
        let ratios = [attempts / plan.attempts, words / plan.words];
        assert!(
            ratios.iter().all(|ratio| (0.6..1.6).contains(ratio)),
            "{ratios:?} at ({n}, {k})"
        );
    }
}

#[test]
fn it_agrees_with_exhaustive_search_for_several_k() {
    let told = Problem::with_degrees(18, 1..=4).unwrap();
    for (seed, k) in [(1, 1), (2, 2), (3, 3), (4, 4)] {
        let law = law(18, k, 0.0, seed);
        let fresh = || Fresh::new(law.clone(), &Seeds::from(seed));
        let coins = || Seeds::from(seed).stream(Purpose::Solver);
        let own = Amplified::default()
            .solve(&told, &mut fresh(), &mut coins())
            .unwrap();
        let all = Exhaustive::default()
            .solve(&told, &mut fresh(), &mut coins())
            .unwrap();
        assert_eq!(
            own.verdict.support(),
            Some(law.parity().support()),
            "{own:?}"
        );
        assert_eq!(own.verdict.support(), all.verdict.support());
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let small = problem(20, 4, 0.1);
    assert!(matches!(
        Amplified { group: 0 }.choose(&small),
        Err(Error::Zero { .. })
    ));
    let large = Amplified {
        group: MOST_GROUP + 1,
    };
    assert!(matches!(large.choose(&small), Err(Error::TooLarge { .. })));
    let long = problem(2000, 4, 0.1);
    assert!(matches!(
        Amplified::default().choose(&long),
        Err(Error::Room { .. } | Error::TooLong { .. })
    ));
    let many = problem(2000, 8, 0.1);
    assert!(matches!(
        Amplified::default().choose(&many),
        Err(Error::TooLarge { .. })
    ));
}
