//! What is computed behind pre-activations, for any activation.

use super::gradient_sink::GradientSink;
use crate::activation::Activation;
use crate::real::{LANES, Real, fold};
use crate::simd::{Rows, Simd, WithSimd, copy, dispatch, few, lanes, put, whole};
use std::array::from_fn;
use std::hint::black_box;

/// An activation whose type is not known: what has one behind this trait is compiled once for all of them, and only the
/// loops over its values for each.
pub(in crate::model) trait Activated<F>: Sync {
    /// Reads outputs out of pre-activations.
    fn read_out(&self, outputs: Outputs<'_, F>);

    /// Turns pre-activations into their derivatives.
    fn read_back(&self, slopes: Slopes<'_, F>);
}

impl<F: Real, A: Activation> Activated<F> for A {
    fn read_out(&self, outputs: Outputs<'_, F>) {
        dispatch(Of(self, outputs));
    }

    fn read_back(&self, slopes: Slopes<'_, F>) {
        dispatch(Of(self, slopes));
    }
}

/// What is to be computed with an activation.
struct Of<'a, A, T>(&'a A, T);

/// The readout of a tile of neurons in every row.
pub(in crate::model) struct Outputs<'a, F> {
    pub(super) u: Option<&'a [F]>,
    pub(super) c: F,
    pub(super) z: &'a [F],
    pub(super) width: usize,
    pub(super) step: usize,
    /// The partial sums between tiles.
    pub(super) sums: &'a mut [[F; LANES]],
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    pub(super) out: &'a mut [F],
}

impl<F: Real, A: Activation> WithSimd for Of<'_, A, Outputs<'_, F>> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Of(activation, outputs) = self;
        match outputs.step {
            1 => outputs.one_neuron(activation),
            step if step.is_multiple_of(LANES) => outputs.rows::<true>(activation),
            _ => outputs.rows::<false>(activation),
        }
    }
}

impl<F: Real> Outputs<'_, F> {
    /// Many neurons, whose last lanes are WHOLE in a row or not.
    #[inline(always)]
    fn rows<const WHOLE: bool>(self, activation: &impl Activation) {
        let Outputs {
            u,
            c,
            z,
            width,
            step,
            sums: kept,
            is_first,
            is_last,
            out,
        } = self;
        let rest = width % LANES;
        let (zeros, one) = ([F::zero(); LANES], [F::one(); LANES]);
        let us = u.map_or(&[][..], |u| u.as_chunks().0);
        let last = u.map_or(one, |u| few(&u[width - rest..]));
        // The lanes that count of the last ones. Knowing what they are made of, the compiler would
        // compare integers, for which it takes other vectors.
        let mask: [F; LANES] = black_box(from_fn(|l| if l < rest { F::one() } else { F::zero() }));
        for (row, out) in out.iter_mut().enumerate() {
            let z = &z[row * step..][..step];
            let mut sums = *if is_first { &zeros } else { &kept[row] };
            for place in 0..width / LANES {
                let z = whole(z, place * LANES);
                let (a, u) = (values(activation, &z), us.get(place).unwrap_or(&one));
                for lane in 0..LANES {
                    sums[lane] += u[lane] * a[lane];
                }
            }
            if rest > 0 {
                let z = if WHOLE {
                    whole(z, width - rest)
                } else {
                    few(&z[width - rest..])
                };
                let a = values(activation, &z);
                for lane in 0..LANES {
                    let counts = mask[lane] > F::zero();
                    sums[lane] += if counts {
                        last[lane] * a[lane]
                    } else {
                        F::zero()
                    };
                }
            }
            if is_last {
                // Knowing that they are to be folded, the compiler would keep them in pieces.
                *out = c + fold(black_box(sums));
            } else {
                kept[row] = sums;
            }
        }
    }

    /// One neuron: its examples lie side by side. Where there is no u, it is 1.
    #[inline(always)]
    fn one_neuron(self, activation: &impl Activation) {
        let u = self.u.map_or(F::one(), |u| u[0]);
        for (out, z) in self.out.chunks_mut(LANES).zip(self.z.chunks(LANES)) {
            let a = values(activation, &lanes(z, 0));
            put(a.map(|a| self.c + (F::zero() + u * a)), out, 0);
        }
    }
}

/// The derivatives in the pre-activations, and the gradients of u, of the biases and of c.
pub(in crate::model) struct Slopes<'a, F> {
    weights: Option<GradientSink<'a, F>>,
    bias: Option<GradientSink<'a, F>>,
    output_bias: Option<GradientSink<'a, F>>,
    /// A row is read before anything is written there.
    z: &'a mut [F],
    width: usize,
    step: usize,
    rows: &'a [usize],
    d_out: &'a [F],
}

impl<'a, F: Real> Slopes<'a, F> {
    /// Those of the examples `rows`, which ascend: d = d_out·u·σ'(z) goes, side by side, to the place of z, and the sinks of
    /// u, of the biases of z and of c take their gradients; without a sink of u, u = 1.
    #[inline]
    pub(in crate::model) fn of_rows(
        [weights, bias, output_bias]: [Option<GradientSink<'a, F>>; 3],
        z: &'a mut Rows<F>,
        (rows, d_out): (&'a [usize], &'a [F]),
    ) -> Self {
        Slopes {
            weights,
            bias,
            output_bias,
            width: z.width(),
            step: z.step(),
            z: z.first_mut(d_out.len()),
            rows,
            d_out,
        }
    }
}

impl<F: Real, A: Activation> WithSimd for Of<'_, A, Slopes<'_, F>> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Of(activation, mut slopes) = self;
        if let Some(output_bias) = &mut slopes.output_bias {
            output_bias.take_sum(slopes.rows.iter().map(|&row| slopes.d_out[row]));
        }
        if slopes.step == 1 {
            return slopes.one_neuron(activation);
        }
        let mut place = 0;
        while place + 4 * LANES <= slopes.width {
            slopes.whole::<4>(activation, place);
            place += 4 * LANES;
        }
        if place + 2 * LANES <= slopes.width {
            slopes.whole::<2>(activation, place);
            place += 2 * LANES;
        }
        if place + LANES <= slopes.width {
            slopes.whole::<1>(activation, place);
        }
        match slopes.width % LANES {
            0 => {}
            _ if slopes.step.is_multiple_of(LANES) => slopes.last::<true>(activation),
            _ => slopes.last::<false>(activation),
        }
    }
}

impl<F: Real> Slopes<'_, F> {
    /// Works on 16·W neurons from `place`.
    #[inline(always)]
    fn whole<const W: usize>(&mut self, activation: &impl Activation, place: usize) {
        let weights = self.weights.as_mut().map(|u| u.lanes::<W>(place));
        let bias = self.bias.as_mut().map(|bias| bias.lanes::<W>(place));
        let [mut u, mut of_u, mut of_bias] = [[[F::one(); LANES]; W]; 3];
        if let Some(weights) = &weights {
            (u, of_u) = (weights.values(), weights.begin());
        }
        if let Some(bias) = &bias {
            of_bias = bias.begin();
        }
        for (i, &row) in self.rows.iter().enumerate() {
            let z = &self.z[row * self.step + place..][..W * LANES];
            let z: [_; W] = from_fn(|w| whole(z, w * LANES));
            let d = &mut self.z[i * self.step + place..][..W * LANES];
            for (w, d) in d.as_chunks_mut().0.iter_mut().enumerate() {
                let sums = (&mut of_u[w], &mut of_bias[w]);
                *d = add(activation, &z[w], self.d_out[row], &u[w], sums);
            }
        }
        if let Some(weights) = weights {
            weights.end(of_u);
        }
        if let Some(bias) = bias {
            bias.end(of_bias);
        }
    }

    /// Works on the last neurons, fewer than 16, whose lanes are WHOLE in a row or not.
    #[inline(always)]
    fn last<const WHOLE: bool>(&mut self, activation: &impl Activation) {
        let rest = self.width % LANES;
        let place = self.width - rest;
        let [mut u, mut of_u, mut of_bias] = [[F::one(); LANES]; 3];
        if let Some(weights) = &self.weights {
            (u, of_u) = (weights.last_values(place), weights.last_begin(place));
        }
        if let Some(bias) = &self.bias {
            of_bias = bias.last_begin(place);
        }
        let room = if WHOLE { LANES } else { rest };
        for (i, &row) in self.rows.iter().enumerate() {
            let z = &self.z[row * self.step + place..][..room];
            let z = if WHOLE { whole(z, 0) } else { few(z) };
            let sums = (&mut of_u, &mut of_bias);
            let slopes = add(activation, &z, self.d_out[row], &u, sums);
            let d = &mut self.z[i * self.step + place..][..room];
            match d.first_chunk_mut() {
                Some(d) if WHOLE => *d = slopes,
                _ => copy(&slopes, d),
            }
        }
        if let Some(weights) = &mut self.weights {
            weights.last_end(place, of_u);
        }
        if let Some(bias) = &mut self.bias {
            bias.last_end(place, of_bias);
        }
    }

    /// One neuron: its examples lie side by side, and are worked on so.
    #[inline(always)]
    fn one_neuron(&mut self, activation: &impl Activation) {
        let begin = |sink: &Option<GradientSink<'_, F>>| match sink {
            Some(sink) => sink.begin_one(),
            None => F::zero(),
        };
        let (mut of_u, mut of_bias) = (begin(&self.weights), begin(&self.bias));
        let u = self.weights.as_ref().map_or(F::one(), GradientSink::value);
        for (i, rows) in self.rows.chunks(LANES).enumerate() {
            let (z, d_out) = (at_rows(self.z, rows), at_rows(self.d_out, rows));
            let mut slopes = slopes(activation, &z);
            for lane in 0..LANES {
                slopes[lane] = d_out[lane] * slopes[lane] * u;
            }
            let d = &mut self.z[i * LANES..][..rows.len()];
            put(slopes, d, 0);
            for &slope in &*d {
                of_bias += slope;
            }
            if self.weights.is_some() {
                let a = values(activation, &z);
                for (a, d_out) in a.iter().zip(&d_out[..rows.len()]) {
                    of_u += *a * *d_out;
                }
            }
        }
        for (sink, grad) in [(&mut self.weights, of_u), (&mut self.bias, of_bias)] {
            if let Some(sink) = sink {
                sink.end_one(grad);
            }
        }
    }
}

/// d_out·u·σ'(z) for one example, which is added to the gradients of u and b.
#[inline(always)]
fn add<F: Real>(
    activation: &impl Activation,
    z: &[F; LANES],
    d_out: F,
    u: &[F; LANES],
    (of_u, of_bias): (&mut [F; LANES], &mut [F; LANES]),
) -> [F; LANES] {
    let (a, mut slopes) = (values(activation, z), slopes(activation, z));
    for lane in 0..LANES {
        slopes[lane] = d_out * slopes[lane] * u[lane];
        of_u[lane] += d_out * a[lane];
        of_bias[lane] += slopes[lane];
    }
    slopes
}

/// The numbers of up to 16 rows that ascend, and +0 behind them.
#[inline(always)]
fn at_rows<F: Real>(from: &[F], rows: &[usize]) -> [F; LANES] {
    let mut numbers = [F::zero(); LANES];
    match rows {
        &[first, .., last] if rows.len() == LANES && last - first == LANES - 1 => {
            numbers = whole(from, first);
        }
        _ => gather(from, rows, &mut numbers),
    }
    numbers
}

/// Inlined, this would lead the compiler to keep the numbers in pieces.
#[inline(never)]
fn gather<F: Real>(from: &[F], rows: &[usize], to: &mut [F; LANES]) {
    to.iter_mut()
        .zip(rows)
        .for_each(|(to, &row)| *to = from[row]);
}

#[inline(always)]
fn values<F: Real>(activation: &impl Activation, z: &[F; LANES]) -> [F; LANES] {
    let mut values = [F::zero(); LANES];
    activation.values(z, &mut values);
    values
}

#[inline(always)]
fn slopes<F: Real>(activation: &impl Activation, z: &[F; LANES]) -> [F; LANES] {
    let mut slopes = [F::zero(); LANES];
    activation.slopes(z, &mut slopes);
    slopes
}
