use super::Filter;
use super::polar::Polar;
use crate::params::{Layout, Params};
use crate::real::Real;
use std::ops::Range;

/// The gradients of rows that are longer than this become as long as 1.
const SHORTEST: f64 = 0.01;

/// Egalitarian gradient descent: all directions of the gradient of a weight matrix become equally long.
///
/// A gradient G of a matrix, with singular value decomposition U Σ Vᵀ, is replaced by its polar factor,
///
/// ```math
/// G' = G (G^{\mathsf T} G)^{-1/2} = U V^{\mathsf T} ,
/// ```
///
/// whose singular values are 1. Those of G that are below 10⁻⁶ of the largest count as 0, and stay 0. [`by_rows`](Self::by_rows)
/// does less: the gradient g of each row, that of a neuron, becomes g / max(‖g‖, 0.01).
///
/// Every block with two axes is a matrix; biases and other vectors keep their gradients. A block with an entry that is not finite
/// is left as it is, so that a run that diverges ends as one. The length of G is lost, and rates are therefore others than those of
/// SGD.
///
/// The factor takes the eigenvectors of the smaller Gram matrix, GᵀG or GGᵀ, by Jacobi's rotations, in double precision and in one
/// order of operations, with the same bits on all machines. A singular value σ of G becomes 1 within 10⁻¹⁵ (σ₁/σ)², where σ₁ is
/// the largest.
///
/// *Egalitarian Gradient Descent: A Simple Approach to Accelerated Grokking*, 2025, arXiv 2510.04930. Its code applies the change to
/// the first layer, and has neurons in the columns of its matrices.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(2, 2)?.without_bias();
/// let mut grad = Params::<f64>::zeros(model.layout());
/// // The matrix with rows (3, 0) and (0, −5), the first axis fastest.
/// grad.as_mut_slice().copy_from_slice(&[3.0, 0.0, 0.0, -5.0]);
/// Egalitarian::new().apply(0, &mut grad);
/// assert!((grad.as_slice()[0] - 1.0).abs() < 1e-15 && (grad.as_slice()[3] + 1.0).abs() < 1e-15);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Egalitarian {
    by_rows: bool,
    #[cfg_attr(feature = "serde", serde(skip))]
    scratch: Polar,
}

/// The settings are compared; the scratch is not.
impl PartialEq for Egalitarian {
    fn eq(&self, other: &Self) -> bool {
        self.by_rows == other.by_rows
    }
}

impl Egalitarian {
    /// The filter that replaces the gradient of every matrix by its polar factor.
    pub fn new() -> Self {
        Egalitarian::default()
    }

    /// The filter that divides the gradient of every row of a matrix by its length, or by 0.01 if that is larger.
    pub fn by_rows() -> Self {
        Egalitarian {
            by_rows: true,
            ..Egalitarian::default()
        }
    }
}

impl<F: Real> Filter<F> for Egalitarian {
    fn identity(&self) -> String {
        let kind = if self.by_rows { "rows" } else { "polar factor" };
        format!("egalitarian = {kind}")
    }

    fn apply(&mut self, _: u64, grad: &mut Params<F>) {
        let layout = grad.layout().clone();
        for (range, rows) in matrices(&layout) {
            if !self.by_rows {
                self.scratch.clear(range.len(), rows);
            }
            let matrix = &mut grad.as_mut_slice()[range];
            let largest = matrix.iter().fold(F::zero(), |most, g| most.max(g.abs()));
            if largest == F::zero() || !matrix.iter().all(|g| g.is_finite()) {
                continue;
            }
            if self.by_rows {
                (0..rows).for_each(|row| shorten(&mut matrix[row..], rows, largest));
            } else {
                self.scratch.replace(matrix, rows, largest);
            }
        }
    }
}

/// The place and the number of rows of every matrix that is not empty.
fn matrices(layout: &Layout) -> impl Iterator<Item = (Range<usize>, usize)> {
    layout.shapes().filter_map(|(range, shape)| match shape {
        [rows, _] if !range.is_empty() => Some((range, *rows)),
        _ => None,
    })
}

/// Divides the row that has an entry in every `rows` of these by its length.
fn shorten<F: Real>(matrix: &mut [F], rows: usize, largest: F) {
    let scale = largest.as_f64();
    let scaled = matrix.iter().step_by(rows).map(|g| g.as_f64() / scale);
    let length = scaled.map(|g| g * g).sum::<f64>().sqrt() * scale;
    let factor = F::of(1.0 / length.max(SHORTEST));
    let row = matrix.iter_mut().step_by(rows);
    row.for_each(|g| *g *= factor);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::filter::polar::tests::{product, transposed};
    use crate::params::InitialDistribution;
    use crate::seeds::{LabRng, Purpose, Seeds};
    use ndarray::{Array2, Ix1, Ix2};
    use std::sync::Arc;

    fn rng(seed: u64) -> LabRng {
        Seeds::from(seed).stream(Purpose::Init)
    }

    /// Gradients of a matrix and of a vector.
    fn layout(shape: (usize, usize)) -> Arc<Layout> {
        let mut layout = Layout::default();
        let normal = InitialDistribution::Normal { deviation: 1.0 };
        layout.block("weight", shape, normal.clone());
        layout.block("bias", 3, normal);
        Arc::new(layout)
    }

    fn changed<F: Real>(mut filter: Egalitarian, grad: &Params<F>) -> Params<F> {
        let mut changed = grad.clone();
        filter.apply(0, &mut changed);
        changed
    }

    fn matrix(params: &Params<f64>) -> Array2<f64> {
        let block = params.layout().get::<Ix2>("weight").unwrap();
        params.view(&block).to_owned()
    }

    #[test]
    fn singular_values_become_1_and_vectors_stay() {
        for (seed, shape) in (0..).zip([(9, 4), (4, 9), (6, 6), (1, 5), (5, 1), (60, 17)]) {
            let grad = Params::<f64>::draw(&layout(shape), &mut rng(seed));
            let polar = changed(Egalitarian::new(), &grad);
            let bias = grad.layout().get::<Ix1>("bias").unwrap();
            assert_eq!(polar.slice(&bias), grad.slice(&bias));
            let (g, q) = (matrix(&grad), matrix(&polar));
            let tall = if shape.0 >= shape.1 {
                q.clone()
            } else {
                transposed(&q)
            };
            let gram = product(&transposed(&tall), &tall);
            let unit = Array2::<f64>::eye(gram.nrows());
            let error = (&gram - &unit)
                .iter()
                .fold(0.0_f64, |most, e| most.max(e.abs()));
            assert!(error < 1e-10, "{shape:?}: {error}");
            // QᵀG is (GᵀG)^{1/2}: symmetric, with a trace that no orthogonal matrix exceeds.
            let root = product(&transposed(&q), &g);
            let skew = (&root - &transposed(&root))
                .iter()
                .fold(0.0_f64, |most, e| most.max(e.abs()));
            assert!(skew < 1e-10, "{shape:?}: {skew}");
            assert!(root.diag().iter().all(|value| *value > -1e-12), "{root}");
        }
    }

    #[test]
    fn singular_values_that_are_0_stay_0() {
        // Of rank 2.
        let shape = (7, 5);
        let [left, right] = [1, 2].map(|seed| {
            let factor = Params::<f64>::draw(&layout(shape), &mut rng(seed));
            matrix(&factor).slice(ndarray::s![.., ..2]).to_owned()
        });
        let low = product(
            &left,
            &transposed(&right.slice(ndarray::s![..5, ..]).to_owned()),
        );
        let mut grad = Params::<f64>::zeros(&layout(shape));
        let block = grad.layout().get::<Ix2>("weight").unwrap();
        grad.view_mut(&block).assign(&low);
        let q = matrix(&changed(Egalitarian::new(), &grad));
        // A projection of trace 2.
        let gram = product(&transposed(&q), &q);
        let again = product(&gram, &gram);
        assert!((&again - &gram).iter().all(|e| e.abs() < 1e-10), "{gram}");
        assert!((gram.diag().sum() - 2.0).abs() < 1e-10, "{gram}");
    }

    #[test]
    fn a_multiple_has_the_same_polar_factor_however_large() {
        let grad = Params::<f64>::draw(&layout((8, 5)), &mut rng(3));
        let polar = changed(Egalitarian::new(), &grad);
        for power in [-900, -1, 3, 900] {
            let mut scaled = grad.clone();
            scaled.scale(2.0_f64.powi(power));
            assert_eq!(
                matrix(&changed(Egalitarian::new(), &scaled)),
                matrix(&polar)
            );
        }
        let again = changed(Egalitarian::new(), &polar);
        let error = &matrix(&again) - &matrix(&polar);
        assert!(error.iter().all(|e| e.abs() < 1e-13), "{error}");
    }

    #[test]
    fn rows_become_1_long_unless_they_are_short() {
        let mut grad = Params::<f64>::zeros(&layout((3, 2)));
        // Rows (3, 4), (0.003, 0.004) and (0, 0).
        grad.as_mut_slice()[..6].copy_from_slice(&[3.0, 0.003, 0.0, 4.0, 0.004, 0.0]);
        let rows = changed(Egalitarian::by_rows(), &grad);
        let expected = [0.6, 0.3, 0.0, 0.8, 0.4, 0.0];
        for (found, expected) in rows.as_slice().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{rows:?}");
        }
    }

    #[test]
    fn zeros_and_what_is_not_finite_pass() {
        for filter in [Egalitarian::new(), Egalitarian::by_rows()] {
            let mut grad = Params::<f32>::zeros(&layout((4, 3)));
            assert_eq!(changed(filter.clone(), &grad), grad);
            for bad in [f32::NAN, f32::INFINITY] {
                grad.fill(2.0);
                grad.as_mut_slice()[5] = bad;
                let bits = |grad: &Params<f32>| -> Vec<u32> {
                    grad.as_slice().iter().map(|g| g.to_bits()).collect()
                };
                assert_eq!(bits(&changed(filter.clone(), &grad)), bits(&grad));
            }
        }
    }
}
