use super::affine::{Affine, BY_ROWS};
use super::factors::{grad_of_product, product};
use super::output_bias::OutputBias;
use super::{Active, Architecture, Model};
use crate::error::{self, Result, positive};
use crate::params::{Init, Layer, Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use ndarray::{Array2, ArrayRef1, s};
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
    layout: Arc<Layout>,
    factors: Affine,
    output_bias: OutputBias,
}

impl PolyNet {
    /// A product of k factors with biases, initialised by [`Init::Uniform`].
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if n or k is 0,
    /// [`Error::TooLarge`](crate::Error::TooLarge) for more than 2³⁶ weights.
    pub fn new(n: usize, k: usize) -> Result<Self> {
        positive("the number of coordinates n", n)?;
        positive("the number of factors k", k)?;
        PolyNet::build(n, k, Init::default(), true, false)
    }

    /// The same product with another initialisation of the affine block from n to k.
    ///
    /// # Errors
    /// Those of [`Init::laws`].
    pub fn with_init(self, init: Init) -> Result<Self> {
        let (bias, output_bias) = (self.factors.has_bias(), self.output_bias.is_there());
        PolyNet::build(self.n, self.k, init, bias, output_bias)
    }

    /// The same product of linear forms, ∏ᵢ wᵢ·x.
    #[must_use]
    pub fn without_bias(self) -> Self {
        self.rebuilt(false, self.output_bias.is_there())
    }

    /// The same product with a trainable output bias c.
    #[must_use]
    pub fn with_output_bias(self) -> Self {
        self.rebuilt(self.factors.has_bias(), true)
    }

    /// The number of factors.
    pub fn k(&self) -> usize {
        self.k
    }

    fn rebuilt(&self, bias: bool, output_bias: bool) -> Self {
        PolyNet::build(self.n, self.k, self.init, bias, output_bias)
            .expect("the initialisation was accepted for these sizes before")
    }

    fn build(n: usize, k: usize, init: Init, bias: bool, output_bias: bool) -> Result<Self> {
        error::product("the number of weights", n, k)?;
        let laws = init.laws(Layer::First, n, k)?;
        let mut layout = Layout::default();
        let factors = Affine::declare(&mut layout, "factor", (k, n), laws, bias);
        let output_bias = OutputBias::declare(&mut layout, k, init, output_bias)?;
        Ok(PolyNet {
            n,
            k,
            init,
            layout: Arc::new(layout),
            factors,
            output_bias,
        })
    }
}

impl fmt::Debug for PolyNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolyNet")
            .field("n", &self.n)
            .field("k", &self.k)
            .field("init", &self.init)
            .field("bias", &self.factors.has_bias())
            .field("output_bias", &self.output_bias.is_there())
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

    fn activations(&self) -> usize {
        self.k
    }
}

/// The factors of a [`PolyNet`], and room for their gradient.
#[derive(Debug)]
pub struct PolyNetCache<F> {
    /// wᵢ·x + bᵢ, shape `[batch, k]`.
    z: Array2<F>,
    /// The derivative in z of the active examples, shape `[batch, k]`.
    d: Array2<F>,
    active: Active,
}

impl<F: Real> Model<F> for PolyNet {
    type Cache = PolyNetCache<F>;

    fn cache(&self, batch: usize) -> PolyNetCache<F> {
        PolyNetCache {
            z: Array2::zeros((batch, self.k)),
            d: Array2::zeros((batch, self.k)),
            active: Active::new(batch, self.n),
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
        let mut z = cache.z.slice_mut(s![..x.rows(), ..]);
        self.factors.of_signs(theta, x, &mut z);
        let c = self.output_bias.of(theta);
        for (z, out) in z.rows().into_iter().zip(out.iter_mut()) {
            *out = c + product(z.to_slice().expect(BY_ROWS));
        }
    }

    fn grad(
        &self,
        _: &Params<F>,
        x: &Signs,
        cache: &mut PolyNetCache<F>,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let PolyNetCache { z, d, active } = cache;
        active.gather(x, d_out);
        for (d, &row) in d.rows_mut().into_iter().zip(&active.rows) {
            let d = d.into_slice().expect(BY_ROWS);
            let z = z.row(row).to_slice().expect(BY_ROWS);
            grad_of_product(z, d_out[row], d);
            self.output_bias.add_grad(d_out[row], into);
        }
        let d = d.slice(s![..active.rows.len(), ..]);
        self.factors.grad_of_signs(&active.x, &d, into);
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
