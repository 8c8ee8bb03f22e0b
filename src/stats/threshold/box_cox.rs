use super::ascent::{Peak, climb};
use super::counts::{Counts, Curve, refuse};
use super::{SolvedCount, free, half_quantile};
use crate::error::{Error, Result};
use crate::stats::{ConfidenceInterval, Estimate};

/// The largest exponent, up or down.
const MOST: f64 = 10.0;
/// Exponents at which the likelihood is computed first, in one unit.
const IN_ONE: i32 = 8;
/// Steps of the search between two of them.
const HALVINGS: usize = 30;

/// The growth of the critical size m*(T) with T, with the exponent of Box and Cox:
///
/// ```math
/// m^*(T) = b_0 + b_1 \frac{T^p - 1}{p} ,
/// ```
///
/// which is b₀ + b₁ ln T for p → 0, linear in T for p = 1, and in √T for p = 1/2. The counts are binomial as those of
/// [`Threshold`](super::Threshold), whose m* lie on the curve here. It is determined by its values at the smallest and the largest size, which
/// are positive and fitted with the slope; p has the interval of its profile likelihood. (Box and Cox, *An analysis of transformations*, 1964.)
///
/// ```
/// use sparse_parity::stats::{BoxCox, SolvedCount};
///
/// // Shares of a law m* = 20 + 15 ln T, with a slope of 6.
/// let mut counts = Vec::new();
/// for size in [16.0_f64, 64.0, 256.0, 1024.0] {
///     for samples in [30.0_f64, 50.0, 80.0, 120.0, 180.0] {
///         let ratio = samples / (20.0 + 15.0 * size.ln());
///         let share = 1.0 / (1.0 + 0.25 * ratio.powi(-6));
///         counts.push(SolvedCount { size, samples, solved: (1000.0 * share).round() as usize, runs: 1000 });
///     }
/// }
/// let fit = BoxCox::fit(&counts, 0.8, 0.95)?;
/// assert!(fit.exponent.interval.contains(0.0) && fit.exponent.interval.high < 0.2);
/// assert!((fit.critical(256.0) - 103.2).abs() < 3.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BoxCox {
    /// The exponent p; one that was given has the interval of that number alone.
    pub exponent: Estimate,
    /// The slope a of the logit against ln m.
    pub slope: f64,
    /// The logarithm of the likelihood, without the binomial coefficients.
    pub ln_likelihood: f64,
    /// ln T and m* of the smallest and the largest size.
    ends: [(f64, f64); 2],
}

impl BoxCox {
    /// The fit with a free exponent, which is looked for in [−10, 10].
    ///
    /// An end of its interval beyond them is infinite.
    ///
    /// # Errors
    /// Those of [`Threshold::fit`](super::Threshold::fit); [`Error::Method`] for fewer than three sizes, and if the most likely exponent is not between
    /// −10 and 10, as where m* does not depend on T.
    pub fn fit(counts: &[SolvedCount], share: f64, level: f64) -> Result<Self> {
        let drop = half_quantile(level)?;
        let line = Line::new(counts, share)?;
        let most = MOST as i32 * IN_ONE;
        let exponents: Vec<f64> = (-most..=most)
            .map(|place| f64::from(place) / f64::from(IN_ONE))
            .collect();
        // Each fit starts from that of its neighbour, from 0 to both sides.
        let (below, above) = exponents.split_at(exponents.len() / 2);
        let mut grid = line.walk(below.iter().rev());
        grid.reverse();
        grid.extend(line.walk(above.iter()));
        let best = (0..grid.len()).fold(0, |best, place| {
            let is_better = grid[place].ln_likelihood > grid[best].ln_likelihood;
            if is_better { place } else { best }
        });
        if best == 0 || best + 1 == grid.len() {
            return Err(refuse(
                format!("no exponent between -{MOST} and {MOST} is the most likely one"),
                "give more sizes, a wider range of them, or more runs",
            ));
        }
        let (value, peak) = line.best_between(
            exponents[best - 1],
            exponents[best + 1],
            (exponents[best], &grid[best]),
        );
        let is_inside = |there: &Peak| peak.ln_likelihood - there.ln_likelihood <= drop;
        // The outermost exponents that are not excluded; an interval has no holes.
        let first = grid
            .iter()
            .position(is_inside)
            .map_or(value, |place| exponents[place]);
        let last = grid
            .iter()
            .rposition(is_inside)
            .map_or(value, |place| exponents[place]);
        let end = |inside: f64, direction: f64| {
            let inside = if direction < 0.0 {
                inside.min(value)
            } else {
                inside.max(value)
            };
            if inside.abs() >= MOST {
                return direction * f64::INFINITY;
            }
            let (mut inside, mut outside) = (inside, inside + direction / f64::from(IN_ONE));
            for _ in 0..HALVINGS {
                let middle = 0.5 * (inside + outside);
                match is_inside(&line.fit(&peak.at, middle)) {
                    true => inside = middle,
                    false => outside = middle,
                }
            }
            inside
        };
        let interval = ConfidenceInterval {
            low: end(first, -1.0),
            high: end(last, 1.0),
        };
        Ok(line.law(Estimate { value, interval }, &peak))
    }

    /// The fit with the given exponent p: 0 for a law in ln T, 1 for a linear one.
    ///
    /// # Errors
    /// Those of [`Threshold::fit`](super::Threshold::fit); [`Error::OutOfRange`] for an exponent outside [−10, 10], [`Error::Method`] for a single size.
    pub fn with_exponent(counts: &[SolvedCount], share: f64, p: f64) -> Result<Self> {
        if p.is_nan() || p.abs() > MOST {
            return Err(Error::OutOfRange {
                what: "the exponent p",
                value: p,
                range: "[-10, 10]",
            });
        }
        let line = Line::with_sizes(counts, share, 2)?;
        let interval = ConfidenceInterval { low: p, high: p };
        Ok(line.law(Estimate { value: p, interval }, &line.fit(&line.start, p)))
    }

    /// The critical size m* of a size on the curve.
    ///
    /// Outside of the sizes of the fit it is an extrapolation, which may be negative; it is no number for a size that is not positive.
    pub fn critical(&self, size: f64) -> f64 {
        let [(first, least), (last, most)] = self.ends;
        let w = weight(self.exponent.value, libm::log(size) - first, last - first);
        least + w * (most - least)
    }
}

/// A fit through the values at the smallest and the largest size.
struct Line {
    counts: Counts,
    ln_sizes: Vec<f64>,
    /// ln a and ln m* of both in the free fit.
    start: Vec<f64>,
}

impl Line {
    fn new(counts: &[SolvedCount], share: f64) -> Result<Self> {
        Line::with_sizes(counts, share, 3)
    }

    fn with_sizes(counts: &[SolvedCount], share: f64, least: usize) -> Result<Self> {
        let counts = Counts::new(counts, share)?;
        let found = counts.sizes.len();
        if found < least {
            return Err(refuse(
                format!("growth needs {least} different sizes, and there are {found}"),
                "give more sizes",
            ));
        }
        let ln_sizes: Vec<f64> = counts.sizes.iter().map(|size| libm::log(*size)).collect();
        if ln_sizes[0] == ln_sizes[found - 1] {
            return Err(refuse(
                "all sizes are the same up to rounding".into(),
                "give a wider range of sizes",
            ));
        }
        let peak = free(&counts);
        Ok(Line {
            start: vec![peak.at[0], peak.at[1], peak.at[found]],
            ln_sizes,
            counts,
        })
    }

    /// The fits with some exponents, each from the one before.
    fn walk<'a>(&self, exponents: impl Iterator<Item = &'a f64>) -> Vec<Peak> {
        let mut from = self.start.clone();
        let fits = exponents.map(|p| {
            let peak = self.fit(&from, *p);
            from.clone_from(&peak.at);
            peak
        });
        fits.collect()
    }

    /// The most likely slope and ends with this exponent, looked for from `start`.
    fn fit(&self, start: &[f64], p: f64) -> Peak {
        let (first, last) = (self.ln_sizes[0], self.ln_sizes[self.ln_sizes.len() - 1]);
        let weights = self
            .ln_sizes
            .iter()
            .map(|size| weight(p, size - first, last - first));
        let curve = Curve::Between(weights.collect());
        climb(start.to_vec(), None, |theta| {
            self.counts.derivatives(&curve, theta)
        })
    }

    /// The most likely exponent between two, by golden sections, and at least as good as the given one.
    fn best_between(&self, low: f64, high: f64, (known, peak): (f64, &Peak)) -> (f64, Peak) {
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut low, mut high) = (low, high);
        let (mut best, mut best_peak) = (known, peak.clone());
        for _ in 0..HALVINGS {
            let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
            let [of_left, of_right] = [left, right].map(|p| self.fit(&peak.at, p));
            let is_left = of_left.ln_likelihood >= of_right.ln_likelihood;
            let (p, there) = if is_left {
                (left, of_left)
            } else {
                (right, of_right)
            };
            if there.ln_likelihood > best_peak.ln_likelihood {
                (best, best_peak) = (p, there);
            }
            match is_left {
                true => high = right,
                false => low = left,
            }
        }
        (best, best_peak)
    }

    fn law(&self, exponent: Estimate, peak: &Peak) -> BoxCox {
        let (first, last) = (self.ln_sizes[0], self.ln_sizes[self.ln_sizes.len() - 1]);
        BoxCox {
            exponent,
            slope: libm::exp(peak.at[0]),
            ln_likelihood: peak.ln_likelihood,
            ends: [
                (first, libm::exp(peak.at[1])),
                (last, libm::exp(peak.at[2])),
            ],
        }
    }
}

/// (Tᵖ − T₁ᵖ) / (T₂ᵖ − T₁ᵖ) of ln (T/T₁) and ln (T₂/T₁), in a form that does not overflow between T₁ and T₂.
fn weight(p: f64, ln_ratio: f64, range: f64) -> f64 {
    if p == 0.0 {
        return ln_ratio / range;
    }
    if p < 0.0 {
        return libm::expm1(p * ln_ratio) / libm::expm1(p * range);
    }
    libm::exp(p * (ln_ratio - range)) * libm::expm1(-p * ln_ratio) / libm::expm1(-p * range)
}
