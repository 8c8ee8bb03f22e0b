use super::fused::{FusedStep, descend_by_grad};
use super::parts::{Active, Affine, GradientSink, OutputBias, grad_of_product, product};
use super::{Architecture, Biases, Model, rows_of_values};
use crate::error::{self, Result, positive};
use crate::params::{Block, Descent, Init, Layer, Layout, Params};
use crate::real::{LANES, Real};
use crate::signs::{DescentScratch, MOST_TO_DESCEND, Signs};
use crate::simd::{Rows, Simd, WithSimd, dispatch};
use ndarray::{ArrayRef1, Ix1};
use std::fmt;
use std::sync::Arc;

/// PolyNet, the product of k affine forms: f(x) = ∏ᵢ (wᵢ·x + bᵢ) + c, architecture xv of section
/// 3.1.
///
/// ```math
/// f(x; \theta) = \prod_{i=1}^{k} (w_i \cdot x + b_i) + c
/// ```
///
/// | block | symbol | shape | there |
/// |---|---|---|---|
/// | `factor.weight` | w₁, …, w_k | `[k, n]` | always |
/// | `factor.bias` | b₁, …, b_k | `[k]` | unless [`without_bias`](PolyNet::without_bias) |
/// | `output.bias` | c | `[1]` | only [`with_output_bias`](PolyNet::with_output_bias) |
///
/// Order of summation: the factors are multiplied from the first to the last, and the gradient of
/// the biases takes one example after the other.
///
/// The paper uses it with biases in the experiments and without them in the theory.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(50, 3)?;
/// assert_eq!(model.layout().len(), 153);
/// assert_eq!(model.without_bias().layout().len(), 150);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Clone)]
pub struct PolyNet {
    n: usize,
    k: usize,
    init: Init,
    settings: PolyNetSettings,
    layout: Arc<Layout>,
    pub(super) factors: Affine,
    pub(super) output_bias: OutputBias,
}

/// The settings of a [`PolyNet`]: everything but n, k and the initialisation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct PolyNetSettings {
    /// What happens to the biases of the factors.
    pub biases: Biases,
    /// Whether there is a trained output bias.
    pub output_bias: bool,
}

impl PolyNet {
    /// A product of k factors with biases, initialised by [`Init::Uniform`].
    ///
    /// # Errors
    /// Those of [`from_settings`](PolyNet::from_settings).
    pub fn new(n: usize, k: usize) -> Result<Self> {
        PolyNet::from_settings(n, k, PolyNetSettings::default(), Init::default())
    }

    /// The product of these settings, of k factors for n coordinates.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if n or k is 0,
    /// [`Error::TooLarge`](crate::Error::TooLarge) for more than 2³⁶ weights, and those of
    /// [`Init::affine`].
    pub fn from_settings(
        n: usize,
        k: usize,
        settings: PolyNetSettings,
        init: Init,
    ) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        positive("the number of factors k", k)?;
        error::product("the number of weights", n, k)?;
        let values = init.affine(Layer::First, n, k)?;
        let mut layout = Layout::default();
        let with_bias = settings.biases.are_there();
        let factors = Affine::declare(&mut layout, "factor", (k, n), values, with_bias);
        let output_bias = OutputBias::declare(&mut layout, k, init, settings.output_bias)?;
        Ok(PolyNet {
            n,
            k,
            init,
            settings,
            layout: Arc::new(layout),
            factors,
            output_bias,
        })
    }

    /// The same product with another initialisation of the affine block from n to k.
    ///
    /// # Errors
    /// Those of [`Init::affine`].
    pub fn with_init(self, init: Init) -> Result<Self> {
        PolyNet::from_settings(self.n, self.k, self.settings, init)
    }

    /// The same product of linear forms, ∏ᵢ wᵢ·x.
    #[must_use]
    pub fn without_bias(self) -> Self {
        self.edited(|settings| settings.biases = Biases::None)
    }

    /// The same product with a trainable output bias c.
    #[must_use]
    pub fn with_output_bias(self) -> Self {
        self.edited(|settings| settings.output_bias = true)
    }

    /// The settings.
    pub fn settings(&self) -> &PolyNetSettings {
        &self.settings
    }

    /// The number of factors.
    pub fn k(&self) -> usize {
        self.k
    }

    fn edited(mut self, edit: impl FnOnce(&mut PolyNetSettings)) -> Self {
        edit(&mut self.settings);
        PolyNet::from_settings(self.n, self.k, self.settings, self.init)
            .expect("the initialisation was accepted for these sizes before")
    }
}

impl fmt::Debug for PolyNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolyNet")
            .field("n", &self.n)
            .field("k", &self.k)
            .field("init", &self.init)
            .field("settings", &self.settings)
            .finish()
    }
}

impl Architecture for PolyNet {
    fn dim(&self) -> usize {
        self.n
    }

    fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    fn identity(&self) -> String {
        let (n, k, init, settings) = (self.n, self.k, self.init, &self.settings);
        format!("PolyNet n={n} k={k} {init:?} {settings:?}")
    }

    fn activations(&self) -> usize {
        self.k
    }

    fn rows_at_once(&self) -> usize {
        rows_of_values(self.k)
    }
}

/// The factors of a [`PolyNet`], and room for their gradient.
#[derive(Debug)]
pub struct PolyNetCache<F> {
    /// wᵢ·x + bᵢ, shape `[batch, k]`.
    z: Rows<F>,
    /// The derivative in z of the active examples, shape `[batch, k]`.
    d: Rows<F>,
    active: Active,
    descent: DescentScratch<F>,
}

impl<F: Real> Model<F> for PolyNet {
    type Cache = PolyNetCache<F>;

    fn cache(&self, batch: usize) -> PolyNetCache<F> {
        PolyNetCache {
            z: Rows::tight(batch, self.k),
            d: Rows::tight(batch, self.k),
            active: Active::new(batch, self.n),
            descent: DescentScratch::new(self.k, self.n),
        }
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut PolyNetCache<F>,
        out: &mut ArrayRef1<F>,
    ) {
        assert_eq!(out.len(), x.rows(), "one output a row is needed");
        self.factors.of_signs(theta, x, (0, &mut cache.z));
        dispatch(Outputs {
            k: self.k,
            c: self.output_bias.of(theta),
            z: cache.z.first(x.rows()),
            out: out.as_slice_mut().expect("outputs are contiguous"),
        });
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut PolyNetCache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let PolyNetCache { z, d, active, .. } = cache;
        let (x, rows) = active.of(x, d_out);
        let biases = GradientSink::accumulate(self.biases(), theta, into);
        grad_of_factors(z, (rows, d_out), d, biases);
        self.factors.grad_of_signs(x, d, into);
    }

    fn fused(&self) -> Option<&dyn FusedStep<F, Self::Cache>> {
        Some(self)
    }
}

impl<F: Real> FusedStep<F, PolyNetCache<F>> for PolyNet {
    fn descend(
        &self,
        theta: &mut Params<F>,
        x: &Signs,
        cache: &mut PolyNetCache<F>,
        d_out: &ArrayRef1<F>,
        descent: &Descent,
        scratch: &mut Params<F>,
    ) {
        if x.rows() > MOST_TO_DESCEND {
            return descend_by_grad(self, theta, x, cache, d_out, descent, scratch);
        }
        let PolyNetCache {
            z,
            d,
            active,
            descent: scratch,
        } = cache;
        let (x, rows) = active.of(x, d_out);
        let biases = GradientSink::step(self.biases(), theta, descent);
        grad_of_factors(z, (rows, d_out), d, biases);
        self.factors
            .descend_of_signs((theta, descent), x, d, scratch);
    }
}

impl PolyNet {
    /// The biases of the factors, and that of the output.
    fn biases(&self) -> [Option<&Block<Ix1>>; 2] {
        [self.factors.bias(), self.output_bias.block()]
    }
}

/// For the examples `rows`: writes the derivatives in the factors, side by side, and takes those in
/// the biases.
fn grad_of_factors<F: Real>(
    z: &Rows<F>,
    (rows, d_out): (&[usize], &ArrayRef1<F>),
    d: &mut Rows<F>,
    [bias, output_bias]: [Option<GradientSink<'_, F>>; 2],
) {
    dispatch(Slopes {
        k: z.width(),
        z: z.first(d_out.len()),
        rows,
        d_out: d_out.as_slice().expect("derivatives are contiguous"),
        d: d.first_mut(rows.len()),
        bias,
        output_bias,
    });
}

/// Products of k factors. Up to four have loops of their own, of a length that the compiler knows.
struct Outputs<'a, F> {
    k: usize,
    c: F,
    z: &'a [F],
    out: &'a mut [F],
}

impl<F: Real> WithSimd for Outputs<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.k {
            1 => self.of::<1>(),
            2 => self.of::<2>(),
            3 => self.of::<3>(),
            4 => self.of::<4>(),
            k => {
                for (out, z) in self.out.iter_mut().zip(self.z.chunks_exact(k)) {
                    *out = self.c + product(z);
                }
            }
        }
    }
}

impl<F: Real> Outputs<'_, F> {
    #[inline(always)]
    fn of<const K: usize>(self) {
        for (out, z) in self.out.iter_mut().zip(self.z.as_chunks::<K>().0) {
            *out = self.c + product(z);
        }
    }
}

/// The derivatives in the factors, and the gradients of the biases.
struct Slopes<'a, F> {
    k: usize,
    z: &'a [F],
    rows: &'a [usize],
    d_out: &'a [F],
    d: &'a mut [F],
    bias: Option<GradientSink<'a, F>>,
    output_bias: Option<GradientSink<'a, F>>,
}

impl<F: Real> WithSimd for Slopes<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        if let Some(output_bias) = &mut self.output_bias {
            output_bias.take_sum(self.rows.iter().map(|&row| self.d_out[row]));
        }
        let Slopes { k, z, d_out, .. } = self;
        match k {
            1 => self.of::<1>(),
            2 => self.of::<2>(),
            3 => self.of::<3>(),
            4 => self.of::<4>(),
            _ => {
                for (d, &row) in self.d.chunks_exact_mut(k).zip(self.rows) {
                    grad_of_product(&z[row * k..][..k], d_out[row], d);
                }
                if let Some(bias) = self.bias {
                    bias.take_rows(self.d, k, k);
                }
            }
        }
    }
}

impl<F: Real> Slopes<'_, F> {
    #[inline(always)]
    fn of<const K: usize>(self) {
        let (z, d) = (self.z.as_chunks::<K>().0, self.d.as_chunks_mut::<K>().0);
        let mut sums = match &self.bias {
            Some(bias) => bias.last_begin(0),
            None => [F::zero(); LANES],
        };
        for (d, &row) in d.iter_mut().zip(self.rows) {
            grad_of_product(&z[row], self.d_out[row], d);
            for i in 0..K {
                sums[i] += d[i];
            }
        }
        if let Some(mut bias) = self.bias {
            bias.last_end(0, sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Ix1, Ix2, array};

    #[test]
    fn a_factor_of_zero_has_the_gradient_of_the_others() {
        let model = PolyNet::new(2, 2).unwrap();
        let mut theta = Params::<f64>::zeros(model.layout());
        let bias = model.layout().get::<Ix1>("factor.bias").unwrap();
        theta.view_mut(&bias)[1] = 3.0;
        let x = Signs::ones(1, 2).unwrap();
        let (mut cache, mut grad) = (model.cache(1), Params::zeros(model.layout()));
        let mut out = array![1.0];
        model.forward(&theta, &x, &mut cache, &mut out);
        model.grad(&theta, &x, &mut cache, &array![1.0], &mut grad);
        assert_eq!(out[0], 0.0);
        let weight = model.layout().get::<Ix2>("factor.weight").unwrap();
        assert_eq!(grad.view(&weight), array![[3.0, 3.0], [0.0, 0.0]]);
    }

    #[test]
    fn sizes_of_zero_are_refused() {
        assert!(
            PolyNet::new(0, 3)
                .unwrap_err()
                .to_string()
                .contains("n is 0")
        );
        assert!(
            PolyNet::new(5, 0)
                .unwrap_err()
                .to_string()
                .contains("k is 0")
        );
    }
}
