//! Over the whole cube, the ordinary gradient is the population gradient of the theory.
//!
//! The gradient of the correlation loss of one neuron σ(w·x + b) is gᵢ = −E[y xᵢ σ'(w·x + b)],
//! minus the Fourier coefficient of σ'(w·x + b) at S△{i}: of degree k − 1 on S and k + 1 off it.

use ndarray::{Array1, Ix1, Ix2};
use sparse_parity::prelude::*;

const N: usize = 9;
const CUBE: usize = 1 << N;

/// The gradient in w over the whole cube, taken in batches of `rows` examples.
fn gradient<A: Activation>(
    activation: A,
    support: &[usize],
    set: impl Fn(&mut Params<f64>, &Mlp<A>),
    rows: usize,
) -> Vec<f64> {
    let model = Mlp::new(N, 1, activation).unwrap().without_output_layer();
    let mut theta = Params::<f64>::zeros(model.layout());
    set(&mut theta, &model);
    let mut stream = Population::new(Parity::new(N, support).unwrap()).unwrap();
    let mut batch = Batch::new(rows, N).unwrap();
    let (mut cache, mut out) = (model.cache(rows), Array1::zeros(rows));
    let (mut d_out, mut grad) = (out.clone(), Params::zeros(model.layout()));
    for _ in 0..CUBE / rows {
        stream.fill(&mut batch);
        model.forward(&theta, &batch.x, &mut cache, &mut out);
        Correlation.mean_grad(&batch.y, &out, &mut d_out);
        model.grad(&theta, &batch.x, &mut cache, &d_out, &mut grad);
    }
    let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
    let parts = (CUBE / rows) as f64;
    grad.view(&weight).iter().map(|g| g / parts).collect()
}

/// All weights 1, and the bias b.
fn ones<A: Activation>(b: f64) -> impl Fn(&mut Params<f64>, &Mlp<A>) {
    move |theta, model| {
        theta.fill(1.0);
        let bias = model.layout().get::<Ix1>("hidden.bias").unwrap();
        theta.view_mut(&bias).fill(b);
    }
}

fn assert_gradient(found: &[f64], support: &[usize], on: f64, off: f64) {
    for (i, &g) in found.iter().enumerate() {
        let expected = if support.contains(&i) { on } else { off };
        assert!((g - expected).abs() < 1e-12, "g[{i}] = {g}, not {expected}");
    }
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64)
}

/// The Fourier coefficient ξ_q of the majority of N signs (Titsworth), q odd.
fn majority(q: usize) -> f64 {
    let sign = if ((q - 1) / 2).is_multiple_of(2) {
        1.0
    } else {
        -1.0
    };
    let (half, middle) = ((q - 1) / 2, (N - 1) / 2);
    sign * binomial(middle, half) / binomial(N - 1, q - 1) * binomial(N - 1, middle)
        / f64::powi(2.0, N as i32 - 1)
}

#[test]
fn a_relu_neuron_at_all_ones_weights_has_the_gradient_of_majority() {
    let support = [0, 2, 5, 8];
    // σ' = (1 + Maj)/2, so the coefficients are ξ₃/2 = −.0195… on S and ξ₅/2 = +.0117… off it.
    let (on, off) = (-majority(3) / 2.0, -majority(5) / 2.0);
    assert_eq!((on, off), (0.019_531_25, -0.011_718_75));
    let found = gradient(Relu, &support, ones(0.0), CUBE);
    assert_gradient(&found, &support, on, off);
}

#[test]
fn every_even_degree_has_the_gradient_of_majority() {
    for k in [2, 4, 6, 8] {
        let support: Vec<_> = (0..k).collect();
        let found = gradient(Relu, &support, ones(0.0), CUBE);
        let (on, off) = (-majority(k - 1) / 2.0, -majority(k + 1) / 2.0);
        assert_gradient(&found, &support, on, off);
    }
}

#[test]
fn an_odd_degree_needs_a_bias() {
    let support = [1, 2, 6];
    for b in [0.0, 0.5, -0.999] {
        let found = gradient(Relu, &support, ones(b), CUBE);
        assert_gradient(&found, &support, 0.0, 0.0);
    }
    let found = gradient(Relu, &support, ones(1.5), CUBE);
    assert_gradient(&found, &support, 0.027_343_75, -0.011_718_75);
}

#[test]
fn a_power_neuron_has_no_gradient_off_the_support() {
    let set = |theta: &mut Params<f64>, _: &Mlp<Power>| {
        let values = [0.3, -0.7, 1.1, 0.2, -0.4, 0.9, 0.5, -1.3, 0.6, 0.25];
        theta.as_mut_slice().copy_from_slice(&values);
    };
    let w = [0.3, -0.7, 1.1, 0.2, -0.4, 0.9, 0.5, -1.3, 0.6];
    for support in [vec![4], vec![1, 7], vec![0, 2, 5], vec![1, 2, 5, 7]] {
        let k = support.len();
        let factorial: f64 = (1..=k).map(|i| i as f64).product();
        let found = gradient(Power::new(k).unwrap(), &support, set, CUBE);
        for (i, &g) in found.iter().enumerate() {
            let others = support.iter().filter(|&&j| j != i).map(|&j| w[j]);
            let size = factorial * others.product::<f64>();
            let expected = if support.contains(&i) { -size } else { 0.0 };
            assert!((g - expected).abs() < 1e-12, "{support:?}, {i}");
        }
    }
}

#[test]
fn the_cube_in_parts_gives_the_gradient_of_the_cube() {
    let support = [0, 2, 5, 8];
    let whole = gradient(Relu, &support, ones(0.0), CUBE);
    for rows in [1, 64] {
        let parts = gradient(Relu, &support, ones(0.0), rows);
        for (a, b) in parts.iter().zip(&whole) {
            assert!((a - b).abs() < 1e-14, "{a} {b}");
        }
    }
}
