//! Training one layer after the other.

use serde::{Deserialize, Serialize};
use sparse_parity::ndarray::IxDyn;
use sparse_parity::prelude::*;
use sparse_parity::stats::Time;
use sparse_parity::train::Cancelled;
use std::sync::atomic::AtomicBool;

/// Between the seeds of the batches of one layer and those of the next.
const FRESH: u64 = 1_000_000;

/// A quadratic network whose hidden layers learn a random (n, k)-parity one after the other.
///
/// Each is trained with a readout of its own and as many fresh batches as training at once has,
/// while those below it are frozen as they were learned. What counts is the network of all layers. The
/// outcome is the convergence time, in updates of all layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayerByLayer {
    /// The number of coordinates.
    pub n: usize,
    /// The number of relevant coordinates.
    pub k: usize,
    /// The widths of the hidden layers.
    pub widths: Vec<usize>,
    /// The batch size B.
    pub batch: usize,
    /// The learning rate η.
    pub rate: f64,
    /// The number of updates of each layer.
    pub max_steps: u64,
}

impl Default for LayerByLayer {
    fn default() -> Self {
        LayerByLayer {
            n: 12,
            k: 4,
            widths: vec![2, 1],
            batch: 32,
            rate: 0.05,
            max_steps: 20_000,
        }
    }
}

impl Experiment for LayerByLayer {
    type Outcome = Time;
    const NAME: &'static str = "layer-by-layer";
    const REVISION: u32 = 2;

    fn run_until(&self, seeds: &Seeds, stop: &AtomicBool) -> sparse_parity::Result<Option<Time>> {
        let parity = Parity::random(self.n, self.k, &mut seeds.stream(Purpose::Support))?;
        let (mut updates, mut below) = (0, None::<Params<f32>>);
        for depth in 1..=self.widths.len() {
            let widths = &self.widths[..depth];
            let model = DeepMlp::new(self.n, widths, Power::new(2)?)?.with_output_bias();
            let layout = model.layout().clone();
            let mut theta = Params::<f32>::draw(&layout, &mut seeds.stream(Purpose::Init));
            let mut rules = Rules::from(Rule::rate(self.rate));
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
            let mut trainer = Trainer::new(model, Hinge, stream, sgd, theta, self.batch)?;
            let end = trainer.run(self.max_steps, (Cancelled(stop), &mut solved));
            updates += trainer.steps();
            match end {
                Stop::GivenUp { .. } => return Ok(None),
                Stop::Diverged { .. } => return Ok(Some(Time::Never)),
                Stop::Solved { .. } if depth == self.widths.len() => {
                    return Ok(Some(Time::Solved(updates)));
                }
                _ => below = Some(trainer.theta().clone()),
            }
        }
        Ok(Some(Time::Censored(updates)))
    }

    fn time(time: &Time) -> Option<Time> {
        Some(*time)
    }
}
