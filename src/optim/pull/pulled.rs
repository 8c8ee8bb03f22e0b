use super::Pull;
use crate::error::Result;
use crate::optim::{Optimizer, Rules};
use crate::params::{Layout, Params};
use crate::real::Real;

/// An optimizer behind a [`Pull`]: it sees the pulled gradient in place of the gradient.
///
/// Blocks that the optimizer keeps frozen stay as they are, whatever pulls at them.
///
/// ```
/// use sparse_parity::optim::{L1Penalty, Pulled};
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 100, Relu)?;
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let lasso = L1Penalty::new(model.layout(), "hidden.weight", 0.001)?;
/// let optimizer = Pulled::<f32, _, _>::new(lasso, sgd);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pulled<F: Real, P, O> {
    pull: P,
    optimizer: O,
    /// Scratch for the pulled gradient, from the first step on.
    pulled: Option<Params<F>>,
}

impl<F: Real, P: Pull<F>, O: Optimizer<F>> Pulled<F, P, O> {
    /// The optimizer behind the pull.
    pub fn new(pull: P, optimizer: O) -> Self {
        Pulled {
            pull,
            optimizer,
            pulled: None,
        }
    }
}

impl<F: Real, P: Pull<F>, O: Optimizer<F>> Optimizer<F> for Pulled<F, P, O> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.pull.fits(layout)?;
        self.optimizer.fits(layout)
    }

    fn identity(&self) -> String {
        format!("{}\n{}", self.pull.identity(), self.optimizer.identity())
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        self.optimizer.set_rules(rules)
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        let zeros = || Params::zeros(grad.layout());
        let pulled = self.pulled.get_or_insert_with(zeros);
        pulled.as_mut_slice().copy_from_slice(grad.as_slice());
        self.pull.pull(t, theta, pulled);
        self.optimizer.step(t, theta, pulled);
    }
}
