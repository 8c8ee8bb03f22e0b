//! Trials as data: every choice that they offer runs, and what cannot work is told beforehand.

use sparse_parity::prelude::*;
use sparse_parity::trial::{
    ActivationKind, Biases, BlockRate, DeepMlpSettings, DisjointPolyNetSettings, FilterKind,
    FirstPhase, Learner, LossKind, MeasureKind, MlpSettings, OptimizerKind, Outcome, Recording,
    Setting, Status, TargetKind, TransformerSettings, Trial, ValidationLaw,
};

fn quick(k: usize) -> Trial {
    Trial {
        max_steps: 20_000,
        ..Trial::new(12, k)
    }
}

fn run(trial: &Trial) -> Outcome {
    run_with(1, trial)
}

fn run_with(seed: u64, trial: &Trial) -> Outcome {
    let outcome = trial.run(&seed.into());
    outcome.unwrap_or_else(|error| panic!("{trial:?}: {error}"))
}

fn assert_solved(trial: &Trial) {
    assert_solved_with(1, trial);
}

fn assert_solved_with(seed: u64, trial: &Trial) {
    let outcome = run_with(seed, trial);
    assert_eq!(outcome.status, Status::Solved, "{trial:?}: {outcome:?}");
    assert_eq!(outcome.recovered, outcome.support, "{trial:?}");
    assert_eq!(run_with(seed, trial), outcome);
}

fn told(trial: &Trial) -> String {
    trial.run(&1.into()).unwrap_err().to_string()
}

fn small(mut trial: Trial) -> Trial {
    if let Learner::Transformer(size) = &mut trial.learner {
        *size = TransformerSettings::small();
    }
    trial
}

#[test]
fn every_setting_of_the_paper_solves_a_small_parity() {
    for setting in Setting::ALL {
        match setting.label() {
            // k ReLUs are often stuck: of the seeds 1 to 7, only this one solves it.
            "*i" => assert_solved_with(2, &setting.trial(10, 3)),
            // It takes too long; a smaller one is below.
            "*iii" => {}
            _ => assert_solved(&setting.trial(10, 3)),
        }
    }
}

#[test]
fn the_transformer_of_the_paper_is_learned_by_adam() {
    let setting = Setting::from_label("*iii").unwrap();
    assert_eq!(setting.optimizer(), OptimizerKind::Adam);
    assert_eq!(
        setting.learner(3),
        Learner::Transformer(TransformerSettings::paper())
    );
    assert_eq!(setting.trial(8, 2).init, Init::Xavier);
    assert_solved(&small(setting.trial(8, 2)));
}

#[test]
fn every_target_is_learned() {
    let junta = TargetKind::Junta {
        table: vec![1, -1, -1, -1, 1, 1, -1, 1],
    };
    let targets = [
        TargetKind::Parity,
        TargetKind::DisjointParity,
        TargetKind::Conjunction,
        TargetKind::Disjunction,
        TargetKind::Majority,
        TargetKind::Staircase,
        junta,
    ];
    for target in targets {
        assert_solved(&Trial { target, ..quick(3) });
    }
    let disjoint = Trial {
        target: TargetKind::DisjointParity,
        learner: Learner::DisjointPolyNet(DisjointPolyNetSettings::default()),
        ..quick(3)
    };
    assert_solved(&disjoint);
}

#[test]
fn several_parities_are_learned_at_once() {
    let trial = Trial {
        target: TargetKind::Multitask {
            tasks: 3,
            alpha: 0.4,
        },
        max_steps: 100_000,
        ..quick(2)
    };
    let outcome = run(&trial);
    assert_eq!(outcome.status, Status::Solved);
    // The three controls, and the coordinates of the tasks behind them.
    assert_eq!(outcome.support[..3], [0, 1, 2]);
    assert!(outcome.support.len() > 4);
}

#[test]
fn every_optimizer_and_filter_learns() {
    let optimizers = [
        (OptimizerKind::Sgd, 0.1),
        (
            OptimizerKind::Momentum {
                momentum: 0.9,
                nesterov: false,
            },
            0.02,
        ),
        (
            OptimizerKind::Momentum {
                momentum: 0.9,
                nesterov: true,
            },
            0.02,
        ),
        (OptimizerKind::SignSgd { threshold: 0.0 }, 1e-3),
        (OptimizerKind::Adam, 1e-3),
        (OptimizerKind::AdamW, 1e-3),
    ];
    let filters = [
        None,
        Some(FilterKind::GrokfastEma {
            alpha: 0.9,
            lambda: 0.5,
        }),
        Some(FilterKind::GrokfastMa {
            window: 10,
            lambda: 0.5,
        }),
        Some(FilterKind::Egalitarian { by_rows: false }),
        Some(FilterKind::Egalitarian { by_rows: true }),
    ];
    for (optimizer, rate) in optimizers {
        for filter in filters {
            let trial = Trial {
                optimizer,
                filter,
                rate: rate.into(),
                ..quick(2)
            };
            assert_solved(&trial);
        }
    }
}

#[test]
fn schedules_act_as_tables_of_their_numbers() {
    let base = run(&quick(2));
    let cosine = Schedule::cosine(0.1, 0.02, 40).unwrap();
    let slower = Schedule::inverse_time(0.1, 50.0).unwrap();
    for rate in [cosine, slower] {
        let table = Schedule::from_fn(quick(2).max_steps, |t| rate.at(t)).unwrap();
        let outcome = run(&Trial { rate, ..quick(2) });
        assert_eq!(outcome.status, Status::Solved);
        assert_ne!(outcome.steps, base.steps);
        let rate = table;
        assert_eq!(run(&Trial { rate, ..quick(2) }), outcome);
    }
}

fn frozen(block: &str) -> Trial {
    Trial {
        frozen: vec![block.into()],
        ..quick(3)
    }
}

#[test]
fn frozen_layers_are_those_of_a_run_with_frozen_rules() {
    let seeds = Seeds::from(1);
    let parity = Parity::random(12, 3, &mut seeds.stream(Purpose::Support)).unwrap();
    let model = Mlp::new(12, 100, Relu).unwrap();
    for name in ["hidden.bias", "output"] {
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let rules = Rules::from(Rule::rate(0.1)).on(name, Rule::frozen());
        let sgd = Sgd::new(model.layout(), rules).unwrap();
        let mut solved = Convergence::<f32, _, _>::new(&model, &parity, &seeds).unwrap();
        let stream = Online::new(ParityDistribution::from(parity.clone()), &seeds);
        let mut by_hand = Trainer::new(model.clone(), Hinge, stream, sgd, theta, 32).unwrap();
        let Stop::Solved { step } = by_hand.run(quick(3).max_steps, &mut solved) else {
            panic!("{name}: not solved")
        };
        assert_eq!(run(&frozen(name)).t, Some(step), "{name}");
        assert_ne!(run(&quick(3)).t, Some(step), "{name}");
    }
}

#[test]
fn frozen_biases_are_fixed_biases() {
    let learner = Learner::Mlp(MlpSettings {
        biases: Biases::Fixed,
        ..MlpSettings::default()
    });
    let fixed = Trial {
        learner,
        ..quick(3)
    };
    assert_eq!(run(&frozen("hidden.bias")), run(&fixed));
    assert_ne!(run(&quick(3)), run(&fixed));
}

#[test]
fn a_frozen_layer_that_does_not_exist_is_told() {
    let message = told(&frozen("ouput"));
    let words =
        "no block of parameters is called \"ouput\"; the nearest is output, and the blocks are";
    assert!(message.contains(words), "{message}");
}

#[test]
fn biased_inputs_and_curricula_change_the_data_and_not_the_task() {
    let base = quick(3);
    let biased = Trial {
        bias: Some(0.35),
        ..base.clone()
    };
    let phase = |steps| Trial {
        curriculum: Some(FirstPhase { bias: 0.1, steps }),
        ..base.clone()
    };
    for trial in [&biased, &phase(300)] {
        let outcome = run(trial);
        assert_eq!(outcome.support, run(&base).support);
        assert_eq!(outcome.recovered, outcome.support);
        assert_ne!(outcome.steps, run(&base).steps);
    }
    // A first phase of no steps is none.
    assert_eq!(run(&phase(0)), run(&base));
}

#[test]
fn validation_on_the_training_law_sees_its_inputs() {
    // Nearly all inputs are 1, where the conjunction is true.
    let rare = Trial {
        target: TargetKind::Conjunction,
        bias: Some(0.2),
        target_accuracy: 0.9,
        max_steps: 0,
        ..quick(3)
    };
    let training = Trial {
        validation: ValidationLaw::Training,
        ..rare.clone()
    };
    // At θ₀ the accuracy is a share of either law. A share of 0.8³ and one of 2⁻³ are true.
    let outcomes = [rare, training.clone()].map(|trial| run(&trial));
    assert_ne!(outcomes[0].final_accuracy, outcomes[1].final_accuracy);
    let half = Trial {
        bias: Some(0.2063),
        target_accuracy: 0.55,
        ..training.clone()
    };
    // Half of the labels are true on the law of training, and an eighth on uniform inputs, where a constant is right
    // more often than that.
    assert_eq!(run(&half).steps, 0);
    let uniform = Trial {
        validation: ValidationLaw::Uniform,
        ..half
    };
    let constant = "the same answer for every input";
    assert!(told(&uniform).contains(constant), "{}", told(&uniform));
    // Without a bias both laws are the same.
    let parity = |validation| Trial {
        validation,
        ..quick(3)
    };
    let [a, b] = [ValidationLaw::Uniform, ValidationLaw::Training].map(parity);
    assert_eq!(run(&a), run(&b));
}

#[test]
fn the_memorisation_time_is_that_of_the_first_train_error_of_zero() {
    let trial = Trial {
        samples: Some(60),
        noise: 0.1,
        memorisation: true,
        max_steps: 1500,
        batch: 10,
        ..quick(3)
    };
    let recording = Recording {
        measures: vec![MeasureKind::TrainError],
        ..Recording::new(Interval::every(1).unwrap())
    };
    let run = trial.record(&1.into(), &recording).unwrap();
    let rows = run.table.rows();
    let zero = rows
        .iter()
        .find(|row| row[1] == 0.0)
        .expect("sixty are few");
    assert_eq!(run.outcome.memorised, Some(zero[0] as u64));
    // Nothing else changes, and it is asked for.
    let usual = Trial {
        memorisation: false,
        ..trial.clone()
    };
    let memorised = None;
    assert_eq!(
        usual.run(&1.into()).unwrap(),
        Outcome {
            memorised,
            ..run.outcome
        }
    );
    let online = Trial {
        samples: None,
        ..trial
    };
    assert!(told(&online).contains("the memorisation time and online training exclude"));
}

#[test]
fn initial_values_have_their_scale() {
    let start = |init_scale| {
        let trial = Trial {
            init_scale,
            max_steps: 0,
            ..quick(3)
        };
        let recording = Recording {
            trace: Some("hidden.weight".into()),
            ..Recording::new(Interval::every(1).unwrap())
        };
        let run = trial.record(&1.into(), &recording).unwrap();
        run.trace.unwrap().weights[0].clone()
    };
    assert_eq!(start(4.0), start(1.0) * 4.0);
    for init_scale in [0.0, -1.0, f64::NAN] {
        let trial = Trial {
            init_scale,
            ..quick(3)
        };
        assert!(told(&trial).contains("the scale of the initial values"));
        assert!(trial.memory().is_err());
    }
}

#[test]
fn settings_that_exclude_each_other_are_told() {
    let curriculum = Some(FirstPhase {
        bias: 0.1,
        steps: 10,
    });
    let target = TargetKind::Multitask {
        tasks: 3,
        alpha: 0.4,
    };
    let several = Trial { target, ..quick(2) };
    let cases = [
        (
            Trial {
                samples: Some(100),
                curriculum,
                ..quick(2)
            },
            "a finite sample and a curriculum exclude",
        ),
        (
            Trial {
                support: Some(vec![1, 2]),
                ..several.clone()
            },
            "a multitask target and a given support exclude",
        ),
        (
            Trial {
                bias: Some(0.2),
                ..several.clone()
            },
            "a multitask target and biased inputs exclude",
        ),
        (
            Trial {
                curriculum,
                ..several.clone()
            },
            "a multitask target and a curriculum exclude",
        ),
        (
            Trial {
                n: 3,
                ..several.clone()
            },
            "the control and the task coordinates together, is 3 where 5 is needed",
        ),
        (
            Trial {
                bias: Some(1.0),
                ..quick(2)
            },
            "probability p = 1, which is not in (0, 1)",
        ),
        (
            Trial {
                target: TargetKind::Majority,
                ..quick(2)
            },
            "a majority of k = 2 coordinates can tie",
        ),
        (
            Trial {
                learner: Learner::Transformer(TransformerSettings {
                    heads: 7,
                    ..TransformerSettings::default()
                }),
                ..quick(2)
            },
            "7 heads do not divide an embedding of 64",
        ),
    ];
    for (trial, words) in cases {
        assert!(told(&trial).contains(words), "{}", told(&trial));
    }
}

fn neuron(activation: ActivationKind, output_bias: bool) -> Learner {
    Learner::Mlp(MlpSettings {
        width: 1,
        activation,
        output_bias,
        ..MlpSettings::default()
    })
}

fn deep(widths: &[usize], output_bias: bool) -> Learner {
    Learner::DeepMlp(DeepMlpSettings {
        widths: widths.to_vec(),
        output_bias,
        ..DeepMlpSettings::default()
    })
}

#[test]
fn what_no_weights_can_solve_is_told_and_may_be_allowed() {
    let square = |width| {
        Learner::Mlp(MlpSettings {
            width,
            activation: ActivationKind::Square,
            ..MlpSettings::default()
        })
    };
    let cases = [
        (neuron(ActivationKind::Relu, true), 2, "at most once"),
        (neuron(ActivationKind::Relu, false), 1, "one sign"),
        (neuron(ActivationKind::Power, true), 4, "at most twice"),
        (neuron(ActivationKind::Power, true), 3, "at most once"),
        (square(20), 3, "of degree 2, below k = 3"),
        (deep(&[4, 2], true), 5, "of degree 4, below k = 5"),
        (deep(&[2, 1], false), 4, "one sign"),
        (
            Learner::DisjointPolyNet(DisjointPolyNetSettings::default()),
            3,
            "one relevant coordinate in each",
        ),
    ];
    for (learner, k, words) in cases {
        let trial = Trial {
            learner,
            support: Some((0..k).collect()),
            max_steps: 20,
            ..quick(k)
        };
        let message = told(&trial);
        assert!(
            message.contains(words) && message.contains("allow"),
            "{message}"
        );
        let allowed = Trial {
            allow_unsolvable: true,
            ..trial.clone()
        };
        assert_ne!(run(&allowed).status, Status::Solved);
        // Of fewer right answers, nothing is known.
        run(&Trial {
            target_accuracy: 0.55,
            ..trial
        });
    }
    let even = Trial {
        target: TargetKind::Staircase,
        loss: LossKind::Square,
        ..quick(2)
    };
    assert!(told(&even).contains("0 on some inputs"));
}

#[test]
fn networks_that_can_are_not_refused() {
    let cases = [
        (neuron(ActivationKind::Relu, true), 1),
        (neuron(ActivationKind::Power, true), 2),
        (neuron(ActivationKind::Zigzag, false), 5),
        (neuron(ActivationKind::Oscillating, false), 5),
        (deep(&[4, 2], true), 4),
        (deep(&[2, 1], true), 4),
    ];
    for (learner, k) in cases {
        let max_steps = 5;
        run(&Trial {
            learner,
            max_steps,
            ..quick(k)
        });
    }
}

#[test]
fn every_choice_is_data() {
    let trial = Trial {
        target: TargetKind::Junta {
            table: vec![1, -1, -1, 1],
        },
        curriculum: Some(FirstPhase {
            bias: 0.1,
            steps: 10,
        }),
        learner: deep(&[4, 2], true),
        optimizer: OptimizerKind::SignSgd { threshold: 1e-3 },
        filter: Some(FilterKind::GrokfastMa {
            window: 10,
            lambda: 5.0,
        }),
        rate: Schedule::cosine(0.1, 0.0, 100).unwrap(),
        frozen: vec!["hidden1".into()],
        ..quick(2)
    };
    let text = serde_json::to_string(&trial).unwrap();
    assert_eq!(serde_json::from_str::<Trial>(&text).unwrap(), trial);
    for learner in [
        Learner::DisjointPolyNet(DisjointPolyNetSettings::default()),
        Learner::Transformer(TransformerSettings::paper()),
        neuron(ActivationKind::ScaledSine, false),
    ] {
        let text = serde_json::to_string(&learner).unwrap();
        assert_eq!(serde_json::from_str::<Learner>(&text).unwrap(), learner);
    }
}

#[test]
fn networks_of_one_sign_and_constant_tasks_are_told() {
    let sum_of = |activation| {
        Learner::Mlp(MlpSettings {
            activation,
            output_layer: false,
            ..MlpSettings::default()
        })
    };
    for activation in [ActivationKind::Relu, ActivationKind::Square] {
        let learner = sum_of(activation);
        let message = told(&Trial {
            learner,
            ..quick(2)
        });
        assert!(message.contains("one sign"), "{message}");
    }
    let narrow = Learner::Mlp(MlpSettings {
        width: 3,
        ..MlpSettings::default()
    });
    let message = told(&Trial {
        learner: narrow,
        ..quick(3)
    });
    assert!(message.contains("no parity of degree 2 or 3"), "{message}");
    // Half of a positive example is expected among 2^13.
    let rare = Trial {
        target: TargetKind::Conjunction,
        ..Trial::new(20, 14)
    };
    assert!(told(&rare).contains("same answer for every input"));
    let loose = Trial {
        target: TargetKind::Conjunction,
        target_accuracy: 0.6,
        ..quick(3)
    };
    assert!(told(&loose).contains("0.6 would count as solved"));
}

#[test]
fn blocks_may_have_rates_of_their_own() {
    let with = |block_rates: &[(&str, f64)]| {
        let rates = block_rates.iter();
        let block_rates = rates
            .map(|&(name, rate)| BlockRate::new(name, rate))
            .collect();
        run(&Trial {
            block_rates,
            ..quick(2)
        })
    };
    let base = with(&[]);
    assert_eq!(with(&[("hidden", 0.1), ("output", 0.1)]), base);
    assert_ne!(with(&[("output", 0.01)]).steps, base.steps);
    assert_eq!(with(&[("output", 0.01), ("output", 0.1)]), base);
}

#[test]
fn unknown_fields_of_every_choice_are_refused() {
    let trial = serde_json::to_value(quick(2)).unwrap();
    for (field, text) in [
        ("learner", r#"{"model":"polynet","bias":"none"}"#),
        ("learner", r#"{"model":"mlp","with":10}"#),
        ("learner", r#"{"model":"disjoint-polynet","foo":1}"#),
        ("target", r#"{"multitask":{"tasks":3,"alpha":0.4,"foo":1}}"#),
        (
            "optimizer",
            r#"{"momentum":{"momentum":0.9,"nestorov":true}}"#,
        ),
        (
            "filter",
            r#"{"grokfast-ma":{"window":10,"lambda":5.0,"foo":1}}"#,
        ),
        (
            "rate",
            r#"{"cosine":{"first":0.1,"last":0.0,"steps":10,"foo":1}}"#,
        ),
        ("curriculum", r#"{"bias":0.1,"steps":10,"foo":1}"#),
    ] {
        let mut typo = trial.clone();
        typo[field] = serde_json::from_str(text).unwrap();
        assert!(serde_json::from_value::<Trial>(typo).is_err(), "{text}");
    }
    for (field, text) in [
        ("learner", r#"{"model":"polynet"}"#),
        ("learner", r#"{"model":"disjoint-polynet"}"#),
        ("optimizer", r#"{"momentum":{"momentum":0.9}}"#),
    ] {
        let mut short = trial.clone();
        short[field] = serde_json::from_str(text).unwrap();
        serde_json::from_value::<Trial>(short).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}
