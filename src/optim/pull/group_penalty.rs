use super::Pull;
use crate::error::{Error, Result, non_negative};
use crate::params::{Layout, Params};
use crate::real::Real;
use ndarray::IxDyn;
use std::ops::Range;
use std::sync::Arc;

/// The gradient of λ/p Σⱼ ‖ωⱼ‖₂ᵖ, where ωⱼ is all that belongs to neuron j: λ‖ωⱼ‖₂ᵖ⁻² ωⱼ is added to the gradient.
///
/// ω consists of rows of several blocks, whose first axis is that of the neurons. With p = 2 it is the L2 penalty. With the
/// power activation zᵏ and p = k + 1 it leads to the largest L_{2, k+1} margin: Morwani, Edelman, Oncescu, Zhao and Kakade,
/// *Feature emergence via margin maximization: case studies in algebraic tasks*, ICLR 2024, arXiv 2311.07568.
///
/// ```
/// use sparse_parity::optim::{GroupPenalty, Pulled};
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(10, 40, Power::new(4)?)?.without_hidden_bias();
/// let neurons = ["hidden.weight", "output.weight"];
/// let penalty = GroupPenalty::new(model.layout(), &neurons, 1e-3, 5.0)?;
/// let optimizer = Pulled::<f32, _, _>::new(penalty, Sgd::new(model.layout(), Rule::rate(0.1))?);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GroupPenalty {
    layout: Arc<Layout>,
    names: Vec<String>,
    places: Vec<Range<usize>>,
    lambda: f64,
    power: f64,
    /// ‖ωⱼ‖² of every neuron, and then the factors of ωⱼ.
    factors: Vec<f64>,
}

impl GroupPenalty {
    /// The penalty of the neurons whose parameters are the rows of these blocks.
    ///
    /// # Errors
    /// [`Error::Zero`] without blocks, [`Error::UnknownBlock`] for one that does not exist, [`Error::Mismatch`] if the blocks
    /// have different numbers of rows; [`Error::Negative`] unless λ is finite and not negative, [`Error::OutOfRange`] unless
    /// the power is finite and at least 1.
    pub fn new(layout: &Arc<Layout>, blocks: &[&str], lambda: f64, power: f64) -> Result<Self> {
        let lambda = non_negative("the group penalty lambda", lambda)?;
        if !(power.is_finite() && power >= 1.0) {
            let (what, range) = ("the power of the group penalty", "[1, inf)");
            return Err(Error::OutOfRange {
                what,
                value: power,
                range,
            });
        }
        crate::error::positive("the number of blocks of the group penalty", blocks.len())?;
        let (mut width, mut places) = (None, Vec::new());
        for name in blocks {
            let block = layout.get::<IxDyn>(name)?;
            let found = block.shape()[0];
            let expected = *width.get_or_insert(found);
            if expected != found {
                return Err(Error::Mismatch {
                    what: "the number of rows of a block of the group penalty",
                    expected,
                    found,
                    repair: "name blocks with one row a neuron",
                });
            }
            places.extend(layout.covered(name)?);
        }
        Ok(GroupPenalty {
            layout: Arc::clone(layout),
            names: blocks.iter().map(|name| (*name).into()).collect(),
            places,
            lambda,
            power,
            factors: vec![0.0; width.unwrap_or(0)],
        })
    }
}

impl<F: Real> Pull<F> for GroupPenalty {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.layout.agrees_with(layout)
    }

    fn identity(&self) -> String {
        let (names, lambda, power) = (self.names.join(", "), self.lambda, self.power);
        format!("group penalty of {names} = {lambda:?}, power {power:?}")
    }

    fn pull(&mut self, _: u64, theta: &Params<F>, grad: &mut Params<F>) {
        let GroupPenalty {
            factors,
            places,
            lambda,
            power,
            ..
        } = self;
        factors.fill(0.0);
        // In memory the neurons of a block are adjacent.
        for place in &*places {
            for neurons in theta.as_slice()[place.clone()].chunks(factors.len()) {
                for (square, w) in factors.iter_mut().zip(neurons) {
                    *square += w.as_f64() * w.as_f64();
                }
            }
        }
        for square in &mut *factors {
            let is_zero = *square == 0.0;
            let size = libm::pow(*square, *power / 2.0 - 1.0);
            *square = if is_zero { 0.0 } else { *lambda * size };
        }
        for place in &*places {
            let width = factors.len();
            let theta = theta.as_slice()[place.clone()].chunks(width);
            let grad = grad.as_mut_slice()[place.clone()].chunks_mut(width);
            for (grad, theta) in grad.zip(theta) {
                for ((g, &w), factor) in grad.iter_mut().zip(theta).zip(&*factors) {
                    *g += F::of(*factor) * w;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::{Architecture, Mlp};
    use crate::seeds::{Purpose, Seeds};
    use ndarray::{Ix1, Ix2};

    const NEURONS: [&str; 2] = ["hidden.weight", "output.weight"];

    #[test]
    fn it_is_the_derivative_of_the_penalty() {
        let model = Mlp::new(4, 3, Relu).unwrap();
        let layout = model.layout();
        let theta = Params::<f64>::draw(layout, &mut Seeds::from(1).stream(Purpose::Init));
        let weight = layout.get::<Ix2>("hidden.weight").unwrap();
        let output = layout.get::<Ix1>("output.weight").unwrap();
        for power in [2.0, 3.0, 5.0] {
            let penalty = |theta: &Params<f64>| -> f64 {
                let square = |j: usize| {
                    let row = theta.view(&weight).row(j).map(|w| w * w).sum();
                    row + theta.view(&output)[j].powi(2)
                };
                let norms = (0..3).map(|j| square(j).sqrt().powf(power));
                0.3 / power * norms.sum::<f64>()
            };
            let mut grad = Params::zeros(layout);
            let mut group = GroupPenalty::new(layout, &NEURONS, 0.3, power).unwrap();
            group.pull(0, &theta, &mut grad);
            for i in 0..layout.len() {
                let moved = |by: f64| {
                    let mut theta = theta.clone();
                    theta.as_mut_slice()[i] += by;
                    penalty(&theta)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((slope - grad.as_slice()[i]).abs() < 1e-8, "{power} {i}");
            }
        }
    }

    #[test]
    fn neurons_of_zeros_are_not_pulled_and_bad_settings_are_refused() {
        let model = Mlp::new(4, 3, Relu).unwrap();
        let layout = model.layout();
        let mut grad = Params::<f64>::zeros(layout);
        let mut lasso = GroupPenalty::new(layout, &NEURONS, 0.3, 1.0).unwrap();
        lasso.pull(0, &Params::zeros(layout), &mut grad);
        assert!(grad.as_slice().iter().all(|g| *g == 0.0));
        let told = |names: &[&str], power| GroupPenalty::new(layout, names, 0.1, power);
        assert!(matches!(
            told(&["hiden"], 2.0),
            Err(Error::UnknownBlock { .. })
        ));
        assert!(matches!(told(&[], 2.0), Err(Error::Zero { .. })));
        assert!(matches!(told(&NEURONS, 0.5), Err(Error::OutOfRange { .. })));
        let other = Mlp::new(4, 3, Relu).unwrap().with_output_bias();
        let blocks = ["hidden.weight", "output.bias"];
        let told = GroupPenalty::new(other.layout(), &blocks, 0.1, 2.0);
        assert!(matches!(told, Err(Error::Mismatch { .. })));
    }
}
