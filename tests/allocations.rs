//! Counts the allocations of training steps: after the first ones there are none.
//!
//! The first step may allocate because [`Convergence`] sees the batch size only then, and makes
//! room for the clean labels of a batch and for what it remembers of the newest ones. With a
//! target below 100 % it remembers 2048 examples, and its room grows until it has seen so many.

use allocation_counter::measure;
use ndarray::{Ix1, Ix2};
use rayon::ThreadPoolBuilder;
use sparse_parity::activation::ActivationKind;
use sparse_parity::contest::{Contest, Ending};
use sparse_parity::experiment::Experiment;
use sparse_parity::model::{AnyModel, Transformer};
use sparse_parity::prelude::*;
use sparse_parity::solver::{AccessKind, Limits, SolverKind};
use sparse_parity::threads::share;
use sparse_parity::trial::{
    CriterionKind, FilterKind, FirstPhase, Learner, MlpSettings, OptimizerKind, Setting,
    TransformerSettings, Trial,
};
use std::f64::consts::FRAC_PI_2;
use std::time::Instant;

const N: usize = 60;

/// An untrained learner is often right on four examples by chance, and then [`Convergence`] asks
/// validation examples as well.
const BATCH: usize = 4;

fn parity() -> Parity {
    Parity::new(N, &[3, 41]).unwrap()
}

fn streams<F: Real>() -> [(&'static str, Box<dyn BatchStream<F>>); 8] {
    let seeds = Seeds::from(1);
    let clean = ParityDistribution::from(parity());
    let noisy = clean.clone().with_label_noise(0.1).unwrap();
    let control = RandomLabels::new(N).unwrap();
    // Fifty examples are shuffled anew every 12 steps.
    let epochs = Epochs::draw(&noisy, 50, &seeds).unwrap();
    let biased = Labelled::new(Biased::new(N, 0.3).unwrap(), parity()).unwrap();
    let curriculum = Curriculum::new(biased.clone(), 50, clean.clone(), &seeds).unwrap();
    let tasks = Multitask::random(10, N - 10, 3, &mut seeds.stream(Purpose::Support)).unwrap();
    let tasks = Labelled::new(tasks.zipf(0.4).unwrap(), tasks).unwrap();
    [
        ("fresh batches", Box::new(Online::new(clean, &seeds))),
        ("noisy batches", Box::new(Online::new(noisy, &seeds))),
        ("random labels", Box::new(Online::new(control, &seeds))),
        ("biased inputs", Box::new(Online::new(biased, &seeds))),
        ("a curriculum", Box::new(curriculum)),
        ("many tasks", Box::new(Online::new(tasks, &seeds))),
        ("epochs", Box::new(epochs)),
        ("the cube", Box::new(Population::new(parity()).unwrap())),
    ]
}

fn optimizers<F: Real>(model: &impl Architecture) -> [(&'static str, Box<dyn Optimizer<F>>); 5] {
    let layout = model.layout();
    let rule = || Rule::rate(0.001).with_decay(0.0001);
    let sgd = Sgd::new(layout, rule()).unwrap();
    let momentum = Momentum::new(layout, rule()).unwrap();
    let signs = SignSgd::new(layout, rule()).unwrap();
    // A window of 7 fills and turns within the counted steps.
    let window = GrokfastMa::new(layout).unwrap().with_window(7).unwrap();
    let adamw = Filtered::new(window, AdamW::new(layout, rule()).unwrap());
    let adamw = Filtered::new(Egalitarian::new(), adamw);
    let filtered = Filtered::new(GrokfastEma::new(layout), adamw);
    [
        ("SGD", Box::new(sgd)),
        ("Adam", Box::new(Adam::new(layout, rule()).unwrap())),
        ("momentum", Box::new(momentum.nesterov())),
        ("signs", Box::new(signs)),
        ("AdamW behind three filters", Box::new(filtered)),
    ]
}

fn assert_steps_allocate_nothing<M: Model<f32> + Model<f64> + Clone>(model: &M) {
    assert_steps_allocate_nothing_in::<f32, M>(model);
    assert_steps_allocate_nothing_in::<f64, M>(model);
}

fn assert_steps_allocate_nothing_in<F: Real, M: Model<F> + Clone>(model: &M) {
    let seeds = Seeds::from(1);
    for place in 0..streams::<F>().len() {
        for (rule, optimizer) in optimizers::<F>(model) {
            let (data, stream) = streams().into_iter().nth(place).unwrap();
            let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
            let mut solved = Convergence::new(model, &parity(), &seeds).unwrap();
            let mut trainer =
                Trainer::new(model.clone(), Hinge, stream, optimizer, theta, BATCH).unwrap();
            let mut step = || assert!(trainer.step(&mut solved).is_continue());
            step();
            let counted = measure(|| (0..100).for_each(|_| step()));
            assert_eq!(counted.count_total, 0, "{model:?} by {rule} on {data}");
        }
    }
}

#[test]
fn steps_that_threads_share_allocate_a_job_a_millisecond_at_most() {
    // Tiles that are kept, tiles that are computed anew, and products of real matrices.
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let shared = |model: &dyn Fn() -> AnyModel<f32>, batch| {
        let (model, seeds) = (model(), Seeds::from(1));
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let adam = Adam::new(model.layout(), Rule::rate(0.001)).unwrap();
        let sgd = Sgd::new(model.layout(), Rule::rate(0.001)).unwrap();
        let optimizers: [Box<dyn Optimizer<f32>>; 2] = [Box::new(adam), Box::new(sgd)];
        for optimizer in optimizers {
            let (_, stream) = streams().into_iter().next().unwrap();
            let (model, theta) = (model.clone(), theta.clone());
            let mut trainer = Trainer::new(model, Hinge, stream, optimizer, theta, batch).unwrap();
            let mut step = || assert!(trainer.step(&mut ()).is_continue());
            step();
            let began = Instant::now();
            let counted = measure(|| (0..20).for_each(|_| step()));
            // The other thread is called by a job, which is on the heap.
            let most = 1 + began.elapsed().as_millis();
            let found = u128::from(counted.count_total);
            assert!(found <= most, "{found} > {most}: {:?}", trainer.model());
        }
    };
    let narrow = || AnyModel::new(Mlp::new(N, 3000, Relu).unwrap());
    let wide = || AnyModel::new(Mlp::new(N, 40_000, Relu).unwrap());
    let transformer = || AnyModel::new(Transformer::new(N, 128, 16).unwrap());
    pool.install(|| {
        share(|| {
            shared(&narrow, 64);
            shared(&wide, 32);
            shared(&transformer, 32);
        });
    });
}

fn with_and_without_output_layer<A: Activation + Clone>(activation: A) {
    let model = Mlp::new(N, 20, activation).unwrap();
    assert_steps_allocate_nothing(&model);
    assert_steps_allocate_nothing(&model.without_output_layer());
}

#[test]
fn steps_of_relu_networks_allocate_nothing() {
    with_and_without_output_layer(Relu);
}

#[test]
fn steps_of_power_networks_allocate_nothing() {
    with_and_without_output_layer(Power::new(3).unwrap());
}

#[test]
fn steps_of_sine_networks_allocate_nothing() {
    with_and_without_output_layer(Sine);
}

#[test]
fn steps_of_single_neurons_through_the_labels_allocate_nothing() {
    assert_steps_allocate_nothing(&Mlp::new(N, 1, Zigzag::new(2).unwrap()).unwrap());
    assert_steps_allocate_nothing(&Mlp::new(N, 1, InfiniteZigzag::new(2).unwrap()).unwrap());
    let polynomial = OscillatingPolynomial::new(2).unwrap();
    assert_steps_allocate_nothing(&Mlp::new(N, 1, polynomial).unwrap());
    let scaled = Scaled::inverse_sqrt(Sine, N).unwrap();
    assert_steps_allocate_nothing(&Mlp::new(N, 1, scaled).unwrap());
}

#[test]
fn steps_of_deep_networks_allocate_nothing() {
    let model = DeepMlp::new(N, &[10, 10, 1], Power::new(2).unwrap()).unwrap();
    assert_steps_allocate_nothing(&model);
    assert_steps_allocate_nothing(&model.without_hidden_biases().with_output_bias());
    assert_steps_allocate_nothing(&DeepMlp::new(N, &[20, 17], Relu).unwrap());
}

#[test]
fn steps_of_disjoint_polynets_allocate_nothing() {
    assert_steps_allocate_nothing(&DisjointPolyNet::new(N, 3).unwrap());
}

#[test]
fn steps_of_a_single_neuron_allocate_nothing() {
    let neuron = Mlp::new(N, 1, Sine).unwrap();
    assert_steps_allocate_nothing(&neuron);
    assert_steps_allocate_nothing(&neuron.without_output_layer());
}

#[test]
fn steps_of_polynets_allocate_nothing() {
    let model = PolyNet::new(N, 3).unwrap();
    assert_steps_allocate_nothing(&model);
    assert_steps_allocate_nothing(&model.without_bias());
}

#[test]
fn steps_of_transformers_allocate_nothing() {
    let model = Transformer::new(N, 6, 2).unwrap();
    assert_steps_allocate_nothing(&model);
    assert_steps_allocate_nothing(&model.clone().with_residual());
    let normalized = model.with_activation(ActivationKind::Gelu).unwrap();
    assert_steps_allocate_nothing(&normalized.with_layer_norm().unwrap());
}

#[test]
fn a_validation_of_all_examples_allocates_nothing() {
    // sin(π/2 (x₃ + x₄₁ − 1)) is the parity itself.
    let model = Mlp::new(N, 1, Sine).unwrap().without_output_layer();
    let mut theta = Params::<f64>::zeros(model.layout());
    let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
    let bias = model.layout().get::<Ix1>("hidden.bias").unwrap();
    for &i in parity().support() {
        theta.view_mut(&weight)[[0, i]] = FRAC_PI_2;
    }
    theta.view_mut(&bias)[0] = -FRAC_PI_2;

    let seeds = Seeds::from(1);
    let mut solved = Convergence::new(&model, &parity(), &seeds).unwrap();
    let stream = Online::new(ParityDistribution::from(parity()), &seeds);
    let sgd = Sgd::new(model.layout(), Rule::rate(0.001)).unwrap();
    let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, BATCH).unwrap();
    let mut show = || assert!(trainer.step(&mut solved).is_break());
    show();
    assert_eq!(measure(show).count_total, 0);
}

/// The most bytes that runs of a trial hold at a time on one thread.
fn held(trial: &Trial, runs: u64) -> u64 {
    measure(|| {
        trial.run_all((0..runs).map(Into::into)).unwrap();
    })
    .bytes_max
}

#[test]
fn the_memory_of_a_trial_is_known_before_it_runs() {
    let short = || Trial {
        max_steps: 3,
        allow_unsolvable: true,
        ..Trial::new(50, 3)
    };
    let mlp = |width| {
        Learner::Mlp(MlpSettings {
            width,
            ..MlpSettings::default()
        })
    };
    let polynet = Setting::from_label("xv").unwrap().learner(3);
    let trials = [
        short(),
        Trial {
            learner: mlp(3000),
            batch: 8,
            ..short()
        },
        Trial {
            learner: mlp(500),
            batch: 1024,
            optimizer: OptimizerKind::AdamW,
            ..short()
        },
        Trial {
            filter: Some(FilterKind::GrokfastMa {
                window: 20,
                lambda: 1.0,
            }),
            learner: mlp(300),
            ..short()
        },
        Trial {
            samples: Some(30_000),
            n: 200,
            ..short()
        },
        Trial {
            learner: Learner::Transformer(TransformerSettings::default()),
            optimizer: OptimizerKind::Adam,
            ..short()
        },
        Trial {
            criteria: vec![
                CriterionKind::Validation { accuracy: 0.8 },
                CriterionKind::ValidationLoss { loss: 0.1 },
                CriterionKind::Validation { accuracy: 1.0 },
                CriterionKind::Batches {
                    accuracy: 0.75,
                    window: 200_000,
                },
            ],
            ..short()
        },
        Trial {
            criteria: vec![CriterionKind::Batches {
                accuracy: 0.75,
                window: 12,
            }],
            curriculum: Some(FirstPhase {
                bias: 0.4,
                steps: 10,
            }),
            ..short()
        },
        Trial {
            learner: Learner::Transformer(TransformerSettings {
                layer_norm: true,
                ..TransformerSettings::default()
            }),
            optimizer: OptimizerKind::Adam,
            ..short()
        },
        Trial {
            learner: polynet.clone(),
            n: 40,
            ..short()
        },
    ];
    let compared = trials.map(|trial| {
        // Only runs in lockstep are held at the same time.
        let runs = if trial.learner == polynet { 17 } else { 1 };
        (held(&trial, runs), trial.memory().unwrap())
    });
    let is_close = |&(held, told): &(u64, u64)| held <= told && told <= 4 * held;
    assert!(compared.iter().all(is_close), "held, told: {compared:?}");
}

/// A solver of examples holds what its ledger says, and besides the examples a few times: by rows and by columns, in vectors
/// that have grown, and for the comparison of equal rows. The tables of elimination count as large as they can be, which few
/// coordinates do not need.
#[test]
fn the_bytes_of_a_ledger_are_those_that_a_solver_holds() {
    let mut compared = 0;
    // The scratch of products of matrices is made once for a thread, and belongs to no solver.
    let first = Contest {
        n: 10,
        k: 2,
        contestant: SolverKind::named("amplified").unwrap().into(),
        ..Contest::default()
    };
    first.run(&1.into()).unwrap();
    for kind in SolverKind::all() {
        for (n, k, noise) in [(40, 3, 0.0), (100, 3, 0.0), (26, 2, 0.1), (60, 2, 0.05)] {
            if kind.access() != AccessKind::Examples {
                continue;
            }
            let limits = Limits {
                words: 1e7,
                bytes: 1 << 20,
            };
            let contest = Contest {
                n,
                k,
                noise,
                contestant: kind.clone().into(),
                limits,
                ..Contest::default()
            };
            let mut outcome = None;
            let held = measure(|| outcome = contest.run(&1.into()).ok()).bytes_max;
            let outcome = outcome.unwrap();
            if outcome.ending == Ending::Refused {
                continue;
            }
            let ledger = outcome.ledger;
            let examples = ledger.examples * 8 * (n.div_ceil(64) as u64 + 1);
            let most = ledger.bytes + 6 * examples + 64 * n as u64 + 4096;
            let name = kind.name();
            let place = format!("{name}, ({n}, {k}), {noise}: {held}, {ledger:?}");
            assert!(ledger.bytes <= held + held / 4 && held <= most, "{place}");
            assert!(ledger.bytes <= outcome.plan.unwrap().bytes, "{place}");
            compared += 1;
        }
    }
    assert!(compared > 15, "{compared}");
}

#[test]
fn criteria_allocate_nothing_after_the_first_step() {
    let seeds = Seeds::from(1);
    let model = Mlp::new(N, 20, Relu).unwrap();
    let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let loss = ValidationLoss::new(&model, Hinge, 0.1, &parity(), &seeds).unwrap();
    let all: [Box<dyn Observer<f32, _>>; 3] = [
        Box::new(RunningAccuracy::new(0.9, 50).unwrap()),
        Box::new(RunningLoss::new(0.1, 50).unwrap()),
        Box::new(loss),
    ];
    let mut criteria = Criteria::new(all);
    let stream = Online::new(RandomLabels::new(N).unwrap(), &seeds);
    let sgd = Sgd::new(model.layout(), Rule::rate(0.001)).unwrap();
    let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 32).unwrap();
    let mut step = || assert!(trainer.step(&mut criteria).is_continue());
    step();
    assert_eq!(measure(|| (0..100).for_each(|_| step())).count_total, 0);
}

#[test]
fn a_lower_target_allocates_only_until_its_window_is_full() {
    let seeds = Seeds::from(1);
    let model = Mlp::new(N, 20, Relu).unwrap();
    let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let solved = Convergence::new(&model, &parity(), &seeds).unwrap();
    let mut solved = solved.with_accuracy(0.9).unwrap();
    let stream = Online::new(RandomLabels::new(N).unwrap(), &seeds);
    let sgd = Sgd::new(model.layout(), Rule::rate(0.001)).unwrap();
    let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, 32).unwrap();
    let mut step = || assert!(trainer.step(&mut solved).is_continue());
    (0..2048 / 32).for_each(|_| step());
    assert_eq!(measure(|| (0..100).for_each(|_| step())).count_total, 0);
}
