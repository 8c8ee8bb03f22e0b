use super::validation::chunk;
use crate::error::{Error, Result};
use crate::fourier::{CoefficientEstimate, Sampling, Spectrum};
use crate::model::Model;
use crate::params::Params;
use crate::real::Real;
use crate::signs::{MAX_CUBE_DIM, Signs};
use ndarray::ArrayViewMut1;
use rand::Rng;

/// The function x ↦ f(x; θ) as [`fourier`](crate::fourier) takes it: a closure that writes the
/// outputs for all rows of a matrix.
///
/// It evaluates a few hundred rows at a time, so that activations take little memory.
///
/// ```
/// use sparse_parity::fourier::{Confidence, Sampling};
/// use sparse_parity::measure::evaluator;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 10, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let sampling = Sampling::new(1000, 0.05, Confidence::Normal)?;
/// let rng = &mut Seeds::from(1).stream(Purpose::Eval);
/// let found = sampling.coefficients(50, &[[0, 1, 2]], rng, evaluator(&model, &theta))?;
/// println!("{} ± {}", found[0].value, found[0].half_width);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Panics
/// When called, if the matrix has another dimension than the model or another number of rows than
/// there are outputs.
pub fn evaluator<'a, F: Real, M: Model<F>>(
    model: &'a M,
    theta: &'a Params<F>,
) -> impl FnMut(&Signs, &mut [F]) + use<'a, F, M> {
    let rows = chunk(model);
    let mut cache = model.cache(rows);
    let mut part = None;
    move |x, out| {
        assert_eq!(x.rows(), out.len(), "one output a row is needed");
        let part = part.get_or_insert_with(|| x.clone());
        for (block, out) in out.chunks_mut(rows).enumerate() {
            part.gather(x, (block * rows..).take(out.len()));
            model.forward(theta, part, &mut cache, &mut ArrayViewMut1::from(out));
        }
    }
}

/// The spectrum of x ↦ f(x; θ), from its values on the whole cube; n ≤ 26.
///
/// ```
/// use sparse_parity::measure::spectrum;
/// use sparse_parity::prelude::*;
///
/// let model = PolyNet::new(4, 2)?.without_bias();
/// let mut theta = Params::<f64>::zeros(model.layout());
/// let weight = model.layout().get::<ndarray::Ix2>("factor.weight")?;
/// theta.view_mut(&weight)[[0, 1]] = 1.0;
/// theta.view_mut(&weight)[[1, 3]] = 1.0;
/// let spectrum = spectrum(&model, &theta)?; // of x₁x₃
/// assert_eq!(spectrum.coefficient(&[1, 3])?, 1.0);
/// assert_eq!(spectrum.weight(), 1.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// # Errors
/// [`Error::Cube`] above n = 26, where [`subcube_spectrum`] and [`subset_coefficients`] still work;
/// [`Error::NotFinite`] if an output is infinite or not a number.
pub fn spectrum<F: Real, M: Model<F>>(model: &M, theta: &Params<F>) -> Result<Spectrum<F>> {
    let (n, most) = (model.dim(), MAX_CUBE_DIM);
    if n > most {
        return Err(Error::Cube { n, most });
    }
    Spectrum::of(n, evaluator(model, theta))
}

/// The spectrum of f(·; θ) on the subcube where all coordinates but those of `free` are as in row
/// `row` of `x`, exactly and for any n: see [`Spectrum::of_subcube`].
///
/// With S for `free` it shows which parities of relevant coordinates a learner computes.
///
/// # Errors
/// Those of [`Spectrum::of_subcube`].
pub fn subcube_spectrum<F: Real, M: Model<F>>(
    model: &M,
    theta: &Params<F>,
    free: &[usize],
    x: &Signs,
    row: usize,
) -> Result<Spectrum<F>> {
    check_dim(model.dim(), x.dim())?;
    Spectrum::of_subcube(free, x, row, evaluator(model, theta))
}

/// The coefficients of f(·; θ) at all subsets of `onto`, with intervals, for any n: see
/// [`Sampling::subsets`].
///
/// Outputs of a network have no simple bound, so that [`Confidence::Normal`] is the usual choice.
///
/// ```
/// use sparse_parity::fourier::{Confidence, Sampling};
/// use sparse_parity::measure::subset_coefficients;
/// use sparse_parity::prelude::*;
///
/// let model = Mlp::new(50, 10, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
/// let sampling = Sampling::new(500, 0.05, Confidence::Normal)?;
/// let rng = &mut Seeds::from(1).stream(Purpose::Eval);
/// let found = subset_coefficients(&model, &theta, &[3, 7, 20], sampling, rng)?;
/// assert_eq!(found[7].set, [3, 7, 20]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
///
/// [`Confidence::Normal`]: crate::fourier::Confidence::Normal
///
/// # Errors
/// Those of [`Sampling::subsets`].
pub fn subset_coefficients<F: Real, M: Model<F>, R: Rng + ?Sized>(
    model: &M,
    theta: &Params<F>,
    onto: &[usize],
    sampling: Sampling,
    rng: &mut R,
) -> Result<Vec<CoefficientEstimate>> {
    sampling.subsets(model.dim(), onto, rng, evaluator(model, theta))
}

fn check_dim(n: usize, found: usize) -> Result<()> {
    if n != found {
        return Err(Error::Mismatch {
            what: "the dimension of the fixed signs",
            expected: n,
            found,
            repair: "give a row with all coordinates of the model",
        });
    }
    Ok(())
}
