use super::parts::{Active, Affine, GradientSink, Readout};
use super::{Architecture, Biases, Model, rows_of_values};
use crate::activation::{Activation, ActivationKind};
use crate::error::{MOST, Result, at_most, positive};
use crate::params::{Init, Layer, Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use crate::simd::Rows;
use ndarray::ArrayRef1;
use std::fmt;
use std::sync::Arc;

/// The network of any depth with a linear readout, of appendix C.7.
///
/// ```math
/// a_0 = x, \qquad a_l = \sigma(W_l a_{l-1} + b_l), \qquad f(x; \theta) = u^T a_L + c
/// ```
///
/// | block | symbol | shape | there |
/// |---|---|---|---|
/// | `hidden1.weight` | W₁ | `[r₁, n]` | always |
/// | `hidden1.bias` | b₁ | `[r₁]` | unless [`without_hidden_biases`](DeepMlp::without_hidden_biases) |
/// | `hidden2.weight`, … | W₂, … | `[r₂, r₁]`, … | for every further width |
/// | `hidden2.bias`, … | b₂, … | `[r₂]`, … | like b₁ |
/// | `output.weight` | u | `[r_L]` | always |
/// | `output.bias` | c | `[1]` | only [`with_output_bias`](DeepMlp::with_output_bias) |
///
/// Order of summation: the first layer and the readout are those of [`Mlp`](super::Mlp), and with
/// one hidden layer the two networks agree to the bit. A later layer adds to its bias the terms of
/// neuron 0, 1, … of the layer below one after the other, the derivative in the layer below those
/// of its own neurons, and the gradient of its weights takes one example after the other. Examples
/// whose output has no derivative are left out before.
///
/// With [`Power::new(2)`](crate::activation::Power), L hidden layers compute polynomials of degree
/// 2ᴸ, and so no parity of a higher degree; the paper counts the readout as a layer as well. If the
/// last one has a single neuron, its values have one sign and the readout needs its bias. To train
/// layer by layer, freeze layers by [`Rules`](crate::optim::Rules): `hidden1` covers weights and
/// biases of the first.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = DeepMlp::new(50, &[10, 10, 1], Power::new(2)?)?;
/// assert_eq!(model.layout().len(), (500 + 10) + (100 + 10) + (10 + 1) + 1);
/// let rules = Rules::from(Rule::rate(0.01)).on("hidden1", Rule::frozen());
/// let sgd = Sgd::new(model.layout(), rules)?;
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone)]
pub struct DeepMlp<A> {
    n: usize,
    init: Init,
    settings: DeepMlpSettings<A>,
    layout: Arc<Layout>,
    hidden: Vec<Affine>,
    readout: Readout,
}

const NOT_EMPTY: &str = "a network has a hidden layer";

/// The settings of a [`DeepMlp`]: everything but n and the initialisation.
///
/// As data the activation is an [`ActivationKind`], in a network the function itself.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "sweep",
    schemars(bound = "A: schemars::JsonSchema + serde::Serialize, DeepMlpSettings<A>: Default")
)]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct DeepMlpSettings<A = ActivationKind> {
    /// The number of neurons of each hidden layer, the first one first.
    #[cfg_attr(feature = "sweep", schemars(extend("x-aliases" = ["hidden_sizes"])))]
    pub widths: Vec<usize>,
    /// The activation of all hidden layers.
    pub activation: A,
    /// Whether there is a trained output bias.
    pub output_bias: bool,
    /// What happens to the biases of the hidden layers.
    pub biases: Biases,
}

impl Default for DeepMlpSettings {
    /// The quadratic network (2, 1) of appendix C.7, with an output bias: its last neuron alone
    /// has values of one sign.
    fn default() -> Self {
        DeepMlpSettings {
            widths: vec![2, 1],
            activation: ActivationKind::Square,
            output_bias: true,
            biases: Biases::Trained,
        }
    }
}

impl<A> DeepMlpSettings<A> {
    /// The same settings with another activation.
    pub fn with_activation<B>(self, activation: B) -> DeepMlpSettings<B> {
        DeepMlpSettings {
            widths: self.widths,
            activation,
            output_bias: self.output_bias,
            biases: self.biases,
        }
    }
}

impl<A: Activation> DeepMlp<A> {
    /// A network with hidden layers of these widths, first the one that reads the inputs, with
    /// biases in all of them and no output bias, initialised by [`Init::Uniform`].
    ///
    /// # Errors
    /// Those of [`from_settings`](DeepMlp::from_settings).
    pub fn new(n: usize, widths: &[usize], activation: A) -> Result<Self> {
        let settings = DeepMlpSettings {
            widths: widths.to_vec(),
            activation,
            output_bias: false,
            biases: Biases::Trained,
        };
        DeepMlp::from_settings(n, settings, Init::default())
    }

    /// The network of these settings for n coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if n, a width or the number of widths is 0,
    /// [`Error::TooLarge`](crate::Error::TooLarge) for more than 2³⁶ weights, and those of
    /// [`Init::affine`].
    pub fn from_settings(n: usize, settings: DeepMlpSettings<A>, init: Init) -> Result<Self> {
        let widths = &settings.widths;
        positive("the number of hidden layers", widths.len())?;
        for &width in widths {
            positive("the width of a hidden layer", width)?;
        }
        positive("the number of coordinates n", n)?;
        let inputs = || std::iter::once(&n).chain(widths).copied();
        let weights = inputs().zip(widths).fold(0_usize, |sum, (a, &b)| {
            sum.saturating_add(a.saturating_mul(b))
        });
        at_most("the number of weights", weights, MOST)?;
        let (mut layout, mut hidden) = (Layout::default(), Vec::new());
        for (place, (inputs, &width)) in inputs().zip(widths).enumerate() {
            let layer = if place == 0 {
                Layer::First
            } else {
                Layer::Middle
            };
            let values = init.affine(layer, inputs, width)?;
            let name = format!("hidden{}", place + 1);
            let affine = (width, inputs);
            let with_bias = settings.biases.are_there();
            hidden.push(Affine::declare(
                &mut layout,
                &name,
                affine,
                values,
                with_bias,
            ));
        }
        let last = *widths.last().expect(NOT_EMPTY);
        let readout = Readout::declare(&mut layout, last, init, true, settings.output_bias)?;
        Ok(DeepMlp {
            n,
            init,
            settings,
            layout: Arc::new(layout),
            hidden,
            readout,
        })
    }

    /// The same network with another initialisation.
    ///
    /// # Errors
    /// Those of [`Init::affine`].
    pub fn with_init(self, init: Init) -> Result<Self> {
        DeepMlp::from_settings(self.n, self.settings, init)
    }

    /// The same network without the biases b₁, …, b_L.
    #[must_use]
    pub fn without_hidden_biases(self) -> Self {
        self.edited(|settings| settings.biases = Biases::None)
    }

    /// The same network with a trainable output bias c.
    #[must_use]
    pub fn with_output_bias(self) -> Self {
        self.edited(|settings| settings.output_bias = true)
    }

    /// The settings.
    pub fn settings(&self) -> &DeepMlpSettings<A> {
        &self.settings
    }

    /// The numbers of neurons r₁, …, r_L.
    pub fn widths(&self) -> &[usize] {
        &self.settings.widths
    }

    /// The activation σ.
    pub fn activation(&self) -> &A {
        &self.settings.activation
    }

    fn edited(mut self, edit: impl FnOnce(&mut DeepMlpSettings<A>)) -> Self {
        edit(&mut self.settings);
        DeepMlp::from_settings(self.n, self.settings, self.init)
            .expect("the initialisation was accepted for these sizes before")
    }
}

impl<A: Activation> fmt::Debug for DeepMlp<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeepMlp")
            .field("n", &self.n)
            .field("init", &self.init)
            .field("settings", &self.settings)
            .finish()
    }
}

impl<A: Activation> Architecture for DeepMlp<A> {
    fn dim(&self) -> usize {
        self.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        format!("DeepMlp n={} {:?} {:?}", self.n, self.init, self.settings)
    }

    fn activations(&self) -> usize {
        self.settings.widths.iter().sum()
    }

    fn rows_at_once(&self) -> usize {
        rows_of_values(self.settings.widths.iter().sum())
    }
}

/// The pre-activations of a [`DeepMlp`], and room for their gradient.
#[derive(Debug)]
pub struct DeepMlpCache<F> {
    hidden: Vec<HiddenCache<F>>,
    active: Active,
}

/// What one hidden layer remembers; every array is `[batch, r_l]`.
#[derive(Debug)]
struct HiddenCache<F> {
    /// W a + b.
    z: Rows<F>,
    /// σ(z) of the rows that are worked on, if there is a layer above.
    a: Rows<F>,
    /// The derivative in z of the active examples.
    d: Rows<F>,
}

impl<F: Real, A: Activation> Model<F> for DeepMlp<A> {
    type Cache = DeepMlpCache<F>;

    fn cache(&self, batch: usize) -> DeepMlpCache<F> {
        let hidden = |&width: &usize| HiddenCache {
            z: Rows::tight(batch, width),
            a: Rows::tight(batch, width),
            d: Rows::tight(batch, width),
        };
        DeepMlpCache {
            hidden: self.settings.widths.iter().map(hidden).collect(),
            active: Active::new(batch, self.n),
        }
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut DeepMlpCache<F>,
        out: &mut ArrayRef1<F>,
    ) {
        let rows = x.rows();
        assert_eq!(out.len(), rows, "one output a row is needed");
        let (lowest, layers) = cache.hidden.split_first_mut().expect(NOT_EMPTY);
        self.hidden[0].of_signs(theta, x, (0, &mut lowest.z));
        let mut below = lowest;
        for (affine, layer) in self.hidden[1..].iter().zip(layers) {
            let a = below.a.first_mut(rows);
            for (a, &z) in a.iter_mut().zip(below.z.first(rows)) {
                *a = self.settings.activation.value(z);
            }
            affine.of_rows(theta, a, layer.z.first_mut(rows));
            below = layer;
        }
        self.readout
            .of_rows(&self.settings.activation, theta, &below.z, out);
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut DeepMlpCache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let DeepMlpCache { hidden, active } = cache;
        let (x, active) = active.of(x, d_out);
        let rows = active.len();
        let (last, layers) = hidden.split_last_mut().expect(NOT_EMPTY);
        let mut layer = last;
        let HiddenCache { z, d, .. } = &mut *layer;
        let (readout, shown) = (&self.readout, (active, d_out));
        d.assign(z);
        let d = (d, self.hidden.last().and_then(Affine::bias));
        readout.grad_of_rows(&self.settings.activation, theta, d, shown, into);
        for (affines, below) in self.hidden.windows(2).zip(layers).rev() {
            let ([lower, upper], d) = (affines, layer.d.first(rows)) else {
                unreachable!("a window has two layers")
            };
            upper.back_rows(theta, d, below.d.first_mut(rows));
            self.through_activation(below, active);
            upper.grad_of_rows(below.a.first(rows), d, into);
            for bias in GradientSink::accumulate([lower.bias()], theta, into)
                .into_iter()
                .flatten()
            {
                bias.take_rows(below.d.first(rows), below.d.step(), below.d.width());
            }
            layer = below;
        }
        self.hidden[0].grad_of_signs(x, &layer.d, into);
    }
}

impl<A: Activation> DeepMlp<A> {
    /// For the active rows: writes a = σ(z), and turns the derivative in a into that in z.
    fn through_activation<F: Real>(&self, layer: &mut HiddenCache<F>, rows: &[usize]) {
        for (place, &row) in rows.iter().enumerate() {
            let (a, d) = (layer.a.row_mut(place), layer.d.row_mut(place));
            for ((a, d), &z) in a.iter_mut().zip(d).zip(layer.z.row(row)) {
                *a = self.settings.activation.value(z);
                *d *= self.settings.activation.slope(z);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Power, Relu};
    use crate::model::Mlp;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::{Array1, Ix1, Ix2, array, s};

    #[test]
    fn the_formula_is_the_papers() {
        let model = DeepMlp::new(2, &[2, 1], Power::new(2).unwrap()).unwrap();
        let model = model.with_output_bias();
        let mut theta = Params::<f64>::zeros(model.layout());
        for (name, value) in [
            ("hidden1.weight", array![[1.0, 2.0], [-1.0, 0.0]]),
            ("hidden2.weight", array![[1.0, -3.0]]),
        ] {
            let block = model.layout().get::<Ix2>(name).unwrap();
            theta.view_mut(&block).assign(&value);
        }
        for (name, value) in [
            ("hidden1.bias", array![0.0, 2.0]),
            ("hidden2.bias", array![-5.0]),
            ("output.weight", array![0.5]),
            ("output.bias", array![0.25]),
        ] {
            let block = model.layout().get::<Ix1>(name).unwrap();
            theta.view_mut(&block).assign(&value);
        }
        // For x = (1, 1): z₁ = (3, 1), z₂ = 9 − 3 − 5 = 1. For (−1, 1): (1, 3), −31.
        let out = model.predict(&theta, &Signs::cube(2).unwrap());
        assert_eq!(out.slice(s![..2]), array![0.75, 480.75]);
    }

    #[test]
    fn one_hidden_layer_is_the_two_layer_network_to_the_bit() {
        let deep = DeepMlp::new(70, &[37], Relu).unwrap().with_output_bias();
        let flat = Mlp::new(70, 37, Relu).unwrap().with_output_bias();
        let mut x = Signs::ones(9, 70).unwrap();
        x.randomize(&mut Seeds::from(1).stream(Purpose::Train));
        let d_out = Array1::from_shape_fn(9, |row| (row as f32 - 3.0) / 7.0);
        assert_eq!(answer(&deep, &x, &d_out), answer(&flat, &x, &d_out));
    }

    /// Outputs, parameters and gradient.
    fn answer<M: Model<f32>>(
        model: &M,
        x: &Signs,
        d_out: &Array1<f32>,
    ) -> (Array1<f32>, Vec<f32>, Vec<f32>) {
        let theta = Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
        let mut grad = Params::zeros(model.layout());
        let (mut cache, mut out) = (model.cache(x.rows()), Array1::zeros(x.rows()));
        model.forward(&theta, x, &mut cache, &mut out);
        model.grad(&theta, x, &mut cache, d_out, &mut grad);
        (out, theta.as_slice().to_vec(), grad.as_slice().to_vec())
    }

    #[test]
    fn the_paired_initialisation_makes_twins_in_every_layer_and_so_starts_at_zero() {
        let model = DeepMlp::new(9, &[6, 4], Relu).unwrap();
        let model = model.with_init(Init::Paired { k: 2 }).unwrap();
        let mut rng = Seeds::from(1).stream(Purpose::Init);
        let theta = Params::<f64>::draw(model.layout(), &mut rng);
        assert_eq!(
            model.predict(&theta, &Signs::cube(9).unwrap()),
            Array1::<f64>::zeros(512)
        );
    }

    #[test]
    fn sizes_of_zero_are_refused() {
        let refused = |n, widths: &[usize], words| {
            let error = DeepMlp::new(n, widths, Relu).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        refused(0, &[2], "n is 0");
        refused(5, &[2, 0], "the width of a hidden layer is 0");
        refused(5, &[], "the number of hidden layers is 0");
    }
}
