//! Training one layer after the other.

use crate::{BATCH, Case, N};
use sparse_parity::ndarray::IxDyn;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;

/// Between the seeds of the batches of one layer and those of the next.
const FRESH: u64 = 1_000_000;

/// When training one hidden layer after the other is solved, in updates of all of them.
///
/// Each is trained with a readout of its own and as many fresh batches as training at once has,
/// while those below it are frozen as they were learned. What counts is the network of all layers.
pub fn layer_by_layer(case: &Case, k: usize, seeds: &Seeds) -> sparse_parity::Result<Time> {
    let parity = Parity::random(N, k, &mut seeds.stream(Purpose::Support))?;
    let (mut updates, mut below) = (0, None::<Params<f32>>);
    for depth in 1..=case.widths.len() {
        let model = DeepMlp::new(N, &case.widths[..depth], Power::new(2)?)?.with_output_bias();
        let layout = model.layout().clone();
        let mut theta = Params::<f32>::draw(&layout, &mut seeds.stream(Purpose::Init));
        let mut rules = Rules::from(Rule::rate(case.rate));
        let learned = below.iter().flat_map(Params::blocks);
        for (name, learned) in learned.filter(|(name, _)| name.starts_with("hidden")) {
            theta.view_mut(&layout.get::<IxDyn>(name)?).assign(&learned);
            rules = rules.on(name, Rule::frozen());
        }
        let fresh = Seeds {
            train: seeds.train + FRESH * depth as u64,
            ..*seeds
        };
        let mut solved = Convergence::new(&model, &parity, seeds)?;
        let stream = Online::new(ParityDistribution::from(parity.clone()), &fresh);
        let sgd = Sgd::new(&layout, rules)?;
        let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, BATCH)?;
        let stop = trainer.run(case.steps, &mut solved);
        updates += trainer.steps();
        match stop {
            Stop::Diverged { .. } => return Ok(Time::Never),
            Stop::Solved { .. } if depth == case.widths.len() => return Ok(Time::Solved(updates)),
            _ => below = Some(trainer.theta().clone()),
        }
    }
    Ok(Time::Censored(updates))
}
