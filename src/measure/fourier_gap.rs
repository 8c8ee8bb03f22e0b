use super::Measure;
use crate::activation::{Activation, Form};
use crate::data::Parity;
use crate::error::{Error, Result, at_most};
use crate::model::{Architecture, Model};
use crate::params::{Block, Params};
use crate::real::Real;
use crate::theory::gap::FourierGap;
use crate::theory::gradient::{MOST_ENUMERATED, Neuron};
use crate::train::Snapshot;
use ndarray::{Ix1, Ix2};

/// The Fourier gap of the neurons of a two-layer network at θ_t (Definition 1, figure 12).
///
/// That of neuron a is the gap of its population gradient under the correlation loss at output
/// weight 1, whatever the run itself is trained on:
///
/// ```math
/// \gamma_a = \min_{i \in S} |g_i| - \max_{i \notin S} |g_i|, \qquad
/// g_i = -\mathbb{E}\big[ y \, x_i \, \sigma'(w_a \cdot x + b_a) \big]
/// ```
///
/// It is exact up to rounding or the error that the method of
/// [`theory::gradient`](crate::theory::gradient) states; no examples are drawn. What is measured is
/// the median over all neurons, or one neuron: see [`of_neuron`](NeuronGap::of_neuron).
///
/// It reads the blocks `hidden.weight` and, if it is there, `hidden.bias`, and works for every model
/// whose hidden layer is declared like that of [`Mlp`](crate::model::Mlp).
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let distribution = ParityDistribution::new(15, &[2, 3, 5, 7])?;
/// let model = Mlp::new(15, 1, Sine)?.without_output_layer();
/// let theta = Params::<f64>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let gap = NeuronGap::new(&model, Sine, distribution.parity())?;
/// let start = gap.gaps(&theta)?[0];
///
/// let mut recorder = Recorder::new(Interval::every(10)?).with(gap);
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.01))?;
/// let stream = Online::new(distribution, &seeds);
/// Trainer::new(model, Correlation, stream, sgd, theta, 32)?.run(20, &mut recorder);
/// let gaps = recorder.table().column("fourier gap").unwrap();
/// assert_eq!((gaps.len(), gaps[0]), (3, start.gamma()));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronGap<A> {
    activation: A,
    support: Vec<usize>,
    weight: Block<Ix2>,
    bias: Option<Block<Ix1>>,
    /// One neuron, or all of them.
    neuron: Option<usize>,
}

impl<A: Activation> NeuronGap<A> {
    /// The median gap over the neurons of `model`, whose activation has to be given.
    ///
    /// Of an even number of neurons it is the mean of the two in the middle. At parameters for
    /// which [`gaps`](NeuronGap::gaps) is an error, such as those of a diverged run, the measure is
    /// NaN; it panics if the run has another model.
    ///
    /// # Errors
    /// [`Error::UnknownBlock`] or [`Error::BlockAxes`] if the model has no such blocks,
    /// [`Error::Mismatch`] if blocks or parity disagree with the model on their size,
    /// [`Error::Method`] if no exact method reaches so many coordinates with that activation.
    pub fn new(model: &impl Architecture, activation: A, parity: &Parity) -> Result<Self> {
        let layout = model.layout();
        let weight: Block<Ix2> = layout.get("hidden.weight")?;
        let has_bias = layout.names().any(|name| name == "hidden.bias");
        let bias = has_bias.then(|| layout.get("hidden.bias")).transpose()?;
        let (width, n) = (weight.shape()[0], weight.shape()[1]);
        same("the dimension n of the parity", n, parity.n())?;
        if let Some(bias) = &bias {
            same("the number of biases", width, bias.shape()[0])?;
        }
        if n > MOST_ENUMERATED && activation.form(1.0) == Form::Other {
            // The refusal of the method itself, with its repair.
            Neuron::new(&activation, &vec![1.0; n], 0.0)?.gradient(parity.support())?;
        }
        Ok(NeuronGap {
            activation,
            support: parity.support().to_vec(),
            weight,
            bias,
            neuron: None,
        })
    }

    /// The gap of one neuron of `model`, counted from 0.
    ///
    /// # Errors
    /// As [`new`](NeuronGap::new), and [`Error::TooLarge`] if there is no such neuron.
    pub fn of_neuron(
        model: &impl Architecture,
        activation: A,
        parity: &Parity,
        neuron: usize,
    ) -> Result<Self> {
        let all = NeuronGap::new(model, activation, parity)?;
        let last = all.weight.shape()[0].saturating_sub(1);
        at_most("the place of the neuron", neuron, last)?;
        Ok(NeuronGap {
            neuron: Some(neuron),
            ..all
        })
    }

    /// The gaps at θ, one for each neuron that is measured.
    ///
    /// # Panics
    /// If θ is of another model and too short.
    ///
    /// # Errors
    /// Those of [`Neuron::new`] and [`Neuron::gradient`].
    pub fn gaps<F: Real>(&self, theta: &Params<F>) -> Result<Vec<FourierGap>> {
        let weight = theta.view(&self.weight);
        let bias = self.bias.as_ref().map(|bias| theta.view(bias));
        let neurons = match self.neuron {
            Some(neuron) => neuron..neuron + 1,
            None => 0..weight.nrows(),
        };
        let gap = |a: usize| {
            let w: Vec<f64> = weight.row(a).iter().map(|w| w.as_f64()).collect();
            let b = bias.map_or(0.0, |bias| bias[a].as_f64());
            let found = Neuron::new(&self.activation, &w, b)?.gradient(&self.support)?;
            FourierGap::of(&found.weight, &self.support)
        };
        neurons.map(gap).collect()
    }
}

/// Succeeds if a size is what it has to be.
fn same(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected != found {
        return Err(Error::Mismatch {
            what,
            expected,
            found,
            repair: "use the hidden layer of a two-layer network, and a parity of its inputs",
        });
    }
    Ok(())
}

/// The median; NaN of no numbers, or if one is NaN.
fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    values.sort_by(f64::total_cmp);
    let (below, above) = ((values.len() - 1) / 2, values.len() / 2);
    (values[below] + values[above]) / 2.0
}

impl<F: Real, M: Model<F>, A: Activation> Measure<F, M> for NeuronGap<A> {
    fn name(&self) -> &str {
        "fourier gap"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        let gammas = |gaps: Vec<FourierGap>| gaps.iter().map(FourierGap::gamma).collect();
        self.gaps(at.theta)
            .map_or(f64::NAN, |gaps| median(gammas(gaps)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Sine};
    use crate::data::{Online, ParityDistribution};
    use crate::loss::{Correlation, Hinge};
    use crate::measure::{Interval, Recorder};
    use crate::model::{DeepMlp, Mlp};
    use crate::optim::{Rule, Sgd};
    use crate::seeds::{Purpose, Seeds};
    use crate::train::Trainer;

    fn start<F: Real>(model: &impl Architecture) -> Params<F> {
        Params::draw(model.layout(), &mut Seeds::from(5).stream(Purpose::Init))
    }

    /// E[y x_j cos(w·x + b)] = Re(e^{ib} ∏_{l∈T} i·sin w_l ∏_{l∉T} cos w_l) at T = S△{j}.
    fn coefficient(w: &[f64], b: f64, support: &[usize], j: usize) -> f64 {
        let inside = |l: usize| support.contains(&l) != (l == j);
        let size: f64 = (0..w.len())
            .map(|l| if inside(l) { w[l].sin() } else { w[l].cos() })
            .product();
        let degree = (0..w.len()).filter(|&l| inside(l)).count();
        [b.cos(), -b.sin(), -b.cos(), b.sin()][degree % 4] * size
    }

    #[test]
    fn the_gap_of_a_sine_neuron_along_a_run_is_the_closed_form() {
        let support = [1, 4, 6];
        let distribution = ParityDistribution::new(9, &support).unwrap();
        let model = Mlp::new(9, 1, Sine).unwrap().without_output_layer();
        let gap = NeuronGap::new(&model, Sine, distribution.parity()).unwrap();
        let mut recorder = Recorder::new(Interval::every(1).unwrap()).with(gap);
        let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
        let stream = Online::new(distribution, &Seeds::from(2));
        let theta = start::<f64>(&model);
        let mut run = Trainer::new(model, Correlation, stream, sgd, theta, 16).unwrap();
        for step in 0..30 {
            let theta = run.theta().clone();
            run.run(1, &mut recorder);
            let (w, b) = theta.as_slice().split_at(9);
            let size = |j: usize| coefficient(w, b[0], &support, j).abs();
            let on = support.map(size).into_iter().fold(f64::INFINITY, f64::min);
            let rest = (0..9).filter(|j| !support.contains(j));
            let expected = on - rest.map(size).fold(0.0, f64::max);
            let found = recorder.table().column("fourier gap").unwrap()[step];
            assert!((found - expected).abs() < 1e-14, "{found}, not {expected}");
        }
    }

    #[test]
    fn the_measure_of_a_network_is_the_median_of_its_neurons() {
        let parity = Parity::new(11, &[0, 3]).unwrap();
        for (width, with_bias) in [(4, true), (5, false)] {
            let mut model = Mlp::new(11, width, Relu).unwrap();
            if !with_bias {
                model = model.without_hidden_bias();
            }
            let theta = start::<f32>(&model);
            let one = |a| {
                let gap = NeuronGap::of_neuron(&model, Relu, &parity, a).unwrap();
                let gaps = gap.gaps(&theta).unwrap();
                assert_eq!(gaps.len(), 1);
                gaps[0].gamma()
            };
            let mut each: Vec<f64> = (0..width).map(one).collect();
            each.sort_by(f64::total_cmp);
            let expected = (each[(width - 1) / 2] + each[width / 2]) / 2.0;

            let gap = NeuronGap::new(&model, Relu, &parity).unwrap();
            let mut recorder = Recorder::new(Interval::every(1).unwrap()).with(gap);
            let sgd = Sgd::new(model.layout(), Rule::rate(0.1)).unwrap();
            let distribution = ParityDistribution::new(11, &[0, 3]).unwrap();
            let stream = Online::new(distribution, &Seeds::from(2));
            let mut run = Trainer::new(model, Hinge, stream, sgd, theta, 4).unwrap();
            run.run(0, &mut recorder);
            assert_eq!(recorder.table().column("fourier gap").unwrap(), [expected]);
        }
    }

    #[test]
    fn parameters_without_a_gap_are_an_error_and_measured_as_no_number() {
        let model = Mlp::new(6, 2, Relu).unwrap();
        let distribution = ParityDistribution::new(6, &[0, 3]).unwrap();
        let gap = NeuronGap::new(&model, Relu, distribution.parity()).unwrap();
        let mut theta = start::<f64>(&model);
        theta.fill(f64::NAN);
        let error = gap.gaps(&theta).unwrap_err();
        assert!(matches!(error, Error::NotFinite { .. }), "{error}");
        assert!(median(vec![1.0, f64::NAN]).is_nan() && median(Vec::new()).is_nan());
    }

    /// No form is known of it.
    #[derive(Debug, Clone)]
    struct Bump;

    impl Activation for Bump {
        fn value<F: Real>(&self, z: F) -> F {
            F::one() / (F::one() + z * z)
        }
        fn slope<F: Real>(&self, z: F) -> F {
            let value = self.value(z);
            -(z + z) * value * value
        }
    }

    #[test]
    fn what_cannot_be_measured_is_refused_when_the_measure_is_made() {
        let told = |found: Result<NeuronGap<Relu>>| found.unwrap_err().to_string();
        let parity = Parity::new(6, &[0, 3]).unwrap();
        let deep = DeepMlp::new(6, &[2, 1], Relu).unwrap();
        let error = told(NeuronGap::new(&deep, Relu, &parity));
        assert!(error.contains("\"hidden.weight\""), "{error}");
        let other = Mlp::new(7, 2, Relu).unwrap();
        let error = told(NeuronGap::new(&other, Relu, &parity));
        assert!(error.contains("is 6 where 7 is needed"), "{error}");
        let model = Mlp::new(6, 2, Relu).unwrap();
        let error = told(NeuronGap::of_neuron(&model, Relu, &parity, 2));
        assert!(error.contains("the place of the neuron is 2"), "{error}");

        let long = Mlp::new(27, 2, Bump).unwrap();
        let parity = Parity::new(27, &[0, 3]).unwrap();
        let error = NeuronGap::new(&long, Bump, &parity).unwrap_err();
        assert!(matches!(error, Error::Method { .. }), "{error}");
        let short = Mlp::new(8, 2, Bump).unwrap();
        let parity = Parity::new(8, &[0, 3]).unwrap();
        assert!(NeuronGap::new(&short, Bump, &parity).is_ok());
    }
}
