//! What depends on the parameters and the distinct tokens only, once a step.

use super::{ATTENTION, Transformer, add};
use crate::dense;
use crate::params::Params;
use crate::real::Real;

/// Attention's view of the 2n distinct tokens (xᵢ, i), number 2i for xᵢ = −1 and 2i + 1 for +1.
///
/// A token is the sum of one of two vectors and one of n positions. Scores and values are linear in it:
/// they are computed for these 2 + n rows and then added. Normalised tokens are no sums, and each of the
/// 2n has its own.
#[derive(Debug)]
pub(super) struct Tokens<F> {
    /// The vectors of −1 and +1, then the positions; shape `[2 + n, d_emb]`.
    embedding: Vec<F>,
    /// The tokens and then φ, before and behind LN₁; shape `[2n + 1, d_emb]`, empty without normalisation.
    raw: Vec<F>,
    normalized: Vec<F>,
    /// The query of all heads, shape `[d_emb]`.
    query: Vec<F>,
    /// A with s_h = A_h·e: the keys' weights met with the query; shape `[heads, d_emb]`, the heads
    /// of one input side by side.
    scorer: Vec<F>,
    /// Scores of the tokens' parts, shape `[2 + n, heads]`; empty with normalisation.
    part_scores: Vec<F>,
    /// Values of the tokens' parts, shape `[2 + n, d_emb]`; empty with normalisation.
    part_values: Vec<F>,
    /// s_h of each token, shape `[2n, heads]`.
    pub(super) scores: Vec<F>,
    /// exp(s_h − the largest s_h of any token), shape `[2n, heads]`.
    pub(super) weights: Vec<F>,
    /// v of each token, shape `[2n, d_emb]`.
    pub(super) values: Vec<F>,
    /// v times the weight of its head, shape `[2n, d_emb]`.
    pub(super) weighted: Vec<F>,
}

impl<F: Real> Tokens<F> {
    pub(super) fn new(model: &Transformer) -> Self {
        let (rows, tokens) = (2 + model.n, 2 * model.n);
        let (d_emb, heads) = (model.d_emb(), model.heads());
        let (parts, normalized) = match model.norm(ATTENTION) {
            None => (rows, 0),
            Some(_) => (0, tokens + 1),
        };
        let zeros = |rows: usize, columns: usize| vec![F::zero(); rows * columns];
        Tokens {
            embedding: zeros(rows, d_emb),
            raw: zeros(normalized, d_emb),
            normalized: zeros(normalized, d_emb),
            query: zeros(1, d_emb),
            scorer: zeros(d_emb, heads),
            part_scores: zeros(parts, heads),
            part_values: zeros(parts, d_emb),
            scores: zeros(tokens, heads),
            weights: zeros(tokens, heads),
            values: zeros(tokens, d_emb),
            weighted: zeros(tokens, d_emb),
        }
    }

    /// Everything anew for the parameters θ.
    pub(super) fn evaluate(&mut self, model: &Transformer, theta: &Params<F>) {
        let (blocks, d_emb, heads) = (&model.blocks, model.d_emb(), model.heads());
        let (values, d_attn) = (d_emb, model.d_attn());
        let tables = [theta.view(&blocks.token), theta.view(&blocks.position)];
        let rows = tables.iter().flat_map(|table| table.rows());
        for (row, copy) in rows.zip(self.embedding.chunks_exact_mut(d_emb)) {
            row.iter().zip(copy).for_each(|(&from, to)| *to = from);
        }

        if let Some(norm) = model.norm(ATTENTION) {
            let (tokens, query) = self.raw.split_at_mut(2 * model.n * d_emb);
            add_parts(&self.embedding, d_emb, tokens);
            query.copy_from_slice(theta.slice(&blocks.query));
            norm.of_rows(theta, &self.raw, &mut self.normalized);
        }

        self.query.fill(F::zero());
        let weight = theta.slice(&blocks.to_query);
        let query = match model.norm(ATTENTION) {
            None => theta.slice(&blocks.query),
            Some(_) => &self.normalized[2 * model.n * d_emb..],
        };
        dense::project_add(query, weight, values, &mut self.query);
        let keys = theta.slice(&blocks.to_key).chunks_exact(values);
        for (scorer, keys) in self.scorer.chunks_exact_mut(heads).zip(keys) {
            let pairs = keys
                .chunks_exact(d_attn)
                .zip(self.query.chunks_exact(d_attn));
            for (scorer, (key, query)) in scorer.iter_mut().zip(pairs) {
                *scorer = model.scale::<F>() * dot(key, query);
            }
        }

        let to_value = theta.slice(&blocks.to_value);
        if model.norm(ATTENTION).is_some() {
            let tokens = &self.normalized[..2 * model.n * d_emb];
            self.scores.fill(F::zero());
            dense::project_add(tokens, &self.scorer, heads, &mut self.scores);
            self.values.fill(F::zero());
            dense::project_add(tokens, to_value, values, &mut self.values);
        } else {
            self.part_scores.fill(F::zero());
            dense::project_add(&self.embedding, &self.scorer, heads, &mut self.part_scores);
            self.part_values.fill(F::zero());
            dense::project_add(&self.embedding, to_value, values, &mut self.part_values);
            add_parts(&self.part_scores, heads, &mut self.scores);
            add_parts(&self.part_values, values, &mut self.values);
        }

        for head in 0..heads {
            let scores = self.scores.iter().skip(head).step_by(heads);
            let most = scores
                .clone()
                .fold(F::neg_infinity(), |most, &s| most.max(s));
            let weights = self.weights.iter_mut().skip(head).step_by(heads);
            weights
                .zip(scores)
                .for_each(|(weight, &s)| *weight = (s - most).portable_exp());
        }
        let weights = self
            .weights
            .iter()
            .flat_map(|w| std::iter::repeat_n(w, d_attn));
        for ((weighted, &value), &weight) in self.weighted.iter_mut().zip(&self.values).zip(weights)
        {
            *weighted = weight * value;
        }
    }
}

/// Gradients in the tables of [`Tokens`].
#[derive(Debug)]
pub(super) struct TokenGrads<F> {
    /// In the scores; shape `[2n, heads]`.
    pub(super) scores: Vec<F>,
    /// In the weights; shape `[2n, heads]`.
    pub(super) weights: Vec<F>,
    /// In the values; shape `[2n, d_emb]`.
    pub(super) values: Vec<F>,
    /// In the weighted values; shape `[2n, d_emb]`.
    pub(super) weighted: Vec<F>,
    part_scores: Vec<F>,
    part_values: Vec<F>,
    scorer: Vec<F>,
    query: Vec<F>,
    embedding: Vec<F>,
    /// In what LN₁ is applied to and gives; empty without normalisation.
    normalized: Vec<F>,
}

impl<F: Real> TokenGrads<F> {
    pub(super) fn new(model: &Transformer) -> Self {
        let tokens = Tokens::new(model);
        TokenGrads {
            scores: tokens.scores,
            weights: tokens.weights,
            values: tokens.values,
            weighted: tokens.weighted,
            part_scores: tokens.part_scores,
            part_values: tokens.part_values,
            scorer: tokens.scorer,
            query: tokens.query,
            embedding: tokens.embedding,
            normalized: tokens.normalized,
        }
    }

    /// Forgets the examples of the batch before.
    pub(super) fn clear(&mut self) {
        let tables = [
            &mut self.scores,
            &mut self.weights,
            &mut self.values,
            &mut self.weighted,
        ];
        tables.into_iter().for_each(|table| table.fill(F::zero()));
    }

    /// Carries the gradients of the tables on to the parameters.
    pub(super) fn add_to(
        &mut self,
        model: &Transformer,
        theta: &Params<F>,
        tokens: &Tokens<F>,
        into: &mut Params<F>,
    ) {
        let (blocks, d_emb, heads) = (&model.blocks, model.d_emb(), model.heads());
        let (values, d_attn) = (d_emb, model.d_attn());
        self.leave_the_weights(tokens, d_attn);
        // In the rows that scores and values are products of.
        let (d_scores, d_values, rows, d_rows) = match model.norm(ATTENTION) {
            None => {
                sum_parts(&self.scores, heads, &mut self.part_scores);
                sum_parts(&self.values, values, &mut self.part_values);
                let rows = &tokens.embedding[..];
                let d_rows = &mut self.embedding[..];
                (&self.part_scores, &self.part_values, rows, d_rows)
            }
            Some(_) => {
                let rows = &tokens.normalized[..2 * model.n * d_emb];
                let d_rows = &mut self.normalized[..2 * model.n * d_emb];
                (&self.scores, &self.values, rows, d_rows)
            }
        };
        d_rows.fill(F::zero());
        let to_value = theta.slice(&blocks.to_value);
        dense::back_project_add(d_values, to_value, values, d_rows);
        dense::back_project_add(d_scores, &tokens.scorer, heads, d_rows);
        let to_value = into.slice_mut(&blocks.to_value);
        dense::correlate_add(d_values, rows, values, to_value);
        self.scorer.fill(F::zero());
        dense::correlate_add(d_scores, rows, heads, &mut self.scorer);

        self.query.fill(F::zero());
        let keys = theta.slice(&blocks.to_key).chunks_exact(values);
        let into_keys = into.slice_mut(&blocks.to_key).chunks_exact_mut(values);
        let scorers = self.scorer.chunks_exact(heads);
        for ((scorers, keys), into_keys) in scorers.zip(keys).zip(into_keys) {
            let keys = keys.chunks_exact(d_attn);
            let into_keys = into_keys.chunks_exact_mut(d_attn);
            let queries = tokens.query.chunks_exact(d_attn);
            let into_queries = self.query.chunks_exact_mut(d_attn);
            let heads = keys.zip(into_keys).zip(queries.zip(into_queries));
            for (((key, into_key), (query, into_query)), &scorer) in heads.zip(scorers) {
                let d = model.scale::<F>() * scorer;
                into_query
                    .iter_mut()
                    .zip(key)
                    .for_each(|(to, &k)| *to += d * k);
                into_key
                    .iter_mut()
                    .zip(query)
                    .for_each(|(to, &q)| *to += d * q);
            }
        }
        let weight = theta.slice(&blocks.to_query);
        let to_query = into.slice_mut(&blocks.to_query);
        match model.norm(ATTENTION) {
            None => {
                let query = theta.slice(&blocks.query);
                dense::correlate_add(&self.query, query, values, to_query);
                let d_query = into.slice_mut(&blocks.query);
                dense::back_project_add(&self.query, weight, values, d_query);
            }
            Some(norm) => {
                let query = &tokens.normalized[2 * model.n * d_emb..];
                dense::correlate_add(&self.query, query, values, to_query);
                let d_query = &mut self.normalized[2 * model.n * d_emb..];
                d_query.fill(F::zero());
                dense::back_project_add(&self.query, weight, values, d_query);
                norm.grad_of_rows(theta, &tokens.raw, &mut self.normalized, into);
                let (d_tokens, d_query) = self.normalized.split_at(2 * model.n * d_emb);
                sum_parts(d_tokens, d_emb, &mut self.embedding);
                add(d_query, into.slice_mut(&blocks.query));
            }
        }

        let (two, rest) = self.embedding.split_at(2 * d_emb);
        for (block, grads) in [(&blocks.token, two), (&blocks.position, rest)] {
            let mut into = into.view_mut(block);
            for (mut into, grads) in into.rows_mut().into_iter().zip(grads.chunks_exact(d_emb)) {
                into.iter_mut().zip(grads).for_each(|(into, &d)| *into += d);
            }
        }
    }

    /// Carries weights and weighted values on to scores and values.
    fn leave_the_weights(&mut self, tokens: &Tokens<F>, d_attn: usize) {
        let heads = self
            .weighted
            .chunks_exact(d_attn)
            .zip(self.values.chunks_exact_mut(d_attn));
        let heads = heads.zip(tokens.values.chunks_exact(d_attn)).enumerate();
        for (place, ((d_weighted, d_value), value)) in heads {
            let weight = tokens.weights[place];
            self.scores[place] += weight * (self.weights[place] + dot(d_weighted, value));
            for (d_value, &d) in d_value.iter_mut().zip(d_weighted) {
                *d_value += weight * d;
            }
        }
    }
}

/// Σⱼ aⱼ bⱼ, one term after the other: heads are short.
pub(super) fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    a.iter().zip(b).fold(F::zero(), |sum, (&a, &b)| sum + a * b)
}

/// Row 2i + s of `tokens` becomes row s plus row 2 + i of `parts`.
fn add_parts<F: Real>(parts: &[F], columns: usize, tokens: &mut [F]) {
    let (signs, positions) = parts.split_at(2 * columns);
    let pairs = tokens
        .chunks_exact_mut(2 * columns)
        .zip(positions.chunks_exact(columns));
    for (pair, position) in pairs {
        for (token, sign) in pair
            .chunks_exact_mut(columns)
            .zip(signs.chunks_exact(columns))
        {
            for ((token, &sign), &position) in token.iter_mut().zip(sign).zip(position) {
                *token = sign + position;
            }
        }
    }
}

/// The adjoint of [`add_parts`].
fn sum_parts<F: Real>(tokens: &[F], columns: usize, parts: &mut [F]) {
    parts.fill(F::zero());
    let (signs, positions) = parts.split_at_mut(2 * columns);
    let pairs = tokens
        .chunks_exact(2 * columns)
        .zip(positions.chunks_exact_mut(columns));
    for (pair, position) in pairs {
        for (token, sign) in pair
            .chunks_exact(columns)
            .zip(signs.chunks_exact_mut(columns))
        {
            for ((&token, sign), position) in token.iter().zip(sign).zip(&mut *position) {
                *sign += token;
                *position += token;
            }
        }
    }
}
