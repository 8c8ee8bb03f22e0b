//! Solvers of sparse parities on one sample each, which has as many examples as decide.

use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use sparse_parity::access::{Examples, Fixed};
use sparse_parity::prelude::*;
use sparse_parity::solver::{Exhaustive, Noise, Problem, Solver};
use std::hint::black_box;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    exhaustive(&mut criterion);
    criterion.final_summary();
}

/// A problem and a sample of the size that decides, for a support that depends on the seed.
fn instance(n: usize, k: usize, p: f64, seed: u64) -> (Problem, Examples) {
    let seeds = Seeds::from(seed);
    let law = ParityDistribution::random(n, k, &mut seeds.stream(Purpose::Support));
    let law = law
        .and_then(|law| law.with_label_noise(p))
        .expect("1 ≤ k ≤ n");
    let problem = Problem::new(n, k).and_then(|problem| problem.with_noise(Noise::of(p)?));
    let problem = problem.expect("p is below 1/2");
    let m = problem.sample_size().expect("p is not near 1/2").examples;
    let batch = Batch::<f32>::draw(&law, m, &mut (&seeds).into()).expect("it has examples");
    let examples = Examples::of(&batch).expect("labels are signs");
    (problem, examples)
}

/// The time of one solver, mean over instances in turn, as the coins of some decide on how long it takes.
fn solve(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    solver: &dyn for<'a> Solver<Fixed<'a>>,
    (n, k, p): (usize, usize, f64),
    instances: u64,
) {
    let instances: Vec<_> = (0..instances).map(|seed| instance(n, k, p, seed)).collect();
    let mut seed = 0;
    group.bench_function(
        BenchmarkId::new(name, format!("({n}, {k}), p = {p}")),
        |b| {
            b.iter(|| {
                let (problem, examples) = &instances[seed as usize % instances.len()];
                let rng = &mut Seeds::from(seed).stream(Purpose::Solver);
                seed += 1;
                let report = solver.solve(problem, &mut Fixed::new(black_box(examples)), rng);
                black_box(report.expect("the sample decides"))
            });
        },
    );
}

/// Supports a second.
fn exhaustive(c: &mut Criterion) {
    let mut group = c.benchmark_group("exhaustive");
    group.sample_size(20);
    for (n, k, p) in [
        (50, 3, 0.0),
        (100, 3, 0.0),
        (200, 3, 0.0),
        (200, 4, 0.0),
        (50, 3, 0.1),
        (200, 3, 0.1),
        (200, 3, 0.3),
        (200, 4, 0.1),
    ] {
        let (problem, _) = instance(n, k, p, 0);
        group.throughput(Throughput::Elements(problem.candidates() as u64));
        solve(&mut group, "search", &Exhaustive::default(), (n, k, p), 1);
    }
    group.finish();
}
