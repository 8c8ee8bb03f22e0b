//! Times whole training steps, and what it costs to know the convergence time exactly.

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use sparse_parity::prelude::*;
use sparse_parity_examples::sizes::{SIZES, Size};
use std::time::Duration;

/// A rate so small that a learner stays where it is, at the price of a full update.
const STAY: f64 = 1e-9;

type Run<M, D> = Trainer<f32, M, Hinge, Online<D>, Sgd>;

fn main() -> sparse_parity::Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    steps(&mut criterion)?;
    convergence(&mut criterion)?;
    whole_run(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

fn run<M: Model<f32>, D: Sampler>(
    model: M,
    distribution: D,
    theta: Params<f32>,
    rate: f64,
    batch: usize,
) -> sparse_parity::Result<Run<M, D>> {
    let stream = Online::new(distribution, &Seeds::from(1));
    let sgd = Sgd::new(model.layout(), Rule::rate(rate))?;
    Trainer::new(model, Hinge, stream, sgd, theta, batch)
}

fn initial(model: &impl Architecture) -> Params<f32> {
    Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init))
}

/// One step of every learner: draw, label, forward, hinge, backward, update.
fn steps(criterion: &mut Criterion) -> sparse_parity::Result<()> {
    let mut group = criterion.benchmark_group("step");
    for Size { n, width: r, batch } in SIZES {
        // The two products count as dense ones, 2·B·n·r operations each.
        group.throughput(Throughput::Elements((4 * batch * n * r) as u64));
        active_step(
            &mut group,
            Mlp::new(n, r, Relu)?,
            format!("relu n={n} r={r} B={batch}"),
            batch,
        )?;
    }
    drop(group);

    let mut group = criterion.benchmark_group("step of other learners, n=50 B=32");
    let cube = Mlp::new(50, 100, Power::new(3)?)?;
    active_step(&mut group, cube, "z^3 r=100", 32)?;
    let neuron = Mlp::new(50, 1, Sine)?;
    active_step(&mut group, neuron.clone(), "sine neuron", 32)?;
    let bare = neuron.without_output_layer();
    active_step(&mut group, bare, "sine neuron without output layer", 32)?;
    let scaled = Mlp::new(50, 1, Scaled::inverse_sqrt(Sine, 50)?)?;
    active_step(&mut group, scaled, "scaled sine neuron", 32)?;
    let zigzag = Mlp::new(50, 1, Zigzag::new(3)?)?;
    active_step(&mut group, zigzag, "zigzag neuron k=3", 32)?;
    let wave = Mlp::new(50, 1, InfiniteZigzag::new(3)?)?;
    active_step(&mut group, wave, "infinite zigzag neuron k=3", 32)?;
    let polynomial = Mlp::new(50, 1, OscillatingPolynomial::new(3)?)?;
    active_step(&mut group, polynomial, "oscillating neuron k=3", 32)?;
    let deep = DeepMlp::new(50, &[100, 100], Relu)?;
    active_step(&mut group, deep, "deep relu r=100,100", 32)?;
    let deep = DeepMlp::new(50, &[10, 10, 1], Power::new(2)?)?;
    active_step(&mut group, deep, "deep z^2 r=10,10,1", 32)?;
    let disjoint = DisjointPolyNet::new(48, 3)?;
    active_step(&mut group, disjoint, "disjoint PolyNet n=48 k=3", 32)?;
    active_step(&mut group, PolyNet::new(50, 3)?, "PolyNet k=3", 32)
}

/// Random labels cannot be learned, and half the usual weights keep the outputs below 1, so every
/// example has a gradient.
fn active_step<M: Model<f32>>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    model: M,
    name: impl Into<String>,
    batch: usize,
) -> sparse_parity::Result<()> {
    let distribution = RandomLabels::new(model.dim())?;
    let mut theta = initial(&model);
    theta.as_mut_slice().iter_mut().for_each(|w| *w *= 0.5);
    let mut trainer = run(model, distribution, theta, STAY, batch)?;
    group.bench_function(name, |bencher| bencher.iter(|| trainer.step(&mut ())));
    trainer.run(0, ());
    let outputs = trainer.snapshot().and_then(|at| at.outputs);
    let outputs = outputs.expect("the run ended at an iterate that was evaluated");
    assert!(
        outputs.out.iter().all(|f| f.abs() < 1.0),
        "an example is inactive"
    );
    Ok(())
}

/// Training with and without observers, on the plateau of a parity and near the end.
fn convergence(criterion: &mut Criterion) -> sparse_parity::Result<()> {
    let relu = Mlp::new(50, 100, Relu)?;
    let product = PolyNet::new(50, 3)?;
    observed(criterion, "relu B=32", &relu, 32)?;
    observed(criterion, "relu B=1", &relu, 1)?;
    observed(criterion, "PolyNet B=32", &product, 32)
}

fn observed<M: Model<f32> + Clone + 'static>(
    criterion: &mut Criterion,
    name: &str,
    model: &M,
    batch: usize,
) -> sparse_parity::Result<()> {
    let parity = Parity::random(model.dim(), 3, &mut Seeds::from(1).stream(Purpose::Support))?;
    let stages = [
        ("plateau", initial(model)),
        ("end", nearly_solved(model, &parity, batch)?),
    ];
    for (stage, theta) in stages {
        let group = &mut criterion.benchmark_group(format!("convergence, {name}, {stage}"));
        let start = || {
            run(
                model.clone(),
                distribution(&parity),
                theta.clone(),
                STAY,
                batch,
            )
        };
        let seeds = Seeds::from(1);
        time_steps(group, "nothing", start()?, ());
        let exact = Convergence::new(model, &parity, &seeds)?;
        time_steps(group, "Convergence", start()?, exact);
        for (label, interval) in [
            ("Recorder every 100", Interval::every(100)?),
            ("Recorder 20 a decade", Interval::per_decade(20)?),
        ] {
            let weight = model.layout().names().next().expect("a model has weights");
            let recorder = Recorder::new(interval)
                .with(BatchLoss)
                .with(ErrorRate::clean(model, &parity, &seeds)?)
                .with(WeightMovement::new(&theta, weight)?);
            time_steps(group, label, start()?, recorder);
        }
    }
    Ok(())
}

/// A run to its convergence time, and as many steps without knowing it.
fn whole_run(criterion: &mut Criterion) -> sparse_parity::Result<()> {
    let model = Mlp::new(50, 100, Relu)?;
    let seeds = Seeds::from(1);
    let parity = Parity::random(50, 3, &mut seeds.stream(Purpose::Support))?;
    let start = || {
        run(
            model.clone(),
            distribution(&parity),
            initial(&model),
            0.02,
            32,
        )
    };
    let exact = || Convergence::new(&model, &parity, &seeds);
    let mut trainer = start()?;
    let stop = trainer.run(100_000, &mut exact()?);
    assert!(matches!(stop, Stop::Solved { .. }), "{stop:?}");
    let steps = trainer.steps();

    let mut group = criterion.benchmark_group(format!("whole run of {steps} steps, relu B=32"));
    group.sample_size(10);
    group.bench_function("nothing", |bencher| {
        bencher.iter(|| start().map(|mut trainer| trainer.run(steps, ())));
    });
    group.bench_function("Convergence", |bencher| {
        bencher.iter(|| start().and_then(|mut trainer| Ok(trainer.run(steps, exact()?))));
    });
    Ok(())
}

fn distribution(parity: &Parity) -> ParityDistribution {
    ParityDistribution::from(parity.clone())
}

/// Times steps in hundreds, so that what happens once in a hundred is spread over all.
fn time_steps<M: Model<f32>>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut trainer: Run<M, ParityDistribution>,
    mut observer: impl Observer<f32, M>,
) {
    group.throughput(Throughput::Elements(100));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for _ in 0..100 {
                assert!(trainer.step(&mut observer).is_continue(), "the run ended");
            }
        });
    });
}

/// Parameters with an error rate between 0 and 1 %.
fn nearly_solved<M: Model<f32> + Clone>(
    model: &M,
    parity: &Parity,
    batch: usize,
) -> sparse_parity::Result<Params<f32>> {
    let mut trainer = run(
        model.clone(),
        distribution(parity),
        initial(model),
        0.02,
        batch,
    )?;
    let mut error = ErrorRate::clean(model, parity, &Seeds::from(1))?;
    loop {
        trainer.run(320 / batch as u64, ());
        let error = error.of(model, trainer.theta());
        if error <= 0.01 {
            assert!(error > 0.0, "the end was missed");
            return Ok(trainer.theta().clone());
        }
    }
}
