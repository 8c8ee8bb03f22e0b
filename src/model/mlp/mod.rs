mod layers;
mod sinks;

use super::fused::{FusedStep, descend_by_grad};
use super::parts::{Affine, Readout};
use super::{Architecture, Biases, Model, rows_of_values};
use crate::activation::{Activation, ActivationKind};
use crate::error::{Result, positive, product};
use crate::params::{Descent, Init, Layer, Layout, Params};
use crate::real::Real;
use crate::signs::{MOST_TO_DESCEND, Signs};
use layers::{Layers, MlpCache};
use ndarray::ArrayRef1;
use sinks::Sinks;
use std::fmt;
use std::sync::Arc;

/// The two-layer network f(x) = uᵀσ(W x + b) + c of section 3.1.
///
/// ```math
/// f(x; \theta) = \sum_{j=1}^{r} u_j \, \sigma(w_j \cdot x + b_j) + c
/// ```
///
/// | block | symbol | shape | there |
/// |---|---|---|---|
/// | `hidden.weight` | W | `[r, n]` | always |
/// | `hidden.bias` | b | `[r]` | unless [`without_hidden_bias`](Mlp::without_hidden_bias) |
/// | `output.weight` | u | `[r]` | unless [`without_output_layer`](Mlp::without_output_layer) |
/// | `output.bias` | c | `[1]` | only [`with_output_bias`](Mlp::with_output_bias) |
///
/// Order of summation: the output takes neuron j into partial sum j mod 16, and folds these sums by
/// halves (l + 8, l + 4, l + 2, l + 1). The gradients of b, u and c take one example after the
/// other, that of W is [`Signs::correlate_add`]; examples whose output has no derivative are left
/// out before.
///
/// Architectures i–iii of the paper are ReLU networks of width 10, 100 and 1000, iv–vi the same
/// with zᵏ. A single neuron is width 1: with an output layer u·σ(w·x + b), without it
/// σ(w·x + b). To keep the biases as they were drawn, freeze the block `hidden.bias` with a
/// [`Rule`](crate::optim::Rule).
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let wide = Mlp::new(50, 100, Relu)?;
/// assert_eq!(wide.layout().len(), 100 * 50 + 100 + 100);
/// let neuron = Mlp::new(50, 1, Sine)?.without_output_layer();
/// assert_eq!(neuron.layout().len(), 51);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone)]
pub struct Mlp<A> {
    n: usize,
    init: Init,
    settings: MlpSettings<A>,
    layout: Arc<Layout>,
    pub(super) layers: Layers,
}

/// The settings of an [`Mlp`]: everything but n and the initialisation.
///
/// As data the activation is an [`ActivationKind`], in a network the function itself.
///
/// ```
/// use sparse_parity::activation::ActivationKind;
/// use sparse_parity::model::MlpSettings;
/// use sparse_parity::trial::{Learner, Trial};
///
/// let neuron = MlpSettings {
///     width: 1,
///     activation: ActivationKind::Sine,
///     output_layer: false,
///     ..MlpSettings::default()
/// };
/// let trial = Trial { learner: Learner::Mlp(neuron), ..Trial::new(50, 3) };
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "sweep",
    schemars(bound = "A: schemars::JsonSchema + serde::Serialize, MlpSettings<A>: Default")
)]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MlpSettings<A = ActivationKind> {
    /// The number of neurons r.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1), extend("x-aliases" = ["hidden", "hidden_size"])))]
    pub width: usize,
    /// The activation σ.
    pub activation: A,
    /// Whether the output weights u are trained; without them, u = 1.
    #[cfg_attr(feature = "sweep", schemars(extend("x-aliases" = ["second_layer"])))]
    pub output_layer: bool,
    /// Whether there is a trained output bias.
    pub output_bias: bool,
    /// What happens to the biases of the first layer.
    pub biases: Biases,
}

impl Default for MlpSettings {
    /// A ReLU network of width 100 with trained biases and an output layer.
    fn default() -> Self {
        MlpSettings {
            width: 100,
            activation: ActivationKind::Relu,
            output_layer: true,
            output_bias: false,
            biases: Biases::Trained,
        }
    }
}

impl<A> MlpSettings<A> {
    /// The same settings with another activation.
    pub fn with_activation<B>(self, activation: B) -> MlpSettings<B> {
        MlpSettings {
            width: self.width,
            activation,
            output_layer: self.output_layer,
            output_bias: self.output_bias,
            biases: self.biases,
        }
    }
}

impl<A: Activation> Mlp<A> {
    /// A network of `width` neurons with biases and an output layer, initialised by
    /// [`Init::Uniform`].
    ///
    /// # Errors
    /// Those of [`from_settings`](Mlp::from_settings).
    pub fn new(n: usize, width: usize, activation: A) -> Result<Self> {
        let settings = MlpSettings::default().with_activation(activation);
        Mlp::from_settings(n, MlpSettings { width, ..settings }, Init::default())
    }

    /// The network of these settings for n coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if n or the width is 0,
    /// [`Error::TooLarge`](crate::Error::TooLarge) for more than 2³⁶ weights, and those of
    /// [`Init::affine`].
    pub fn from_settings(n: usize, settings: MlpSettings<A>, init: Init) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        let width = positive("the width", settings.width)?;
        product("the number of weights", n, width)?;
        let mut layout = Layout::default();
        let values = init.affine(Layer::First, n, width)?;
        let with_bias = settings.biases.are_there();
        let hidden = Affine::declare(&mut layout, "hidden", (width, n), values, with_bias);
        let (weight, bias) = (settings.output_layer, settings.output_bias);
        let readout = Readout::declare(&mut layout, width, init, weight, bias)?;
        Ok(Mlp {
            n,
            init,
            settings,
            layout: Arc::new(layout),
            layers: Layers {
                n,
                width,
                hidden,
                readout,
            },
        })
    }

    /// The same network with another initialisation.
    ///
    /// # Errors
    /// Those of [`Init::affine`].
    pub fn with_init(self, init: Init) -> Result<Self> {
        Mlp::from_settings(self.n, self.settings, init)
    }

    /// The same network without the biases b: f(x) = uᵀσ(W x) + c.
    #[must_use]
    pub fn without_hidden_bias(self) -> Self {
        self.edited(|settings| settings.biases = Biases::None)
    }

    /// The same network with u = 1 fixed: f(x) = Σⱼ σ(wⱼ·x + bⱼ) + c.
    #[must_use]
    pub fn without_output_layer(self) -> Self {
        self.edited(|settings| settings.output_layer = false)
    }

    /// The same network with a trainable output bias c.
    #[must_use]
    pub fn with_output_bias(self) -> Self {
        self.edited(|settings| settings.output_bias = true)
    }

    /// The settings.
    pub fn settings(&self) -> &MlpSettings<A> {
        &self.settings
    }

    /// The number of neurons r.
    pub fn width(&self) -> usize {
        self.settings.width
    }

    /// The activation σ.
    pub fn activation(&self) -> &A {
        &self.settings.activation
    }

    fn edited(mut self, edit: impl FnOnce(&mut MlpSettings<A>)) -> Self {
        edit(&mut self.settings);
        Mlp::from_settings(self.n, self.settings, self.init)
            .expect("the initialisation was accepted for these sizes before")
    }
}

impl<A: Activation> fmt::Debug for Mlp<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mlp")
            .field("n", &self.n)
            .field("init", &self.init)
            .field("settings", &self.settings)
            .finish()
    }
}

impl<A: Activation> Architecture for Mlp<A> {
    fn dim(&self) -> usize {
        self.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        format!("Mlp n={} {:?} {:?}", self.n, self.init, self.settings)
    }

    fn activations(&self) -> usize {
        self.settings.width
    }

    fn rows_at_once(&self) -> usize {
        rows_of_values(self.settings.width)
    }
}

impl<F: Real, A: Activation> Model<F> for Mlp<A> {
    type Cache = MlpCache<F>;

    fn cache(&self, batch: usize) -> MlpCache<F> {
        MlpCache::new(batch, &self.layers)
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut MlpCache<F>,
        out: &mut ArrayRef1<F>,
    ) {
        self.layers.forward(self.activation(), theta, x, cache, out);
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut MlpCache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let sinks = Sinks::accumulate(&self.layers, theta, into);
        let layers = &self.layers;
        layers.take_gradient(self.activation(), sinks, x, cache, d_out);
    }

    fn fused(&self) -> Option<&dyn FusedStep<F, Self::Cache>> {
        Some(self)
    }
}

impl<F: Real, A: Activation> FusedStep<F, MlpCache<F>> for Mlp<A> {
    fn descend(
        &self,
        theta: &mut Params<F>,
        x: &Signs,
        cache: &mut MlpCache<F>,
        d_out: &ArrayRef1<F>,
        descent: &Descent,
        scratch: &mut Params<F>,
    ) {
        if x.rows() > MOST_TO_DESCEND {
            return descend_by_grad(self, theta, x, cache, d_out, descent, scratch);
        }
        let (layers, sinks) = (&self.layers, Sinks::step(&self.layers, theta, descent));
        layers.take_gradient(self.activation(), sinks, x, cache, d_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Sine};
    use crate::params::Descent;
    use crate::seeds::{LabRng, Purpose, Seeds};
    use ndarray::{Array1, Ix1, Ix2, array};
    use rand::Rng;

    #[test]
    fn the_formula_is_the_papers() {
        let model = Mlp::new(2, 2, Relu).unwrap().with_output_bias();
        let mut theta = Params::<f64>::zeros(model.layout());
        let weight = model.layout().get::<Ix2>("hidden.weight").unwrap();
        theta
            .view_mut(&weight)
            .assign(&array![[1.0, 2.0], [-3.0, 0.5]]);
        for (name, value) in [
            ("hidden.bias", array![0.25, 0.0]),
            ("output.weight", array![2.0, -1.0]),
            ("output.bias", array![0.125]),
        ] {
            let block = model.layout().get::<Ix1>(name).unwrap();
            theta.view_mut(&block).assign(&value);
        }
        let out = model.predict(&theta, &Signs::cube(2).unwrap());
        // Rows (1, 1), (−1, 1), (1, −1), (−1, −1); the second neuron is −2.5, 3.5, −3.5, 2.5.
        assert_eq!(out, array![6.625, -0.875, 0.125, -2.375]);
    }

    #[test]
    fn an_inactive_example_adds_nothing_even_where_it_overflows() {
        let model = Mlp::new(3, 2, Relu).unwrap();
        let theta = {
            let mut theta = Params::<f64>::zeros(model.layout());
            theta.fill(f64::INFINITY);
            theta
        };
        let x = Signs::ones(2, 3).unwrap();
        let (mut cache, mut grad) = (model.cache(2), Params::zeros(model.layout()));
        model.forward(&theta, &x, &mut cache, &mut Array1::zeros(2));
        model.grad(&theta, &x, &mut cache, &array![0.0, 0.0], &mut grad);
        assert_eq!(grad, Params::zeros(model.layout()));
    }

    /// Outputs, gradient and θ after an update, with a cache for so many rows.
    fn answer<F: Real, A: Activation>(
        model: &Mlp<A>,
        (x, d_out): (&Signs, &Array1<F>),
        rows: usize,
        rng: &mut LabRng,
    ) -> Vec<u64> {
        let mut theta = Params::draw(model.layout(), rng);
        let (mut cache, mut grad) = (Model::<F>::cache(model, rows), theta.clone());
        let mut out = Array1::zeros(x.rows());
        model.forward(&theta, x, &mut cache, &mut out);
        model.grad(&theta, x, &mut cache, d_out, &mut grad);
        let mut descent = Descent::default();
        for name in ["hidden", "output.weight"] {
            for place in model.layout().covered(name).unwrap() {
                descent.push(place, 0.75, 0.3);
            }
        }
        let mut room = grad.clone();
        model.descend(&mut theta, x, &mut cache, d_out, &descent, &mut room);
        let all = out.iter().chain(grad.as_slice()).chain(theta.as_slice());
        all.map(|value| value.as_f64().to_bits()).collect()
    }

    fn tiles_change_no_bit<F: Real>(model: &Mlp<impl Activation>, rows: usize, silent: usize) {
        let rng = &mut Seeds::from(1).stream(Purpose::Train);
        let mut x = Signs::ones(rows, model.dim()).unwrap();
        x.randomize(rng);
        let d_out = Array1::from_shape_fn(rows, |row| match row < silent {
            true => F::zero(),
            false => F::of(rng.random_range(-1.0..1.0)),
        });
        let answer = |cache| answer(model, (&x, &d_out), cache, &mut rng.clone());
        // Up to 1024 neurons in a tile, and 256, kept and computed anew.
        let [few, kept, again] = [rows, 200, 5000].map(answer);
        assert!(
            few == kept,
            "{model:?}: {rows} rows, {silent} of them silent"
        );
        assert!(
            few == again,
            "{model:?}: {rows} rows, {silent} of them silent"
        );
    }

    #[test]
    fn a_tile_of_neurons_at_a_time_changes_no_bit() {
        for width in [1000, 1024, 1027, 2100] {
            let model = Mlp::new(9, width, Relu).unwrap();
            for (rows, silent) in [(1, 0), (1, 1), (3, 1), (32, 0), (37, 5), (37, 37)] {
                tiles_change_no_bit::<f32>(&model, rows, silent);
                tiles_change_no_bit::<f64>(&model.clone().with_output_bias(), rows, silent);
            }
        }
        let sines = Mlp::new(9, 1027, Sine).unwrap();
        tiles_change_no_bit::<f32>(&sines.without_hidden_bias(), 37, 5);
    }

    #[test]
    fn a_gradient_can_be_asked_for_again() {
        let model = Mlp::new(9, 300, Relu).unwrap();
        let rng = &mut Seeds::from(1).stream(Purpose::Train);
        let theta = Params::<f32>::draw(model.layout(), rng);
        let mut x = Signs::ones(37, 9).unwrap();
        x.randomize(rng);
        let d_out = Array1::from_shape_fn(37, |row| if row % 5 == 0 { 0.0 } else { 0.5 });
        // In one tile, in some that are kept, and in some that are not.
        for batch in [37, 200, 5000] {
            let mut cache = model.cache(batch);
            model.forward(&theta, &x, &mut cache, &mut Array1::zeros(37));
            let mut grad = || {
                let mut grad = Params::zeros(model.layout());
                model.grad(&theta, &x, &mut cache, &d_out, &mut grad);
                grad
            };
            assert_eq!(grad(), grad());
        }
    }

    #[test]
    fn one_neuron_finds_its_examples_wherever_they_lie() {
        let model = Mlp::new(9, 1, Sine).unwrap();
        let rng = &mut Seeds::from(1).stream(Purpose::Train);
        let theta = Params::<f32>::draw(model.layout(), rng);
        let mut x = Signs::ones(50, 9).unwrap();
        x.randomize(rng);
        let grad = |x: &Signs, d_out: &Array1<f32>| {
            let (mut cache, mut grad) = (model.cache(50), Params::zeros(model.layout()));
            model.forward(&theta, x, &mut cache, &mut Array1::zeros(x.rows()));
            model.grad(&theta, x, &mut cache, d_out, &mut grad);
            grad
        };
        // All sixteen that are worked on together lie side by side, or have gaps among them.
        for silent in [51, 17, 3] {
            let active = || (0..50).filter(|row| (row + 1) % silent != 0);
            let mut d_out = Array1::zeros(50);
            active().for_each(|row| d_out[row] = rng.random_range(0.5..1.0));
            let (mut few, of_few) = (x.clone(), active().map(|row| d_out[row]).collect());
            few.gather(&x, active());
            assert_eq!(grad(&x, &d_out), grad(&few, &of_few), "every {silent}th");
        }
    }

    #[test]
    fn sizes_of_zero_are_refused() {
        assert!(
            Mlp::new(0, 5, Relu)
                .unwrap_err()
                .to_string()
                .contains("n is 0")
        );
        assert!(
            Mlp::new(5, 0, Relu)
                .unwrap_err()
                .to_string()
                .contains("the width is 0")
        );
    }
}
