//! Steps of sixteen trials of one model, which lie abreast: each lane of a vector has its own
//! parameters, inputs and labels.
//!
//! A step of a tiny network is mostly overhead, and that is the same for sixteen of them as for
//! one. Each lane does what the model does alone, in the same order, and so has the same bits.

mod mlp;
mod polynet;

use super::Model;
use crate::params::{DescentAbreast, ParamsAbreast};
use crate::real::{LANES, Real};
use crate::signs::SignsAbreast;
use crate::sixteen::Sixteen;

/// A model whose steps can be made for sixteen trials at a time.
pub(crate) trait Abreast<F: Real>: Model<F> {
    /// Writes f(x; θ) of every lane; `z` keeps what the backward pass needs.
    fn forward_abreast(
        &self,
        theta: &ParamsAbreast<F>,
        x: &SignsAbreast,
        room: &mut RoomAbreast<F>,
        out: &mut [[F; LANES]],
    );

    /// Makes the update for the `x` last passed to `forward_abreast`; examples with d_out = 0 are
    /// left out of the sums.
    fn descend_abreast(
        &self,
        theta: &mut ParamsAbreast<F>,
        x: &SignsAbreast,
        room: &mut RoomAbreast<F>,
        d_out: &[[F; LANES]],
        descent: &DescentAbreast<F>,
    );

    /// Room for batches of `batch` rows.
    fn room_abreast(&self, batch: usize) -> RoomAbreast<F> {
        let zeros = vec![Sixteen::splat(F::zero()); batch * self.activations()];
        RoomAbreast {
            d: zeros.clone(),
            z: zeros,
            active: ActiveAbreast {
                x: SignsAbreast::ones(batch, self.dim()),
                rows: Vec::with_capacity(batch),
                d_out: Vec::with_capacity(batch),
            },
            sums: Vec::new(),
        }
    }
}

/// What a step remembers, and works with.
#[derive(Debug)]
pub(crate) struct RoomAbreast<F> {
    /// Pre-activations, or factors, of each row.
    z: Vec<Sixteen<F>>,
    /// The derivatives in them, of the active rows.
    d: Vec<Sixteen<F>>,
    active: ActiveAbreast<F>,
    /// Gradients of vectors.
    sums: Vec<Sixteen<F>>,
}

/// The examples with a non-zero derivative, moved up in each lane.
#[derive(Debug)]
struct ActiveAbreast<F> {
    x: SignsAbreast,
    /// Which rows these are; [`NONE`] where a lane has no more.
    rows: Vec<Sixteen<u32>>,
    d_out: Vec<[F; LANES]>,
}

/// Stands for a row that is not there: its signs are +1, and all of its numbers +0.
const NONE: u32 = u32::MAX;

/// The examples that a backward pass looks at.
struct Examples<'a, F> {
    x: &'a SignsAbreast,
    /// Which rows of z they have; each its own if `None`.
    rows: Option<&'a [Sixteen<u32>]>,
    d_out: &'a [[F; LANES]],
}

impl<F: Real> ActiveAbreast<F> {
    fn of<'a>(&'a mut self, x: &'a SignsAbreast, d_out: &'a [[F; LANES]]) -> Examples<'a, F> {
        let mut inactive = false;
        for d in d_out {
            for lane in 0..LANES {
                inactive |= d[lane] == F::zero();
            }
        }
        if !inactive {
            let rows = None;
            return Examples { x, rows, d_out };
        }
        self.rows.clear();
        self.d_out.clear();
        self.rows.resize(d_out.len(), Sixteen::splat(NONE));
        self.d_out.resize(d_out.len(), [F::zero(); LANES]);
        let mut most = 0;
        for lane in 0..LANES {
            let mut count = 0;
            for (row, d) in d_out.iter().enumerate() {
                if d[lane] != F::zero() {
                    self.rows[count][lane] = row as u32;
                    self.d_out[count][lane] = d[lane];
                    count += 1;
                }
            }
            most = most.max(count);
        }
        self.rows.truncate(most);
        self.d_out.truncate(most);
        self.x.gather(x, &self.rows);
        Examples {
            x: &self.x,
            rows: Some(&self.rows),
            d_out: &self.d_out,
        }
    }
}

impl<F: Real> Examples<'_, F> {
    /// Number `place` of the `width` that z has of an example.
    #[inline(always)]
    fn z(&self, z: &[Sixteen<F>], width: usize, example: usize, place: usize) -> Sixteen<F> {
        let Some(rows) = self.rows else {
            return z[example * width + place];
        };
        let mut found = Sixteen::splat(F::zero());
        for lane in 0..LANES {
            let row = rows[example][lane];
            if row != NONE {
                found[lane] = z[row as usize * width + place][lane];
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{OscillatingPolynomial, Relu, Sine, Zigzag};
    use crate::model::{Mlp, PolyNet};
    use crate::params::{Descent, Params};
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;
    use ndarray::Array1;
    use rand::Rng;

    /// Makes steps abreast and alone, and compares all bits.
    fn assert_same_steps<F: Real>(model: &impl Abreast<F>, batch: usize, inactive: f64) {
        let rng = &mut Seeds::from(3).stream(Purpose::Train);
        let layout = model.layout();
        let mut alone: Vec<Params<F>> = (0..LANES).map(|_| Params::draw(layout, rng)).collect();
        let mut abreast = ParamsAbreast::zeros(layout);
        let (mut descents, mut of_lanes) = (None, Vec::new());
        for (lane, theta) in alone.iter().enumerate() {
            abreast.put(lane, theta);
            let mut descent = Descent::default();
            for (block, name) in layout.names().enumerate() {
                // One block rests, if there are several.
                if block != 1 {
                    let place = layout.covered(name).unwrap().remove(0);
                    descent.push(place, 1.0 - 0.01 * lane as f64, 0.1 * rng.random::<f64>());
                }
            }
            let all = descents.get_or_insert_with(|| DescentAbreast::new(&descent));
            all.put(lane, &descent);
            of_lanes.push(descent);
        }
        let descents = descents.unwrap();
        let (mut x, mut room) = (
            SignsAbreast::ones(batch, model.dim()),
            model.room_abreast(batch),
        );
        let (mut cache, mut grad) = (model.cache(batch), Params::zeros(layout));
        for _ in 0..4 {
            let mut inputs = vec![Signs::ones(batch, model.dim()).unwrap(); LANES];
            let mut d_out = vec![[F::zero(); LANES]; batch];
            for (lane, inputs) in inputs.iter_mut().enumerate() {
                inputs.randomize(rng);
                x.put(lane, inputs);
                // The lanes have different numbers of active examples, and some have none.
                let share = inactive * (lane % 3) as f64;
                for d_out in &mut d_out {
                    let active = rng.random::<f64>() >= share;
                    d_out[lane] = F::of(f64::from(active) * (rng.random::<f64>() - 0.5));
                }
            }
            let mut out = vec![[F::zero(); LANES]; batch];
            model.forward_abreast(&abreast, &x, &mut room, &mut out);
            model.descend_abreast(&mut abreast, &x, &mut room, &d_out, &descents);
            for (lane, theta) in alone.iter_mut().enumerate() {
                let (x, descent) = (&inputs[lane], &of_lanes[lane]);
                let mut expected = Array1::zeros(batch);
                model.forward(theta, x, &mut cache, &mut expected);
                for (out, expected) in out.iter().zip(&expected) {
                    assert_eq!(out[lane].as_f64().to_bits(), expected.as_f64().to_bits());
                }
                let d_out: Array1<F> = d_out.iter().map(|d| d[lane]).collect();
                model.descend(theta, x, &mut cache, &d_out, descent, &mut grad);
                let mut found = Params::zeros(layout);
                abreast.take(lane, &mut found);
                for (found, expected) in found.as_slice().iter().zip(theta.as_slice()) {
                    assert_eq!(found.as_f64().to_bits(), expected.as_f64().to_bits());
                }
            }
        }
    }

    fn assert_same<M: Abreast<f32> + Abreast<f64>>(model: &M) {
        for batch in [1, 2, 3, 5, 18] {
            for inactive in [0.0, 0.3, 0.5] {
                assert_same_steps::<f32>(model, batch, inactive);
                assert_same_steps::<f64>(model, batch, inactive);
            }
        }
    }

    #[test]
    fn a_two_layer_network_has_the_same_bits_abreast() {
        for width in [1, 2, 7, 16, 21] {
            assert_same(&Mlp::new(9, width, Relu).unwrap());
            let biased = Mlp::new(70, width, Sine).unwrap().with_output_bias();
            assert_same(&biased.clone());
            assert_same(&biased.without_hidden_bias());
        }
        let zigzag = Mlp::new(13, 1, Zigzag::new(3).unwrap()).unwrap();
        assert_same(&zigzag.without_output_layer());
        let oscillating = OscillatingPolynomial::new(4).unwrap();
        assert_same(&Mlp::new(13, 3, oscillating).unwrap());
    }

    #[test]
    fn a_polynet_has_the_same_bits_abreast() {
        for k in [1, 3, 6] {
            let model = PolyNet::new(35, k).unwrap();
            assert_same(&model);
            assert_same(&model.clone().without_bias());
            assert_same(&model.with_output_bias());
        }
    }
}
