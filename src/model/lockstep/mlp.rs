use crate::activation::Activation;
use crate::lockstep::{
    Lanes, Lockstep, LockstepDescent, LockstepParams, LockstepSigns, Workspace, move_up_active,
};
use crate::model::Mlp;
use crate::real::LANES;
use crate::simd::{Simd, WithSimd, dispatch};

impl<A: Activation> Lockstep for Mlp<A> {
    fn workspace(&self, batch: usize) -> Workspace {
        Workspace::new(batch, self.width())
    }

    fn forward_lanes(
        &self,
        theta: &LockstepParams,
        x: &LockstepSigns,
        workspace: &mut Workspace,
        out: &mut [[f32; LANES]],
    ) {
        let (hidden, readout) = (&self.layers.hidden, &self.layers.readout);
        let bias = hidden.bias().map(|bias| theta.slice(bias));
        x.project(theta.slice(hidden.weight()), bias, &mut workspace.z);
        dispatch(Outputs {
            activation: self.activation(),
            u: readout.weight().map(|u| theta.slice(u)),
            c: readout.bias().map(|c| &theta.slice(c)[0]),
            width: self.width(),
            z: &workspace.z,
            out,
        });
    }

    fn descend_lanes(
        &self,
        theta: &mut LockstepParams,
        x: &mut LockstepSigns,
        workspace: &mut Workspace,
        d_out: &[[f32; LANES]],
        descent: &LockstepDescent,
    ) {
        let (hidden, readout) = (&self.layers.hidden, &self.layers.readout);
        let Workspace { z, d, sums } = workspace;
        sums.clear();
        sums.resize(2 * self.width() + 1, Lanes::splat(0.0));
        dispatch(Slopes {
            activation: self.activation(),
            u: readout.weight().map(|u| theta.slice(u)),
            width: self.width(),
            d_out,
            z,
            d,
            sums,
        });
        if let Some(by) = descent.of(hidden.weight()) {
            let rows = move_up_active(x, d, self.width(), d_out);
            let d = &d[..rows * self.width()];
            x.descend(d, theta.slice_mut(hidden.weight()), by);
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
struct Outputs<'a, A> {
    activation: &'a A,
    u: Option<&'a [Lanes<f32>]>,
    c: Option<&'a Lanes<f32>>,
    width: usize,
    z: &'a [Lanes<f32>],
    out: &'a mut [[f32; LANES]],
}

impl<A: Activation> WithSimd for Outputs<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let zeros = Lanes::splat(0.0);
        let c = *self.c.unwrap_or(&zeros);
        let mut partial = [zeros; LANES];
        for (out, z) in self.out.iter_mut().zip(self.z.chunks(self.width)) {
            for (neuron, z) in z.iter().enumerate() {
                let mut a = values(self.activation, *z);
                if let Some(u) = self.u {
                    a = a.times(u[neuron]);
                }
                let first = neuron < LANES;
                let partial = &mut partial[neuron % LANES];
                *partial = if first { zeros } else { *partial }.plus(a);
            }
            // Sums that no neuron went into are +0, and adding them would change nothing.
            let (mut count, mut half) = (self.width.min(LANES), LANES / 2);
            while half > 0 {
                for place in half..count {
                    partial[place - half] = partial[place - half].plus(partial[place]);
                }
                count = count.min(half);
                half /= 2;
            }
            *out = c.plus(partial[0]).get();
        }
    }
}

/// The derivatives in the pre-activations, and the gradients of u, of the biases and of c.
struct Slopes<'a, A> {
    activation: &'a A,
    u: Option<&'a [Lanes<f32>]>,
    width: usize,
    d_out: &'a [[f32; LANES]],
    z: &'a [Lanes<f32>],
    d: &'a mut [Lanes<f32>],
    sums: &'a mut [Lanes<f32>],
}

impl<A: Activation> WithSimd for Slopes<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.width;
        let (of_u, rest) = self.sums.split_at_mut(width);
        let (of_bias, of_c) = rest.split_at_mut(width);
        let rows = self.z.chunks(width).zip(self.d.chunks_mut(width));
        for (d_out, (z, d)) in self.d_out.iter().zip(rows) {
            let d_out = Lanes::from(*d_out);
            for (neuron, (z, d)) in z.iter().zip(d).enumerate() {
                let mut slopes = slopes(self.activation, *z).times(d_out);
                if let Some(u) = self.u {
                    slopes = slopes.times(u[neuron]);
                    let a = values(self.activation, *z).times(d_out).unless_zero(d_out);
                    of_u[neuron] = of_u[neuron].plus(a);
                }
                *d = slopes.unless_zero(d_out);
                of_bias[neuron] = of_bias[neuron].plus(*d);
            }
            of_c[0] = of_c[0].plus(d_out);
        }
    }
}

#[inline(always)]
fn values(activation: &impl Activation, z: Lanes<f32>) -> Lanes<f32> {
    let mut values = [0.0; LANES];
    activation.values(&z.get(), &mut values);
    values.into()
}

#[inline(always)]
fn slopes(activation: &impl Activation, z: Lanes<f32>) -> Lanes<f32> {
    let mut slopes = [0.0; LANES];
    activation.slopes(&z.get(), &mut slopes);
    slopes.into()
}
