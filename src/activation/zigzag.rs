use super::{Activation, Form, InfiniteZigzag, Kink};
use crate::error::Result;
use crate::real::Real;

/// The k-zigzag: k linear pieces of slope ±1 through the labels of a parity of degree k.
///
/// The knots are z = −k, −k + 2, …, k, the sums of k signs, and the values there the products of
/// these signs,
///
/// ```math
/// \sigma(z) = (-1)^{(k - z)/2} .
/// ```
///
/// One neuron with w = 1_S and b = 0 thus computes χ_S. Beyond the knots the outer pieces go on,
/// or the function is constant once it is [`clamped`](Zigzag::clamped). At its kinks the slope is
/// that from the left.
///
/// Architectures vii and xi of section 3.1.
///
/// ```
/// use sparse_parity::activation::{Activation, Zigzag};
///
/// let zigzag = Zigzag::new(2)?;
/// assert_eq!([-2.0, 0.0, 2.0].map(|z| zigzag.value(z)), [1.0, -1.0, 1.0]);
/// assert_eq!(zigzag.value(5.0), 4.0);
/// assert_eq!(zigzag.clamped().value(5.0), 1.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Zigzag {
    /// The wave that the pieces between the knots belong to.
    #[cfg_attr(feature = "serde", serde(rename = "k"))]
    wave: InfiniteZigzag,
    clamped: bool,
}

impl Zigzag {
    /// The zigzag of k pieces, the outer ones continued.
    ///
    /// # Errors
    /// Those of [`InfiniteZigzag::new`].
    pub fn new(k: usize) -> Result<Self> {
        let (wave, clamped) = (InfiniteZigzag::new(k)?, false);
        Ok(Zigzag { wave, clamped })
    }

    /// The same zigzag, constant beyond its outermost knots.
    #[must_use]
    pub fn clamped(self) -> Self {
        let clamped = true;
        Zigzag { clamped, ..self }
    }

    /// The number of pieces.
    pub fn k(&self) -> usize {
        self.wave.k()
    }

    /// The last knot.
    #[inline(always)]
    fn end<F: Real>(&self) -> F {
        F::of(self.k() as f64)
    }

    /// The value at the first knot, −1 if k is odd.
    #[inline(always)]
    fn first<F: Real>(&self) -> F {
        if self.k().is_multiple_of(2) {
            F::one()
        } else {
            -F::one()
        }
    }
}

impl Activation for Zigzag {
    #[inline(always)]
    fn value<F: Real>(&self, z: F) -> F {
        let beyond = z.abs() - self.end();
        let end = if z < F::zero() {
            self.first()
        } else {
            F::one()
        };
        let rise = if self.clamped { F::zero() } else { beyond };
        let (outer, inner) = (end * (F::one() + rise), self.wave.value(z));
        if beyond > F::zero() { outer } else { inner }
    }

    #[inline(always)]
    fn slope<F: Real>(&self, z: F) -> F {
        let outer = if self.clamped { F::zero() } else { F::one() };
        let inner = self.wave.slope(z);
        let slope = if z <= -self.end::<F>() {
            -self.first::<F>() * outer
        } else {
            inner
        };
        if z > self.end() { outer } else { slope }
    }

    fn form(&self, _reach: f64) -> Form {
        let end = self.k() as f64;
        let mut kinks = self.wave.kinks(1 - self.k() as i64, self.k() as i64 - 1);
        let first = -self.first::<f64>();
        let mut slope = first;
        if self.clamped {
            slope = 0.0;
            kinks.push(Kink {
                at: -end,
                jump: first,
            });
            kinks.push(Kink {
                at: end,
                jump: -1.0,
            });
        }
        Form::Pieces {
            constant: self.value(-end) + slope * end,
            slope,
            kinks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_interpolates, assert_slope};
    use super::*;

    #[test]
    fn the_slope_is_the_derivative() {
        for k in 1..=8 {
            assert_slope(&Zigzag::new(k).unwrap());
            assert_slope(&Zigzag::new(k).unwrap().clamped());
        }
    }

    #[test]
    fn the_knots_have_the_parity() {
        for k in 1..=8 {
            assert_interpolates(&Zigzag::new(k).unwrap(), k, 0.0);
            assert_interpolates(&Zigzag::new(k).unwrap().clamped(), k, 0.0);
        }
    }

    #[test]
    fn the_outer_pieces_go_on_unless_they_are_clamped() {
        for k in 1..=8 {
            let (zigzag, end) = (Zigzag::new(k).unwrap(), k as f64);
            let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
            assert_eq!(
                (zigzag.value(end + 3.0), zigzag.slope(end + 3.0)),
                (4.0, 1.0)
            );
            assert_eq!(zigzag.value(-end - 3.0), 4.0 * sign);
            assert_eq!(zigzag.slope(-end - 3.0), -sign);
            let clamped = zigzag.clamped();
            assert_eq!(
                (clamped.value(end + 3.0), clamped.slope(end + 3.0)),
                (1.0, 0.0)
            );
            assert_eq!(clamped.value(f64::NEG_INFINITY), sign);
            assert_eq!(clamped.slope(-end - 3.0), 0.0);
        }
    }

    #[test]
    fn a_kink_has_the_slope_from_the_left() {
        let zigzag = Zigzag::new(3).unwrap();
        let slopes = |zigzag: Zigzag| [-3.0, -1.0, 1.0, 3.0].map(|z: f64| zigzag.slope(z));
        assert_eq!(slopes(zigzag), [1.0, 1.0, -1.0, 1.0]);
        assert_eq!(slopes(zigzag.clamped()), [0.0, 1.0, -1.0, 1.0]);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_zigzag_is_stored_as_its_parameters_and_validated_when_read() {
        let zigzag = Zigzag::new(3).unwrap().clamped();
        let text = serde_json::to_string(&zigzag).unwrap();
        assert_eq!(text, r#"{"k":3,"clamped":true}"#);
        assert_eq!(serde_json::from_str::<Zigzag>(&text).unwrap(), zigzag);
        assert!(serde_json::from_str::<Zigzag>(r#"{"k":0,"clamped":true}"#).is_err());
    }
}
