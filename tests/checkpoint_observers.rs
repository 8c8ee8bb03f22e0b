//! A checkpoint and an observer that was not saved in it: refused, or continued bit for bit.

use sparse_parity::prelude::*;
use sparse_parity::train::Persist;
use sparse_parity_examples::runs::{bits, parity, trainer};

type Run = Trainer<f32, Mlp<Relu>, Hinge, Online<ParityDistribution>, Sgd>;
type Net = Mlp<Relu>;

fn start() -> Run {
    let seeds = Seeds::from(1);
    let model = Mlp::new(6, 2, Relu).unwrap();
    let distribution = ParityDistribution::from(parity(6, 2, &seeds));
    let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
    trainer(
        model,
        Hinge,
        Online::new(distribution, &seeds),
        sgd,
        3,
        &seeds,
    )
}

fn recorder() -> Recorder<f32, Net> {
    Recorder::new(Interval::every(1).unwrap()).with(BatchLoss)
}

fn trace() -> WeightTrace<f32> {
    let every = Interval::every(1).unwrap();
    WeightTrace::new(start().model(), "hidden.weight", every).unwrap()
}

fn solved() -> Convergence<f32, Net, Parity> {
    let seeds = Seeds::from(1);
    Convergence::new(start().model(), &parity(6, 2, &seeds), &seeds).unwrap()
}

/// Saves after 5 steps with one observer, right after the iterate was shown, and resumes with
/// the other.
fn assert_refused_or_faithful<A, B>(mut saved_with: A, mut resumed_with: B)
where
    A: Observer<f32, Net> + Persist,
    B: Observer<f32, Net> + Persist,
{
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let (mut saved, mut run) = (start(), start());
    saved.run(5, &mut saved_with);
    saved.save(&path, &saved_with).unwrap();
    let outcome = run.resume(&path, &mut resumed_with);
    let mut expected = if outcome.is_ok() { saved } else { start() };
    assert_eq!(run.steps(), expected.steps());
    run.run(10, ());
    expected.run(10, ());
    assert_eq!(
        bits(run.theta()),
        bits(expected.theta()),
        "after {outcome:?}"
    );
}

#[test]
fn saved_with_nothing_and_resumed_with_a_recorder() {
    assert_refused_or_faithful((), recorder());
}

#[test]
fn saved_with_nothing_and_resumed_with_a_criterion() {
    assert_refused_or_faithful((), solved());
}

#[test]
fn saved_with_a_recorder_and_resumed_with_nothing() {
    assert_refused_or_faithful(recorder(), ());
}

#[test]
fn saved_with_a_recorder_and_resumed_with_a_criterion() {
    assert_refused_or_faithful(recorder(), solved());
}

#[test]
fn saved_with_a_criterion_and_resumed_with_nothing() {
    assert_refused_or_faithful(solved(), ());
}

#[test]
fn saved_with_a_criterion_and_a_recorder_and_resumed_with_the_recorder() {
    assert_refused_or_faithful((solved(), recorder()), recorder());
}

#[test]
fn saved_with_a_recorder_and_resumed_with_a_weight_trace() {
    assert_refused_or_faithful(recorder(), trace());
}

#[test]
fn a_recorder_with_other_columns_does_not_take_up_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let (mut run, mut seen) = (start(), recorder());
    run.run(5, &mut seen);
    run.save(&path, &seen).unwrap();
    let (mut run, mut more) = (start(), recorder().with(BatchError));
    if run.resume(&path, &mut more).is_ok() {
        run.run(5, &mut more);
        let (table, columns) = (more.table(), more.table().columns().len());
        assert!(
            table.rows().iter().all(|row| row.len() == columns),
            "{table:?}"
        );
    }
}

#[test]
fn a_weight_trace_and_observers_side_by_side_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let watch = || (trace(), (solved(), recorder()));
    let (mut run, mut seen) = (start(), watch());
    run.run(5, &mut seen);
    run.save(&path, &seen).unwrap();
    let (mut again, mut seen_again) = (start(), watch());
    again.resume(&path, &mut seen_again).unwrap();
    assert_eq!(run.run(10, &mut seen), again.run(10, &mut seen_again));
    assert_eq!(seen.0, seen_again.0);
    assert_eq!(seen.1.1.table(), seen_again.1.1.table());
}

#[test]
fn a_criterion_with_other_settings_takes_up_no_state() {
    fn refuse<P: Persist>(saved: &P, others: impl IntoIterator<Item = P>) {
        for mut other in others {
            let error = other.restore(saved.state()).unwrap_err();
            assert!(
                matches!(error, sparse_parity::Error::ForeignCriterion),
                "{error}"
            );
        }
    }
    let accuracy = |accuracy, window| RunningAccuracy::new(accuracy, window).unwrap();
    refuse(&accuracy(0.75, 9), [accuracy(0.8, 9), accuracy(0.75, 10)]);
    let loss = |loss, window| RunningLoss::new(loss, window).unwrap();
    refuse(&loss(0.1, 9), [loss(0.2, 9), loss(0.1, 10)]);
    let all = |count: usize| Criteria::new(vec![loss(0.1, 9); count]);
    refuse(&all(2), [all(1), all(3)]);
    let on_validation = |loss: Box<dyn Loss<f32>>, threshold, seed| {
        let (run, parity) = (start(), parity(6, 2, &1.into()));
        ValidationLoss::new(run.model(), loss, threshold, &parity, &Seeds::from(seed)).unwrap()
    };
    refuse(
        &on_validation(Box::new(Hinge), 0.1, 1),
        [
            on_validation(Box::new(Square), 0.1, 1),
            on_validation(Box::new(Hinge), 0.2, 1),
            on_validation(Box::new(Hinge), 0.1, 2),
        ],
    );
}
