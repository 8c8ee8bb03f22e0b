mod learning;

use super::path::Path;
use crate::error::{Result, at_most, non_negative, positive};

/// Writes the velocity of the relevant weights, $`v_i' = \prod_{j \ne i} v_j`$.
///
/// # Panics
/// If the slices differ in length.
///
/// ```
/// use sparse_parity::theory::theorem6::velocity;
///
/// let mut v = [0.0; 3];
/// velocity(&[2.0, 3.0, 5.0], &mut v);
/// assert_eq!(v, [15.0, 10.0, 6.0]);
/// ```
pub fn velocity(v: &[f64], into: &mut [f64]) {
    assert_eq!(v.len(), into.len(), "one velocity a weight");
    let mut before = 1.0;
    for (into, v) in into.iter_mut().zip(v) {
        *into = before;
        before *= v;
    }
    let mut behind = 1.0;
    for (into, v) in into.iter_mut().zip(v).rev() {
        *into *= behind;
        behind *= v;
    }
}

/// The gradient flow of the relevant weights of a disjoint-PolyNet from a given start.
///
/// Let ℓ be the weight that begins smallest in size, and p its value times the sign of the product
/// of the others. Then all $`c_j = v_j(0)^2 - v_\ell(0)^2`$ are at least 0,
///
/// ```math
/// |v_j| = \sqrt{c_j + p^2} , \qquad p' = \prod_{j \ne \ell} \sqrt{c_j + p^2} ,
/// ```
///
/// and p only grows: from a negative product, the smallest weight shrinks and changes its sign, unless
/// another one is as small, in which case both tend to 0 and the parity is not learned. If all weights
/// begin at one size the solution is elementary, and otherwise the time is an integral over p, computed
/// to rounding errors.
///
/// ```
/// use sparse_parity::theory::theorem6::DisjointFlow;
///
/// let ones = DisjointFlow::ones(4)?;
/// assert_eq!(ones.blow_up(), 0.5);
/// assert_eq!(ones.weights(0.375)?, Some(vec![2.0; 4]));
/// assert_eq!(ones.weights(0.5)?, None);
///
/// let flow = DisjointFlow::new(&[1.0, 2.0, -3.0])?;
/// let v = flow.weights(0.7)?.expect("the flow is still finite");
/// assert!((v[1] * v[1] - v[0] * v[0] - 3.0).abs() < 1e-9);
/// // The product is negative, so the smallest weight had to change its sign.
/// assert!(v[0] < 0.0);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DisjointFlow {
    start: Vec<f64>,
    /// The sign of each weight; of the smallest one, that of the product of the others.
    signs: Vec<f64>,
    /// c_j, and 0 for the smallest weight.
    gaps: Vec<f64>,
    smallest: usize,
    p: f64,
}

impl DisjointFlow {
    /// The flow of k weights from all-ones.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if k is 0.
    pub fn ones(k: usize) -> Result<Self> {
        at_most("the number of factors k", k, 1 << 20)?;
        DisjointFlow::new(&vec![1.0; k])
    }

    /// The flow from the relevant weights `start`.
    ///
    /// # Errors
    /// [`Error::Zero`](crate::Error::Zero) if `start` is empty,
    /// [`Error::Negative`](crate::Error::Negative) if the sum of their squares is infinite or not a
    /// number.
    pub fn new(start: &[f64]) -> Result<Self> {
        positive("the number of factors k", start.len())?;
        let squares = start.iter().map(|v| v * v).sum();
        non_negative("the sum of the squares of the weights", squares)?;
        let by_size = |&i: &usize, &j: &usize| start[i].abs().total_cmp(&start[j].abs());
        let smallest = (0..start.len()).min_by(by_size).unwrap_or(0);
        let least = start[smallest].abs();
        // As a product, so that equal sizes differ by exactly 0.
        let gaps = start.iter().map(|v| (v.abs() - least) * (v.abs() + least));
        let mut signs: Vec<f64> = start.iter().map(|v| 1.0_f64.copysign(*v)).collect();
        let own = std::mem::replace(&mut signs[smallest], 1.0);
        signs[smallest] = signs.iter().product();
        Ok(DisjointFlow {
            p: own * signs[smallest] * least,
            gaps: gaps.collect(),
            start: start.to_vec(),
            signs,
            smallest,
        })
    }

    /// The weights at the start.
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// The time at which the weights become infinite; infinite if they never do.
    ///
    /// For k ≤ 2 they never do, nor if the product begins negative, or 0, and two or more weights
    /// are smallest.
    pub fn blow_up(&self) -> f64 {
        let k = self.start.len();
        if k <= 2 || self.is_confined() {
            return f64::INFINITY;
        }
        if self.is_level() {
            return libm::pow(self.p, 2.0 - k as f64) / (k - 2) as f64;
        }
        let path = self.path();
        let (mut s, mut time) = (path.first(), 0.0);
        loop {
            let piece = path.time(s, s + 1.0);
            time += piece;
            s += 1.0;
            if piece <= 1e-18 * time {
                return time;
            }
        }
    }

    /// The relevant weights at a time; `None` if they have become infinite before or at it.
    ///
    /// # Errors
    /// [`Error::Negative`](crate::Error::Negative) for a time that is negative or not finite.
    pub fn weights(&self, time: f64) -> Result<Option<Vec<f64>>> {
        non_negative("the time", time)?;
        if time >= self.blow_up() {
            return Ok(None);
        }
        let p = if self.is_level() {
            self.level_at(time)
        } else if self.is_stationary() {
            self.p
        } else {
            self.path().at(time)
        };
        let v = self.at(p);
        Ok(v.iter().all(|v| v.is_finite()).then_some(v))
    }

    /// The weights where the smallest one has size |p|.
    fn at(&self, p: f64) -> Vec<f64> {
        let sizes = self.gaps.iter().map(|gap| (gap + p * p).sqrt());
        let mut v: Vec<f64> = sizes
            .zip(&self.signs)
            .map(|(size, sign)| size * sign)
            .collect();
        v[self.smallest] = p * self.signs[self.smallest];
        v
    }

    /// Whether p can never become positive: other weights are as small as the smallest.
    fn is_confined(&self) -> bool {
        self.p <= 0.0 && self.ties() > 0
    }

    /// Whether the weights are constant.
    fn is_stationary(&self) -> bool {
        self.p == 0.0 && self.ties() > 0
    }

    /// The number of other weights as small as the smallest.
    fn ties(&self) -> usize {
        self.gaps.iter().filter(|gap| **gap == 0.0).count() - 1
    }

    /// Whether all weights begin with one size.
    fn is_level(&self) -> bool {
        self.ties() + 1 == self.gaps.len()
    }

    /// p at a time, if all weights begin with one size: p' = |p|^(k−1).
    fn level_at(&self, time: f64) -> f64 {
        let k = self.start.len() as f64;
        match self.start.len() {
            1 => self.p + time,
            2 => self.p * libm::exp(time.copysign(self.p)),
            _ if self.p == 0.0 => 0.0,
            _ => {
                let rest = libm::pow(self.p.abs(), 2.0 - k) - (k - 2.0) * time.copysign(self.p);
                libm::pow(rest, -1.0 / (k - 2.0)).copysign(self.p)
            }
        }
    }

    /// The time at which the smallest weight is at p.
    fn time_of(&self, p: f64) -> f64 {
        let k = self.start.len() as f64;
        if p == self.p {
            return 0.0;
        }
        if !self.is_level() {
            let path = self.path();
            return path.time_to(path.place(p));
        }
        match self.start.len() {
            1 => p - self.p,
            2 => libm::log(p / self.p).abs(),
            _ => {
                let power = |p: f64| libm::pow(p.abs(), 2.0 - k);
                (power(self.p) - power(p)).abs() / (k - 2.0)
            }
        }
    }

    fn path(&self) -> Path<'_> {
        Path::new(&self.gaps, self.smallest, self.p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runge–Kutta of order 4 with many steps, as an independent solution.
    fn stepped(start: &[f64], time: f64, steps: usize) -> Vec<f64> {
        let h = time / steps as f64;
        let mut v = start.to_vec();
        let slope = |v: &[f64]| {
            let mut into = vec![0.0; v.len()];
            velocity(v, &mut into);
            into
        };
        let moved = |v: &[f64], by: &[f64], h: f64| -> Vec<f64> {
            v.iter().zip(by).map(|(v, by)| v + h * by).collect()
        };
        for _ in 0..steps {
            let a = slope(&v);
            let b = slope(&moved(&v, &a, 0.5 * h));
            let c = slope(&moved(&v, &b, 0.5 * h));
            let d = slope(&moved(&v, &c, h));
            for i in 0..v.len() {
                v[i] += h / 6.0 * (a[i] + 2.0 * (b[i] + c[i]) + d[i]);
            }
        }
        v
    }

    pub(super) const STARTS: [&[f64]; 12] = [
        &[0.7],
        &[-2.0],
        &[1.0, -0.5],
        &[1.0, 1.0, 1.0],
        &[1.0, 2.0, 3.0],
        &[-1.0, 2.0, 3.0],
        &[0.0, 1.0, -1.0],
        &[1e-6, 0.3, 2.0, 5.0],
        &[-0.5, 0.6, 0.6, -0.7, -1.0],
        &[0.5, -0.5, 1.0],
        &[-0.5, -0.5, 1.0],
        &[-1.0, 1.0, 1.0, 1.0],
    ];

    #[test]
    fn the_closed_form_satisfies_the_equation_from_any_start() {
        for start in STARTS {
            let flow = DisjointFlow::new(start).unwrap();
            let until = (0.8 * flow.blow_up()).min(2.0);
            for share in [0.0, 0.1, 0.5, 1.0] {
                let v = flow.weights(share * until).unwrap().unwrap();
                let expected = stepped(start, share * until, 4000);
                for (v, expected) in v.iter().zip(&expected) {
                    let scale = 1.0 + expected.abs();
                    assert!(
                        (v - expected).abs() < 1e-9 * scale,
                        "{start:?} {share}: {v} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn from_all_ones_the_flow_is_that_of_the_paper() {
        for k in 3..9 {
            let flow = DisjointFlow::ones(k).unwrap();
            let m = (k - 2) as f64;
            assert_eq!(flow.blow_up(), 1.0 / m);
            for t in [0.0, 0.01, 0.1] {
                let v = libm::pow(1.0 - m * t, -1.0 / m);
                let found = flow.weights(t).unwrap().unwrap();
                assert!(found.iter().all(|w| (w / v - 1.0).abs() < 1e-15));
            }
        }
        let two = DisjointFlow::ones(2).unwrap();
        assert_eq!(two.blow_up(), f64::INFINITY);
        assert_eq!(two.weights(1.5).unwrap(), Some(vec![libm::exp(1.5); 2]));
    }

    #[test]
    fn unequal_starts_approach_the_equal_one() {
        let ones = DisjointFlow::ones(4).unwrap();
        for gap in [1e-3, 1e-6, 1e-9, 1e-12] {
            let near = DisjointFlow::new(&[1.0, 1.0 + gap, 1.0, 1.0 + gap]).unwrap();
            assert!((near.blow_up() - 0.5).abs() < 2.0 * gap + 1e-14);
            let (v, w) = (near.weights(0.3).unwrap(), ones.weights(0.3).unwrap());
            let distance = (v.unwrap()[0] - w.unwrap()[0]).abs();
            assert!(distance < 10.0 * gap + 1e-13, "{gap}: {distance}");
        }
    }

    #[test]
    fn the_blow_up_of_three_different_weights_is_an_elliptic_integral() {
        // ∫₀^∞ dp / √((1 + p²)(c + p²)) = K(m)/√c with m = 1 − 1/c; by the arithmetic-geometric mean.
        let c = 4.0_f64;
        let (mut a, mut g) = (1.0, (1.0 / c).sqrt());
        for _ in 0..10 {
            (a, g) = (0.5 * (a + g), (a * g).sqrt());
        }
        let exact = std::f64::consts::FRAC_PI_2 / a / c.sqrt();
        let flow = DisjointFlow::new(&[0.0, 1.0, 2.0]).unwrap();
        assert!((flow.blow_up() / exact - 1.0).abs() < 1e-14);
    }

    #[test]
    fn squares_keep_their_differences_and_the_product_grows() {
        for start in STARTS {
            let flow = DisjointFlow::new(start).unwrap();
            let mut last = start.iter().product::<f64>();
            for step in 1..=20 {
                let time = (0.99 * flow.blow_up()).min(3.0) * f64::from(step) / 20.0;
                let v = flow.weights(time).unwrap().unwrap();
                for i in 1..v.len() {
                    let now = v[i] * v[i] - v[0] * v[0];
                    let then = start[i] * start[i] - start[0] * start[0];
                    assert!(
                        (now - then).abs() < 1e-12 * (1.0 + v[i] * v[i]),
                        "{start:?}"
                    );
                }
                let product = v.iter().product::<f64>();
                assert!(product >= last, "{start:?}");
                last = product;
            }
        }
    }

    #[test]
    fn a_negative_product_with_a_tie_never_learns() {
        let flow = DisjointFlow::new(&[-1.0, 1.0, 1.0]).unwrap();
        assert_eq!(flow.blow_up(), f64::INFINITY);
        assert_eq!(flow.time_to_error(5, 0.49).unwrap(), f64::INFINITY);
        let late = flow.weights(1e6).unwrap().unwrap();
        assert!(late.iter().all(|v| v.abs() < 2e-6 && v.abs() > 0.0));
        let still = DisjointFlow::new(&[0.0, 0.0, 2.0]).unwrap();
        assert_eq!(still.weights(7.0).unwrap().unwrap(), [0.0, 0.0, 2.0]);
        assert_eq!(still.time_to_error(5, 0.49).unwrap(), f64::INFINITY);
        assert!(still.error_at(9.0, 5).unwrap() >= 0.5);
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(DisjointFlow::ones(0).is_err() && DisjointFlow::new(&[]).is_err());
        assert!(DisjointFlow::ones(usize::MAX).is_err());
        for v in [f64::NAN, f64::INFINITY, 1e200] {
            assert!(DisjointFlow::new(&[1.0, v]).is_err(), "{v}");
        }
        let flow = DisjointFlow::ones(3).unwrap();
        for t in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(flow.weights(t).is_err());
        }
    }
}
