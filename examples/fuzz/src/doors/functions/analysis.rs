//! Fourier analysis.

use super::{Real, real, rng};
use crate::Door;
use sparse_parity::fourier::{Confidence, Sampling, Spectrum, heavy_coefficients, sample_size};
use sparse_parity::signs::Signs;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::function(
            "sample_size",
            |(a, d, b, sets): (Real, Real, Real, usize)| sample_size(a.0, d.0, b.0, sets),
        ),
        Door::function("sampling", |(m, delta, bound): (usize, Real, Real)| {
            Sampling::new(m, delta.0, Confidence::Bernstein { bound: bound.0 })
        }),
        Door::function("spectrum", |values: Vec<Real>| {
            let spectrum = Spectrum::of_values(real(&values))?;
            spectrum.noise_stability(0.5)?;
            spectrum.restrict(&[0], &Signs::ones(1, spectrum.dim())?, 0)?;
            spectrum.influence(0)
        }),
        Door::function("spectrum_biased", |(values, p): (Vec<Real>, Vec<Real>)| {
            Spectrum::biased(real(&values), &real(&p))
        }),
        Door::function("coefficient", |(values, set): (Vec<Real>, Vec<usize>)| {
            let spectrum = Spectrum::of_values(real(&values))?;
            spectrum.average(&set)?;
            spectrum.coefficient(&set)
        }),
        Door::function(
            "heavy_coefficients",
            |(n, threshold, delta): (usize, Real, Real)| {
                // Of more coordinates or lower thresholds, the search is long.
                let (n, threshold) = (
                    n.min(70),
                    if threshold.0 > 0.0 {
                        threshold.0.max(0.3)
                    } else {
                        threshold.0
                    },
                );
                heavy_coefficients::<f32, _>(n, threshold, delta.0, &mut rng(), |_, y| y.fill(1.0))
            },
        ),
    ]
}
