//! The parity Transformer.

mod attention;
mod tokens;

use super::parts::{Affine, Readout, list_active};
use super::{Architecture, Model, rows_of_values};
use crate::activation::Relu;
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
/// f(x; \theta) = u^\top \mathrm{ReLU}(W_1 W_O c + b_1) + b_2 .
/// ```
///
/// | block | symbol | shape |
/// |---|---|---|
/// | `embedding.token` | τ₋₁, τ₊₁ | `[2, d_emb]` |
/// | `embedding.position` | π₁, …, πₙ | `[n, d_emb]` |
/// | `embedding.query` | φ | `[d_emb]` |
/// | `attention.query`, `attention.key`, `attention.value` | W_Q, W_K, W_V | `[heads·d_attn, d_emb]` |
/// | `attention.output` | W_O | `[d_emb, heads·d_attn]` |
/// | `hidden.weight`, `hidden.bias` | W₁, b₁ | `[mlp_width, d_emb]`, `[mlp_width]` |
/// | `output.weight` | u | `[mlp_width]` |
/// | `output.bias` | b₂ | `[1]`, unless [`without_output_bias`](Transformer::without_output_bias) |
///
/// Row h·d_attn + j of W_Q, W_K and W_V is component j of head h.
///
/// The paper gives the sizes ([`paper`](Transformer::paper)) and no more. What else is said here
/// is a choice: trained positions and one trained query, a hidden layer of 4·d_emb, no layer
/// normalisation, no residual connection unless asked for, no biases within attention.
///
/// There are only 2n distinct tokens (xᵢ, i), whatever the batch. Scores and values are computed
/// once for each of them and step, even for the 2 + n vectors that they are made of, and an
/// example sums over its n tokens in every head.
///
/// Order of summation: sums over positions take one after the other, sums over the inputs of a
/// layer too, the output sums in 16 lanes as in [`Mlp`](super::Mlp). Weights of the softmax have
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
    shape: Shape,
    layout: Arc<Layout>,
    blocks: Blocks,
    hidden: Affine,
    readout: Readout,
}

/// An embedding is looked up: each of its numbers is the weight of a single input, 1.
const EMBEDDING_FAN_IN: usize = 1;

/// The sizes and switches.
#[derive(Debug, Clone, Copy)]
struct Shape {
    n: usize,
    d_emb: usize,
    heads: usize,
    mlp_width: usize,
    residual: bool,
    output_bias: bool,
    init: Init,
}

impl Shape {
    fn d_attn(&self) -> usize {
        self.d_emb / self.heads
    }

    /// 1/√d_attn.
    fn scale<F: Real>(&self) -> F {
        F::of(1.0 / (self.d_attn() as f64).sqrt())
    }
}

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
    /// [`Error::Zero`] if a size is 0, [`Error::Heads`] unless the heads divide `d_emb`,
    /// [`Error::TooLarge`] for more than 2³⁶ weights in a block.
    pub fn new(n: usize, d_emb: usize, heads: usize) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        positive("the embedding dimension", d_emb)?;
        positive("the number of heads", heads)?;
        if !d_emb.is_multiple_of(heads) {
            return Err(Error::Heads { heads, d_emb });
        }
        Transformer::build(Shape {
            n,
            d_emb,
            heads,
            mlp_width: d_emb.saturating_mul(4),
            residual: false,
            output_bias: true,
            init: Init::default(),
        })
    }

    /// The size of the paper: d_emb = 1024, 128 heads of 8.
    ///
    /// # Errors
    /// As [`Transformer::new`].
    pub fn paper(n: usize) -> Result<Self> {
        Transformer::new(n, 1024, 128)
    }

    /// A size for one processor: d_emb = 64, 8 heads of 8.
    ///
    /// # Errors
    /// As [`Transformer::new`].
    pub fn small(n: usize) -> Result<Self> {
        Transformer::new(n, 64, 8)
    }

    /// The same with another width of the hidden layer.
    ///
    /// # Errors
    /// [`Error::Zero`] if it is 0, [`Error::TooLarge`] for more than 2³⁶ weights.
    pub fn with_mlp_width(self, mlp_width: usize) -> Result<Self> {
        let mlp_width = positive("the width of the hidden layer", mlp_width)?;
        Transformer::build(Shape {
            mlp_width,
            ..self.shape
        })
    }

    /// The same with another initialisation of every affine block.
    ///
    /// # Errors
    /// Those of [`Init::affine`].
    pub fn with_init(self, init: Init) -> Result<Self> {
        Transformer::build(Shape { init, ..self.shape })
    }

    /// The same with a residual connection: what attention returns is added to the query φ.
    #[must_use]
    pub fn with_residual(self) -> Self {
        let residual = true;
        let shape = Shape {
            residual,
            ..self.shape
        };
        Transformer { shape, ..self }
    }

    /// The same without the output bias b₂.
    #[must_use]
    pub fn without_output_bias(self) -> Self {
        let output_bias = false;
        Transformer::build(Shape {
            output_bias,
            ..self.shape
        })
        .expect("the initialisation was accepted for these sizes before")
    }

    /// The dimension of the embeddings.
    pub fn d_emb(&self) -> usize {
        self.shape.d_emb
    }

    /// The number of heads.
    pub fn heads(&self) -> usize {
        self.shape.heads
    }

    /// The dimension of a head, d_emb/heads.
    pub fn d_attn(&self) -> usize {
        self.shape.d_attn()
    }

    /// The width of the hidden layer.
    pub fn mlp_width(&self) -> usize {
        self.shape.mlp_width
    }

    /// Whether attention adds to the query.
    pub fn has_residual(&self) -> bool {
        self.shape.residual
    }

    fn build(shape: Shape) -> Result<Self> {
        let Shape {
            n,
            d_emb,
            mlp_width,
            init,
            ..
        } = shape;
        if matches!(init, Init::Paired { .. } | Init::Sparse { .. }) {
            let init = format!("{init:?}");
            return Err(Error::InitWithoutRows { init });
        }
        for rows in [n, d_emb, mlp_width] {
            product("the number of weights", rows, d_emb)?;
        }
        let mut layout = Layout::default();
        let embedding = init.affine(Layer::First, EMBEDDING_FAN_IN, d_emb)?.weight;
        let token = layout.block("embedding.token", (2, d_emb), embedding.clone());
        let position = layout.block("embedding.position", (n, d_emb), embedding.clone());
        let query = layout.block("embedding.query", d_emb, embedding);
        let attention = init.affine(Layer::Middle, d_emb, d_emb)?.weight;
        let mut square = |name| layout.block(name, (d_emb, d_emb), attention.clone());
        let [to_query, to_key, to_value, to_output] = [
            "attention.query",
            "attention.key",
            "attention.value",
            "attention.output",
        ]
        .map(&mut square);
        let values = init.affine(Layer::Middle, d_emb, mlp_width)?;
        let hidden = Affine::declare(&mut layout, "hidden", (mlp_width, d_emb), values, true);
        let readout = Readout::declare(&mut layout, mlp_width, init, true, shape.output_bias)?;
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
            shape,
            layout: Arc::new(layout),
            blocks,
            hidden,
            readout,
        })
    }
}

impl fmt::Debug for Transformer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transformer").field(&self.shape).finish()
    }
}

impl Architecture for Transformer {
    fn dim(&self) -> usize {
        self.shape.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        format!("Transformer {:?}", self.shape)
    }

    fn activations(&self) -> usize {
        2 * self.shape.d_emb + self.shape.mlp_width
    }

    fn rows_at_once(&self) -> usize {
        rows_of_values(2 * self.shape.d_emb + self.shape.mlp_width)
    }
}

/// What the backward pass of a [`Transformer`] remembers, and room for its gradients.
#[derive(Debug)]
pub struct TransformerCache<F> {
    tokens: Tokens<F>,
    attention: Attention<F>,
    /// W_O c, and φ with a residual connection; shape `[batch, d_emb]`.
    attended: Vec<F>,
    /// W₁ W_O c + b₁, shape `[batch, mlp_width]`.
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
    d_means: Vec<F>,
    d_attended: Vec<F>,
    d_z: Rows<F>,
}

impl<F: Real> ActiveRows<F> {
    fn new(shape: &Shape, batch: usize) -> Self {
        let zeros = |columns| vec![F::zero(); batch * columns];
        ActiveRows {
            rows: Vec::with_capacity(batch),
            means: zeros(shape.d_emb),
            attended: zeros(shape.d_emb),
            d_means: zeros(shape.d_emb),
            d_attended: zeros(shape.d_emb),
            d_z: Rows::tight(batch, shape.mlp_width),
        }
    }
}

impl<F: Real> Model<F> for Transformer {
    type Cache = TransformerCache<F>;

    fn cache(&self, batch: usize) -> TransformerCache<F> {
        let shape = &self.shape;
        TransformerCache {
            tokens: Tokens::new(shape),
            attention: Attention::new(shape, batch),
            attended: vec![F::zero(); batch * shape.d_emb],
            z: Rows::tight(batch, shape.mlp_width),
            d_tokens: TokenGrads::new(shape),
            active: ActiveRows::new(shape, batch),
        }
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut TransformerCache<F>,
        out: &mut ArrayRef1<F>,
    ) {
        assert_eq!(x.dim(), self.shape.n, "the inputs have another dimension");
        assert_eq!(out.len(), x.rows(), "one output a row is needed");
        let (d_emb, blocks) = (self.shape.d_emb, &self.blocks);
        cache.tokens.evaluate(&self.shape, blocks, theta);
        cache.attention.forward(&self.shape, &cache.tokens, x);

        let attended = &mut cache.attended[..x.rows() * d_emb];
        match self.shape.residual {
            true => repeat(theta.slice(&blocks.query), attended),
            false => attended.fill(F::zero()),
        }
        let means = &cache.attention.means[..x.rows() * d_emb];
        dense::project_add(means, theta.slice(&blocks.to_output), d_emb, attended);
        self.hidden
            .of_rows(theta, attended, cache.z.first_mut(x.rows()));
        self.readout.of_rows(&Relu, theta, &cache.z, out);
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut TransformerCache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let (d_emb, blocks) = (self.shape.d_emb, &self.blocks);
        let active = &mut cache.active;
        let derivatives = d_out.as_slice().expect("derivatives are contiguous");
        list_active(derivatives, &mut active.rows);
        let count = active.rows.len();
        if count == 0 {
            return;
        }

        let (rows, d_z) = ((&active.rows[..], d_out), &mut active.d_z);
        let readout = &self.readout;
        d_z.assign(&cache.z);
        let d_z = (0, d_z, self.hidden.bias());
        readout.grad_of_rows(&Relu, theta, d_z, rows, into);
        gather(&cache.attended, &active.rows, d_emb, &mut active.attended);
        gather(
            &cache.attention.means,
            &active.rows,
            d_emb,
            &mut active.means,
        );

        let d_z = active.d_z.first(count);
        let attended = &active.attended[..count * d_emb];
        self.hidden.grad_of_rows(attended, d_z, into);
        let d_attended = &mut active.d_attended[..count * d_emb];
        self.hidden.back(theta, d_z, d_attended);
        if self.shape.residual {
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
            attention.backward(&self.shape, tokens, (x, row), d_means, grads);
        }
        grads.add_to(&self.shape, blocks, theta, tokens, into);
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
