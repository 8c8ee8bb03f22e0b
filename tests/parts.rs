//! A large batch is worked on in parts, whose gradients are added one after the other.

use ndarray::{Array1, ArrayRef1, s};
use sparse_parity::measure::influences;
use sparse_parity::params::Layout;
use sparse_parity::prelude::*;
use sparse_parity::signs::Signs;
use sparse_parity_examples::runs::{bits, parity, trainer};
use std::sync::Arc;

/// Wide enough for parts of 128 examples.
const WIDTH: usize = 1024;

fn gradients_are_added_part_by_part<F: Real>(batch: usize) {
    let seeds = Seeds::from(1);
    let model = Mlp::new(20, WIDTH, Relu).unwrap();
    assert_eq!(model.rows_at_once(), 128);
    let distribution = ParityDistribution::from(parity(20, 2, &seeds));
    let sgd = Sgd::new(model.layout(), Rule::rate(0.5)).unwrap();
    let stream = Online::new(distribution, &seeds);
    let mut run = trainer::<F, _, _, _, _>(model.clone(), Hinge, stream, sgd, batch, &seeds);
    // Some steps on, some examples have no gradient, so that parts lose rows.
    assert_eq!(run.run(10, ()), Stop::Budget);
    let at = run.snapshot().unwrap();

    let outputs = at.outputs.expect("a trainer has batches");
    let (x, y) = (&outputs.batch.x, &outputs.batch.y);
    let out = model.predict(at.theta, x);
    assert_eq!(&out, outputs.out);
    let mut slopes = Array1::zeros(batch);
    Hinge.mean_grad(y, &out, &mut slopes);
    let active = slopes.iter().filter(|d| **d != F::zero()).count();
    assert!(
        0 < active && active < batch,
        "{active} of {batch} are active"
    );

    let (mut cache, mut grad) = (model.cache(batch), Params::zeros(model.layout()));
    let mut part = Signs::ones(1, 20).unwrap();
    for start in (0..batch).step_by(128) {
        let rows = start..batch.min(start + 128);
        part.gather(x, rows.clone());
        let mut out = Array1::zeros(rows.len());
        model.forward(at.theta, &part, &mut cache, &mut out);
        model.grad(
            at.theta,
            &part,
            &mut cache,
            &slopes.slice(s![rows]),
            &mut grad,
        );
    }
    assert_eq!(bits(at.grad()), bits(&grad));
}

#[test]
fn gradients_of_parts_are_added_one_after_the_other() {
    // The last part is whole, or a single row, or all but one.
    for batch in [256, 257, 383] {
        gradients_are_added_part_by_part::<f32>(batch);
        gradients_are_added_part_by_part::<f64>(batch);
    }
}

/// A network that gives another hint of what its cache keeps.
#[derive(Debug)]
struct Hinting<M>(M, usize);

impl<M: Architecture> Architecture for Hinting<M> {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn layout(&self) -> &Arc<Layout> {
        self.0.layout()
    }
    fn identity(&self) -> String {
        self.0.identity()
    }
    fn activations(&self) -> usize {
        self.1
    }
    fn rows_at_once(&self) -> usize {
        self.0.rows_at_once()
    }
}

impl<M: Model<f32>> Model<f32> for Hinting<M> {
    type Cache = M::Cache;

    fn cache(&self, batch: usize) -> Self::Cache {
        self.0.cache(batch)
    }
    fn forward(
        &self,
        theta: &Params<f32>,
        x: &Signs,
        cache: &mut Self::Cache,
        out: &mut ArrayRef1<f32>,
    ) {
        self.0.forward(theta, x, cache, out);
    }
    fn grad(
        &self,
        theta: &Params<f32>,
        x: &Signs,
        cache: &mut Self::Cache,
        d_out: &ArrayRef1<f32>,
        into: &mut Params<f32>,
    ) {
        self.0.grad(theta, x, cache, d_out, into);
    }
}

#[test]
fn the_hint_of_a_model_about_its_memory_changes_no_bit_of_a_run() {
    fn trained<M: Model<f32>>(model: M) -> Vec<u64> {
        let seeds = Seeds::from(1);
        let sgd = Sgd::new(model.layout(), Rule::rate(0.5)).unwrap();
        let distribution = ParityDistribution::from(parity(20, 2, &seeds));
        let stream = Online::new(distribution, &seeds);
        let mut run = trainer::<f32, _, _, _, _>(model, Hinge, stream, sgd, 300, &seeds);
        run.run(10, ());
        bits(run.theta())
    }
    let model = Mlp::new(20, WIDTH, Relu).unwrap();
    assert!(model.activations() > 1);
    assert_eq!(trained(Hinting(model.clone(), 1)), trained(model));
}

#[test]
fn the_hint_of_a_model_about_its_memory_changes_no_influence() {
    let model = PolyNet::new(9, 3).unwrap();
    let rng = &mut Seeds::from(1).stream(Purpose::Init);
    let theta = Params::draw(model.layout(), rng);
    let mut x = Signs::ones(700, 9).unwrap();
    x.randomize(rng);
    let expected = influences::<f32, _>(&model, &theta, &x);
    // Some of these let fewer rows be worked on at once, some more.
    for hint in [1, 1 << 15, 40_000, 1 << 30] {
        let hinting = Hinting(model.clone(), hint);
        assert_eq!(influences(&hinting, &theta, &x), expected, "hint {hint}");
    }
}
