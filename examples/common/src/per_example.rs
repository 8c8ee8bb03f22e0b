//! The parity Transformer example by example, straight from the formulas: every example embeds its
//! own tokens and computes their keys, values and scores.

use ndarray::{Array1, Array2, ArrayRef1, Axis, Ix1, Ix2, s};
use sparse_parity::activation::ActivationVisitor;
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
    /// Gain and shift of LN₁ and LN₂.
    norms: Option<[Norm<F>; 2]>,
}

/// Gain and shift.
type Norm<F> = [Array1<F>; 2];

/// Their names.
const NORMS: [[&str; 2]; 2] = [
    ["attention.gain", "attention.shift"],
    ["hidden.gain", "hidden.shift"],
];

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
            norms: (model.settings().layer_norm).then(|| NORMS.map(|names| names.map(vector))),
        }
    }
}

/// What the forward pass of one example leaves.
#[derive(Debug)]
pub struct Pass<F> {
    /// Which token vector each coordinate has.
    signs: Vec<usize>,
    /// e, what attention reads of it, keys and values, shape `[n, d_emb]`.
    embedded: Array2<F>,
    read: Array2<F>,
    keys: Array2<F>,
    values: Array2<F>,
    query: Array1<F>,
    /// The softmax, shape `[n, heads]`.
    shares: Array2<F>,
    means: Array1<F>,
    attended: Array1<F>,
    /// What the hidden layer reads of it.
    hidden: Array1<F>,
    z: Array1<F>,
}

#[derive(Debug, Clone, Copy)]
enum Function {
    Value,
    Slope,
}

/// LN of one row, if there is one.
fn normalize<F: Real>(norm: Option<&Norm<F>>, a: &Array1<F>) -> Array1<F> {
    match norm {
        None => a.clone(),
        Some([gain, shift]) => gain * &standardize(a).0 + shift,
    }
}

/// (a − mean a)·s and s = 1/√(var a + ε).
fn standardize<F: Real>(a: &Array1<F>) -> (Array1<F>, F) {
    let centred = a - a.mean().unwrap();
    let variance = centred.mapv(|a| a * a).mean().unwrap();
    let scale = F::one() / (variance + F::of(1e-5)).sqrt();
    (centred * scale, scale)
}

/// The derivative in `a` for that in its LN; those in gain and shift are added to `into`.
fn back_normalize<F: Real>(
    norm: Option<&Norm<F>>,
    a: &Array1<F>,
    d: Array1<F>,
    into: Option<&mut Norm<F>>,
) -> Array1<F> {
    let (Some([gain, _]), Some([into_gain, into_shift])) = (norm, into) else {
        return d;
    };
    let (standard, scale) = standardize(a);
    *into_gain += &(&d * &standard);
    *into_shift += &d;
    let d = d * gain;
    let (level, along) = (d.mean().unwrap(), (&d * &standard).mean().unwrap());
    (d - level - standard * along) * scale
}

impl PerExample {
    fn scale<F: Real>(&self) -> F {
        match self.0.settings().scaled_scores {
            true => F::of(1.0 / (self.0.d_attn() as f64).sqrt()),
            false => F::one(),
        }
    }

    fn heads(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + use<> {
        let d_attn = self.0.d_attn();
        (0..self.0.heads()).map(move |head| (head, head * d_attn..(head + 1) * d_attn))
    }

    /// σ(z) or σ'(z) of the hidden layer.
    fn hidden<F: Real>(&self, z: &Array1<F>, function: Function) -> Array1<F> {
        struct Each<'a, F>(&'a Array1<F>, Function);
        impl<F: Real> ActivationVisitor for Each<'_, F> {
            type Output = Array1<F>;
            fn visit<A: Activation + 'static>(self, activation: A) -> Array1<F> {
                self.0.mapv(|z| match self.1 {
                    Function::Value => activation.value(z),
                    Function::Slope => activation.slope(z),
                })
            }
        }
        let activation = self.0.settings().activation;
        let made = activation.with_activation(self.dim(), 1, Each(z, function));
        made.expect("the Transformer has it")
    }

    fn pass<F: Real>(&self, w: &Weights<F>, x: &Signs, row: usize) -> Pass<F> {
        let n = self.dim();
        let signs = Vec::from_iter((0..n).map(|i| usize::from(!x.is_negative(row, i))));
        let embedded = w.token.select(Axis(0), &signs) + &w.position;
        let norm = |place: usize| w.norms.as_ref().map(|norms| &norms[place]);
        let mut read = embedded.clone();
        for mut row in read.rows_mut() {
            let raw = row.to_owned();
            row.assign(&normalize(norm(0), &raw));
        }
        let (keys, values) = (read.dot(&w.to_key.t()), read.dot(&w.to_value.t()));
        let query = w.to_query.dot(&normalize(norm(0), &w.query));
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
        let hidden = normalize(norm(1), &attended);
        let z = w.hidden.dot(&hidden) + &w.hidden_bias;
        Pass {
            signs,
            embedded,
            read,
            keys,
            values,
            query,
            shares,
            means,
            attended,
            hidden,
            z,
        }
    }

    fn add_grad<F: Real>(&self, w: &Weights<F>, pass: &Pass<F>, d_out: F, into: &mut Weights<F>) {
        into.output_bias += d_out;
        let hidden = |f| self.hidden(&pass.z, f);
        into.output.scaled_add(d_out, &hidden(Function::Value));
        let d_z = hidden(Function::Slope) * &w.output * d_out;
        into.hidden_bias += &d_z;
        add_outer(&d_z, &pass.hidden, &mut into.hidden);
        let norm = |place: usize| w.norms.as_ref().map(|norms| &norms[place]);
        let d_hidden = w.hidden.t().dot(&d_z);
        let into_norm = into.norms.as_mut().map(|norms| &mut norms[1]);
        let d_attended = back_normalize(norm(1), &pass.attended, d_hidden, into_norm);
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
        into.to_key += &d_keys.t().dot(&pass.read);
        into.to_value += &d_values.t().dot(&pass.read);
        add_outer(&d_query, &normalize(norm(0), &w.query), &mut into.to_query);
        let mut into_norm = into.norms.as_mut().map(|norms| &mut norms[0]);
        let d_read = w.to_query.t().dot(&d_query);
        into.query += &back_normalize(norm(0), &w.query, d_read, into_norm.as_deref_mut());
        let mut d_embedded = d_keys.dot(&w.to_key) + d_values.dot(&w.to_value);
        for (mut d, a) in d_embedded.rows_mut().into_iter().zip(pass.embedded.rows()) {
            let (a, of_read) = (a.to_owned(), d.to_owned());
            d.assign(&back_normalize(
                norm(0),
                &a,
                of_read,
                into_norm.as_deref_mut(),
            ));
        }
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
            *out = w.output.dot(&self.hidden(&pass.z, Function::Value)) + w.output_bias;
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
        let norms = grad.norms.iter().flatten().flatten();
        let norms = NORMS.into_iter().flatten().zip(norms);
        for (name, grad) in vectors.into_iter().chain(norms) {
            let block = layout.get::<Ix1>(name).unwrap();
            into.view_mut(&block).assign(grad);
        }
    }
}
