use super::{Architecture, Model};
use crate::error::{Result, above_zero};
use crate::params::{Layout, Params};
use crate::real::Real;
use crate::signs::Signs;
use ndarray::{Array1, ArrayRef1, s};
use std::sync::Arc;

/// The model f_α(x; θ) = α (f(x; θ) − f(x; θ₀)), which is 0 at θ₀.
///
/// The larger α, the less θ has to move, and the closer training is to that of a kernel (*lazy*); a small α makes it learn
/// features (*rich*). At the rate η/α² the linearised dynamics of f_α does not depend on α. Chizat, Oyallon and Bach, *On Lazy
/// Training in Differentiable Programming*, NeurIPS 2019; on grokking, Kumar, Bordelon, Gershman and Pehlevan, *Grokking as
/// the Transition from Lazy to Rich Training Dynamics*, ICLR 2024, arXiv 2310.06110.
///
/// An output of 0 is a wrong answer, so that the error rate is 1 at θ₀. Every evaluation takes two of the model.
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(20, 50, Relu)?;
/// let start = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let (alpha, eta) = (10.0, 0.1);
/// let centered = Centered::new(model, start.clone(), alpha)?;
/// assert_eq!(centered.predict(&start, &Signs::ones(1, 20)?)[0], 0.0);
/// let rule = Rule::rate(eta / (alpha * alpha));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Centered<F: Real, M> {
    model: M,
    start: Params<F>,
    alpha: f64,
}

impl<F: Real, M: Model<F>> Centered<F, M> {
    /// The model minus its values at `start`, times α.
    ///
    /// # Errors
    /// [`Error::ForeignParams`](crate::Error::ForeignParams) if `start` has other blocks than the model,
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless α is finite and positive.
    pub fn new(model: M, start: Params<F>, alpha: f64) -> Result<Self> {
        start.belongs_to(model.layout())?;
        let alpha = above_zero("the scale alpha", alpha)?;
        Ok(Centered {
            model,
            start,
            alpha,
        })
    }

    /// The parameters θ₀ at which it is 0.
    pub fn start(&self) -> &Params<F> {
        &self.start
    }
}

impl<F: Real, M: Architecture> Architecture for Centered<F, M> {
    fn dim(&self) -> usize {
        self.model.dim()
    }

    fn layout(&self) -> &Arc<Layout> {
        self.model.layout()
    }

    fn identity(&self) -> String {
        let (model, start) = (self.model.identity(), self.start.digest());
        format!(
            "Centered alpha={:?} start={start:016x} of {model}",
            self.alpha
        )
    }

    fn activations(&self) -> usize {
        self.model.activations()
    }

    fn rows_at_once(&self) -> usize {
        self.model.rows_at_once()
    }
}

/// The cache of the model, and a number an example.
#[derive(Debug)]
pub struct CenteredCache<F, C> {
    inner: C,
    /// f(x; θ₀), and in the backward pass α d.
    scratch: Array1<F>,
}

impl<F: Real, M: Model<F>> Model<F> for Centered<F, M> {
    type Cache = CenteredCache<F, M::Cache>;

    fn cache(&self, batch: usize) -> Self::Cache {
        CenteredCache {
            inner: self.model.cache(batch),
            scratch: Array1::zeros(batch),
        }
    }

    fn forward(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        out: &mut ArrayRef1<F>,
    ) {
        let CenteredCache { inner, scratch } = cache;
        let mut at_start = scratch.slice_mut(s![..x.rows()]);
        self.model.forward(&self.start, x, inner, &mut at_start);
        // Last, so that the cache is of θ.
        self.model.forward(theta, x, inner, out);
        let alpha = F::of(self.alpha);
        out.zip_mut_with(&at_start, |out, &start| *out = alpha * (*out - start));
    }

    fn grad(
        &self,
        theta: &Params<F>,
        x: &Signs,
        cache: &mut Self::Cache,
        d_out: &ArrayRef1<F>,
        into: &mut Params<F>,
    ) {
        let CenteredCache { inner, scratch } = cache;
        let alpha = F::of(self.alpha);
        let mut scaled = scratch.slice_mut(s![..x.rows()]);
        scaled.zip_mut_with(d_out, |scaled, &d| *scaled = alpha * d);
        self.model.grad(theta, x, inner, &scaled, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Relu;
    use crate::model::Mlp;
    use crate::seeds::{Purpose, Seeds};

    #[test]
    fn it_is_the_scaled_difference_and_nothing_at_the_start() {
        let model = Mlp::new(6, 9, Relu).unwrap();
        let rng = &mut Seeds::from(1).stream(Purpose::Init);
        let [start, theta] = [(); 2].map(|()| Params::<f64>::draw(model.layout(), rng));
        let centered = Centered::new(model.clone(), start.clone(), 2.5).unwrap();
        let x = Signs::cube(6).unwrap();
        assert!(centered.predict(&start, &x).iter().all(|out| *out == 0.0));
        let expected = (model.predict(&theta, &x) - model.predict(&start, &x)) * 2.5;
        assert_eq!(centered.predict(&theta, &x), expected);
    }

    #[test]
    fn scales_and_starts_that_are_none_are_refused() {
        let model = Mlp::new(6, 9, Relu).unwrap();
        let start = Params::<f32>::zeros(model.layout());
        for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Centered::new(model.clone(), start.clone(), alpha).is_err());
        }
        let other = Mlp::new(6, 8, Relu).unwrap();
        assert!(Centered::new(other, start, 1.0).is_err());
    }
}
