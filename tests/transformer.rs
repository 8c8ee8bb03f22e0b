//! The Transformer computes once a token what its formulas say of every example.

use ndarray::{Array1, Ix1, Ix2};
use proptest::prelude::*;
use sparse_parity::activation::ActivationKind;
use sparse_parity::check::model_laws;
use sparse_parity::params::Init;
use sparse_parity::prelude::*;
use sparse_parity_examples::per_example::PerExample;

/// Outputs, and the gradient of their sum with weights that single one example out.
fn answers<F: Real, M: Model<F>>(
    model: &M,
    theta: &Params<F>,
    x: &Signs,
) -> (Array1<F>, Params<F>) {
    let (mut cache, mut out) = (model.cache(x.rows()), Array1::zeros(x.rows()));
    model.forward(theta, x, &mut cache, &mut out);
    let d_out = Array1::from_shape_fn(x.rows(), |row| F::of(0.5 - (row % 4) as f64 / 2.0));
    let mut grad = Params::zeros(model.layout());
    model.grad(theta, x, &mut cache, &d_out, &mut grad);
    (out, grad)
}

/// Compares with the oracle, relative to 1 + the largest magnitude.
///
/// Normalisation divides by the spread of numbers that may be all but equal. What any way of computing must then lose is
/// seen from the oracle itself, at parameters that differ in their last digit, and is allowed beside the tolerance.
fn assert_agrees<F: Real>(model: &Transformer, theta: &Params<F>, x: &Signs, tolerance: f64) {
    let oracle = |theta: &Params<F>| numbers(&answers(&PerExample(model.clone()), theta, x));
    let (found, expected) = (numbers(&answers(model, theta, x)), oracle(theta));
    let scale = 1.0 + expected.iter().fold(0.0, |most, b| b.abs().max(most));
    let sensitivity = (0..4)
        .map(|seed| furthest(&oracle(&last_digits(theta, seed)), &expected).1)
        .fold(0.0, f64::max);
    let (place, distance) = furthest(&found, &expected);
    let (a, b) = (found[place], expected[place]);
    assert!(
        distance <= tolerance * scale + 64.0 * sensitivity,
        "{place}: {a} instead of {b}, sensitivity {sensitivity:e}, {model:?}"
    );
}

fn numbers<F: Real>((out, grad): &(Array1<F>, Params<F>)) -> Vec<f64> {
    let all = out.iter().chain(grad.as_slice());
    all.map(|number| number.as_f64()).collect()
}

/// The place where two lists differ most, and by how much.
fn furthest(a: &[f64], b: &[f64]) -> (usize, f64) {
    let distances = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    let by_distance = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
    distances.enumerate().max_by(by_distance).unwrap()
}

/// Every parameter a digit up or down, as coins say.
fn last_digits<F: Real>(theta: &Params<F>, seed: u64) -> Params<F> {
    let mut coins = Signs::ones(1, theta.as_slice().len()).unwrap();
    coins.randomize(&mut Seeds::from(seed).stream(Purpose::Eval));
    let mut moved = theta.clone();
    for (place, w) in moved.as_mut_slice().iter_mut().enumerate() {
        let coin = F::of(if coins.is_negative(0, place) {
            -1.0
        } else {
            1.0
        });
        *w *= F::one() + coin * F::epsilon();
    }
    moved
}

fn draw<F: Real>(model: &Transformer, seed: u64, factor: f64) -> Params<F> {
    let mut theta = Params::draw(model.layout(), &mut Seeds::from(seed).stream(Purpose::Init));
    // Gain and shift are no longer 1 and 0.
    let wave = |place: usize| F::of(0.1 * (place as f64).sin());
    for (place, w) in theta.as_mut_slice().iter_mut().enumerate() {
        *w = *w * F::of(factor) + wave(place);
    }
    theta
}

fn inputs(rows: usize, n: usize, seed: u64) -> Signs {
    let mut x = Signs::ones(rows, n).unwrap();
    x.randomize(&mut Seeds::from(seed).stream(Purpose::Eval));
    x
}

fn variants(n: usize, d_attn: usize, heads: usize, mlp_width: usize) -> Vec<Transformer> {
    let model = Transformer::new(n, d_attn * heads, heads).unwrap();
    let model = model.with_mlp_width(mlp_width).unwrap();
    let gelu = |model: &Transformer| {
        let model = model.clone().with_activation(ActivationKind::Gelu);
        model.unwrap()
    };
    let mut all = vec![
        model.clone(),
        model.clone().with_residual(),
        model.clone().without_output_bias(),
        gelu(&model).without_scaled_scores(),
    ];
    // One number cannot be normalised.
    if let Ok(normalized) = model.with_layer_norm() {
        let both = gelu(&normalized).with_residual();
        all.extend([normalized, both]);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_equals_the_formulas_example_by_example(
        n in 1_usize..70, d_attn in 1_usize..9, heads in 1_usize..5, mlp_width in 1_usize..40,
        rows in 1_usize..9, factor in 0.1..4.0, seed: u64,
    ) {
        for model in variants(n, d_attn, heads, mlp_width) {
            let x = inputs(rows, n, seed);
            assert_agrees::<f64>(&model, &draw(&model, seed, factor), &x, 1e-12);
        }
    }

    #[test]
    fn it_obeys_the_laws_of_a_model(
        n in 1_usize..12, d_attn in 1_usize..4, heads in 1_usize..4, mlp_width in 1_usize..9,
        seed: u64,
    ) {
        for model in variants(n, d_attn, heads, mlp_width) {
            model_laws(&model, seed).unwrap();
            sparse_parity::check::precision_law(&model, seed).unwrap();
        }
    }
}

#[test]
fn an_example_far_below_the_best_token_keeps_its_precision() {
    // Scores are 16 times the first number of an embedding: 960 for any coordinate of −1. Beside
    // that, all weights of the example without one would be 0.
    let model = Transformer::new(6, 8, 2).unwrap();
    let mut theta = draw::<f64>(&model, 3, 1.0);
    let matrix = |name| model.layout().get::<Ix2>(name).unwrap();
    let query = model.layout().get::<Ix1>("embedding.query").unwrap();
    theta.view_mut(&query).fill(1.0);
    theta.view_mut(&matrix("attention.query")).fill(1.0);
    theta.view_mut(&matrix("attention.key")).fill(0.0);
    theta
        .view_mut(&matrix("attention.key"))
        .column_mut(0)
        .fill(1.0);
    theta
        .view_mut(&matrix("embedding.position"))
        .column_mut(0)
        .fill(0.0);
    theta.view_mut(&matrix("embedding.position"))[[2, 0]] = 0.05;
    theta.view_mut(&matrix("embedding.token"))[[0, 0]] = 60.0;
    theta.view_mut(&matrix("embedding.token"))[[1, 0]] = 0.0;
    assert_agrees(&model, &theta, &Signs::cube(6).unwrap(), 1e-12);
}

#[test]
fn the_size_of_the_paper_equals_the_formulas() {
    // The hidden layer is kept narrow for the time that it takes. Sums have up to 1024 terms, so
    // that rounding is some √1024 · 2⁻⁵³ = 4e-15 a layer, far below the tolerance.
    let model = Transformer::paper(3).unwrap().with_mlp_width(64).unwrap();
    assert_eq!((model.d_emb(), model.heads()), (1024, 128));
    let theta = draw::<f64>(&model, 7, 1.0);
    assert_agrees(&model, &theta, &inputs(2, 3, 7), 1e-12);
}

#[test]
fn every_initialisation_that_fits_gives_a_model() {
    let model = Transformer::small(7).unwrap();
    for init in [
        Init::Uniform,
        Init::Xavier,
        Init::Gaussian,
        Init::Bernoulli,
        Init::Sign,
    ] {
        let model = model.clone().with_init(init).unwrap();
        assert_agrees::<f64>(&model, &draw(&model, 5, 0.5), &inputs(4, 7, 5), 1e-12);
    }
    for init in [Init::Paired { k: 2 }, Init::Sparse { s: 3 }] {
        let told = model.clone().with_init(init).unwrap_err().to_string();
        assert!(told.contains("choose another initialisation"), "{told}");
    }
}

#[test]
fn a_normalised_transformer_forgets_the_scale_of_its_embeddings() {
    // But for ε, which is small beside the variance of the embeddings.
    let model = Transformer::small(9).unwrap();
    let theta = draw::<f64>(&model, 4, 1.0);
    let mut scaled = theta.clone();
    for name in ["embedding.token", "embedding.position", "embedding.query"] {
        let block = model.layout().get::<ndarray::IxDyn>(name).unwrap();
        scaled.view_mut(&block).mapv_inplace(|w| 100.0 * w);
    }
    let x = inputs(5, 9, 1);
    let (out, scaled) = (model.predict(&theta, &x), model.predict(&scaled, &x));
    for (a, b) in out.iter().zip(&scaled) {
        assert!((a - b).abs() < 1e-3 * a.abs().max(0.1), "{a} and {b}");
    }
}

#[test]
fn matrices_of_single_heads_have_their_own_fan_in() {
    let largest = |model: &Transformer, name| {
        let mut rng = Seeds::from(3).stream(Purpose::Init);
        let theta = Params::<f64>::draw(model.layout(), &mut rng);
        let block = model.layout().get::<Ix2>(name).unwrap();
        theta
            .view(&block)
            .fold(0.0, |most: f64, w| most.max(w.abs()))
    };
    let whole = Transformer::new(9, 64, 8).unwrap();
    let with = |init| whole.clone().with_init(init).unwrap();
    for (init, name, whole, per_head) in [
        (Init::Xavier, "attention.key", 6.0 / 128.0, 6.0 / 72.0),
        (Init::Xavier, "attention.output", 6.0 / 128.0, 6.0 / 72.0),
        (Init::Uniform, "attention.value", 1.0 / 64.0, 1.0 / 64.0),
        (Init::Uniform, "attention.output", 1.0 / 64.0, 1.0 / 8.0),
    ] {
        for (model, square) in [
            (with(init), whole),
            (with(init).with_per_head_init(), per_head),
        ] {
            let (found, bound) = (largest(&model, name), f64::sqrt(square));
            assert!(found <= bound && found > 0.99 * bound, "{name}: {found}");
        }
    }
}
