use crate::real::Real;

/// ∏ᵢ zᵢ, from the first factor to the last.
#[inline(always)]
pub(in crate::model) fn product<F: Real>(z: &[F]) -> F {
    z.iter().fold(F::one(), |product, &z| product * z)
}

/// Writes dᵢ = d_out·∏_{j≠i} zⱼ: the product of the factors before i, times that of d_out and the
/// factors after it, from the last one down.
#[inline(always)]
pub(in crate::model) fn grad_of_product<F: Real>(z: &[F], d_out: F, d: &mut [F]) {
    let mut before = F::one();
    for (d, &z) in d.iter_mut().zip(z) {
        *d = before;
        before *= z;
    }
    let mut after = d_out;
    for (d, &z) in d.iter_mut().zip(z).rev() {
        *d *= after;
        after *= z;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_left_out_and_not_divided_by() {
        let mut d = [f64::NAN; 3];
        grad_of_product(&[2.0, 0.0, 5.0], 3.0, &mut d);
        assert_eq!((product(&[2.0, 0.0, 5.0]), d), (0.0, [0.0, 30.0, 0.0]));
        grad_of_product(&[2.0, 7.0, 5.0], 3.0, &mut d);
        assert_eq!((product(&[2.0, 7.0, 5.0]), d), (70.0, [105.0, 30.0, 42.0]));
    }
}
