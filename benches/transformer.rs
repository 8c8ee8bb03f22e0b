//! What it gains to compute once a token what the formulas say of every example.

use criterion::Criterion;
use sparse_parity::prelude::*;
use sparse_parity_examples::per_example::PerExample;
use std::time::Duration;

/// A rate so small that the learner stays where it is, at the price of a full update.
const STAY: f64 = 1e-9;

type Run<M> = Trainer<f32, M, Hinge, Online<RandomLabels>, Adam<f32>>;

fn main() -> sparse_parity::Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let small = Transformer::new(30, 64, 8)?;
    let middle = Transformer::new(15, 128, 16)?.with_mlp_width(128)?;
    for (name, model, batch) in [
        ("n=30 d=64 8 heads B=32", &small, 32),
        ("n=30 d=64 8 heads B=1", &small, 1),
        ("n=15 d=128 16 heads hidden 128 B=32", &middle, 32),
    ] {
        let mut group = criterion.benchmark_group(format!("Transformer, {name}"));
        let mut trainer = start(model.clone(), batch)?;
        group.bench_function("once a token", |b| b.iter(|| trainer.step(&mut ())));
        let mut trainer = start(PerExample(model.clone()), batch)?;
        group.bench_function("once an example", |b| b.iter(|| trainer.step(&mut ())));
    }
    criterion.final_summary();
    Ok(())
}

/// A run on random labels, which keep every example active.
fn start<M: Model<f32>>(model: M, batch: usize) -> sparse_parity::Result<Run<M>> {
    let seeds = Seeds::from(1);
    let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    let adam = Adam::new(model.layout(), Rule::rate(STAY))?;
    let stream = Online::new(RandomLabels::new(model.dim())?, &seeds);
    Trainer::new(model, Hinge, stream, adam, theta, batch)
}
