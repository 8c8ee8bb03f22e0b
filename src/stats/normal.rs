/// P(Z > z) for a standard normal Z.
pub(crate) fn normal_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

/// The z with P(|Z| > z) = δ for a standard normal Z, by bisection.
pub(crate) fn normal_quantile(delta: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..64 {
        let z = (low + high) / 2.0;
        if 2.0 * normal_tail(z) > delta {
            low = z;
        } else {
            high = z;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        for (delta, z) in [(0.05, 1.959_963_984_540_054), (0.01, 2.575_829_303_548_901)] {
            assert!((normal_quantile(delta) - z).abs() < 1e-12);
        }
        assert!((normal_quantile(1e-15) - 8.026_858_9).abs() < 1e-6);
    }
}
