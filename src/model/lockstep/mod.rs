//! Steps of sixteen trials in lockstep, for the networks that have them.

mod mlp;
mod polynet;

#[cfg(test)]
mod tests {
    use crate::activation::{Relu, Sine};
    use crate::lockstep::{Lockstep, LockstepDescent, LockstepParams, LockstepSigns};
    use crate::model::{Mlp, Model, PolyNet};
    use crate::params::{Descent, Params};
    use crate::real::LANES;
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;
    use ndarray::Array1;
    use rand::Rng;

    /// Takes steps in lockstep and alone, and compares all bits.
    fn assert_same_steps(model: &(impl Model<f32> + Lockstep), batch: usize, inactive: f64) {
        let rng = &mut Seeds::from(3).stream(Purpose::Train);
        let layout = model.layout();
        let mut alone: Vec<Params<f32>> = (0..LANES).map(|_| Params::draw(layout, rng)).collect();
        let mut lanes = LockstepParams::zeros(layout);
        let (mut descents, mut of_lanes) = (None, Vec::new());
        for (lane, theta) in alone.iter().enumerate() {
            lanes.put(lane, theta);
            let mut descent = Descent::default();
            for (block, name) in layout.names().enumerate() {
                // One block rests, if there are several.
                if block != 1 {
                    let place = layout.covered(name).unwrap().remove(0);
                    descent.push(place, 1.0 - 0.01 * lane as f64, 0.1 * rng.random::<f64>());
                }
            }
            let all = descents.get_or_insert_with(|| LockstepDescent::new(&descent));
            all.put(lane, &descent);
            of_lanes.push(descent);
        }
        let descents = descents.unwrap();
        let (mut x, mut workspace) = (
            LockstepSigns::ones(batch, model.dim()),
            model.workspace(batch),
        );
        let (mut cache, mut grad) = (model.cache(batch), Params::zeros(layout));
        for _ in 0..4 {
            let mut inputs = vec![Signs::ones(batch, model.dim()).unwrap(); LANES];
            let mut d_out = vec![[0.0; LANES]; batch];
            for (lane, inputs) in inputs.iter_mut().enumerate() {
                inputs.randomize(rng);
                x.put(lane, inputs);
                // The lanes have different numbers of active examples, and some have none.
                let share = inactive * (lane % 3) as f64;
                for d_out in &mut d_out {
                    let active = rng.random::<f64>() >= share;
                    d_out[lane] = (f64::from(active) * (rng.random::<f64>() - 0.5)) as f32;
                }
            }
            let mut out = vec![[0.0; LANES]; batch];
            model.forward_lanes(&lanes, &x, &mut workspace, &mut out);
            model.descend_lanes(&mut lanes, &mut x, &mut workspace, &d_out, &descents);
            for (lane, theta) in alone.iter_mut().enumerate() {
                let (x, descent) = (&inputs[lane], &of_lanes[lane]);
                let mut expected = Array1::zeros(batch);
                model.forward(theta, x, &mut cache, &mut expected);
                for (out, expected) in out.iter().zip(&expected) {
                    assert_eq!(out[lane].to_bits(), expected.to_bits());
                }
                let d_out: Array1<f32> = d_out.iter().map(|d| d[lane]).collect();
                let fused = model.fused().expect("the model has a fused step");
                fused.descend(theta, x, &mut cache, &d_out, descent, &mut grad);
                let mut found = Params::zeros(layout);
                lanes.take(lane, &mut found);
                for (found, expected) in found.as_slice().iter().zip(theta.as_slice()) {
                    assert_eq!(found.to_bits(), expected.to_bits());
                }
            }
        }
    }

    fn assert_same(model: &(impl Model<f32> + Lockstep)) {
        for batch in [1, 2, 3, 5, 18] {
            for inactive in [0.0, 0.3, 0.5] {
                assert_same_steps(model, batch, inactive);
            }
        }
    }

    #[test]
    fn a_two_layer_network_has_the_same_bits_in_lockstep() {
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
    fn a_polynet_has_the_same_bits_in_lockstep() {
        for k in [1, 3, 6] {
            let model = PolyNet::new(35, k).unwrap();
            assert_same(&model);
            assert_same(&model.clone().without_bias());
            assert_same(&model.with_output_bias());
        }
    }
}
