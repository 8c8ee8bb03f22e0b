//! Closed forms of papers that follow up on sparse parities, on the crate's own networks and optimizers.

use ndarray::{Ix1, Ix2};
use rand::Rng;
use sparse_parity::measure::NormalisedMargin;
use sparse_parity::optim::{GroupPenalty, Pulled};
use sparse_parity::prelude::*;
use sparse_parity::seeds::LabRng;
use sparse_parity::theory::gradient::Neuron;
use sparse_parity::theory::{PopulationCorrelation, margin, sign_descent};
use sparse_parity::train::PopulationTrainer;

/// A sign with equal probability.
fn sign(rng: &mut LabRng) -> f64 {
    if rng.random() { 1.0 } else { -1.0 }
}

/// Kou, Chen, Gu and Kakade 2024: what sign descent makes of good neurons and of bad ones.
#[test]
fn sign_descent_keeps_the_support_of_good_neurons_and_shrinks_the_rest() {
    let (n, width, support) = (12, 40, [1, 4, 10]);
    let (eta, steps) = (0.1, 25);
    let activation = Power::new(3).unwrap();
    let model = Mlp::new(n, width, activation)
        .unwrap()
        .without_hidden_bias();
    let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
    let output = model.layout().get::<Ix1>("output.weight").unwrap();
    let rng = &mut Seeds::from(1).stream(Purpose::Init);
    let mut theta = Params::<f64>::zeros(model.layout());
    theta.as_mut_slice().fill_with(|| sign(rng));
    let start = theta.clone();
    let rule = Rule::rate(eta).with_decay(1.0).by(Decay::Scaled);
    let rules = Rules::from(rule).on("output", Rule::frozen());
    let signs = SignSgd::new(model.layout(), rules).unwrap();
    let signs = signs.with_threshold(0.5).unwrap();
    let loss = PopulationCorrelation {
        activation,
        support: support.to_vec(),
    };
    let mut trainer = PopulationTrainer::new(model, loss, signs, theta).unwrap();
    trainer.run(steps, ()).unwrap();
    let (end, mut good) = (trainer.theta(), 0);
    let shrunk = sign_descent::irrelevant(eta, steps).unwrap();
    assert!((shrunk - 0.071_789_8).abs() < 1e-7);
    for i in 0..width {
        let (w0, w) = (
            start.view(&weight).row(i).to_owned(),
            end.view(&weight).row(i).to_owned(),
        );
        let product: f64 = support.iter().map(|&j| w0[j]).product();
        let is_good = start.view(&output)[i] == product;
        good += usize::from(is_good);
        for j in 0..n {
            let expected = match (support.contains(&j), is_good) {
                (true, true) => w0[j],
                (true, false) => continue,
                (false, _) => w0[j] * shrunk,
            };
            assert!((w[j] - expected).abs() < 1e-12, "neuron {i}, {j}: {}", w[j]);
        }
        if !is_good {
            assert!(support.iter().all(|&j| w[j].abs() < 0.2), "neuron {i}: {w}");
        }
    }
    assert!(
        (10..30).contains(&good),
        "{good} of {width} neurons are good"
    );
}

/// Abbe, Cornacchia, Hązła and Kougang-Yombi 2024: the coefficient of the full parity at initialisation.
#[test]
fn full_parities_show_at_sign_weights_and_hardly_at_gaussian_ones() {
    let coefficient = |w: &[f64]| {
        let support: Vec<usize> = (0..w.len()).collect();
        let neuron = Neuron::new(&Relu, w, 0.0).unwrap();
        neuron.gradient(&support).unwrap().output.abs()
    };
    let rng = &mut Seeds::from(1).stream(Purpose::Init);
    let expected = [
        (8, 0.156_25),
        (10, 0.136_72),
        (12, 0.123_05),
        (14, 0.112_79),
        (20, 0.092_74),
        (30, 0.074_72),
    ];
    for (d, expected) in expected {
        let w: Vec<f64> = (0..d).map(|_| sign(rng)).collect();
        let found = coefficient(&w);
        assert!((found - expected).abs() < 5e-6, "d = {d}: {found}");
    }
    // The mean square over weights that are not signs, which is heavy-tailed: to a factor.
    let mut normal = || {
        let unit = |rng: &mut LabRng| rng.random::<f64>().max(f64::MIN_POSITIVE);
        let radius = (-2.0 * unit(rng).ln()).sqrt();
        radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
    };
    let mut mean = |d: usize, draws: usize, law: &mut dyn FnMut(f64) -> f64| {
        let draw = |_| {
            let w: Vec<f64> = (0..d).map(|_| law(normal())).collect();
            coefficient(&w).powi(2)
        };
        (0..draws).map(draw).sum::<f64>() / draws as f64
    };
    for (d, expected) in [(8, 1.3e-4), (10, 1.3e-5)] {
        let found = mean(d, 300, &mut |z| z);
        let ratio = found / expected;
        assert!((0.5..2.0).contains(&ratio), "d = {d}: {found}");
    }
    // ±1 with normal noise of deviation σ, at the variance 1.
    let mut flips = Seeds::from(2).stream(Purpose::Init);
    for (sigma, expected) in [(0.05, 9.6e-3), (0.1, 6.8e-3), (0.2, 2.2e-3), (0.4, 2.1e-4)] {
        let scale = (1.0_f64 + sigma * sigma).sqrt();
        let found = mean(14, 40, &mut |z| (sign(&mut flips) + sigma * z) / scale);
        let ratio = found / expected;
        assert!((0.5..2.0).contains(&ratio), "σ = {sigma}: {found}");
    }
}

/// Morwani and others 2024: penalised training approaches the largest margin from below.
#[test]
fn training_with_the_group_penalty_approaches_the_largest_margin() {
    let (n, k, width) = (6, 2, 12);
    let blocks = ["hidden.weight", "output.weight"];
    let model = Mlp::new(n, width, Power::new(k).unwrap())
        .unwrap()
        .without_hidden_bias();
    let parity = Parity::new(n, &[1, 4]).unwrap();
    let seeds = Seeds::from(1);
    let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
    let penalty = GroupPenalty::new(model.layout(), &blocks, 1e-3, (k + 1) as f64).unwrap();
    let mut cube = Population::new(parity.clone()).unwrap();
    let mut all = Batch::new(64, n).unwrap();
    cube.fill(&mut all);
    let optimizer = Pulled::new(penalty, sgd);
    let mut trainer =
        Trainer::new(model.clone(), CrossEntropy, cube, optimizer, theta, 64).unwrap();
    let mut measure = NormalisedMargin::on(&model, &blocks, (k + 1) as f64, all).unwrap();
    let largest = margin::parity(k).unwrap();
    let mut margins = Vec::new();
    for steps in [100, 1000, 20_000] {
        trainer.run(steps, ());
        margins.push(measure.of(&model, trainer.theta()));
    }
    assert!(margins.is_sorted(), "{margins:?}");
    assert!(
        margins[2] > 0.97 * largest && margins[2] <= largest + 1e-12,
        "{margins:?} {largest}"
    );
}
