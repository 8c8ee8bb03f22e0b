use crate::lockstep::{
    Lanes, Lockstep, LockstepDescent, LockstepParams, LockstepSigns, Workspace, move_up_active,
};
use crate::model::PolyNet;
use crate::real::LANES;
use crate::simd::{Simd, WithSimd, dispatch};

impl Lockstep for PolyNet {
    fn workspace(&self, batch: usize) -> Workspace {
        Workspace::new(batch, self.k())
    }

    fn forward_lanes(
        &self,
        theta: &LockstepParams,
        x: &LockstepSigns,
        workspace: &mut Workspace,
        out: &mut [[f32; LANES]],
    ) {
        let bias = self.factors.bias().map(|bias| theta.slice(bias));
        x.project(theta.slice(self.factors.weight()), bias, &mut workspace.z);
        dispatch(Outputs {
            c: self.output_bias.block().map(|c| &theta.slice(c)[0]),
            k: self.k(),
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
        let Workspace { z, d, sums } = workspace;
        sums.clear();
        sums.resize(self.k() + 1, Lanes::splat(0.0));
        dispatch(Slopes {
            k: self.k(),
            d_out,
            z,
            d,
            sums,
        });
        let weight = self.factors.weight();
        if let Some(by) = descent.of(weight) {
            let rows = move_up_active(x, d, self.k(), d_out);
            x.descend(&d[..rows * self.k()], theta.slice_mut(weight), by);
        }
        let (of_bias, of_c) = sums.split_at(self.k());
        let blocks = [self.factors.bias(), self.output_bias.block()];
        for (block, grad) in blocks.into_iter().zip([of_bias, of_c]) {
            if let Some(block) = block {
                descent.apply(block, theta, grad);
            }
        }
    }
}

/// The products of the factors, from the first to the last.
struct Outputs<'a> {
    c: Option<&'a Lanes<f32>>,
    k: usize,
    z: &'a [Lanes<f32>],
    out: &'a mut [[f32; LANES]],
}

impl WithSimd for Outputs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let zeros = Lanes::splat(0.0);
        let c = *self.c.unwrap_or(&zeros);
        for (out, z) in self.out.iter_mut().zip(self.z.chunks(self.k)) {
            let mut product = Lanes::splat(1.0);
            for z in z {
                product = product.times(*z);
            }
            *out = c.plus(product).get();
        }
    }
}

/// The derivatives in the factors, and the gradients of the biases and of c.
struct Slopes<'a> {
    k: usize,
    d_out: &'a [[f32; LANES]],
    z: &'a [Lanes<f32>],
    d: &'a mut [Lanes<f32>],
    sums: &'a mut [Lanes<f32>],
}

impl WithSimd for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let k = self.k;
        let (of_bias, of_c) = self.sums.split_at_mut(k);
        let rows = self.z.chunks(k).zip(self.d.chunks_mut(k));
        for (d_out, (z, d)) in self.d_out.iter().zip(rows) {
            let mut before = Lanes::splat(1.0);
            for (z, d) in z.iter().zip(&mut *d) {
                *d = before;
                before = before.times(*z);
            }
            let d_out = Lanes::from(*d_out);
            let mut after = d_out;
            for (factor, (z, d)) in z.iter().zip(d).enumerate().rev() {
                *d = d.times(after).unless_zero(d_out);
                after = after.times(*z);
                of_bias[factor] = of_bias[factor].plus(*d);
            }
            of_c[0] = of_c[0].plus(d_out);
        }
    }
}
