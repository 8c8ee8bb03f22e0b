use super::validation::chunk;
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::signs::Signs;
use ndarray::Array1;

/// How much a learner relies on each coordinate i.
///
/// ```math
/// \mathbb{E}_x \, \lvert f(x) - f(x^{\oplus i}) \rvert
/// ```
///
/// The mean is over the rows of `x`, and $`x^{\oplus i}`$ is x with coordinate i negated. Shape of
/// the result: `[n]`. It costs n + 1 evaluations of the batch and works for every architecture.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(4, 2)?.without_bias();
/// let mut theta = Params::<f64>::zeros(model.layout());
/// let weight = model.layout().get::<ndarray::Ix2>("factor.weight")?;
/// theta.view_mut(&weight)[[0, 1]] = 1.0;
/// theta.view_mut(&weight)[[1, 3]] = 1.0;
/// let influences = sparse_parity::measure::influences(&model, &theta, &Signs::cube(4)?);
/// assert_eq!(influences.to_vec(), [0.0, 2.0, 0.0, 2.0]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Panics
/// If the dimensions differ.
pub fn influences<F: Real, M: Model<F>>(model: &M, theta: &Params<F>, x: &Signs) -> Array1<f64> {
    let mut sums = Array1::zeros(model.dim());
    let chunk = chunk(model).min(x.rows());
    let mut cache = model.cache(chunk);
    let mut part = x.clone();
    for group in (0..x.rows()).step_by(GROUP) {
        let end = x.rows().min(group + GROUP);
        let mut of_group = Array1::<f64>::zeros(model.dim());
        for start in (group..end).step_by(chunk) {
            part.gather(x, start..end.min(start + chunk));
            let mut before = Array1::zeros(part.rows());
            let mut after = before.clone();
            model.forward(theta, &part, &mut cache, &mut before);
            for (i, sum) in of_group.iter_mut().enumerate() {
                part.flip_column(i);
                model.forward(theta, &part, &mut cache, &mut after);
                part.flip_column(i);
                for (a, b) in before.iter().zip(&after) {
                    *sum += (*a - *b).abs().as_f64();
                }
            }
        }
        sums += &of_group;
    }
    sums / x.rows() as f64
}

/// The number of rows whose changes are added up before they join the sum of all.
///
/// It is a part of the order of summation, while the number of rows that are evaluated at once is not.
const GROUP: usize = 256;

/// The `k` coordinates of largest influence, ascending; of equals, the lower ones.
///
/// For a learner that has found a parity these are its support.
///
/// ```
/// use sparse_parity::measure::most_influential;
///
/// assert_eq!(most_influential(&ndarray::array![0.1, 3.0, 0.0, 2.0], 2), [1, 3]);
/// ```
pub fn most_influential(influences: &Array1<f64>, k: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..influences.len()).collect();
    order.sort_by(|&a, &b| influences[b].total_cmp(&influences[a]));
    order.truncate(k);
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::{Architecture, Mlp};
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn examples_in_parts_are_the_examples_one_by_one() {
        // So wide that 64 examples are evaluated at once, and more than a group of them.
        let model = Mlp::new(3, 70_000, Relu).unwrap();
        let seeds = Seeds::from(1);
        let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
        let mut x = Signs::ones(330, 3).unwrap();
        x.randomize(&mut seeds.stream(Purpose::Eval));
        let mut expected = Array1::<f64>::zeros(3);
        let mut one = x.clone();
        for row in 0..x.rows() {
            one.gather(&x, [row]);
            expected += &influences(&model, &theta, &one);
        }
        let found = influences(&model, &theta, &x);
        assert_eq!(chunk(&model), 64);
        for (found, sum) in found.iter().zip(expected) {
            assert!((found - sum / 330.0).abs() < 1e-6 * found.abs(), "{found}");
        }
    }
}
