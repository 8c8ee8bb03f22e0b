use super::gradient_sink::GradientSink;
use super::output_bias::OutputBias;
use crate::activation::Activation;
use crate::error::Result;
use crate::params::{Block, Init, Layer, Layout, Params};
use crate::real::{LANES, Real, fold};
use crate::simd::{Rows, Simd, WithSimd, copy, dispatch, few, lanes, put, whole};
use ndarray::{Array2, ArrayRef1, ArrayRef2, Ix1};
use std::array::from_fn;
use std::hint::black_box;

/// The linear readout f = uᵀa + c of a hidden layer with activations a, with the blocks `output.weight` `[width]` and
/// `output.bias` `[1]`.
///
/// Order of summation: neuron j goes into partial sum j mod 16, and these sums are folded by
/// halves; gradients take one example after the other.
///
/// ```
/// use ndarray::{Array1, array};
/// use sparse_parity::model::parts::Readout;
/// use sparse_parity::params::{Init, Layout};
/// use sparse_parity::prelude::*;
/// use std::sync::Arc;
///
/// let mut layout = Layout::default();
/// let readout = Readout::declare(&mut layout, 2, Init::Uniform, true, false)?;
/// let layout = Arc::new(layout);
/// let mut theta = Params::<f64>::zeros(&layout);
/// theta.as_mut_slice().copy_from_slice(&[3.0, -1.0]);
///
/// let (a, mut out) = (array![[1.0, 1.0], [2.0, 0.0]], Array1::zeros(2));
/// readout.forward(&theta, &a, &mut out);
/// assert_eq!(out, array![2.0, 6.0]);
///
/// let mut grad = Params::zeros(&layout);
/// let d_a = readout.grad(&theta, &a, &array![1.0, 10.0], &mut grad);
/// assert_eq!(grad.as_slice(), [21.0, 1.0]);
/// assert_eq!(d_a, array![[3.0, -1.0], [30.0, -10.0]]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Readout {
    width: usize,
    weight: Option<Block<Ix1>>,
    bias: OutputBias,
}

impl Readout {
    /// Declares the blocks behind `width` neurons; without weights, u = 1, and without a bias, c = 0.
    ///
    /// # Errors
    /// Those of [`Init::affine`].
    ///
    /// # Panics
    /// If the layout has a block of one of the names already, as [`Layout::block`] does.
    pub fn declare(
        layout: &mut Layout,
        width: usize,
        init: Init,
        with_weight: bool,
        with_bias: bool,
    ) -> Result<Self> {
        let weight = init.affine(Layer::Output, width, 1)?.weight;
        Ok(Readout {
            width,
            weight: with_weight.then(|| layout.block("output.weight", width, weight)),
            bias: OutputBias::declare(layout, width, init, with_bias)?,
        })
    }

    /// The block of u, if there is one.
    pub fn weight(&self) -> Option<&Block<Ix1>> {
        self.weight.as_ref()
    }

    /// The block of c, if there is one.
    pub fn bias(&self) -> Option<&Block<Ix1>> {
        self.bias.block()
    }

    /// Writes f = A·u + c. Shapes: `a` `[rows, width]`, `out` `[rows]`.
    ///
    /// # Panics
    /// If the shapes do not fit, or `theta` has another layout.
    pub fn forward<F: Real>(&self, theta: &Params<F>, a: &ArrayRef2<F>, out: &mut ArrayRef1<F>) {
        self.check(a, out.len());
        let c = self.bias.of(theta);
        for (a, out) in a.rows().into_iter().zip(out) {
            let mut sums = [F::zero(); LANES];
            for (j, &a) in a.iter().enumerate() {
                sums[j % LANES] += self.u(theta, j) * a;
            }
            *out = c + fold(sums);
        }
    }

    /// Adds the gradients of u and c, and returns the derivative in A, d_out·uᵀ, `[rows, width]`. Shapes: `a`
    /// `[rows, width]`, `d_out` `[rows]`.
    ///
    /// # Panics
    /// If the shapes do not fit, or `theta` or `into` has another layout.
    pub fn grad<F: Real>(
        &self,
        theta: &Params<F>,
        a: &ArrayRef2<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) -> Array2<F> {
        self.check(a, d_out.len());
        for (a, &d_out) in a.rows().into_iter().zip(d_out) {
            if let Some(weight) = &self.weight {
                let grad = into.slice_mut(weight).iter_mut();
                grad.zip(a).for_each(|(grad, &a)| *grad += d_out * a);
            }
            self.bias.add_grad(d_out, into);
        }
        Array2::from_shape_fn(a.dim(), |(row, j)| d_out[row] * self.u(theta, j))
    }

    fn check<F>(&self, a: &ArrayRef2<F>, rows: usize) {
        let shape = (rows, self.width);
        assert_eq!(a.dim(), shape, "activations are [rows, width]");
    }

    /// The output weight of a neuron.
    fn u<F: Real>(&self, theta: &Params<F>, neuron: usize) -> F {
        let weight = self.weight.as_ref();
        weight.map_or(F::one(), |weight| theta.slice(weight)[neuron])
    }

    /// Writes f for pre-activations `z` of shape `[rows, width]`.
    pub(in crate::model) fn of_rows<F: Real>(
        &self,
        activation: &impl Activation,
        theta: &Params<F>,
        z: &Rows<F>,
        out: &mut ArrayRef1<F>,
    ) {
        let out = out.as_slice_mut().expect("outputs are contiguous");
        self.of_tile(activation, theta, (0, z), 0, &mut [], out);
    }

    /// The same for the neurons from `start` on, as many as `z` has columns, in the rows from `row` on, as
    /// many as there are outputs: tile after tile is taken into the partial sums, one for each row, and
    /// with the last one f is written.
    #[inline]
    pub(in crate::model) fn of_tile<F: Real>(
        &self,
        activation: &impl Activation,
        theta: &Params<F>,
        (start, z): (usize, &Rows<F>),
        row: usize,
        sums: &mut [[F; LANES]],
        out: &mut [F],
    ) {
        let u = self.weight.as_ref().map(|block| theta.slice(block));
        dispatch(Outputs {
            activation,
            u: u.map(|u| &u[start..][..z.width()]),
            c: self.bias.of(theta),
            z: &z.first(row + out.len())[row * z.step()..],
            width: z.width(),
            step: z.step(),
            sums,
            is_first: start == 0,
            is_last: start + z.width() == self.width,
            out,
        });
    }

    /// For the examples `rows`, which ascend: writes d = d_out·u·σ'(z), side by side, in the place of z,
    /// and adds the gradients of u, of the `bias` that z has, if it is to be cared for here, and of c.
    /// Shapes: `z` `[batch, neurons]`, `d_out` `[batch]`.
    pub(in crate::model) fn grad_of_rows<F: Real>(
        &self,
        activation: &impl Activation,
        theta: &Params<F>,
        (z, bias): (&mut Rows<F>, Option<&Block<Ix1>>),
        (rows, d_out): (&[usize], &ArrayRef1<F>),
        into: &mut Params<F>,
    ) {
        let blocks = [self.weight.as_ref(), bias, self.bias.block()];
        let sinks = GradientSink::accumulate(blocks, theta, into);
        let d_out = d_out.as_slice().expect("derivatives are contiguous");
        slopes_of_rows(activation, sinks, z, (rows, d_out));
    }
}

/// For the examples `rows`, which ascend: writes d = d_out·u·σ'(z), side by side, in the place of z, and
/// lets the sinks of u, of the biases of z and of c take their gradients; without a sink of u, u = 1.
#[inline]
pub(in crate::model) fn slopes_of_rows<F: Real>(
    activation: &impl Activation,
    [weights, bias, output_bias]: [Option<GradientSink<'_, F>>; 3],
    z: &mut Rows<F>,
    (rows, d_out): (&[usize], &[F]),
) {
    dispatch(Slopes {
        activation,
        weights,
        bias,
        output_bias,
        width: z.width(),
        step: z.step(),
        z: z.first_mut(d_out.len()),
        rows,
        d_out,
    });
}

/// The readout of a tile of neurons in every row.
struct Outputs<'a, F, A> {
    activation: &'a A,
    u: Option<&'a [F]>,
    c: F,
    z: &'a [F],
    width: usize,
    step: usize,
    /// The partial sums between tiles.
    sums: &'a mut [[F; LANES]],
    is_first: bool,
    is_last: bool,
    out: &'a mut [F],
}

impl<F: Real, A: Activation> WithSimd for Outputs<'_, F, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.step {
            1 => self.one_neuron(),
            step if step.is_multiple_of(LANES) => self.rows::<true>(),
            _ => self.rows::<false>(),
        }
    }
}

impl<F: Real, A: Activation> Outputs<'_, F, A> {
    /// Many neurons, whose last lanes are WHOLE in a row or not.
    #[inline(always)]
    fn rows<const WHOLE: bool>(self) {
        let Outputs {
            activation,
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
    fn one_neuron(self) {
        let u = self.u.map_or(F::one(), |u| u[0]);
        for (out, z) in self.out.chunks_mut(LANES).zip(self.z.chunks(LANES)) {
            let a = values(self.activation, &lanes(z, 0));
            put(a.map(|a| self.c + (F::zero() + u * a)), out, 0);
        }
    }
}

/// The derivatives in the pre-activations, and the gradients of u, of the biases and of c.
struct Slopes<'a, F, A> {
    activation: &'a A,
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

impl<F: Real, A: Activation> WithSimd for Slopes<'_, F, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        if let Some(output_bias) = &mut self.output_bias {
            output_bias.take_sum(self.rows.iter().map(|&row| self.d_out[row]));
        }
        if self.step == 1 {
            return self.one_neuron();
        }
        let mut place = 0;
        while place + 4 * LANES <= self.width {
            self.whole::<4>(place);
            place += 4 * LANES;
        }
        if place + 2 * LANES <= self.width {
            self.whole::<2>(place);
            place += 2 * LANES;
        }
        if place + LANES <= self.width {
            self.whole::<1>(place);
        }
        match self.width % LANES {
            0 => {}
            _ if self.step.is_multiple_of(LANES) => self.last::<true>(),
            _ => self.last::<false>(),
        }
    }
}

impl<F: Real, A: Activation> Slopes<'_, F, A> {
    /// Works on 16·W neurons from `place`.
    #[inline(always)]
    fn whole<const W: usize>(&mut self, place: usize) {
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
                *d = add(self.activation, &z[w], self.d_out[row], &u[w], sums);
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
    fn last<const WHOLE: bool>(&mut self) {
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
            let slopes = add(self.activation, &z, self.d_out[row], &u, sums);
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
    fn one_neuron(&mut self) {
        let begin = |sink: &Option<GradientSink<'_, F>>| match sink {
            Some(sink) => sink.begin_one(),
            None => F::zero(),
        };
        let (mut of_u, mut of_bias) = (begin(&self.weights), begin(&self.bias));
        let u = self.weights.as_ref().map_or(F::one(), GradientSink::value);
        for (i, rows) in self.rows.chunks(LANES).enumerate() {
            let (z, d_out) = (at_rows(self.z, rows), at_rows(self.d_out, rows));
            let mut slopes = slopes(self.activation, &z);
            for lane in 0..LANES {
                slopes[lane] = d_out[lane] * slopes[lane] * u;
            }
            let d = &mut self.z[i * LANES..][..rows.len()];
            put(slopes, d, 0);
            for &slope in &*d {
                of_bias += slope;
            }
            if self.weights.is_some() {
                let a = values(self.activation, &z);
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
