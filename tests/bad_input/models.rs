//! Blocks, measures and initialisations.

use super::{mlp, theta};
use ndarray::{Ix1, Ix2};
use sparse_parity::Error;
use sparse_parity::activation::ActivationKind;
use sparse_parity::params::{Layer, Layout};
use sparse_parity::prelude::*;
use std::sync::Arc;

#[test]
fn blocks_that_do_not_exist() {
    let (mlp, known) = (
        mlp(),
        "hidden.weight [4, 10], hidden.bias [4], output.weight [4]",
    );
    let rules = Rules::from(Rule::rate(0.1)).on("outptu", Rule::frozen());
    refused!(
        Sgd::new(mlp.layout(), rules.clone()),
        UnknownBlock,
        "\"outptu\"",
        known
    );
    refused!(
        Adam::<f64>::new(mlp.layout(), rules),
        UnknownBlock,
        "\"outptu\"",
        known
    );
    let bias = Rules::from(Rule::rate(0.1)).on("output.bias", Rule::frozen());
    refused!(
        Sgd::new(mlp.layout(), bias),
        UnknownBlock,
        "\"output.bias\"",
        known
    );
    refused!(mlp.layout().get::<Ix2>("W"), UnknownBlock, "\"W\"", known);
    refused!(
        WeightMovement::new(&theta(&mlp), "W"),
        UnknownBlock,
        "\"W\"",
        known
    );
    let every = Interval::every(1).unwrap();
    refused!(
        WeightTrace::<f32>::new(&mlp, "W", every),
        UnknownBlock,
        "\"W\"",
        known
    );
    let parity = Parity::new(10, &[1]).unwrap();
    refused!(
        LargestWeight::relevant(&mlp, "W", &parity),
        UnknownBlock,
        "\"W\"",
        known
    );
    let axes = "with that number of axes";
    refused!(
        WeightTrace::<f32>::new(&mlp, "hidden.bias", every),
        BlockAxes,
        "[4]",
        axes
    );
    refused!(
        LargestWeight::irrelevant(&mlp, "hidden.bias", &parity),
        BlockAxes,
        "[4]",
        axes
    );
    refused!(
        mlp.layout().get::<Ix1>("hidden.weight"),
        BlockAxes,
        "[4, 10]",
        axes
    );
    refused!(
        Arc::new(Layout::default()).get::<Ix1>("a"),
        UnknownBlock,
        "\"a\""
    );
}

#[test]
fn measures_for_another_dimension() {
    let (mlp, seeds, parity) = (mlp(), Seeds::from(1), Parity::new(11, &[1]).unwrap());
    let same = "build model and data for the same n";
    let solved = Convergence::<f32, _, _>::new(&mlp, &parity, &seeds);
    refused!(solved, Mismatch, "11", "10", same);
    refused!(
        ErrorRate::<f32, _>::clean(&mlp, &parity, &seeds),
        Mismatch,
        "11",
        "10",
        same
    );
    let examples = Batch::<f32>::new(5, 12).unwrap();
    refused!(
        ErrorRate::on("train", &mlp, examples),
        Mismatch,
        "12",
        "10",
        same
    );
    refused!(
        LargestWeight::relevant(&mlp, "hidden.weight", &parity),
        Mismatch,
        "11",
        same
    );
}

#[test]
fn transformers_that_do_not_exist() {
    let one = || Transformer::new(10, 1, 1).unwrap();
    refused!(
        one().with_layer_norm(),
        NormalizedNumber,
        "nothing is left",
        "choose d_emb >= 2"
    );
    refused!(
        one().with_activation(ActivationKind::Power),
        ActivationOfDegree,
        "Power",
        "choose relu, gelu"
    );
}

#[test]
fn initialisations_that_do_not_exist() {
    refused!(
        mlp().with_init(Init::Sparse { s: 0 }),
        Sparsity,
        "cannot have 0",
        "1 <= s <= 10"
    );
    refused!(
        mlp().with_init(Init::Sparse { s: 11 }),
        Sparsity,
        "cannot have 11",
        "1 <= s <= 10"
    );
    let odd = Mlp::new(10, 5, Relu).unwrap();
    refused!(
        odd.with_init(Init::Paired { k: 2 }),
        OddWidth,
        "not 5",
        "add or remove a neuron"
    );
    refused!(
        mlp().with_init(Init::Paired { k: 0 }),
        Zero,
        "initialisation is 0",
        "at least 1"
    );
    refused!(
        Init::Sparse { s: 3 }.affine(Layer::First, 2, 4),
        Sparsity,
        "2 entries",
        "1 <= s <= 2"
    );
}

#[test]
fn an_exponent_too_large_to_count_is_not_called_zero() {
    let error = Power::new(1 << 32).unwrap_err().to_string();
    assert!(
        error.contains("4294967296") && !error.contains("is 0"),
        "{error}"
    );
}

#[test]
fn activations_that_do_not_exist() {
    refused!(Zigzag::new(0), Zero, "pieces is 0", "at least 1");
    refused!(Zigzag::new(1 << 21), TooLarge, "2097152", "1048576");
    refused!(InfiniteZigzag::new(0), Zero, "pieces is 0", "at least 1");
    refused!(InfiniteZigzag::new(1 << 21), TooLarge, "2097152", "1048576");
    let degree = "degree k of the polynomial";
    refused!(OscillatingPolynomial::new(0), Zero, degree, "at least 1");
    refused!(
        OscillatingPolynomial::new(17),
        TooLarge,
        degree,
        "17",
        "at most 16"
    );
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let value = factor.to_string();
        refused!(
            Scaled::new(Sine, factor),
            NotPositive,
            "input scale",
            &value
        );
    }
    refused!(Scaled::inverse_sqrt(Sine, 0), Zero, "n is 0", "at least 1");
}

#[test]
fn deep_networks_that_do_not_exist() {
    let deep = |n, widths: &[usize]| DeepMlp::new(n, widths, Relu);
    refused!(deep(0, &[4]), Zero, "coordinates n is 0", "at least 1");
    refused!(deep(10, &[]), Zero, "hidden layers is 0", "at least 1");
    refused!(deep(10, &[4, 0]), Zero, "width of a hidden layer is 0");
    let odd = deep(10, &[4, 5]).unwrap();
    refused!(odd.with_init(Init::Paired { k: 2 }), OddWidth, "not 5");
    let sparse = Init::Sparse { s: 11 };
    refused!(
        deep(10, &[4, 5]).unwrap().with_init(sparse),
        Sparsity,
        "11",
        "10"
    );
    let rules = Rules::from(Rule::rate(0.1)).on("hidden3", Rule::frozen());
    let layout = deep(10, &[4, 5]).unwrap().layout().clone();
    refused!(
        Sgd::new(&layout, rules),
        UnknownBlock,
        "hidden3",
        "hidden2.weight [5, 4]"
    );
}

#[test]
fn disjoint_products_that_do_not_exist() {
    refused!(DisjointPolyNet::new(0, 3), Zero, "coordinates n is 0");
    refused!(DisjointPolyNet::new(9, 0), Zero, "factors k is 0");
    refused!(
        DisjointPolyNet::new(10, 3),
        Blocks,
        "10",
        "k = 3",
        "a multiple of k"
    );
    let model = || DisjointPolyNet::new(9, 3).unwrap();
    refused!(
        model().with_init(Init::Sparse { s: 4 }),
        Sparsity,
        "3 entries"
    );
    refused!(model().with_init(Init::Paired { k: 2 }), OddWidth, "not 1");
}

#[test]
fn sizes_beyond_any_memory() {
    let huge = usize::MAX;
    let distribution = ParityDistribution::new(10, &[1]).unwrap();
    refused!(Mlp::new(huge, 2, Relu), TooLarge, "weights", "use at most");
    refused!(Mlp::new(1 << 33, 1 << 31, Relu), TooLarge, "use at most");
    refused!(PolyNet::new(huge, 3), TooLarge, "weights");
    refused!(DisjointPolyNet::new(huge, huge), TooLarge, "weights");
    refused!(DeepMlp::new(10, &[huge], Relu), TooLarge, "weights");
    refused!(DeepMlp::new(10, &[1 << 20; 3], Relu), TooLarge, "weights");
    refused!(Signs::ones(1 << 63, 65), TooLarge, "signs");
    refused!(Batch::<f32>::new(huge, 10), TooLarge, "signs");
    refused!(
        Epochs::<f32>::draw(&distribution, huge, &Seeds::from(1)),
        TooLarge,
        "the sample size m"
    );
    refused!(Parity::new(huge, &[1]), TooLarge, "coordinates n");
    let rng = &mut Seeds::from(1).stream(Purpose::Support);
    refused!(Parity::random(1 << 40, 3, rng), TooLarge, "coordinates n");
}
