//! Small problems are learned, or not learned, as the theory and the paper say.
//!
//! All seeds are fixed, so these runs are deterministic. Budgets are at least five times the
//! slowest of ten seeds. With 300 other seeds a setting, one run of 3000 missed its budget (the
//! sine neuron without output weight), and with 60 other seeds no other test failed: a change of
//! the random numbers alone would break that one test with chance about 2 %.

use sparse_parity::prelude::*;
use sparse_parity_examples::runs::{parity, trainer};
use std::sync::Arc;

/// How a run on the parity of `seed` ends, and whether its learner relies on the support.
fn online<M: Model<f32>>(model: M, k: usize, rate: f64, noise: f64, steps: u64, seed: u64) -> Stop {
    let seeds = Seeds::from(seed);
    let parity = parity(model.dim(), k, &seeds);
    let distribution = ParityDistribution::from(parity.clone());
    let stream = Online::new(distribution.with_label_noise(noise).unwrap(), &seeds);
    let sgd = Sgd::new(model.layout(), Rule::rate(rate)).unwrap();
    let mut solved = Convergence::new(&model, &parity, &seeds).unwrap();
    let mut run = trainer(model, Hinge, stream, sgd, 32, &seeds);
    let stop = run.run(steps, &mut solved);
    if let Stop::Solved { step } = stop {
        assert_eq!(step, run.steps());
        let mut error = ErrorRate::clean(run.model(), &parity, &seeds).unwrap();
        assert_eq!(error.of(run.model(), run.theta()), 0.0);
        let x = &run.snapshot().unwrap().outputs.unwrap().batch.x;
        let influences = sparse_parity::measure::influences(run.model(), run.theta(), x);
        let found = sparse_parity::measure::most_influential(&influences, k);
        assert_eq!(found, parity.support());
    }
    stop
}

fn assert_solved<M: Model<f32>>(
    model: impl Fn() -> M,
    k: usize,
    rate: f64,
    noise: f64,
    steps: u64,
) {
    for seed in 0..5 {
        let stop = online(model(), k, rate, noise, steps, seed);
        assert!(matches!(stop, Stop::Solved { .. }), "seed {seed}: {stop:?}");
    }
}

#[test]
fn relu_networks_learn_parities_online() {
    // Of ten seeds the slowest took 136, 598 and 760 steps.
    assert_solved(|| Mlp::new(12, 20, Relu).unwrap(), 2, 0.1, 0.0, 1000);
    assert_solved(|| Mlp::new(15, 50, Relu).unwrap(), 3, 0.1, 0.0, 3000);
    assert_solved(|| Mlp::new(20, 100, Relu).unwrap(), 3, 0.1, 0.0, 4000);
}

#[test]
fn power_networks_learn_parities_of_their_degree() {
    // The slowest took 94 and 240 steps.
    let power = |k| Power::new(k).unwrap();
    assert_solved(|| Mlp::new(15, 20, power(2)).unwrap(), 2, 0.05, 0.0, 1000);
    assert_solved(|| Mlp::new(15, 20, power(3)).unwrap(), 3, 0.05, 0.0, 2000);
}

#[test]
fn one_sine_neuron_learns_a_parity() {
    // The slowest took 363 steps without and 1581 steps with an output weight.
    let neuron = || Mlp::new(12, 1, Sine).unwrap();
    assert_solved(|| neuron().without_output_layer(), 2, 0.05, 0.0, 2000);
    assert_solved(neuron, 2, 0.05, 0.0, 8000);
}

#[test]
fn polynets_learn_parities_with_and_without_biases() {
    // The slowest took 413 and 389 steps.
    let polynet = || PolyNet::new(15, 3).unwrap();
    assert_solved(polynet, 3, 0.05, 0.0, 2500);
    assert_solved(|| polynet().without_bias(), 3, 0.05, 0.0, 2500);
}

#[test]
fn noisy_labels_still_lead_to_full_clean_accuracy() {
    // One label in ten is wrong; the slowest took 117 steps.
    assert_solved(|| Mlp::new(12, 40, Relu).unwrap(), 2, 0.1, 0.1, 1000);
}

/// Train and test error after `steps` over m examples of a (15, 2)-parity.
fn finite_sample(m: usize, steps: u64, seed: u64) -> (f64, f64) {
    let seeds = Seeds::from(seed);
    let parity = parity(15, 2, &seeds);
    let distribution = ParityDistribution::from(parity.clone());
    let stream = Epochs::<f32>::draw(&distribution, m, &seeds).unwrap();
    let model = Mlp::new(15, 100, Relu).unwrap();
    let mut train = ErrorRate::on("train", &model, stream.examples().clone()).unwrap();
    let mut test = ErrorRate::clean(&model, &parity, &seeds).unwrap();
    let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
    let mut run = trainer(model, Hinge, stream, sgd, 32, &seeds);
    assert_eq!(run.run(steps, ()), Stop::Budget);
    let (model, theta) = (run.model(), run.theta());
    (train.of(model, theta), test.of(model, theta))
}

#[test]
fn a_large_sample_generalises() {
    for seed in 0..3 {
        let (train, test) = finite_sample(2000, 1500, seed);
        assert!(train == 0.0 && test < 0.001, "seed {seed}: {train}, {test}");
    }
}

#[test]
fn a_tiny_sample_is_memorised() {
    // 30 examples of 15 coordinates; the test error of memorising is near 1/2.
    for seed in 0..3 {
        let (train, test) = finite_sample(30, 1500, seed);
        assert!(train == 0.0 && test > 0.25, "seed {seed}: {train}, {test}");
    }
}

#[test]
fn random_labels_are_never_solved() {
    for seed in 0..3 {
        let seeds = Seeds::from(seed);
        let stream = Online::new(RandomLabels::new(12).unwrap(), &seeds);
        let model = Mlp::new(12, 20, Relu).unwrap();
        let target = parity(12, 2, &seeds);
        // Above 60 % is 18 deviations away from guessing, so the chance is nil.
        let solved = Convergence::new(&model, &target, &seeds).unwrap();
        let mut solved = solved.with_accuracy(0.6).unwrap();
        let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
        let mut run = trainer::<f32, _, _, _, _>(model, Hinge, stream, sgd, 32, &seeds);
        assert_eq!(run.run(2000, &mut solved), Stop::Budget);
    }
}

/// Notes the last step that was shown.
struct LastShown(Option<u64>);

impl<F: Real, M: Model<F>> Observer<F, M> for LastShown {
    fn observe(&mut self, at: &Snapshot<'_, F, M>) -> std::ops::ControlFlow<Stop> {
        let out = at.outputs.expect("a trainer has batches").out;
        assert!(at.loss.is_finite() && out.iter().all(|out| out.is_finite()));
        self.0 = Some(at.step);
        std::ops::ControlFlow::Continue(())
    }
}

#[test]
fn a_diverging_run_ends_at_its_first_output_that_is_no_number() {
    for (rate, exponent) in [(1e30, 3), (50.0, 3), (10.0, 2)] {
        let seeds = Seeds::from(1);
        let parity = parity(12, 2, &seeds);
        let distribution = || ParityDistribution::from(parity.clone());
        let model = || Mlp::new(12, 10, Power::new(exponent).unwrap()).unwrap();
        let sgd = Sgd::new(model().layout(), Rule::rate(rate)).unwrap();
        let stream = Online::new(distribution(), &seeds);
        let mut run = trainer::<f32, _, _, _, _>(model(), Square, stream, sgd, 32, &seeds);
        let mut shown = LastShown(None);
        let stop = run.run(1000, &mut shown);
        let Stop::Diverged { step } = stop else {
            panic!("η = {rate}: {stop:?}")
        };
        assert!(step > 0 && step == run.steps());
        assert_eq!(shown.0, Some(step - 1));
        let seen = run.snapshot().unwrap();
        let out = seen.outputs.unwrap().out;
        assert!(!seen.loss.is_finite() || out.iter().any(|out| !out.is_finite()));
        // It does not go on, and says the same again.
        assert_eq!(run.run(10, ()), stop);
        assert_eq!(run.steps(), step);
    }
}

/// How a ReLU network of width 100 ends on a target other than one parity, judged on examples of
/// the distribution that it is trained on.
fn on_target(
    inputs: impl Inputs,
    target: Arc<dyn Target>,
    loss: impl Loss<f32>,
    seed: u64,
) -> Stop {
    let seeds = Seeds::from(seed);
    let model = Mlp::new(target.dim(), 100, Relu).unwrap();
    let rng = &mut seeds.stream(Purpose::Eval);
    let examples = Batch::clean(&inputs, &target, 1000, rng).unwrap();
    let mut solved = Convergence::on(&model, &target, examples).unwrap();
    let stream = Online::new(Labelled::new(inputs, target).unwrap(), &seeds);
    let sgd = Sgd::new(model.layout(), Rule::rate(0.02)).unwrap();
    trainer(model, loss, stream, sgd, 32, &seeds).run(25_000, &mut solved)
}

#[test]
fn relu_networks_learn_other_targets() {
    let uniform = || Uniform::new(12).unwrap();
    // Of ten seeds the slowest took 420, 185, 414 and 4555 steps.
    for seed in 0..5 {
        let rng = &mut Seeds::from(seed).stream(Purpose::Support);
        let and = Arc::new(Conjunction::random(12, 3, rng).unwrap());
        let majority = Arc::new(Majority::random(12, 5, rng).unwrap());
        let staircase = Arc::new(Staircase::random(12, 3, rng).unwrap());
        let tasks = Multitask::random(3, 9, 2, rng).unwrap();
        let stops = [
            on_target(uniform(), and, Hinge, seed),
            on_target(uniform(), majority, Hinge, seed),
            on_target(uniform(), staircase, Square, seed),
            on_target(tasks.zipf(0.4).unwrap(), Arc::new(tasks), Hinge, seed),
        ];
        for stop in stops {
            assert!(matches!(stop, Stop::Solved { .. }), "seed {seed}: {stop:?}");
        }
    }
}
