//! The update that a model may make while it computes the gradient.
//!
//! It is a matter of speed alone: an optimizer without it trains to the same bits.

use crate::params::Descent;

/// An update that is plain descent, θ ← keep·θ − η·g with factors for every block.
///
/// An [`Optimizer`](super::Optimizer) of that kind offers it by
/// [`Optimizer::fused`](super::Optimizer::fused). A model that has a
/// [`FusedStep`](crate::model::fused::FusedStep) then makes the update, in place of
/// [`Optimizer::step`](super::Optimizer::step), which is not called.
///
/// ```
/// use sparse_parity::optim::fused::PlainDescent;
/// use sparse_parity::params::{Descent, Layout};
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// /// Every parameter at the same constant rate.
/// struct Constant {
///     layout: Arc<Layout>,
///     rate: f64,
/// }
///
/// impl PlainDescent for Constant {
///     fn descent(&self, _: u64, into: &mut Descent) {
///         into.clear();
///         for name in self.layout.names() {
///             for place in self.layout.covered(name).expect("it is a block") {
///                 into.push(place, 1.0, self.rate);
///             }
///         }
///     }
/// }
///
/// impl<F: Real> Optimizer<F> for Constant {
///     fn fused(&self) -> Option<&dyn PlainDescent> {
///         Some(self)
///     }
///     fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
///         let mut descent = Descent::default();
///         self.descent(t, &mut descent);
///         descent.apply(theta, grad);
///     }
/// }
///
/// let model = Mlp::new(10, 20, Relu)?;
/// let mut constant = Constant { layout: model.layout().clone(), rate: 0.1 };
/// let mut sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let (mut found, mut expected) = (theta.clone(), theta.clone());
/// constant.step(0, &mut found, &theta);
/// sgd.step(0, &mut expected, &theta);
/// assert_eq!(found, expected);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub trait PlainDescent {
    /// Writes the factors of update number `t` to `into`.
    fn descent(&self, t: u64, into: &mut Descent);
}
