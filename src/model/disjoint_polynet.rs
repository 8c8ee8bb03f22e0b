use super::parts::{Active, OutputBias, grad_of_product, product};
use super::{Architecture, Model, rows_of_values};
use crate::error::{Error, MOST, Result, at_most, positive};
use crate::params::{Block, Init, Layer, Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use ndarray::{Array2, ArrayRef1, Ix2, s};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The disjoint-PolyNet, the product of k linear forms of disjoint blocks of coordinates, of
/// section 4.
///
/// Block $`P_i`$ consists of the coordinates i·n/k, …, (i + 1)·n/k − 1, and
///
/// ```math
/// f(x; \theta) = \prod_{i=1}^{k} \langle w_i, x_{P_i} \rangle + c .
/// ```
///
/// | block | symbol | shape | there |
/// |---|---|---|---|
/// | `factor.weight` | w₁, …, w_k | `[k, n/k]` | always |
/// | `output.bias` | c | `[1]` | only [`with_output_bias`](DisjointPolyNet::with_output_bias) |
///
/// Order of summation: a factor and its gradient are those of [`Signs::project_add`] and
/// [`Signs::correlate_add`] on the columns of its block alone, and factors are multiplied from the
/// first to the last.
///
/// Theorems 6 and 7 follow its gradient flow and its SGD on a parity with one coordinate in each
/// block, which [`Parity::disjoint`](crate::data::Parity::disjoint) makes.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = DisjointPolyNet::new(12, 3)?;
/// let theta = Params::<f64>::draw(
///     model.with_init(Init::Ones)?.layout(),
///     &mut Seeds::from(1).stream(Purpose::Init),
/// );
/// assert_eq!(theta.as_slice(), [1.0; 12]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone)]
pub struct DisjointPolyNet {
    n: usize,
    k: usize,
    init: Init,
    settings: DisjointPolyNetSettings,
    layout: Arc<Layout>,
    weight: Block<Ix2>,
    output_bias: OutputBias,
}

/// The settings of a [`DisjointPolyNet`]: everything but n, k and the initialisation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct DisjointPolyNetSettings {
    /// Whether there is a trained output bias.
    pub output_bias: bool,
}

impl DisjointPolyNet {
    /// A product of k factors, initialised by [`Init::Uniform`].
    ///
    /// # Errors
    /// Those of [`from_settings`](DisjointPolyNet::from_settings).
    pub fn new(n: usize, k: usize) -> Result<Self> {
        let settings = DisjointPolyNetSettings::default();
        DisjointPolyNet::from_settings(n, k, settings, Init::default())
    }

    /// The product of these settings, of k factors of n/k coordinates each.
    ///
    /// # Errors
    /// [`Error::Zero`] if n or k is 0, [`Error::Blocks`] if k does not divide n,
    /// [`Error::TooLarge`] for more than 2³⁶ weights, and those of [`Init::affine`]; a single output
    /// has no twin for [`Init::Paired`].
    pub fn from_settings(
        n: usize,
        k: usize,
        settings: DisjointPolyNetSettings,
        init: Init,
    ) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        positive("the number of factors k", k)?;
        if !n.is_multiple_of(k) {
            return Err(Error::Blocks { n, k });
        }
        at_most("the number of weights", n, MOST)?;
        let weight = init.affine(Layer::First, n / k, 1)?.weight;
        let mut layout = Layout::default();
        let weight = layout.block("factor.weight", (k, n / k), weight);
        let output_bias = OutputBias::declare(&mut layout, k, init, settings.output_bias)?;
        Ok(DisjointPolyNet {
            n,
            k,
            init,
            settings,
            layout: Arc::new(layout),
            weight,
            output_bias,
        })
    }

    /// The same product with another initialisation, in which every factor is an affine block of
    /// its own with n/k inputs and one output.
    ///
    /// # Errors
    /// Those of [`Init::affine`]; a single output has no twin for [`Init::Paired`].
    pub fn with_init(self, init: Init) -> Result<Self> {
        DisjointPolyNet::from_settings(self.n, self.k, self.settings, init)
    }

    /// The same product with a trainable output bias c.
    #[must_use]
    pub fn with_output_bias(self) -> Self {
        let settings = DisjointPolyNetSettings { output_bias: true };
        DisjointPolyNet::from_settings(self.n, self.k, settings, self.init)
            .expect("the initialisation was accepted for these sizes before")
    }

    /// The settings.
    pub fn settings(&self) -> &DisjointPolyNetSettings {
        &self.settings
    }

    /// The number of factors.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The number of coordinates of a factor.
    fn block_len(&self) -> usize {
        self.n / self.k
    }

    /// The coordinates of factor i.
    fn coordinates(&self, i: usize) -> Range<usize> {
        i * self.block_len()..(i + 1) * self.block_len()
    }
}

impl fmt::Debug for DisjointPolyNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DisjointPolyNet")
            .field("n", &self.n)
            .field("k", &self.k)
            .field("init", &self.init)
            .field("settings", &self.settings)
            .finish()
    }
}

impl Architecture for DisjointPolyNet {
    fn dim(&self) -> usize {
        self.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        let (n, k, init, settings) = (self.n, self.k, self.init, &self.settings);
        format!("DisjointPolyNet n={n} k={k} {init:?} {settings:?}")
    }

    fn activations(&self) -> usize {
        self.k
    }

    fn rows_at_once(&self) -> usize {
        rows_of_values(self.k)
    }
}

/// The factors of a [`DisjointPolyNet`], and room for their gradient.
#[derive(Debug)]
pub struct DisjointPolyNetCache<F> {
    /// ⟨wᵢ, x_{Pᵢ}⟩, shape `[batch, k]`.
    z: Array2<F>,
    /// The derivative in z of the active examples, shape `[batch, k]`.
    d: Array2<F>,
    active: Active,
    factor: Factor<F>,
}

/// What belongs to one factor, side by side in memory as the two products need it.
#[derive(Debug)]
struct Factor<F> {
    /// x_{Pᵢ}, shape `[batch, n/k]`.
    x: Signs,
    /// wᵢ or its gradient, shape `[1, n/k]`.
    w: Array2<F>,
    /// A column of z or d, shape `[batch, 1]`.
    column: Array2<F>,
}

/// What every array of a cache is.
const BY_ROWS: &str = "a cache is stored row by row";

impl<F: Real> Model<F> for DisjointPolyNet {
    type Cache = DisjointPolyNetCache<F>;

    fn cache(&self, batch: usize) -> DisjointPolyNetCache<F> {
        DisjointPolyNetCache {
            z: Array2::zeros((batch, self.k)),
            d: Array2::zeros((batch, self.k)),
            active: Active::new(batch, self.n),
            factor: Factor {
                x: Signs::ones(batch.max(1), self.block_len())
                    .expect("a factor has at least one coordinate"),
                w: Array2::zeros((1, self.block_len())),
                column: Array2::zeros((batch, 1)),
            },
        }
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut DisjointPolyNetCache<F>,
        out: &mut ArrayRef1<F>,
    ) {
        assert_eq!(out.len(), x.rows(), "one output a row is needed");
        let factor = &mut cache.factor;
        let mut z = cache.z.slice_mut(s![..x.rows(), ..]);
        for (i, mut z) in z.columns_mut().into_iter().enumerate() {
            factor.x.gather_columns(x, self.coordinates(i));
            factor.w.row_mut(0).assign(&theta.view(&self.weight).row(i));
            let mut column = factor.column.slice_mut(s![..x.rows(), ..]);
            column.fill(F::zero());
            factor.x.project_add(&factor.w, &mut column);
            z.assign(&column.column(0));
        }
        let c = self.output_bias.of(theta);
        for (z, out) in z.rows().into_iter().zip(out.iter_mut()) {
            *out = c + product(z.to_slice().expect(BY_ROWS));
        }
    }

    fn grad(
        &self,
        _: &Params<F>,
        x: &Signs,
        cache: &mut DisjointPolyNetCache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let DisjointPolyNetCache {
            z,
            d,
            active,
            factor,
        } = cache;
        let (x, rows) = active.of(x, d_out);
        for (d, &row) in d.rows_mut().into_iter().zip(rows) {
            let d = d.into_slice().expect(BY_ROWS);
            let z = z.row(row).to_slice().expect(BY_ROWS);
            grad_of_product(z, d_out[row], d);
            self.output_bias.add_grad(d_out[row], into);
        }
        let d = d.slice(s![..rows.len(), ..]);
        let mut weight = into.view_mut(&self.weight);
        for (i, d) in d.columns().into_iter().enumerate() {
            factor.x.gather_columns(x, self.coordinates(i));
            let mut column = factor.column.slice_mut(s![..d.len(), ..]);
            column.column_mut(0).assign(&d);
            factor.w.row_mut(0).assign(&weight.row(i));
            factor.x.correlate_add(&column, &mut factor.w);
            weight.row_mut(i).assign(&factor.w.row(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn each_factor_reads_its_own_block() {
        let model = DisjointPolyNet::new(4, 2).unwrap();
        let mut theta = Params::<f64>::zeros(model.layout());
        theta
            .view_mut(&model.weight)
            .assign(&array![[1.0, 2.0], [5.0, -1.0]]);
        let out = model.predict(&theta, &Signs::cube(4).unwrap());
        // Of (1, 1, 1, 1) it is 3·4, of (−1, 1, 1, 1) 1·4, of (1, −1, 1, 1) −1·4.
        assert_eq!(out.slice(s![..3]), array![12.0, 4.0, -4.0]);
        // Of (1, 1, −1, 1) it is 3·(−6), of (−1, −1, −1, −1) −3·(−4).
        assert_eq!((out[4], out[15]), (-18.0, 12.0));
    }

    #[test]
    fn sizes_without_equal_blocks_are_refused() {
        let refused = |n, k, words| {
            let error = DisjointPolyNet::new(n, k).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        refused(0, 3, "n is 0");
        refused(6, 0, "k is 0");
        refused(7, 3, "n a multiple of k");
        refused(2, 3, "n a multiple of k");
    }
}
