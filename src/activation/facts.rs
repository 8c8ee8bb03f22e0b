/// What is known of an activation σ: bounds on what networks of it can represent.
///
/// The default claims nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// The degree, if σ is a polynomial.
    pub degree: Option<usize>,
    /// A bound on how often σ(z) + c changes its sign along the line, for any constant c.
    pub sign_changes: Option<usize>,
    /// Whether no value of σ is negative.
    pub is_nonnegative: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::*;

    const SCALE: f64 = 0.125;

    /// σ at equidistant points, all of them representable.
    fn values(activation: &impl Activation) -> Vec<f64> {
        let points = -160..=160;
        points
            .map(|i| activation.value(SCALE * f64::from(i)))
            .collect()
    }

    /// The largest of the differences of this order, relative to the values.
    fn difference(values: &[f64], order: usize) -> f64 {
        let largest = |values: &[f64]| values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        let mut differences = values.to_vec();
        for _ in 0..order {
            differences = differences
                .windows(2)
                .map(|pair| pair[1] - pair[0])
                .collect();
        }
        largest(&differences) / largest(values)
    }

    fn assert_facts(activation: &impl Activation, expected: Facts) {
        let (facts, values) = (activation.facts(), values(activation));
        assert_eq!(facts, expected, "{activation:?}");
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(facts.is_nonnegative, least >= 0.0, "{activation:?}");
        if let Some(degree) = facts.degree {
            assert!(difference(&values, degree + 1) < 1e-12, "{activation:?}");
            assert!(difference(&values, degree) > 0.0, "{activation:?}");
        }
        if let Some(most) = facts.sign_changes {
            let changes = |c: f64| {
                let signs = values.iter().map(|v| v + c).filter(|v| *v != 0.0);
                let signs: Vec<_> = signs.map(|v| v > 0.0).collect();
                signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
            };
            let most_found = values.iter().map(|v| changes(-v - 1e-9)).max();
            assert_eq!(most_found, Some(most), "{activation:?}");
        }
    }

    #[test]
    fn the_facts_are_those_of_the_values() {
        let unknown = Facts::default();
        let relu = Facts {
            sign_changes: Some(1),
            is_nonnegative: true,
            ..unknown
        };
        assert_facts(&Relu, relu);
        for k in 1..=4 {
            let even = k % 2 == 0;
            let power = Facts {
                degree: Some(k),
                sign_changes: Some(if even { 2 } else { 1 }),
                is_nonnegative: even,
            };
            assert_facts(&Power::new(k).unwrap(), power);
            assert_facts(&Scaled::new(Power::new(k).unwrap(), 0.5).unwrap(), power);
            let degree = Some(k);
            let polynomial = OscillatingPolynomial::new(k).unwrap();
            assert_facts(&polynomial, Facts { degree, ..unknown });
            assert_facts(&Zigzag::new(k).unwrap(), unknown);
            assert_facts(&Zigzag::new(k).unwrap().clamped(), unknown);
            assert_facts(&InfiniteZigzag::new(k).unwrap(), unknown);
        }
        assert_facts(&Sine, unknown);
        let gelu = Facts {
            sign_changes: Some(2),
            ..unknown
        };
        assert_facts(&Gelu, gelu);
        assert_facts(&Silu, gelu);
        assert_facts(&Softplus, relu);
        let rising = Facts {
            sign_changes: Some(1),
            ..unknown
        };
        assert_facts(&Tanh, rising);
    }
}
