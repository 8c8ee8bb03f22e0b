use super::quadrature::integral;

/// The path of p, with a coordinate s in which its speed is smooth.
///
/// p = scale·sinh s, where scale² is the least gap, or p = ±e^{±s} if that is 0 and p keeps its sign.
/// In s, the nearest singularity of dt/ds is π/2 away from the real axis.
pub(super) struct Path<'a> {
    gaps: &'a [f64],
    smallest: usize,
    /// The sign of p at the start.
    sign: f64,
    scale: f64,
    first: f64,
}

impl<'a> Path<'a> {
    /// The path from `p`, with the given differences of the squares.
    pub(super) fn new(gaps: &'a [f64], smallest: usize, p: f64) -> Self {
        let others = (0..gaps.len()).filter(|j| *j != smallest);
        let least = others.map(|j| gaps[j]).fold(f64::INFINITY, f64::min);
        let mut path = Path {
            gaps,
            smallest,
            sign: p.signum(),
            scale: least.sqrt(),
            first: 0.0,
        };
        path.first = path.place(p);
        path
    }

    /// The s at the start.
    pub(super) fn first(&self) -> f64 {
        self.first
    }

    pub(super) fn place(&self, p: f64) -> f64 {
        if self.scale > 0.0 {
            libm::asinh(p / self.scale)
        } else {
            p.signum() * libm::log(p.abs())
        }
    }

    fn p(&self, s: f64) -> f64 {
        if self.scale > 0.0 {
            self.scale * libm::sinh(s)
        } else {
            self.sign * libm::exp(self.sign * s)
        }
    }

    /// dt/ds.
    fn slowness(&self, s: f64) -> f64 {
        let p = self.p(s);
        let speed = if self.scale > 0.0 {
            self.scale * libm::cosh(s)
        } else {
            p.abs()
        };
        let others = self.gaps.iter().enumerate();
        let others = others.filter(|(j, _)| *j != self.smallest);
        others.fold(speed, |ratio, (_, gap)| ratio / (gap + p * p).sqrt())
    }

    /// The time between two values of s that are at most 1 apart.
    pub(super) fn time(&self, from: f64, to: f64) -> f64 {
        integral(from, to, |s| self.slowness(s))
    }

    /// The time from the start.
    pub(super) fn time_to(&self, s: f64) -> f64 {
        let (mut from, mut time) = (self.first, 0.0);
        while from + 1.0 < s {
            time += self.time(from, from + 1.0);
            from += 1.0;
        }
        time + self.time(from, s)
    }

    /// p at a time before the blow-up.
    pub(super) fn at(&self, time: f64) -> f64 {
        let (mut from, mut rest) = (self.first, time);
        loop {
            let piece = self.time(from, from + 1.0);
            if piece >= rest || !piece.is_finite() || piece <= 1e-18 * time {
                break;
            }
            rest -= piece;
            from += 1.0;
        }
        // The time grows with the place, so its bits are found by halving.
        let (mut low, mut high) = (from, from + 1.0);
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                return self.p(middle);
            }
            match self.time(from, middle) < rest {
                true => low = middle,
                false => high = middle,
            }
        }
    }
}
