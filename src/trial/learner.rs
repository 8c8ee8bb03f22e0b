//! Architectures as data.

use crate::activation::{Activation, ActivationKind, ActivationVisitor};
use crate::error::Result;
use crate::model::{
    AnyModel, Biases, DeepMlp, DeepMlpSettings, DisjointPolyNet, DisjointPolyNetSettings, Mlp,
    MlpSettings, PolyNet, PolyNetSettings, Transformer, TransformerSettings,
};
use crate::params::Init;

/// The architecture of a [`Trial`](super::Trial).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
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
    PolyNet(PolyNetSettings),
    /// The product of k linear forms of n/k coordinates each, [`DisjointPolyNet`].
    #[cfg_attr(feature = "serde", serde(rename = "disjoint-polynet"))]
    DisjointPolyNet(DisjointPolyNetSettings),
    /// The parity [`Transformer`].
    Transformer(TransformerSettings),
}

impl Default for Learner {
    /// A ReLU network of width 100 with trained biases and an output layer.
    fn default() -> Self {
        Learner::Mlp(MlpSettings::default())
    }
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
                let network = Network { settings, n, init };
                settings.activation.with_activation(n, k, network)?
            }
            Learner::DeepMlp(settings) => {
                let network = Network { settings, n, init };
                settings.activation.with_activation(n, k, network)?
            }
            Learner::PolyNet(settings) => {
                let model = PolyNet::from_settings(n, k, settings.clone(), init)?;
                Ok(AnyModel::with_lockstep(model))
            }
            Learner::DisjointPolyNet(settings) => {
                let model = DisjointPolyNet::from_settings(n, k, settings.clone(), init)?;
                Ok(AnyModel::new(model))
            }
            Learner::Transformer(settings) => {
                let model = Transformer::from_settings(n, settings.clone(), init)?;
                Ok(AnyModel::new(model))
            }
        }
    }

    /// The blocks of biases that keep their initial values.
    pub(super) fn fixed_blocks(&self) -> Vec<String> {
        let (biases, blocks) = match self {
            Learner::Mlp(mlp) => (mlp.biases, vec!["hidden.bias".into()]),
            Learner::DeepMlp(deep) => {
                let layers = 1..=deep.widths.len();
                let blocks = layers.map(|layer| format!("hidden{layer}.bias"));
                (deep.biases, blocks.collect())
            }
            Learner::PolyNet(polynet) => (polynet.biases, vec!["factor.bias".into()]),
            Learner::DisjointPolyNet(_) | Learner::Transformer(_) => return Vec::new(),
        };
        match biases {
            Biases::Fixed => blocks,
            Biases::Trained | Biases::None => Vec::new(),
        }
    }

    /// Why no parameters give sign(f) = χ_S for a parity of degree k, where that is certain.
    ///
    /// A polynomial of lower degree never has the sign of χ_S everywhere (Minsky and Papert). A
    /// single neuron sees one number, w·x + b; turn the k coordinates over one by one so that it
    /// rises, and the label changes k times. For k ReLUs the proof is in tests/representation.rs.
    pub(super) fn limit(&self, n: usize, k: usize) -> Option<String> {
        let (activation, widths, output_weights, output_bias) = match self {
            Learner::Mlp(mlp) => {
                let widths = std::slice::from_ref(&mlp.width);
                (mlp.activation, widths, mlp.output_layer, mlp.output_bias)
            }
            Learner::DeepMlp(deep) => (deep.activation, &deep.widths[..], true, deep.output_bias),
            Learner::PolyNet(_) | Learner::DisjointPolyNet(_) | Learner::Transformer(_) => {
                return None;
            }
        };
        // Of an activation that cannot be made nothing is known.
        let facts = activation.facts(n, k).ok()?;
        let one_sign = widths.last() == Some(&1) || !output_weights;
        if one_sign && !output_bias && facts.is_nonnegative {
            return Some("without an output bias, all of its outputs have one sign".into());
        }
        let relu = activation == ActivationKind::Relu && !output_bias;
        if let (&[width], 2 | 3, true) = (widths, k, relu) {
            let reason = "without an output bias, k ReLUs compute no parity of degree 2 or 3";
            return (width <= k).then(|| reason.into());
        }
        if let (&[1], Some(most)) = (widths, facts.sign_changes) {
            let often = if most == 1 { "once" } else { "twice" };
            let reason = format!("the output of one neuron changes its sign at most {often}");
            return (most < k).then_some(reason);
        }
        let layers = widths.len().try_into().unwrap_or(u32::MAX);
        let degree = facts.degree?.saturating_pow(layers);
        let reason = format!("the network is a polynomial of degree {degree}, below k = {k}");
        (degree < k).then_some(reason)
    }
}

/// The settings of a network that is generic in its activation.
struct Network<'a, S> {
    settings: &'a S,
    n: usize,
    init: Init,
}

impl ActivationVisitor for Network<'_, MlpSettings> {
    type Output = Result<AnyModel<f32>>;

    fn visit<A: Activation + 'static>(self, activation: A) -> Self::Output {
        let settings = self.settings.clone().with_activation(activation);
        let model = Mlp::from_settings(self.n, settings, self.init)?;
        Ok(AnyModel::with_lockstep(model))
    }
}

impl ActivationVisitor for Network<'_, DeepMlpSettings> {
    type Output = Result<AnyModel<f32>>;

    fn visit<A: Activation + 'static>(self, activation: A) -> Self::Output {
        let settings = self.settings.clone().with_activation(activation);
        let model = DeepMlp::from_settings(self.n, settings, self.init)?;
        Ok(AnyModel::new(model))
    }
}
