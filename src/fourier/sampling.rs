//! Coefficients from random inputs, with confidence intervals.

use super::blocks::{ROWS, evaluate, fill_subcubes};
use super::confidence::{Confidence, probability, sample_size};
use super::set::{members, sorted};
use super::transform::transform;
use crate::error::{Error, MOST, Result, at_most, positive, product};
use crate::real::Real;
use crate::signs::{Columns, Signs};
use rand::Rng;

/// An estimate of a Fourier coefficient, with a confidence interval.
#[derive(Debug, Clone, PartialEq)]
pub struct CoefficientEstimate {
    /// The set, ascending.
    pub set: Vec<usize>,
    /// The estimate of the coefficient, the middle of the interval.
    pub value: f64,
    /// Half the length of the interval.
    pub half_width: f64,
}

impl CoefficientEstimate {
    /// Whether a value lies in the interval.
    pub fn contains(&self, value: f64) -> bool {
        (self.value - value).abs() <= self.half_width
    }
}

/// A method to estimate coefficients under the uniform distribution from m samples.
///
/// The intervals of one call hold *all together* with probability 1 − δ: each of r intervals fails with
/// probability at most δ/r. [`Confidence`] lists their assumptions.
///
/// ```
/// use sparse_parity::fourier::{Confidence, Sampling};
/// use sparse_parity::prelude::*;
///
/// // The mean of x₇ and x₃x₅₀ at n = 100.
/// let sets = [vec![7], vec![3, 50], vec![1]];
/// let f = |x: &Signs, out: &mut [f64]| {
///     for (row, out) in out.iter_mut().enumerate() {
///         let sign = |i| if x.is_negative(row, i) { -0.5 } else { 0.5 };
///         *out = sign(7) + 2.0 * sign(3) * sign(50);
///     }
/// };
/// let sampling = Sampling::to_accuracy(0.05, 0.01, 1.0, sets.len())?;
/// let rng = &mut Seeds::from(1).stream(Purpose::Eval);
/// let found = sampling.coefficients(100, &sets, rng, f)?;
/// assert!(found[0].contains(0.5) && found[1].contains(0.5) && found[2].contains(0.0));
/// assert!(found[0].half_width <= 0.05);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    m: usize,
    delta: f64,
    confidence: Confidence,
}

impl Sampling {
    /// m samples, and intervals that fail with probability at most δ.
    ///
    /// # Errors
    /// [`Error::Zero`] if m is 0, [`Error::TooLarge`] above 2³⁶; [`Error::OutOfRange`] unless
    /// 0 < δ < 1; [`Error::NotPositive`] unless the bound is positive; [`Error::Mismatch`] if m = 1
    /// with an interval that uses the variance.
    pub fn new(m: usize, delta: f64, confidence: Confidence) -> Result<Self> {
        at_most(M, positive(M, m)?, MOST)?;
        probability(delta)?;
        confidence.check()?;
        if m == 1 && !matches!(confidence, Confidence::Hoeffding { .. }) {
            return Err(Error::Mismatch {
                what: M,
                expected: 2,
                found: m,
                repair: "a variance takes two; draw more, or use Hoeffding's inequality",
            });
        }
        Ok(Sampling {
            m,
            delta,
            confidence,
        })
    }

    /// As many samples as Hoeffding's inequality takes to estimate `sets` coefficients of a
    /// function with |f| ≤ `bound` to within ± `accuracy`: see [`sample_size`].
    ///
    /// # Errors
    /// Those of [`sample_size`].
    pub fn to_accuracy(accuracy: f64, delta: f64, bound: f64, sets: usize) -> Result<Self> {
        let m = sample_size(accuracy, delta, bound, sets)?;
        Sampling::new(m, delta, Confidence::Hoeffding { bound })
    }

    /// The number m of samples.
    pub fn samples(&self) -> usize {
        self.m
    }

    /// The coefficients of f at the given sets, all from its values at the same m uniform inputs.
    ///
    /// `f(x, out)` writes a value for each row of x, at most 2¹² of them at a time. It may be
    /// random, with independent values for every row; then these are the coefficients of its mean.
    /// Estimates are in the order of the sets.
    ///
    /// # Errors
    /// [`Error::SupportRange`], [`Error::SupportRepeat`]; [`Error::NotFinite`], and
    /// [`Error::Unbounded`] if a value is beyond the stated bound; [`Error::Zero`] if
    /// n or the number of sets is 0.
    pub fn coefficients<F: Real, R: Rng + ?Sized>(
        &self,
        n: usize,
        sets: &[impl AsRef<[usize]>],
        rng: &mut R,
        mut f: impl FnMut(&Signs, &mut [F]),
    ) -> Result<Vec<CoefficientEstimate>> {
        let columns = sets.iter().map(|set| Columns::new(n, set.as_ref()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let mut sums = Sums::new(sets.len())?;
        let mut values = vec![F::zero(); ROWS.min(self.m)];
        let mut x = Signs::ones(values.len(), n)?;
        for start in (0..self.m).step_by(ROWS) {
            let values = &mut values[..ROWS.min(self.m - start)];
            evaluate(
                n,
                values,
                |_, to| {
                    to.randomize(rng);
                    x.clone_from(to)
                },
                &mut f,
            )?;
            self.confidence.check_values(values)?;
            for (row, value) in values.iter().enumerate() {
                let value = value.as_f64();
                for (set, columns) in columns.iter().enumerate() {
                    let odd = columns.negatives(&x, row) % 2 == 1;
                    sums.add(set, if odd { -value } else { value });
                }
            }
        }
        let sets = sets.iter().map(|set| sorted(n, set.as_ref()));
        Ok(self.estimates(&sums, sets.collect::<Result<Vec<_>>>()?))
    }

    /// The 2ᵏ coefficients of f at the subsets of `onto`, k = |`onto`|, from m restrictions: the
    /// other coordinates are drawn m times, f is evaluated on the whole subcube, and the m spectra
    /// are averaged. The order is that of [`Spectrum::coefficients`](super::Spectrum::coefficients).
    ///
    /// As |f| ≤ bound, so are the coefficients of all restrictions. The 2ᵏ intervals hold together
    /// with probability 1 − δ. f is evaluated at m·2ᵏ inputs, and at most max(2ᵏ, 2¹²) values are
    /// held at a time.
    ///
    /// # Errors
    /// Those of [`coefficients`](Sampling::coefficients); [`Error::TooLarge`] for more than 2³⁶
    /// values or k above 30.
    pub fn subsets<F: Real, R: Rng + ?Sized>(
        &self,
        n: usize,
        onto: &[usize],
        rng: &mut R,
        mut f: impl FnMut(&Signs, &mut [F]),
    ) -> Result<Vec<CoefficientEstimate>> {
        let onto = sorted(n, onto)?;
        at_most("the number of coordinates k", onto.len(), super::MAX_DIM)?;
        let cube = 1 << onto.len();
        product("the number of values", self.m, cube)?;
        let mut sums = Sums::new(cube)?;
        let at_once = (ROWS / cube).max(1);
        for start in (0..self.m).step_by(at_once) {
            let mut rest = Signs::ones(at_once.min(self.m - start), n)?;
            rest.randomize(rng);
            let mut values = vec![F::zero(); rest.rows() * cube];
            let fill = |first, x: &mut Signs| fill_subcubes(x, first, &onto, &rest);
            evaluate(n, &mut values, fill, &mut f)?;
            self.confidence.check_values(&values)?;
            for values in values.chunks_mut(cube) {
                transform(values)?;
                for (set, value) in values.iter().enumerate() {
                    sums.add(set, value.as_f64() / cube as f64);
                }
            }
        }
        let subset = |mask| members(mask).into_iter().map(|j| onto[j]).collect();
        Ok(self.estimates(&sums, (0..cube as u64).map(subset).collect()))
    }

    fn estimates(&self, sums: &Sums, sets: Vec<Vec<usize>>) -> Vec<CoefficientEstimate> {
        let delta = self.delta / sets.len() as f64;
        let m = self.m as f64;
        let estimate = |(place, set)| {
            let (sum, squares) = sums.of(place);
            let value = sum / m;
            // Rounding may make a variance of 0 negative.
            let variance = ((squares - sum * value) / (m - 1.0).max(1.0)).max(0.0);
            let half_width = self.confidence.half_width(m, variance, delta);
            CoefficientEstimate {
                set,
                value,
                half_width,
            }
        };
        sets.into_iter().enumerate().map(estimate).collect()
    }
}

const M: &str = "the number of samples m";

/// The sums of samples and of their squares, for several quantities.
#[derive(Debug)]
struct Sums(Vec<(f64, f64)>);

impl Sums {
    fn new(count: usize) -> Result<Self> {
        positive("the number of sets", count)?;
        Ok(Sums(vec![(0.0, 0.0); count]))
    }

    fn add(&mut self, place: usize, sample: f64) {
        let (sum, squares) = &mut self.0[place];
        *sum += sample;
        *squares += sample * sample;
    }

    fn of(&self, place: usize) -> (f64, f64) {
        self.0[place]
    }
}
