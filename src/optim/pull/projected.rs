use super::Projection;
use crate::error::Result;
use crate::optim::{Optimizer, Rules};
use crate::params::{Layout, Params};
use crate::real::Real;

/// An optimizer with a [`Projection`] behind it: every update is followed by a change of θ.
///
/// ```
/// use sparse_parity::optim::{NormClamp, Projected};
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let clamp = NormClamp::new(model.layout(), &["hidden", "output"], 4.0)?;
/// let optimizer = Projected::new(clamp, sgd);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Projected<P, O> {
    projection: P,
    optimizer: O,
}

impl<P, O> Projected<P, O> {
    /// The optimizer, and behind it the projection.
    pub fn new(projection: P, optimizer: O) -> Self {
        Projected {
            projection,
            optimizer,
        }
    }
}

impl<F: Real, P: Projection<F>, O: Optimizer<F>> Optimizer<F> for Projected<P, O> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.projection.fits(layout)?;
        self.optimizer.fits(layout)
    }

    fn identity(&self) -> String {
        let (optimizer, projection) = (self.optimizer.identity(), self.projection.identity());
        format!("{optimizer}\n{projection}")
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.optimizer.set_rules(rules)
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        self.optimizer.step(t, theta, grad);
        self.projection.project(t, theta);
    }
}
