use super::PlotError;

/// The scale of an axis.
///
/// ```
/// use sparse_parity::plot::{Panel, Scale};
/// let panel = Panel::new().x_scale(Scale::Log10).y_scale(Scale::Linear);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scale {
    /// Equal differences take equal lengths.
    #[default]
    Linear,
    /// Equal ratios take equal lengths; points of curves that are not positive are marked by a triangle at the end of the
    /// axis, and break the line.
    Log10,
}

impl Scale {
    /// Whether the axis can show a value; beyond 1e300 differences could overflow.
    pub(super) fn shows(self, v: f64) -> bool {
        v.abs() <= 1e300 && (self == Self::Linear || v >= 1e-300)
    }

    pub(super) fn map(self, v: f64) -> f64 {
        match self {
            Self::Linear => v,
            Self::Log10 => libm::log10(v),
        }
    }

    fn unmap(self, u: f64) -> f64 {
        match self {
            Self::Linear => u,
            // Beyond, differences could overflow.
            Self::Log10 => libm::pow(10.0, u.clamp(-300.0, 300.0)),
        }
    }
}

/// A scale and the range shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub scale: Scale,
    pub lo: f64,
    pub hi: f64,
    /// Whether the low end is at the right or at the top.
    pub is_reversed: bool,
}

impl Axis {
    /// Takes a range given by the user.
    pub fn fixed(name: &'static str, scale: Scale, lo: f64, hi: f64) -> Result<Self, PlotError> {
        let drawable = scale.shows(lo) && scale.shows(hi) && lo < hi && !is_point(lo, hi);
        if drawable {
            Ok(Self::new(scale, lo, hi))
        } else {
            Err(PlotError::Range { axis: name, lo, hi })
        }
    }

    /// Fits the values with a margin, a fraction of the range, on both sides.
    pub fn fit(scale: Scale, margin: f64, values: impl Iterator<Item = f64>) -> Self {
        let (lo, hi) = values
            .filter(|&v| scale.shows(v))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| {
                (lo.min(v), hi.max(v))
            });
        let empty = lo > hi;
        match scale {
            Scale::Linear if empty => Self::new(scale, 0.0, 1.0),
            Scale::Log10 if empty => Self::new(scale, 1.0, 10.0),
            Scale::Linear if is_point(lo, hi) => {
                let half = if lo.abs() < SMALLEST {
                    1.0
                } else {
                    0.5 * lo.abs()
                };
                Self::new(scale, lo - half, hi + half)
            }
            Scale::Log10 if is_point(lo, hi) => Self::new(scale, lo / 2.0, hi * 2.0),
            _ if margin == 0.0 => Self::new(scale, lo, hi),
            Scale::Log10 if is_short(lo, hi) => {
                let pad = margin * (hi - lo);
                Self::new(scale, lo - pad, hi + pad)
            }
            _ => {
                let (u, v) = (scale.map(lo), scale.map(hi));
                let pad = margin * (v - u);
                let mut axis = Self::new(scale, scale.unmap(u - pad), scale.unmap(v + pad));
                // Quantities of one sign, such as an error, keep zero as the end of their axis.
                if lo >= 0.0 {
                    axis.lo = axis.lo.max(0.0);
                }
                if hi <= 0.0 {
                    axis.hi = axis.hi.min(0.0);
                }
                axis
            }
        }
    }

    /// An axis from half a step before the first category to half a step behind the last.
    pub fn categories(count: usize) -> Self {
        Self::new(Scale::Linear, -0.5, count as f64 - 0.5)
    }

    pub fn new(scale: Scale, lo: f64, hi: f64) -> Self {
        Self {
            scale,
            lo,
            hi,
            is_reversed: false,
        }
    }

    pub fn downwards(self) -> Self {
        Self {
            is_reversed: true,
            ..self
        }
    }

    /// Adds a share of the range at the high end.
    pub fn raised(self, share: f64) -> Self {
        if is_short(self.lo, self.hi) {
            let hi = self.hi + share * (self.hi - self.lo);
            return Self { hi, ..self };
        }
        let (lo, hi) = (self.scale.map(self.lo), self.scale.map(self.hi));
        let hi = self.scale.unmap(hi + share * (hi - lo));
        Self { hi, ..self }
    }

    /// The smallest axis which holds both.
    pub fn union(self, other: Self) -> Self {
        Self {
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
            ..self
        }
    }

    /// The position of a value: 0 at the left or lower end, 1 at the other.
    pub fn fraction(&self, v: f64) -> f64 {
        let along = match self.scale {
            // Logarithms of numbers so near to each other are equal.
            Scale::Log10 if is_short(self.lo, self.hi) => {
                let ratio = |v: f64| libm::log1p((v - self.lo) / self.lo);
                ratio(v) / ratio(self.hi)
            }
            _ => {
                let (lo, hi) = (self.scale.map(self.lo), self.scale.map(self.hi));
                (self.scale.map(v) - lo) / (hi - lo)
            }
        };
        if self.is_reversed { 1.0 - along } else { along }
    }

    pub fn contains(&self, v: f64) -> bool {
        (self.lo..=self.hi).contains(&v)
    }
}

/// The smallest range that has ticks.
const SMALLEST: f64 = 1e-300;

/// Whether a range has no numbers between its ends, or is too small for ticks.
fn is_point(lo: f64, hi: f64) -> bool {
    hi <= lo.next_up() || hi - lo < SMALLEST
}

/// Whether the logarithms of the ends have lost digits of their difference.
fn is_short(lo: f64, hi: f64) -> bool {
    hi - lo <= 1e-6 * lo.abs().max(hi.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversed_or_non_finite_range_is_an_error() {
        for (lo, hi) in [
            (1.0, 0.0),
            (0.0, f64::NAN),
            (f64::NEG_INFINITY, 0.0),
            (2.0, 2.0),
        ] {
            assert!(Axis::fixed("x", Scale::Linear, lo, hi).is_err());
        }
    }

    #[test]
    fn a_log_range_which_is_not_positive_is_an_error() {
        assert!(Axis::fixed("y", Scale::Log10, 0.0, 1.0).is_err());
        assert!(Axis::fixed("y", Scale::Log10, -1.0, 1.0).is_err());
        assert!(Axis::fixed("y", Scale::Log10, 0.1, 1.0).is_ok());
    }

    #[test]
    fn equal_or_missing_values_still_give_a_range() {
        for scale in [Scale::Linear, Scale::Log10] {
            for values in [vec![], vec![3.0, 3.0], vec![f64::NAN], vec![-2.0]] {
                let axis = Axis::fit(scale, 0.05, values.into_iter());
                assert!(axis.lo < axis.hi);
            }
        }
    }

    #[test]
    fn ranges_are_drawn_down_to_the_resolution_of_numbers() {
        for scale in [Scale::Linear, Scale::Log10] {
            for values in [
                [1.7e12, 1.7e12 + 250.0, 1.7e12 + 500.0],
                [1e15, 1e15 + 0.5, 1e15 + 1.0],
                [0.1, 0.1_f64.next_up(), 0.1_f64.next_up().next_up()],
                [1e-290, 2e-290, 3e-290],
            ] {
                for margin in [0.0, 0.05] {
                    let axis = Axis::fit(scale, margin, values.into_iter());
                    let at = values.map(|v| axis.fraction(v));
                    let apart = [at[1] - at[0], at[2] - at[1]];
                    assert!(
                        apart.iter().all(|apart| (0.2..0.7).contains(apart)),
                        "{values:?}: {at:?}"
                    );
                    assert!(at[0] >= 0.0 && at[2] <= 1.0, "{values:?}: {at:?}");
                }
                assert!(Axis::fixed("x", scale, values[0], values[2]).is_ok());
            }
        }
        assert!(Axis::fixed("x", Scale::Linear, 1.0, 1.0_f64.next_up()).is_err());
    }

    #[test]
    fn decades_are_equally_long_on_a_log_axis() {
        let axis = Axis::fixed("x", Scale::Log10, 1.0, 100.0).unwrap();
        assert!((axis.fraction(10.0) - 0.5).abs() < 1e-12);
    }
}
