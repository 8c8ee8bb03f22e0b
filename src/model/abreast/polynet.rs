use super::{Abreast, Examples, RoomAbreast};
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
        x: &SignsAbreast,
        room: &mut RoomAbreast<F>,
        d_out: &[[F; LANES]],
        descent: &DescentAbreast<F>,
    ) {
        let RoomAbreast { z, d, active, sums } = room;
        let examples = active.of(x, d_out);
        sums.clear();
        sums.resize(self.k() + 1, Sixteen::splat(F::zero()));
        wide(Slopes {
            k: self.k(),
            examples: &examples,
            z,
            d,
            sums,
        });
        let weight = self.factors.weight();
        if let Some(by) = descent.of(weight) {
            examples.x.descend(d, theta.slice_mut(weight), by);
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
                times(&mut product, z);
            }
            for lane in 0..LANES {
                out[lane] = c[lane] + product[lane];
            }
        }
    }
}

/// The derivatives in the factors, and the gradients of the biases and of c.
struct Slopes<'a, F> {
    k: usize,
    examples: &'a Examples<'a, F>,
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
        let d_outs = self.examples.d_out;
        for (example, (d_out, d)) in d_outs.iter().zip(self.d.chunks_mut(k)).enumerate() {
            let mut before = Sixteen::splat(F::one());
            for (factor, d) in d.iter_mut().enumerate() {
                *d = before;
                times(&mut before, &self.examples.z(self.z, k, example, factor));
            }
            let mut after = Sixteen::from(*d_out);
            for (factor, d) in d.iter_mut().enumerate().rev() {
                times(d, &after);
                times(&mut after, &self.examples.z(self.z, k, example, factor));
                add(&mut of_bias[factor], d);
            }
            add(&mut of_c[0], &Sixteen::from(*d_out));
        }
    }
}

#[inline(always)]
fn times<F: Real>(product: &mut Sixteen<F>, by: &Sixteen<F>) {
    for lane in 0..LANES {
        product[lane] *= by[lane];
    }
}

#[inline(always)]
fn add<F: Real>(sum: &mut Sixteen<F>, term: &Sixteen<F>) {
    for lane in 0..LANES {
        sum[lane] += term[lane];
    }
}
