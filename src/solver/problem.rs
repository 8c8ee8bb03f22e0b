use crate::access::noise;
use crate::error::{Error, Result, positive};
use crate::theory::ln_supports;
use std::ops::RangeInclusive;

/// What a solver is told of a sparse parity: n, the values that k may have, the noise, how often it may fail, and what it
/// may take.
///
/// ```
/// use sparse_parity::solver::{Noise, Problem};
///
/// let problem = Problem::new(50, 3)?.with_noise(Noise::Known(0.1))?.with_failure(0.01)?;
/// assert_eq!(problem.candidates(), 19_600.0);
/// // So many examples tell S from all other sets, with at most so many wrong labels.
/// let size = problem.sample_size()?;
/// assert_eq!((size.examples, size.wrong), (70, 14));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// The number of coordinates n.
    pub n: usize,
    /// The values that k = |S| may have.
    pub k: RangeInclusive<usize>,
    /// What is known of the noise.
    pub noise: Noise,
    /// The probability δ with which a solver may give a wrong answer or none.
    pub failure: f64,
    /// What a solver may take.
    pub limits: Limits,
}

/// What is known of the probability p with which a label is flipped.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Noise {
    /// No label is flipped.
    Clean,
    /// p, above 0.
    Known(f64),
    /// A bound for p, above 0.
    AtMost(f64),
}

impl Noise {
    /// The noise of that probability: [`Clean`](Noise::Clean) if it is 0, else [`Known`](Noise::Known).
    ///
    /// # Errors
    /// [`Error::Noise`] unless 0 ≤ p < 1/2.
    pub fn of(p: f64) -> Result<Self> {
        Ok(match noise(p)? {
            0.0 => Noise::Clean,
            p => Noise::Known(p),
        })
    }

    /// The largest p that is possible.
    pub fn bound(self) -> f64 {
        match self {
            Noise::Clean => 0.0,
            Noise::Known(p) | Noise::AtMost(p) => p,
        }
    }
}

/// What a solver may take: it refuses, before it draws an example, what it expects to take more.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Limits {
    /// Bytes of memory without the examples; 1 GiB by default.
    pub bytes: u64,
    /// Operations on words; 10¹³ by default, half an hour or more.
    pub words: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 1 << 30,
            words: 1e13,
        }
    }
}

impl Problem {
    /// The clean parity of k among n coordinates, with δ = 0.01 and the usual limits.
    ///
    /// # Errors
    /// [`Error::Degree`] unless 1 ≤ k ≤ n.
    pub fn new(n: usize, k: usize) -> Result<Self> {
        Problem::with_degrees(n, k..=k)
    }

    /// The same where k is one of several values.
    ///
    /// # Errors
    /// [`Error::Degree`] unless 1 ≤ k ≤ n for all of them, [`Error::Zero`] if there are none.
    pub fn with_degrees(n: usize, k: RangeInclusive<usize>) -> Result<Self> {
        positive("the number of values of k", k.clone().count())?;
        for k in [*k.start(), *k.end()] {
            if k == 0 || k > n {
                return Err(Error::Degree { k, n });
            }
        }
        Ok(Problem {
            n,
            k,
            noise: Noise::Clean,
            failure: 0.01,
            limits: Limits::default(),
        })
    }

    /// The same with labels that are flipped.
    ///
    /// # Errors
    /// [`Error::Noise`] unless the probability is in [0, 1/2).
    pub fn with_noise(self, noise: Noise) -> Result<Self> {
        let noise = match noise {
            Noise::AtMost(p) if Noise::of(p)? != Noise::Clean => noise,
            other => Noise::of(other.bound())?,
        };
        Ok(Problem { noise, ..self })
    }

    /// The same with another probability δ of failure.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless 0 < δ < 1.
    pub fn with_failure(self, failure: f64) -> Result<Self> {
        if !(failure > 0.0 && failure < 1.0) {
            return Err(Error::OutOfRange {
                what: "the probability of failure δ",
                value: failure,
                range: "(0, 1)",
            });
        }
        Ok(Problem { failure, ..self })
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Problem { limits, ..self }
    }

    /// The number of supports that are possible, Σ C(n, k), infinite above the largest `f64`.
    pub fn candidates(&self) -> f64 {
        let sizes = self.k.clone();
        sizes
            .map(|k| crate::theory::supports(self.n, k).expect("checked when it was made"))
            .sum()
    }

    /// ln Σ C(n, k).
    pub fn ln_candidates(&self) -> f64 {
        let logs = self.k.clone().map(|k| ln_supports(self.n, k));
        let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.map(|ln| libm::exp(ln - most)).sum();
        most + libm::log(sum)
    }

    /// ln (C − 1) for C candidates, exactly where that matters.
    pub(super) fn ln_others(&self) -> f64 {
        let count = self.candidates();
        match count < 1e15 {
            true => libm::log(count - 1.0),
            false => self.ln_candidates(),
        }
    }

    /// Succeeds if labels are clean, as that solver needs them.
    pub(super) fn demand_clean(&self, solver: &'static str) -> Result<()> {
        match self.noise {
            Noise::Clean => Ok(()),
            noise => Err(Error::CleanOnly {
                solver,
                p: noise.bound(),
            }),
        }
    }

    /// Succeeds if an oracle has the same number of coordinates and no more noise than the problem says.
    pub(super) fn fits<A: crate::access::Access + ?Sized>(&self, access: &A) -> Result<()> {
        if access.dim() != self.n {
            return Err(Error::Mismatch {
                what: "the number of coordinates n of the oracle",
                expected: self.n,
                found: access.dim(),
                repair: "state the problem with the n of the oracle",
            });
        }
        match access.noise() {
            Some(p) if p > self.noise.bound() => Err(Error::Conflict {
                one: "the noise of the problem",
                other: "that of the oracle",
                reason: "the oracle flips more labels than the problem says",
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_of_several_sizes_are_added() {
        let problem = Problem::with_degrees(50, 1..=3).unwrap();
        assert_eq!(problem.candidates(), 50.0 + 1225.0 + 19_600.0);
        for problem in [
            problem,
            Problem::new(1000, 6).unwrap(),
            Problem::new(7, 7).unwrap(),
        ] {
            let ln = libm::log(problem.candidates());
            assert!((problem.ln_candidates() - ln).abs() < 1e-11 * ln.max(1.0));
        }
        assert!(Problem::new(3000, 1500).unwrap().ln_candidates() > 2000.0);
    }

    #[test]
    fn bad_problems_are_refused() {
        assert!(Problem::new(5, 0).is_err() && Problem::new(5, 6).is_err());
        #[allow(clippy::reversed_empty_ranges)]
        let empty = Problem::with_degrees(5, 3..=2);
        assert!(empty.is_err());
        let problem = Problem::new(5, 2).unwrap();
        for p in [0.5, -0.1, f64::NAN] {
            assert!(problem.clone().with_noise(Noise::Known(p)).is_err());
            assert!(problem.clone().with_noise(Noise::AtMost(p)).is_err());
        }
        for failure in [0.0, 1.0, f64::NAN] {
            assert!(problem.clone().with_failure(failure).is_err());
        }
        let zero = problem.with_noise(Noise::AtMost(0.0)).unwrap();
        assert_eq!(zero.noise, Noise::Clean);
    }
}
