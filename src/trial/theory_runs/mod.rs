//! Runs without sampling noise, and runs that do not move: the theory's learners as experiments.

mod accumulation;
#[cfg(feature = "flow")]
mod flow;
mod population;

pub use accumulation::{Accumulated, Accumulation};
#[cfg(feature = "flow")]
pub use flow::FlowRun;
pub use population::{PopulationOutcome, PopulationRun};

use crate::data::Parity;
use crate::error::Result;
use crate::params::Params;
use crate::seeds::{Purpose, Seeds};
use crate::theory::gap::largest;

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

/// The k coordinates with the largest weights, ascending.
fn recovered(theta: &Params<f64>, k: usize) -> Result<Vec<usize>> {
    largest(&sizes(theta)?, k)
}

fn parity(n: usize, k: usize, seeds: &Seeds) -> Result<Parity> {
    Parity::random(n, k, &mut seeds.stream(Purpose::Support))
}
