use crate::error::{Result, non_negative};
use crate::optim::{BlockRule, Optimizer, Rules};
use crate::params::{InitialDistribution, Layout, Params};
use crate::real::Real;
use crate::seeds::{LabRng, Purpose, Seeds, origin};
use std::sync::Arc;

/// Langevin dynamics: Gaussian noise behind every update of an optimizer.
///
/// ```math
/// \theta_{t+1} = \text{update}(\theta_t) + \sqrt{2 \eta_t \tau} \, \xi_t , \qquad \xi_t \sim N(0, I)
/// ```
///
/// The rate η_t is that of the rules, so that blocks that they keep frozen get no noise. With the temperature τ = 0 it is the
/// optimizer, to the bit. The noise comes from the stream of [`Purpose::Langevin`].
///
/// With a network in mean-field scaling and an L2 penalty this is mean-field Langevin dynamics: Suzuki, Wu, Oko and Nitanda,
/// *Feature learning via mean-field Langevin dynamics: classifying sparse parities and beyond*, NeurIPS 2023.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(10, 40, Tanh)?;
/// let rule = Rule::rate(0.1).with_decay(1e-3).by(Decay::Coupled);
/// let sgd = Sgd::new(model.layout(), rule.clone())?;
/// let noisy = Langevin::<f32, _>::new(sgd, model.layout(), rule, 1e-4, &Seeds::from(1))?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Langevin<F: Real, O> {
    optimizer: O,
    moving: Vec<BlockRule>,
    temperature: f64,
    rng: LabRng,
    /// Scratch for the noise.
    noise: Params<F>,
}

impl<F: Real, O: Optimizer<F>> Langevin<F, O> {
    /// The optimizer with noise of that temperature, at the rates of `rules`, which should be those of the optimizer.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) unless the temperature is finite and not negative; those of
    /// [`Rules::resolve`], and of [`Optimizer::fits`].
    pub fn new(
        optimizer: O,
        layout: &Arc<Layout>,
        rules: impl Into<Rules>,
        temperature: f64,
        seeds: &Seeds,
    ) -> Result<Self> {
        optimizer.fits(layout)?;
        Ok(Langevin {
            optimizer,
            moving: rules.into().resolve(layout)?,
            temperature: non_negative("the temperature", temperature)?,
            rng: seeds.stream(Purpose::Langevin),
            noise: Params::zeros(layout),
        })
    }
}

impl<F: Real, O: Optimizer<F>> Optimizer<F> for Langevin<F, O> {
    fn fits(&self, layout: &Layout) -> Result<()> {
        self.noise.layout().agrees_with(layout)?;
        self.optimizer.fits(layout)
    }

    fn identity(&self) -> String {
        let (temperature, seed) = (self.temperature, origin(&self.rng));
        let noise = format!("temperature = {temperature:?}\nseed of the noise = {seed}");
        format!("{}\n{noise}", self.optimizer.identity())
    }

    fn set_rules(&mut self, rules: &Rules) -> Result<()> {
        let moving = rules.resolve(self.noise.layout())?;
        self.optimizer.set_rules(rules)?;
        self.moving = moving;
        Ok(())
    }

    fn step(&mut self, t: u64, theta: &mut Params<F>, grad: &Params<F>) {
        self.optimizer.step(t, theta, grad);
        if self.temperature == 0.0 {
            return;
        }
        // Frozen blocks draw, too: which blocks are frozen changes no noise of the others.
        let unit = InitialDistribution::Normal { deviation: 1.0 };
        for place in 0..self.noise.layout().names().count() {
            self.noise.redraw(place, &unit, &mut self.rng);
        }
        for BlockRule { range, rule } in &self.moving {
            let size = F::of((2.0 * rule.rate.at(t) * self.temperature).sqrt());
            let theta = &mut theta.as_mut_slice()[range.clone()];
            let noise = &self.noise.as_slice()[range.clone()];
            for (w, &xi) in theta.iter_mut().zip(noise) {
                *w += size * xi;
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
    use crate::optim::{Rule, Sgd};

    fn moved(temperature: f64, rules: &Rules) -> Params<f64> {
        let model = Mlp::new(40, 50, Relu).unwrap();
        let layout = model.layout();
        let sgd = Sgd::new(layout, rules.clone()).unwrap();
        let seeds = Seeds::from(3);
        let langevin = Langevin::new(sgd, layout, rules.clone(), temperature, &seeds);
        let (mut theta, grad) = (Params::zeros(layout), Params::zeros(layout));
        langevin.unwrap().step(0, &mut theta, &grad);
        theta
    }

    #[test]
    fn noise_has_the_variance_of_the_temperature_and_moves_no_frozen_block() {
        let rules = Rules::from(Rule::rate(0.5)).on("output", Rule::frozen());
        let theta = moved(0.25, &rules);
        // 50 rows of 40 weights and a bias.
        let (hidden, output) = theta.as_slice().split_at(2050);
        let variance = hidden.iter().map(|w| w * w).sum::<f64>() / 2050.0;
        // Five deviations of √(2/2050) around 2 η τ.
        assert!((variance / 0.25 - 1.0).abs() < 5.0 * (2.0 / 2050.0_f64).sqrt());
        assert!(output.iter().all(|w| *w == 0.0));
        let free = moved(0.25, &Rule::rate(0.5).into());
        assert_eq!(&free.as_slice()[..2050], hidden);
        assert!(moved(0.0, &rules).as_slice().iter().all(|w| *w == 0.0));
    }

    #[test]
    fn temperatures_that_are_none_are_refused() {
        let model = Mlp::new(4, 5, Relu).unwrap();
        let sgd = Sgd::new(model.layout(), Rule::rate(0.5)).unwrap();
        let seeds = Seeds::from(3);
        let told = Langevin::<f64, _>::new(sgd, model.layout(), Rule::rate(0.5), -1.0, &seeds);
        assert!(matches!(told, Err(Error::Negative { .. })));
    }
}
