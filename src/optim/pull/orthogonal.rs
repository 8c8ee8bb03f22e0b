use super::Pull;
use crate::params::Params;
use crate::real::Real;

/// ⊥Grad: the part of the gradient that is orthogonal to θ, of all blocks together.
///
/// ```math
/// g' = g - \frac{\theta \cdot g}{\theta \cdot \theta} \, \theta
/// ```
///
/// Without decay, the norm of θ does not fall in an update against g'. A θ of zeros has no direction, and leaves the gradient
/// as it is. Prieto, Barsbey, Mediano and Birdal, *Grokking at the Edge of Numerical Stability*, ICLR 2025, arXiv 2501.04697.
///
/// ```
/// use sparse_parity::optim::{Orthogonal, Pull};
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(2, 1)?.without_bias();
/// let (mut theta, mut grad) = (Params::<f64>::zeros(model.layout()), Params::zeros(model.layout()));
/// theta.as_mut_slice().copy_from_slice(&[2.0, 0.0]);
/// grad.as_mut_slice().copy_from_slice(&[5.0, 3.0]);
/// Orthogonal.pull(0, &theta, &mut grad);
/// assert_eq!(grad.as_slice(), [0.0, 3.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orthogonal;

impl<F: Real> Pull<F> for Orthogonal {
    fn pull(&mut self, _: u64, theta: &Params<F>, grad: &mut Params<F>) {
        let dot = |a: &[F], b: &[F]| {
            let products = a.iter().zip(b).map(|(a, b)| a.as_f64() * b.as_f64());
            products.sum::<f64>()
        };
        let square = dot(theta.as_slice(), theta.as_slice());
        if square == 0.0 {
            return;
        }
        let share = F::of(dot(theta.as_slice(), grad.as_slice()) / square);
        for (g, &w) in grad.as_mut_slice().iter_mut().zip(theta.as_slice()) {
            *g -= share * w;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::{Architecture, Mlp};
    use crate::optim::{Optimizer, Pulled, Rule, Sgd};
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn what_is_left_is_orthogonal_and_the_norm_does_not_fall() {
        let model = Mlp::new(9, 7, Relu).unwrap();
        let rng = &mut Seeds::from(2).stream(Purpose::Init);
        let sgd = Sgd::new(model.layout(), Rule::rate(0.3)).unwrap();
        let mut optimizer = Pulled::new(Orthogonal, sgd);
        let dot = |a: &Params<f64>, b: &Params<f64>| -> f64 {
            let products = a.as_slice().iter().zip(b.as_slice());
            products.map(|(a, b)| a * b).sum()
        };
        let mut theta = Params::draw(model.layout(), rng);
        for t in 0..20 {
            let grad = Params::<f64>::draw(model.layout(), rng);
            let mut left = grad.clone();
            Orthogonal.pull(t, &theta, &mut left);
            let size = (dot(&theta, &theta) * dot(&grad, &grad)).sqrt();
            assert!(dot(&theta, &left).abs() < 1e-14 * size);
            let before = dot(&theta, &theta);
            optimizer.step(t, &mut theta, &grad);
            assert!(dot(&theta, &theta) >= before * (1.0 - 1e-14));
        }
        let (zeros, grad) = (Params::zeros(model.layout()), theta.clone());
        let mut left = grad.clone();
        Orthogonal.pull(0, &zeros, &mut left);
        assert_eq!(left, grad);
    }
}
