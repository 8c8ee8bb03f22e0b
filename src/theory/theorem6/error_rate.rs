use super::signs::SumOfSigns;
use crate::error::{Error, Result, at_most, positive};

/// The largest block: the distribution of a sum of as many signs is held in memory.
const MOST: usize = 1 << 24;

/// The error of sign(f) for the disjoint-PolyNet with relevant weights v and all other weights ±1, in
/// blocks of `block` coordinates n'.
///
/// ```math
/// \mathrm{err}(v) = \frac12 - \frac12 \prod_{i=1}^k E[\mathrm{sign}(v_i + Z_i)]
///     + \frac12 P(f = 0) ,
/// ```
///
/// with $`Z_i`$ a sum of n' − 1 signs. As everywhere in this crate f = 0 is an error: that is the
/// last term, which is not 0 only while some
/// $`|v_i|`$ is a whole number of the parity of n' − 1. Between
/// such numbers the error does not change. It is exact up to rounding.
///
/// # Errors
/// [`Error::Zero`] without weights or for empty blocks,
/// [`Error::TooLarge`] for blocks above 2²⁴,
/// [`Error::NotFinite`] for a weight that is infinite or not a number.
///
/// ```
/// use sparse_parity::theory::theorem6::error_rate;
///
/// // With Z of two signs, 1 + Z is 3, 1, 1 or −1, and its mean sign 1/2.
/// assert_eq!(error_rate(&[1.0, 1.0, 1.0], 3)?, 0.5 - 0.5 * 0.125);
/// assert_eq!(error_rate(&[2.5, 2.5, 2.5], 3)?, 0.0);
/// assert_eq!(error_rate(&[2.5, -2.5, 2.5], 3)?, 1.0);
/// // 1 + Z with one sign is 2 or 0, and a 0 is wrong.
/// assert_eq!(error_rate(&[1.0], 2)?, 0.5);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub fn error_rate(v: &[f64], block: usize) -> Result<f64> {
    positive("the number of factors k", v.len())?;
    if let Some((index, &value)) = v.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        let what = "relevant weight";
        return Err(Error::NotFinite { what, index, value });
    }
    Ok(error_with(&distribution(block)?, v))
}

/// The distribution of the sum of the irrelevant coordinates of a block.
pub(super) fn distribution(block: usize) -> Result<SumOfSigns> {
    let what = "the number of coordinates n' of a block";
    at_most(what, positive(what, block)?, MOST)?;
    Ok(SumOfSigns::new(block - 1))
}

pub(super) fn error_with(distribution: &SumOfSigns, v: &[f64]) -> f64 {
    // 1 − ∏(1 − x) from sums of positive numbers, so that small errors keep their digits.
    let (mut doubt, mut tie, mut sign) = (0.0, 0.0, 1.0);
    for &v in v {
        let of = distribution.sign_of(v);
        doubt += of.doubt * (1.0 - doubt);
        tie += of.tie * (1.0 - tie);
        sign *= 1.0_f64.copysign(v);
    }
    if sign > 0.0 {
        0.5 * (doubt + tie)
    } else {
        1.0 - 0.5 * (doubt - tie)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_falls_with_the_weights_and_rises_with_the_block() {
        for block in [2, 3, 11, 50] {
            let errors = (0..500).map(|v| error_rate(&[0.25 * f64::from(v) + 0.1; 3], block));
            let errors: Vec<f64> = errors.map(Result::unwrap).collect();
            assert!(errors.windows(2).all(|pair| pair[1] <= pair[0]));
            assert!(errors[0] > 0.0 && errors[0] <= 1.0);
            assert_eq!(errors.last(), Some(&0.0));
        }
        let of = |block| error_rate(&[1.5; 3], block).unwrap();
        assert!((1..40).all(|half| of(2 * half + 1) <= of(2 * half + 3)));
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(error_rate(&[], 3).is_err());
        assert!(error_rate(&[1.0], 0).is_err());
        assert!(error_rate(&[1.0], usize::MAX).is_err());
        assert!(error_rate(&[f64::NAN], 3).is_err());
        assert!(error_rate(&[f64::INFINITY], 3).is_err());
    }
}
