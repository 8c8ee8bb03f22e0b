//! The part of attention that every example has of its own.

use super::tokens::{TokenGrads, Tokens, dot};
use super::{Transformer, add};
use crate::params::Params;
use crate::real::Real;
use crate::signs::Signs;
use ndarray::Array3;

/// The sums of one batch over the positions, in every head.
#[derive(Debug)]
pub(super) struct Attention<F> {
    /// Σᵢ of the weights; 0 where these underflow. Shape `[batch, heads]`.
    totals: Vec<F>,
    /// The mean value under the softmax, model `[batch, d_emb]`.
    pub(super) means: Vec<F>,
    /// The tokens of one example.
    tokens: Vec<usize>,
    /// Room for the gradient of one example: in its sums of weighted values and of weights.
    d_weighted: Vec<F>,
    d_weights: Vec<F>,
}

impl<F: Real> Attention<F> {
    pub(super) fn new(model: &Transformer, batch: usize) -> Self {
        Attention {
            totals: vec![F::zero(); batch * model.heads()],
            means: vec![F::zero(); batch * model.d_emb()],
            tokens: vec![0; model.n],
            d_weighted: vec![F::zero(); model.d_emb()],
            d_weights: vec![F::zero(); model.heads()],
        }
    }

    /// Writes the means of every row of `x`.
    pub(super) fn forward(&mut self, model: &Transformer, tokens: &Tokens<F>, x: &Signs) {
        let (heads, values) = (model.heads(), model.d_emb());
        let totals = self.totals.chunks_exact_mut(heads);
        let means = self.means.chunks_exact_mut(values);
        for (row, (totals, means)) in totals.zip(means).take(x.rows()).enumerate() {
            look_up(x, row, &mut self.tokens);
            totals.fill(F::zero());
            means.fill(F::zero());
            for &token in &self.tokens {
                add(&tokens.weights[token * heads..][..heads], totals);
                add(&tokens.weighted[token * values..][..values], means);
            }
            let means = means.chunks_exact_mut(model.d_attn());
            for (head, (total, mean)) in totals.iter_mut().zip(means).enumerate() {
                if *total >= smallest_total() {
                    mean.iter_mut().for_each(|mean| *mean /= *total);
                } else {
                    *total = F::zero();
                    let softmax = Softmax::of(model, tokens, &self.tokens, head);
                    mean.fill(F::zero());
                    for (share, value, _) in softmax.shares() {
                        mean.iter_mut()
                            .zip(value)
                            .for_each(|(mean, &v)| *mean += share * v);
                    }
                }
            }
        }
    }

    /// Adds to `grads` the gradient of row `row` of `x`, given that in its means.
    pub(super) fn backward(
        &mut self,
        model: &Transformer,
        tokens: &Tokens<F>,
        (x, row): (&Signs, usize),
        d_means: &[F],
        grads: &mut TokenGrads<F>,
    ) {
        let (heads, values, d_attn) = (model.heads(), model.d_emb(), model.d_attn());
        look_up(x, row, &mut self.tokens);
        let means = &self.means[row * values..][..values];
        let totals = &self.totals[row * heads..][..heads];
        for (head, &total) in totals.iter().enumerate() {
            let place = head * d_attn..(head + 1) * d_attn;
            let (mean, d_mean) = (&means[place.clone()], &d_means[place.clone()]);
            let d_weighted = &mut self.d_weighted[place.clone()];
            let along = dot(d_mean, mean);
            if total > F::zero() {
                d_weighted
                    .iter_mut()
                    .zip(d_mean)
                    .for_each(|(to, &d)| *to = d / total);
                self.d_weights[head] = -along / total;
                continue;
            }
            d_weighted.fill(F::zero());
            self.d_weights[head] = F::zero();
            for (share, value, token) in Softmax::of(model, tokens, &self.tokens, head).shares() {
                grads.scores[token * heads + head] += share * (dot(d_mean, value) - along);
                let d_value = &mut grads.values[token * values..][place.clone()];
                d_value
                    .iter_mut()
                    .zip(d_mean)
                    .for_each(|(to, &d)| *to += share * d);
            }
        }
        for &token in &self.tokens {
            add(
                &self.d_weighted,
                &mut grads.weighted[token * values..][..values],
            );
            add(
                &self.d_weights,
                &mut grads.weights[token * heads..][..heads],
            );
        }
    }
}

/// The smallest sum of weights that is divided by.
///
/// The weights have one common factor for the whole cube. An example whose tokens all have scores
/// far below the largest would be left with numbers too small to be precise, so it is given a
/// factor of its own.
fn smallest_total<F: Real>() -> F {
    F::min_positive_value().sqrt()
}

impl Transformer {
    /// The weights with which attention reads the positions, softmax(s_h)_i.
    ///
    /// Shapes: x `[rows, n]`, the result `[rows, heads, n]`; it sums to 1 over the positions.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    ///
    /// let model = Transformer::new(12, 16, 4)?;
    /// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
    /// let weights = model.attention(&theta, &Signs::ones(3, 12)?);
    /// assert_eq!(weights.dim(), (3, 4, 12));
    /// assert!((weights.sum() - 12.0).abs() < 1e-12);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the parameters have other blocks or the inputs another dimension.
    pub fn attention<F: Real>(&self, theta: &Params<F>, x: &Signs) -> Array3<F> {
        assert_eq!(x.dim(), self.n, "the inputs have another dimension");
        let (mut tokens, mut row_tokens) = (Tokens::new(self), vec![0; self.n]);
        tokens.evaluate(self, theta);
        let mut weights = Array3::zeros((x.rows(), self.heads(), self.n));
        for (row, mut heads) in weights.outer_iter_mut().enumerate() {
            look_up(x, row, &mut row_tokens);
            for (head, mut weights) in heads.outer_iter_mut().enumerate() {
                let softmax = Softmax::of(self, &tokens, &row_tokens, head);
                for (weight, (share, ..)) in weights.iter_mut().zip(softmax.shares()) {
                    *weight = share;
                }
            }
        }
        weights
    }
}

/// The softmax of one example in one head, with a factor of its own.
struct Softmax<'a, F> {
    model: &'a Transformer,
    tokens: &'a Tokens<F>,
    row: &'a [usize],
    head: usize,
    most: F,
    total: F,
}

impl<'a, F: Real> Softmax<'a, F> {
    fn of(model: &'a Transformer, tokens: &'a Tokens<F>, row: &'a [usize], head: usize) -> Self {
        let score = |&token: &usize| tokens.scores[token * model.heads() + head];
        let most = row.iter().map(score).fold(F::neg_infinity(), F::max);
        let weights = row.iter().map(|token| (score(token) - most).portable_exp());
        let total = weights.fold(F::zero(), |sum, weight| sum + weight);
        Softmax {
            model,
            tokens,
            row,
            head,
            most,
            total,
        }
    }

    /// Share, value and number of each token.
    fn shares(&self) -> impl Iterator<Item = (F, &'a [F], usize)> {
        let &Softmax {
            model,
            tokens,
            row,
            head,
            most,
            total,
        } = self;
        row.iter().map(move |&token| {
            let score = tokens.scores[token * model.heads() + head];
            let value = &tokens.values[token * model.d_emb() + head * model.d_attn()..];
            (
                (score - most).portable_exp() / total,
                &value[..model.d_attn()],
                token,
            )
        })
    }
}

/// The tokens of a row: 2i where xᵢ = −1, 2i + 1 where xᵢ = +1.
fn look_up(x: &Signs, row: usize, tokens: &mut [usize]) {
    for (i, token) in tokens.iter_mut().enumerate() {
        *token = 2 * i + usize::from(!x.is_negative(row, i));
    }
}
