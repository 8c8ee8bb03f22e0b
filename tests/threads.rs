//! Steps that threads share: the same bits for any number of threads.

use rayon::ThreadPoolBuilder;
use sparse_parity::model::{DeepMlp, Transformer};
use sparse_parity::prelude::*;
use sparse_parity::threads::share;
use sparse_parity_examples::limit::Limit;

/// θ after some updates, as bits.
fn trained<M, O>(model: M, optimizer: O, batch: usize) -> Vec<u32>
where
    M: Model<f32>,
    O: Optimizer<f32>,
{
    let seeds = Seeds::from(1);
    let parity = ParityDistribution::random(model.dim(), 3, &mut seeds.stream(Purpose::Support));
    let stream = Online::new(parity.unwrap(), &seeds);
    let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let mut trainer = Trainer::new(model, Hinge, stream, optimizer, theta, batch).unwrap();
    trainer.run(4, ());
    let theta = trainer.theta().as_slice();
    theta.iter().map(|value| value.to_bits()).collect()
}

/// Trains on one thread and on several.
fn threads_change_no_bit<M, O>(model: &M, optimizer: impl Fn() -> O + Sync, batch: usize)
where
    M: Model<f32>,
    O: Optimizer<f32>,
{
    let _limit = Limit::of_test();
    let alone = trained(model, optimizer(), batch);
    for threads in [1, 2, 3, 5] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let shared = pool.install(|| share(|| trained(model, optimizer(), batch)));
        assert!(
            shared == alone,
            "{model:?}, {batch} examples, {threads} threads"
        );
    }
    // From outside of a pool.
    let shared = share(|| trained(model, optimizer(), batch));
    assert!(shared == alone, "{model:?}, {batch} examples");
}

fn sgd(model: &impl Architecture) -> Sgd {
    Sgd::new(model.layout(), Rule::rate(0.1)).unwrap()
}

#[test]
fn neurons_in_tiles_that_are_kept() {
    for width in [1000, 3001] {
        let model = Mlp::new(30, width, Relu).unwrap().with_output_bias();
        let without_bias = model.clone().without_hidden_bias();
        // In one part and in several, with the update and with a gradient that is stored.
        for batch in [48, 300, 1024] {
            threads_change_no_bit(&model, || sgd(&model), batch);
            threads_change_no_bit(&without_bias, || sgd(&without_bias), batch);
        }
    }
}

#[test]
fn neurons_in_tiles_that_are_computed_anew() {
    let model = Mlp::new(20, 40_001, Relu).unwrap();
    threads_change_no_bit(&model, || sgd(&model), 32);
    threads_change_no_bit(
        &model,
        || Adam::new(model.layout(), Rule::rate(0.01)).unwrap(),
        32,
    );
    let frozen = || {
        let rules = Rules::from(Rule::rate(0.1)).on("hidden", Rule::frozen());
        Sgd::new(model.layout(), rules).unwrap()
    };
    threads_change_no_bit(&model, frozen, 32);
}

#[test]
fn columns_of_real_matrices() {
    let deep = DeepMlp::new(20, &[300, 170, 40], Relu).unwrap();
    threads_change_no_bit(&deep, || sgd(&deep), 200);
    let transformer = Transformer::new(10, 128, 16).unwrap();
    let adam = || Adam::new(transformer.layout(), Rule::rate(0.001)).unwrap();
    threads_change_no_bit(&transformer, adam, 40);
}

/// An activation that fails for the pre-activation 3.
#[derive(Debug, Clone)]
struct Failing;

impl Activation for Failing {
    fn value<F: Real>(&self, z: F) -> F {
        assert!(z != F::of(3.0), "3 is not allowed");
        z
    }

    fn slope<F: Real>(&self, _: F) -> F {
        F::one()
    }
}

#[test]
fn a_panic_of_one_thread_ends_the_step_on_all() {
    let model = Mlp::new(30, 1024, Failing).unwrap();
    let bias = model.layout().get::<ndarray::Ix1>("hidden.bias").unwrap();
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for neuron in [0, 1023] {
        let mut theta = Params::<f32>::zeros(model.layout());
        theta.slice_mut(&bias)[neuron] = 3.0;
        let x = Signs::ones(128, 30).unwrap();
        let forward = || share(|| model.predict(&theta, &x));
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pool.install(forward)));
        let message = caught.unwrap_err();
        let message = message
            .downcast_ref::<&str>()
            .copied()
            .map(str::to_owned)
            .or_else(|| message.downcast_ref::<String>().cloned());
        assert!(message.unwrap().contains("not allowed"), "neuron {neuron}");
    }
}
