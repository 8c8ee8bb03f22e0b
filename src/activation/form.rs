//! What kind of function an activation is, for methods that are exact.

/// What kind of function an activation σ is on an interval \[−reach, reach\].
///
/// A sine, a polynomial or a function of straight pieces has Fourier coefficients that can be
/// computed without a sum over all 2ⁿ inputs; [`theory::gradient`](crate::theory::gradient) chooses
/// its method by the form.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// σ(z) = sin(ωz).
    Sine {
        /// ω.
        frequency: f64,
    },
    /// σ(z) = Σ_d c_d z^d.
    Polynomial {
        /// c₀, c₁, …
        coefficients: Vec<f64>,
    },
    /// σ(z) = c + s·z + Σ_i a_i·max(0, z − t_i), so that σ' jumps behind t_i, as the crate's
    /// activations do: at a kink they have the slope from the left.
    Pieces {
        /// c.
        constant: f64,
        /// s, the slope before the first kink.
        slope: f64,
        /// The kinks, in any order.
        kinks: Vec<Kink>,
    },
    /// Anything else: the sum over all inputs is the only exact method.
    Other,
}

/// A point where a function of straight pieces changes its slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kink {
    /// The point t.
    pub at: f64,
    /// The slope behind it minus the slope before it.
    pub jump: f64,
}

/// The largest number of kinks that a form lists; a wave with more in reach is [`Form::Other`].
pub(super) const MOST_KINKS: usize = 1 << 12;

impl Form {
    /// The form of z ↦ σ(factor·z), for the σ that has this form.
    pub(super) fn scaled(self, factor: f64) -> Form {
        match self {
            Form::Sine { frequency } => Form::Sine {
                frequency: factor * frequency,
            },
            Form::Polynomial { mut coefficients } => {
                let mut power = 1.0;
                for c in &mut coefficients {
                    *c *= power;
                    power *= factor;
                }
                Form::Polynomial { coefficients }
            }
            Form::Pieces {
                constant,
                slope,
                kinks,
            } => Form::Pieces {
                constant,
                slope: factor * slope,
                kinks: kinks
                    .into_iter()
                    .map(|Kink { at, jump }| Kink {
                        at: at / factor,
                        jump: factor * jump,
                    })
                    .collect(),
            },
            Form::Other => Form::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::activation::*;

    fn value(form: &Form, z: f64) -> f64 {
        match form {
            Form::Sine { frequency } => (frequency * z).sin(),
            Form::Polynomial { coefficients } => {
                coefficients.iter().rev().fold(0.0, |sum, c| sum * z + c)
            }
            Form::Pieces {
                constant,
                slope,
                kinks,
            } => kinks.iter().fold(constant + slope * z, |sum, kink| {
                sum + kink.jump * (z - kink.at).max(0.0)
            }),
            Form::Other => unreachable!("the crate's activations have a form"),
        }
    }

    fn assert_form(activation: &impl Activation) {
        let form = activation.form(9.0);
        for step in -90..=90 {
            let z = 0.1 * f64::from(step);
            let (found, expected) = (value(&form, z), activation.value(z));
            let close = (found - expected).abs() <= 1e-12 * (1.0 + expected.abs());
            assert!(close, "{activation:?} at {z}: {found}, not {expected}");
        }
    }

    #[test]
    fn every_form_is_the_function_within_reach() {
        for k in 1..=8 {
            assert_form(&Power::new(k).unwrap());
            assert_form(&OscillatingPolynomial::new(k).unwrap());
            assert_form(&Zigzag::new(k).unwrap());
            assert_form(&Zigzag::new(k).unwrap().clamped());
            assert_form(&InfiniteZigzag::new(k).unwrap());
            assert_form(&Scaled::new(Zigzag::new(k).unwrap(), 0.7).unwrap());
            assert_form(&Scaled::new(InfiniteZigzag::new(k).unwrap(), 2.5).unwrap());
            assert_form(&Scaled::new(Power::new(k).unwrap(), 0.3).unwrap());
        }
        assert_form(&Relu);
        assert_form(&Sine);
        assert_form(&Scaled::new(Sine, 0.3).unwrap());
    }

    #[test]
    fn a_wave_with_too_many_kinks_in_reach_has_no_form() {
        let wave = InfiniteZigzag::new(2).unwrap();
        assert_eq!(wave.form(1e9), Form::Other);
        assert_eq!(wave.form(f64::INFINITY), Form::Other);
    }
}
