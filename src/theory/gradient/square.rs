//! The square loss of two-layer networks whose activation is a polynomial.

use super::method::{Method, refusal};
use super::moments::{Forms, derivative};
use super::network::{Network, NetworkGradient, Sums};
use crate::activation::{Activation, Form};
use crate::error::Result;
use crate::real::Real;
use crate::theory::gap::membership;

/// The largest r²·n·(d + 1)⁴, about some seconds.
const MOST_WORK: f64 = 1e10;

impl<A: Activation, F: Real> Network<'_, A, F> {
    /// The population gradient under the square loss (y − f)², for an activation that is a polynomial
    /// of degree d.
    ///
    /// ```math
    /// \mathbb{E} (y - f)^2 = 1 - 2 \, \mathbb{E}[y f] + \mathbb{E}[f^2]
    /// ```
    ///
    /// The last term is a sum of moments of pairs of neurons, which a power series in two variables
    /// gives: O(r²·n·d⁴) operations for r neurons.
    ///
    /// # Errors
    /// As [`gradient`](Network::gradient), and [`Error::Method`](crate::Error::Method) if the
    /// activation is no polynomial or the network too large.
    ///
    /// ```
    /// use sparse_parity::prelude::*;
    /// use sparse_parity::theory::gradient::Network;
    ///
    /// let model = Mlp::new(10, 4, Power::new(2)?)?;
    /// let theta = Params::<f64>::draw(model.layout(), &mut Seeds::from(1).stream(Purpose::Init));
    /// let found = Network::new(model.activation(), &theta)?.square_gradient(&[0, 1])?;
    /// assert!(found.error < 1e-12);
    /// # Ok::<(), sparse_parity::Error>(())
    /// ```
    pub fn square_gradient(&self, support: &[usize]) -> Result<NetworkGradient<F>> {
        let (width, n) = (self.weights.len(), self.weights.first().map_or(0, Vec::len));
        membership(n, support)?;
        let Form::Polynomial { coefficients } = self.activation.form(0.0) else {
            let reason = "the activation is no polynomial, and only its moments are known".into();
            let repair = "use the correlation loss, or a polynomial".into();
            return Err(refusal(Method::Moments, reason, repair));
        };
        let (r, size) = (width as f64, coefficients.len() as f64);
        let work = r * r * n as f64 * size * size * size * size;
        if work > MOST_WORK {
            let reason = format!("pairs of the {width} neurons take {work:.0e} operations");
            let repair = "use a smaller width or degree, or estimate from samples".into();
            return Err(refusal(Method::Moments, reason, repair));
        }
        let (mut sums, methods) = self.sums(None, support)?;
        sums.double();
        sums.loss += 1.0;
        let polynomial = (coefficients.as_slice(), &*derivative(&coefficients));
        self.add_square(&mut sums, polynomial, n);
        self.add_constant(&mut sums, polynomial, n);
        sums.finish(self, methods)
    }

    /// Adds E\[(Σ u_a σ(z_a))²\] and its gradient.
    fn add_square(&self, sums: &mut Sums, (value, slope): (&[f64], &[f64]), n: usize) {
        let (outside, degree) = (vec![false; n], value.len() - 1);
        for a in 0..self.weights.len() {
            for b in 0..=a {
                let (ua, ub) = (self.output[a], self.output[b]);
                // Pairs stand for both of their orders.
                let twice = if a == b { 1.0 } else { 2.0 };
                let rows = [&*self.weights[a], &*self.weights[b]];
                let forms = Forms {
                    weights: &rows,
                    biases: &[self.biases[a], self.biases[b]],
                    powers: &[degree; 2],
                    inside: &outside,
                };
                let at = forms.around(|j, moments| {
                    sums.weight[a][j] += twice * ua * ub * both(slope, value, moments, degree);
                    sums.weight[b][j] += twice * ua * ub * both(value, slope, moments, degree);
                });
                let square = both(value, value, &at, degree);
                sums.bias[a] += twice * ua * ub * both(slope, value, &at, degree);
                sums.bias[b] += twice * ua * ub * both(value, slope, &at, degree);
                sums.output[a] += twice * ub * square;
                sums.output[b] += twice * ua * square;
                sums.loss += twice * ua * ub * square;
                sums.add_error(twice * self.pair_size((a, b), value, n));
            }
        }
    }

    /// Adds 2c·E\[Σ u_a σ(z_a)\] + c² and its gradient.
    fn add_constant(&self, sums: &mut Sums, (value, slope): (&[f64], &[f64]), n: usize) {
        let (c, outside, degree) = (self.constant, vec![false; n], value.len() - 1);
        for a in 0..self.weights.len() {
            let u = self.output[a];
            let forms = Forms {
                weights: &[&self.weights[a]],
                biases: &self.biases[a..=a],
                powers: &[degree],
                inside: &outside,
            };
            let at = forms.around(|j, moments| {
                sums.weight[a][j] += 2.0 * c * u * both(slope, &[1.0], moments, degree);
            });
            let mean = both(value, &[1.0], &at, degree);
            sums.bias[a] += 2.0 * c * u * both(slope, &[1.0], &at, degree);
            sums.output[a] += 2.0 * c * mean;
            sums.constant += 2.0 * u * mean;
            sums.loss += 2.0 * c * u * mean;
        }
        sums.constant += 2.0 * c;
        sums.loss += c * c;
        sums.add_error(f64::EPSILON * 8.0 * c * c);
    }

    /// A bound for the rounding of what a pair of neurons and the constant add, by the same moments
    /// of absolute values.
    fn pair_size(&self, (a, b): (usize, usize), value: &[f64], n: usize) -> f64 {
        let absolute = |v: &[f64]| v.iter().map(|x| x.abs()).collect::<Vec<f64>>();
        let rows = [absolute(&self.weights[a]), absolute(&self.weights[b])];
        let biases = [self.biases[a].abs(), self.biases[b].abs()];
        let value = absolute(value);
        let (slope, degree) = (derivative(&value), value.len() - 1);
        let forms = Forms {
            weights: &[&rows[0], &rows[1]],
            biases: &biases,
            powers: &[degree; 2],
            inside: &vec![false; n],
        };
        let [ua, ub, c] = [self.output[a], self.output[b], self.constant].map(f64::abs);
        let (ua, ub) = (ua.max(1.0), ub.max(1.0));
        let mut size = 0.0_f64;
        let mut take = |moments: &[f64]| {
            for (left, right) in [(&slope, &value), (&value, &slope), (&value, &value)] {
                let pair = ua * ub * both(left, right, moments, degree);
                let alone = c
                    * (ua * both(left, &[1.0], moments, degree)
                        + ub * both(&[1.0], right, moments, degree));
                size = size.max(pair + alone);
            }
        };
        let at = forms.around(|_, moments| take(moments));
        take(&at);
        let additions = (self.weights.len() + 4) as f64;
        f64::EPSILON * (forms.operations() + (value.len() * value.len()) as f64 + additions) * size
    }
}

impl Sums {
    /// The gradient of 2·loss, with its errors.
    fn double(&mut self) {
        let entries = self.weight.iter_mut().flatten();
        entries
            .chain(&mut self.bias)
            .chain(&mut self.output)
            .for_each(|g| *g *= 2.0);
        for sum in [&mut self.loss, &mut self.loss_error, &mut self.error] {
            *sum *= 2.0;
        }
    }

    fn add_error(&mut self, error: f64) {
        self.error += error;
        self.loss_error += error;
    }
}

/// Σ_{p,q} l_p r_q m_{pq}, for the moments m_{pq} of two forms, or of one; p runs fastest up to the
/// degree.
fn both(left: &[f64], right: &[f64], moments: &[f64], degree: usize) -> f64 {
    let row = |row: &[f64]| left.iter().zip(row).map(|(l, m)| l * m).sum::<f64>();
    let rows = moments.chunks(degree + 1).zip(right);
    rows.map(|(moments, r)| r * row(moments)).sum()
}
