//! The points of the quadrature that contribute.

use super::products::FLOOR;

/// The number of weights that identify points without a contribution.
const SCOUTS: usize = 128;

/// The number of points that angles are turned to before they are computed anew.
const TURNS: usize = 64;

/// The factors of some of the weights, turned from point to point.
pub(super) struct Scouts {
    weights: Vec<f64>,
    inside: Vec<bool>,
    spacing: f64,
    /// Cosine and sine of the angle, and of the turn from point to point.
    angle: [Vec<f64>; 2],
    turn: [Vec<f64>; 2],
}

impl Scouts {
    pub(super) fn new<'a>(
        weights: impl Iterator<Item = (&'a f64, &'a bool)>,
        spacing: f64,
    ) -> Self {
        let mut sorted: Vec<(f64, bool)> = weights.map(|(&w, &inside)| (w, inside)).collect();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Of many weights, some of every size: weights of about one size come back to 1 together.
        let step = sorted.len().div_ceil(SCOUTS).max(1);
        let chosen: Vec<(f64, bool)> = sorted.into_iter().step_by(step).collect();
        let weights: Vec<f64> = chosen.iter().map(|(w, _)| *w).collect();
        let turns = weights.iter().map(|w| libm::sincos(w * spacing));
        let (sines, cosines): (Vec<_>, Vec<_>) = turns.unzip();
        let zeros = vec![0.0; weights.len()];
        Scouts {
            weights,
            inside: chosen.iter().map(|(_, inside)| *inside).collect(),
            spacing,
            angle: [zeros.clone(), zeros],
            turn: [cosines, sines],
        }
    }

    /// A bound for |φ_T| at point r, for S and all of its neighbours T.
    pub(super) fn bound(&mut self, r: usize) -> f64 {
        let [cos, sin] = &mut self.angle;
        if r.is_multiple_of(TURNS) {
            let t = (r as f64 + 0.5) * self.spacing;
            for (l, w) in self.weights.iter().enumerate() {
                (sin[l], cos[l]) = libm::sincos(w * t);
            }
        } else {
            let [turned_cos, turned_sin] = &self.turn;
            for l in 0..self.weights.len() {
                let (c, s) = (cos[l], sin[l]);
                cos[l] = c * turned_cos[l] - s * turned_sin[l];
                sin[l] = s * turned_cos[l] + c * turned_sin[l];
            }
        }
        let mut product = [1.0 / FLOOR; 8];
        product[1..].fill(1.0);
        let factors = self.inside.iter().zip(cos.iter().zip(&*sin));
        for (l, (&inside, (cos, sin))) in factors.enumerate() {
            let factor = if inside { sin } else { cos };
            product[l % 8] *= factor.abs().max(FLOOR);
        }
        product.iter().product::<f64>().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_product_of_the_factors_with_their_floor() {
        let weights: Vec<f64> = (1..=40).map(|l| 0.1 * f64::from(l)).collect();
        let inside: Vec<bool> = (0..40).map(|l| l % 7 == 3).collect();
        let mut scouts = Scouts::new(weights.iter().zip(&inside), 0.03);
        for r in 0..2 * TURNS + 5 {
            let t = (r as f64 + 0.5) * 0.03;
            let factor = |(w, &inside): (&f64, &bool)| {
                let (sin, cos) = libm::sincos(w * t);
                let factor = if inside { sin } else { cos };
                factor.abs().max(FLOOR)
            };
            let product: f64 = weights.iter().zip(&inside).map(factor).product();
            let (expected, bound) = ((product / FLOOR).min(1.0), scouts.bound(r));
            assert!(
                (bound - expected).abs() < 1e-10 * expected,
                "{bound} {expected}"
            );
        }
    }
}
