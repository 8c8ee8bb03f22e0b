//! The published figure.

use sparse_parity::stats::{ConfidenceInterval, Estimate};

/// T and m* of the published figure.
pub const POINTS: [(f64, f64); 18] = [
    (100.0, 50.0),
    (150.0, 53.0),
    (200.0, 58.0),
    (250.0, 56.0),
    (300.0, 69.0),
    (350.0, 61.0),
    (400.0, 79.5),
    (450.0, 82.0),
    (500.0, 80.0),
    (550.0, 85.0),
    (600.0, 94.0),
    (650.0, 97.0),
    (700.0, 89.0),
    (750.0, 101.0),
    (800.0, 100.0),
    (900.0, 108.0),
    (1000.0, 111.0),
    (1100.0, 113.0),
];

/// The exponent p of the published points by least squares, with the interval of its profile likelihood under normal errors.
pub fn exponent() -> Estimate {
    let count = POINTS.len() as f64;
    let mean =
        |of: &dyn Fn(f64, f64) -> f64| POINTS.iter().map(|(n, m)| of(*n, *m)).sum::<f64>() / count;
    let squares = |p: f64| {
        let x = |n: f64| if p == 0.0 { n.ln() } else { n.powf(p) };
        let (mean_x, mean_m) = (mean(&|n, _| x(n)), mean(&|_, m| m));
        let [xx, xm, mm] = [
            mean(&|n, _| (x(n) - mean_x).powi(2)),
            mean(&|n, m| (x(n) - mean_x) * (m - mean_m)),
            mean(&|_, m| (m - mean_m).powi(2)),
        ];
        mm - xm * xm / xx
    };
    let all: Vec<(f64, f64)> = (-200..=300)
        .map(|p| f64::from(p) / 100.0)
        .map(|p| (p, squares(p)))
        .collect();
    let (value, least) = all.iter().copied().fold((0.0, f64::INFINITY), |best, one| {
        if one.1 < best.1 { one } else { best }
    });
    // The quantile of χ² with one degree of freedom.
    let inside = all
        .iter()
        .filter(|(_, squares)| count * (squares / least).ln() <= 3.841_459);
    let exponents = || inside.clone().map(|(p, _)| *p);
    let interval = ConfidenceInterval {
        low: exponents().fold(f64::INFINITY, f64::min),
        high: exponents().fold(f64::NEG_INFINITY, f64::max),
    };
    Estimate { value, interval }
}
