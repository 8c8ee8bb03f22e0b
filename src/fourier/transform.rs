//! The transform in as few passes over the memory as its size allows.

use super::between::BetweenRows;
use super::butterfly::Levels;
use crate::error::{Error, Result};
use crate::real::Real;
use crate::simd::dispatch;
use crate::threads::map;

/// The largest n that [`transform`] takes: 2³⁰ values of `f64` are 8 GiB.
pub const MAX_DIM: usize = 30;

/// log₂ of the number of values in a block, 1 MiB of `f64`: all its levels take one pass over the memory.
const BLOCK: u32 = 17;

/// log₂ of the number of values in the scratch buffer for the levels between blocks.
const SCRATCH: u32 = 17;

/// log₂ of the largest number of neighbouring values copied at a time.
const WIDEST: u32 = 8;

/// The number of strips into which the blocks are cut for the threads to share.
const STRIPS: usize = 32;

/// The fast Walsh–Hadamard transform, in place and without a factor.
///
/// Replaces the values v of a function on the cube by the sums
///
/// ```math
/// \hat v(T) = \sum_x v(x) \, \chi_T(x) , \qquad \chi_T(x) = \prod_{i \in T} x_i ,
/// ```
///
/// which are 2ⁿ times its Fourier coefficients. Entry r belongs to the input with $`x_i = -1`$ where
/// bit i of r is set, as in [`Signs::cube`](crate::signs::Signs::cube), and afterwards to the set of
/// all i where bit i of r is set. Transforming twice multiplies by 2ⁿ. It takes n·2ⁿ additions.
///
/// The order of summation is a promise: for i = 0, 1, …, n − 1 the values a and b at two places
/// that differ in bit i alone become a + b and a − b. It depends neither on the processor nor on
/// the number of threads (feature `parallel`), and neither do the bits. Values that are not finite
/// propagate by IEEE arithmetic.
///
/// # Memory
/// Up to 2¹⁷ values are transformed without allocation. More of them are cut into blocks of 2¹⁷;
/// one pass over the memory computes the levels within the blocks, and a second pass those between
/// them, copying some neighbouring values of every block to a buffer of at most 2¹⁷ values a thread.
///
/// ```
/// use sparse_parity::fourier::transform;
///
/// let mut values = [1.0, -1.0, -1.0, 1.0]; // x₀x₁ on (+,+), (−,+), (+,−), (−,−)
/// transform(&mut values)?;
/// assert_eq!(values, [0.0, 0.0, 0.0, 4.0]); // ∅, {0}, {1}, {0,1}
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::PowerOfTwo`] unless the number of values is a power of two, [`Error::TooLarge`] for more than 2³⁰
/// ([`MAX_DIM`]).
pub fn transform<F: Real>(values: &mut [F]) -> Result<()> {
    let n = dim(values.len())? as u32;
    if n <= BLOCK {
        dispatch(Levels(values));
        return Ok(());
    }
    map(values.chunks_mut(1 << BLOCK).collect(), |block| {
        dispatch(Levels(block));
    });
    let width = (SCRATCH + BLOCK - n).min(WIDEST);
    map(strips(values), |mut rows| {
        let mut scratch = vec![F::zero(); rows.len() << width];
        dispatch(BetweenRows {
            rows: &mut rows,
            scratch: &mut scratch,
        });
    });
    Ok(())
}

/// n for a function given by its 2ⁿ values.
pub(super) fn dim(values: usize) -> Result<usize> {
    const WHAT: &str = "the number of values of a function on the cube";
    if !values.is_power_of_two() {
        return Err(Error::PowerOfTwo {
            what: WHAT,
            value: values,
        });
    }
    crate::error::at_most(WHAT, values, 1 << MAX_DIM)?;
    Ok(values.ilog2() as usize)
}

/// The blocks, cut into independent strips: for each strip, its part of every block.
fn strips<F>(values: &mut [F]) -> Vec<Vec<&mut [F]>> {
    let mut strips: Vec<Vec<_>> = (0..STRIPS).map(|_| Vec::new()).collect();
    for block in values.chunks_mut(1 << BLOCK) {
        let parts = block.chunks_mut((1 << BLOCK) / STRIPS);
        strips
            .iter_mut()
            .zip(parts)
            .for_each(|(s, part)| s.push(part));
    }
    strips
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    fn random<F: Real>(n: usize, seed: u64) -> Vec<F> {
        let mut rng = Seeds::from(seed).stream(Purpose::Eval);
        (0..1 << n)
            .map(|_| F::of(rng.random::<f64>() - 0.5))
            .collect()
    }

    /// The definition of the order: level by level over the whole array.
    fn level_by_level<F: Real>(values: &mut [F]) {
        let mut step = 1;
        while step < values.len() {
            for place in (0..values.len()).filter(|place| place & step == 0) {
                let (a, b) = (values[place], values[place | step]);
                (values[place], values[place | step]) = (a + b, a - b);
            }
            step *= 2;
        }
    }

    fn assert_order<F: Real>(n: usize) {
        let mut values = random::<F>(n, n as u64);
        let mut expected = values.clone();
        transform(&mut values).unwrap();
        level_by_level(&mut expected);
        assert!(values == expected, "n = {n}");
    }

    #[test]
    fn every_size_has_the_bits_of_the_level_by_level_order() {
        for n in 0..=19 {
            assert_order::<f64>(n);
            assert_order::<f32>(n);
        }
        assert_order::<f32>(22);
    }

    #[test]
    fn sums_are_those_of_the_definition() {
        for n in 0..=7 {
            let values: Vec<f64> = random::<f64>(n, 3)
                .iter()
                .map(|x| (x * 100.0).round())
                .collect();
            let mut sums = values.clone();
            transform(&mut sums).unwrap();
            for (set, &sum) in sums.iter().enumerate() {
                let signed =
                    values
                        .iter()
                        .enumerate()
                        .map(|(x, v)| match (x & set).count_ones() % 2 {
                            0 => *v,
                            _ => -v,
                        });
                assert_eq!(sum, signed.sum::<f64>(), "n = {n}, set {set:b}");
            }
        }
    }

    #[test]
    fn numbers_of_values_that_are_no_powers_of_two_are_refused() {
        for len in [0, 3, 12, 1000] {
            let error = transform(&mut vec![0.0_f64; len]).unwrap_err();
            assert!(error.to_string().contains(&format!("is {len};")), "{error}");
        }
        assert!(dim(1 << 31).is_err());
    }
}
