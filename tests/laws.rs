//! Every model obeys the laws of its trait, for random shapes.

use proptest::prelude::*;
use sparse_parity::check::model_laws;
use sparse_parity::prelude::*;

/// The four variants of a two-layer network.
fn variants<A: Activation + Clone>(model: Mlp<A>) -> [Mlp<A>; 4] {
    [
        model.clone(),
        model.clone().without_hidden_bias(),
        model.clone().without_output_layer(),
        model.with_output_bias(),
    ]
}

fn assert_laws<M: Model<f64>>(model: &M, seed: u64) {
    if let Err(broken) = model_laws(model, seed) {
        panic!("{model:?} breaks a law. {broken}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn two_layer_networks_obey_the_laws(
        n in 1_usize..70, width in 1_usize..20, k in 1_usize..6, seed: u64,
    ) {
        for model in variants(Mlp::new(n, width, Relu).unwrap()) {
            assert_laws(&model, seed);
        }
        for model in variants(Mlp::new(n, width, Sine).unwrap()) {
            assert_laws(&model, seed);
        }
        for model in variants(Mlp::new(n, width, Power::new(k).unwrap()).unwrap()) {
            assert_laws(&model, seed);
        }
    }

    #[test]
    fn polynets_obey_the_laws(n in 1_usize..70, k in 1_usize..7, seed: u64) {
        let model = PolyNet::new(n, k).unwrap();
        assert_laws(&model, seed);
        assert_laws(&model.without_bias(), seed);
    }
}
