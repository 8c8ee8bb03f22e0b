//! What points to an implementation of a trait implements it, and gives the same bits.

use sparse_parity::data::DataRng;
use sparse_parity::optim::fused::PlainDescent;
use sparse_parity::prelude::*;
use sparse_parity::theory::PopulationLoss;
use sparse_parity::train::Persist;
use std::sync::Arc;

fn is_activation<A: Activation>() {}
fn is_architecture<M: Architecture>() {}
fn is_filter<G: Filter<f32>>() {}
fn is_inputs<I: Inputs>() {}
fn is_loss<L: Loss<f32>>() {}
fn is_measure<Q: Measure<f32, PolyNet>>() {}
fn is_model<M: Model<f32>>() {}
fn is_observer<O: Observer<f32, PolyNet>>() {}
fn is_optimizer<O: Optimizer<f32>>() {}
fn is_persistent<P: Persist>() {}
fn is_population_loss<L: PopulationLoss<f32>>() {}
fn is_sampler<S: Sampler>() {}
fn is_stream<S: BatchStream<f32>>() {}
fn is_target<T: Target>() {}

/// Of a type that is shared, and of its pointers.
macro_rules! shared {
    ($is:ident, $($of:ty),+) => { $(
        $is::<&$of>();
        $is::<Box<$of>>();
        $is::<Arc<$of>>();
    )+ };
}

/// Of a type that is changed, and of its pointers.
macro_rules! changed {
    ($is:ident, $($of:ty),+) => { $(
        $is::<&mut $of>();
        $is::<Box<$of>>();
    )+ };
}

#[test]
fn pointers_implement_the_traits() {
    shared!(is_architecture, PolyNet, dyn Architecture);
    shared!(is_model, PolyNet, dyn Model<f32, Cache = ()>);
    shared!(is_loss, Hinge, dyn Loss<f32>);
    shared!(is_sampler, ParityDistribution);
    shared!(is_inputs, Uniform, dyn Inputs);
    shared!(is_target, Parity, dyn Target);
    is_activation::<&Relu>();
    is_activation::<Arc<Relu>>();
    changed!(is_optimizer, Sgd, dyn Optimizer<f32>);
    changed!(is_filter, GrokfastEma<f32>, dyn Filter<f32>);
    changed!(is_stream, Online<ParityDistribution>, dyn BatchStream<f32>);
    changed!(is_measure, BatchLoss, dyn Measure<f32, PolyNet>);
    changed!(is_observer, Recorder<f32, PolyNet>, dyn Observer<f32, PolyNet>);
    changed!(is_persistent, Recorder<f32, PolyNet>, dyn Persist<State = ()>);
    changed!(is_population_loss, dyn PopulationLoss<f32>);
}

/// A run made of pointers, and one made of what they point to.
#[test]
fn a_run_of_pointers_has_the_bits_of_a_run_of_values() -> sparse_parity::Result<()> {
    let seeds = Seeds::from(1);
    let distribution = || ParityDistribution::new(12, &[1, 2]);
    let model = || Mlp::new(12, 8, Relu);
    let theta = Params::<f32>::draw(model()?.layout(), &mut seeds.stream(Purpose::Init));
    let sgd = || Sgd::new(model()?.layout(), Rule::rate(0.1));

    let stream = Online::new(distribution()?, &seeds);
    let mut values = Trainer::new(model()?, Hinge, stream, sgd()?, theta.clone(), 8)?;
    values.run(50, ());

    let shared = Arc::new(Mlp::new(12, 8, Arc::new(Relu))?);
    assert_eq!(shared.identity(), model()?.identity());
    let mut stream = Online::new(Arc::new(distribution()?), &seeds);
    let mut optimizer: Box<dyn Optimizer<f32>> = Box::new(sgd()?);
    assert!(optimizer.fused().is_some() && Model::<f32>::fused(&shared).is_some());
    let mut pointers = Trainer::new(
        &shared,
        &Hinge as &dyn Loss<f32>,
        &mut stream,
        &mut optimizer,
        theta,
        8,
    )?;
    let mut recorder = Recorder::new(Interval::every(10)?).with(Box::new(BatchLoss));
    pointers.run(50, &mut recorder);
    assert_eq!(pointers.theta(), values.theta());
    assert_eq!(recorder.table().rows().len(), 6);
    Ok(())
}

/// An optimizer behind a pointer that offers its plain descent says the same factors.
#[test]
fn a_pointer_offers_the_same_descent() -> sparse_parity::Result<()> {
    let model = PolyNet::new(6, 2)?;
    let mut sgd = Sgd::new(model.layout(), Rule::rate(0.25).with_decay(0.5))?;
    let factors = |update: &dyn PlainDescent| {
        let mut descent = sparse_parity::params::Descent::default();
        update.descent(3, &mut descent);
        descent
    };
    let expected = factors(&sgd);
    let lent: &mut dyn Optimizer<f32> = &mut sgd;
    let found = (&lent).fused().map(factors);
    assert_eq!(found, Some(expected));
    Ok(())
}

/// Inputs and labels of a sampler behind a pointer.
#[test]
fn a_pointer_draws_the_same_examples() -> sparse_parity::Result<()> {
    let distribution = ParityDistribution::new(12, &[1, 2])?;
    let rng = || DataRng::from(&Seeds::from(4));
    let value = Batch::<f32>::draw(&distribution, 20, &mut rng())?;
    let pointer = Batch::draw(&&distribution, 20, &mut rng())?;
    assert_eq!(value, pointer);
    let (inputs, target) = (Uniform::new(12)?, Parity::new(12, &[1, 2])?);
    let labelled = Labelled::new(&inputs, &target)?;
    assert_eq!(Batch::draw(&labelled, 20, &mut rng())?, value);
    Ok(())
}

/// A target whose answer to a question about many rows is not that about each.
#[derive(Debug)]
struct Odd;

impl Target for Odd {
    fn dim(&self) -> usize {
        5
    }
    fn value(&self, _: &Signs, row: usize) -> f64 {
        row as f64
    }
    fn values(&self, _: &Signs, first: usize, y: &mut [f64]) {
        y.fill(100.0 + first as f64);
    }
    fn support(&self) -> Vec<usize> {
        vec![1, 4]
    }
}

/// A target that answers for each row alone.
#[derive(Debug)]
struct Even;

impl Target for Even {
    fn dim(&self) -> usize {
        5
    }
    fn value(&self, _: &Signs, row: usize) -> f64 {
        row as f64
    }
    fn support(&self) -> Vec<usize> {
        vec![2]
    }
}

#[test]
fn pointers_to_a_target_answer_as_it_does() {
    fn assert_odd(target: impl Target) {
        let x = Signs::ones(3, 5).unwrap();
        let mut y = [0.0; 2];
        target.values(&x, 1, &mut y);
        assert_eq!((target.dim(), target.value(&x, 2), y), (5, 2.0, [101.0; 2]));
        assert_eq!(target.support(), [1, 4]);
    }
    assert_odd(Odd);
    assert_odd(&Odd);
    assert_odd(Box::new(Odd));
    assert_odd(Arc::new(Odd));
    let shared: Arc<dyn Target> = Arc::new(Odd);
    assert_odd(shared);
    let mut y = [0.0; 3];
    Even.values(&Signs::ones(5, 5).unwrap(), 2, &mut y);
    assert_eq!(y, [2.0, 3.0, 4.0]);
}
