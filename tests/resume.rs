//! A run that was saved and resumed continues bit for bit as if it had never stopped.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sparse_parity::prelude::*;
use sparse_parity_examples::runs::{bits, parity, trainer};
use std::path::Path;

/// What a run can be made of and stored with.
trait Part: Serialize + DeserializeOwned + Clone {}
impl<T: Serialize + DeserializeOwned + Clone> Part for T {}

/// A (10, 2)-parity for a ReLU network, with observers that look at much.
struct Lab<'a, S, O> {
    stream: &'a dyn Fn(&Seeds) -> S,
    optimizer: &'a dyn Fn(&Mlp<Relu>) -> O,
    batch: usize,
    seeds: Seeds,
}

type Run<F, S, O> = Trainer<F, Mlp<Relu>, Hinge, S, O>;
type Watch<F> = (Convergence<F, Mlp<Relu>, Parity>, Recorder<F, Mlp<Relu>>);

impl<'a, S: Part, O: Part> Lab<'a, S, O> {
    fn new(
        stream: &'a dyn Fn(&Seeds) -> S,
        optimizer: &'a dyn Fn(&Mlp<Relu>) -> O,
        batch: usize,
        seed: u64,
    ) -> Self {
        let seeds = Seeds::from(seed);
        Lab {
            stream,
            optimizer,
            batch,
            seeds,
        }
    }

    fn start<F: Real>(&self) -> (Run<F, S, O>, Watch<F>)
    where
        S: BatchStream<F>,
        O: Optimizer<F>,
    {
        let (model, seeds) = (Mlp::new(10, 20, Relu).unwrap(), &self.seeds);
        let target = parity(10, 2, seeds);
        let solved = Convergence::new(&model, &target, seeds).unwrap();
        let (stream, optimizer) = ((self.stream)(seeds), (self.optimizer)(&model));
        let clean = ErrorRate::clean(&model, &target, seeds).unwrap();
        let run = trainer(model, Hinge, stream, optimizer, self.batch, seeds);
        let recorder = Recorder::new(Interval::per_decade(20).unwrap())
            .with(BatchLoss)
            .with(WeightMovement::new(run.theta(), "hidden.weight").unwrap())
            .with(clean);
        (run, (solved, recorder))
    }

    /// The run from the file, everything built anew.
    fn resumed<F: Real>(&self, path: &Path) -> (Run<F, S, O>, Watch<F>)
    where
        S: BatchStream<F>,
        O: Optimizer<F>,
    {
        let (mut run, mut watch) = self.start::<F>();
        run.resume(path, &mut watch).unwrap();
        (run, watch)
    }

    /// Saves in the middle of the plateau, between two steps and at the end of a budget.
    fn survives_in_the_middle<F: Real>(&self)
    where
        S: BatchStream<F>,
        O: Optimizer<F>,
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.ckpt");
        for (at, shown) in [
            (0, false),
            (1, false),
            (13, false),
            (0, true),
            (13, true),
            (30, true),
        ] {
            let (mut run, mut watch) = self.start::<F>();
            if shown {
                run.run(at, &mut watch);
            } else {
                (0..at).for_each(|_| assert!(run.step(&mut watch).is_continue()));
            }
            run.save(&path, &watch).unwrap();
            let (again, watch_again) = self.resumed::<F>(&path);
            same((&run, &watch), (&again, &watch_again));
            self.finish((run, watch), (again, watch_again));
        }
    }

    /// Saves right after the run was solved.
    fn survives_its_end<F: Real>(&self)
    where
        S: BatchStream<F>,
        O: Optimizer<F>,
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.ckpt");
        let (mut run, mut watch) = self.start::<F>();
        let stop = run.run(5000, &mut watch);
        assert!(matches!(stop, Stop::Solved { .. }), "{stop:?}");
        run.save(&path, &watch).unwrap();
        let (mut again, mut watch_again) = self.resumed::<F>(&path);
        same((&run, &watch), (&again, &watch_again));
        assert_eq!(again.run(5000, &mut watch_again), stop);
        self.finish((run, watch), (again, watch_again));
    }

    /// Both go on to the criterion, and 50 steps beyond it.
    fn finish<F: Real>(&self, mut a: (Run<F, S, O>, Watch<F>), mut b: (Run<F, S, O>, Watch<F>))
    where
        S: BatchStream<F>,
        O: Optimizer<F>,
    {
        let (first, second) = (a.0.run(5000, &mut a.1), b.0.run(5000, &mut b.1));
        assert_eq!(first, second);
        assert!(matches!(first, Stop::Solved { .. }), "{first:?}");
        a.0.run(50, &mut a.1.1);
        b.0.run(50, &mut b.1.1);
        same((&a.0, &a.1), (&b.0, &b.1));
    }

    fn survives(&self)
    where
        S: BatchStream<f32> + BatchStream<f64>,
        O: Optimizer<f32> + Optimizer<f64>,
    {
        self.survives_in_the_middle::<f32>();
        self.survives_in_the_middle::<f64>();
        self.survives_its_end::<f32>();
        self.survives_its_end::<f64>();
    }
}

/// Equal in every bit: parameters, steps, what the snapshot shows, and the recorded table.
fn same<F: Real, S: BatchStream<F>, O: Optimizer<F>>(
    (a, seen_a): (&Run<F, S, O>, &Watch<F>),
    (b, seen_b): (&Run<F, S, O>, &Watch<F>),
) {
    assert_eq!((a.steps(), bits(a.theta())), (b.steps(), bits(b.theta())));
    assert_eq!(a.snapshot().is_some(), b.snapshot().is_some());
    if let (Some(a), Some(b)) = (a.snapshot(), b.snapshot()) {
        assert_eq!((a.step, a.loss), (b.step, b.loss));
        assert_eq!((bits(a.grad()), a.outputs), (bits(b.grad()), b.outputs));
    }
    assert_eq!(seen_a.1.table(), seen_b.1.table());
}

fn sgd(model: &Mlp<Relu>) -> Sgd {
    Sgd::new(model.layout(), Rule::rate(0.1).with_decay(1e-4)).unwrap()
}

fn adam<F: Real>(model: &Mlp<Relu>) -> Adam<F> {
    let schedule = Schedule::table([(0, 0.02), (20, 0.01)]).unwrap();
    Adam::new(model.layout(), Rule::rate(schedule)).unwrap()
}

fn nesterov<F: Real>(model: &Mlp<Relu>) -> Momentum<F> {
    let schedule = Schedule::inverse_time(0.02, 100.0).unwrap();
    let momentum = Momentum::new(model.layout(), Rule::rate(schedule)).unwrap();
    momentum.nesterov()
}

fn signs(model: &Mlp<Relu>) -> SignSgd {
    let schedule = Schedule::from_fn(100, |t| 0.01 / (1 + t / 20) as f64).unwrap();
    let signs = SignSgd::new(model.layout(), Rule::rate(schedule)).unwrap();
    signs.with_threshold(0.001).unwrap()
}

type Grokfast<F> = Filtered<F, GrokfastMa<F>, Filtered<F, GrokfastEma<F>, AdamW<F>>>;

/// Sums over 9 gradients begin anew after every ninth, and the run is saved on both sides of that.
fn grokfast<F: Real>(model: &Mlp<Relu>) -> Grokfast<F> {
    let layout = model.layout();
    let schedule = Schedule::cosine(0.01, 0.005, 50).unwrap();
    let adamw = AdamW::new(layout, Rule::rate(schedule).with_decay(0.01)).unwrap();
    let window = GrokfastMa::new(layout).unwrap().with_window(9).unwrap();
    Filtered::new(window, Filtered::new(GrokfastEma::new(layout), adamw))
}

fn noisy(seeds: &Seeds) -> ParityDistribution {
    let distribution = ParityDistribution::from(parity(10, 2, seeds));
    distribution.with_label_noise(0.05).unwrap()
}

fn online(seeds: &Seeds) -> Online<ParityDistribution> {
    Online::new(noisy(seeds), seeds)
}

fn epochs<F: Real>(seeds: &Seeds) -> Epochs<F> {
    let distribution = ParityDistribution::from(parity(10, 2, seeds));
    Epochs::draw(&distribution, 700, seeds).unwrap()
}

/// The phase changes at a step where runs are saved.
fn curriculum(seeds: &Seeds) -> Curriculum<Labelled<Biased, Parity>, ParityDistribution> {
    let biased = Biased::new(10, 0.2).unwrap();
    let first = Labelled::new(biased, parity(10, 2, seeds)).unwrap();
    Curriculum::new(first, 13, noisy(seeds), seeds).unwrap()
}

fn population(seeds: &Seeds) -> Population<Parity> {
    Population::new(parity(10, 2, seeds)).unwrap()
}

#[test]
fn noisy_online_runs_survive() {
    let batch = 32;
    Lab::new(&online, &sgd, batch, 1).survives();
    let lab = Lab::new(&online, &adam::<f32>, batch, 1);
    lab.survives_in_the_middle::<f32>();
    lab.survives_its_end::<f32>();
    let lab = Lab::new(&online, &adam::<f64>, batch, 1);
    lab.survives_in_the_middle::<f64>();
    lab.survives_its_end::<f64>();
}

#[test]
fn runs_over_a_finite_sample_survive() {
    let batch = 32;
    let lab = Lab::new(&epochs::<f32>, &sgd, batch, 1);
    lab.survives_in_the_middle::<f32>();
    lab.survives_its_end::<f32>();
    let lab = Lab::new(&epochs::<f64>, &adam::<f64>, batch, 1);
    lab.survives_in_the_middle::<f64>();
    lab.survives_its_end::<f64>();
}

#[test]
fn runs_over_the_cube_survive() {
    let batch = 96;
    Lab::new(&population, &sgd, batch, 1).survives();
    let lab = Lab::new(&population, &adam::<f32>, batch, 1);
    lab.survives_in_the_middle::<f32>();
    lab.survives_its_end::<f32>();
}

#[test]
fn runs_with_velocities_and_signs_survive() {
    let batch = 32;
    let lab = Lab::new(&online, &nesterov::<f32>, batch, 1);
    lab.survives_in_the_middle::<f32>();
    lab.survives_its_end::<f32>();
    Lab::new(&online, &signs, batch, 1).survives();
}

#[test]
fn runs_behind_filters_survive() {
    let batch = 32;
    let lab = Lab::new(&online, &grokfast::<f32>, batch, 1);
    lab.survives_in_the_middle::<f32>();
    lab.survives_its_end::<f32>();
    let lab = Lab::new(&epochs::<f64>, &grokfast::<f64>, batch, 1);
    lab.survives_in_the_middle::<f64>();
    lab.survives_its_end::<f64>();
}

#[test]
fn runs_over_a_curriculum_survive() {
    Lab::new(&curriculum, &sgd, 32, 1).survives();
}

/// Saves before the window is full, when it is, and between the times of two criteria.
#[test]
fn criteria_with_windows_survive() {
    fn criteria<O>(all: [O; 3]) -> Criteria<O> {
        Criteria::new(all)
    }
    fn survive<O>(mut all: impl FnMut(&Lab<'_, Online<ParityDistribution>, Sgd>) -> Criteria<O>)
    where
        O: Observer<f32, Mlp<Relu>> + sparse_parity::train::Persist,
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.ckpt");
        let lab = Lab::new(&online, &sgd, 16, 1);
        let mut whole = all(&lab);
        let stop = lab.start::<f32>().0.run(5000, &mut whole);
        let times: Vec<u64> = whole.times().iter().map(|t| t.unwrap()).collect();
        assert!(
            times[0] < times[2]
                && stop
                    == Stop::Solved {
                        step: *times.iter().max().unwrap()
                    }
        );
        for at in [0, 3, 10, times[0] - 1, times[0], times[0] + 1, times[2] - 1] {
            let (mut run, mut before) = (lab.start::<f32>().0, all(&lab));
            run.run(at, &mut before);
            run.save(&path, &before).unwrap();
            let (mut run, mut after) = (lab.start::<f32>().0, all(&lab));
            run.resume(&path, &mut after).unwrap();
            assert_eq!(run.run(5000, &mut after), stop);
            assert_eq!(after.times(), whole.times(), "{at}");
        }
    }
    let accuracy = |accuracy, window| RunningAccuracy::new(accuracy, window).unwrap();
    survive(|_| criteria([accuracy(0.7, 9), accuracy(0.8, 1), accuracy(0.9, 20)]));
    let loss = |loss, window| RunningLoss::new(loss, window).unwrap();
    survive(|_| criteria([loss(0.8, 9), loss(0.7, 1), loss(0.4, 20)]));
    survive(|lab| {
        let (run, parity) = (lab.start::<f32>().0, parity(10, 2, &lab.seeds));
        let below =
            |loss| ValidationLoss::new(run.model(), Hinge, loss, &parity, &lab.seeds).unwrap();
        criteria([below(0.8), below(0.5), below(0.2)])
    });
}

#[test]
fn the_convergence_time_survives_at_batch_size_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ckpt");
    let slow = |model: &Mlp<Relu>| Sgd::new(model.layout(), Rule::rate(0.02)).unwrap();
    for seed in 0..3 {
        let lab = Lab::new(&online, &slow, 1, seed);
        let (mut run, mut watch) = lab.start::<f64>();
        let stop = run.run(20_000, &mut watch);
        let Stop::Solved { step } = stop else {
            panic!("seed {seed}: {stop:?}")
        };
        for before in 1..6 {
            let (mut run, mut watch) = lab.start::<f64>();
            run.run(step - before, &mut watch);
            run.save(&path, &watch).unwrap();
            let (mut run, mut watch) = lab.resumed::<f64>(&path);
            assert_eq!(run.run(20_000, &mut watch), stop);
        }
    }
}
