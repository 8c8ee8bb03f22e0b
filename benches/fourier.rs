//! The Walsh–Hadamard transform beside a copy of the same memory.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sparse_parity::fourier::transform;
use std::hint::black_box;

/// Work on one thread, however many there are.
fn one_thread<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a pool of one thread").install(work)
}

/// 2ⁿ values, transformed and copied: a copy reads and writes every value once, as does a pass of
/// the transform, which makes one pass up to n = 16 and two beyond.
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
        let mut run = |id: BenchmarkId| {
            group.bench_function(id, |b| {
                b.iter(|| transform(black_box(&mut values)).expect("a power of two"));
            });
        };
        one_thread(|| run(BenchmarkId::new("transform, one thread", n)));
        run(BenchmarkId::new("transform, all threads", n));
    }
    group.finish();
}

criterion_group!(benches, transforms);
criterion_main!(benches);
