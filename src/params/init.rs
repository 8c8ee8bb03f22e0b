//! The laws of initial parameters.

use crate::error::{Error, Result, at_most, positive};
use crate::real::Real;
use ndarray::{ArrayViewMut, Axis, Dimension};
use ndarray_rand::rand_distr::{Distribution, StandardUniform, Uniform};
use rand::Rng;

/// An initialisation of a network: it gives the law of each affine block z = W x + b.
///
/// A block has `fan_in` inputs and `fan_out` outputs. The paper names the families and leaves
/// the scale of the first open; its default here is that of the deep-learning packages.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Init {
    /// Weights and biases uniform on [−c, c] with c = 1/√fan_in, the packages' default.
    #[default]
    Uniform,
    /// Weights and biases uniform on [−c, c] with c = √(6/(fan_in + fan_out)) (Glorot and Bengio).
    Xavier,
    /// Weights and biases normal with mean 0 and variance 2/fan_in (He et al.).
    Gaussian,
    /// Weights and biases ±c with equal chance, c = 1/√fan_in.
    Bernoulli,
    /// Weights ±1 with equal chance, biases 0: the setting of the theory.
    Sign,
    /// All weights 1, all biases 0.
    Ones,
    /// The paired symmetric initialisation of Theorem 4, which makes f = 0 at the start of a
    /// two-layer network with output weights.
    ///
    /// Weights are ±1 and biases uniform on {−1/2 + (i+1)/k : i = 0, …, k}; the second half of
    /// the neurons repeats the first, with output weights ±1 of the opposite sign. In a deeper
    /// network this holds of every hidden layer, and again f = 0.
    Paired {
        /// The degree of the parity, which sets the grid of biases.
        k: usize,
    },
    /// In every row of the first layer exactly s entries are ±1, the others 0; biases are 0.
    ///
    /// The layers behind it are as in [`Init::Uniform`].
    Sparse {
        /// The number of non-zero entries of a row.
        s: usize,
    },
}

/// What an affine block is for: two initialisations treat the layers differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// It reads the inputs.
    First,
    /// It reads neurons, and other neurons read it.
    Middle,
    /// It reads neurons and is the output.
    Output,
}

impl Init {
    /// The laws of the weights and of the biases of an affine block.
    ///
    /// # Errors
    /// [`Error::Sparsity`] or [`Error::OddWidth`] where the law does not exist for such a block.
    pub fn laws(&self, layer: Layer, fan_in: usize, fan_out: usize) -> Result<(Law, Law)> {
        let bound = 1.0 / (fan_in as f64).sqrt();
        let both = |law: Law| (law.clone(), law);
        let signs = Law::OneOf(vec![-1.0, 1.0]);
        Ok(match *self {
            Init::Uniform => both(Law::Uniform { bound }),
            Init::Xavier => {
                let bound = (6.0 / (fan_in + fan_out) as f64).sqrt();
                both(Law::Uniform { bound })
            }
            Init::Gaussian => {
                let deviation = (2.0 / fan_in as f64).sqrt();
                both(Law::Normal { deviation })
            }
            Init::Bernoulli => both(Law::OneOf(vec![-bound, bound])),
            Init::Sign => (signs, Law::Constant(0.0)),
            Init::Ones => (Law::Constant(1.0), Law::Constant(0.0)),
            Init::Paired { k } if layer != Layer::Output => {
                if fan_out % 2 == 1 {
                    return Err(Error::OddWidth { width: fan_out });
                }
                let (what, most) = ("the degree k of the paired initialisation", 1 << 20);
                at_most(what, positive(what, k)?, most)?;
                let bias = |i| -0.5 + (i + 1) as f64 / k as f64;
                let biases = Law::OneOf((0..=k).map(bias).collect());
                (
                    Law::Paired(Box::new(signs), 1.0),
                    Law::Paired(Box::new(biases), 1.0),
                )
            }
            Init::Paired { .. } => (Law::Paired(Box::new(signs), -1.0), Law::Constant(0.0)),
            Init::Sparse { s } if layer == Layer::First => {
                if s == 0 || s > fan_in {
                    return Err(Error::Sparsity { s, n: fan_in });
                }
                (Law::SparseSigns { s }, Law::Constant(0.0))
            }
            Init::Sparse { .. } => both(Law::Uniform { bound }),
        })
    }
}

/// The law of the initial values of one block.
///
/// Values are drawn in double precision, row after row, and rounded once, so that an `f32` run
/// starts from the rounded parameters of the `f64` run with the same seed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Law {
    /// Every entry is this number.
    Constant(f64),
    /// Independent and uniform on [−bound, bound].
    Uniform {
        /// The largest absolute value.
        bound: f64,
    },
    /// Independent and normal with mean 0.
    Normal {
        /// The standard deviation.
        deviation: f64,
    },
    /// Independent and uniform on the listed values.
    OneOf(Vec<f64>),
    /// In every row, s uniformly chosen entries are ±1 and the others 0.
    SparseSigns {
        /// The number of non-zero entries of a row.
        s: usize,
    },
    /// The first half of the rows follows the law; the second half is the first times the number.
    Paired(Box<Law>, f64),
}

impl Law {
    /// Whether a block of this shape can follow the law.
    pub(super) fn fits(&self, shape: &[usize]) -> bool {
        match self {
            Law::Constant(_) | Law::Uniform { .. } | Law::Normal { .. } => true,
            Law::OneOf(values) => !values.is_empty(),
            Law::SparseSigns { s } => shape.last().is_some_and(|row| s <= row),
            Law::Paired(law, _) => shape.first().is_some_and(|rows| {
                let half = [&[rows / 2], &shape[1..]].concat();
                rows % 2 == 0 && law.fits(&half)
            }),
        }
    }

    /// Draws every entry of `block`, which the law fits.
    pub(super) fn fill<F, D, R>(&self, mut block: ArrayViewMut<'_, F, D>, rng: &mut R)
    where
        F: Real,
        D: Dimension,
        R: Rng + ?Sized,
    {
        match self {
            Law::Constant(value) => block.fill(F::of(*value)),
            Law::Uniform { bound } => {
                let law = StandardUniform.map(|unit: f64| bound * (2.0 * unit - 1.0));
                fill_independent(block, law, rng);
            }
            Law::Normal { deviation } => {
                fill_independent(block, PortableNormal.map(|z| deviation * z), rng);
            }
            Law::OneOf(values) => {
                let place = Uniform::new(0, values.len() as u64).expect("the law fits");
                fill_independent(block, place.map(|place| values[place as usize]), rng);
            }
            Law::SparseSigns { s } => {
                block.fill(F::zero());
                for mut row in block.rows_mut() {
                    for place in rand::seq::index::sample(rng, row.len(), *s) {
                        row[place] = if rng.random() { F::one() } else { -F::one() };
                    }
                }
            }
            Law::Paired(law, factor) => {
                let half = block.len_of(Axis(0)) / 2;
                let (mut first, mut second) = block.split_at(Axis(0), half);
                law.fill(first.view_mut(), rng);
                second.zip_mut_with(&first, |entry, &twin| *entry = twin * F::of(*factor));
            }
        }
    }
}

/// Draws the entries one by one, row after row whatever the order in memory.
fn fill_independent<F: Real, D: Dimension, R: Rng + ?Sized>(
    mut block: ArrayViewMut<'_, F, D>,
    law: impl Distribution<f64>,
    rng: &mut R,
) {
    for entry in block.iter_mut() {
        *entry = F::of(law.sample(rng));
    }
}

/// The standard normal law by Marsaglia's polar method.
///
/// The rare branches of `rand_distr` call the system's logarithm, whose last bit varies.
struct PortableNormal;

impl Distribution<f64> for PortableNormal {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        loop {
            let u = 2.0 * rng.random::<f64>() - 1.0;
            let v = 2.0 * rng.random::<f64>() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Purpose, Seeds};
    use ndarray::{Array1, Array2};

    fn draw(law: &Law, shape: (usize, usize)) -> Array2<f64> {
        let mut block = Array2::zeros(shape);
        law.fill(block.view_mut(), &mut Seeds::from(5).stream(Purpose::Init));
        block
    }

    fn weights(init: Init, fan_in: usize, fan_out: usize) -> Array2<f64> {
        let (law, _) = init.laws(Layer::First, fan_in, fan_out).unwrap();
        draw(&law, (fan_out, fan_in))
    }

    /// Four standard errors: a correct law fails with chance below 1e-4, and the seed is fixed.
    fn assert_moments(block: &Array2<f64>, variance: f64, fourth: f64) {
        let count = block.len() as f64;
        let mean = block.sum() / count;
        let second = block.iter().map(|x| x * x).sum::<f64>() / count;
        assert!(mean.abs() < 4.0 * (variance / count).sqrt(), "mean {mean}");
        let error = ((fourth - variance * variance).max(0.0) / count).sqrt();
        assert!(
            (second - variance).abs() <= 4.0 * error + 1e-12,
            "variance {second}"
        );
    }

    #[test]
    fn dense_laws_have_the_stated_variance() {
        let variance = |c: f64| (c * c / 3.0, c.powi(4) / 5.0);
        let (second, fourth) = variance(1.0 / 50_f64.sqrt());
        assert_moments(&weights(Init::Uniform, 50, 400), second, fourth);
        let (second, fourth) = variance((6.0 / 450_f64).sqrt());
        assert_moments(&weights(Init::Xavier, 50, 400), second, fourth);
        let second = 2.0 / 50.0;
        assert_moments(
            &weights(Init::Gaussian, 50, 400),
            second,
            3.0 * second * second,
        );
        let c = 1.0 / 50_f64.sqrt();
        let bernoulli = weights(Init::Bernoulli, 50, 400);
        assert!(bernoulli.iter().all(|w| w.abs() == c));
        assert_moments(&bernoulli, c * c, c.powi(4));
        assert_moments(&weights(Init::Sign, 50, 400), 1.0, 1.0);
        assert_eq!(weights(Init::Ones, 5, 4), Array2::<f64>::ones((4, 5)));
    }

    #[test]
    fn sparse_rows_have_exactly_s_signs_each() {
        let rows = weights(Init::Sparse { s: 3 }, 20, 200);
        for row in rows.rows() {
            assert_eq!(row.iter().filter(|w| w.abs() == 1.0).count(), 3);
            assert_eq!(row.iter().filter(|w| **w == 0.0).count(), 17);
        }
        // Every coordinate is used: 30 uses expected, none has chance below 1e-12.
        assert!(
            rows.columns()
                .into_iter()
                .all(|column| column.iter().any(|w| *w != 0.0))
        );
        assert!(Init::Sparse { s: 21 }.laws(Layer::First, 20, 5).is_err());
    }

    #[test]
    fn paired_halves_agree_and_output_signs_oppose() {
        let init = Init::Paired { k: 4 };
        let (weight, bias) = init.laws(Layer::First, 7, 10).unwrap();
        let (w, b) = (draw(&weight, (10, 7)), draw(&bias, (10, 1)));
        assert_eq!(w.slice(ndarray::s![..5, ..]), w.slice(ndarray::s![5.., ..]));
        let grid = [-0.25, 0.0, 0.25, 0.5, 0.75];
        assert!(b.iter().all(|b| grid.contains(b)), "{b}");
        let (output, _) = init.laws(Layer::Output, 10, 1).unwrap();
        let mut u = Array1::<f64>::zeros(10);
        output.fill(u.view_mut(), &mut Seeds::from(5).stream(Purpose::Init));
        assert_eq!(
            u.slice(ndarray::s![..5]),
            u.slice(ndarray::s![5..]).mapv(|u| -u)
        );
        let odd = init.laws(Layer::First, 7, 9).unwrap_err().to_string();
        assert!(odd.contains("not 9"), "{odd}");
        assert!(Init::Paired { k: 0 }.laws(Layer::First, 7, 10).is_err());
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        for law in [Law::Uniform { bound: 0.3 }, Law::Normal { deviation: 0.3 }] {
            let mut single = Array2::<f32>::zeros((9, 4));
            law.fill(single.view_mut(), &mut Seeds::from(5).stream(Purpose::Init));
            assert_eq!(single, draw(&law, (9, 4)).mapv(|w| w as f32));
        }
    }
}
