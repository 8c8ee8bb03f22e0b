use super::{Abreast, RoomAbreast, move_up_active};
use crate::model::PolyNet;
use crate::params::{DescentAbreast, ParamsAbreast};
use crate::real::{LANES, Real};
use crate::signs::{Loops, SignsAbreast, wide};
use crate::sixteen::Sixteen;

impl<F: Real> Abreast<F> for PolyNet {
    fn forward_abreast(
        &self,
        theta: &ParamsAbreast<F>,
        x: &SignsAbreast,
        room: &mut RoomAbreast<F>,
        out: &mut [[F; LANES]],
    ) {
        let bias = self.factors.bias().map(|bias| theta.slice(bias));
        x.project(theta.slice(self.factors.weight()), bias, &mut room.z);
        wide(Outputs {
            c: self.output_bias.block().map(|c| &theta.slice(c)[0]),
            k: self.k(),
            z: &room.z,
            out,
        });
    }

    fn descend_abreast(
        &self,
        theta: &mut ParamsAbreast<F>,
        x: &mut SignsAbreast,
        room: &mut RoomAbreast<F>,
        d_out: &[[F; LANES]],
        descent: &DescentAbreast<F>,
    ) {
        let RoomAbreast { z, d, sums } = room;
        sums.clear();
        sums.resize(self.k() + 1, Sixteen::splat(F::zero()));
        wide(Slopes {
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
struct Outputs<'a, F> {
    c: Option<&'a Sixteen<F>>,
    k: usize,
    z: &'a [Sixteen<F>],
    out: &'a mut [[F; LANES]],
}

impl<F: Real> Loops for Outputs<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let zeros = Sixteen::splat(F::zero());
        let c = *self.c.unwrap_or(&zeros);
        for (out, z) in self.out.iter_mut().zip(self.z.chunks(self.k)) {
            let mut product = Sixteen::splat(F::one());
            for z in z {
                product = product.times(*z);
            }
            *out = c.plus(product).get();
        }
    }
}

/// The derivatives in the factors, and the gradients of the biases and of c.
struct Slopes<'a, F> {
    k: usize,
    d_out: &'a [[F; LANES]],
    z: &'a [Sixteen<F>],
    d: &'a mut [Sixteen<F>],
    sums: &'a mut [Sixteen<F>],
}

impl<F: Real> Loops for Slopes<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let k = self.k;
        let (of_bias, of_c) = self.sums.split_at_mut(k);
        let rows = self.z.chunks(k).zip(self.d.chunks_mut(k));
        for (d_out, (z, d)) in self.d_out.iter().zip(rows) {
            let mut before = Sixteen::splat(F::one());
            for (z, d) in z.iter().zip(&mut *d) {
                *d = before;
                before = before.times(*z);
            }
            let d_out = Sixteen::from(*d_out);
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
