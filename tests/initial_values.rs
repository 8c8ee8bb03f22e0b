//! Initial values of single blocks, and the scale of the inputs.

use ndarray::{Ix1, Ix2};
use sparse_parity::model::AnyModel;
use sparse_parity::params::Layout;
use sparse_parity::prelude::*;
use sparse_parity::sweep::Key;
use sparse_parity::train::observer_fn;
use sparse_parity::trial::{
    ActivationKind, BlockInit, BlockRate, DistributionKind, FilterKind, Learner, LossKind,
    MlpSettings, OptimizerKind, PolyNetSettings, TransformerSettings, Trial,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

fn constant(value: f64) -> DistributionKind {
    DistributionKind::Constant { value }
}

fn uniform(bound: f64) -> DistributionKind {
    DistributionKind::Uniform { bound }
}

fn gaussian(deviation: f64) -> DistributionKind {
    DistributionKind::Gaussian { deviation }
}

fn signs(size: f64) -> DistributionKind {
    DistributionKind::Signs { size }
}

fn base() -> Trial {
    Trial {
        max_steps: 0,
        ..Trial::new(16, 2)
    }
}

fn with(own: &[(&str, DistributionKind)]) -> Trial {
    with_in(&base(), own)
}

fn with_in(trial: &Trial, own: &[(&str, DistributionKind)]) -> Trial {
    let own = own.iter();
    let block_inits = own
        .map(|&(block, distribution)| BlockInit::new(block, distribution))
        .collect();
    Trial {
        block_inits,
        ..trial.clone()
    }
}

/// The parameters of the last iterate.
fn last(trial: &Trial, seed: u64) -> Params<f32> {
    let mut theta = None;
    let mut note = observer_fn(|at: &Snapshot<'_, f32, AnyModel<f32>>| {
        theta = Some(at.theta.clone());
        ControlFlow::Continue(())
    });
    let assembly = trial.assemble().unwrap();
    assembly.observe(&seed.into(), &mut note).unwrap();
    theta.unwrap()
}

/// The initial values of each block.
fn blocks(trial: &Trial) -> BTreeMap<String, Vec<f32>> {
    let theta = last(trial, 3);
    let blocks = theta.blocks();
    blocks
        .map(|(name, values)| (name.to_owned(), values.iter().copied().collect()))
        .collect()
}

fn told(trial: &Trial) -> String {
    let error = trial.run(&1.into()).unwrap_err().to_string();
    // The plan of a sweep tells the same.
    assert_eq!(trial.memory().unwrap_err().to_string(), error);
    error
}

#[test]
fn a_block_of_its_own_moves_no_other() {
    let polynet = Trial {
        learner: Learner::PolyNet(PolyNetSettings::default()),
        ..base()
    };
    for trial in [
        base(),
        Trial {
            init: Init::Sign,
            ..base()
        },
        polynet,
    ] {
        let usual = blocks(&trial);
        for own in usual.keys() {
            for distribution in [constant(0.5), uniform(1.0), gaussian(1.0), signs(2.0)] {
                let found = blocks(&with_in(&trial, &[(own, distribution)]));
                for (name, values) in &usual {
                    assert_eq!(found[name] == *values, name != own, "{name} of {own}");
                }
            }
        }
    }
    // Two of them do not move each other either.
    let [bias, output] = [
        ("hidden.bias", uniform(1.0)),
        ("output.weight", gaussian(1.0)),
    ];
    let both = blocks(&with(&[bias, output]));
    for alone in [bias, output] {
        assert_eq!(blocks(&with(&[alone]))[alone.0], both[alone.0]);
    }
    assert_ne!(
        both["hidden.bias"],
        blocks(&with(&[("hidden", uniform(1.0))]))["hidden.weight"]
    );
}

#[test]
fn values_have_their_distribution() {
    let weights = |distribution| {
        let all = blocks(&with(&[("hidden.weight", distribution)]));
        all["hidden.weight"].iter().map(|w| f64::from(*w)).collect()
    };
    let moment = |values: &[f64], power| {
        values.iter().map(|w| w.powi(power)).sum::<f64>() / values.len() as f64
    };
    let values: Vec<f64> = weights(constant(-0.25));
    assert!(values.len() == 1600 && values.iter().all(|w| *w == -0.25));
    let values: Vec<f64> = weights(signs(0.5));
    assert!(values.iter().all(|w| w.abs() == 0.5) && moment(&values, 1).abs() < 0.05);
    // Within four standard errors; the seed is fixed.
    let values: Vec<f64> = weights(uniform(2.0));
    assert!(values.iter().all(|w| w.abs() <= 2.0) && values.iter().any(|w| w.abs() > 1.95));
    assert!((moment(&values, 2) - 4.0 / 3.0).abs() < 4.0 * (64.0_f64 / 45.0 / 1600.0).sqrt());
    let values: Vec<f64> = weights(gaussian(3.0));
    assert!((moment(&values, 2) - 9.0).abs() < 4.0 * (162.0_f64 / 1600.0).sqrt());
    assert!(values.iter().any(|w| w.abs() > 7.5) && moment(&values, 1).abs() < 0.3);
}

#[test]
fn a_scale_is_a_factor_and_by_the_fan_in_it_is_divided_by_its_root() {
    for block in ["hidden.weight", "hidden.bias", "output.weight"] {
        let of = |distribution| blocks(&with(&[(block, distribution)]))[block].clone();
        let fan_in: f64 = if block == "output.weight" {
            100.0
        } else {
            16.0
        };
        let twice = |values: Vec<f32>| values.iter().map(|w| 2.0 * w).collect::<Vec<f32>>();
        for own in [uniform, gaussian, signs, constant] {
            assert_eq!(of(own(2.0)), twice(of(own(1.0))), "{block}");
        }
        let scale = 1.4;
        let by_fan_in = [
            (
                DistributionKind::UniformFanIn { scale },
                uniform(scale / fan_in.sqrt()),
            ),
            (
                DistributionKind::GaussianFanIn { scale },
                gaussian(scale / fan_in.sqrt()),
            ),
            (
                DistributionKind::SignsFanIn { scale },
                signs(scale / fan_in.sqrt()),
            ),
        ];
        for (scaled, plain) in by_fan_in {
            assert_eq!(of(scaled), of(plain), "{block}");
        }
    }
}

#[test]
fn the_last_one_that_covers_a_block_counts() {
    let (layer, bias) = (("hidden", constant(0.5)), ("hidden.bias", constant(2.0)));
    let found = blocks(&with(&[layer, bias]));
    assert!(found["hidden.weight"].iter().all(|w| *w == 0.5));
    assert!(found["hidden.bias"].iter().all(|b| *b == 2.0));
    let found = blocks(&with(&[bias, layer]));
    assert!(found["hidden.bias"].iter().all(|b| *b == 0.5));
}

#[test]
fn a_bias_that_starts_at_its_phase_is_learned_from_there_or_kept() {
    let neuron = |biases| {
        Learner::Mlp(MlpSettings {
            width: 1,
            activation: ActivationKind::Sine,
            biases,
            output_layer: false,
            ..MlpSettings::default()
        })
    };
    let phase = std::f64::consts::FRAC_PI_2;
    for (biases, stays) in [
        (sparse_parity::trial::Biases::Trained, false),
        (sparse_parity::trial::Biases::Fixed, true),
    ] {
        let trial = Trial {
            learner: neuron(biases),
            block_inits: vec![BlockInit::new("hidden.bias", constant(phase))],
            max_steps: 20,
            ..Trial::new(10, 2)
        };
        assert_eq!(blocks(&trial)["hidden.bias"] == [phase as f32], stays);
        let first = Trial {
            max_steps: 0,
            ..trial.clone()
        };
        assert_eq!(blocks(&first)["hidden.bias"], [phase as f32]);
        // In lockstep as alone.
        let long = Trial {
            max_steps: 2000,
            ..trial
        };
        let together = long.run_all((0..20).map(Seeds::from)).unwrap();
        for (seed, outcome) in together.into_iter().enumerate() {
            assert_eq!(outcome, long.run(&(seed as u64).into()).unwrap());
        }
    }
}

#[test]
fn a_model_of_ones_own_has_blocks_too() {
    let model = AnyModel::new(PolyNet::new(16, 2).unwrap());
    let run = |own: &[_]| {
        let assembly = with(own).assemble().unwrap();
        assembly.with_model(model.clone()).unwrap().run(&1.into())
    };
    run(&[("factor.bias", constant(0.0))]).unwrap();
    let error = run(&[("hidden.bias", constant(0.0))]).unwrap_err();
    assert!(
        error.to_string().contains("factor.weight [2, 16]"),
        "{error}"
    );
}

#[test]
fn initial_values_are_data() {
    let trial = with(&[
        ("hidden.bias", constant(0.5)),
        ("output", DistributionKind::SignsFanIn { scale: 1.0 }),
    ]);
    let text = serde_json::to_string(&trial).unwrap();
    let pairs = r#""block_inits":[["hidden.bias",{"constant":{"value":0.5}}],["output",{"signs-fan-in":{"scale":1.0}}]]"#;
    assert!(text.contains(pairs), "{text}");
    assert_eq!(serde_json::from_str::<Trial>(&text).unwrap(), trial);
    let usual = serde_json::to_string(&base()).unwrap();
    assert!(
        !usual.contains("block_inits") && !usual.contains("input_scale"),
        "{usual}"
    );
    let scaled = Trial {
        input_scale: 0.5,
        ..Trial::default()
    };
    assert_eq!(Key::text(&scaled), "revision = 1\ninput_scale = 0.5\n");
}

#[test]
fn initial_values_that_there_cannot_be_are_told() {
    for (block, distribution, words) in [
        (
            "hidden.bais",
            uniform(1.0),
            "\"hidden.bais\"; the nearest is hidden.bias, and the blocks are hidden.weight [100, 16]",
        ),
        ("ouput", uniform(1.0), "the nearest is output, and"),
        ("output.bias", uniform(1.0), "the blocks are hidden.weight"),
        (
            "hidden",
            uniform(-1.0),
            "the scale of the initial values of a block = -1 is not a finite number >= 0",
        ),
        ("hidden", gaussian(f64::NAN), "of a block = NaN"),
        ("hidden", signs(f64::INFINITY), "of a block = inf"),
        (
            "hidden",
            DistributionKind::UniformFanIn { scale: -0.5 },
            "of a block = -0.5",
        ),
        (
            "hidden",
            DistributionKind::SignsFanIn { scale: f64::NAN },
            "of a block = NaN",
        ),
        (
            "hidden.bias",
            constant(f64::NAN),
            "the constant of a block = NaN is not in (-inf, inf)",
        ),
    ] {
        // What a later one overrides is looked at, too.
        for own in [
            vec![(block, distribution)],
            vec![(block, distribution), ("hidden", constant(0.0))],
        ] {
            let message = told(&with(&own));
            assert!(message.contains(words), "{message}");
        }
    }
    let transformer = Trial {
        learner: Learner::Transformer(TransformerSettings::default()),
        optimizer: OptimizerKind::Adam,
        ..base()
    };
    let scale = 1.0;
    let own = [("embedding.token", DistributionKind::UniformFanIn { scale })];
    let message = told(&with_in(&transformer, &own));
    assert!(
        message.contains("block \"embedding.token\" is neither weights nor biases"),
        "{message}"
    );
    let own = [
        ("embedding", uniform(0.1)),
        ("hidden", DistributionKind::UniformFanIn { scale }),
    ];
    with_in(&transformer, &own).run(&1.into()).unwrap();
}

const SCALE: f64 = 0.6;

/// Trains W on inputs ±c, in double precision, and returns θ with cW in place of W.
fn reference<M, O>(
    model: &M,
    start: &Params<f32>,
    block: &str,
    trial: &Trial,
    mut optimizer: O,
) -> Params<f64>
where
    M: Model<f64>,
    O: Optimizer<f64>,
{
    let layout: &Arc<Layout> = model.layout();
    let range = layout.covered(block).unwrap().remove(0);
    let mut theta = Params::<f64>::zeros(layout);
    let pairs = theta.as_mut_slice().iter_mut().zip(start.as_slice());
    pairs.for_each(|(to, from)| *to = f64::from(*from));
    let scaled = |theta: &Params<f64>, factor: f64| {
        let mut scaled = theta.clone();
        scaled.as_mut_slice()[range.clone()]
            .iter_mut()
            .for_each(|w| *w *= factor);
        scaled
    };
    let support = trial.support.as_ref().unwrap();
    let distribution = ParityDistribution::new(trial.n, support).unwrap();
    let mut stream = Online::new(distribution, &3.into());
    let mut batch = Batch::<f64>::new(trial.batch, trial.n).unwrap();
    let (mut cache, loss) = (model.cache(trial.batch), trial.loss.boxed::<f64>());
    let mut out = ndarray::Array1::zeros(trial.batch);
    let mut d_out = out.clone();
    for t in 0..trial.max_steps {
        stream.fill(&mut batch);
        let (read, mut grad) = (scaled(&theta, SCALE), Params::zeros(layout));
        model.forward(&read, &batch.x, &mut cache, &mut out);
        loss.mean_grad(&batch.y, &out, &mut d_out);
        model.grad(&read, &batch.x, &mut cache, &d_out, &mut grad);
        // ∂L/∂W = c ∂L/∂(cW).
        optimizer.step(t, &mut theta, &scaled(&grad, SCALE));
    }
    scaled(&theta, SCALE)
}

#[test]
fn an_input_scale_is_training_on_scaled_inputs() {
    let trial = Trial {
        support: Some(vec![2, 5]),
        decay: 0.02.into(),
        rate: Schedule::cosine(0.1, 0.02, 40).unwrap(),
        block_rates: vec![
            BlockRate::new("hidden", 0.2),
            BlockRate::new("output", 0.05),
        ],
        max_steps: 40,
        // Of the hinge loss, sums of a few ±1/B have no sign but for rounding.
        loss: LossKind::CrossEntropy,
        ..Trial::new(12, 2)
    };
    let model = Mlp::new(12, 100, Relu).unwrap();
    let layout = model.layout();
    let momentum = |nesterov| OptimizerKind::Momentum {
        momentum: 0.8,
        nesterov,
    };
    for convention in [Decay::Direct, Decay::Scaled, Decay::Coupled] {
        let rule = |rate: Schedule| Rule::rate(rate).with_decay(0.02).by(convention);
        let rules = || {
            let rules = Rules::from(rule(trial.rate.clone()));
            rules
                .on("hidden", rule(0.2.into()))
                .on("output", rule(0.05.into()))
        };
        let heavy = || {
            Momentum::new(layout, rules())
                .unwrap()
                .with_momentum(0.8)
                .unwrap()
        };
        let signs = || {
            SignSgd::new(layout, rules())
                .unwrap()
                .with_threshold(0.0)
                .unwrap()
        };
        let cases: [(OptimizerKind, Box<dyn Optimizer<f64>>, u64); 4] = [
            (
                OptimizerKind::Sgd,
                Box::new(Sgd::new(layout, rules()).unwrap()),
                40,
            ),
            (momentum(false), Box::new(heavy()), 25),
            (momentum(true), Box::new(heavy().nesterov()), 25),
            (
                OptimizerKind::SignSgd { threshold: 0.0 },
                Box::new(signs()),
                4,
            ),
        ];
        for (optimizer, own, max_steps) in cases {
            let plain = Trial {
                convention,
                optimizer,
                max_steps,
                ..trial.clone()
            };
            let scaled = Trial {
                input_scale: SCALE,
                ..plain.clone()
            };
            let start = last(
                &Trial {
                    max_steps: 0,
                    ..plain.clone()
                },
                3,
            );
            let expected = reference(&model, &start, "hidden.weight", &plain, own);
            let far = |trial: &Trial| {
                let found = last(trial, 3);
                let pairs = found.as_slice().iter().zip(expected.as_slice());
                pairs
                    .map(|(a, b)| (f64::from(*a) - b).abs())
                    .fold(0.0, f64::max)
            };
            assert!(
                far(&scaled) < 2e-5,
                "{optimizer:?} {convention:?}: {}",
                far(&scaled)
            );
            assert!(far(&plain) > 1e-2, "{optimizer:?}");
        }
    }
}

#[test]
fn an_input_scale_goes_with_every_network_that_multiplies_its_inputs() {
    let polynet = Learner::PolyNet(PolyNetSettings::default());
    let trial = Trial {
        learner: polynet,
        support: Some(vec![2, 5]),
        rate: 0.05.into(),
        max_steps: 30,
        filter: None,
        ..Trial::new(12, 2)
    };
    let scaled = Trial {
        input_scale: SCALE,
        ..trial.clone()
    };
    let model = PolyNet::new(12, 2).unwrap();
    let start = last(
        &Trial {
            max_steps: 0,
            ..trial.clone()
        },
        3,
    );
    let sgd = Sgd::new(model.layout(), Rule::rate(0.05)).unwrap();
    let expected = reference(&model, &start, "factor.weight", &trial, sgd);
    let found = last(&scaled, 3);
    for (a, b) in found.as_slice().iter().zip(expected.as_slice()) {
        assert!((f64::from(*a) - b).abs() < 1e-5);
    }
    let long = Trial {
        max_steps: 1000,
        filter: Some(FilterKind::GrokfastEma {
            alpha: 0.9,
            lambda: 1.0,
        }),
        ..scaled
    };
    for setting in ["ii", "xiv", "*ii"] {
        let of = sparse_parity::trial::Setting::from_label(setting).unwrap();
        let learner = of.learner(2);
        Trial {
            learner,
            ..long.clone()
        }
        .run(&1.into())
        .unwrap();
    }
    // Frozen weights are scaled, and stay so.
    let frozen = Trial {
        frozen: vec!["factor.weight".into()],
        block_inits: vec![BlockInit::new("factor", constant(0.5))],
        ..long
    };
    let found = last(&frozen, 3);
    let weight = found.view(&model.layout().get::<Ix2>("factor.weight").unwrap());
    assert!(weight.iter().all(|w| *w == (0.5 * SCALE) as f32));
    let bias = found.view(&model.layout().get::<Ix1>("factor.bias").unwrap());
    assert!(bias.iter().any(|b| *b != 0.5));
}

#[test]
fn an_input_scale_that_there_cannot_be_is_told() {
    for scale in [0.0, -0.5, f64::NAN, f64::INFINITY] {
        let message = told(&Trial {
            input_scale: scale,
            ..base()
        });
        let words = format!("the input scale = {scale} is not a finite number > 0");
        assert!(message.contains(&words), "{message}");
    }
    let scaled = Trial {
        input_scale: 0.5,
        ..base()
    };
    for (optimizer, words) in [
        (
            OptimizerKind::Adam,
            "an input scale and Adam or AdamW exclude each other",
        ),
        (
            OptimizerKind::AdamW,
            "an input scale and Adam or AdamW exclude each other",
        ),
        (
            OptimizerKind::SignSgd { threshold: 1e-3 },
            "sign-sgd with a threshold",
        ),
    ] {
        let message = told(&Trial {
            optimizer,
            ..scaled.clone()
        });
        assert!(message.contains(words), "{message}");
    }
    let learner = Learner::Transformer(TransformerSettings::default());
    let message = told(&Trial {
        learner,
        ..scaled.clone()
    });
    assert!(message.contains("a Transformer"), "{message}");
    let assembly = || scaled.assemble().unwrap();
    let model = AnyModel::new(PolyNet::new(16, 2).unwrap());
    let error = assembly()
        .with_model(model)
        .unwrap()
        .run(&1.into())
        .unwrap_err();
    assert!(
        error.to_string().contains("a model of one's own"),
        "{error}"
    );
    let own = assembly().with_optimizer(0, Sgd::new);
    let error = own.run(&1.into()).unwrap_err();
    assert!(
        error.to_string().contains("an optimizer of one's own"),
        "{error}"
    );
}
