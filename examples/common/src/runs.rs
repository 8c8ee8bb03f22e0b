//! Training runs that several tests make.

use sparse_parity::prelude::*;

/// A run with the initial parameters of the seeds.
///
/// # Panics
///
/// If the parts do not fit together.
pub fn trainer<F, M, L, S, O>(
    model: M,
    loss: L,
    stream: S,
    optimizer: O,
    batch: usize,
    seeds: &Seeds,
) -> Trainer<F, M, L, S, O>
where
    F: Real,
    M: Model<F>,
    L: Loss<F>,
    S: BatchStream<F>,
    O: Optimizer<F>,
{
    let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    Trainer::new(model, loss, stream, optimizer, theta, batch).unwrap()
}

/// The parity of the seeds.
///
/// # Panics
///
/// If k is larger than n, or one of them is 0.
pub fn parity(n: usize, k: usize, seeds: &Seeds) -> Parity {
    Parity::random(n, k, &mut seeds.stream(Purpose::Support)).unwrap()
}

/// The bits of all parameters.
pub fn bits<F: Real>(theta: &Params<F>) -> Vec<u64> {
    let values = theta.as_slice().iter();
    values.map(|value| value.as_f64().to_bits()).collect()
}
