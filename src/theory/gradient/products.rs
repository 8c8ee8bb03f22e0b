//! Products of one factor a coordinate, with each factor exchanged in turn.

/// ∏_l `factors[l]`; and for each j the product in which `others[j]` stands for factor j.
///
/// Prefix and suffix products make it O(n), without dividing by a factor that may be 0.
pub(super) fn exchange(factors: &[f64], others: &[f64], out: &mut [f64]) -> f64 {
    let mut product = 1.0;
    for (out, factor) in out.iter_mut().zip(factors) {
        *out = product;
        product *= factor;
    }
    let mut suffix = 1.0;
    for ((out, factor), other) in out.iter_mut().zip(factors).zip(others).rev() {
        *out *= suffix * other;
        suffix *= factor;
    }
    product
}

/// A bound for a product in which any two factors of magnitude up to 1 are replaced by 1.
pub(super) fn without_two(factors: &[f64]) -> f64 {
    let product: f64 = factors.iter().map(|f| f.abs().max(FLOOR)).product();
    (product / (FLOOR * FLOOR)).min(1.0)
}

/// Factors below count as this, so that a product may be divided by any of them.
pub(super) const FLOOR: f64 = 1.0 / 16.0;

/// Im(i^q·(re + i·im)).
pub(super) fn imaginary_part(q: usize, (re, im): (f64, f64)) -> f64 {
    [im, re, -im, -re][q % 4]
}

/// Re(i^q·(re + i·im)).
pub(super) fn real_part(q: usize, (re, im): (f64, f64)) -> f64 {
    imaginary_part(q + 1, (re, im))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_factor_is_exchanged_at_a_time() {
        let mut out = [0.0; 4];
        let product = exchange(&[2.0, 3.0, 0.0, 5.0], &[7.0, 11.0, 13.0, 17.0], &mut out);
        assert_eq!((product, out), (0.0, [0.0, 0.0, 390.0, 0.0]));
        assert_eq!(exchange(&[], &[], &mut []), 1.0);
    }

    #[test]
    fn powers_of_i_turn_the_parts() {
        let z = (3.0, 5.0);
        assert_eq!(
            [0, 1, 2, 3].map(|q| real_part(q, z)),
            [3.0, -5.0, -3.0, 5.0]
        );
        assert_eq!(
            [0, 1, 2, 3].map(|q| imaginary_part(q, z)),
            [5.0, 3.0, -5.0, -3.0]
        );
    }
}
