//! The flags that say which network is trained.

use clap::{ArgAction, Args, ValueEnum};
use sparse_parity::params::Init;
use sparse_parity::trial::{
    ActivationKind, Biases, DeepMlpSettings, DisjointPolyNetSettings, Learner, MlpSettings,
    PolyNetSettings, Setting, TransformerSettings,
};

#[derive(Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct LearnerArgs {
    /// One of the paper's settings, i to xv, *i, *ii or *iii (in quotes), with its optimizer and a
    /// learning rate; *iii is large, see --d-emb and --heads
    #[arg(long, value_name = "LABEL", value_parser = Setting::from_label)]
    #[arg(conflicts_with_all = ["model", "activation", "width", "widths", "second_layer"])]
    pub(crate) setting: Option<Setting>,
    /// Architecture: a two-layer network, a single neuron, several hidden layers, a product of k
    /// affine forms or of k linear forms in a block of coordinates each, or a Transformer
    #[arg(long, value_enum, default_value = "mlp")]
    model: ModelArg,
    /// Activation of mlp, neuron and deep-mlp; power is z^k, square z^2 [default: relu, of neuron
    /// sine, of deep-mlp square]
    #[arg(long, value_enum)]
    activation: Option<ActivationArg>,
    /// Number of neurons of mlp [default: 100]
    #[arg(long, value_name = "R")]
    width: Option<usize>,
    /// Numbers of neurons of the hidden layers of deep-mlp, such as 10,10,1 [default: 2,1]
    #[arg(long, value_name = "R,R,...", value_delimiter = ',')]
    widths: Option<Vec<usize>>,
    /// Whether mlp and neuron have trained output weights; without them, they are 1 [default: true]
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    second_layer: Option<bool>,
    /// Biases of the hidden neurons or factors: trained, fixed at their initial values, or none
    /// [default: trained]
    #[arg(long, value_enum)]
    biases: Option<BiasesArg>,
    /// Whether there is a trained output bias [default: false, of deep-mlp and transformer true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    output_bias: Option<bool>,
    /// Dimension of the embeddings of transformer [default: 64]
    #[arg(long, value_name = "D")]
    d_emb: Option<usize>,
    /// Number of heads of transformer [default: 8]
    #[arg(long, value_name = "H")]
    heads: Option<usize>,
    /// Width of the hidden layer of transformer [default: 4 D]
    #[arg(long, value_name = "R")]
    mlp_width: Option<usize>,
    /// Let the attention of transformer add to its query
    #[arg(long)]
    residual: bool,
    /// Initialisation
    #[arg(long, value_enum, default_value = "uniform")]
    init: InitArg,
    /// Non-zero weights of a neuron, for --init sparse and needed there
    #[arg(long, value_name = "S")]
    sparsity: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModelArg {
    Mlp,
    Neuron,
    DeepMlp,
    #[value(name = "polynet")]
    PolyNet,
    #[value(name = "disjoint-polynet")]
    DisjointPolyNet,
    Transformer,
}

crate::names!(ActivationArg for ActivationKind: Relu, Power, Square, Zigzag, ClampedZigzag,
    Oscillating, InfiniteZigzag, Sine, ScaledSine);
crate::names!(BiasesArg for Biases: Trained, Fixed, None);

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InitArg {
    Uniform,
    Xavier,
    Gaussian,
    Bernoulli,
    Sign,
    Ones,
    Paired,
    Sparse,
}

impl LearnerArgs {
    /// The network for a target of degree k.
    pub(crate) fn learner(&self, k: usize) -> Result<Learner, String> {
        if let (ModelArg::Neuron, Some(2..)) = (self.model, self.width) {
            return Err("a neuron has width 1; use --model mlp for a larger --width".into());
        }
        let mut learner = match self.setting {
            Some(setting) => setting.learner(k),
            None => self.default_learner(),
        };
        match &mut learner {
            Learner::Mlp(mlp) => {
                set(&mut mlp.width, self.width);
                set(&mut mlp.activation, self.activation.map(Into::into));
                set(&mut mlp.output_layer, self.second_layer);
                set(&mut mlp.biases, self.biases.map(Into::into));
                set(&mut mlp.output_bias, self.output_bias);
            }
            Learner::DeepMlp(deep) => {
                set(&mut deep.widths, self.widths.clone());
                set(&mut deep.activation, self.activation.map(Into::into));
                set(&mut deep.biases, self.biases.map(Into::into));
                set(&mut deep.output_bias, self.output_bias);
            }
            Learner::PolyNet(polynet) => {
                set(&mut polynet.biases, self.biases.map(Into::into));
                set(&mut polynet.output_bias, self.output_bias);
            }
            Learner::DisjointPolyNet(disjoint) => set(&mut disjoint.output_bias, self.output_bias),
            Learner::Transformer(transformer) => {
                set(&mut transformer.d_emb, self.d_emb);
                set(&mut transformer.heads, self.heads);
                transformer.mlp_width = self.mlp_width.or(transformer.mlp_width);
                transformer.residual |= self.residual;
                set(&mut transformer.output_bias, self.output_bias);
            }
            _ => {}
        }
        Ok(learner)
    }

    fn default_learner(&self) -> Learner {
        match self.model {
            ModelArg::Mlp => Learner::default(),
            ModelArg::Neuron => Learner::Mlp(MlpSettings {
                width: 1,
                activation: ActivationKind::Sine,
                ..MlpSettings::default()
            }),
            ModelArg::DeepMlp => Learner::DeepMlp(DeepMlpSettings::default()),
            ModelArg::PolyNet => Learner::PolyNet(PolyNetSettings::default()),
            ModelArg::DisjointPolyNet => {
                Learner::DisjointPolyNet(DisjointPolyNetSettings::default())
            }
            ModelArg::Transformer => Learner::Transformer(TransformerSettings::default()),
        }
    }

    pub(crate) fn init(&self, k: usize) -> Result<Init, String> {
        Ok(match self.init {
            InitArg::Uniform => Init::Uniform,
            InitArg::Xavier => Init::Xavier,
            InitArg::Gaussian => Init::Gaussian,
            InitArg::Bernoulli => Init::Bernoulli,
            InitArg::Sign => Init::Sign,
            InitArg::Ones => Init::Ones,
            InitArg::Paired => Init::Paired { k },
            InitArg::Sparse => {
                let s = self.sparsity;
                let s = s.ok_or("--init sparse needs --sparsity; add it")?;
                Init::Sparse { s }
            }
        })
    }

    /// The flags that are given but mean nothing for this network.
    pub(crate) fn without_effect(&self, learner: &Learner) -> Vec<&'static str> {
        let mlp = matches!(learner, Learner::Mlp(_));
        let deep = matches!(learner, Learner::DeepMlp(_));
        let polynet = matches!(learner, Learner::PolyNet { .. });
        let transformer = matches!(learner, Learner::Transformer(_));
        crate::idle(&[
            (mlp, self.width.is_some(), "--width"),
            (deep, self.widths.is_some(), "--widths"),
            (mlp || deep, self.activation.is_some(), "--activation"),
            (mlp, self.second_layer.is_some(), "--second-layer"),
            (mlp || deep || polynet, self.biases.is_some(), "--biases"),
            (transformer, self.d_emb.is_some(), "--d-emb"),
            (transformer, self.heads.is_some(), "--heads"),
            (transformer, self.mlp_width.is_some(), "--mlp-width"),
            (transformer, self.residual, "--residual"),
            (
                self.init == InitArg::Sparse,
                self.sparsity.is_some(),
                "--sparsity",
            ),
        ])
    }
}

/// What is given replaces what was there.
fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}
