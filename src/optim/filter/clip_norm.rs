use super::Filter;
use crate::error::{Result, above_zero};
use crate::params::Params;
use crate::real::{Real, sum_of};

/// Clipping by norm: a gradient g that is longer than c is shortened to the length c.
///
/// ```math
/// g_t' = g_t \, \min(1, c / \lVert g_t \rVert_2)
/// ```
///
/// The norm is that of all blocks together. A gradient with an entry that is not finite is left as it is, so that a run that
/// diverges ends as one.
///
/// Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural networks*, 2013.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(10, 3)?;
/// let mut grad = Params::<f64>::zeros(model.layout());
/// grad.as_mut_slice()[..2].copy_from_slice(&[3.0, -4.0]);
/// ClipNorm::new(2.5)?.apply(0, &mut grad);
/// assert_eq!(grad.as_slice()[..2], [1.5, -2.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Stored")
)]
pub struct ClipNorm {
    norm: f64,
}

/// The serialised form, whose number is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    norm: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for ClipNorm {
    type Error = crate::Error;

    fn try_from(stored: Stored) -> Result<Self> {
        ClipNorm::new(stored.norm)
    }
}

impl ClipNorm {
    /// The filter that leaves no gradient longer than `norm`.
    ///
    /// # Errors
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless it is finite and positive.
    pub fn new(norm: f64) -> Result<Self> {
        let norm = above_zero("the norm", norm)?;
        Ok(ClipNorm { norm })
    }
}

impl<F: Real> Filter<F> for ClipNorm {
    fn apply(&mut self, _: u64, grad: &mut Params<F>) {
        // Divided by the largest entry, squares neither overflow nor vanish.
        let largest = grad.max_norm();
        if !(largest > F::zero() && largest.is_finite()) {
            return;
        }
        let entries = grad.as_slice();
        let squares = sum_of(entries, entries, |a, b| (a / largest) * (b / largest));
        let norm = largest.as_f64() * squares.as_f64().sqrt();
        if norm > self.norm {
            let factor = F::of(self.norm / norm);
            let shorten = |g: &mut F| *g *= factor;
            grad.as_mut_slice().iter_mut().for_each(shorten);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{InitialDistribution, Layout};
    use std::sync::Arc;

    fn clipped<F: Real>(values: &[F], norm: f64) -> Vec<F> {
        let mut layout = Layout::default();
        layout.block("a", values.len(), InitialDistribution::Constant(0.0));
        let mut grad = Params::zeros(&Arc::new(layout));
        grad.as_mut_slice().copy_from_slice(values);
        ClipNorm::new(norm).unwrap().apply(0, &mut grad);
        grad.as_slice().to_vec()
    }

    #[test]
    fn long_gradients_are_shortened_and_short_ones_stay() {
        assert_eq!(clipped(&[6.0, -8.0, 0.0], 5.0), [3.0, -4.0, 0.0]);
        assert_eq!(clipped(&[6.0, -8.0, 0.0], 10.0), [6.0, -8.0, 0.0]);
        assert_eq!(clipped(&[0.0; 3], 1.0), [0.0; 3]);
    }

    #[test]
    fn squares_beyond_the_range_do_no_harm() {
        let long = clipped(&[3e30_f32, -4e30], 5.0);
        assert!(
            (long[0] - 3.0).abs() < 1e-6 && (long[1] + 4.0).abs() < 1e-6,
            "{long:?}"
        );
        let short = [3e-30_f32, -4e-30];
        assert_eq!(clipped(&short, 1.0), short);
    }

    #[test]
    fn what_is_not_finite_passes() {
        let passed = clipped(&[f64::INFINITY, 1.0], 1.0);
        assert_eq!(passed, [f64::INFINITY, 1.0]);
        let passed = clipped(&[1.0, f64::NAN, 7.0], 1.0);
        assert!(passed[1].is_nan() && (passed[0], passed[2]) == (1.0, 7.0));
        assert!(ClipNorm::new(0.0).is_err() && ClipNorm::new(f64::INFINITY).is_err());
    }
}
