//! A statistic of independent observations, with its interval by resampling.

use sparse_parity::seeds::{LabRng, Purpose, Seeds};
use sparse_parity::stats::{Bootstrap, Estimate};
use sparse_parity::terminal::Result;

/// The statistic of `count` observations, with the 95 % interval of [`Bootstrap::default`].
///
/// The statistic takes the indices, counted from 0, of observations; its value is that of all of them. Random numbers are drawn
/// for the interval alone.
///
/// # Errors
///
/// If `count` is 0.
pub fn resampled(
    count: usize,
    rng: &mut LabRng,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<Estimate> {
    let interval = Bootstrap::default().interval(count, rng, &statistic)?;
    let all: Vec<usize> = (0..count).collect();
    let value = statistic(&all);
    Ok(Estimate { value, interval })
}

/// A generator for resampling that belongs to what has this name.
pub fn rng_of(name: &str) -> LabRng {
    // Names differ in their bytes, and nothing rests on more.
    let seed = name.bytes().fold(0_u64, |seed, byte| {
        seed.wrapping_mul(257).wrapping_add(byte.into())
    });
    Seeds::from(seed).stream(Purpose::Eval)
}
