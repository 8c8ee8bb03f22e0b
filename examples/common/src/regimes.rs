//! The two regimes of training examples, chosen at run time.

use sparse_parity::prelude::*;

/// Fresh examples from `law`, or passes over a sample of m if `samples` is `Some(m)`.
///
/// # Errors
///
/// Those of [`Epochs::draw`].
pub fn batches(
    law: &(impl Sampler + Clone + 'static),
    samples: Option<usize>,
    seeds: &Seeds,
) -> sparse_parity::Result<Box<dyn BatchStream<f32>>> {
    Ok(match samples {
        None => Box::new(Online::new(law.clone(), seeds)),
        Some(m) => Box::new(Epochs::draw(law, m, seeds)?),
    })
}
