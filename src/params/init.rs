//! The distributions of initial parameters.

use crate::error::{Error, Result, at_most, positive};
use crate::real::Real;
use ndarray::{ArrayViewMut, Axis, Dimension};
use ndarray_rand::rand_distr::{Distribution, StandardUniform, Uniform};
use rand::Rng;

/// An initialisation of a network: the distributions of the weights and biases of each affine map z = W x + b.
///
/// A map has `fan_in` inputs and `fan_out` outputs. The paper names the families and leaves the
/// scale of the uniform one open; the default here is that of the deep-learning packages.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Init {
    /// Weights and biases uniform on [−c, c] with c = 1/√fan_in, the default of the packages.
    #[default]
    Uniform,
    /// Weights and biases uniform on [−c, c] with c = √(6/(fan_in + fan_out)).
    ///
    /// Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010.
    Xavier,
    /// Weights and biases normal with mean 0 and variance 2/fan_in.
    ///
    /// He, Zhang, Ren and Sun, *Delving deep into rectifiers*, 2015.
    Gaussian,
    /// Weights and biases ±c with equal probability, c = 1/√fan_in.
    Bernoulli,
    /// Weights ±1 with equal probability, biases 0: the setting of the theory.
    Sign,
    /// All weights 1, all biases 0.
    Ones,
    /// The paired symmetric initialisation of Theorem 4, which makes f = 0 at the start of a
    /// two-layer network with output weights.
    ///
    /// Weights are ±1 and biases uniform on {−1/2 + (i+1)/k : i = 0, …, k}; the second half of
    /// the neurons repeats the first, with output weights ±1 of the opposite sign. In a deeper
    /// network every hidden layer is paired, and again f = 0.
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

/// The position of an affine map in a network, on which two of the initialisations depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// The map from the inputs to the first hidden layer.
    First,
    /// A map from one hidden layer to the next.
    Middle,
    /// The map from the last hidden layer to the output.
    Output,
}

impl Init {
    /// The distributions of the weights and of the biases of an affine map.
    ///
    /// ```
    /// use sparse_parity::params::{Init, InitialDistribution, Layer};
    ///
    /// let hidden = Init::Uniform.affine(Layer::First, 25, 100)?;
    /// assert_eq!(hidden.weight, InitialDistribution::Uniform { bound: 0.2 });
    /// assert_eq!(hidden.bias, hidden.weight);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Sparsity`] unless 1 ≤ s ≤ `fan_in`, [`Error::OddWidth`] for an odd number of paired
    /// neurons, [`Error::Zero`] or [`Error::TooLarge`] for the degree of a paired initialisation.
    pub fn affine(&self, layer: Layer, fan_in: usize, fan_out: usize) -> Result<AffineInit> {
        use InitialDistribution as Values;
        let bound = 1.0 / (fan_in as f64).sqrt();
        let of = |weight, bias| AffineInit { weight, bias };
        let both = |values: Values| of(values.clone(), values);
        let zero = Values::Constant(0.0);
        let signs = Values::OneOf(vec![-1.0, 1.0]);
        Ok(match *self {
            Init::Uniform => both(Values::Uniform { bound }),
            Init::Xavier => {
                let bound = (6.0 / (fan_in + fan_out) as f64).sqrt();
                both(Values::Uniform { bound })
            }
            Init::Gaussian => {
                let deviation = (2.0 / fan_in as f64).sqrt();
                both(Values::Normal { deviation })
            }
            Init::Bernoulli => both(Values::OneOf(vec![-bound, bound])),
            Init::Sign => of(signs, zero),
            Init::Ones => of(Values::Constant(1.0), zero),
            Init::Paired { k } if layer != Layer::Output => {
                if fan_out % 2 == 1 {
                    return Err(Error::OddWidth { width: fan_out });
                }
                let (what, most) = ("the degree k of the paired initialisation", 1 << 20);
                at_most(what, positive(what, k)?, most)?;
                let bias = |i| -0.5 + (i + 1) as f64 / k as f64;
                let biases = Values::OneOf((0..=k).map(bias).collect());
                of(signs.paired(1.0), biases.paired(1.0))
            }
            Init::Paired { .. } => of(signs.paired(-1.0), zero),
            Init::Sparse { s } if layer == Layer::First => {
                if s == 0 || s > fan_in {
                    return Err(Error::Sparsity { s, n: fan_in });
                }
                of(Values::SparseSigns { s }, zero)
            }
            Init::Sparse { .. } => both(Values::Uniform { bound }),
        })
    }
}

/// The distributions of the initial values of an affine map z = W x + b.
#[derive(Debug, Clone, PartialEq)]
pub struct AffineInit {
    /// The distribution of the weights W.
    pub weight: InitialDistribution,
    /// The distribution of the biases b.
    pub bias: InitialDistribution,
}

/// The distribution of the initial values of one block.
///
/// Values are drawn in double precision, row after row, and rounded once, so that an `f32` run
/// starts from the rounded parameters of the `f64` run with the same seed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum InitialDistribution {
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
    /// The second half of the rows is a multiple of the first half.
    #[cfg_attr(feature = "serde", serde(with = "paired"))]
    Paired {
        /// The distribution of the first half of the rows.
        first: Box<InitialDistribution>,
        /// The factor from the first half to the second.
        factor: f64,
    },
}

/// The serialised form of `InitialDistribution::Paired`: a pair.
#[cfg(feature = "serde")]
mod paired {
    use super::InitialDistribution;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    type First = Box<InitialDistribution>;

    /// What can be the first half: anything but another pair, so that a file cannot nest them without end.
    #[derive(Deserialize)]
    enum Single {
        Constant(f64),
        Uniform { bound: f64 },
        Normal { deviation: f64 },
        OneOf(Vec<f64>),
        SparseSigns { s: usize },
    }

    impl From<Single> for InitialDistribution {
        fn from(single: Single) -> Self {
            match single {
                Single::Constant(value) => InitialDistribution::Constant(value),
                Single::Uniform { bound } => InitialDistribution::Uniform { bound },
                Single::Normal { deviation } => InitialDistribution::Normal { deviation },
                Single::OneOf(values) => InitialDistribution::OneOf(values),
                Single::SparseSigns { s } => InitialDistribution::SparseSigns { s },
            }
        }
    }

    pub(super) fn serialize<S: Serializer>(
        first: &First,
        factor: &f64,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        (first, factor).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<(First, f64), D::Error> {
        let (first, factor) = <(Single, f64)>::deserialize(deserializer)?;
        Ok((Box::new(first.into()), factor))
    }
}

impl InitialDistribution {
    /// These values in the first half of the rows, and `factor` times them in the second.
    fn paired(self, factor: f64) -> Self {
        let first = Box::new(self);
        InitialDistribution::Paired { first, factor }
    }

    /// Whether a block of this shape can have the distribution, which is a pair of pairs nowhere.
    pub(super) fn fits(&self, shape: &[usize]) -> bool {
        match self {
            InitialDistribution::Constant(_)
            | InitialDistribution::Uniform { .. }
            | InitialDistribution::Normal { .. } => true,
            InitialDistribution::OneOf(values) => !values.is_empty(),
            InitialDistribution::SparseSigns { s } => shape.last().is_some_and(|row| s <= row),
            InitialDistribution::Paired { first, .. } => shape.first().is_some_and(|rows| {
                let half = [&[rows / 2], &shape[1..]].concat();
                let is_pair = matches!(**first, InitialDistribution::Paired { .. });
                rows % 2 == 0 && !is_pair && first.fits(&half)
            }),
        }
    }

    /// Draws every entry of `block`, whose shape the distribution [fits](Self::fits).
    pub(super) fn fill<F, D, R>(&self, mut block: ArrayViewMut<'_, F, D>, rng: &mut R)
    where
        F: Real,
        D: Dimension,
        R: Rng + ?Sized,
    {
        match self {
            InitialDistribution::Constant(value) => block.fill(F::of(*value)),
            InitialDistribution::Uniform { bound } => {
                let distribution = StandardUniform.map(|unit: f64| bound * (2.0 * unit - 1.0));
                fill_independent(block, distribution, rng);
            }
            InitialDistribution::Normal { deviation } => {
                fill_independent(block, PortableNormal.map(|z| deviation * z), rng);
            }
            InitialDistribution::OneOf(values) => {
                let place = Uniform::new(0, values.len() as u64).expect("the distribution fits");
                fill_independent(block, place.map(|place| values[place as usize]), rng);
            }
            InitialDistribution::SparseSigns { s } => {
                block.fill(F::zero());
                for mut row in block.rows_mut() {
                    for place in rand::seq::index::sample(rng, row.len(), *s) {
                        row[place] = if rng.random() { F::one() } else { -F::one() };
                    }
                }
            }
            InitialDistribution::Paired {
                first: distribution,
                factor,
            } => {
                let half = block.len_of(Axis(0)) / 2;
                let (mut first, mut second) = block.split_at(Axis(0), half);
                distribution.fill(first.view_mut(), rng);
                second.zip_mut_with(&first, |entry, &twin| *entry = twin * F::of(*factor));
            }
        }
    }
}

/// Draws the entries one by one, row after row whatever the order in memory.
fn fill_independent<F: Real, D: Dimension, R: Rng + ?Sized>(
    mut block: ArrayViewMut<'_, F, D>,
    distribution: impl Distribution<f64>,
    rng: &mut R,
) {
    for entry in block.iter_mut() {
        *entry = F::of(distribution.sample(rng));
    }
}

/// The standard normal distribution by Marsaglia's polar method.
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

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_nest_pairs_without_end() {
        // In a binary file nothing else bounds the depth.
        let pairs = vec![5_u8; 1 << 20];
        assert!(postcard::from_bytes::<InitialDistribution>(&pairs).is_err());
        let pair = InitialDistribution::OneOf(vec![0.5, 2.0]).paired(-1.0);
        let bytes = postcard::to_stdvec(&pair).unwrap();
        assert_eq!(
            postcard::from_bytes::<InitialDistribution>(&bytes),
            Ok(pair)
        );
    }

    fn draw(distribution: &InitialDistribution, shape: (usize, usize)) -> Array2<f64> {
        let mut block = Array2::zeros(shape);
        distribution.fill(block.view_mut(), &mut Seeds::from(5).stream(Purpose::Init));
        block
    }

    fn weights(init: Init, fan_in: usize, fan_out: usize) -> Array2<f64> {
        let distributions = init.affine(Layer::First, fan_in, fan_out).unwrap();
        draw(&distributions.weight, (fan_out, fan_in))
    }

    /// Four standard errors: a correct distribution fails with probability below 1e-4, and the seed is fixed.
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
    fn dense_blocks_have_the_stated_variance() {
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
        // Every coordinate is used: 30 uses expected, none has probability below 1e-12.
        assert!(
            rows.columns()
                .into_iter()
                .all(|column| column.iter().any(|w| *w != 0.0))
        );
        assert!(Init::Sparse { s: 21 }.affine(Layer::First, 20, 5).is_err());
    }

    #[test]
    fn paired_halves_agree_and_output_signs_oppose() {
        let init = Init::Paired { k: 4 };
        let AffineInit { weight, bias } = init.affine(Layer::First, 7, 10).unwrap();
        let (w, b) = (draw(&weight, (10, 7)), draw(&bias, (10, 1)));
        assert_eq!(w.slice(ndarray::s![..5, ..]), w.slice(ndarray::s![5.., ..]));
        let grid = [-0.25, 0.0, 0.25, 0.5, 0.75];
        assert!(b.iter().all(|b| grid.contains(b)), "{b}");
        let output = init.affine(Layer::Output, 10, 1).unwrap().weight;
        let mut u = Array1::<f64>::zeros(10);
        output.fill(u.view_mut(), &mut Seeds::from(5).stream(Purpose::Init));
        assert_eq!(
            u.slice(ndarray::s![..5]),
            u.slice(ndarray::s![5..]).mapv(|u| -u)
        );
        let odd = init.affine(Layer::First, 7, 9).unwrap_err().to_string();
        assert!(odd.contains("not 9"), "{odd}");
        assert!(Init::Paired { k: 0 }.affine(Layer::First, 7, 10).is_err());
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        for distribution in [
            InitialDistribution::Uniform { bound: 0.3 },
            InitialDistribution::Normal { deviation: 0.3 },
        ] {
            let mut single = Array2::<f32>::zeros((9, 4));
            distribution.fill(single.view_mut(), &mut Seeds::from(5).stream(Purpose::Init));
            assert_eq!(single, draw(&distribution, (9, 4)).mapv(|w| w as f32));
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_paired_distribution_is_serialised_as_a_pair() {
        let distribution = InitialDistribution::Constant(2.0).paired(-1.0);
        let text = r#"{"Paired":[{"Constant":2.0},-1.0]}"#;
        assert_eq!(serde_json::to_string(&distribution).unwrap(), text);
        let read: InitialDistribution = serde_json::from_str(text).unwrap();
        assert_eq!(read, distribution);
    }
}
