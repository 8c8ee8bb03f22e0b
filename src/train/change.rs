//! What a person may change in a run that goes on.

use super::{Stage, Trainer};
use crate::data::BatchStream;
use crate::error::Result;
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::{Optimizer, Rules};
use crate::params::Params;
use crate::real::Real;

impl<F, M, L, S, O> Trainer<F, M, L, S, O>
where
    F: Real,
    M: Model<F>,
    L: Loss<F>,
    S: BatchStream<F>,
    O: Optimizer<F>,
{
    /// Puts other parameters in the place of θ_t, and goes on from them.
    ///
    /// Stream, optimizer with its moments and step count stay. An iterate that was shown keeps its batch, and its outputs,
    /// loss and gradient are computed anew.
    ///
    /// ```
    /// use sparse_parity::ndarray::Ix2;
    /// use sparse_parity::prelude::*;
    ///
    /// let seeds = Seeds::from(1);
    /// let parity = ParityDistribution::new(12, &[1, 2])?;
    /// let model = Mlp::new(12, 30, Relu)?;
    /// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    /// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
    /// let solved = Convergence::new(&model, parity.parity(), &seeds)?;
    /// let mut trainer = Trainer::new(model, Hinge, Online::new(parity, &seeds), sgd, theta, 32)?;
    /// trainer.run(10_000, solved);
    ///
    /// // Ablate the neuron with the largest weight, and let the others make up for it.
    /// let weight = trainer.model().layout().get::<Ix2>("hidden.weight")?;
    /// let mut theta = trainer.theta().clone();
    /// let largest = |row: usize| theta.view(&weight).row(row).iter().fold(0.0_f32, |most, w| most.max(w.abs()));
    /// let neuron = (0..30).max_by(|a, b| largest(*a).total_cmp(&largest(*b))).unwrap();
    /// theta.view_mut(&weight).row_mut(neuron).fill(0.0);
    /// trainer.set_theta(&theta)?;
    /// trainer.run(500, ());
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if they were made for another model; the run is then unchanged.
    pub fn set_theta(&mut self, theta: &Params<F>) -> Result<()> {
        self.theta.assign(theta)?;
        if self.stage != Stage::Undrawn {
            self.evaluate();
            self.complete();
        }
        Ok(())
    }

    /// Lets the optimizer go on by other rates, decays and frozen blocks; its moments stay.
    ///
    /// Schedules of the new rules are asked for the same step count t, which goes on.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let seeds = Seeds::from(1);
    /// let model = Mlp::new(12, 30, Relu)?;
    /// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
    /// let adam = Adam::new(model.layout(), Rule::rate(0.01))?;
    /// let stream = Online::new(ParityDistribution::new(12, &[1, 2])?, &seeds);
    /// let mut trainer = Trainer::new(model, Hinge, stream, adam, theta, 32)?;
    /// trainer.run(100, ());
    /// let before = trainer.theta().clone();
    /// trainer.set_rules(Rules::from(Rule::rate(0.001)).on("hidden", Rule::frozen()))?;
    /// trainer.run(100, ());
    /// let (hidden, output) = (0..12 * 30, 12 * 30 + 30..);
    /// assert_eq!(trainer.theta().as_slice()[hidden.clone()], before.as_slice()[hidden]);
    /// assert_ne!(trainer.theta().as_slice()[output.clone()], before.as_slice()[output]);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Optimizer::set_rules`].
    pub fn set_rules(&mut self, rules: impl Into<Rules>) -> Result<()> {
        self.optimizer.set_rules(&rules.into())
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    type Run = Trainer<f64, PolyNet, Square, Online<ParityDistribution>, Box<dyn Optimizer<f64>>>;

    fn run(optimizer: fn(&PolyNet, Rule) -> Box<dyn Optimizer<f64>>) -> Run {
        let seeds = Seeds::from(4);
        let model = PolyNet::new(8, 2).unwrap();
        let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let stream = Online::new(ParityDistribution::new(8, &[1, 2]).unwrap(), &seeds);
        let optimizer = optimizer(&model, Rule::rate(0.01));
        Trainer::new(model, Square, stream, optimizer, theta, 8).unwrap()
    }

    fn sgd(model: &PolyNet, rule: Rule) -> Box<dyn Optimizer<f64>> {
        Box::new(Sgd::new(model.layout(), rule).unwrap())
    }

    fn momentum(model: &PolyNet, rule: Rule) -> Box<dyn Optimizer<f64>> {
        Box::new(Momentum::new(model.layout(), rule).unwrap())
    }

    #[test]
    fn the_same_parameters_change_nothing() {
        for optimizer in [sgd, momentum] {
            let (mut changed, mut plain) = (run(optimizer), run(optimizer));
            for _ in 0..3 {
                let theta = changed.theta().clone();
                changed.set_theta(&theta).unwrap();
                changed.set_rules(Rule::rate(0.01)).unwrap();
                changed.run(5, ());
                plain.run(5, ());
            }
            assert_eq!(changed.theta(), plain.theta());
        }
    }

    #[test]
    fn what_was_computed_is_that_of_the_new_parameters() {
        let mut trainer = run(sgd);
        trainer.run(5, ());
        let before = trainer.snapshot().unwrap().loss;
        let zeros = Params::zeros(trainer.model().layout());
        trainer.set_theta(&zeros).unwrap();
        let at = trainer.snapshot().unwrap();
        assert_eq!((at.step, at.loss, before == at.loss), (5, 1.0, false));
        let other = PolyNet::new(9, 2).unwrap();
        assert!(trainer.set_theta(&Params::zeros(other.layout())).is_err());
        assert_eq!(trainer.theta(), &zeros);
    }

    #[test]
    fn new_rules_hold_from_the_next_update_on_and_moments_stay() {
        let mut trainer = run(momentum);
        trainer.run(5, ());
        let theta = trainer.theta().clone();
        trainer.set_rules(Rule::frozen()).unwrap();
        trainer.run(5, ());
        assert_eq!(trainer.theta(), &theta);
        trainer.set_rules(Rule::rate(0.01)).unwrap();
        trainer.run(1, ());
        assert_ne!(trainer.theta(), &theta);
        assert!(trainer.set_rules(Rule::rate(-1.0)).is_err());
    }

    #[test]
    fn an_optimizer_without_rules_says_so() {
        struct Still;
        impl Optimizer<f64> for Still {
            fn step(&mut self, _: u64, _: &mut Params<f64>, _: &Params<f64>) {}
        }
        let mut trainer = run(sgd).with_optimizer(Still).unwrap();
        let error = trainer.set_rules(Rule::rate(0.1)).unwrap_err().to_string();
        assert!(error.contains("with_optimizer"), "{error}");
    }
}
