use super::Measure;
use super::convergence::same_dim;
use crate::data::Batch;
use crate::error::{Error, Result, at_most};
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::train::Snapshot;
use ndarray::{Array1, Array2};
use std::fmt;

/// The largest number of examples of a kernel.
const MOST: usize = 1 << 13;

/// The alignment of the tangent kernel with the labels, without the diagonal.
///
/// With the m × m kernel K = J Jᵀ of the gradients J of f(x_i; θ),
///
/// ```math
/// A = \frac{\sum_{i \ne j} y_i y_j K_{ij}}{\sqrt{m (m - 1)} \, \sqrt{\sum_{i \ne j} K_{ij}^2}} \in [-1, 1] ,
/// ```
///
/// whose mean over independent random labels is 0. With the diagonal, yᵀKy / (m ‖K‖_F), it is positive for any labels, about
/// tr K / (m ‖K‖_F).
///
/// The kernel and the gradient are one object: yᵀKy = m² ‖∇_θ mean(y f)‖². The alignment is therefore the squared gradient of the
/// correlation loss over the norm of the kernel, and its expectation over fresh examples has the population gradients of
/// [`theory::gradient`](crate::theory::gradient), of which the Fourier gap is made, in its numerator.
///
/// It needs the labels, but not the support. One evaluation takes the gradients of m examples one by one, and m² products of
/// them.
///
/// Kernels along training on sparse parities: Kumar, Bordelon, Gershman and Pehlevan, *Grokking as the Transition from Lazy to Rich
/// Training Dynamics*, ICLR 2024, arXiv 2310.06110.
///
/// ```
/// use sparse_parity::measure::KernelAlignment;
/// use sparse_parity::prelude::*;
///
/// let (seeds, parity) = (Seeds::from(1), ParityDistribution::new(10, &[1, 2])?);
/// let examples = Batch::<f32>::draw(&parity, 64, &mut (&seeds).into())?;
/// let model = Mlp::new(10, 30, Relu)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let alignment = KernelAlignment::on(&model, examples)?.of(&model, &theta);
/// assert!(alignment.abs() < 0.2);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct KernelAlignment<F: Real> {
    examples: Batch<F>,
}

/// The tangent kernel of a model on some examples.
#[derive(Debug, Clone, PartialEq)]
pub struct TangentKernel {
    /// K = J Jᵀ, of shape `[m, m]`.
    pub k: Array2<f64>,
}

impl TangentKernel {
    /// The kernel of a model at θ on the inputs of these examples.
    ///
    /// # Panics
    /// If θ or the examples do not fit the model.
    pub fn of<F: Real, M: Model<F>>(model: &M, theta: &Params<F>, examples: &Batch<F>) -> Self {
        let m = examples.len();
        let (mut cache, mut row) = (model.cache(1), examples.x.clone());
        let (mut out, one) = (Array1::zeros(1), Array1::ones(1));
        let gradients: Vec<Params<F>> = (0..m)
            .map(|i| {
                row.gather(&examples.x, [i]);
                let mut gradient = Params::zeros(model.layout());
                model.forward(theta, &row, &mut cache, &mut out);
                model.grad(theta, &row, &mut cache, &one, &mut gradient);
                gradient
            })
            .collect();
        let dot = |a: &Params<F>, b: &Params<F>| -> f64 {
            let products = a.as_slice().iter().zip(b.as_slice());
            products.map(|(a, b)| a.as_f64() * b.as_f64()).sum()
        };
        let mut k = Array2::zeros((m, m));
        for (i, a) in gradients.iter().enumerate() {
            for (j, b) in gradients[..=i].iter().enumerate() {
                k[[i, j]] = dot(a, b);
                k[[j, i]] = k[[i, j]];
            }
        }
        TangentKernel { k }
    }

    /// yᵀKy.
    pub fn form(&self, y: &[f64]) -> f64 {
        let row = |(row, y_i): (ndarray::ArrayView1<'_, f64>, &f64)| {
            y_i * row.iter().zip(y).map(|(k, y_j)| k * y_j).sum::<f64>()
        };
        self.k.rows().into_iter().zip(y).map(row).sum()
    }

    /// The alignment with labels ±1, without the diagonal; NaN if K is diagonal.
    pub fn alignment(&self, y: &[f64]) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for ((i, j), &k) in self.k.indexed_iter() {
            if i != j {
                sum += y[i] * y[j] * k;
                squares += k * k;
            }
        }
        let m = y.len() as f64;
        sum / ((m * (m - 1.0)).sqrt() * squares.sqrt())
    }

    /// The distance of two kernels, 1 − tr(KK') / (‖K‖_F ‖K'‖_F): 0 for multiples of each other.
    ///
    /// # Panics
    /// If they are of different numbers of examples.
    pub fn distance(&self, other: &TangentKernel) -> f64 {
        let dot = |a: &Array2<f64>, b: &Array2<f64>| (a * b).sum();
        1.0 - dot(&self.k, &other.k) / (dot(&self.k, &self.k) * dot(&other.k, &other.k)).sqrt()
    }
}

impl<F: Real> KernelAlignment<F> {
    /// That with the labels of these examples.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if they have another dimension than the model; [`Error::Label`] for labels other than ±1;
    /// [`Error::TooLarge`] for more than 2¹³ examples; [`Error::Method`] for less than two.
    pub fn on(model: &impl Model<F>, examples: Batch<F>) -> Result<Self> {
        same_dim(model.dim(), examples.x.dim())?;
        examples.check_signs("")?;
        at_most("the number of examples of a kernel", examples.len(), MOST)?;
        if examples.len() < 2 {
            return Err(Error::Method {
                method: "the kernel alignment",
                reason: "one example has nothing but a diagonal".into(),
                repair: "give at least two".into(),
            });
        }
        Ok(KernelAlignment { examples })
    }

    /// The alignment at the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of<M: Model<F>>(&self, model: &M, theta: &Params<F>) -> f64 {
        let y: Vec<f64> = self.examples.y.iter().map(|y| y.as_f64()).collect();
        TangentKernel::of(model, theta, &self.examples).alignment(&y)
    }
}

impl<F: Real, M: Model<F>> Measure<F, M> for KernelAlignment<F> {
    fn name(&self) -> &str {
        "kernel alignment"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        format!("kernel alignment on {}", self.examples.identity())
    }
}

impl<F: Real> fmt::Debug for KernelAlignment<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KernelAlignment")
            .field("examples", &self.examples.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Relu, Tanh};
    use crate::data::ParityDistribution;
    use crate::loss::{Correlation, Loss};
    use crate::model::{Architecture, DeepMlp, Mlp};
    use crate::seeds::{Purpose, Seeds};

    fn examples(m: usize) -> Batch<f64> {
        let parity = ParityDistribution::new(9, &[1, 2, 6]).unwrap();
        Batch::draw(&parity, m, &mut (&Seeds::from(2)).into()).unwrap()
    }

    fn identity_holds<M: Model<f64>>(model: &M) {
        let theta = Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
        let batch = examples(37);
        let kernel = TangentKernel::of(model, &theta, &batch);
        let (mut cache, mut out) = (model.cache(37), Array1::zeros(37));
        let (mut d_out, mut grad) = (out.clone(), Params::zeros(model.layout()));
        model.forward(&theta, &batch.x, &mut cache, &mut out);
        Correlation.mean_grad(&batch.y, &out, &mut d_out);
        model.grad(&theta, &batch.x, &mut cache, &d_out, &mut grad);
        let square: f64 = grad.as_slice().iter().map(|g| g * g).sum();
        let (left, right) = (kernel.form(&batch.y.to_vec()), 37.0 * 37.0 * square);
        // Both are sums of terms of either sign, of which the kernel's trace bounds the size.
        let size = 37.0 * kernel.k.diag().sum();
        assert!((left - right).abs() < 1e-12 * size, "{left} {right}");
    }

    #[test]
    fn the_kernel_and_the_gradient_are_one_object() {
        identity_holds(&Mlp::new(9, 20, Relu).unwrap().with_output_bias());
        identity_holds(&DeepMlp::new(9, &[7, 5], Tanh).unwrap());
    }

    #[test]
    fn random_labels_have_no_alignment_on_average() {
        let model = Mlp::new(9, 20, Relu).unwrap();
        let theta = Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
        let kernel = TangentKernel::of(&model, &theta, &examples(10));
        let labels = |bits: u32| (0..10).map(move |i| if bits >> i & 1 == 1 { 1.0 } else { -1.0 });
        let all = (0..1 << 10).map(|bits| kernel.alignment(&labels(bits).collect::<Vec<_>>()));
        let all: Vec<f64> = all.collect();
        assert!((all.iter().sum::<f64>() / 1024.0).abs() < 1e-14);
        assert!(all.iter().all(|a| a.abs() <= 1.0));
        // Labels that the kernel was made of.
        let y = labels(0b11_0010_1001).collect::<Vec<_>>();
        let outer = Array2::from_shape_fn((10, 10), |(i, j)| y[i] * y[j]);
        let kernel = TangentKernel { k: outer };
        assert!((kernel.alignment(&y) - 1.0).abs() < 1e-15);
        let twice = TangentKernel { k: &kernel.k * 2.0 };
        assert!(kernel.distance(&twice).abs() < 1e-15);
    }

    #[test]
    fn examples_without_a_kernel_are_refused() {
        let model = Mlp::new(9, 4, Relu).unwrap();
        let told = |examples| KernelAlignment::on(&model, examples).unwrap_err();
        assert!(matches!(told(examples(1)), Error::Method { .. }));
        let mut zero = examples(3);
        zero.y[1] = 0.0;
        assert!(matches!(told(zero), Error::Label { row: 1, .. }));
        assert!(matches!(
            told(Batch::new(3, 8).unwrap()),
            Error::Mismatch { .. }
        ));
    }
}
