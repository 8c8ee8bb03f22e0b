use super::*;
use crate::solver::AccessKind;

fn small(contestant: Contestant) -> Contest {
    Contest {
        n: 15,
        k: 2,
        contestant,
        ..Contest::default()
    }
}

#[test]
fn all_contestants_have_the_same_instance() {
    let sgd = Trial {
        max_steps: 3000,
        ..Trial::default()
    };
    let all = SolverKind::all().into_iter().map(Contestant::from);
    for contestant in all.chain([sgd.into()]) {
        let name = contestant.name();
        let outcome = small(contestant).run(&5.into()).unwrap();
        let drawn = small(SolverKind::Elimination.into()).distribution(&5.into());
        assert_eq!(outcome.support, drawn.unwrap().parity().support());
        assert_eq!(outcome.solver, name);
        assert_eq!(outcome.ending, Ending::Found, "{outcome:?}");
        assert!(outcome.is_right, "{outcome:?}");
    }
}

#[test]
fn time_is_measured_when_it_is_asked_for_and_changes_nothing_else() {
    for examples in [None, Some(200)] {
        for kind in SolverKind::all() {
            let plain = Contest {
                examples,
                ..small(kind.into())
            };
            let timed = Contest {
                repetitions: 3,
                ..plain.clone()
            };
            let [plain, mut timed] = [plain, timed].map(|it| it.run(&2.into()).unwrap());
            let seconds = timed.seconds.take();
            assert_eq!(seconds.is_none(), timed.ending == Ending::Refused);
            assert!(seconds.is_none_or(|it| it.best > 0.0 && it.best <= it.median));
            assert_eq!(plain, timed);
        }
    }
}

#[test]
fn a_refusal_is_an_outcome_and_draws_nothing() {
    let noisy = Contest {
        noise: 0.1,
        ..small(SolverKind::Elimination.into())
    };
    let outcome = noisy.run(&1.into()).unwrap();
    assert_eq!(outcome.ending, Ending::Refused);
    assert!(outcome.refusal.unwrap().contains("clean labels"));
    assert_eq!(outcome.ledger.examples, 0);
    let few = Contest {
        examples: Some(3),
        ..small(SolverKind::named("exhaustive").unwrap().into())
    };
    let outcome = few.run(&1.into()).unwrap();
    assert!(outcome.refusal.unwrap().contains("there are 3"));
    let none = Contest {
        k: 16,
        ..small(SolverKind::Elimination.into())
    };
    assert!(none.run(&1.into()).is_err());
}

#[test]
fn a_trial_pays_for_its_steps() {
    let run = |max_steps, examples| {
        let trial = Trial {
            max_steps,
            ..Trial::default()
        };
        let contest = Contest {
            examples,
            ..small(trial.into())
        };
        contest.run(&1.into()).unwrap()
    };
    let short = run(3, None);
    assert_eq!((short.ending, short.is_right), (Ending::GaveUp, false));
    assert_eq!(short.access, AccessKind::Examples);
    // 15 weights and a bias a neuron, and its output weight; 100 neurons.
    let parameters = 1700;
    let ledger = &short.ledger;
    assert_eq!((ledger.examples, ledger.statistical), (96, 3 * parameters));
    assert_eq!(ledger.multiply_adds, 96 * 2 * parameters);
    assert!((ledger.stands_for - (3 * parameters * 32) as f64).abs() < 1e-3);
    assert_eq!(run(3, Some(50)).ledger.examples, 50);
}

#[test]
fn settings_and_outcomes_are_data() {
    let contests = [
        small(SolverKind::Elimination.into()),
        small(Trial::new(15, 2).into()),
    ];
    for contest in contests {
        let text = serde_json::to_string(&contest).unwrap();
        assert_eq!(serde_json::from_str::<Contest>(&text).unwrap(), contest);
        let outcome = contest.run(&1.into()).unwrap();
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Contested>(&text).unwrap(), outcome);
    }
    let short = r#"{"contestant":{"sgd":{"rate":0.5}}}"#;
    let contest: Contest = serde_json::from_str(short).unwrap();
    assert_eq!(contest.contestant.name(), "sgd");
}

#[test]
fn contestants_have_different_keys() {
    let kinds = SolverKind::all().into_iter().map(Contestant::from);
    let cells = kinds.chain([Trial::default().into()]).map(|contestant| {
        let contest = small(contestant);
        crate::sweep::Cell::new(contest, 1)
    });
    crate::sweep::Sweep::new(cells).unwrap();
}
