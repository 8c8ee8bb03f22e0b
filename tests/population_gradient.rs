//! Population gradients by theory are means of ordinary gradients over the whole cube.

use ndarray::{Array1, Ix1, Ix2};
use proptest::prelude::*;
use sparse_parity::activation::*;
use sparse_parity::prelude::*;
use sparse_parity::theory::gap::{FourierGap, largest, sufficient_samples};
use sparse_parity::theory::gradient::{
    Network, NetworkGradient, Neuron, polynet_gradient, polynet_square_gradient,
};

/// The mean loss and gradient over all inputs.
fn over_the_cube<M: Model<f64>>(
    model: &M,
    theta: &Params<f64>,
    support: &[usize],
    loss: &impl Loss<f64>,
) -> (f64, Params<f64>) {
    let n = model.dim();
    let mut batch = Batch::<f64>::new(1 << n, n).unwrap();
    let parity = Parity::new(n, support).unwrap();
    Population::new(parity).unwrap().fill(&mut batch);
    let (mut cache, mut gradient) = (model.cache(1 << n), Params::zeros(model.layout()));
    let (mut out, mut d_out) = (Array1::zeros(1 << n), Array1::zeros(1 << n));
    model.forward(theta, &batch.x, &mut cache, &mut out);
    let mean = loss.mean(&batch.y, &out);
    loss.mean_grad(&batch.y, &out, &mut d_out);
    model.grad(theta, &batch.x, &mut cache, &d_out, &mut gradient);
    (mean, gradient)
}

#[track_caller]
fn assert_same(found: &NetworkGradient<f64>, (loss, gradient): &(f64, Params<f64>)) {
    let pairs = found.gradient.as_slice().iter().zip(gradient.as_slice());
    let scale = gradient
        .as_slice()
        .iter()
        .fold(1.0_f64, |m, g| m.max(g.abs()));
    let far = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(far <= 1e-12 * scale, "{far:e} apart, {:?}", found.methods);
    assert!(
        (found.loss - loss).abs() <= 1e-12 * (1.0 + loss.abs()),
        "{} {loss}",
        found.loss
    );
    assert!(found.error < 1e-11 * scale, "{}", found.error);
}

/// All variants of a two-layer network.
fn variants<A: Activation + Clone>(model: Mlp<A>) -> Vec<Mlp<A>> {
    let mut models = vec![model];
    let changes: [fn(Mlp<A>) -> Mlp<A>; 3] = [
        Mlp::without_hidden_bias,
        Mlp::without_output_layer,
        Mlp::with_output_bias,
    ];
    for change in changes {
        models.extend(models.clone().into_iter().map(change));
    }
    models
}

/// Parameters of which none vanishes.
fn draw<A: Activation>(model: &Mlp<A>, seed: u64) -> Params<f64> {
    let mut theta = Params::draw(model.layout(), &mut Seeds::from(seed).stream(Purpose::Init));
    if let Ok(block) = model.layout().get::<Ix1>("output.bias") {
        theta.view_mut(&block).fill(0.3);
    }
    theta
}

fn assert_correlation<A: Activation + Clone>(activation: A) {
    for init in [Init::Uniform, Init::Sign, Init::Sparse { s: 2 }] {
        let model = Mlp::new(7, 4, activation.clone())
            .unwrap()
            .with_init(init)
            .unwrap();
        for (seed, model) in (1..).zip(variants(model)) {
            let theta = draw(&model, seed);
            for support in [&[2][..], &[1, 5], &[6, 0, 3], &[0, 1, 2, 3]] {
                let network = Network::new(model.activation(), &theta).unwrap();
                let found = network.gradient(support).unwrap();
                assert_same(
                    &found,
                    &over_the_cube(&model, &theta, support, &Correlation),
                );
            }
        }
    }
}

#[test]
fn the_correlation_gradient_of_a_network_is_the_mean_over_the_cube() {
    assert_correlation(Relu);
    assert_correlation(Sine);
    assert_correlation(Scaled::inverse_sqrt(Sine, 7).unwrap());
    for k in [2, 3] {
        assert_correlation(Power::new(k).unwrap());
        assert_correlation(OscillatingPolynomial::new(k).unwrap());
        assert_correlation(Zigzag::new(k).unwrap());
        assert_correlation(Zigzag::new(k).unwrap().clamped());
        assert_correlation(InfiniteZigzag::new(k).unwrap());
    }
}

#[test]
fn an_activation_of_ones_own_is_summed_over_the_cube() {
    #[derive(Debug, Clone)]
    struct Softsign;
    impl Activation for Softsign {
        fn value<F: Real>(&self, z: F) -> F {
            z / (F::one() + z.abs())
        }
        fn slope<F: Real>(&self, z: F) -> F {
            let root = F::one() + z.abs();
            F::one() / (root * root)
        }
    }
    assert_correlation(Softsign);
}

#[test]
fn the_square_gradient_of_a_polynomial_network_is_the_mean_over_the_cube() {
    fn check<A: Activation + Clone>(activation: A) {
        let model = Mlp::new(6, 3, activation).unwrap();
        for (seed, model) in (1..).zip(variants(model)) {
            let theta = draw(&model, seed);
            for support in [&[2][..], &[1, 5], &[4, 0, 3]] {
                let network = Network::new(model.activation(), &theta).unwrap();
                let found = network.square_gradient(support).unwrap();
                assert_same(&found, &over_the_cube(&model, &theta, support, &Square));
            }
        }
    }
    for k in [1, 2, 3, 4] {
        check(Power::new(k).unwrap());
    }
    check(OscillatingPolynomial::new(3).unwrap());
    check(Scaled::new(Power::new(2).unwrap(), 0.5).unwrap());
    let model = Mlp::new(6, 3, Relu).unwrap();
    let theta = draw(&model, 1);
    let network = Network::new(&Relu, &theta).unwrap();
    assert!(
        network
            .square_gradient(&[0])
            .unwrap_err()
            .to_string()
            .contains("polynomial")
    );
}

#[test]
fn both_gradients_of_polynet_are_means_over_the_cube() {
    for (r, support) in [
        (1, &[3][..]),
        (2, &[0, 4]),
        (3, &[5, 1, 2]),
        (4, &[0, 1, 2, 5]),
        (3, &[2]),
        (4, &[4, 0]),
        (2, &[0, 1, 2]),
    ] {
        for model in [
            PolyNet::new(6, r).unwrap(),
            PolyNet::new(6, r).unwrap().without_bias(),
        ] {
            let mut rng = Seeds::from(r as u64).stream(Purpose::Init);
            let theta = Params::<f64>::draw(model.layout(), &mut rng);
            let weight = model.layout().get::<Ix2>("factor.weight").unwrap();
            let bias = model.layout().get::<Ix1>("factor.bias").ok();
            let zeros = Array1::zeros(r);
            let b = bias.map_or(zeros, |bias| theta.view(&bias).to_owned());
            let w = theta.view(&weight).to_owned();
            let correlation = polynet_gradient(&w, &b, support).unwrap();
            let square = polynet_square_gradient(&w, &b, support).unwrap();
            for (found, (loss, expected)) in [
                (
                    correlation,
                    over_the_cube(&model, &theta, support, &Correlation),
                ),
                (square, over_the_cube(&model, &theta, support, &Square)),
            ] {
                assert!((found.loss - loss).abs() < 1e-13, "{} {loss}", found.loss);
                let far = &found.weight - &expected.view(&weight);
                assert!(far.iter().all(|d| d.abs() < 1e-13), "{far}");
                if let Some(bias) = bias {
                    let far = &found.bias - &expected.view(&bias);
                    assert!(far.iter().all(|d| d.abs() < 1e-13), "{far}");
                }
                assert!(found.error < 1e-11);
            }
        }
    }
}

#[test]
fn a_network_in_single_precision_is_the_same_network() {
    let model = Mlp::new(8, 3, Relu).unwrap();
    let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(5).stream(Purpose::Init));
    let mut double = Params::<f64>::zeros(model.layout());
    let values = double.as_mut_slice().iter_mut().zip(theta.as_slice());
    values.for_each(|(to, &from)| *to = f64::from(from));
    let single = Network::new(&Relu, &theta)
        .unwrap()
        .gradient(&[1, 2])
        .unwrap();
    let double = Network::new(&Relu, &double)
        .unwrap()
        .gradient(&[1, 2])
        .unwrap();
    let pairs = single
        .gradient
        .as_slice()
        .iter()
        .zip(double.gradient.as_slice());
    for (&single, &double) in pairs {
        assert_eq!(single, double as f32);
    }
    assert_eq!(single.loss, double.loss);
}

#[test]
fn what_is_no_two_layer_network_is_refused() {
    let model = PolyNet::new(6, 2).unwrap();
    let theta = Params::<f64>::zeros(model.layout());
    let error = Network::new(&Relu, &theta).unwrap_err().to_string();
    assert!(error.contains("hidden.weight"), "{error}");
    let model = Mlp::new(6, 2, Relu).unwrap();
    let mut theta = Params::<f64>::zeros(model.layout());
    theta.fill(f64::NAN);
    assert!(Network::new(&Relu, &theta).is_err());
    let zeros = Params::<f64>::zeros(model.layout());
    assert!(Network::new(&Relu, &zeros).unwrap().gradient(&[]).is_err());
    assert!(Network::new(&Relu, &zeros).unwrap().gradient(&[6]).is_err());
}

/// One batch of the size of Proposition 9 reveals S, for a majority of nine coordinates.
#[test]
fn one_large_batch_reveals_the_support() {
    let (n, support) = (9, [1, 4, 6, 7]);
    let model = Mlp::new(n, 1, Relu)
        .unwrap()
        .without_output_layer()
        .without_hidden_bias();
    let mut theta = Params::<f64>::zeros(model.layout());
    theta.fill(1.0);
    let exact = Network::new(&Relu, &theta)
        .unwrap()
        .gradient(&support)
        .unwrap();
    let gap = FourierGap::of(exact.gradient.as_slice(), &support).unwrap();
    assert!((gap.gamma() - (0.01953125 - 0.01171875)).abs() < 1e-15);
    let samples = sufficient_samples(n, gap.gamma(), 0.01).unwrap() as usize;
    let distribution = ParityDistribution::new(n, &support).unwrap();
    let mut batch = Batch::<f64>::new(samples, n).unwrap();
    Online::new(distribution, &Seeds::from(1)).fill(&mut batch);
    let (mut cache, mut gradient) = (model.cache(samples), Params::zeros(model.layout()));
    let (mut out, mut d_out) = (Array1::zeros(samples), Array1::zeros(samples));
    model.forward(&theta, &batch.x, &mut cache, &mut out);
    Correlation.mean_grad(&batch.y, &out, &mut d_out);
    model.grad(&theta, &batch.x, &mut cache, &d_out, &mut gradient);
    let far = gradient.as_slice().iter().zip(exact.gradient.as_slice());
    assert!(far.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) < gap.gamma() / 2.0);
    assert_eq!(largest(gradient.as_slice(), 4).unwrap(), support);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A permutation of the coordinates permutes the gradient, and negating coordinate l turns the
    /// sign of every coefficient at a set that contains it.
    #[test]
    fn gradients_follow_the_symmetries_of_the_cube(seed: u64, n in 2_usize..12, turn in 0_usize..12, flip in 0_usize..12) {
        let model = Mlp::new(n, 1, Relu).unwrap();
        let theta = draw(&model, seed);
        let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
        let bias = model.layout().get::<Ix1>("hidden.bias").unwrap();
        let w = theta.view(&weight).row(0).to_vec();
        let b = theta.view(&bias)[0];
        let (flip, support) = (flip % n, [0, n - 1]);
        let plain = Neuron::new(&Relu, &w, b).unwrap().gradient(&support).unwrap();

        let turned: Vec<f64> = (0..n).map(|i| w[(i + turn) % n]).collect();
        let moved = support.map(|s| (s + turn * (n - 1)) % n);
        let found = Neuron::new(&Relu, &turned, b).unwrap().gradient(&moved).unwrap();
        for i in 0..n {
            prop_assert_eq!(found.weight[i], plain.weight[(i + turn) % n]);
        }

        let mut flipped = w.clone();
        flipped[flip] = -w[flip];
        let found = Neuron::new(&Relu, &flipped, b).unwrap().gradient(&support).unwrap();
        let on = if support.contains(&flip) { -1.0 } else { 1.0 };
        for i in 0..n {
            let sign = if i == flip { -on } else { on };
            prop_assert_eq!(found.weight[i], sign * plain.weight[i]);
        }
        prop_assert_eq!(found.bias, on * plain.bias);
        prop_assert_eq!(found.output, on * plain.output);
    }
}
