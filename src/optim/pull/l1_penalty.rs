use super::Pull;
use crate::error::{Result, non_negative};
use crate::params::{Layout, Params};
use crate::real::Real;
use std::ops::Range;
use std::sync::Arc;

/// The subgradient of λ‖w‖₁ over a block or a whole layer: λ sign(w) is added to the gradient, and nothing where w = 0.
///
/// ```
/// use sparse_parity::optim::{L1Penalty, Pull};
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(2, 1)?.without_bias();
/// let (mut theta, mut grad) = (Params::<f64>::zeros(model.layout()), Params::zeros(model.layout()));
/// theta.as_mut_slice()[0] = -3.0;
/// L1Penalty::new(model.layout(), "factor", 0.5)?.pull(0, &theta, &mut grad);
/// assert_eq!(grad.as_slice(), [-0.5, 0.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct L1Penalty {
    layout: Arc<Layout>,
    name: String,
    places: Vec<Range<usize>>,
    lambda: f64,
}

impl L1Penalty {
    /// The penalty of the block or layer `name`.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`](crate::Error::UnknownBlock) if there is none,
    /// [`Error::Negative`](crate::Error::Negative) unless λ is finite and not negative.
    pub fn new(layout: &Arc<Layout>, name: &str, lambda: f64) -> Result<Self> {
        Ok(L1Penalty {
            lambda: non_negative("the L1 penalty lambda", lambda)?,
            places: layout.covered(name)?,
            name: name.into(),
            layout: Arc::clone(layout),
        })
    }
}

impl<F: Real> Pull<F> for L1Penalty {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.layout.agrees_with(layout)
    }

    fn identity(&self) -> String {
        format!("L1 penalty of {} = {:?}", self.name, self.lambda)
    }

    fn pull(&mut self, _: u64, theta: &Params<F>, grad: &mut Params<F>) {
        let lambda = F::of(self.lambda);
        for place in &self.places {
            let theta = &theta.as_slice()[place.clone()];
            let grad = &mut grad.as_mut_slice()[place.clone()];
            for (g, &w) in grad.iter_mut().zip(theta) {
                if w != F::zero() {
                    *g += lambda * w.signum();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::error::Error;
    use crate::model::{Architecture, Mlp};

    #[test]
    fn blocks_and_numbers_that_are_none_are_refused() {
        let model = Mlp::new(3, 2, Relu).unwrap();
        let told = |name, lambda| L1Penalty::new(model.layout(), name, lambda).unwrap_err();
        assert!(matches!(told("hiden", 0.1), Error::UnknownBlock { .. }));
        assert!(matches!(told("hidden", -0.1), Error::Negative { .. }));
        let penalty = L1Penalty::new(model.layout(), "hidden", 0.1).unwrap();
        let other = Mlp::new(4, 2, Relu).unwrap();
        assert!(Pull::<f32>::fits(&penalty, other.layout()).is_err());
    }

    #[test]
    fn other_blocks_are_left_alone() {
        let model = Mlp::new(3, 2, Relu).unwrap();
        let mut theta = Params::<f32>::zeros(model.layout());
        theta.fill(-2.0);
        let mut grad = Params::zeros(model.layout());
        let mut penalty = L1Penalty::new(model.layout(), "hidden.bias", 0.25).unwrap();
        penalty.pull(0, &theta, &mut grad);
        let pulled = grad.as_slice().iter().filter(|g| **g == -0.25).count();
        let left = grad.as_slice().iter().filter(|g| **g == 0.0).count();
        assert_eq!((pulled, left), (2, 8));
    }
}
