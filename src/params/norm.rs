//! Norms and distances of parameters.

use super::{Block, Params};
use crate::real::Real;
use approx::{AbsDiffEq, RelativeEq};
use ndarray::{Dimension, Zip};

impl<F: Real> Params<F> {
    /// The largest absolute value, ‖θ‖_∞; NaN if a value is NaN.
    pub fn max_norm(&self) -> F {
        self.as_slice()
            .iter()
            .fold(F::zero(), |most, value| max_or_nan(most, value.abs()))
    }

    /// The largest absolute difference within one block, ‖θ − θ'‖_∞; NaN if a value is NaN.
    ///
    /// With θ = w_t and θ' = w_0 this is the paper's progress measure ρ (section 5, figure 3).
    ///
    /// # Panics
    /// If the block lies outside either of the parameters.
    pub fn max_distance<D: Dimension>(&self, other: &Params<F>, block: &Block<D>) -> F {
        Zip::from(self.view(block))
            .and(other.view(block))
            .fold(F::zero(), |most, &a, &b| max_or_nan(most, (a - b).abs()))
    }
}

/// The larger number, or NaN if one is NaN.
pub(crate) fn max_or_nan<F: Real>(a: F, b: F) -> F {
    if a.is_nan() || a > b { a } else { b }
}

/// Entry by entry; parameters with other blocks are never equal.
impl<F: Real + AbsDiffEq<Epsilon = F>> AbsDiffEq for Params<F> {
    type Epsilon = F;

    fn default_epsilon() -> F {
        F::default_epsilon()
    }

    fn abs_diff_eq(&self, other: &Self, epsilon: F) -> bool {
        self.belongs_to(&other.layout).is_ok()
            && self.as_slice().abs_diff_eq(other.as_slice(), epsilon)
    }
}

/// Entry by entry; parameters with other blocks are never equal.
impl<F: Real + RelativeEq<Epsilon = F>> RelativeEq for Params<F> {
    fn default_max_relative() -> F {
        F::default_max_relative()
    }

    fn relative_eq(&self, other: &Self, epsilon: F, max_relative: F) -> bool {
        self.belongs_to(&other.layout).is_ok()
            && self
                .as_slice()
                .relative_eq(other.as_slice(), epsilon, max_relative)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InitialDistribution, Layout};
    use super::*;
    use ndarray::Ix1;
    use std::sync::Arc;

    #[test]
    fn norms_see_the_largest_entry_and_every_nan() {
        let mut layout = Layout::default();
        layout.block("a", 2, InitialDistribution::Constant(1.0));
        layout.block("b", 2, InitialDistribution::Constant(-3.0));
        let layout = Arc::new(layout);
        let a = layout.get::<Ix1>("a").unwrap();
        let zero = Params::<f64>::zeros(&layout);
        let mut theta = zero.clone();
        theta
            .as_mut_slice()
            .copy_from_slice(&[1.0, -2.0, 0.5, -3.0]);
        assert_eq!(theta.max_norm(), 3.0);
        assert_eq!(theta.max_distance(&zero, &a), 2.0);
        for place in [0, 1] {
            let mut theta = theta.clone();
            theta.as_mut_slice()[place] = f64::NAN;
            assert!(theta.max_norm().is_nan() && theta.max_distance(&zero, &a).is_nan());
        }
        approx::assert_abs_diff_eq!(theta, theta.clone());
        approx::assert_relative_ne!(theta, zero);
    }
}
