//! A neuron reduced to positive weights.

use super::Found;

/// A neuron whose weights are positive.
///
/// Negating a weight w_l negates the coefficients at the sets that contain l, and the function does
/// not depend on a coordinate with weight 0: the coefficients at all sets that contain it vanish.
#[derive(Debug)]
pub(super) struct Reduced {
    /// The magnitudes of the weights other than 0.
    pub(super) weights: Vec<f64>,
    /// For each of them, whether its coordinate is in the support.
    pub(super) inside: Vec<bool>,
    pub(super) bias: f64,
    /// The coordinates of the weights, and the signs of the original weights.
    places: Vec<(usize, f64)>,
    /// The number of coordinates of the whole neuron.
    n: usize,
    /// The only coordinate in the support with weight 0.
    missing: Option<usize>,
}

impl Reduced {
    /// The reduced neuron, or nothing if all coefficients vanish: two coordinates of the support
    /// have weight 0, and no neighbour of the support lacks both.
    pub(super) fn new(weights: &[f64], bias: f64, inside: &[bool]) -> Option<Reduced> {
        let zeros = weights.iter().zip(inside).enumerate();
        let mut missing = zeros.filter(|&(_, (&w, &inside))| inside && w == 0.0);
        let (first, second) = (missing.next(), missing.next());
        if second.is_some() {
            return None;
        }
        let active = || (0..weights.len()).filter(|&i| weights[i] != 0.0);
        Some(Reduced {
            weights: active().map(|i| weights[i].abs()).collect(),
            inside: active().map(|i| inside[i]).collect(),
            bias,
            places: active().map(|i| (i, weights[i].signum())).collect(),
            n: weights.len(),
            missing: first.map(|(i, _)| i),
        })
    }

    /// The number of weights other than 0.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// The size of the support, without a coordinate of weight 0.
    pub(super) fn k(&self) -> usize {
        self.inside.iter().filter(|&&inside| inside).count()
    }

    /// The largest value of |w·x|.
    pub(super) fn reach(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The result for the whole neuron.
    pub(super) fn expand(&self, found: Found) -> Found {
        let signs = self.places.iter().zip(&self.inside);
        let sign: f64 = signs
            .filter(|(_, inside)| **inside)
            .map(|((_, s), _)| s)
            .product();
        let mut slopes = vec![0.0; self.n];
        if let Some(missing) = self.missing {
            slopes[missing] = sign * found.slope;
            return Found {
                slope: 0.0,
                slopes,
                value: 0.0,
                error: found.error,
                value_error: 0.0,
            };
        }
        for (&(place, own), slope) in self.places.iter().zip(found.slopes) {
            slopes[place] = sign * own * slope;
        }
        Found {
            slope: sign * found.slope,
            slopes,
            value: sign * found.value,
            ..found
        }
    }
}
