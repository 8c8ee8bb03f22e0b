//! Networks other than PolyNet, for claims that the paper shows of PolyNet alone.

use crate::paper::criterion_of;
use sparse_parity::Result;
use sparse_parity::trial::{Setting, Trial};

/// A network with its rate.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    /// Its name.
    pub name: &'static str,
    label: &'static str,
    rate: f64,
}

/// Two wide networks with the rates of figure 10, two single neurons with those of docs/settings.md.
pub const NETWORKS: [Network; 4] = [
    network("ReLU, width 100", "ii", 1.0),
    network("zᵏ, width 100", "v", 0.05),
    network("k-zigzag neuron", "xi", 0.1),
    network("sine neuron", "xiv", 0.1),
];

const fn network(name: &'static str, label: &'static str, rate: f64) -> Network {
    Network { name, label, rate }
}

impl Network {
    /// A trial whose t_c is the time of a running accuracy of 75 %.
    ///
    /// # Errors
    ///
    /// If the network has no setting.
    pub fn trial(&self, (n, k): (usize, usize), batch: usize, max_steps: u64) -> Result<Trial> {
        Ok(Trial {
            batch,
            rate: self.rate.into(),
            max_steps,
            criteria: vec![criterion_of(batch)],
            ..Setting::from_label(self.label)?.trial(n, k)
        })
    }
}
