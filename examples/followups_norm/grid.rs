//! The runs of all settings, and statistics of medians along one of them.

use crate::run::{Ends, Run};
use sparse_parity::stats::{Estimate, Times, median};
use sparse_parity::terminal::Result;
use sparse_parity_examples::resampled::{resampled, rng_of};

/// The settings that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    Eta,
    Lambda,
    Samples,
}

impl Axis {
    pub const ALL: [Axis; 3] = [Axis::Eta, Axis::Lambda, Axis::Samples];

    pub fn name(self) -> &'static str {
        match self {
            Axis::Eta => "η",
            Axis::Lambda => "λ",
            Axis::Samples => "m",
        }
    }

    fn of(self, run: &Run) -> f64 {
        match self {
            Axis::Eta => run.eta,
            Axis::Lambda => run.lambda,
            Axis::Samples => run.samples as f64,
        }
    }
}

/// A setting and its runs, run i of each with the same seeds.
#[derive(Clone)]
pub struct Setting {
    pub run: Run,
    pub ends: Vec<Ends>,
}

impl Setting {
    /// ‖θ‖ at the generalisation, the median of these runs that are solved.
    pub fn norm(&self, chosen: &[usize]) -> f64 {
        let solved = |i: &usize| {
            let ends = &self.ends[*i];
            ends.time.solved().map(|_| ends.norm)
        };
        median(chosen.iter().filter_map(solved)).unwrap_or(f64::NAN)
    }

    /// κ, the median of these runs that have one.
    pub fn kappa(&self, chosen: &[usize]) -> f64 {
        let of = |i: &usize| self.ends[*i].kappa(&self.run);
        median(chosen.iter().filter_map(of)).unwrap_or(f64::NAN)
    }

    pub fn times(&self) -> Times {
        self.ends.iter().map(|ends| ends.time).collect()
    }

    /// Delays of the runs that memorise their sample first.
    pub fn delays(&self) -> Times {
        self.ends.iter().filter_map(Ends::delay).collect()
    }

    /// Whether at least half of the runs are solved.
    fn is_solved(&self) -> bool {
        2 * self.times().solved() >= self.ends.len()
    }

    pub fn all(&self) -> Vec<usize> {
        (0..self.ends.len()).collect()
    }

    /// A statistic with its interval by resampling the runs.
    pub fn estimate(&self, of: impl Fn(&Setting, &[usize]) -> f64) -> Result<Estimate> {
        let rng = &mut rng_of(&format!("{:?}", self.run));
        resampled(self.ends.len(), rng, |chosen| of(self, chosen))
    }
}

/// Points along an axis, with a value each.
type Line = Vec<(f64, f64)>;

/// All settings without a clamp.
pub struct Grid {
    pub settings: Vec<Setting>,
    /// The number of runs of each.
    pub runs: usize,
}

impl Grid {
    /// The settings at least half of whose runs are solved.
    pub fn solved(&self) -> Grid {
        self.keep(Setting::is_solved)
    }

    /// The settings with a positive κ, of those that [`solved`](Grid::solved) keeps.
    pub fn delayed(&self) -> Grid {
        self.keep(|setting| setting.is_solved() && setting.kappa(&setting.all()) > 0.0)
    }

    pub fn keep(&self, is_kept: impl Fn(&Setting) -> bool) -> Grid {
        let kept = self.settings.iter().filter(|setting| is_kept(setting));
        Grid {
            settings: kept.cloned().collect(),
            runs: self.runs,
        }
    }

    /// Those that differ along an axis alone, with its values and theirs, for a choice of runs.
    fn lines(
        &self,
        axis: Axis,
        of: impl Fn(&Setting, &[usize]) -> f64,
        chosen: &[usize],
    ) -> Vec<Line> {
        let others = |run: &Run| {
            let others = Axis::ALL.into_iter().filter(|other| *other != axis);
            others.map(|other| other.of(run)).collect::<Vec<f64>>()
        };
        let mut lines: Vec<(Vec<f64>, Line)> = Vec::new();
        for setting in &self.settings {
            let (key, value) = (others(&setting.run), of(setting, chosen));
            let point = (axis.of(&setting.run), value);
            match lines.iter_mut().find(|line| line.0 == key) {
                Some(line) => line.1.push(point),
                None => lines.push((key, vec![point])),
            }
        }
        let mut lines: Vec<_> = lines.into_iter().map(|line| line.1).collect();
        lines.retain(|line| line.len() > 1);
        lines
    }

    /// The exponent a of values ∝ axisᵃ, by least squares of logarithms with a factor for each line along the axis.
    pub fn exponent(
        &self,
        axis: Axis,
        of: impl Fn(&Setting, &[usize]) -> f64 + Copy,
    ) -> Result<Estimate> {
        let rng = &mut rng_of(&format!("exponent {}", axis.name()));
        resampled(self.runs, rng, |chosen| {
            let (mut square, mut product) = (0.0, 0.0);
            for mut line in self.lines(axis, of, chosen) {
                // A resample may have a value that has no logarithm.
                line.retain(|point| point.1 > 0.0);
                let count = line.len() as f64;
                let x = line.iter().map(|point| point.0.ln()).sum::<f64>() / count;
                let y = line.iter().map(|point| point.1.ln()).sum::<f64>() / count;
                for point in line {
                    square += (point.0.ln() - x).powi(2);
                    product += (point.0.ln() - x) * (point.1.ln() - y);
                }
            }
            product / square
        })
    }

    /// The coefficient of variation along each of two axes, a mean over lines, and the second less the first.
    pub fn variations(
        &self,
        axes: [Axis; 2],
        of: impl Fn(&Setting, &[usize]) -> f64 + Copy,
    ) -> Result<[Estimate; 3]> {
        let along = |axis: Axis, chosen: &[usize]| {
            let lines = self.lines(axis, of, chosen);
            lines.iter().map(|line| variation(line)).sum::<f64>() / lines.len() as f64
        };
        let named = |name: &str, statistic: &dyn Fn(&[usize]) -> f64| {
            let rng = &mut rng_of(&format!("variation {name}"));
            resampled(self.runs, rng, statistic)
        };
        let [a, b] = axes;
        Ok([
            named(a.name(), &|chosen| along(a, chosen))?,
            named(b.name(), &|chosen| along(b, chosen))?,
            named("difference", &|chosen| along(b, chosen) - along(a, chosen))?,
        ])
    }
}

/// The standard deviation over the mean.
fn variation(line: &[(f64, f64)]) -> f64 {
    let count = line.len() as f64;
    let mean = line.iter().map(|point| point.1).sum::<f64>() / count;
    let square: f64 = line.iter().map(|point| (point.1 - mean).powi(2)).sum();
    (square / (count - 1.0)).sqrt() / mean
}
