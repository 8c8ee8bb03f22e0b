//! The parity Transformer.

mod attention;
mod one_head;
mod settings;
mod tokens;

pub use settings::TransformerSettings;

use super::parts::{Affine, LayerNorm, Readout, list_active};
use super::{Architecture, Model, rows_of_values};
use crate::activation::{Activation, ActivationKind, ActivationVisitor};
use crate::dense;
use crate::error::{Error, Result, positive, product};
use crate::params::{Block, Init, Layer, Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use crate::simd::Rows;
use attention::Attention;
use ndarray::{ArrayRef1, Ix1, Ix2};
use std::fmt;
use std::sync::Arc;
use tokens::{TokenGrads, Tokens};

/// The parity Transformer, architecture *iii of section 3.1: one layer of attention, then a
/// network of one hidden layer.
///
/// Input i becomes the vector $`e_i = \tau_{x_i} + \pi_i`$, and one trained query attends over
/// all of them. With $`q = W_Q \varphi`$ and, in each head h, the rows of the matrices that
/// belong to it,
///
/// ```math
/// s_{hi} = \frac{q_h \cdot (W_K e_i)_h}{\sqrt{d_\mathrm{attn}}}, \qquad
/// c_h = \sum_{i=1}^{n} \mathrm{softmax}(s_h)_i \, (W_V e_i)_h, \qquad
/// f(x; \theta) = u^\top \sigma(W_1 W_O c + b_1) + b_2 .
/// ```
///
/// The activation σ is ReLU unless [`with_activation`](Transformer::with_activation) says otherwise.
/// [`without_scaled_scores`](Transformer::without_scaled_scores) leaves out the division by
/// $`\sqrt{d_\mathrm{attn}}`$, [`with_residual`](Transformer::with_residual) puts $`\varphi + W_O c`$ in the place of $`W_O c`$, and
/// [`with_layer_norm`](Transformer::with_layer_norm) normalises what both layers read: with
///
/// ```math
/// \mathrm{LN}(a) = \gamma \odot \frac{a - \bar{a}}{\sqrt{\frac{1}{d_\mathrm{emb}} \sum_j (a_j - \bar{a})^2 + 10^{-5}}} + \beta, \qquad
/// \bar{a} = \frac{1}{d_\mathrm{emb}} \sum_j a_j ,
/// ```
///
/// $`\mathrm{LN}_1(e_i)`$ and $`\mathrm{LN}_1(\varphi)`$ stand before W_K, W_V and W_Q in the places of $`e_i`$
/// and $`\varphi`$, and $`\mathrm{LN}_2(W_O c)`$, or $`\mathrm{LN}_2(\varphi + W_O c)`$, before W₁.
///
/// | block | symbol | shape |
/// |---|---|---|
/// | `embedding.token` | τ₋₁, τ₊₁ | `[2, d_emb]` |
/// | `embedding.position` | π₁, …, πₙ | `[n, d_emb]` |
/// | `embedding.query` | φ | `[d_emb]` |
/// | `attention.gain`, `attention.shift` | γ, β of LN₁ | `[d_emb]`, only [`with_layer_norm`](Transformer::with_layer_norm) |
/// | `attention.query`, `attention.key`, `attention.value` | W_Q, W_K, W_V | `[heads·d_attn, d_emb]` |
/// | `attention.output` | W_O | `[d_emb, heads·d_attn]` |
/// | `hidden.gain`, `hidden.shift` | γ, β of LN₂ | `[d_emb]`, only [`with_layer_norm`](Transformer::with_layer_norm) |
/// | `hidden.weight`, `hidden.bias` | W₁, b₁ | `[mlp_width, d_emb]`, `[mlp_width]` |
/// | `output.weight` | u | `[mlp_width]` |
/// | `output.bias` | b₂ | `[1]`, unless [`without_output_bias`](Transformer::without_output_bias) |
///
/// Row h·d_attn + j of W_Q, W_K and W_V is component j of head h.
///
/// The paper gives the sizes ([`paper`](Transformer::paper)) and Xavier's initialisation, and no more. What
/// else is said here is a choice: trained positions and one trained query, a hidden layer of 4·d_emb, no
/// biases within attention. Layer normalisation, a residual connection and an initialisation head by head are there if
/// asked for; `paper` has the first and the last and does not divide the scores, without which it does not learn as fast as the paper's
/// (docs/settings.md).
///
/// There are only 2n distinct tokens (xᵢ, i), whatever the batch. Scores and values are computed
/// once for each of them and step, without normalisation even for the 2 + n vectors that they are made of,
/// and an example sums over its n tokens in every head.
///
/// Order of summation: sums over positions take one after the other, sums over the inputs of a
/// layer too, the output and normalisations sum in 16 lanes as in [`Mlp`](super::Mlp). Weights of the softmax have
/// one factor for all tokens; an example that this would leave without precision is given its own.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Transformer::small(30)?;
/// assert_eq!((model.d_emb(), model.heads(), model.d_attn()), (64, 8, 8));
/// assert_eq!(Transformer::paper(30)?.heads(), 128);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone)]
pub struct Transformer {
    n: usize,
    init: Init,
    settings: TransformerSettings,
    layout: Arc<Layout>,
    blocks: Blocks,
    /// LN₁ and LN₂.
    norms: Option<[LayerNorm; 2]>,
    hidden: Affine,
    readout: Readout,
}

/// The places of the two normalisations.
const ATTENTION: usize = 0;
const HIDDEN: usize = 1;

/// An embedding is looked up: each of its numbers is the weight of a single input, 1.
const EMBEDDING_FAN_IN: usize = 1;

/// The blocks of embedding and attention.
#[derive(Debug, Clone, Copy)]
struct Blocks {
    token: Block<Ix2>,
    position: Block<Ix2>,
    query: Block<Ix1>,
    to_query: Block<Ix2>,
    to_key: Block<Ix2>,
    to_value: Block<Ix2>,
    to_output: Block<Ix2>,
}

impl Transformer {
    /// A Transformer with embeddings of `d_emb` numbers, cut into `heads` heads of equal size.
    ///
    /// # Errors
    /// Those of [`from_settings`](Transformer::from_settings).
    pub fn new(n: usize, d_emb: usize, heads: usize) -> Result<Self> {
        let settings = TransformerSettings {
            d_emb,
            heads,
            ..TransformerSettings::default()
        };
        Transformer::from_settings(n, settings, Init::default())
    }

    /// The Transformer of [`TransformerSettings::paper`] with [`Init::Xavier`]: d_emb = 1024, 128 heads of
    /// 8, layer normalisation.
    ///
    /// # Errors
    /// As [`Transformer::from_settings`].
    pub fn paper(n: usize) -> Result<Self> {
        Transformer::from_settings(n, TransformerSettings::paper(), Init::Xavier)
    }

    /// That of [`TransformerSettings::small`] with [`Init::Xavier`]: d_emb = 64, 8 heads of 8.
    ///
    /// # Errors
    /// As [`Transformer::from_settings`].
    pub fn small(n: usize) -> Result<Self> {
        Transformer::from_settings(n, TransformerSettings::small(), Init::Xavier)
    }

    /// The same with another width of the hidden layer.
    ///
    /// # Errors
    /// [`Error::Zero`] if it is 0, [`Error::TooLarge`] for more than 2³⁶ weights.
    pub fn with_mlp_width(mut self, mlp_width: usize) -> Result<Self> {
        self.settings.mlp_width = Some(mlp_width);
        Transformer::from_settings(self.n, self.settings, self.init)
    }

    /// The same with another initialisation of every affine block.
    ///
    /// # Errors
    /// Those of [`Init::affine`].
    pub fn with_init(self, init: Init) -> Result<Self> {
        Transformer::from_settings(self.n, self.settings, init)
    }

    /// The same with a residual connection: what attention returns is added to the query φ.
    #[must_use]
    pub fn with_residual(mut self) -> Self {
        self.settings.residual = true;
        self
    }

    /// The same with layer normalisation before attention and before the hidden layer.
    ///
    /// # Errors
    /// [`Error::NormalizedNumber`] if d_emb is 1.
    pub fn with_layer_norm(mut self) -> Result<Self> {
        self.settings.layer_norm = true;
        Transformer::from_settings(self.n, self.settings, self.init)
    }

    /// The same with matrices of attention that are initialised head by head: those of one head have
    /// d_emb and d_attn for fan-in and fan-out, W_O the other way round, where a matrix for all heads has
    /// d_emb twice.
    #[must_use]
    pub fn with_per_head_init(mut self) -> Self {
        self.settings.per_head_init = true;
        Transformer::from_settings(self.n, self.settings, self.init)
            .expect("the initialisation was accepted for these sizes before")
    }

    /// The same with scores that are not divided by √d_attn.
    #[must_use]
    pub fn without_scaled_scores(mut self) -> Self {
        self.settings.scaled_scores = false;
        self
    }

    /// The same with another activation of the hidden layer.
    ///
    /// # Errors
    /// [`Error::ActivationOfDegree`] for an activation that depends on the degree of the target.
    pub fn with_activation(mut self, activation: ActivationKind) -> Result<Self> {
        self.settings.activation = activation;
        Transformer::from_settings(self.n, self.settings, self.init)
    }

    /// The same without the output bias b₂.
    #[must_use]
    pub fn without_output_bias(mut self) -> Self {
        self.settings.output_bias = false;
        Transformer::from_settings(self.n, self.settings, self.init)
            .expect("the initialisation was accepted for these sizes before")
    }

    /// The settings.
    pub fn settings(&self) -> &TransformerSettings {
        &self.settings
    }

    /// The dimension of the embeddings.
    pub fn d_emb(&self) -> usize {
        self.settings.d_emb
    }

    /// The number of heads.
    pub fn heads(&self) -> usize {
        self.settings.heads
    }

    /// The dimension of a head, d_emb/heads.
    pub fn d_attn(&self) -> usize {
        self.settings.d_emb / self.settings.heads
    }

    /// The width of the hidden layer.
    pub fn mlp_width(&self) -> usize {
        self.settings.mlp_width()
    }

    /// Whether attention adds to the query.
    pub fn has_residual(&self) -> bool {
        self.settings.residual
    }

    /// LN₁ and LN₂.
    fn norm(&self, place: usize) -> Option<&LayerNorm> {
        self.norms.as_ref().map(|norms| &norms[place])
    }

    /// Computes with the activation of the hidden layer.
    fn with_hidden<V: ActivationVisitor>(&self, visitor: V) -> V::Output {
        // No activation of a degree was accepted, so that any degree will do.
        let made = self.settings.activation.with_activation(self.n, 1, visitor);
        made.expect("the activation was accepted before")
    }

    /// 1/√d_attn, or 1 for scores that are not scaled.
    fn scale<F: Real>(&self) -> F {
        match self.settings.scaled_scores {
            true => F::of(1.0 / (self.d_attn() as f64).sqrt()),
            false => F::one(),
        }
    }

    /// The Transformer of these settings for n coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`] if a size is 0, [`Error::Heads`] unless the heads divide `d_emb`,
    /// [`Error::TooLarge`] for more than 2³⁶ weights in a block, [`Error::InitWithoutRows`] for an
    /// initialisation of neurons that read the inputs, [`Error::NormalizedNumber`] for layer normalisation of
    /// one number, [`Error::ActivationOfDegree`] for an activation that depends on the degree of the target,
    /// and those of [`Init::affine`].
    pub fn from_settings(n: usize, settings: TransformerSettings, init: Init) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        let d_emb = positive("the embedding dimension", settings.d_emb)?;
        let heads = positive("the number of heads", settings.heads)?;
        if !d_emb.is_multiple_of(heads) {
            return Err(Error::Heads { heads, d_emb });
        }
        let mlp_width = positive("the width of the hidden layer", settings.mlp_width())?;
        if matches!(init, Init::Paired { .. } | Init::Sparse { .. }) {
            let init = format!("{init:?}");
            return Err(Error::InitWithoutRows { init });
        }
        for rows in [n, d_emb, mlp_width] {
            product("the number of weights", rows, d_emb)?;
        }
        if settings.layer_norm && d_emb == 1 {
            return Err(Error::NormalizedNumber);
        }
        if settings.activation.has_degree() {
            return Err(Error::ActivationOfDegree {
                activation: format!("{:?}", settings.activation),
            });
        }
        let mut layout = Layout::default();
        let embedding = init.affine(Layer::First, EMBEDDING_FAN_IN, d_emb)?.weight;
        let token = layout.block("embedding.token", (2, d_emb), embedding.clone());
        let position = layout.block("embedding.position", (n, d_emb), embedding.clone());
        let query = layout.block("embedding.query", d_emb, embedding);
        let mut norm = |layer| LayerNorm::declare(&mut layout, layer, d_emb);
        let norms = settings
            .layer_norm
            .then(|| ["attention", "hidden"].map(&mut norm));
        let head = match settings.per_head_init {
            true => d_emb / heads,
            false => d_emb,
        };
        let into_heads = init.affine(Layer::Middle, d_emb, head)?.weight;
        let out_of_heads = init.affine(Layer::Middle, head, d_emb)?.weight;
        let mut square = |name, values| layout.block(name, (d_emb, d_emb), values);
        let to_query = square("attention.query", into_heads.clone());
        let to_key = square("attention.key", into_heads.clone());
        let to_value = square("attention.value", into_heads);
        let to_output = square("attention.output", out_of_heads);
        let values = init.affine(Layer::Middle, d_emb, mlp_width)?;
        let hidden = Affine::declare(&mut layout, "hidden", (mlp_width, d_emb), values, true);
        let readout = Readout::declare(&mut layout, mlp_width, init, true, settings.output_bias)?;
        let blocks = Blocks {
            token,
            position,
            query,
            to_query,
            to_key,
            to_value,
            to_output,
        };
        Ok(Transformer {
            n,
            init,
            settings,
            layout: Arc::new(layout),
            blocks,
            norms,
            hidden,
            readout,
        })
    }
}

impl fmt::Debug for Transformer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transformer")
            .field("n", &self.n)
            .field("init", &self.init)
            .field("settings", &self.settings)
            .finish()
    }
}

impl Architecture for Transformer {
    fn dim(&self) -> usize {
        self.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        format!(
            "Transformer n={} {:?} {:?}",
            self.n, self.init, self.settings
        )
    }

    fn activations(&self) -> usize {
        let rows = if self.settings.layer_norm { 3 } else { 2 };
        rows * self.d_emb() + self.mlp_width()
    }

    fn rows_at_once(&self) -> usize {
        rows_of_values(self.activations())
    }
}

/// What the backward pass of a [`Transformer`] remembers, and room for its gradients.
#[derive(Debug)]
pub struct TransformerCache<F> {
    tokens: Tokens<F>,
    attention: Attention<F>,
    /// W_O c, and φ with a residual connection; shape `[batch, d_emb]`.
    attended: Vec<F>,
    /// LN₂ of it, empty without normalisation.
    normalized: Vec<F>,
    /// What the hidden layer makes of that, shape `[batch, mlp_width]`.
    z: Rows<F>,
    d_tokens: TokenGrads<F>,
    active: ActiveRows<F>,
}

/// The examples that have a gradient, side by side; shapes as in [`TransformerCache`].
#[derive(Debug)]
struct ActiveRows<F> {
    rows: Vec<usize>,
    means: Vec<F>,
    attended: Vec<F>,
    normalized: Vec<F>,
    d_means: Vec<F>,
    d_attended: Vec<F>,
    d_z: Rows<F>,
}

impl<F: Real> ActiveRows<F> {
    fn new(model: &Transformer, batch: usize) -> Self {
        let zeros = |columns| vec![F::zero(); batch * columns];
        ActiveRows {
            rows: Vec::with_capacity(batch),
            means: zeros(model.d_emb()),
            attended: zeros(model.d_emb()),
            normalized: zeros(model.norm(HIDDEN).map_or(0, |_| model.d_emb())),
            d_means: zeros(model.d_emb()),
            d_attended: zeros(model.d_emb()),
            d_z: Rows::tight(batch, model.mlp_width()),
        }
    }
}

impl<F: Real> Model<F> for Transformer {
    type Cache = TransformerCache<F>;

    fn cache(&self, batch: usize) -> TransformerCache<F> {
        TransformerCache {
            tokens: Tokens::new(self),
            attention: Attention::new(self, batch),
            attended: vec![F::zero(); batch * self.d_emb()],
            normalized: vec![F::zero(); self.norm(HIDDEN).map_or(0, |_| batch * self.d_emb())],
            z: Rows::tight(batch, self.mlp_width()),
            d_tokens: TokenGrads::new(self),
            active: ActiveRows::new(self, batch),
        }
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut TransformerCache<F>,
        out: &mut ArrayRef1<F>,
    ) {
        assert_eq!(x.dim(), self.n, "the inputs have another dimension");
        assert_eq!(out.len(), x.rows(), "one output a row is needed");
        let (d_emb, blocks) = (self.d_emb(), &self.blocks);
        cache.tokens.evaluate(self, theta);
        cache.attention.forward(self, &cache.tokens, x);

        let attended = &mut cache.attended[..x.rows() * d_emb];
        match self.settings.residual {
            true => repeat(theta.slice(&blocks.query), attended),
            false => attended.fill(F::zero()),
        }
        let means = &cache.attention.means[..x.rows() * d_emb];
        dense::project_add(means, theta.slice(&blocks.to_output), d_emb, attended);
        let read = match self.norm(HIDDEN) {
            None => &*attended,
            Some(norm) => {
                let normalized = &mut cache.normalized[..x.rows() * d_emb];
                norm.of_rows(theta, attended, normalized);
                normalized
            }
        };
        self.hidden
            .of_rows(theta, read, cache.z.first_mut(x.rows()));
        self.with_hidden(ReadOut {
            readout: &self.readout,
            theta,
            z: &cache.z,
            out,
        });
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut TransformerCache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let (d_emb, blocks) = (self.d_emb(), &self.blocks);
        let active = &mut cache.active;
        let derivatives = d_out.as_slice().expect("derivatives are contiguous");
        list_active(derivatives, &mut active.rows);
        let count = active.rows.len();
        if count == 0 {
            return;
        }

        active.d_z.assign(&cache.z);
        self.with_hidden(ReadBack {
            readout: &self.readout,
            theta,
            z: (&mut active.d_z, self.hidden.bias()),
            active: (&active.rows, d_out),
            into,
        });
        gather(&cache.attended, &active.rows, d_emb, &mut active.attended);
        gather(
            &cache.attention.means,
            &active.rows,
            d_emb,
            &mut active.means,
        );

        let d_z = active.d_z.first(count);
        let attended = &active.attended[..count * d_emb];
        let d_attended = &mut active.d_attended[..count * d_emb];
        match self.norm(HIDDEN) {
            None => {
                self.hidden.grad_of_rows(attended, d_z, into);
                self.hidden.back_rows(theta, d_z, d_attended);
            }
            Some(norm) => {
                let normalized = &mut active.normalized[..count * d_emb];
                gather(&cache.normalized, &active.rows, d_emb, normalized);
                self.hidden.grad_of_rows(normalized, d_z, into);
                self.hidden.back_rows(theta, d_z, d_attended);
                norm.grad_of_rows(theta, attended, d_attended, into);
            }
        }
        if self.settings.residual {
            let query = into.slice_mut(&blocks.query);
            d_attended
                .chunks_exact(d_emb)
                .for_each(|row| add(row, query));
        }
        let means = &active.means[..count * d_emb];
        dense::correlate_add(d_attended, means, d_emb, into.slice_mut(&blocks.to_output));
        let d_means = &mut active.d_means[..count * d_emb];
        d_means.fill(F::zero());
        dense::back_project_add(d_attended, theta.slice(&blocks.to_output), d_emb, d_means);

        let (tokens, grads) = (&cache.tokens, &mut cache.d_tokens);
        grads.clear();
        for (&row, d_means) in active.rows.iter().zip(d_means.chunks_exact(d_emb)) {
            let attention = &mut cache.attention;
            attention.backward(self, tokens, (x, row), d_means, grads);
        }
        grads.add_to(self, theta, tokens, into);
    }
}

/// [`Readout::of_rows`] with the activation of the settings.
struct ReadOut<'a, F: Real> {
    readout: &'a Readout,
    theta: &'a Params<F>,
    z: &'a Rows<F>,
    out: &'a mut ArrayRef1<F>,
}

impl<F: Real> ActivationVisitor for ReadOut<'_, F> {
    type Output = ();

    fn visit<A: Activation + 'static>(self, activation: A) {
        let ReadOut {
            readout,
            theta,
            z,
            out,
        } = self;
        readout.of_rows(&activation, theta, z, out);
    }
}

/// [`Readout::grad_of_rows`] with the activation of the settings.
struct ReadBack<'a, F: Real> {
    readout: &'a Readout,
    theta: &'a Params<F>,
    z: (&'a mut Rows<F>, Option<&'a Block<Ix1>>),
    active: (&'a [usize], &'a ArrayRef1<F>),
    into: &'a mut Params<F>,
}

impl<F: Real> ActivationVisitor for ReadBack<'_, F> {
    type Output = ();

    fn visit<A: Activation + 'static>(self, activation: A) {
        let ReadBack {
            readout,
            theta,
            z,
            active,
            into,
        } = self;
        readout.grad_of_rows(&activation, theta, z, active, into);
    }
}

/// Copies `row` to every row of `rows`.
fn repeat<F: Real>(row: &[F], rows: &mut [F]) {
    rows.chunks_exact_mut(row.len())
        .for_each(|copy| copy.copy_from_slice(row));
}

/// Copies the given rows of `from` to the first rows of `to`.
fn gather<F: Real>(from: &[F], rows: &[usize], columns: usize, to: &mut [F]) {
    for (&row, to) in rows.iter().zip(to.chunks_exact_mut(columns)) {
        to.copy_from_slice(&from[row * columns..][..columns]);
    }
}

fn add<F: Real>(from: &[F], to: &mut [F]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
}
