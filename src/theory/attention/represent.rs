use crate::error::{Error, Result, above_zero, at_most};
use crate::theory::gap::membership;
use ndarray::Array1;

/// The largest number of coordinates of a table.
const MOST: usize = 16;

/// One head of attention whose values are the inputs, and a hidden layer of ReLUs that reads the single number it gives:
///
/// ```math
/// c(x) = \sum_{t=1}^{T} \mathrm{softmax}(\theta)_t \, x_t, \qquad
/// f(x) = f_0 + \sum_i u_i \, \mathrm{ReLU}(c(x) - b_i)
/// ```
///
/// [`Transformer::of_head`](crate::model::Transformer::of_head) is the network with it.
#[derive(Debug, Clone, PartialEq)]
pub struct OneHead {
    /// The scores θ of the T positions.
    pub scores: Array1<f64>,
    /// The kinks b of the hidden neurons.
    pub kinks: Array1<f64>,
    /// The output weights u of the hidden neurons.
    pub slopes: Array1<f64>,
    /// The output f₀ where no neuron is active.
    pub start: f64,
    /// How far the other coordinates can move c(x).
    pub leak: f64,
}

impl OneHead {
    /// The steepest slope of f against c.
    pub fn steepest(&self) -> f64 {
        self.slopes
            .iter()
            .fold(0.0, |most, slope| slope.abs().max(most))
    }
}

/// A head that computes any function of s coordinates of ±1, given by its table: f(x) = margin · label for every input, up to rounding.
///
/// Coordinate j of the list has the score ln 2(n − s) + j ln 2, the others have 0. The number c(x) then has 2ˢ levels, one for each setting
/// of the coordinates, which are 4/(2ˢ⁺¹ − 1) apart, and the others move it by no more than a quarter of that. Between two levels, a pair
/// of ReLUs leads from one label to the next. Scores are at most ln 2(n − s) + (s − 1) ln 2, slopes at most (2ˢ⁺¹ − 1) margin: with n, the norm grows
/// by its logarithm alone.
///
/// The label of x is the entry of the table whose index has bit j set where coordinate j of the list is −1, as in a
/// [`Junta`](crate::data::Junta).
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::theory::attention;
///
/// let junta = Junta::from_fn(12, &[7, 2, 4], |x| if x[0] > 0 { x[1] } else { x[2] })?;
/// let head = attention::represent(12, &[7, 2, 4], &junta.table(), 1.0)?;
/// let (model, theta) = Transformer::of_head::<f64>(&head)?;
/// let cube = Signs::cube(12)?;
/// let f = model.predict(&theta, &cube);
/// assert!((0..cube.rows()).all(|row| (f[row] - junta.value(&cube, row)).abs() < 1e-12));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Degree`], [`Error::SupportRange`] or [`Error::SupportRepeat`] unless the coordinates are a nonempty set among n, [`Error::TooLarge`] for more
/// than 16, [`Error::Mismatch`] for a table of another length than 2ˢ, [`Error::TableEntry`] for an entry that is not ±1,
/// [`Error::NotPositive`] unless the margin is finite and positive.
pub fn represent(n: usize, coordinates: &[usize], table: &[i8], margin: f64) -> Result<OneHead> {
    let s = size(n, coordinates)?;
    let labels = labels(table, 1 << s, margin)?;
    let weights: Vec<f64> = (0..s).map(|j| libm::ldexp(1.0, j as i32)).collect();
    Ok(head(n, coordinates, &weights, &labels))
}

/// The same for a function of the number of −1 among s coordinates: label c of s + 1 is that of c coordinates −1.
///
/// The scores of the coordinates are all ln 2(n − s), c(x) has s + 1 levels, there are 2s ReLUs, and slopes are at most (2s + 1) margin.
///
/// # Errors
/// Those of [`represent`], with s + 1 labels in place of a table.
pub fn represent_symmetric(
    n: usize,
    coordinates: &[usize],
    labels: &[i8],
    margin: f64,
) -> Result<OneHead> {
    let s = size(n, coordinates)?;
    let labels = self::labels(labels, s + 1, margin)?;
    Ok(head(n, coordinates, &vec![1.0; s], &labels))
}

fn size(n: usize, coordinates: &[usize]) -> Result<usize> {
    membership(n, coordinates)?;
    at_most(
        "the number of coordinates of the function",
        coordinates.len(),
        MOST,
    )
}

/// The outputs, from the most to the fewest coordinates that are −1.
fn labels(table: &[i8], expected: usize, margin: f64) -> Result<Vec<f64>> {
    above_zero("the margin", margin)?;
    if table.len() != expected {
        return Err(Error::Mismatch {
            what: "the number of labels",
            expected,
            found: table.len(),
            repair: "give a label for each setting that the function tells apart",
        });
    }
    if let Some(index) = table.iter().position(|entry| entry.unsigned_abs() != 1) {
        let value = table[index];
        return Err(Error::TableEntry { index, value });
    }
    Ok(table
        .iter()
        .rev()
        .map(|label| margin * f64::from(*label))
        .collect())
}

/// Coordinate j has 2(n − s) times its weight, the others have 1; level k of Σ weight · x has the output k.
fn head(n: usize, coordinates: &[usize], weights: &[f64], outputs: &[f64]) -> OneHead {
    let others = (n - coordinates.len()) as f64;
    // Without others there is no leak, and any common factor will do.
    let factor = 2.0 * others.max(1.0);
    let mut scores = Array1::zeros(n);
    for (&t, &weight) in coordinates.iter().zip(weights) {
        scores[t] = libm::log(factor * weight);
    }
    let sum: f64 = weights.iter().sum();
    let total = factor * sum + others;
    let level = |k: usize| factor * (2.0 * k as f64 - sum) / total;
    let quarter = 0.5 * factor / total;
    let (mut kinks, mut slopes) = (Vec::new(), Vec::new());
    for k in 1..outputs.len() {
        let slope = (outputs[k] - outputs[k - 1]) / (2.0 * quarter);
        kinks.extend([level(k - 1) + quarter, level(k) - quarter]);
        slopes.extend([slope, -slope]);
    }
    OneHead {
        scores,
        kinks: kinks.into(),
        slopes: slopes.into(),
        start: outputs[0],
        leak: others / total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use rand::Rng;

    #[test]
    fn norms_and_leaks_are_those_of_the_construction() {
        let largest = |head: &OneHead| head.scores.iter().copied().fold(0.0, f64::max);
        let known = [
            (2, 7.0, 0.142_857),
            (3, 15.0, 0.066_667),
            (4, 31.0, 0.032_258),
            (5, 63.0, 0.015_873),
        ];
        for (s, steepest, leak) in known {
            let coordinates: Vec<usize> = (0..s).map(|j| 3 * j).collect();
            let parity: Vec<i8> = (0..1_u32 << s)
                .map(|i| 1 - 2 * (i.count_ones() % 2) as i8)
                .collect();
            let head = represent(16, &coordinates, &parity, 1.0).unwrap();
            assert!((head.steepest() - steepest).abs() < 1e-9 && (head.leak - leak).abs() < 1e-6);
            assert_eq!(head.kinks.len(), 2 * ((1 << s) - 1));
            let doubled = represent(16, &coordinates, &parity, 2.0).unwrap();
            assert!((doubled.steepest() - 2.0 * steepest).abs() < 1e-9);
            let labels: Vec<i8> = (0..=s).map(|c| 1 - 2 * (c % 2) as i8).collect();
            let symmetric = represent_symmetric(16, &coordinates, &labels, 1.0).unwrap();
            assert_eq!(symmetric.kinks.len(), 2 * s);
            assert!((symmetric.steepest() - (2 * s + 1) as f64).abs() < 1e-9);
        }
        for (n, score) in [(16, 4.644_391), (1024, 9.007_979)] {
            let head = represent(n, &[1, 5, 9], &[1, 1, 1, -1, 1, -1, -1, -1], 1.0).unwrap();
            assert!((largest(&head) - score).abs() < 1e-6, "{}", largest(&head));
        }
    }

    #[test]
    fn other_coordinates_change_nothing_even_where_they_move_most() {
        let rng = &mut Seeds::from(2).stream(Purpose::Eval);
        for s in 2..=5 {
            for n in [s, s + 1, 64, 1024] {
                let coordinates: Vec<usize> = (0..s).map(|j| j * n / s).collect();
                let table: Vec<i8> = (0..1 << s)
                    .map(|_| if rng.random() { 1 } else { -1 })
                    .collect();
                let head = represent(n, &coordinates, &table, 1.0).unwrap();
                let weights = head.scores.mapv(libm::exp);
                let total = weights.sum();
                for (index, label) in table.iter().enumerate() {
                    for others in [-1.0, 1.0] {
                        let mut x = Array1::from_elem(n, others);
                        for (j, t) in coordinates.iter().enumerate() {
                            x[*t] = if index >> j & 1 == 1 { -1.0 } else { 1.0 };
                        }
                        let c = weights.dot(&x) / total;
                        let neurons = head.kinks.iter().zip(&head.slopes);
                        let sum: f64 = neurons
                            .map(|(kink, slope)| slope * (c - kink).max(0.0))
                            .sum();
                        let error = (head.start + sum - f64::from(*label)).abs();
                        assert!(error < 1e-12, "{n} {s} {index}: {error:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn functions_that_are_none_are_refused() {
        assert!(matches!(
            represent(4, &[], &[1], 1.0),
            Err(Error::Degree { .. })
        ));
        assert!(matches!(
            represent(4, &[4], &[1, -1], 1.0),
            Err(Error::SupportRange { .. })
        ));
        assert!(matches!(
            represent(4, &[1, 1], &[1; 4], 1.0),
            Err(Error::SupportRepeat { .. })
        ));
        assert!(matches!(
            represent(4, &[1], &[1; 4], 1.0),
            Err(Error::Mismatch { .. })
        ));
        assert!(matches!(
            represent(4, &[1], &[1, 0], 1.0),
            Err(Error::TableEntry { index: 1, value: 0 })
        ));
        assert!(matches!(
            represent(4, &[1], &[1, -1], 0.0),
            Err(Error::NotPositive { .. })
        ));
        assert!(represent_symmetric(4, &[1, 2], &[1, -1], 1.0).is_err());
        let many: Vec<usize> = (0..17).collect();
        assert!(matches!(
            represent(20, &many, &[1], 1.0),
            Err(Error::TooLarge { .. })
        ));
    }
}
