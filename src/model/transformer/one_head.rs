//! The Transformer with the parameters of a construction.

use super::{Transformer, TransformerSettings};
use crate::error::{Error, Result};
use crate::model::Architecture;
use crate::params::{Init, Params};
use crate::real::Real;
use crate::theory::attention::OneHead;
use ndarray::{Ix1, Ix2};

/// The input, of ±1.
const INPUT: usize = 0;
/// The score of the position.
const SCORE: usize = 1;

impl Transformer {
    /// The Transformer that computes what a construction says, with its parameters.
    ///
    /// It has one head and embeddings of two numbers: xᵢ, which is the value, and the score of position i. Scores are not divided. The second
    /// dimension of the head is 0 throughout.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::theory::attention::represent_symmetric;
    ///
    /// // A majority of three among a thousand.
    /// let head = represent_symmetric(1000, &[3, 500, 999], &[1, 1, -1, -1], 1.0)?;
    /// let (model, theta) = Transformer::of_head::<f32>(&head)?;
    /// assert!((model.predict(&theta, &Signs::ones(1, 1000)?)[0] - 1.0).abs() < 1e-4);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`from_settings`](Transformer::from_settings), as without positions or hidden neurons; [`Error::Mismatch`] unless there is a slope for
    /// each kink.
    pub fn of_head<F: Real>(head: &OneHead) -> Result<(Self, Params<F>)> {
        let width = head.kinks.len();
        if head.slopes.len() != width {
            return Err(Error::Mismatch {
                what: "the number of slopes",
                expected: width,
                found: head.slopes.len(),
                repair: "give one for each kink",
            });
        }
        let settings = TransformerSettings {
            d_emb: 2,
            heads: 1,
            mlp_width: Some(width),
            scaled_scores: false,
            ..TransformerSettings::default()
        };
        let model = Transformer::from_settings(head.scores.len(), settings, Init::default())?;
        let mut theta = Params::zeros(model.layout());
        let blocks = &model.blocks;
        let mut tokens = theta.view_mut(&blocks.token);
        tokens[[0, INPUT]] = -F::one();
        tokens[[1, INPUT]] = F::one();
        let mut positions = theta.view_mut(&blocks.position);
        positions.column_mut(SCORE).assign(&head.scores.mapv(F::of));
        theta.view_mut(&blocks.query)[INPUT] = F::one();
        let reads = [
            (&blocks.to_query, INPUT),
            (&blocks.to_key, SCORE),
            (&blocks.to_value, INPUT),
            (&blocks.to_output, INPUT),
        ];
        for (block, from) in reads {
            theta.view_mut(block)[[0, from]] = F::one();
        }
        let layout = model.layout();
        let hidden = layout.get::<Ix2>("hidden.weight")?;
        theta.view_mut(&hidden).column_mut(0).fill(F::one());
        let negative = |x: &f64| F::of(-x);
        let bias = layout.get::<Ix1>("hidden.bias")?;
        theta.view_mut(&bias).assign(&head.kinks.map(negative));
        let output = layout.get::<Ix1>("output.weight")?;
        theta.view_mut(&output).assign(&head.slopes.mapv(F::of));
        let start = layout.get::<Ix1>("output.bias")?;
        theta.view_mut(&start)[0] = F::of(head.start);
        Ok((model, theta))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Junta, Target};
    use crate::model::Model;
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;
    use crate::theory::attention::{represent, represent_symmetric};

    /// What the sum over n positions may be off by its rounding, times the steepest slope, and that of the sum over the neurons.
    fn rounding(head: &OneHead) -> f64 {
        1e-13 + 2.0 * f64::EPSILON * head.scores.len() as f64 * head.steepest()
    }

    fn furthest(head: &OneHead, x: &Signs, label: impl Fn(usize) -> f64) -> f64 {
        let (model, theta) = Transformer::of_head::<f64>(head).unwrap();
        let f = model.predict(&theta, x);
        let errors = f.iter().enumerate().map(|(row, f)| (f - label(row)).abs());
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn any_junta_is_computed_on_the_whole_cube() {
        let cube = Signs::cube(16).unwrap();
        for (s, seed) in [(2, 1), (3, 2), (3, 3), (4, 4), (5, 5)] {
            let junta =
                Junta::random(16, s, &mut Seeds::from(seed).stream(Purpose::Support)).unwrap();
            let head = represent(16, junta.coordinates(), &junta.table(), 1.0).unwrap();
            let error = furthest(&head, &cube, |row| junta.value(&cube, row));
            assert!(error < rounding(&head), "{s}: {error:e}");
        }
    }

    #[test]
    fn the_worst_inputs_of_long_sequences_are_computed() {
        for n in [64, 1024] {
            for s in 2..=5 {
                let junta =
                    Junta::random(n, s, &mut Seeds::from(s as u64).stream(Purpose::Support))
                        .unwrap();
                // All others +1, and all others −1.
                let mut x = Signs::ones(2 << s, n).unwrap();
                let place = |i: usize| junta.coordinates().iter().position(|c| *c == i);
                x.fill_with(|row, i| match place(i) {
                    Some(j) => row >> j & 1 == 1,
                    None => row >> s & 1 == 1,
                });
                let head = represent(n, junta.coordinates(), &junta.table(), 1.0).unwrap();
                let error = furthest(&head, &x, |row| junta.value(&x, row));
                assert!(error < rounding(&head), "{n} {s}: {error:e}");
            }
        }
    }

    #[test]
    fn symmetric_functions_are_computed_with_few_neurons() {
        let cube = Signs::cube(9).unwrap();
        let support = [1, 2, 4, 7, 8];
        let labels = [1, -1, -1, 1, 1, -1];
        let head = represent_symmetric(9, &support, &labels, 2.0).unwrap();
        let count = |row| {
            support
                .iter()
                .filter(|i| cube.is_negative(row, **i))
                .count()
        };
        let error = furthest(&head, &cube, |row| 2.0 * f64::from(labels[count(row)]));
        assert!(error < rounding(&head), "{error:e}");
    }

    #[test]
    fn attention_is_the_softmax_of_the_scores() {
        let head = represent(7, &[5, 0], &[1, 1, -1, 1], 1.0).unwrap();
        let (model, theta) = Transformer::of_head::<f64>(&head).unwrap();
        let weights = model.attention(&theta, &Signs::cube(7).unwrap());
        assert_eq!(weights.dim(), (128, 1, 7));
        // 10, 20 and five times 1 of 35.
        for row in weights.rows() {
            assert!((row[5] - 10.0 / 35.0).abs() < 1e-15 && (row[0] - 20.0 / 35.0).abs() < 1e-15);
            assert!((row.sum() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn heads_that_are_none_are_refused() {
        let head = represent(7, &[5, 0], &[1, 1, -1, 1], 1.0).unwrap();
        let few = OneHead {
            slopes: vec![1.0].into(),
            ..head.clone()
        };
        assert!(matches!(
            Transformer::of_head::<f64>(&few),
            Err(Error::Mismatch { .. })
        ));
        let none = ndarray::Array1::zeros(0);
        let [kinks, slopes, scores] = [(); 3].map(|()| none.clone());
        let empty = OneHead {
            kinks,
            slopes,
            ..head.clone()
        };
        assert!(matches!(
            Transformer::of_head::<f64>(&empty),
            Err(Error::Zero { .. })
        ));
        assert!(Transformer::of_head::<f64>(&OneHead { scores, ..head }).is_err());
    }
}
