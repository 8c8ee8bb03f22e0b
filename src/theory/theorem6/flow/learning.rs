//! The time at which the flow has learned the parity.

use super::DisjointFlow;
use crate::error::{Result, fraction};
use crate::theory::theorem6::error_rate::{distribution, error_with};

impl DisjointFlow {
    /// The error of sign(f) at a time, in blocks of `block` coordinates; 0 when the weights have become
    /// infinite.
    ///
    /// # Errors
    /// Those of [`weights`](DisjointFlow::weights) and of [`error_rate`](crate::theory::theorem6::error_rate).
    pub fn error_at(&self, time: f64, block: usize) -> Result<f64> {
        let distribution = distribution(block)?;
        let v = self.weights(time)?;
        Ok(v.map_or(0.0, |v| error_with(&distribution, &v)))
    }

    /// T(ε), the first time from which on the error is at most `error`; infinite if it never is.
    ///
    /// The error is a step function of time, and T(ε) is at one of its steps: the time at which a
    /// weight reaches a whole number.
    ///
    /// # Errors
    /// [`Error::Fraction`](crate::Error::Fraction) for an error outside [0, 1),
    /// [`Error::TooLarge`](crate::Error::TooLarge) or [`Error::Zero`](crate::Error::Zero) for an
    /// invalid block size.
    ///
    /// ```
    /// use sparse_parity::theory::theorem6::DisjointFlow;
    ///
    /// // With n' = 11 the last step is at v = 10, where v + Z cannot be negative any more.
    /// let flow = DisjointFlow::ones(3)?;
    /// assert!((flow.time_to_error(11, 0.0)? - 0.9).abs() < 1e-15);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn time_to_error(&self, block: usize, error: f64) -> Result<f64> {
        fraction("the error ε", error)?;
        let distribution = distribution(block)?;
        let steps = self.steps(block);
        // Between steps the error is constant, and it falls from step to step.
        let behind = |i: usize| match (steps[i], steps.get(i + 1)) {
            (p, Some(next)) => 0.5 * (p + next),
            (p, None) if self.is_confined() => 0.5 * p,
            (p, None) => p.abs() + 1.0,
        };
        let is_reached = |i: usize| error_with(&distribution, &self.at(behind(i))) <= error;
        let (mut low, mut high) = (0, steps.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match is_reached(middle) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        Ok(steps.get(low).map_or(f64::INFINITY, |p| self.time_of(*p)))
    }

    /// The values of p, from its first on, at which the error may change, ascending.
    fn steps(&self, block: usize) -> Vec<f64> {
        let levels = ((block + 1) % 2..block).step_by(2);
        let mut steps = vec![self.p];
        for gap in &self.gaps {
            for level in levels.clone() {
                let square = (level as f64) * (level as f64) - gap;
                if square >= 0.0 {
                    steps.extend([-square.sqrt(), square.sqrt()]);
                }
            }
        }
        let end = if self.is_confined() {
            0.0
        } else {
            f64::INFINITY
        };
        steps.retain(|p| *p == self.p || self.p < *p && *p < end);
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::STARTS;
    use super::*;

    #[test]
    fn the_plateau_takes_the_share_of_the_specification() {
        let share = |k: usize, block| {
            let flow = DisjointFlow::ones(k).unwrap();
            let time = |error| flow.time_to_error(block, error).unwrap();
            (1000.0 * time(0.49) / time(0.0)).round() / 1000.0
        };
        assert_eq!(
            [11, 101, 301].map(|block| share(3, block)),
            [0.556, 0.758, 0.836]
        );
        assert_eq!(
            [11, 101, 301].map(|block| share(4, block)),
            [0.758, 0.938, 0.984]
        );
    }

    #[test]
    fn the_error_falls_to_its_threshold_just_then() {
        for start in STARTS {
            for block in [4, 5, 11] {
                let flow = DisjointFlow::new(start).unwrap();
                let mut last = f64::INFINITY;
                for error in [0.0, 0.01, 0.1, 0.3, 0.49, 0.6, 0.99] {
                    let time = flow.time_to_error(block, error).unwrap();
                    assert!(time <= last, "{start:?}");
                    last = time;
                    if time.is_infinite() {
                        continue;
                    }
                    let at = |t| flow.error_at(t, block).unwrap();
                    assert!(at(time + 1e-5) <= error, "{start:?} {error}");
                    let before = time - 1e-5;
                    assert!(before < 0.0 || at(before) > error, "{start:?} {error}");
                }
            }
        }
    }

    #[test]
    fn bad_input_is_refused() {
        let flow = DisjointFlow::ones(3).unwrap();
        assert!(flow.time_to_error(0, 0.1).is_err());
        assert!(flow.time_to_error(5, 1.0).is_err() && flow.time_to_error(5, -0.1).is_err());
        assert!(flow.error_at(0.1, 0).is_err());
    }
}
