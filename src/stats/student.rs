use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// The t with P(|T| > t) = δ for Student's T with ν degrees of freedom, by bisection.
pub(super) fn student_quantile(delta: f64, freedom: usize) -> f64 {
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    for _ in 0..64 {
        let angle = (low + high) / 2.0;
        if within(angle, freedom) < 1.0 - delta {
            low = angle;
        } else {
            high = angle;
        }
    }
    (freedom as f64).sqrt() * libm::tan(high)
}

/// P(|T| ≤ √ν tan θ), by the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4.
fn within(angle: f64, freedom: usize) -> f64 {
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let odd = freedom % 2;
    let (mut term, mut sum) = (if odd == 1 { cos } else { 1.0 }, 0.0);
    // The powers of the cosine are those below ν that are even or odd as ν is.
    for power in (odd..freedom.saturating_sub(1)).step_by(2) {
        sum += term;
        term *= cos * cos * (power + 1) as f64 / (power + 2) as f64;
    }
    match odd {
        1 => FRAC_2_PI * (angle + sin * sum),
        _ => sin * sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.t.ppf(1 - delta / 2, freedom)`, SciPy 1.17.1.
    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        for (delta, freedom, t) in STUDENT {
            let ours = student_quantile(delta, freedom);
            assert!((ours / t - 1.0).abs() < 1e-9, "{ours} for {t}");
        }
    }

    const STUDENT: [(f64, usize, f64); 6] = [
        (0.05, 1, 12.706_204_736_174_7),
        (0.05, 2, 4.302_652_729_749_46),
        (0.05, 3, 3.182_446_305_283_71),
        (0.01, 8, 3.355_387_331_333_4),
        (0.1, 29, 1.699_127_026_533_5),
        (0.001, 200, 3.339_835_406_275_68),
    ];
}
