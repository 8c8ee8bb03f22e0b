//! Runs without sampling noise, and runs that do not move: the theory's learners as experiments.

/// The [`Problem`] of settings, whose fields have the same names in all runs.
macro_rules! problem {
    ($settings:ident) => {
        Problem {
            n: $settings.n,
            k: $settings.k,
            network: &$settings.network,
            init: $settings.init,
        }
    };
}

mod accumulation;
#[cfg(feature = "flow")]
mod flow;
mod population;

pub use accumulation::{Accumulated, Accumulation};
#[cfg(feature = "flow")]
pub use flow::FlowRun;
pub use population::{PopulationOutcome, PopulationRun};

use crate::activation::{Activation, ActivationVisitor, Relu};
use crate::data::Parity;
use crate::error::Result;
use crate::measure::{BatchLoss, LargestWeight, Recorder, Table};
use crate::model::{Architecture, Mlp, MlpSettings};
use crate::params::{Init, Params};
use crate::seeds::{Purpose, Seeds};
use crate::theory::gap::largest;
use crate::theory::{PopulationCorrelation, PopulationLoss};
use crate::train::{Observer, Snapshot, Stop, observer_fn};
use std::ops::ControlFlow;

/// The network and the parity of a run, as data.
struct Problem<'a> {
    n: usize,
    k: usize,
    network: &'a MlpSettings,
    init: Init,
}

impl Problem<'_> {
    fn parity(&self, seeds: &Seeds) -> Result<Parity> {
        Parity::random(self.n, self.k, &mut seeds.stream(Purpose::Support))
    }

    /// An upper bound of the number of parameters.
    fn parameters(&self) -> u64 {
        (self.network.width as u64).saturating_mul((self.n as u64).saturating_add(2))
    }
}

/// The layout of a run, whatever the activation: no output is computed, and the loss knows the activation.
type Network = Mlp<Relu>;

/// The beginning of a run along the population correlation loss.
struct Start {
    parity: Parity,
    model: Network,
    theta: Params<f64>,
    loss: Box<dyn PopulationLoss<f64>>,
}

impl Start {
    fn of(problem: &Problem<'_>, seeds: &Seeds) -> Result<Self> {
        let (n, k, settings) = (problem.n, problem.k, problem.network.clone());
        let parity = problem.parity(seeds)?;
        let loss = settings.activation.with_activation(n, k, Loss(&parity))?;
        let model = Mlp::from_settings(n, settings.with_activation(Relu), problem.init)?;
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        Ok(Start {
            parity,
            model,
            theta,
            loss,
        })
    }

    /// Adds the loss and the largest weights to what is recorded.
    fn recorded_by(&self, recorder: Recorder<f64, Network>) -> Result<Recorder<f64, Network>> {
        let (model, block) = (&self.model, "hidden.weight");
        Ok(recorder
            .with(BatchLoss)
            .with(LargestWeight::relevant(model, block, &self.parity)?)
            .with(LargestWeight::irrelevant(model, block, &self.parity)?))
    }
}

/// The loss of a parity, which waits for its activation: runs are compiled once for all of them.
struct Loss<'a>(&'a Parity);

impl ActivationVisitor for Loss<'_> {
    type Output = Box<dyn PopulationLoss<f64>>;

    fn visit<A: Activation + 'static>(self, activation: A) -> Self::Output {
        let support = self.0.support().to_vec();
        Box::new(PopulationCorrelation {
            activation,
            support,
        })
    }
}

/// The criterion that the loss is at most `target`.
fn reaches(target: f64) -> impl Observer<f64, Network> {
    observer_fn(
        move |at: &Snapshot<'_, f64, Network>| match at.loss <= target {
            true => ControlFlow::Break(Stop::Solved { step: at.step }),
            false => ControlFlow::Continue(()),
        },
    )
}

/// The outcome of a run that ended at θ after `steps`.
fn outcome(
    parity: &Parity,
    theta: &Params<f64>,
    (stop, steps): (Stop, u64),
    table: Table,
) -> Result<PopulationOutcome> {
    Ok(PopulationOutcome {
        status: stop.into(),
        steps,
        support: parity.support().to_vec(),
        recovered: largest(&sizes(theta)?, parity.k())?,
        table,
    })
}

/// The largest absolute weight of each coordinate, over all neurons of the first layer.
fn sizes(theta: &Params<f64>) -> Result<Vec<f64>> {
    let weight = theta.layout().get::<ndarray::Ix2>("hidden.weight")?;
    let columns = theta.view(&weight);
    let size = |column: ndarray::ArrayView1<'_, f64>| {
        let sizes = column.iter().map(|w| w.abs());
        sizes.fold(0.0, f64::max)
    };
    Ok(columns.columns().into_iter().map(size).collect())
}
