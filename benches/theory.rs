//! Times exact population gradients of single neurons, all coordinates at once, by each method.

use criterion::{BenchmarkId, Criterion};
use sparse_parity::prelude::*;
use sparse_parity::theory::gradient::{Method, Neuron};
use std::time::Duration;

const SUPPORT: [usize; 3] = [0, 1, 2];

fn main() -> sparse_parity::Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(1500))
        .configure_from_args();
    relu(&mut criterion)?;
    others(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Uniform weights as at initialisation, of which the methods for real weights are needed.
fn weights(n: usize) -> sparse_parity::Result<Vec<f64>> {
    let model = Mlp::new(n, 1, Relu)?
        .without_hidden_bias()
        .without_output_layer();
    let mut rng = Seeds::from(1).stream(Purpose::Init);
    Ok(Params::<f64>::draw(model.layout(), &mut rng)
        .as_slice()
        .to_vec())
}

fn relu(criterion: &mut Criterion) -> sparse_parity::Result<()> {
    let mut group = criterion.benchmark_group("relu");
    for (method, sizes) in [
        (Method::Enumeration, &[20][..]),
        (Method::MeetInTheMiddle, &[20, 30, 40]),
        (Method::Quadrature, &[50, 60, 100, 200, 1000]),
    ] {
        for &n in sizes {
            let w = weights(n)?;
            let neuron = Neuron::new(&Relu, &w, 0.01)?;
            let found = neuron.gradient_by(method, &SUPPORT)?;
            println!("{method} n={n}: error {:.0e}", found.error);
            group.bench_function(BenchmarkId::new(method.name(), n), |bencher| {
                bencher.iter(|| neuron.gradient_by(method, &SUPPORT));
            });
        }
    }
    for n in [101, 1001] {
        let (ones, integers) = (vec![1.0; n], (0..n).map(|i| (i % 5 + 1) as f64));
        let integers: Vec<f64> = integers.collect();
        for (method, w) in [(Method::Binomial, &ones), (Method::Lattice, &integers)] {
            let neuron = Neuron::new(&Relu, w, 1.5)?;
            group.bench_function(BenchmarkId::new(method.name(), n), |bencher| {
                bencher.iter(|| neuron.gradient_by(method, &SUPPORT));
            });
        }
    }
    let w: Vec<f64> = (0..100).map(|i| f64::from(i % 5 + 1)).collect();
    let neuron = Neuron::new(&Relu, &w, 1.5)?;
    group.bench_function(BenchmarkId::new(Method::Counting.name(), 100), |bencher| {
        bencher.iter(|| neuron.gradient_by(Method::Counting, &SUPPORT));
    });
    Ok(())
}

fn others(criterion: &mut Criterion) -> sparse_parity::Result<()> {
    let w = weights(1000)?;
    let (sine, cube) = (Neuron::new(&Sine, &w, 0.01)?, Power::new(3)?);
    let cube = Neuron::new(&cube, &w, 0.01)?;
    let mut group = criterion.benchmark_group("other activations, n=1000");
    group.bench_function("sine", |bencher| bencher.iter(|| sine.gradient(&SUPPORT)));
    group.bench_function("cube", |bencher| bencher.iter(|| cube.gradient(&SUPPORT)));
    Ok(())
}
