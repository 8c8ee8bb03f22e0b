//! Times drawing signs, labelling them, and their two products with real matrices.
//!
//! The products are timed by every kernel that the processor has, one beside the other. Their rates
//! count the operations of dense ones, 2·B·n·r, and `peak` is what multiply-adds alone reach.

use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use ndarray::{Array2, Ix2};
use sparse_parity::data::label;
use sparse_parity::prelude::*;
use sparse_parity::signs::Kernel;
use sparse_parity_examples::peak::MultiplyAdds;
use sparse_parity_examples::sizes::{SIZES, Size};
use std::any::type_name;
use std::collections::BTreeSet;
use std::time::Duration;

fn main() -> sparse_parity::Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    println!("products by {} unless said otherwise", Kernel::in_use());
    draws_and_labels(&mut criterion)?;
    peak(&mut criterion);
    products::<f32>(&mut criterion)?;
    products::<f64>(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Neither depends on r, so each (n, B) is timed once.
fn draws_and_labels(criterion: &mut Criterion) -> sparse_parity::Result<()> {
    let shapes = BTreeSet::from(SIZES.map(|size| (size.n, size.batch)));
    for (n, batch) in shapes {
        let shape = format!("n={n} B={batch}");
        let mut rng = Seeds::from(1).stream(Purpose::Train);
        let mut x = Signs::ones(batch, n)?;
        let mut group = criterion.benchmark_group("draws and labels");
        group.throughput(Throughput::Elements((n * batch) as u64));
        group.bench_function(BenchmarkId::new("randomize", &shape), |bencher| {
            bencher.iter(|| x.randomize(&mut rng));
        });
        let parity = Parity::new(n, &[0, 7, n - 1])?;
        let mut y = ndarray::Array1::<f32>::zeros(batch);
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::new("label", &shape), |bencher| {
            bencher.iter(|| label(&parity, &x, &mut y));
        });
    }
    Ok(())
}

fn products<F: Real>(criterion: &mut Criterion) -> sparse_parity::Result<()> {
    let mut group = criterion.benchmark_group(format!("products {}", type_name::<F>()));
    for size in SIZES {
        both_products::<F>(&mut group, size)?;
    }
    Ok(())
}

/// W and its gradient are blocks of parameters, so that they lie in memory as in training.
fn both_products<F: Real>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    size: Size,
) -> sparse_parity::Result<()> {
    let Size { n, width: r, batch } = size;
    let seeds = Seeds::from(1);
    let layout = Mlp::new(n, r, Relu)?.layout().clone();
    let weight = layout.get::<Ix2>("hidden.weight")?;
    let theta = Params::<F>::draw(&layout, &mut seeds.stream(Purpose::Init));
    let mut grad = Params::<F>::zeros(&layout);
    let mut x = Signs::ones(batch, n)?;
    x.randomize(&mut seeds.stream(Purpose::Train));
    let mut z = Array2::<F>::zeros((batch, r));
    x.project_add(&theta.view(&weight), &mut z);
    let d = z.clone();

    let shape = format!("n={n} r={r} B={batch}");
    group.throughput(Throughput::Elements((2 * batch * n * r) as u64));
    for kernel in Kernel::available() {
        let id = BenchmarkId::new(format!("project_add, {kernel}"), &shape);
        group.bench_function(id, |bencher| {
            let w = theta.view(&weight);
            bencher.iter(|| x.project_add_by(kernel, &w, &mut z));
        });
        let id = BenchmarkId::new(format!("correlate_add, {kernel}"), &shape);
        group.bench_function(id, |bencher| {
            let mut into = grad.view_mut(&weight);
            bencher.iter(|| x.correlate_add_by(kernel, &d, &mut into));
        });
    }
    Ok(())
}

/// The rate of fused multiply-adds in registers.
fn peak(criterion: &mut Criterion) {
    let Some(multiply_adds) = MultiplyAdds::detect() else {
        return;
    };
    let mut group = criterion.benchmark_group("peak f32");
    group.throughput(Throughput::Elements(multiply_adds.operations()));
    group.bench_function("multiply-adds", |bencher| {
        bencher.iter(|| multiply_adds.run());
    });
}
