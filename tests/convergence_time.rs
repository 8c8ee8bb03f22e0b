//! t_c is exact: it is what evaluating the whole validation set at every iterate gives.
//!
//! With a target of 100 % the criterion does not ask while the newest training batch has an error,
//! and an iterate that is right on all 2¹³ validation examples has one there with chance about
//! B/2¹³; the seeds are fixed.

use sparse_parity::prelude::*;
use sparse_parity_examples::runs::{parity, trainer};

type Run = Trainer<f32, Mlp<Relu>, Hinge, Online<ParityDistribution>, Sgd>;

fn start(batch: usize, rate: f64, seeds: &Seeds) -> Run {
    let distribution = ParityDistribution::from(parity(12, 2, seeds));
    let model = Mlp::new(12, 20, Relu).unwrap();
    let sgd = Sgd::new(model.layout(), Rule::rate(rate)).unwrap();
    trainer(
        model,
        Hinge,
        Online::new(distribution, seeds),
        sgd,
        batch,
        seeds,
    )
}

/// The first iterate with at least that clean accuracy, looked for at every step.
fn by_brute_force(mut run: Run, accuracy: f64, seeds: &Seeds) -> u64 {
    let mut error = ErrorRate::clean(run.model(), &parity(12, 2, seeds), seeds).unwrap();
    while 1.0 - error.of(run.model(), run.theta()) < accuracy {
        assert!(run.steps() < 5000 && run.step(&mut ()).is_continue());
    }
    run.steps()
}

/// Brute force and criterion for each seed.
fn both(
    batch: usize,
    rate: f64,
    accuracy: f64,
    window: Option<usize>,
    seeds: impl IntoIterator<Item = u64>,
) -> Vec<(u64, u64)> {
    let pair = |seed: u64| {
        let seeds = Seeds::from(seed);
        let expected = by_brute_force(start(batch, rate, &seeds), accuracy, &seeds);
        let mut run = start(batch, rate, &seeds);
        let solved = Convergence::new(run.model(), &parity(12, 2, &seeds), &seeds).unwrap();
        let solved = solved.with_accuracy(accuracy).unwrap();
        let mut solved = match window {
            Some(examples) => solved.with_window(examples),
            None => solved,
        };
        match run.run(5000, &mut solved) {
            Stop::Solved { step } => (expected, step),
            stop => panic!("seed {seed}: {stop:?}"),
        }
    };
    seeds.into_iter().map(pair).collect()
}

fn assert_exact(pairs: &[(u64, u64)]) {
    assert!(
        pairs.iter().all(|(expected, found)| expected == found),
        "brute force and criterion: {pairs:?}"
    );
}

#[test]
fn the_convergence_time_is_exact_in_large_batches() {
    assert_exact(&both(32, 0.1, 1.0, None, 0..10));
    assert_exact(&both(8, 0.05, 1.0, None, 0..6));
}

#[test]
fn the_convergence_time_is_exact_in_batches_of_1() {
    // With a look back at older iterates, seeds 22, 50 and 1043 would be late.
    assert_exact(&both(1, 0.02, 1.0, None, [0, 1, 2, 3, 4, 5, 22, 50, 1043]));
}

#[test]
fn the_convergence_time_is_exact_in_batches_of_2_and_3() {
    assert_exact(&both(2, 0.05, 1.0, None, 0..5));
    assert_exact(&both(3, 0.1, 1.0, None, 0..5));
}

#[test]
fn the_time_to_beat_chance_is_exact() {
    assert_exact(&both(32, 0.1, 0.55, None, 0..6));
    assert_exact(&both(1, 0.02, 0.55, None, 0..4));
}

#[test]
fn a_window_gives_a_verdict_that_is_never_early() {
    for (batch, rate, accuracy, window) in [(32, 0.1, 0.55, 2048), (1, 0.02, 1.0, 8)] {
        for (expected, found) in both(batch, rate, accuracy, Some(window), 0..6) {
            assert!(found >= expected, "{expected} {found}");
        }
    }
}
