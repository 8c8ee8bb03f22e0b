//! Trials in lockstep have the outcomes that each has alone.

use sparse_parity::optim::Schedule;
use sparse_parity::seeds::Seeds;
use sparse_parity::trial::{
    ActivationKind, BlockRate, CriterionKind, FirstPhase, Learner, LossKind, MlpSettings, Outcome,
    PolyNetSettings, Status, Trial,
};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

fn polynet() -> Learner {
    Learner::PolyNet(PolyNetSettings::default())
}

fn mlp(activation: ActivationKind, width: usize, output_layer: bool) -> Learner {
    Learner::Mlp(MlpSettings {
        width,
        activation,
        output_layer,
        ..MlpSettings::default()
    })
}

/// Runs some seeds at a time and one by one.
fn assert_same(trial: &Trial, runs: u64) -> Vec<Outcome> {
    let seeds = || (0..runs).map(Seeds::from);
    let together = trial.run_all(seeds()).unwrap();
    let alone: Vec<_> = seeds().map(|seed| trial.run(&seed).unwrap()).collect();
    assert_eq!(together, alone, "{trial:?}");
    together
}

fn count(outcomes: &[Outcome], status: Status) -> usize {
    let found = outcomes.iter().filter(|outcome| outcome.status == status);
    found.count()
}

#[test]
fn outcomes_of_every_kind_are_those_of_runs_alone() {
    let short = Trial {
        learner: polynet(),
        rate: 0.05.into(),
        max_steps: 1500,
        ..Trial::new(12, 2)
    };
    let outcomes = assert_same(&short, 40);
    assert!(count(&outcomes, Status::Solved) > 5, "{outcomes:?}");
    let censored = Trial {
        max_steps: 50,
        ..short.clone()
    };
    let outcomes = assert_same(&censored, 40);
    assert!(count(&outcomes, Status::Unsolved) > 5, "{outcomes:?}");
    let wild = Trial {
        loss: LossKind::Square,
        rate: 0.6.into(),
        ..short
    };
    let outcomes = assert_same(&wild, 40);
    assert!(count(&outcomes, Status::Diverged) > 5, "{outcomes:?}");
}

#[test]
fn small_networks_losses_and_batches_of_all_sizes_are_the_same_in_lockstep() {
    let learners = [
        mlp(ActivationKind::Sine, 1, false),
        mlp(ActivationKind::Zigzag, 1, true),
        mlp(ActivationKind::Oscillating, 1, false),
        mlp(ActivationKind::Relu, 10, true),
        mlp(ActivationKind::Power, 3, true),
        polynet(),
    ];
    let losses = [
        LossKind::Hinge,
        LossKind::Square,
        LossKind::CrossEntropy,
        LossKind::Correlation,
        LossKind::StableMax,
    ];
    for (i, learner) in learners.into_iter().enumerate() {
        for (j, batch) in [1, 2, 5, 32].into_iter().enumerate() {
            let trial = Trial {
                learner: learner.clone(),
                loss: losses[(i + j) % losses.len()],
                batch,
                rate: 0.02.into(),
                max_steps: 300,
                ..Trial::new(10, 2)
            };
            assert_same(&trial, 20);
        }
    }
}

#[test]
fn data_schedules_and_frozen_blocks_are_the_same_in_lockstep() {
    let base = Trial {
        learner: mlp(ActivationKind::Sine, 1, true),
        rate: Schedule::inverse_time(0.05, 100.0).unwrap(),
        decay: 1e-4.into(),
        max_steps: 400,
        ..Trial::new(10, 2)
    };
    let trials = [
        Trial {
            samples: Some(300),
            ..base.clone()
        },
        Trial {
            bias: Some(0.4),
            ..base.clone()
        },
        Trial {
            curriculum: Some(FirstPhase {
                bias: 0.3,
                steps: 100,
            }),
            ..base.clone()
        },
        Trial {
            frozen: vec!["output".into()],
            block_rates: vec![BlockRate::new("hidden.bias", 0.01)],
            ..base.clone()
        },
        Trial {
            criteria: vec![CriterionKind::Validation { accuracy: 1.0 }],
            ..base.clone()
        },
        // These do not run in lockstep.
        Trial {
            criteria: vec![
                CriterionKind::Batches {
                    accuracy: 0.75,
                    window: 12,
                },
                CriterionKind::Validation { accuracy: 1.0 },
            ],
            ..base.clone()
        },
        Trial {
            criteria: vec![CriterionKind::ValidationLoss { loss: 0.1 }],
            ..base.clone()
        },
        Trial {
            noise: 0.1,
            ..base.clone()
        },
        Trial {
            target_accuracy: 0.7,
            ..base.clone()
        },
        Trial {
            max_steps: 0,
            ..base
        },
    ];
    for trial in trials {
        assert_same(&trial, 18);
    }
}

#[test]
fn seeds_are_taken_as_they_are_needed_and_runs_can_be_called_off() {
    let trial = Trial {
        learner: polynet(),
        rate: 0.05.into(),
        max_steps: 200,
        ..Trial::new(10, 2)
    };
    let (mut taken, mut seen) = (0, Vec::new());
    let mut endless = (0..).map(|seed: u64| {
        taken += 1;
        Seeds::from(seed)
    });
    let stop = AtomicBool::new(false);
    trial.run_each(&stop, &mut endless, &mut |index, outcome| {
        seen.push((index, outcome.unwrap()));
        match seen.len() {
            25 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    assert_eq!(seen.len(), 25);
    assert!(taken < 25 + 17, "{taken}");
    for (index, outcome) in seen {
        assert_eq!(outcome, trial.run(&(index as u64).into()).unwrap());
    }
}

#[test]
fn settings_that_do_not_fit_are_errors_for_many_runs_too() {
    let trial = Trial {
        learner: polynet(),
        k: 0,
        ..Trial::new(10, 2)
    };
    let seeds = || (0..3).map(Seeds::from);
    let error = trial.run_all(seeds()).unwrap_err().to_string();
    assert_eq!(error, trial.run(&0.into()).unwrap_err().to_string());
    assert!(trial.run_all([]).is_ok_and(|outcomes| outcomes.is_empty()));
    let mut errors = 0;
    let trial = Trial {
        support: Some(vec![1]),
        ..Trial::new(10, 2)
    };
    let stop = AtomicBool::new(false);
    trial.run_each(&stop, &mut seeds(), &mut |_, outcome| {
        errors += usize::from(outcome.is_err());
        ControlFlow::Continue(())
    });
    assert_eq!(errors, 3);
}
