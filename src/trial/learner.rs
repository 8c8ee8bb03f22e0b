//! Architectures as data.

use super::activation::{ActivationKind, WithActivation};
use crate::activation::Activation;
use crate::error::Result;
use crate::model::{AnyModel, DeepMlp, DisjointPolyNet, Mlp, PolyNet, Transformer};
use crate::params::Init;

/// The architecture of a [`Trial`](super::Trial).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "lowercase", tag = "model", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Learner {
    /// A two-layer network, [`Mlp`]; of width 1 a single neuron.
    Mlp(MlpSettings),
    /// A network of several hidden layers, [`DeepMlp`].
    #[cfg_attr(feature = "serde", serde(rename = "deep-mlp"))]
    DeepMlp(DeepMlpSettings),
    /// The product of k affine forms, [`PolyNet`].
    PolyNet {
        /// What happens to the biases of the factors.
        #[cfg_attr(feature = "serde", serde(default))]
        biases: Biases,
        /// Whether there is a trained output bias.
        #[cfg_attr(feature = "serde", serde(default))]
        output_bias: bool,
    },
    /// The product of k linear forms of n/k coordinates each, [`DisjointPolyNet`].
    #[cfg_attr(feature = "serde", serde(rename = "disjoint-polynet"))]
    DisjointPolyNet {
        /// Whether there is a trained output bias.
        #[cfg_attr(feature = "serde", serde(default))]
        output_bias: bool,
    },
    /// The parity [`Transformer`].
    Transformer(TransformerSettings),
}

impl Default for Learner {
    /// A ReLU network of width 100 with trained biases and an output layer.
    fn default() -> Self {
        Learner::Mlp(MlpSettings::default())
    }
}

/// The settings of a [`Learner::Mlp`].
///
/// ```
/// use sparse_parity::trial::{ActivationKind, Learner, MlpSettings, Trial};
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
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MlpSettings {
    /// The number of neurons r.
    pub width: usize,
    /// The activation σ.
    pub activation: ActivationKind,
    /// Whether the output weights u are trained; without them, u = 1.
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

/// The settings of a [`Learner::DeepMlp`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct DeepMlpSettings {
    /// The number of neurons of each hidden layer, the first one first.
    pub widths: Vec<usize>,
    /// The activation of all hidden layers.
    pub activation: ActivationKind,
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

/// The settings of a [`Learner::Transformer`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct TransformerSettings {
    /// The dimension of the embeddings.
    pub d_emb: usize,
    /// The number of heads, which divides `d_emb`.
    pub heads: usize,
    /// The width of the hidden layer; 4·`d_emb` if `None`.
    pub mlp_width: Option<usize>,
    /// Whether attention adds to the query.
    pub residual: bool,
    /// Whether there is a trained output bias.
    pub output_bias: bool,
}

impl Default for TransformerSettings {
    /// The size for one processor, [`Transformer::small`].
    fn default() -> Self {
        TransformerSettings {
            d_emb: 64,
            heads: 8,
            mlp_width: None,
            residual: false,
            output_bias: true,
        }
    }
}

impl TransformerSettings {
    /// The size of the paper, [`Transformer::paper`].
    pub fn paper() -> Self {
        TransformerSettings {
            d_emb: 1024,
            heads: 128,
            ..TransformerSettings::default()
        }
    }
}

/// What happens to the biases of the hidden neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Biases {
    /// They are drawn and trained.
    #[default]
    Trained,
    /// They are drawn and keep their initial values.
    Fixed,
    /// There are none.
    None,
}

impl Learner {
    /// The model for n coordinates and a target of degree k.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::trial::Setting;
    ///
    /// let model = Setting::from_label("ii")?.learner(3).model(50, 3, Init::Gaussian)?;
    /// assert_eq!(model.layout().len(), 100 * 50 + 100 + 100);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the constructors of the networks.
    pub fn model(&self, n: usize, k: usize, init: Init) -> Result<AnyModel<f32>> {
        match self {
            Learner::Mlp(settings) => {
                let network = TwoLayers { settings, n, init };
                settings.activation.give(n, k, network)
            }
            Learner::DeepMlp(settings) => {
                let network = ManyLayers { settings, n, init };
                settings.activation.give(n, k, network)
            }
            Learner::PolyNet {
                biases,
                output_bias,
            } => {
                let mut model = PolyNet::new(n, k)?.with_init(init)?;
                if *biases == Biases::None {
                    model = model.without_bias();
                }
                if *output_bias {
                    model = model.with_output_bias();
                }
                Ok(AnyModel::with_lockstep(model))
            }
            Learner::DisjointPolyNet { output_bias } => {
                let model = DisjointPolyNet::new(n, k)?.with_init(init)?;
                Ok(AnyModel::new(match output_bias {
                    true => model.with_output_bias(),
                    false => model,
                }))
            }
            Learner::Transformer(settings) => {
                let mut model = Transformer::new(n, settings.d_emb, settings.heads)?;
                if let Some(width) = settings.mlp_width {
                    model = model.with_mlp_width(width)?;
                }
                if settings.residual {
                    model = model.with_residual();
                }
                if !settings.output_bias {
                    model = model.without_output_bias();
                }
                Ok(AnyModel::new(model.with_init(init)?))
            }
        }
    }

    /// The blocks of biases that keep their initial values.
    pub(super) fn fixed_blocks(&self) -> Vec<String> {
        match self {
            Learner::Mlp(mlp) if mlp.biases == Biases::Fixed => vec!["hidden.bias".into()],
            Learner::DeepMlp(deep) if deep.biases == Biases::Fixed => {
                let layers = 1..=deep.widths.len();
                layers.map(|layer| format!("hidden{layer}.bias")).collect()
            }
            Learner::PolyNet { biases, .. } if *biases == Biases::Fixed => {
                vec!["factor.bias".into()]
            }
            _ => Vec::new(),
        }
    }

    /// Why no parameters give sign(f) = χ_S for a parity of degree k, where that is certain.
    ///
    /// A polynomial of lower degree never has the sign of χ_S everywhere (Minsky and Papert). A
    /// single neuron sees one number, w·x + b; turn the k coordinates over one by one so that it
    /// rises, and the label changes k times. For k ReLUs the proof is in tests/representation.rs.
    pub(super) fn limit(&self, k: usize) -> Option<String> {
        let (activation, widths, output_weights, output_bias) = match self {
            Learner::Mlp(mlp) => {
                let widths = std::slice::from_ref(&mlp.width);
                (mlp.activation, widths, mlp.output_layer, mlp.output_bias)
            }
            Learner::DeepMlp(deep) => (deep.activation, &deep.widths[..], true, deep.output_bias),
            _ => return None,
        };
        let one_sign = widths.last() == Some(&1) || !output_weights;
        if one_sign && !output_bias && activation.is_nonnegative(k) {
            return Some("without an output bias, all of its outputs have one sign".into());
        }
        let relu = activation == ActivationKind::Relu && !output_bias;
        if let (&[width], 2 | 3, true) = (widths, k, relu) {
            let reason = "without an output bias, k ReLUs compute no parity of degree 2 or 3";
            return (width <= k).then(|| reason.into());
        }
        if let (&[1], Some(most)) = (widths, activation.sign_changes(k)) {
            let often = if most == 1 { "once" } else { "twice" };
            let reason = format!("the output of one neuron changes its sign at most {often}");
            return (most < k).then_some(reason);
        }
        let layers = widths.len().try_into().unwrap_or(u32::MAX);
        let degree = activation.degree(k)?.saturating_pow(layers);
        let reason = format!("the network is a polynomial of degree {degree}, below k = {k}");
        (degree < k).then_some(reason)
    }
}

/// A two-layer network that waits for its activation.
struct TwoLayers<'a> {
    settings: &'a MlpSettings,
    n: usize,
    init: Init,
}

impl WithActivation for TwoLayers<'_> {
    fn with<A: Activation + 'static>(self, activation: A) -> Result<AnyModel<f32>> {
        let settings = self.settings;
        let mut model = Mlp::new(self.n, settings.width, activation)?.with_init(self.init)?;
        if settings.biases == Biases::None {
            model = model.without_hidden_bias();
        }
        if !settings.output_layer {
            model = model.without_output_layer();
        }
        if settings.output_bias {
            model = model.with_output_bias();
        }
        Ok(AnyModel::with_lockstep(model))
    }
}

/// A deep network that waits for its activation.
struct ManyLayers<'a> {
    settings: &'a DeepMlpSettings,
    n: usize,
    init: Init,
}

impl WithActivation for ManyLayers<'_> {
    fn with<A: Activation + 'static>(self, activation: A) -> Result<AnyModel<f32>> {
        let settings = self.settings;
        let mut model = DeepMlp::new(self.n, &settings.widths, activation)?.with_init(self.init)?;
        if settings.biases == Biases::None {
            model = model.without_hidden_biases();
        }
        if settings.output_bias {
            model = model.with_output_bias();
        }
        Ok(AnyModel::new(model))
    }
}
