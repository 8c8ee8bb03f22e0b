//! Instances for the tests of the solvers.

use super::{Noise, Problem};
use crate::data::ParityDistribution;
use crate::seeds::{Purpose, Seeds};

/// The parity of k among n coordinates, whose labels are flipped with probability p.
pub(super) fn problem(n: usize, k: usize, p: f64) -> Problem {
    let problem = Problem::new(n, k).unwrap();
    problem.with_noise(Noise::of(p).unwrap()).unwrap()
}

/// Examples of such a parity, of a random support.
pub(super) fn law(n: usize, k: usize, p: f64, seed: u64) -> ParityDistribution {
    let rng = &mut Seeds::from(seed).stream(Purpose::Support);
    let law = ParityDistribution::random(n, k, rng).unwrap();
    law.with_label_noise(p).unwrap()
}
