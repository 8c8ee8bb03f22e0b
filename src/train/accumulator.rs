use super::{Stop, Trainer};
use crate::data::BatchStream;
use crate::error::{Error, Result, non_negative};
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;
use crate::params::{Block, Params};
use crate::real::{Real, sum_of_squares};
use crate::theory::gap::largest;
use ndarray::{Axis, IxDyn};
use std::fmt;
use std::ops::ControlFlow;

/// The sum of the gradients of batches at θ_0, from which descent is extrapolated.
///
/// ```math
/// \hat g = \frac1t \sum_{s<t} \nabla_\theta \, \mathrm{mean} \; \ell\big( y_s, f(x_s; \theta_0) \big),
/// \qquad \theta_0 - \eta \, t \, \hat g
/// ```
///
/// [`extrapolate`](GradientAccumulator::extrapolate) says where t steps of SGD of rate η would end if
/// the gradient did not change on the way. The paper conjectures that Fourier coefficients stay as
/// at initialisation while SGD drifts (section 5). How far SGD ends from the extrapolation, on the
/// same batches, tells how far that is true. The k coordinates on which ĝ is largest are the
/// estimate of S of Proposition 9, and [`theory::drift`](crate::theory::drift) predicts when it is
/// right.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::drift::Drift;
/// use sparse_parity::theory::gradient::Neuron;
/// use sparse_parity::train::GradientAccumulator;
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(15, &[2, 9])?;
/// let model = Mlp::new(15, 1, Relu)?.without_hidden_bias().without_output_layer().with_init(Init::Ones)?;
/// let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
///
/// let neuron = Neuron::new(&Relu, &[1.0; 15], 0.0)?;
/// let walk = Drift::of(&neuron, &[2, 9])?.walk(0.1, 32)?;
/// let time = walk.emergence_time(&[2, 9], 0.01)?.ceil() as u64;
///
/// let mut sums = GradientAccumulator::new(model, Correlation, Online::new(distribution, &seeds), theta, 32)?;
/// sums.accumulate(time);
/// assert_eq!(sums.top("hidden.weight", 2)?, [2, 9]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct GradientAccumulator<F: Real, M: Model<F>, L, S> {
    trainer: Trainer<F, M, L, S, Sum>,
}

/// An optimizer that moves nothing and adds up the gradients.
struct Sum(Vec<f64>);

impl<F: Real> Optimizer<F> for Sum {
    fn step(&mut self, _: u64, _: &mut Params<F>, grad: &Params<F>) {
        for (sum, g) in self.0.iter_mut().zip(grad.as_slice()) {
            *sum += g.as_f64();
        }
    }
}

impl<F: Real, M: Model<F>, L: Loss<F>, S: BatchStream<F>> GradientAccumulator<F, M, L, S> {
    /// An empty sum at θ_0 = `theta`, for batches of `batch` examples.
    ///
    /// # Errors
    /// Those of [`Trainer::new`].
    pub fn new(model: M, loss: L, stream: S, theta: Params<F>, batch: usize) -> Result<Self> {
        let sum = Sum(vec![0.0; theta.layout().len()]);
        let trainer = Trainer::new(model, loss, stream, sum, theta, batch)?;
        Ok(GradientAccumulator { trainer })
    }

    /// Adds the gradients of `steps` further batches.
    ///
    /// The result is [`Stop::Budget`], or [`Stop::Diverged`] if an output or a loss at θ_0 is not finite;
    /// that batch is not counted.
    pub fn accumulate(&mut self, steps: u64) -> Stop {
        for _ in 0..steps {
            if let ControlFlow::Break(stop) = self.trainer.step(&mut ()) {
                return stop;
            }
        }
        Stop::Budget
    }

    /// The number t of batches behind the sum.
    pub fn steps(&self) -> u64 {
        self.trainer.steps()
    }

    /// The parameters θ_0.
    pub fn theta(&self) -> &Params<F> {
        self.trainer.theta()
    }

    /// The mean gradient ĝ, 0 before the first batch.
    pub fn gradient(&self) -> Params<F> {
        let mut mean = Params::zeros(self.theta().layout());
        let batches = self.steps().max(1) as f64;
        for (mean, sum) in mean.as_mut_slice().iter_mut().zip(self.sums()) {
            *mean = F::of(sum / batches);
        }
        mean
    }

    /// Where t steps of that rate would end without a change of the gradient: θ_0 − η·t·ĝ.
    ///
    /// # Errors
    /// [`Error::Negative`] unless η is finite and not negative.
    pub fn extrapolate(&self, rate: f64) -> Result<Params<F>> {
        non_negative("the rate η", rate)?;
        let mut theta = self.theta().clone();
        for (w, sum) in theta.as_mut_slice().iter_mut().zip(self.sums()) {
            *w = F::of(w.as_f64() - rate * sum);
        }
        Ok(theta)
    }

    /// The k coordinates on which the gradient of a block is largest, ascending; of equals, the lower
    /// ones.
    ///
    /// The last axis of the block is that of the coordinates, as of `hidden.weight` with its shape
    /// `[r, n]`. For one neuron |ĝ_i| counts, for several the norm of the column.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`] if there is no such block, [`Error::BlockAxes`] if it has no axis,
    /// [`Error::Degree`] unless 1 ≤ k ≤ n.
    pub fn top(&self, block: &str, k: usize) -> Result<Vec<usize>> {
        let gradient = self.gradient();
        let found: Block<IxDyn> = gradient.layout().get(block)?;
        let view = gradient.view(&found);
        let Some(last) = view.ndim().checked_sub(1) else {
            let (name, shape) = (block.into(), Vec::new());
            return Err(Error::BlockAxes { name, shape });
        };
        let columns = view.axis_iter(Axis(last));
        let squares = columns.map(|column| sum_of_squares(&column));
        largest(&squares.collect::<Vec<f64>>(), k)
    }

    fn sums(&self) -> &[f64] {
        &self.trainer.optimizer.0
    }
}

impl<F: Real, M: Model<F>, L: fmt::Debug, S> fmt::Debug for GradientAccumulator<F, M, L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GradientAccumulator")
            .field("trainer", &self.trainer)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Activation, Relu, Sine};
    use crate::data::{Online, Parity, ParityDistribution, Population};
    use crate::loss::{Correlation, Hinge};
    use crate::model::{Architecture, Mlp};
    use crate::optim::{Rule, Sgd};
    use crate::seeds::{Purpose, Seeds};
    use crate::theory::drift::Drift;
    use crate::theory::gradient::{Network, Neuron};

    const BATCH: usize = 32;

    type OneNeuron<A> = GradientAccumulator<f64, Mlp<A>, Correlation, Online<ParityDistribution>>;

    /// A neuron with the given weights and without a bias.
    fn neuron<A: Activation + Clone>(
        f: &A,
        w: &[f64],
        support: &[usize],
        seed: u64,
    ) -> OneNeuron<A> {
        let (model, theta) = at(f, w);
        let distribution = ParityDistribution::new(w.len(), support).unwrap();
        let distribution = distribution.with_label_noise(0.1).unwrap();
        let stream = Online::new(distribution, &Seeds::from(seed));
        GradientAccumulator::new(model, Correlation, stream, theta, BATCH).unwrap()
    }

    fn at<A: Activation + Clone>(f: &A, w: &[f64]) -> (Mlp<A>, Params<f64>) {
        let model = Mlp::new(w.len(), 1, f.clone()).unwrap();
        let model = model.without_hidden_bias().without_output_layer();
        let mut theta = Params::zeros(model.layout());
        theta.as_mut_slice().copy_from_slice(w);
        (model, theta)
    }

    fn drift(f: &impl Activation, w: &[f64], support: &[usize]) -> Drift {
        let drift = Drift::of(&Neuron::new(f, w, 0.0).unwrap(), support).unwrap();
        drift.with_label_noise(0.1).unwrap()
    }

    fn assert_prediction<A: Activation + Clone>(f: &A, w: &[f64], support: &[usize]) {
        let drift = drift(f, w, support);
        let walk = drift.walk(1.0, BATCH).unwrap();
        let time = walk.emergence_time(support, 0.1).unwrap().ceil() as u64;
        let failures = |time: u64| {
            let failed = (0..40).filter(|&seed| {
                let mut sums = neuron(f, w, support, seed);
                assert_eq!(sums.accumulate(time), Stop::Budget);
                sums.top("hidden.weight", support.len()).unwrap() != support
            });
            failed.count()
        };
        assert!(failures(time) <= 4, "{f:?} after {time} steps");
        assert!(failures(time / 10) > 4, "{f:?} after {} steps", time / 10);
    }

    #[test]
    fn the_support_emerges_at_the_predicted_time() {
        assert_prediction(&Relu, &[1.0; 11], &[4, 7]);
        assert_prediction(
            &Sine,
            &[0.5, -0.5, 0.4, 0.5, 0.6, -0.5, 0.5, 0.5],
            &[0, 2, 5],
        );
    }

    #[test]
    fn the_mean_is_the_population_gradient_within_five_standard_errors() {
        let w: Vec<f64> = (1..=20).map(|i| libm::sin(f64::from(i * i))).collect();
        let support = [3, 5, 18];
        let mut sums = neuron(&Relu, &w, &support, 4);
        sums.accumulate(2000);
        let drift = drift(&Relu, &w, &support);
        let examples = (2000 * BATCH) as f64;
        let mut squares = 0.0;
        for (i, &g) in sums.gradient().as_slice().iter().enumerate() {
            let error = (drift.variance(i) / examples).sqrt();
            let far = (g - drift.mean[i]) / error;
            assert!(far.abs() < 5.0, "{far} standard errors at {i}");
            squares += far * far / w.len() as f64;
        }
        // Neither are they much closer than that.
        assert!((0.2..3.0).contains(&squares), "{squares}");
    }

    #[test]
    fn on_the_whole_cube_the_gradient_is_that_of_the_theory() {
        let model = Mlp::new(8, 6, Relu).unwrap();
        let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(3).stream(Purpose::Init));
        let support = [1, 2, 6];
        let stream = Population::new(Parity::new(8, &support).unwrap()).unwrap();
        let exact = Network::new(&Relu, &theta)
            .unwrap()
            .gradient(&support)
            .unwrap();
        let mut sums =
            GradientAccumulator::new(model, Correlation, stream, theta.clone(), 256).unwrap();
        sums.accumulate(3);
        assert_eq!((sums.steps(), sums.theta()), (3, &theta));
        let found = sums.gradient();
        for (a, b) in found.as_slice().iter().zip(exact.gradient.as_slice()) {
            assert!((a - b).abs() < 1e-12);
        }
        let end = sums.extrapolate(0.5).unwrap();
        for ((w, w0), g) in end
            .as_slice()
            .iter()
            .zip(theta.as_slice())
            .zip(found.as_slice())
        {
            assert!((w - (w0 - 1.5 * g)).abs() < 1e-12);
        }
        let columns = |i: usize| {
            (0..6)
                .map(|a| found.as_slice()[a + 6 * i].powi(2))
                .sum::<f64>()
        };
        let top = sums.top("hidden.weight", 1).unwrap()[0];
        assert!((0..8).all(|i| columns(i) <= columns(top)));
    }

    #[test]
    fn sgd_of_a_small_rate_ends_near_the_extrapolation_and_of_a_large_one_does_not() {
        let seeds = Seeds::from(6);
        let model = Mlp::new(12, 10, Relu).unwrap();
        let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let stream = || Online::new(ParityDistribution::new(12, &[0, 1]).unwrap(), &seeds);
        let mut sums =
            GradientAccumulator::new(model.clone(), Hinge, stream(), theta.clone(), BATCH).unwrap();
        sums.accumulate(100);
        let far = |rate: f64| {
            let sgd = Sgd::new(model.layout(), Rule::rate(rate)).unwrap();
            let start = theta.clone();
            let mut run = Trainer::new(model.clone(), Hinge, stream(), sgd, start, BATCH).unwrap();
            run.run(100, ());
            let end = sums.extrapolate(rate).unwrap();
            let distance = |a: &Params<f64>, b: &Params<f64>| {
                let pairs = a.as_slice().iter().zip(b.as_slice());
                pairs.fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()))
            };
            distance(run.theta(), &end) / distance(run.theta(), &theta)
        };
        assert!(far(1e-6) < 1e-3, "{}", far(1e-6));
        assert!(far(0.3) > 0.1, "{}", far(0.3));
    }

    #[test]
    fn in_parts_the_sum_is_the_same_run() {
        let (mut whole, mut parts) = (
            neuron(&Relu, &[0.5; 9], &[0, 1], 1),
            neuron(&Relu, &[0.5; 9], &[0, 1], 1),
        );
        whole.accumulate(30);
        parts.accumulate(11);
        parts.accumulate(19);
        assert_eq!(whole.gradient(), parts.gradient());
        assert!(format!("{whole:?}").contains("step: 30"));
    }

    #[test]
    fn what_is_not_there_is_refused_and_what_is_not_finite_stops() {
        let mut sums = neuron(&Relu, &[f64::NAN, 1.0, 1.0], &[0, 1], 1);
        assert_eq!(sums.accumulate(3), Stop::Diverged { step: 0 });
        assert_eq!(sums.steps(), 0);
        assert!(sums.gradient().as_slice().iter().all(|&g| g == 0.0));
        assert!(sums.top("hidden.bias", 1).is_err());
        assert!(sums.top("hidden.weight", 0).is_err());
        assert!(sums.top("hidden.weight", 4).is_err());
        assert!(sums.extrapolate(-1.0).is_err() && sums.extrapolate(f64::NAN).is_err());
    }
}
