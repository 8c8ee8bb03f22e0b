//! Steps of sixteen trials of one model, which lie abreast: each lane of a vector has its own
//! parameters, inputs and labels.
//!
//! A step of a tiny network is mostly overhead, and that is the same for sixteen of them as for
//! one. Each lane does what the model does alone, in the same order, and so has the same bits.

mod mlp;
mod polynet;

use super::Architecture;
use crate::params::{DescentAbreast, ParamsAbreast};
use crate::real::{LANES, Real};
use crate::signs::{Loops, SignsAbreast, wide};
use crate::sixteen::Sixteen;

/// A model whose steps can be made for sixteen trials at a time.
pub(crate) trait Abreast<F: Real>: Architecture {
    /// Writes f(x; θ) of every lane; `z` keeps what the backward pass needs.
    fn forward_abreast(
        &self,
        theta: &ParamsAbreast<F>,
        x: &SignsAbreast,
        room: &mut RoomAbreast<F>,
        out: &mut [[F; LANES]],
    );

    /// Makes the update for the `x` last passed to `forward_abreast`, and disturbs it; examples with
    /// d_out = 0 are left out of the sums.
    fn descend_abreast(
        &self,
        theta: &mut ParamsAbreast<F>,
        x: &mut SignsAbreast,
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
            sums: Vec::new(),
        }
    }
}

/// What a step remembers, and works with.
#[derive(Debug)]
pub(crate) struct RoomAbreast<F> {
    /// Pre-activations, or factors, of each row.
    z: Vec<Sixteen<F>>,
    /// The derivatives in them.
    d: Vec<Sixteen<F>>,
    /// Gradients of vectors.
    sums: Vec<Sixteen<F>>,
}

/// In each lane moves up the examples with a non-zero derivative, so that groups consist of these;
/// what lies behind them adds nothing. Tells how many rows are left, at least one.
///
/// Shapes: `d` `[rows, width]`, `d_out` `[rows]`.
fn move_up_active<F: Real>(
    x: &mut SignsAbreast,
    d: &mut [Sixteen<F>],
    width: usize,
    d_out: &[[F; LANES]],
) -> usize {
    let in_place = wide(InPlace { d_out });
    let mut most = 1;
    for lane in 0..LANES {
        let is_active = |row: &usize| d_out[*row][lane] != F::zero();
        let mut count = in_place[lane] as usize;
        for row in (count..d_out.len()).filter(is_active) {
            for place in 0..width {
                d[count * width + place][lane] = d[row * width + place][lane];
            }
            x.copy_row(lane, row, count);
            count += 1;
        }
        for d in &mut d[count * width..d_out.len() * width] {
            d[lane] = F::zero();
        }
        most = most.max(count);
    }
    most
}

/// How many examples of a lane have a derivative before the first that has none. Counts are as exact
/// in this type as batches abreast are small.
struct InPlace<'a, F> {
    d_out: &'a [[F; LANES]],
}

impl<F: Real> Loops for InPlace<'_, F> {
    type Output = [f32; LANES];

    #[inline(always)]
    fn run(self) -> [f32; LANES] {
        let (mut one, mut counts) = ([1.0; LANES], [0.0; LANES]);
        for d_out in self.d_out {
            for lane in 0..LANES {
                let is_active = d_out[lane] != F::zero();
                one[lane] = if is_active { one[lane] } else { 0.0 };
                counts[lane] += one[lane];
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Sine};
    use crate::model::{Mlp, Model, PolyNet};
    use crate::params::{Descent, Params};
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;
    use ndarray::Array1;
    use rand::Rng;

    /// Makes steps abreast and alone, and compares all bits.
    fn assert_same_steps<F: Real>(
        model: &(impl Model<F> + Abreast<F>),
        batch: usize,
        inactive: f64,
    ) {
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
            model.descend_abreast(&mut abreast, &mut x, &mut room, &d_out, &descents);
            for (lane, theta) in alone.iter_mut().enumerate() {
                let (x, descent) = (&inputs[lane], &of_lanes[lane]);
                let mut expected = Array1::zeros(batch);
                model.forward(theta, x, &mut cache, &mut expected);
                for (out, expected) in out.iter().zip(&expected) {
                    assert_eq!(out[lane].as_f64().to_bits(), expected.as_f64().to_bits());
                }
                let d_out: Array1<F> = d_out.iter().map(|d| d[lane]).collect();
                let fused = model.fused().expect("the model has a fused step");
                fused.descend(theta, x, &mut cache, &d_out, descent, &mut grad);
                let mut found = Params::zeros(layout);
                abreast.take(lane, &mut found);
                for (found, expected) in found.as_slice().iter().zip(theta.as_slice()) {
                    assert_eq!(found.as_f64().to_bits(), expected.as_f64().to_bits());
                }
            }
        }
    }

    fn assert_same<M: Model<f32> + Model<f64> + Abreast<f32> + Abreast<f64>>(model: &M) {
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
        let neuron = Mlp::new(13, 1, Relu).unwrap();
        assert_same(&neuron.without_output_layer());
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
