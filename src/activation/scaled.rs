use super::{Activation, Facts, Form};
use crate::error::{Result, above_zero, positive};
use crate::real::{Real, by_blocks};

/// An activation of a scaled input, z ↦ σ(s z).
///
/// A bias is part of z and is scaled with it. The gradients of the weights have the factor s, so
/// small s also means small steps.
///
/// Appendix C.1 gives the sine the scale s = 1/√n, under which σ(w·x) with weights of size 1 varies
/// by about one unit.
///
/// ```
/// use sparse_parity::activation::{Activation, Power, Scaled};
///
/// let half = Scaled::new(Power::new(2)?, 0.5)?;
/// assert_eq!((half.value(6.0), half.slope(6.0)), (9.0, 3.0));
/// assert_eq!(Scaled::inverse_sqrt(Power::new(2)?, 4)?, half);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Scaled<A> {
    activation: A,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "read_factor"))]
    factor: f64,
}

impl<A: Activation> Scaled<A> {
    /// The activation with the input scale s = `factor`.
    ///
    /// # Errors
    /// [`Error::NotPositive`](crate::Error::NotPositive) unless the factor is finite and positive.
    pub fn new(activation: A, factor: f64) -> Result<Self> {
        let factor = usable(factor)?;
        Ok(Scaled { activation, factor })
    }

    /// The activation with the input scale 1/√n.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if n is 0.
    pub fn inverse_sqrt(activation: A, n: usize) -> Result<Self> {
        let n = positive("the number of coordinates n", n)?;
        Scaled::new(activation, 1.0 / (n as f64).sqrt())
    }

    /// The activation σ that the scaled input is given to.
    pub fn activation(&self) -> &A {
        &self.activation
    }

    /// The input scale s.
    pub fn factor(&self) -> f64 {
        self.factor
    }
}

/// The factor, if it is one.
fn usable(factor: f64) -> Result<f64> {
    above_zero("the input scale", factor)
}

#[cfg(feature = "serde")]
fn read_factor<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let factor = <f64 as serde::Deserialize>::deserialize(from)?;
    usable(factor).map_err(serde::de::Error::custom)
}

impl<A: Activation> Activation for Scaled<A> {
    #[inline(always)]
    fn value<F: Real>(&self, z: F) -> F {
        self.activation.value(F::of(self.factor) * z)
    }

    #[inline(always)]
    fn slope<F: Real>(&self, z: F) -> F {
        let factor = F::of(self.factor);
        factor * self.activation.slope(factor * z)
    }

    fn form(&self, reach: f64) -> Form {
        self.activation
            .form(self.factor * reach)
            .scaled(self.factor)
    }

    fn facts(&self) -> Facts {
        self.activation.facts()
    }

    #[inline(always)]
    fn values<F: Real>(&self, z: &[F], out: &mut [F]) {
        let factor = F::of(self.factor);
        by_blocks!(z, out, |z| {
            let mut values = z;
            self.activation.values(&times(factor, z), &mut values);
            values
        });
    }

    #[inline(always)]
    fn slopes<F: Real>(&self, z: &[F], out: &mut [F]) {
        let factor = F::of(self.factor);
        by_blocks!(z, out, |z| {
            let mut slopes = z;
            self.activation.slopes(&times(factor, z), &mut slopes);
            times(factor, slopes)
        });
    }
}

#[inline(always)]
fn times<F: Real, const N: usize>(factor: F, mut block: [F; N]) -> [F; N] {
    for number in &mut block {
        *number = factor * *number;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::{Sine, Zigzag};

    #[test]
    fn the_slope_is_the_derivative() {
        for factor in [0.1, 1.0, 1.7] {
            super::super::tests::assert_slope(&Scaled::new(Sine, factor).unwrap());
            let zigzag = Zigzag::new(3).unwrap();
            super::super::tests::assert_slope(&Scaled::new(zigzag, factor).unwrap());
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_scale_is_validated_when_it_is_read() {
        let scaled = Scaled::inverse_sqrt(Zigzag::new(3).unwrap(), 50).unwrap();
        let text = serde_json::to_string(&scaled).unwrap();
        assert_eq!(
            serde_json::from_str::<Scaled<Zigzag>>(&text).unwrap(),
            scaled
        );
        let text = text.replace("\"factor\":", "\"factor\":-");
        assert!(serde_json::from_str::<Scaled<Zigzag>>(&text).is_err());
    }
}
