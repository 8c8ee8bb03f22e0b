//! Criteria of convergence: each has the time that its definition says, whichever others a trial has.

use proptest::prelude::*;
use sparse_parity::measure::Interval;
use sparse_parity::model::AnyModel;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::observer_fn;
use sparse_parity::trial::{
    CriterionKind, FirstPhase, Learner, LossKind, MeasureKind, MlpSettings, Outcome,
    PolyNetSettings, Recording, Status, TargetKind, Trial,
};
use std::ops::ControlFlow;

const VALIDATION: usize = 1 << 13;

fn validation(accuracy: f64) -> CriterionKind {
    CriterionKind::Validation { accuracy }
}

fn batches(accuracy: f64, window: usize) -> CriterionKind {
    CriterionKind::Batches { accuracy, window }
}

fn validation_loss(loss: f64) -> CriterionKind {
    CriterionKind::ValidationLoss { loss }
}

fn batches_loss(loss: f64, window: usize) -> CriterionKind {
    CriterionKind::BatchesLoss { loss, window }
}

/// A narrow network that learns a small parity within a few hundred updates.
fn quick() -> Trial {
    let learner = Learner::Mlp(MlpSettings {
        width: 20,
        ..MlpSettings::default()
    });
    Trial {
        learner,
        support: Some(vec![1, 4]),
        max_steps: 600,
        ..Trial::new(10, 2)
    }
}

/// What is seen of an iterate.
struct Seen {
    /// Wrong answers to the batch, by the labels as drawn and by the clean ones.
    wrong: usize,
    unclean: usize,
    batch: usize,
    loss: f64,
    /// The share of validation examples that are right, and their mean loss.
    accuracy: f64,
    validation_loss: f64,
}

/// All iterates up to the budget, as a plain observer sees them.
fn seen(trial: &Trial, seed: u64) -> Vec<Seen> {
    let seeds = Seeds::from(seed);
    let parity = Parity::new(trial.n, trial.support.as_ref().unwrap()).unwrap();
    let rng = &mut seeds.stream(Purpose::Eval);
    let uniform = Uniform::new(trial.n).unwrap();
    let examples = Batch::<f32>::clean(&uniform, &parity, VALIDATION, rng).unwrap();
    let loss = trial.loss.boxed::<f32>();
    let wrong = |y: &[f32], out: &[f32]| {
        let right = y.iter().zip(out).filter(|(y, out)| **y * **out > 0.0);
        y.len() - right.count()
    };
    let mut all = Vec::new();
    let mut note = observer_fn(|at: &Snapshot<'_, f32, AnyModel<f32>>| {
        let shown = at.outputs.unwrap();
        let (batch, out) = (shown.batch, shown.out.as_slice().unwrap());
        let clean: Vec<f32> = (0..batch.len())
            .map(|row| parity.value(&batch.x, row) as f32)
            .collect();
        let outputs = at.model.predict(at.theta, &examples.x);
        let (y, f) = (examples.y.as_slice().unwrap(), outputs.as_slice().unwrap());
        let losses = y.iter().zip(f).map(|(&y, &f)| f64::from(loss.value(y, f)));
        all.push(Seen {
            wrong: wrong(batch.y.as_slice().unwrap(), out),
            unclean: wrong(&clean, out),
            batch: batch.len(),
            loss: at.loss,
            accuracy: 1.0 - wrong(y, f) as f64 / VALIDATION as f64,
            validation_loss: losses.sum::<f64>() / VALIDATION as f64,
        });
        ControlFlow::Continue(())
    });
    // Nothing reaches a mean loss of 0 on the way, so that the run does not end before.
    let endless = Trial {
        criteria: vec![batches_loss(0.0, 1 << 20)],
        target_accuracy: 1.0,
        ..trial.clone()
    };
    let outcome = endless.assemble().unwrap().observe(&seeds, &mut note);
    assert_eq!(outcome.unwrap().steps, trial.max_steps);
    all
}

/// The time of a criterion by its definition.
fn defined(criterion: CriterionKind, seen: &[Seen]) -> Option<u64> {
    let newest = |t: usize, window: usize| (t + 1 >= window).then(|| &seen[t + 1 - window..=t]);
    let is_met = |t: usize| match criterion {
        CriterionKind::Validation { accuracy: 1.0 } => {
            seen[t].accuracy == 1.0 && seen[t].unclean == 0
        }
        CriterionKind::Validation { accuracy } => seen[t].accuracy >= accuracy,
        CriterionKind::ValidationLoss { loss } => seen[t].validation_loss <= loss,
        CriterionKind::Batches { accuracy, window } => newest(t, window).is_some_and(|all| {
            let right = all.iter().map(|at| at.batch - at.wrong).sum::<usize>();
            right as f64 / (window * all[0].batch) as f64 >= accuracy
        }),
        CriterionKind::BatchesLoss { loss, window } => newest(t, window)
            .is_some_and(|all| all.iter().map(|at| at.loss).sum::<f64>() / window as f64 <= loss),
        _ => unreachable!(),
    };
    (0..seen.len()).find(|t| is_met(*t)).map(|t| t as u64)
}

fn run(trial: &Trial, seed: u64) -> Outcome {
    let outcome = trial.run(&seed.into());
    outcome.unwrap_or_else(|error| panic!("{trial:?}: {error}"))
}

/// One of every kind, with thresholds that are met early, late or never.
fn some_of_each() -> Vec<CriterionKind> {
    vec![
        validation(1.0),
        validation(0.75),
        validation(0.96875),
        batches(0.75, 12),
        batches(0.625, 1),
        batches(1.0, 4),
        validation_loss(0.5),
        validation_loss(0.0),
        batches_loss(0.5, 12),
        batches_loss(0.25, 3),
        batches_loss(0.0, 700),
    ]
}

#[test]
fn times_are_those_of_the_definitions() {
    let base = quick();
    let trials = [
        base.clone(),
        Trial {
            noise: 0.1,
            ..base.clone()
        },
        Trial {
            samples: Some(100),
            batch: 8,
            ..base.clone()
        },
        Trial {
            loss: LossKind::CrossEntropy,
            batch: 4,
            ..base.clone()
        },
        Trial {
            loss: LossKind::Correlation,
            rate: 0.01.into(),
            max_steps: 300,
            ..base.clone()
        },
        Trial {
            learner: Learner::PolyNet(PolyNetSettings::default()),
            max_steps: 300,
            ..base
        },
    ];
    let mut met = 0;
    for trial in trials {
        for seed in 0..3 {
            let seen = seen(&trial, seed);
            let criteria = some_of_each();
            let expected: Vec<_> = criteria
                .iter()
                .map(|criterion| defined(*criterion, &seen))
                .collect();
            let outcome = run(
                &Trial {
                    criteria,
                    ..trial.clone()
                },
                seed,
            );
            assert_eq!(outcome.times, expected, "{trial:?} {seed}");
            met += expected.iter().flatten().count();
        }
    }
    assert!((60..190).contains(&met), "{met}");
}

fn any_criterion() -> impl Strategy<Value = CriterionKind> {
    let (accuracy, loss, window) = (0.55_f64..=1.0, 0.0_f64..1.0, 1_usize..40);
    let coarse = accuracy.prop_map(|accuracy| (accuracy * 64.0).ceil() / 64.0);
    prop_oneof![
        coarse.clone().prop_map(validation),
        Just(validation(1.0)),
        (coarse, window.clone()).prop_map(|(accuracy, window)| batches(accuracy, window)),
        loss.clone().prop_map(validation_loss),
        (loss, window).prop_map(|(loss, window)| batches_loss(loss, window)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn each_of_several_criteria_has_the_time_that_it_has_alone(
        all in prop::collection::vec(any_criterion(), 1..5),
        seed in 0_u64..1000,
        noise in prop_oneof![Just(0.0), Just(0.05)],
        batch in prop_oneof![Just(1_usize), Just(7), Just(32)],
    ) {
        let mut criteria: Vec<CriterionKind> = Vec::new();
        for criterion in all {
            if !criteria.contains(&criterion) {
                criteria.push(criterion);
            }
        }
        let trial = Trial { noise, batch, max_steps: 300, ..quick() };
        let with = |criteria: &[CriterionKind]| {
            run(&Trial { criteria: criteria.to_vec(), ..trial.clone() }, seed)
        };
        let together = with(&criteria);
        let alone: Vec<Outcome> = criteria.iter().map(|criterion| with(&[*criterion])).collect();
        for (place, alone) in alone.iter().enumerate() {
            prop_assert_eq!(alone.times.as_slice(), &together.times[place..=place]);
            prop_assert_eq!(alone.t, alone.times[0]);
            if alone.t.is_some() {
                prop_assert_eq!((alone.status, alone.t), (Status::Solved, Some(alone.steps)));
            }
        }
        // What is solved, and when, does not depend on the others; the run ends when the last is met.
        prop_assert_eq!((together.status, together.t), (alone[0].status, alone[0].t));
        prop_assert_eq!(together.time(), alone[0].time());
        let last = alone.iter().map(|alone| alone.steps).max();
        prop_assert_eq!(Some(together.steps), last);
    }
}

#[test]
fn the_target_accuracy_is_a_criterion_of_validation() {
    for (accuracy, seed) in [(1.0, 0), (1.0, 1), (0.75, 0), (0.9, 2)] {
        let short = Trial {
            target_accuracy: accuracy,
            ..quick()
        };
        let long = Trial {
            criteria: vec![validation(accuracy)],
            ..quick()
        };
        let (short, long) = (run(&short, seed), run(&long, seed));
        assert_eq!(
            (&short.times[..], &long.times[..]),
            (&[][..], &[short.t][..])
        );
        let times = Vec::new();
        assert_eq!(short, Outcome { times, ..long });
    }
}

#[test]
fn a_run_that_goes_on_keeps_its_first_time() {
    // The second criterion is beyond the budget, or the run diverges on its way there.
    let wild = Trial {
        loss: LossKind::Correlation,
        rate: 3.0.into(),
        ..quick()
    };
    for (trial, is_finite) in [(quick(), true), (wild, false)] {
        let first = validation(0.75);
        let criteria = vec![first, batches_loss(0.0, 1000)];
        let outcome = run(
            &Trial {
                criteria,
                ..trial.clone()
            },
            1,
        );
        let alone = run(
            &Trial {
                criteria: vec![first],
                ..trial
            },
            1,
        );
        assert_eq!(outcome.status, Status::Solved);
        assert_eq!(
            (outcome.t, &outcome.times[..]),
            (alone.t, &[alone.t, None][..])
        );
        assert_eq!(outcome.time(), Time::Solved(alone.steps));
        assert_eq!(outcome.steps == 600, is_finite, "{outcome:?}");
        assert!(outcome.steps > alone.steps);
    }
}

#[test]
fn an_observer_that_ends_a_run_makes_it_unsolved() {
    for stop in [Stop::Solved { step: 5 }, Stop::GivenUp { step: 5 }] {
        let mut ends = observer_fn(|at: &Snapshot<'_, f32, AnyModel<f32>>| match at.step {
            5 => ControlFlow::Break(stop),
            _ => ControlFlow::Continue(()),
        });
        let outcome = quick().assemble().unwrap().observe(&1.into(), &mut ends);
        let outcome = outcome.unwrap();
        assert_eq!((outcome.status, outcome.t), (Status::Unsolved, None));
        assert_eq!((outcome.steps, outcome.time()), (5, Time::Censored(5)));
        assert!(outcome.final_accuracy < 0.9);
    }
}

#[test]
fn recording_shows_the_iterates_that_met_a_criterion_and_goes_on_beyond_the_last() {
    let trial = Trial {
        criteria: vec![batches(0.75, 12), validation(1.0)],
        ..quick()
    };
    let outcome = run(&trial, 3);
    let times: Vec<u64> = outcome.times.iter().map(|t| t.unwrap()).collect();
    assert!(times[0] < times[1]);
    for beyond in [0, 9] {
        let recording = Recording {
            measures: vec![MeasureKind::Error],
            beyond,
            ..Recording::new(Interval::every(10_000).unwrap())
        };
        let recorded = trial.record(&3.into(), &recording).unwrap();
        assert_eq!(recorded.outcome, outcome);
        let mut steps = vec![0, times[0], times[1], times[1] + beyond];
        steps.dedup();
        let found = recorded.table.column("step").unwrap();
        assert!(steps.iter().map(|step| *step as f64).eq(found), "{steps:?}");
    }
}

#[test]
fn criteria_are_data() {
    let text = |trial: &Trial| serde_json::to_string(trial).unwrap();
    assert!(!text(&quick()).contains("criteria"));
    let trial = Trial {
        criteria: some_of_each(),
        ..quick()
    };
    assert_eq!(serde_json::from_str::<Trial>(&text(&trial)).unwrap(), trial);
    assert!(text(&trial).contains(r#"{"batches":{"accuracy":0.75,"window":12}}"#));
    let outcome = run(&quick(), 0);
    let row = serde_json::to_string(&outcome).unwrap();
    assert!(!row.contains("times"), "{row}");
    assert_eq!(serde_json::from_str::<Outcome>(&row).unwrap(), outcome);
    let forms: Vec<String> = some_of_each().iter().map(ToString::to_string).collect();
    assert_eq!(forms[2..4], ["validation:0.96875", "batches:0.75:12"]);
    assert_eq!(forms[7..9], ["validation-loss:0", "batches-loss:0.5:12"]);
}

#[test]
fn criteria_that_are_none_are_told() {
    let told = |criteria: &[CriterionKind], trial: &Trial| {
        let criteria = criteria.to_vec();
        let trial = Trial {
            criteria,
            ..trial.clone()
        };
        let error = trial.run(&1.into()).unwrap_err();
        error.to_string()
    };
    let base = quick();
    for (criterion, words) in [
        (validation(0.5), "accuracy of 0.5 is not in (0.5, 1]"),
        (validation(f64::NAN), "accuracy of NaN is not in (0.5, 1]"),
        (batches(1.01, 3), "accuracy of 1.01 is not in (0.5, 1]"),
        (
            batches(0.75, 0),
            "the window of a criterion, in batches, is 0; use at least 1",
        ),
        (batches(0.75, 1 << 21), "is 2097152; use at most 1048576"),
        (
            validation_loss(-0.1),
            "the loss of a criterion = -0.1 is not a finite number >= 0",
        ),
        (
            validation_loss(f64::INFINITY),
            "the loss of a criterion = inf",
        ),
        (batches_loss(f64::NAN, 3), "the loss of a criterion = NaN"),
        (batches_loss(0.1, 0), "is 0; use at least 1"),
    ] {
        for criteria in [vec![criterion], vec![validation(1.0), criterion]] {
            let message = told(&criteria, &base);
            assert!(message.contains(words), "{message}");
            // The plan of a sweep tells it, too.
            let trial = Trial {
                criteria,
                ..base.clone()
            };
            assert!(trial.memory().is_err());
        }
    }
    let twice = [batches(0.75, 12), validation(1.0), batches(0.75, 12)];
    let message = told(&twice, &base);
    assert!(
        message.contains("batches:0.75:12 is given twice; list each"),
        "{message}"
    );
    let both = Trial {
        target_accuracy: 0.9,
        ..base.clone()
    };
    let message = told(&[validation(1.0)], &both);
    assert!(
        message.contains("criteria and a target accuracy exclude"),
        "{message}"
    );
}

#[test]
fn what_cannot_be_met_or_is_met_by_a_constant_is_told() {
    let narrow = Trial {
        learner: Learner::Mlp(MlpSettings {
            width: 2,
            ..MlpSettings::default()
        }),
        ..quick()
    };
    let error = |trial: &Trial, criteria: &[CriterionKind]| {
        let criteria = criteria.to_vec();
        let result = Trial {
            criteria,
            ..trial.clone()
        }
        .run(&1.into());
        result.err().map(|error| error.to_string())
    };
    // As a part of several, all right answers remain out of reach.
    let message = error(&narrow, &[batches(0.75, 12), validation(1.0)]).unwrap();
    assert!(message.contains("no weights of this network"), "{message}");
    assert_eq!(error(&narrow, &[batches(0.75, 12), validation(0.8)]), None);

    let constant = |trial: &Trial, criterion| {
        error(trial, &[criterion]).is_some_and(|error| error.contains("same answer"))
    };
    let and = Trial {
        target: TargetKind::Conjunction,
        ..quick()
    };
    assert!(constant(&and, batches(0.7, 12)) && constant(&and, validation(0.7)));
    assert!(!constant(&and, batches(0.8, 12)));
    // Training examples count, not those of validation, and labels with their noise.
    let biased = Trial {
        bias: Some(0.05),
        ..quick()
    };
    assert!(constant(&biased, batches(0.75, 12)) && !constant(&biased, validation(0.75)));
    let noisy = Trial {
        noise: 0.3,
        ..biased.clone()
    };
    assert!(!constant(&noisy, batches(0.75, 12)));
    let curriculum = Trial {
        curriculum: Some(FirstPhase {
            bias: 0.05,
            steps: 10,
        }),
        ..quick()
    };
    assert!(constant(&curriculum, batches(0.75, 12)));
    let few = Trial {
        samples: Some(3),
        ..quick()
    };
    assert!(constant(&few, batches(0.6, 12)));
    let control = Trial {
        random_labels: true,
        ..biased
    };
    let control = Trial {
        bias: None,
        ..control
    };
    assert!(!constant(&control, batches(0.75, 12)));
}
