//! All coefficients of a function.

use super::blocks::{evaluate, finite};
use super::product::{self, Coordinate};
use super::set::{mask, members};
use super::transform::{MAX_DIM, dim, transform};
use crate::error::{Error, Result, at_most, positive};
use crate::real::Real;
use crate::signs::Signs;

/// The 2ⁿ Fourier coefficients of a real function f on the cube {±1}ⁿ.
///
/// ```math
/// \hat f(T) = \mathbb{E}_x [ f(x) \, \chi_T(x) ] , \qquad f = \sum_T \hat f(T) \, \chi_T
/// ```
///
/// [`biased`](Spectrum::biased) makes the spectrum for another distribution of x than the uniform one,
/// under which coordinates are independent and $`x_i = -1`$ with probability $`p_i`$. There
///
/// ```math
/// \chi_T(x) = \prod_{i \in T} \frac{x_i - \mu_i}{\sigma_i} , \qquad
/// \mu_i = 1 - 2 p_i , \quad \sigma_i^2 = 4 p_i (1 - p_i) .
/// ```
///
/// This basis is orthonormal, too, so that weights, influences and noise stability are
/// the same formulas. Sources: O'Donnell, *Analysis of Boolean Functions*, sections 1.2 and 8.4.
///
/// ```
/// use sparse_parity::fourier::Spectrum;
///
/// // The maximum of two signs, which is −1 only where both are.
/// let max = Spectrum::of_values(vec![1.0, 1.0, 1.0, -1.0])?;
/// assert_eq!(max.coefficient(&[])?, 0.5);
/// assert_eq!(max.coefficient(&[0, 1])?, -0.5);
/// assert_eq!(max.degree_weights(), [0.25, 0.5, 0.25]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Spectrum<F> {
    pub(super) n: usize,
    /// Entry T, a mask, is the coefficient of T.
    pub(super) coefficients: Vec<F>,
    /// The distribution of every coordinate; `None` if it is uniform.
    pub(super) distribution: Option<Vec<Coordinate>>,
}

/// A set of coordinates and the Fourier coefficient of a function there.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient<F> {
    /// The set, ascending.
    pub set: Vec<usize>,
    /// The coefficient.
    pub value: F,
}

impl<F: Real> Spectrum<F> {
    /// The spectrum of the function with the given 2ⁿ values.
    ///
    /// Value r belongs to the input with $`x_i = -1`$ where bit i of r is set, as in
    /// [`Signs::cube`]. A single value is a function of n = 0 coordinates.
    ///
    /// # Errors
    /// [`Error::PowerOfTwo`], [`Error::TooLarge`] above n = 30, [`Error::NotFinite`].
    pub fn of_values(mut values: Vec<F>) -> Result<Self> {
        dim(values.len())?;
        finite(&values)?;
        transform(&mut values)?;
        let share = F::of(1.0 / values.len() as f64);
        values.iter_mut().for_each(|value| *value *= share);
        Spectrum::of_coefficients(values)
    }

    /// The spectrum of a function f; `f(x, out)` writes one value for each row of x.
    ///
    /// f is called with the rows of the cube in order, at most 2¹² of them at a time, so that only the 2ⁿ
    /// values are held.
    ///
    /// ```
    /// use sparse_parity::fourier::Spectrum;
    /// use sparse_parity::signs::Columns;
    ///
    /// let pair = Columns::new(5, &[1, 3])?;
    /// let spectrum = Spectrum::<f64>::of(5, |x, out| {
    ///     for (row, out) in out.iter_mut().enumerate() {
    ///         *out = if pair.negatives(x, row) == 2 { -1.0 } else { 1.0 };
    ///     }
    /// })?;
    /// assert_eq!(spectrum.coefficient(&[1, 3])?, -0.5);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Zero`] if n is 0; [`Error::TooLarge`] above n = 30, where
    /// [`Sampling`](super::Sampling) gives single coefficients and [`Spectrum::of_subcube`] those of a
    /// restriction; [`Error::NotFinite`].
    pub fn of(n: usize, mut f: impl FnMut(&Signs, &mut [F])) -> Result<Self> {
        let mut values = values(n)?;
        evaluate(n, &mut values, |first, x| x.fill_cube(first as u64), &mut f)?;
        Spectrum::of_values(values)
    }

    /// The spectrum of the function with the given 2ⁿ values where $`x_i = -1`$ with probability
    /// `p[i]`, as in [`Biased`](crate::data::Biased).
    ///
    /// ```
    /// use sparse_parity::fourier::Spectrum;
    ///
    /// let p = 0.1;
    /// let dictator = Spectrum::biased(vec![1.0, -1.0_f64], &[p])?;
    /// assert_eq!(dictator.coefficient(&[])?, 0.8); // the mean
    /// assert!((dictator.coefficient(&[0])? - 0.6).abs() < 1e-15); // the deviation
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`of_values`](Spectrum::of_values); [`Error::Mismatch`] unless there is one p for
    /// each coordinate, [`Error::Bias`] unless 0 < p < 1.
    pub fn biased(mut values: Vec<F>, p: &[f64]) -> Result<Self> {
        let n = dim(values.len())?;
        if p.len() != n {
            return Err(Error::Mismatch {
                what: "the number of probabilities",
                expected: n,
                found: p.len(),
                repair: "give one for each coordinate",
            });
        }
        let distribution = p.iter().enumerate().map(|(i, &p)| Coordinate::new(i, p));
        let distribution = distribution.collect::<Result<Vec<_>>>()?;
        finite(&values)?;
        product::analyse(&mut values, &distribution);
        let mut spectrum = Spectrum::of_coefficients(values)?;
        spectrum.distribution = Some(distribution);
        Ok(spectrum)
    }

    /// The spectrum with the given 2ⁿ coefficients under the uniform distribution; entry r is that of the
    /// set of all i where bit i of r is set.
    ///
    /// # Errors
    /// Those of [`of_values`](Spectrum::of_values).
    pub fn of_coefficients(coefficients: Vec<F>) -> Result<Self> {
        let n = dim(coefficients.len())?;
        finite(&coefficients)?;
        Ok(Spectrum {
            n,
            coefficients,
            distribution: None,
        })
    }

    /// The values of the function in the order of [`of_values`](Spectrum::of_values): the inverse
    /// transform.
    pub fn values(&self) -> Vec<F> {
        let mut values = self.coefficients.clone();
        match &self.distribution {
            None => transform(&mut values).expect("a spectrum has 2ⁿ coefficients"),
            Some(distribution) => product::synthesise(&mut values, distribution),
        }
        values
    }

    /// The number of coordinates n.
    pub fn dim(&self) -> usize {
        self.n
    }

    /// The probabilities of −1, unless the distribution is uniform.
    pub fn bias(&self) -> Option<Vec<f64>> {
        let distribution = self.distribution.as_ref()?;
        Some(distribution.iter().map(|c| c.p()).collect())
    }

    /// All coefficients; entry r is that of the set of all i where bit i of r is set.
    pub fn coefficients(&self) -> &[F] {
        &self.coefficients
    }

    /// The coefficient of a set, given in any order; that of the empty set is the mean.
    ///
    /// # Errors
    /// [`Error::SupportRange`], [`Error::SupportRepeat`].
    pub fn coefficient(&self, set: &[usize]) -> Result<F> {
        Ok(self.coefficients[mask(self.n, set)? as usize])
    }

    /// The `count` coefficients of largest absolute value, the largest first; of equals, those
    /// whose sets come first when sets are compared by their largest coordinates.
    ///
    /// ```
    /// use sparse_parity::fourier::Spectrum;
    ///
    /// let spectrum = Spectrum::of_coefficients(vec![0.5, 0.0, -2.0, 1.0])?;
    /// let largest = spectrum.largest(2);
    /// assert_eq!((&largest[0].set, largest[0].value), (&vec![1], -2.0));
    /// assert_eq!(largest[1].set, [0, 1]);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn largest(&self, count: usize) -> Vec<Coefficient<F>> {
        let count = count.min(self.coefficients.len());
        let size = |mask: &usize| self.coefficients[*mask].abs();
        let order = |a: &usize, b: &usize| {
            let sizes = size(b).partial_cmp(&size(a));
            sizes.expect("coefficients are finite").then(a.cmp(b))
        };
        // Up to twice as many are kept, so that the smaller ones are discarded rarely.
        let (mut kept, mut least) = (Vec::new(), None);
        for mask in 0..self.coefficients.len() {
            if least.is_some_and(|least| size(&mask) <= least) || count == 0 {
                continue;
            }
            kept.push(mask);
            if kept.len() == 2 * count {
                kept.select_nth_unstable_by(count - 1, order);
                kept.truncate(count);
                least = kept.last().map(size);
            }
        }
        kept.sort_unstable_by(order);
        kept.truncate(count);
        kept.into_iter().map(|mask| self.entry(mask)).collect()
    }

    /// The coefficients of absolute value `threshold` or more, ordered as by
    /// [`largest`](Spectrum::largest).
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless the threshold is positive and finite.
    pub fn at_least(&self, threshold: f64) -> Result<Vec<Coefficient<F>>> {
        crate::error::above_zero("the threshold", threshold)?;
        let heavy = |value: &&F| value.abs().as_f64() >= threshold;
        Ok(self.largest(self.coefficients.iter().filter(heavy).count()))
    }

    fn entry(&self, mask: usize) -> Coefficient<F> {
        Coefficient {
            set: members(mask as u64),
            value: self.coefficients[mask],
        }
    }

    /// The spectrum of the convolution of two functions.
    ///
    /// ```math
    /// (f * g)(x) = \mathbb{E}_y [ f(y) \, g(x \circ y) ] , \qquad
    /// \widehat{f * g}(T) = \hat f(T) \, \hat g(T)
    /// ```
    ///
    /// Source: O'Donnell, section 1.5.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the dimensions differ, [`Error::Conflict`] if a distribution is biased, where
    /// products of coordinates have another distribution; [`Error::NotFinite`] if a product is too large.
    pub fn convolve(&self, other: &Spectrum<F>) -> Result<Spectrum<F>> {
        if self.n != other.n {
            return Err(Error::Mismatch {
                what: "the dimension of the other function",
                expected: self.n,
                found: other.n,
                repair: "convolve functions of as many coordinates",
            });
        }
        if self.distribution.is_some() || other.distribution.is_some() {
            return Err(Error::Conflict {
                one: "a convolution",
                other: "a biased distribution",
                reason: "products of biased coordinates have another distribution",
            });
        }
        let pairs = self.coefficients.iter().zip(&other.coefficients);
        Spectrum::of_coefficients(pairs.map(|(&a, &b)| a * b).collect())
    }
}

/// Zeros for the values of a function of n coordinates.
pub(super) fn values<F: Real>(n: usize) -> Result<Vec<F>> {
    positive("the number of coordinates n", n)?;
    at_most(
        "the number of coordinates n of a whole spectrum",
        n,
        MAX_DIM,
    )?;
    Ok(vec![F::zero(); 1 << n])
}
