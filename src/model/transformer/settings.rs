//! The settings of a Transformer.

use crate::activation::ActivationKind;
use std::fmt;

/// The settings of a [`Transformer`](super::Transformer): everything but n and the initialisation.
///
/// A setting that came later is not written while it has its default, so that rows and checkpoints keep
/// their keys.
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct TransformerSettings {
    /// The dimension of the embeddings.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1), extend("x-aliases" = ["d_model"])))]
    pub d_emb: usize,
    /// The number of heads, which divides `d_emb`.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1), extend("x-aliases" = ["nhead"])))]
    pub heads: usize,
    /// The width of the hidden layer; 4·`d_emb` if `None`.
    #[cfg_attr(feature = "sweep", schemars(range(min = 1), extend("x-aliases" = ["dim_feedforward"])))]
    pub mlp_width: Option<usize>,
    /// Whether attention adds to the query.
    pub residual: bool,
    /// Whether there is a trained output bias.
    pub output_bias: bool,
    /// Whether what attention and the hidden layer read is normalised.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "sweep", schemars(extend("default" = false)))]
    pub layer_norm: bool,
    /// Whether scores are divided by the root of a head's dimension.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_true"))]
    #[cfg_attr(feature = "sweep", schemars(extend("default" = true)))]
    pub scaled_scores: bool,
    /// Whether the matrices of attention are initialised head by head, not as one matrix for all heads.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    #[cfg_attr(feature = "sweep", schemars(extend("default" = false)))]
    pub per_head_init: bool,
    /// The activation σ of the hidden layer: relu, or another one that has no degree.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_relu"))]
    #[cfg_attr(feature = "sweep", schemars(extend("default" = "relu")))]
    pub activation: ActivationKind,
}

#[cfg(feature = "serde")]
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(feature = "serde")]
fn is_true(value: &bool) -> bool {
    *value
}

#[cfg(feature = "serde")]
fn is_relu(activation: &ActivationKind) -> bool {
    *activation == ActivationKind::Relu
}

impl Default for TransformerSettings {
    /// A size for one processor: d_emb = 64, 8 heads of 8.
    fn default() -> Self {
        TransformerSettings {
            d_emb: 64,
            heads: 8,
            mlp_width: None,
            residual: false,
            output_bias: true,
            layer_norm: false,
            scaled_scores: true,
            per_head_init: false,
            activation: ActivationKind::Relu,
        }
    }
}

impl TransformerSettings {
    /// The size of the paper, d_emb = 1024 and 128 heads of 8, with layer normalisation, matrices of
    /// attention that are initialised head by head, and scores that are not divided by √d_attn.
    ///
    /// The paper states the size and [`Init::Xavier`](crate::params::Init::Xavier). The rest is what its
    /// times of convergence need (docs/settings.md).
    pub fn paper() -> Self {
        TransformerSettings {
            d_emb: 1024,
            heads: 128,
            layer_norm: true,
            per_head_init: true,
            scaled_scores: false,
            ..TransformerSettings::default()
        }
    }

    /// The same with d_emb = 64 and 8 heads of 8, a size for one processor, and with divided scores: more of its
    /// runs are solved.
    pub fn small() -> Self {
        TransformerSettings {
            d_emb: 64,
            heads: 8,
            scaled_scores: true,
            ..TransformerSettings::paper()
        }
    }

    /// The width of the hidden layer.
    pub(super) fn mlp_width(&self) -> usize {
        self.mlp_width.unwrap_or(self.d_emb.saturating_mul(4))
    }
}

impl fmt::Debug for TransformerSettings {
    /// It is a part of the identity in checkpoints: what came later stands there if it is not the default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("TransformerSettings");
        all.field("d_emb", &self.d_emb)
            .field("heads", &self.heads)
            .field("mlp_width", &self.mlp_width)
            .field("residual", &self.residual)
            .field("output_bias", &self.output_bias);
        let usual = TransformerSettings::default();
        if self.layer_norm != usual.layer_norm {
            all.field("layer_norm", &self.layer_norm);
        }
        if self.scaled_scores != usual.scaled_scores {
            all.field("scaled_scores", &self.scaled_scores);
        }
        if self.per_head_init != usual.per_head_init {
            all.field("per_head_init", &self.per_head_init);
        }
        if self.activation != usual.activation {
            all.field("activation", &self.activation);
        }
        all.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_names_what_came_later_only_if_it_is_changed() {
        let usual = TransformerSettings::default();
        assert_eq!(
            format!("{usual:?}"),
            "TransformerSettings { d_emb: 64, heads: 8, mlp_width: None, residual: false, output_bias: true }"
        );
        let changed = TransformerSettings {
            layer_norm: true,
            scaled_scores: false,
            per_head_init: true,
            activation: ActivationKind::Gelu,
            ..usual
        };
        let told = format!("{changed:?}");
        let later =
            "layer_norm: true, scaled_scores: false, per_head_init: true, activation: Gelu }";
        assert!(told.ends_with(later), "{told}");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn rows_of_former_versions_keep_their_form() {
        let usual = serde_json::to_string(&TransformerSettings::default()).unwrap();
        let former =
            r#"{"d_emb":64,"heads":8,"mlp_width":null,"residual":false,"output_bias":true}"#;
        assert_eq!(usual, former);
        let read: TransformerSettings = serde_json::from_str(former).unwrap();
        assert_eq!(read, TransformerSettings::default());
    }
}
