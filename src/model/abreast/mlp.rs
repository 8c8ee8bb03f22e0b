use super::{Abreast, Examples, RoomAbreast};
use crate::activation::Activation;
use crate::model::Mlp;
use crate::params::{DescentAbreast, ParamsAbreast};
use crate::real::{LANES, Real};
use crate::signs::{Loops, SignsAbreast, wide};
use crate::sixteen::Sixteen;

impl<F: Real, A: Activation> Abreast<F> for Mlp<A> {
    fn forward_abreast(
        &self,
        theta: &ParamsAbreast<F>,
        x: &SignsAbreast,
        room: &mut RoomAbreast<F>,
        out: &mut [[F; LANES]],
    ) {
        let (hidden, readout) = (&self.hidden, &self.readout);
        let bias = hidden.bias().map(|bias| theta.slice(bias));
        x.project(theta.slice(hidden.weight()), bias, &mut room.z);
        wide(Outputs {
            activation: self.activation(),
            u: readout.weight().map(|u| theta.slice(u)),
            c: readout.bias().map(|c| &theta.slice(c)[0]),
            width: self.width(),
            z: &room.z,
            out,
        });
    }

    fn descend_abreast(
        &self,
        theta: &mut ParamsAbreast<F>,
        x: &SignsAbreast,
        room: &mut RoomAbreast<F>,
        d_out: &[[F; LANES]],
        descent: &DescentAbreast<F>,
    ) {
        let (hidden, readout) = (&self.hidden, &self.readout);
        let RoomAbreast { z, d, active, sums } = room;
        let examples = active.of(x, d_out);
        sums.clear();
        sums.resize(2 * self.width() + 1, Sixteen::splat(F::zero()));
        wide(Slopes {
            activation: self.activation(),
            u: readout.weight().map(|u| theta.slice(u)),
            width: self.width(),
            examples: &examples,
            z,
            d,
            sums,
        });
        if let Some(by) = descent.of(hidden.weight()) {
            examples.x.descend(d, theta.slice_mut(hidden.weight()), by);
        }
        let (of_u, rest) = sums.split_at(self.width());
        let (of_bias, of_c) = rest.split_at(self.width());
        let blocks = [readout.weight(), hidden.bias(), readout.bias()];
        for (block, grad) in blocks.into_iter().zip([of_u, of_bias, of_c]) {
            if let Some(block) = block {
                descent.apply(block, theta, grad);
            }
        }
    }
}

/// The readout of every row: neuron j goes into partial sum j mod 16, and these are folded by
/// halves, as they are for a network alone.
struct Outputs<'a, F, A> {
    activation: &'a A,
    u: Option<&'a [Sixteen<F>]>,
    c: Option<&'a Sixteen<F>>,
    width: usize,
    z: &'a [Sixteen<F>],
    out: &'a mut [[F; LANES]],
}

impl<F: Real, A: Activation> Loops for Outputs<'_, F, A> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let zeros = Sixteen::splat(F::zero());
        let c = *self.c.unwrap_or(&zeros);
        for (out, z) in self.out.iter_mut().zip(self.z.chunks(self.width)) {
            let mut partial = [zeros; LANES];
            for (neuron, z) in z.iter().enumerate() {
                let (mut a, sums) = (zeros, &mut partial[neuron % LANES]);
                self.activation.values(&**z, &mut *a);
                match self.u {
                    Some(u) => {
                        for lane in 0..LANES {
                            sums[lane] += u[neuron][lane] * a[lane];
                        }
                    }
                    None => {
                        for lane in 0..LANES {
                            sums[lane] += a[lane];
                        }
                    }
                }
            }
            // Sums that no neuron went into are +0, and adding them would change nothing.
            let mut count = self.width.min(LANES);
            let mut half = LANES / 2;
            while half > 0 {
                for place in half..count {
                    let other = partial[place];
                    for lane in 0..LANES {
                        partial[place - half][lane] += other[lane];
                    }
                }
                count = count.min(half);
                half /= 2;
            }
            for lane in 0..LANES {
                out[lane] = c[lane] + partial[0][lane];
            }
        }
    }
}

/// The derivatives in the pre-activations, and the gradients of u, of the biases and of c.
struct Slopes<'a, F, A> {
    activation: &'a A,
    u: Option<&'a [Sixteen<F>]>,
    width: usize,
    examples: &'a Examples<'a, F>,
    z: &'a [Sixteen<F>],
    d: &'a mut [Sixteen<F>],
    sums: &'a mut [Sixteen<F>],
}

impl<F: Real, A: Activation> Loops for Slopes<'_, F, A> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.width;
        let (of_u, rest) = self.sums.split_at_mut(width);
        let (of_bias, of_c) = rest.split_at_mut(width);
        let d_outs = self.examples.d_out;
        for (example, (d_out, d)) in d_outs.iter().zip(self.d.chunks_mut(width)).enumerate() {
            for (neuron, d) in d.iter_mut().enumerate() {
                let z = self.examples.z(self.z, width, example, neuron);
                self.activation.slopes(&*z, &mut **d);
                for lane in 0..LANES {
                    d[lane] *= d_out[lane];
                }
                if let Some(u) = self.u {
                    let (mut a, sum) = (z, &mut of_u[neuron]);
                    self.activation.values(&*z, &mut *a);
                    for lane in 0..LANES {
                        d[lane] *= u[neuron][lane];
                        sum[lane] += d_out[lane] * a[lane];
                    }
                }
                for lane in 0..LANES {
                    of_bias[neuron][lane] += d[lane];
                }
            }
            for lane in 0..LANES {
                of_c[0][lane] += d_out[lane];
            }
        }
    }
}
