//! Moments of affine forms of random signs, by truncated power series.

/// Several affine forms z_l = w_l·x + b_l, and the largest power of each that is needed.
///
/// The exponential generating function of their moments is a product over coordinates,
///
/// ```math
/// \mathbb{E} \Big[ \chi_T(x) \, e^{\sum_l s_l z_l} \Big] = e^{\sum_l s_l b_l}
///     \prod_{c \in T} \sinh\Big(\sum_l s_l w_{lc}\Big)
///     \prod_{c \notin T} \cosh\Big(\sum_l s_l w_{lc}\Big) ,
/// ```
///
/// and is multiplied out as a power series in s, truncated at these powers. Prefix and
/// suffix products give it at S△j for all j.
#[derive(Debug)]
pub(super) struct Forms<'a> {
    /// The rows w_l.
    pub(super) weights: &'a [&'a [f64]],
    pub(super) biases: &'a [f64],
    pub(super) powers: &'a [usize],
    pub(super) inside: &'a [bool],
}

/// A table of moments: that of ∏ z_l^{m_l} is at index Σ_l m_l·∏_{i<l} (p_i + 1).
type Moments = [f64];

impl Forms<'_> {
    /// The number of moments.
    pub(super) fn size(&self) -> usize {
        self.powers.iter().map(|p| p + 1).product()
    }

    /// The number of rounded operations that a moment goes through, at most: its relative error, in
    /// ulps of the moment of absolute values.
    pub(super) fn operations(&self) -> f64 {
        ((self.inside.len() + 3) * (self.size() + 3)) as f64
    }

    /// Gives the moments E\[χ_T ∏ z_l^{m_l}\] at T = S△j to `visit`, with j, for each coordinate j;
    /// and returns those at T = S.
    pub(super) fn around(&self, mut visit: impl FnMut(usize, &Moments)) -> Vec<f64> {
        let (n, size) = (self.inside.len(), self.size());
        let mut prefixes = Vec::with_capacity((n + 1) * size);
        prefixes.extend(self.bias());
        for c in 0..n {
            let product = self.times(&prefixes[c * size..], &self.factor(c, self.inside[c]));
            prefixes.extend(product);
        }
        let mut suffix = vec![0.0; size];
        suffix[0] = 1.0;
        for c in (0..n).rev() {
            let rest = self.times(&prefixes[c * size..][..size], &suffix);
            let exchanged = self.times(&rest, &self.factor(c, !self.inside[c]));
            visit(c, &self.moments(exchanged));
            suffix = self.times(&suffix, &self.factor(c, self.inside[c]));
        }
        self.moments(prefixes[n * size..].to_vec())
    }

    /// The series of e^{Σ s_l b_l}.
    fn bias(&self) -> Vec<f64> {
        self.exponential(|l| self.biases[l], |_| true)
    }

    /// The series of sinh or cosh of Σ s_l w_{lc}.
    fn factor(&self, c: usize, odd: bool) -> Vec<f64> {
        self.exponential(|l| self.weights[l][c], |degree| (degree % 2 == 1) == odd)
    }

    /// The terms of e^{Σ s_l v_l} of some degrees: ∏ v_l^{m_l}/m_l!.
    fn exponential(&self, v: impl Fn(usize) -> f64, keep: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut terms = vec![(1.0, 0)];
        for (l, &power) in self.powers.iter().enumerate() {
            let (v, below) = (v(l), terms.len());
            for m in 1..=power {
                for place in 0..below {
                    let (term, degree) = terms[place + (m - 1) * below];
                    terms.push((term * v / m as f64, degree + 1));
                }
            }
        }
        let kept = terms.into_iter();
        kept.map(|(term, degree)| if keep(degree) { term } else { 0.0 })
            .collect()
    }

    /// The product of two series, truncated at the largest powers.
    fn times(&self, a: &[f64], b: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.size()];
        let mut powers = vec![0; self.powers.len()];
        for (at, &a) in a[..product.len()].iter().enumerate() {
            if a != 0.0 {
                let mut rest = at;
                for (power, most) in powers.iter_mut().zip(self.powers) {
                    (*power, rest) = (rest % (most + 1), rest / (most + 1));
                }
                self.add_times(&mut product[at..], a, b, &powers, self.powers.len());
            }
        }
        product
    }

    /// Adds `a` times the terms of b that have room above `powers` in the first `axes` axes.
    fn add_times(&self, into: &mut [f64], a: f64, b: &[f64], powers: &[usize], axes: usize) {
        let Some(axis) = axes.checked_sub(1) else {
            into[0] += a * b[0];
            return;
        };
        let stride: usize = self.powers[..axis].iter().map(|p| p + 1).product();
        for m in 0..=self.powers[axis] - powers[axis] {
            let at = m * stride;
            self.add_times(&mut into[at..], a, &b[at..], powers, axis);
        }
    }

    /// The moments of an exponential generating function: coefficients times ∏ m_l!.
    fn moments(&self, mut series: Vec<f64>) -> Vec<f64> {
        for (at, value) in series.iter_mut().enumerate() {
            let mut rest = at;
            for most in self.powers {
                (2..=rest % (most + 1)).for_each(|i| *value *= i as f64);
                rest /= most + 1;
            }
        }
        series
    }
}

/// Σ c_m·m for the moments m of the powers of one form.
pub(super) fn weighted(coefficients: &[f64], moments: &[f64]) -> f64 {
    coefficients.iter().zip(moments).map(|(c, m)| c * m).sum()
}

/// Σ |c_m|·|m|.
pub(super) fn weighted_size(coefficients: &[f64], moments: &[f64]) -> f64 {
    coefficients
        .iter()
        .zip(moments)
        .map(|(c, m)| (c * m).abs())
        .sum()
}

/// The coefficients of the derivative of a polynomial.
pub(super) fn derivative(coefficients: &[f64]) -> Vec<f64> {
    let higher = coefficients.iter().enumerate().skip(1);
    let slopes: Vec<f64> = higher.map(|(degree, c)| degree as f64 * c).collect();
    if slopes.is_empty() { vec![0.0] } else { slopes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_means_over_the_cube() {
        let rows: [&[f64]; 2] = [&[0.5, -1.0, 0.25, 2.0], &[1.5, 0.5, -0.75, 0.0]];
        let (biases, powers) = ([0.25, -1.0], [2, 3]);
        for set in 0..16_u32 {
            let inside: Vec<bool> = (0..4).map(|i| set >> i & 1 == 1).collect();
            let forms = Forms {
                weights: &rows,
                biases: &biases,
                powers: &powers,
                inside: &inside,
            };
            let expected = |set: u32, m: [i32; 2]| {
                let term = |x: u32| {
                    let sign = |i: usize| if x >> i & 1 == 1 { -1.0 } else { 1.0 };
                    let z =
                        |l: usize| (0..4).map(|i| sign(i) * rows[l][i]).sum::<f64>() + biases[l];
                    let odd = (x & set).count_ones() % 2 == 1;
                    let product = z(0).powi(m[0]) * z(1).powi(m[1]);
                    if odd { -product } else { product }
                };
                (0..16).map(term).sum::<f64>() / 16.0
            };
            let check = |set: u32, moments: &[f64]| {
                for (at, &found) in moments.iter().enumerate() {
                    let m = [(at % 3) as i32, (at / 3) as i32];
                    let expected = expected(set, m);
                    assert!((found - expected).abs() < 1e-12 * (1.0 + expected.abs()));
                }
            };
            let at = forms.around(|j, moments| check(set ^ 1 << j, moments));
            check(set, &at);
        }
    }
}
