//! The parity Transformer example by example, straight from the formulas: every example embeds its
//! own tokens and computes their keys, values and scores.

use ndarray::{Array1, Array2, ArrayRef1, Axis, Ix1, Ix2, s};
use sparse_parity::params::Layout;
use sparse_parity::prelude::*;
use std::sync::Arc;

/// The same function as the [`Transformer`] that it holds.
#[derive(Debug, Clone)]
pub struct PerExample(
    /// The fast network.
    pub Transformer,
);

impl Architecture for PerExample {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn layout(&self) -> &Arc<Layout> {
        self.0.layout()
    }

    fn identity(&self) -> String {
        format!("example by example: {}", self.0.identity())
    }
}

/// θ as arrays.
struct Weights<F> {
    token: Array2<F>,
    position: Array2<F>,
    query: Array1<F>,
    to_query: Array2<F>,
    to_key: Array2<F>,
    to_value: Array2<F>,
    to_output: Array2<F>,
    hidden: Array2<F>,
    hidden_bias: Array1<F>,
    output: Array1<F>,
    output_bias: F,
}

impl<F: Real> Weights<F> {
    fn of(model: &Transformer, theta: &Params<F>) -> Self {
        let layout = model.layout();
        let matrix = |name| {
            let block = layout.get::<Ix2>(name).unwrap();
            theta.view(&block).as_standard_layout().into_owned()
        };
        let vector = |name| theta.view(&layout.get::<Ix1>(name).unwrap()).to_owned();
        Weights {
            token: matrix("embedding.token"),
            position: matrix("embedding.position"),
            query: vector("embedding.query"),
            to_query: matrix("attention.query"),
            to_key: matrix("attention.key"),
            to_value: matrix("attention.value"),
            to_output: matrix("attention.output"),
            hidden: matrix("hidden.weight"),
            hidden_bias: vector("hidden.bias"),
            output: vector("output.weight"),
            output_bias: match layout.get::<Ix1>("output.bias") {
                Ok(block) => theta.view(&block)[0],
                Err(_) => F::zero(),
            },
        }
    }
}

/// What the forward pass of one example leaves.
#[derive(Debug)]
pub struct Pass<F> {
    /// Which token vector each coordinate has.
    signs: Vec<usize>,
    /// e, keys and values, shape `[n, d_emb]`.
    embedded: Array2<F>,
    keys: Array2<F>,
    values: Array2<F>,
    query: Array1<F>,
    /// The softmax, shape `[n, heads]`.
    shares: Array2<F>,
    means: Array1<F>,
    attended: Array1<F>,
    z: Array1<F>,
}

impl PerExample {
    fn scale<F: Real>(&self) -> F {
        F::of(1.0 / (self.0.d_attn() as f64).sqrt())
    }

    fn heads(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + use<> {
        let d_attn = self.0.d_attn();
        (0..self.0.heads()).map(move |head| (head, head * d_attn..(head + 1) * d_attn))
    }

    fn pass<F: Real>(&self, w: &Weights<F>, x: &Signs, row: usize) -> Pass<F> {
        let n = self.dim();
        let signs = Vec::from_iter((0..n).map(|i| usize::from(!x.is_negative(row, i))));
        let embedded = w.token.select(Axis(0), &signs) + &w.position;
        let (keys, values) = (embedded.dot(&w.to_key.t()), embedded.dot(&w.to_value.t()));
        let query = w.to_query.dot(&w.query);
        let mut shares = Array2::zeros((n, self.0.heads()));
        let mut means = Array1::zeros(self.0.d_emb());
        for (head, of_head) in self.heads() {
            let keys = keys.slice(s![.., of_head.clone()]);
            let scores = keys.dot(&query.slice(s![of_head.clone()])) * self.scale::<F>();
            let most = scores.fold(F::neg_infinity(), |most, &s| most.max(s));
            let weights = scores.mapv(|s| (s - most).portable_exp());
            let of_each = &weights / weights.sum();
            let mean = values.slice(s![.., of_head.clone()]).t().dot(&of_each);
            means.slice_mut(s![of_head]).assign(&mean);
            shares.column_mut(head).assign(&of_each);
        }
        let mut attended = w.to_output.dot(&means);
        if self.0.has_residual() {
            attended += &w.query;
        }
        let z = w.hidden.dot(&attended) + &w.hidden_bias;
        Pass {
            signs,
            embedded,
            keys,
            values,
            query,
            shares,
            means,
            attended,
            z,
        }
    }

    fn add_grad<F: Real>(&self, w: &Weights<F>, pass: &Pass<F>, d_out: F, into: &mut Weights<F>) {
        into.output_bias += d_out;
        into.output
            .scaled_add(d_out, &pass.z.mapv(|z| z.max(F::zero())));
        let slope = |&z: &F| if z > F::zero() { d_out } else { F::zero() };
        let d_z = pass.z.map(slope) * &w.output;
        into.hidden_bias += &d_z;
        add_outer(&d_z, &pass.attended, &mut into.hidden);
        let d_attended = w.hidden.t().dot(&d_z);
        if self.0.has_residual() {
            into.query += &d_attended;
        }
        add_outer(&d_attended, &pass.means, &mut into.to_output);
        let d_means = w.to_output.t().dot(&d_attended);

        let mut d_keys = Array2::zeros(pass.keys.dim());
        let mut d_values = Array2::zeros(pass.values.dim());
        let mut d_query = Array1::zeros(pass.query.len());
        for (head, place) in self.heads() {
            let (values, keys) = (
                pass.values.slice(s![.., place.clone()]),
                pass.keys.slice(s![.., place.clone()]),
            );
            let d_mean = d_means.slice(s![place.clone()]);
            let shares = pass.shares.column(head);
            for (i, &share) in shares.iter().enumerate() {
                let d_value = &d_mean * share;
                d_values.slice_mut(s![i, place.clone()]).assign(&d_value);
            }
            let d_shares = values.dot(&d_mean);
            let along = d_shares.dot(&shares);
            let d_scores = (d_shares - along) * shares * self.scale::<F>();
            let query = pass.query.slice(s![place.clone()]);
            for (i, &d) in d_scores.iter().enumerate() {
                d_keys.slice_mut(s![i, place.clone()]).assign(&(&query * d));
            }
            let d_of_head = keys.t().dot(&d_scores);
            d_query.slice_mut(s![place]).assign(&d_of_head);
        }
        into.to_key += &d_keys.t().dot(&pass.embedded);
        into.to_value += &d_values.t().dot(&pass.embedded);
        add_outer(&d_query, &w.query, &mut into.to_query);
        into.query += &w.to_query.t().dot(&d_query);
        let d_embedded = d_keys.dot(&w.to_key) + d_values.dot(&w.to_value);
        into.position += &d_embedded;
        for (&sign, d) in pass.signs.iter().zip(d_embedded.rows()) {
            let mut token = into.token.row_mut(sign);
            token += &d;
        }
    }
}

fn add_outer<F: Real>(d: &Array1<F>, a: &Array1<F>, into: &mut Array2<F>) {
    for (&d, mut row) in d.iter().zip(into.rows_mut()) {
        row.scaled_add(d, a);
    }
}

impl<F: Real> Model<F> for PerExample {
    type Cache = Vec<Pass<F>>;

    fn cache(&self, batch: usize) -> Vec<Pass<F>> {
        Vec::with_capacity(batch)
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Vec<Pass<F>>,
        out: &mut ArrayRef1<F>,
    ) {
        let w = Weights::of(&self.0, theta);
        cache.clear();
        cache.extend((0..x.rows()).map(|row| self.pass(&w, x, row)));
        for (pass, out) in cache.iter().zip(out) {
            *out = w.output.dot(&pass.z.mapv(|z| z.max(F::zero()))) + w.output_bias;
        }
    }

    fn grad(
        &self,
        theta: &Params<F>,
        _: &Signs,
        cache: &mut Vec<Pass<F>>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let w = Weights::of(&self.0, theta);
        let mut grad = Weights::of(&self.0, into);
        for (pass, &d) in cache.iter().zip(d_out) {
            if d != F::zero() {
                self.add_grad(&w, pass, d, &mut grad);
            }
        }
        let layout = self.layout();
        let matrices = [
            ("embedding.token", &grad.token),
            ("embedding.position", &grad.position),
            ("attention.query", &grad.to_query),
            ("attention.key", &grad.to_key),
            ("attention.value", &grad.to_value),
            ("attention.output", &grad.to_output),
            ("hidden.weight", &grad.hidden),
        ];
        for (name, grad) in matrices {
            let block = layout.get::<Ix2>(name).unwrap();
            into.view_mut(&block).assign(grad);
        }
        if let Ok(block) = layout.get::<Ix1>("output.bias") {
            into.view_mut(&block).fill(grad.output_bias);
        }
        let vectors = [
            ("embedding.query", &grad.query),
            ("hidden.bias", &grad.hidden_bias),
            ("output.weight", &grad.output),
        ];
        for (name, grad) in vectors {
            let block = layout.get::<Ix1>(name).unwrap();
            into.view_mut(&block).assign(grad);
        }
    }
}
