//! Solvers of sparse parities on one sample each, which has as many examples as decide.
//!
//! If the environment variable `M4RI` names the program made of benches/peers/m4ri.c, its times for elimination are taken in
//! the same run.

use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use sparse_parity::access::{Examples, Fixed};
use sparse_parity::prelude::*;
use sparse_parity::solver::{
    Bkw, Elimination, Exhaustive, FourLists, MeetInTheMiddle, Noise, NoisyMeet, Problem, Reduction,
    Solver, SubsetElimination,
};
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    exhaustive(&mut criterion);
    meet(&mut criterion);
    elimination(&mut criterion);
    subset(&mut criterion);
    bkw(&mut criterion);
    criterion.final_summary();
}

/// A problem and a sample of the size that decides, for a support that depends on the seed.
fn instance(n: usize, k: usize, p: f64, seed: u64) -> (Problem, Examples) {
    let problem = Problem::new(n, k).and_then(|problem| problem.with_noise(Noise::of(p)?));
    let problem = problem.expect("p is below 1/2");
    let m = problem.sample_size().expect("p is not near 1/2").examples;
    (problem, sample(n, k, p, m, seed))
}

fn sample(n: usize, k: usize, p: f64, m: usize, seed: u64) -> Examples {
    let seeds = Seeds::from(seed);
    let law = ParityDistribution::random(n, k, &mut seeds.stream(Purpose::Support));
    let law = law
        .and_then(|law| law.with_label_noise(p))
        .expect("1 ≤ k ≤ n");
    let batch = Batch::<f32>::draw(&law, m, &mut (&seeds).into()).expect("it has examples");
    Examples::of(&batch).expect("labels are signs")
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

/// Supports a second. At (200, 4), where the lists are scanned nearly all the time, clean 3·10¹⁰ with AVX2, and at p = 0.1
/// 3.6·10⁹ with AVX2, 1.0·10¹⁰ with AVX-512 and 1.1·10⁹ without either. (Median processor time of one thread, EPYC, family
/// 25, model 17, in a virtual machine of two cores that others were using.)
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

/// The time until the support is found. On the same machine (200, 4) takes 0.15 ms, (100, 6) 0.47 ms and (1000, 4) 3.2 ms without
/// noise, and (200, 4) 0.96 ms and (100, 6) 4.4 ms at p = 0.1.
fn meet(c: &mut Criterion) {
    let mut group = c.benchmark_group("meet");
    group.sample_size(20);
    for (n, k) in [
        (50, 3),
        (200, 3),
        (200, 4),
        (1000, 4),
        (100, 5),
        (100, 6),
        (200, 6),
    ] {
        solve(
            &mut group,
            "halves",
            &MeetInTheMiddle::default(),
            (n, k, 0.0),
            30,
        );
    }
    for (n, k) in [(200, 4), (1000, 4), (100, 6), (200, 6)] {
        solve(&mut group, "quarters", &FourLists, (n, k, 0.0), 30);
    }
    for (n, k, p) in [
        (200, 3, 0.1),
        (200, 4, 0.1),
        (50, 6, 0.1),
        (100, 6, 0.05),
        (100, 6, 0.1),
    ] {
        solve(&mut group, "noisy", &NoisyMeet, (n, k, p), 30);
    }
    group.finish();
}

/// n + 20 examples of n coordinates, of which S is the only solution.
fn elimination(c: &mut Criterion) {
    let mut group = c.benchmark_group("elimination");
    group.sample_size(10);
    for n in [20, 50, 100, 200, 1000, 10_000] {
        let seeds = Seeds::from(1);
        let law = ParityDistribution::random(n, 3, &mut seeds.stream(Purpose::Support));
        let law = law.expect("3 ≤ n");
        let batch = Batch::<f32>::draw(&law, n + 20, &mut (&seeds).into());
        let examples = Examples::of(&batch.expect("it has examples")).expect("labels are signs");
        let problem = Problem::new(n, 3).expect("3 ≤ n");
        let rng = &mut seeds.stream(Purpose::Solver);
        group.bench_function(BenchmarkId::new("solver", n), |b| {
            b.iter(|| {
                let mut oracle = Fixed::new(black_box(&examples));
                let report = Elimination.solve(&problem, &mut oracle, rng);
                black_box(report.expect("the rank is n"))
            });
        });
        let Ok(peer) = std::env::var("M4RI") else {
            continue;
        };
        for method in ["full", "forward", "solve"] {
            group.bench_function(BenchmarkId::new(format!("m4ri {method}"), n), |b| {
                b.iter_custom(|times| {
                    let arguments = [n as u64, n as u64 + 20, times].map(|x| x.to_string());
                    let mut command = Command::new(&peer);
                    let output = command.arg(method).args(arguments).output();
                    let output = output.expect("M4RI is a program").stdout;
                    let told = String::from_utf8(output).expect("it prints numbers");
                    let total = told.split(' ').next().expect("it prints two numbers");
                    Duration::from_nanos(total.parse().expect("it prints nanoseconds"))
                });
            });
        }
    }
    group.finish();
}

fn subset(c: &mut Criterion) {
    let mut group = c.benchmark_group("subset elimination");
    group.sample_size(20);
    let best = SubsetElimination::default();
    for instance in [(50, 3, 0.1), (50, 10, 0.1), (100, 6, 0.05), (100, 10, 0.05)] {
        solve_fresh(&mut group, "best q", &best, instance, 20);
    }
    let pooled = SubsetElimination::pooled();
    solve_fresh(&mut group, "pooled", &pooled, (100, 50, 0.05), 20);
    group.finish();
}

fn bkw(c: &mut Criterion) {
    let mut group = c.benchmark_group("BKW");
    group.sample_size(10);
    for (name, reduction) in [("LF1", Reduction::Lf1), ("LF2", Reduction::Lf2)] {
        for instance in [(27, 13, 0.1), (48, 24, 0.1), (60, 30, 0.1)] {
            solve_fresh(&mut group, name, &Bkw { reduction }, instance, 3);
        }
    }
    group.finish();
}

/// The same as [`solve`] with as many examples as the solver plans.
fn solve_fresh(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    solver: &dyn for<'a> Solver<Fixed<'a>>,
    (n, k, p): (usize, usize, f64),
    instances: u64,
) {
    let problem = Problem::new(n, k).and_then(|problem| problem.with_noise(Noise::of(p)?));
    let problem = problem.expect("p is below 1/2");
    let plan = solver.plan(&problem).expect("it is within the limits");
    let m = plan.sample.expect("it draws examples").examples;
    let samples: Vec<_> = (0..instances)
        .map(|seed| sample(n, k, p, m, seed))
        .collect();
    let mut seed = 0;
    group.bench_function(
        BenchmarkId::new(name, format!("({n}, {k}), p = {p}, m = {m}")),
        |b| {
            b.iter(|| {
                let examples = &samples[seed as usize % samples.len()];
                let rng = &mut Seeds::from(seed).stream(Purpose::Solver);
                seed += 1;
                let report = solver.solve(&problem, &mut Fixed::new(black_box(examples)), rng);
                black_box(report.expect("there are examples enough"))
            });
        },
    );
}
