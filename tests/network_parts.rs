//! A network from parts is the network that has the same parts inside.

use ndarray::{Array1, Array2, Axis, Zip};
use sparse_parity::model::DeepMlpSettings;
use sparse_parity::model::parts::{Active, Affine, Readout};
use sparse_parity::params::{Layer, Layout};
use sparse_parity::prelude::*;

/// Inputs, labels, and parameters of a network.
fn drawn(model: &impl Architecture, rows: usize) -> (Signs, Array1<f64>, Params<f64>) {
    let rng = &mut Seeds::from(7).stream(Purpose::Train);
    let mut x = Signs::ones(rows, model.dim()).unwrap();
    x.randomize(rng);
    let y = Array1::from_shape_fn(rows, |row| if row % 3 == 0 { 1.0 } else { -1.0 });
    (x, y, Params::draw(model.layout(), rng))
}

/// Derivatives of which some are 0.
fn derivatives(y: &Array1<f64>, out: &Array1<f64>) -> Array1<f64> {
    let slope = |(row, (&y, &f)): (usize, (&f64, &f64))| match row % 4 {
        0 => 0.0,
        _ => Hinge.slope(y, f),
    };
    y.iter().zip(out).enumerate().map(slope).collect()
}

fn assert_near(found: &Params<f64>, expected: &Params<f64>) {
    for (found, expected) in found.as_slice().iter().zip(expected.as_slice()) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}

#[test]
fn affine_and_readout_are_a_two_layer_network() {
    let (n, width, rows, init) = (11, 21, 30, Init::default());
    let model = Mlp::new(n, width, Tanh).unwrap().with_output_bias();
    let mut layout = Layout::default();
    let values = init.affine(Layer::First, n, width).unwrap();
    let hidden = Affine::declare(&mut layout, "hidden", (width, n), values, true);
    let readout = Readout::declare(&mut layout, width, init, true, true).unwrap();
    assert!(model.layout().names().eq(layout.names()));

    let (x, y, theta) = drawn(&model, rows);
    let (mut z, mut out) = (Array2::zeros((0, 0)), Array1::zeros(rows));
    hidden.forward(&theta, &x, &mut z);
    readout.forward(&theta, &z.mapv(|z| Tanh.value(z)), &mut out);
    let mut cache = model.cache(rows);
    let mut expected = Array1::zeros(rows);
    model.forward(&theta, &x, &mut cache, &mut expected);
    // In the same order of summation.
    assert_eq!(out, expected);

    let d_out = derivatives(&y, &out);
    let [mut grad, mut of_model] = [(); 2].map(|()| Params::zeros(model.layout()));
    model.grad(&theta, &x, &mut cache, &d_out, &mut of_model);
    let mut active = Active::new(rows, n);
    let (x, places) = active.of(&x, &d_out);
    let (z, d_out) = (z.select(Axis(0), places), d_out.select(Axis(0), places));
    let mut d = readout.grad(&theta, &z.mapv(|z| Tanh.value(z)), &d_out, &mut grad);
    d.zip_mut_with(&z, |d, &z| *d *= Tanh.slope(z));
    hidden.grad(x, &d, &mut grad);
    assert_near(&grad, &of_model);
}

#[test]
fn dense_maps_are_the_layers_of_a_deep_network() {
    let (n, widths, rows, init) = (9, [18, 7], 20, Init::default());
    let settings = DeepMlpSettings {
        widths: widths.into(),
        ..DeepMlpSettings::default()
    };
    let with_bias = settings.output_bias;
    let model = DeepMlp::from_settings(n, settings.with_activation(Tanh), init).unwrap();
    let mut layout = Layout::default();
    let mut map = |name, layer, shape: (usize, usize)| {
        let values = init.affine(layer, shape.1, shape.0).unwrap();
        Affine::declare(&mut layout, name, shape, values, true)
    };
    let first = map("hidden1", Layer::First, (widths[0], n));
    let second = map("hidden2", Layer::Middle, (widths[1], widths[0]));
    let readout = Readout::declare(&mut layout, widths[1], init, true, with_bias).unwrap();
    assert!(layout.names().eq(model.layout().names()));

    let (x, y, theta) = drawn(&model, rows);
    let sigma = |z: &Array2<f64>| z.mapv(|z| Tanh.value(z));
    let [mut z, mut above] = [(); 2].map(|()| Array2::zeros((0, 0)));
    let mut out = Array1::zeros(rows);
    first.forward(&theta, &x, &mut z);
    second.forward_dense(&theta, &sigma(&z), &mut above);
    readout.forward(&theta, &sigma(&above), &mut out);
    let mut cache = model.cache(rows);
    let mut expected = Array1::zeros(rows);
    model.forward(&theta, &x, &mut cache, &mut expected);
    assert_eq!(out, expected);

    let d_out = derivatives(&y, &out);
    let [mut grad, mut of_model] = [(); 2].map(|()| Params::zeros(model.layout()));
    model.grad(&theta, &x, &mut cache, &d_out, &mut of_model);
    let times_slope = |d: &mut Array2<f64>, z: &Array2<f64>| {
        Zip::from(d).and(z).for_each(|d, &z| *d *= Tanh.slope(z));
    };
    let mut d = readout.grad(&theta, &sigma(&above), &d_out, &mut grad);
    times_slope(&mut d, &above);
    second.grad_dense(&sigma(&z), &d, &mut grad);
    let mut d = second.back(&theta, &d);
    times_slope(&mut d, &z);
    first.grad(&x, &d, &mut grad);
    assert_near(&grad, &of_model);
}
