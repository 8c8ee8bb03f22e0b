use super::Measure;
use super::convergence::same_dim;
use crate::data::Batch;
use crate::error::{Result, positive};
use crate::loss::Loss;
use crate::model::{Architecture, Model};
use crate::params::{InitialDistribution, Params};
use crate::real::{Real, sum_of_squares};
use crate::train::Snapshot;
use ndarray::Array1;
use rand::Rng;
use std::fmt;

/// The eigenvalue of largest magnitude of the Hessian of the mean loss on given examples, by power iteration.
///
/// Products of the Hessian with a vector v of length 1 are central differences of gradients,
///
/// ```math
/// H v \approx \frac{\nabla L(\theta + h v) - \nabla L(\theta - h v)}{2 h} , \qquad
/// h = \sqrt[3]{\epsilon} \, \max(1, \lVert \theta \rVert)
/// ```
///
/// with the machine epsilon ε, so that it works for every model. An iteration costs two gradients. The value is vᵀHv
/// after the last one; it is negative where the largest curvature is. Where ReLUs have kinks the differences see
/// those between θ − hv and θ + hv. It needs labels, but not the support.
///
/// ```
/// use sparse_parity::measure::TopEigenvalue;
/// use sparse_parity::prelude::*;
///
/// let (seeds, law) = (Seeds::from(1), ParityDistribution::new(8, &[1, 2])?);
/// let examples = Batch::<f64>::draw(&law, 100, &mut (&seeds).into())?;
/// let model = Mlp::new(8, 10, Tanh)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let rng = &mut seeds.stream(Purpose::Eval);
/// let top = TopEigenvalue::new(&model, Square, examples, 30, rng)?;
/// assert!(top.of(&model, &theta) > 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct TopEigenvalue<F: Real, L> {
    curvature: Curvature<F, L>,
    iterations: usize,
    start: Params<F>,
}

impl<F: Real, L: Loss<F>> TopEigenvalue<F, L> {
    /// That of a model on these examples, after so many iterations from a random direction.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) if the examples have another n than the model, or lack labels;
    /// [`Error::Label`](crate::Error::Label) if the labels are bits, [`Error::Zero`](crate::Error::Zero) without
    /// examples or iterations.
    pub fn new<R: Rng + ?Sized>(
        model: &impl Architecture,
        loss: L,
        examples: Batch<F>,
        iterations: usize,
        rng: &mut R,
    ) -> Result<Self> {
        let mut start = Params::zeros(model.layout());
        let normal = InitialDistribution::Normal { deviation: 1.0 };
        for place in 0..model.layout().names().count() {
            start.redraw(place, &normal, rng);
        }
        Ok(TopEigenvalue {
            curvature: Curvature::new(model, loss, examples)?,
            iterations: positive("the number of iterations", iterations)?,
            start,
        })
    }

    /// The eigenvalue at the given parameters; 0 where the Hessian gives 0 for the first vector.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of<M: Model<F>>(&self, model: &M, theta: &Params<F>) -> f64 {
        let mut v = self.start.clone();
        let mut value = 0.0;
        for _ in 0..self.iterations {
            let norm = sum_of_squares(v.as_slice()).sqrt();
            if norm == 0.0 {
                return 0.0;
            }
            v.scale(1.0 / norm);
            let product = self.curvature.product(model, theta, &v);
            value = dot(&v, &product);
            v = product;
        }
        value
    }
}

impl<F: Real, M: Model<F>, L: Loss<F>> Measure<F, M> for TopEigenvalue<F, L> {
    fn name(&self) -> &str {
        "top eigenvalue"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let (curvature, iterations) = (self.curvature.identity(), self.iterations);
        let start = self.start.digest();
        format!("top eigenvalue, {curvature}, {iterations} iterations from the hash {start:016x}")
    }
}

impl<F: Real, L: fmt::Debug> fmt::Debug for TopEigenvalue<F, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopEigenvalue")
            .field("loss", &self.curvature.loss)
            .field("examples", &self.curvature.examples.len())
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

/// The trace of the Hessian of the mean loss on given examples, estimated by random signs.
///
/// It is the mean of vᵀHv over probes v of random signs, whose expectation is the trace (Hutchinson, *A stochastic
/// estimator of the trace of the influence matrix for Laplacian smoothing splines*, 1989). Products are those of
/// [`TopEigenvalue`]; a probe costs two gradients. Every evaluation has the same probes. It needs labels, but not the
/// support.
///
/// ```
/// use sparse_parity::measure::HessianTrace;
/// use sparse_parity::prelude::*;
///
/// let (seeds, law) = (Seeds::from(1), ParityDistribution::new(8, &[1, 2])?);
/// let examples = Batch::<f64>::draw(&law, 100, &mut (&seeds).into())?;
/// let model = Mlp::new(8, 10, Tanh)?;
/// let theta = Params::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let rng = &mut seeds.stream(Purpose::Eval);
/// let trace = HessianTrace::new(&model, Square, examples, 10, rng)?;
/// assert!(trace.of(&model, &theta) > 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
pub struct HessianTrace<F: Real, L> {
    curvature: Curvature<F, L>,
    probes: Vec<Params<F>>,
}

impl<F: Real, L: Loss<F>> HessianTrace<F, L> {
    /// That of a model on these examples, from so many probes.
    ///
    /// # Errors
    /// Those of [`TopEigenvalue::new`], for probes in place of iterations.
    pub fn new<R: Rng + ?Sized>(
        model: &impl Architecture,
        loss: L,
        examples: Batch<F>,
        probes: usize,
        rng: &mut R,
    ) -> Result<Self> {
        positive("the number of probes", probes)?;
        let probes = (0..probes).map(|_| random_signs(model, rng));
        Ok(HessianTrace {
            curvature: Curvature::new(model, loss, examples)?,
            probes: probes.collect(),
        })
    }

    /// The estimate at the given parameters.
    ///
    /// # Panics
    /// If the parameters belong to another model.
    pub fn of<M: Model<F>>(&self, model: &M, theta: &Params<F>) -> f64 {
        let norm = (theta.as_slice().len() as f64).sqrt();
        let mut sum = 0.0;
        for probe in &self.probes {
            let mut v = probe.clone();
            v.scale(1.0 / norm);
            sum += dot(&v, &self.curvature.product(model, theta, &v));
        }
        norm * norm * sum / self.probes.len() as f64
    }
}

impl<F: Real, M: Model<F>, L: Loss<F>> Measure<F, M> for HessianTrace<F, L> {
    fn name(&self) -> &str {
        "hessian trace"
    }

    fn measure(&mut self, at: &Snapshot<'_, F, M>) -> f64 {
        self.of(at.model, at.theta)
    }

    fn identity(&self) -> String {
        let (curvature, probes) = (self.curvature.identity(), self.probes.len());
        // All probes come from one stream.
        let first = self.probes[0].digest();
        format!("hessian trace, {curvature}, {probes} probes from the hash {first:016x} on")
    }
}

impl<F: Real, L: fmt::Debug> fmt::Debug for HessianTrace<F, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HessianTrace")
            .field("loss", &self.curvature.loss)
            .field("examples", &self.curvature.examples.len())
            .field("probes", &self.probes.len())
            .finish_non_exhaustive()
    }
}

/// The Hessian of the mean loss on fixed examples.
struct Curvature<F: Real, L> {
    loss: L,
    examples: Batch<F>,
}

impl<F: Real, L: Loss<F>> Curvature<F, L> {
    fn new(model: &impl Architecture, loss: L, examples: Batch<F>) -> Result<Self> {
        same_dim(model.dim(), examples.x.dim())?;
        positive("the number of examples", examples.len())?;
        examples.check_no_bits()?;
        Ok(Curvature { loss, examples })
    }

    /// The Hessian times a vector of length 1.
    fn product<M: Model<F>>(&self, model: &M, theta: &Params<F>, v: &Params<F>) -> Params<F> {
        let size = sum_of_squares(theta.as_slice()).sqrt().max(1.0);
        let epsilon = F::epsilon().as_f64().cbrt() * size;
        let mut product = self.gradient(model, theta, v, epsilon);
        let behind = self.gradient(model, theta, v, -epsilon);
        let pairs = product.as_mut_slice().iter_mut().zip(behind.as_slice());
        pairs.for_each(|(ahead, behind)| *ahead -= *behind);
        product.scale(0.5 / epsilon);
        product
    }

    /// ∇L(θ + by·v).
    fn gradient<M: Model<F>>(
        &self,
        model: &M,
        theta: &Params<F>,
        v: &Params<F>,
        by: f64,
    ) -> Params<F> {
        let mut at = theta.clone();
        let by = F::of(by);
        let pairs = at.as_mut_slice().iter_mut().zip(v.as_slice());
        pairs.for_each(|(w, v)| *w += by * *v);
        let Batch { x, y } = &self.examples;
        let mut cache = model.cache(x.rows());
        let (mut out, mut d_out) = (Array1::zeros(x.rows()), Array1::zeros(x.rows()));
        let mut grad = Params::zeros(theta.layout());
        model.forward(&at, x, &mut cache, &mut out);
        self.loss.mean_grad(y, &out, &mut d_out);
        model.grad(&at, x, &mut cache, &d_out, &mut grad);
        grad
    }

    fn identity(&self) -> String {
        format!("{} on {}", self.loss.identity(), self.examples.identity())
    }
}

fn dot<F: Real>(a: &Params<F>, b: &Params<F>) -> f64 {
    let pairs = a.as_slice().iter().zip(b.as_slice());
    pairs.map(|(a, b)| a.as_f64() * b.as_f64()).sum()
}

/// ±1 for every parameter.
fn random_signs<F: Real, R: Rng + ?Sized>(model: &impl Architecture, rng: &mut R) -> Params<F> {
    let mut signs = Params::zeros(model.layout());
    for sign in signs.as_mut_slice() {
        *sign = if rng.random() { F::one() } else { -F::one() };
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Tanh;
    use crate::data::ParityDistribution;
    use crate::error::Error;
    use crate::loss::{CrossEntropy, Square};
    use crate::model::{Mlp, PolyNet};
    use crate::seeds::{Purpose, Seeds};
    use crate::signs::Signs;
    use ndarray::array;

    fn rng() -> crate::seeds::LabRng {
        Seeds::from(5).stream(Purpose::Eval)
    }

    #[test]
    fn of_a_linear_model_they_are_those_of_the_second_moments() {
        // f = w·x with the square loss has a Hessian proportional to the mean of x xᵀ: for (1, 1, 1) and (1, 1, −1) its
        // eigenvalues are those of [[1, 1, 0], [1, 1, 0], [0, 0, 1]], 2, 1 and 0.
        let model = PolyNet::new(3, 1).unwrap().without_bias();
        let mut x = Signs::ones(2, 3).unwrap();
        x.flip(1, 2);
        let y = array![1.0, -1.0];
        let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
        let second: f64 = Square.slope(1.0, 1.0) - Square.slope(1.0, 0.0);
        let examples = Batch { x, y };
        let top = TopEigenvalue::new(&model, Square, examples.clone(), 60, &mut rng()).unwrap();
        assert!((top.of(&model, &theta) - 2.0 * second).abs() < 1e-8);
        let trace = HessianTrace::new(&model, Square, examples, 4000, &mut rng()).unwrap();
        // vᵀHv is 1, 1 or 5 times that, with a deviation of 2.
        assert!((trace.of(&model, &theta) / second - 3.0).abs() < 5.0 * 2.0 / 4000_f64.sqrt());
    }

    #[test]
    fn they_are_those_of_the_second_differences_of_the_loss() {
        let model = Mlp::new(4, 3, Tanh).unwrap().with_output_bias();
        let law = ParityDistribution::new(4, &[1, 2]).unwrap();
        let examples = Batch::<f64>::draw(&law, 9, &mut (&Seeds::from(2)).into()).unwrap();
        let theta = Params::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
        let d = theta.as_slice().len();
        let loss = |theta: &Params<f64>| {
            CrossEntropy.mean(&examples.y, &model.predict(theta, &examples.x))
        };
        let (h, mut hessian) = (1e-3, ndarray::Array2::<f64>::zeros((d, d)));
        for i in 0..d {
            for j in 0..d {
                let at = |a: f64, b: f64| {
                    let mut theta = theta.clone();
                    theta.as_mut_slice()[i] += a * h;
                    theta.as_mut_slice()[j] += b * h;
                    loss(&theta)
                };
                let corners = at(1.0, 1.0) - at(1.0, -1.0) - at(-1.0, 1.0) + at(-1.0, -1.0);
                hessian[[i, j]] = corners / (4.0 * h * h);
            }
        }
        let mut v = Array1::<f64>::ones(d);
        for _ in 0..2000 {
            v = hessian.dot(&v);
            v /= v.dot(&v).sqrt();
        }
        let expected = v.dot(&hessian.dot(&v));
        let top =
            TopEigenvalue::new(&model, CrossEntropy, examples.clone(), 2000, &mut rng()).unwrap();
        let found = top.of(&model, &theta);
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        // vᵀHv of the probes themselves, from the matrix.
        let few = HessianTrace::new(&model, CrossEntropy, examples, 3, &mut rng()).unwrap();
        let probes = few.probes.iter().map(|probe| {
            let v = Array1::from_vec(probe.as_slice().to_vec());
            v.dot(&hessian.dot(&v)) / 3.0
        });
        let expected: f64 = probes.sum();
        let found = few.of(&model, &theta);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn nothing_to_measure_is_refused() {
        let model = PolyNet::new(3, 1).unwrap();
        let examples = |n| Batch {
            x: Signs::ones(1, n).unwrap(),
            y: array![1.0],
        };
        let top = |n, iterations| {
            TopEigenvalue::new(&model, Square, examples(n), iterations, &mut rng()).unwrap_err()
        };
        assert!(matches!(top(3, 0), Error::Zero { .. }));
        assert!(matches!(top(4, 1), Error::Mismatch { .. }));
        let trace = HessianTrace::new(&model, Square, examples(3), 0, &mut rng());
        assert!(matches!(trace.unwrap_err(), Error::Zero { .. }));
        let mut empty = examples(3);
        empty.x.gather(&Signs::ones(1, 3).unwrap(), []);
        empty.y = array![];
        let trace = HessianTrace::new(&model, Square, empty, 1, &mut rng());
        assert!(matches!(trace.unwrap_err(), Error::Zero { .. }));
    }
}
