use super::{Activation, Facts, Form};
use crate::error::{Error, Result, at_most, positive};
use crate::real::{Real, by_blocks};
use std::array::from_fn;

/// The largest degree. At the knots, terms as large as 10⁷ cancel to ±1, and single precision
/// leaves the signs right; two degrees more and it does not.
const MOST: usize = 16;

/// The oscillating polynomial: the polynomial of degree k through the labels of a parity of
/// degree k.
///
/// It interpolates the product of k signs at their sums z = −k, −k + 2, …, k. In Newton's form,
///
/// ```math
/// \sigma(z) = (-1)^k \sum_{m=0}^{k} \frac{(-1)^m}{m!} \prod_{i=0}^{m-1} (z + k - 2i) ,
/// ```
///
/// and its leading coefficient is 1/k!. One neuron with w = 1_S and b = 0 thus computes χ_S.
/// It is even or odd as k is, and evaluated by Horner's rule in z², for odd k times z.
///
/// Architectures viii and xii of section 3.1.
///
/// ```
/// use sparse_parity::activation::{Activation, OscillatingPolynomial};
///
/// let quadratic = OscillatingPolynomial::new(2)?; // z²/2 − 1
/// assert_eq!([-2.0, 0.0, 2.0].map(|z| quadratic.value(z)), [1.0, -1.0, 1.0]);
/// assert_eq!(quadratic.slope(3.0), 3.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "usize", try_from = "usize")
)]
pub struct OscillatingPolynomial {
    k: usize,
    /// The coefficients of k mod 2, k mod 2 + 2, …, k, each in a place of half that degree.
    coefficients: [f64; MOST / 2 + 1],
}

impl OscillatingPolynomial {
    /// The polynomial of degree k.
    ///
    /// # Errors
    /// [`Error::Zero`] if k is 0; [`Error::TooLarge`] above 16, where cancellation in single
    /// precision leaves nothing of the values at the knots.
    pub fn new(k: usize) -> Result<Self> {
        let what = "the degree k of the polynomial";
        let k = at_most(what, positive(what, k)?, MOST)?;
        let (numerators, factorial) = numerators(k);
        let mut coefficients = [0.0; MOST / 2 + 1];
        for (place, coefficient) in coefficients.iter_mut().enumerate() {
            *coefficient = numerators[2 * place + k % 2] as f64 / factorial as f64;
        }
        Ok(OscillatingPolynomial { k, coefficients })
    }

    /// The degree.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The coefficients from the highest degree down, each with its degree.
    #[inline(always)]
    fn terms(&self) -> impl Iterator<Item = (usize, f64)> {
        let used = self.coefficients[..=self.k / 2].iter().enumerate();
        used.rev()
            .map(|(place, &coefficient)| (2 * place + self.k % 2, coefficient))
    }
}

/// The coefficients of k!·σ, which are integers, and k!; no number on the way exceeds 2⁶⁴.
fn numerators(k: usize) -> ([i128; MOST + 2], i128) {
    let mut sum = [0; MOST + 2];
    // The coefficients of ∏_{i<m} (z + k − 2i), and (−1)^(k+m) k!/m!, beginning with m = 0.
    let mut product = [0; MOST + 2];
    product[0] = 1;
    let factorial: i128 = (1..=k as i128).product();
    let mut scale = if k.is_multiple_of(2) {
        factorial
    } else {
        -factorial
    };
    for m in 0..=k as i128 {
        for (sum, product) in sum.iter_mut().zip(product) {
            *sum += scale * product;
        }
        scale = -scale / (m + 1);
        let root = k as i128 - 2 * m;
        for degree in (0..=m as usize + 1).rev() {
            let lower = degree.checked_sub(1).map_or(0, |lower| product[lower]);
            product[degree] = root * product[degree] + lower;
        }
    }
    (sum, factorial)
}

impl From<OscillatingPolynomial> for usize {
    fn from(polynomial: OscillatingPolynomial) -> usize {
        polynomial.k
    }
}

impl TryFrom<usize> for OscillatingPolynomial {
    type Error = Error;

    fn try_from(k: usize) -> Result<Self> {
        OscillatingPolynomial::new(k)
    }
}

impl OscillatingPolynomial {
    #[inline(always)]
    fn values_of<F: Real, const N: usize>(&self, z: [F; N]) -> [F; N] {
        let even = in_squares(self.terms().map(|(_, c)| c), z);
        if self.k.is_multiple_of(2) {
            even
        } else {
            from_fn(|lane| even[lane] * z[lane])
        }
    }

    #[inline(always)]
    fn slopes_of<F: Real, const N: usize>(&self, z: [F; N]) -> [F; N] {
        let terms = self.terms().filter(|(degree, _)| *degree > 0);
        let sum = in_squares(terms.map(|(degree, c)| degree as f64 * c), z);
        if self.k.is_multiple_of(2) {
            from_fn(|lane| sum[lane] * z[lane])
        } else {
            sum
        }
    }
}

/// The polynomial in z² of the given coefficients, from the highest degree down.
#[inline(always)]
fn in_squares<F: Real, const N: usize>(
    coefficients: impl Iterator<Item = f64>,
    z: [F; N],
) -> [F; N] {
    let mut sums = [F::zero(); N];
    for c in coefficients.map(F::of) {
        for lane in 0..N {
            sums[lane] = sums[lane] * (z[lane] * z[lane]) + c;
        }
    }
    sums
}

impl Activation for OscillatingPolynomial {
    #[inline(always)]
    fn value<F: Real>(&self, z: F) -> F {
        self.values_of([z])[0]
    }

    #[inline(always)]
    fn slope<F: Real>(&self, z: F) -> F {
        self.slopes_of([z])[0]
    }

    fn form(&self, _reach: f64) -> Form {
        let mut coefficients = vec![0.0; self.k + 1];
        for (degree, c) in self.terms() {
            coefficients[degree] = c;
        }
        Form::Polynomial { coefficients }
    }

    fn facts(&self) -> Facts {
        Facts {
            degree: Some(self.k),
            ..Facts::default()
        }
    }

    #[inline(always)]
    fn values<F: Real>(&self, z: &[F], out: &mut [F]) {
        by_blocks!(z, out, |z| self.values_of(z));
    }

    #[inline(always)]
    fn slopes<F: Real>(&self, z: &[F], out: &mut [F]) {
        by_blocks!(z, out, |z| self.slopes_of(z));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_interpolates, assert_slope};
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        for k in 1..=8 {
            assert_slope(&OscillatingPolynomial::new(k).unwrap());
        }
    }

    #[test]
    fn small_degrees_have_the_papers_coefficients() {
        let expected: [&[f64]; 5] = [
            &[1.0],
            &[-1.0, 1.0 / 2.0],
            &[-7.0 / 6.0, 1.0 / 6.0],
            &[1.0, -2.0 / 3.0, 1.0 / 24.0],
            &[149.0 / 120.0, -1.0 / 4.0, 1.0 / 120.0],
        ];
        for (k, expected) in (1..).zip(expected) {
            let found = OscillatingPolynomial::new(k).unwrap().coefficients;
            assert_eq!(found[..=k / 2], *expected);
            assert!(found[k / 2 + 1..].iter().all(|&rest| rest == 0.0));
        }
    }

    #[test]
    fn the_numerators_have_the_parity_of_the_degree_and_give_the_knots_exactly() {
        for k in 1..=MOST {
            let (numerators, factorial) = numerators(k);
            let other = numerators.iter().skip((k + 1) % 2).step_by(2);
            assert!(other.into_iter().all(|&numerator| numerator == 0));
            for knot in 0..=k as i128 {
                let z = k as i128 - 2 * knot;
                let value = numerators.iter().rev().fold(0, |sum, c| sum * z + c);
                assert_eq!(value, if knot % 2 == 0 { factorial } else { -factorial });
            }
        }
    }

    #[test]
    fn the_knots_have_the_parity_and_up_to_the_largest_degree_its_sign() {
        for k in 1..=MOST {
            let tolerance = if k <= 8 { 1e-5 } else { 0.5 };
            assert_interpolates(&OscillatingPolynomial::new(k).unwrap(), k, tolerance);
        }
    }

    #[test]
    fn degrees_beyond_the_precision_are_refused() {
        assert!(OscillatingPolynomial::new(0).is_err());
        assert!(OscillatingPolynomial::new(MOST + 1).is_err());
    }
}
