//! The Walsh–Hadamard transform beside a copy of the same memory.

use criterion::{BenchmarkId, Criterion, Throughput};
use rayon::ThreadPoolBuilder;
use sparse_parity::fourier::transform;
use std::hint::black_box;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    transforms(&mut criterion);
    criterion.final_summary();
}

/// 2ⁿ values, transformed and copied: a copy reads and writes every value once, as does a pass of
/// the transform, which makes one pass up to n = 17 and two beyond. So the bound is one copy, or two.
///
/// At n = 26, 310 to 325 ms a transform and 61 to 69 a copy, 2.4 to 2.6 times the bound; at n = 20,
/// 1.7 and 0.57 ms in the calmest run, 3 copies where the bound is two. (Least processor time of one
/// thread in alternating runs, on one of two virtual cores of a Xeon, family 6, model 207, which
/// others were using.)
///
/// The values are zeros, because others would grow by 2ⁿ/² a time until they are infinite.
fn transforms(c: &mut Criterion) {
    let mut group = c.benchmark_group("fourier");
    group.sample_size(10);
    for n in [10_u32, 16, 20, 24, 26] {
        let (mut values, mut other) = (vec![1.0_f64; 1 << n], vec![0.0; 1 << n]);
        values.fill(0.0);
        group.throughput(Throughput::Bytes(8 << n));
        group.bench_function(BenchmarkId::new("copy, one thread", n), |b| {
            b.iter(|| black_box(&mut other).copy_from_slice(black_box(&values)));
        });
        for (name, threads) in [("one thread", 1), ("all threads", 0)] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.expect("threads can be started");
            let id = BenchmarkId::new(format!("transform, {name}"), n);
            group.bench_function(id, |b| {
                b.iter(|| {
                    pool.install(|| transform(black_box(&mut values)))
                        .expect("2ⁿ values")
                });
            });
        }
    }
    group.finish();
}
