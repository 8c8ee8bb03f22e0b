use super::Filter;
use super::moving_average::lambda_of;
use crate::error::{Result, fraction};
use crate::params::{Layout, Params};
use crate::real::{Real, normal_or_zero};
use std::sync::Arc;

/// Grokfast with an exponential mean (Lee, Kang, Kim and Lee, *Grokfast: Accelerated Grokking by
/// Amplifying Slow Gradients*, 2024, arXiv 2405.20233), with α = 0.98 and λ = 2 unless changed.
///
/// ```math
/// \mu_t = \alpha \mu_{t-1} + (1 - \alpha) g_t, \qquad \mu_0 = g_0, \qquad
/// g_t' = g_t + \lambda \mu_t
/// ```
///
/// The mean holds what is slow in the gradient, and λ amplifies it; this λ is the paper's letter
/// and no weight decay.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(10, 3)?;
/// let mut filter = GrokfastEma::new(model.layout()).with_lambda(4.0)?;
/// let mut grad = Params::<f64>::zeros(model.layout());
/// grad.fill(1.0);
/// filter.apply(0, &mut grad);
/// assert_eq!(grad.as_slice()[0], 5.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound = "", try_from = "Stored<F>")
)]
pub struct GrokfastEma<F: Real> {
    alpha: f64,
    lambda: f64,
    begun: bool,
    mean: Params<F>,
}

/// The serialised form, which is not validated yet.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "")]
struct Stored<F: Real> {
    alpha: f64,
    lambda: f64,
    begun: bool,
    mean: Params<F>,
}

#[cfg(feature = "serde")]
impl<F: Real> TryFrom<Stored<F>> for GrokfastEma<F> {
    type Error = crate::Error;

    fn try_from(stored: Stored<F>) -> Result<Self> {
        let Stored {
            alpha,
            lambda,
            begun,
            mean,
        } = stored;
        let filter = GrokfastEma {
            alpha: 0.0,
            lambda: 0.0,
            begun,
            mean,
        };
        filter.with_alpha(alpha)?.with_lambda(lambda)
    }
}

impl<F: Real> GrokfastEma<F> {
    /// The share α of the mean that a step leaves unless it is changed.
    pub const ALPHA: f64 = 0.98;
    /// The amplification λ unless it is changed.
    pub const LAMBDA: f64 = 2.0;

    /// The filter for gradients of that layout.
    pub fn new(layout: &Arc<Layout>) -> Self {
        GrokfastEma {
            alpha: Self::ALPHA,
            lambda: Self::LAMBDA,
            begun: false,
            mean: Params::zeros(layout),
        }
    }

    /// The same filter with another α, the share of the mean that a step leaves.
    ///
    /// # Errors
    /// [`Error::Fraction`](crate::Error::Fraction) unless it is in [0, 1).
    pub fn with_alpha(self, alpha: f64) -> Result<Self> {
        let alpha = alpha_of(alpha)?;
        Ok(GrokfastEma { alpha, ..self })
    }

    /// The same filter with another amplification λ.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless it is finite and not negative.
    pub fn with_lambda(self, lambda: f64) -> Result<Self> {
        let lambda = lambda_of(lambda)?;
        Ok(GrokfastEma { lambda, ..self })
    }
}

/// Returns the share of a mean that a step leaves, if it is one.
pub(crate) fn alpha_of(alpha: f64) -> Result<f64> {
    fraction("alpha", alpha)
}

impl<F: Real> Filter<F> for GrokfastEma<F> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.mean.layout().agrees_with(layout)
    }

    fn identity(&self) -> String {
        let (alpha, lambda) = (self.alpha, self.lambda);
        format!("alpha of the filter = {alpha:?}\namplification = {lambda:?}")
    }

    fn apply(&mut self, _: u64, grad: &mut Params<F>) {
        let alpha = if self.begun { self.alpha } else { 0.0 };
        self.begun = true;
        let (keep, take, lambda) = (F::of(alpha), F::of(1.0 - alpha), F::of(self.lambda));
        let grad = grad.as_mut_slice().iter_mut();
        for (grad, mean) in grad.zip(self.mean.as_mut_slice()) {
            *mean = normal_or_zero(keep * *mean + take * *grad);
            *grad += lambda * *mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::InitialDistribution;

    #[test]
    fn the_mean_follows_its_trajectory() {
        let mut layout = Layout::default();
        layout.block("a", 1, InitialDistribution::Constant(0.0));
        let layout = Arc::new(layout);
        let filter = GrokfastEma::<f64>::new(&layout).with_alpha(0.75).unwrap();
        let mut filter = filter.with_lambda(2.0).unwrap();
        let mut grad = Params::zeros(&layout);
        let changed = [4.0, 0.0, -3.0].map(|g| {
            grad.fill(g);
            filter.apply(0, &mut grad);
            grad.as_slice()[0]
        });
        // μ = 4, 3, 3/2
        assert_eq!(changed, [12.0, 6.0, 0.0]);
    }

    #[test]
    fn the_first_mean_is_the_first_gradient_to_the_bit() {
        let mut layout = Layout::default();
        layout.block("a", 2, InitialDistribution::Constant(0.0));
        let layout = Arc::new(layout);
        let mut filter = GrokfastEma::<f32>::new(&layout);
        let mut grad = Params::zeros(&layout);
        grad.as_mut_slice().copy_from_slice(&[0.1, -1e-30]);
        filter.apply(7, &mut grad);
        assert_eq!(filter.mean.as_slice(), [0.1, -1e-30]);
    }
}
