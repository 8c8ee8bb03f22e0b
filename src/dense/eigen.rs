//! Eigenvalues and eigenvectors of symmetric matrices.

/// Sweeps of rotations before the eigenvectors are taken as they are; eight are usual.
const SWEEPS: usize = 40;

/// Turns a symmetric matrix into the diagonal one of its eigenvalues by Jacobi's rotations, and the unit matrix in `eigen` into
/// rows of eigenvectors.
#[inline(always)]
pub(crate) fn diagonalise(a: &mut [f64], eigen: &mut [f64], n: usize) {
    let diagonal = (0..n).map(|i| a[i * n + i].abs());
    let negligible = f64::EPSILON * diagonal.fold(0.0, f64::max);
    for _ in 0..SWEEPS {
        let mut is_diagonal = true;
        for p in 0..n {
            for q in p + 1..n {
                let off = a[p * n + q];
                if off.abs() <= negligible {
                    continue;
                }
                is_diagonal = false;
                let (first, second) = (a[p * n + p], a[q * n + q]);
                // The tangent t, cosine and sine of the angle at which the entry becomes 0.
                let cot = (second - first) / (2.0 * off);
                let t = cot.signum() / (cot.abs() + (cot * cot + 1.0).sqrt());
                let cos = 1.0 / (t * t + 1.0).sqrt();
                rotate(a, n, [p, q], cos, t * cos);
                rotate(eigen, n, [p, q], cos, t * cos);
                for k in 0..n {
                    a[k * n + p] = a[p * n + k];
                    a[k * n + q] = a[q * n + k];
                }
                a[p * n + p] = first - t * off;
                a[q * n + q] = second + t * off;
                a[p * n + q] = 0.0;
                a[q * n + p] = 0.0;
            }
        }
        if is_diagonal {
            break;
        }
    }
}

/// Rotates two rows.
#[inline(always)]
fn rotate(a: &mut [f64], n: usize, [p, q]: [usize; 2], cos: f64, sin: f64) {
    let (front, back) = a.split_at_mut(q * n);
    let (first, second) = (&mut front[p * n..][..n], &mut back[..n]);
    for (x, y) in first.iter_mut().zip(second) {
        (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn eigenvectors_reproduce_the_matrix() {
        let n = 12;
        let entry = |i: usize, j: usize| 1.0 / (1.0 + (i + j) as f64) - f64::from(u8::from(i == j));
        let given = Array2::from_shape_fn((n, n), |(i, j)| entry(i, j));
        let mut a: Vec<f64> = given.iter().copied().collect();
        let mut eigen: Vec<f64> = Array2::<f64>::eye(n).into_iter().collect();
        diagonalise(&mut a, &mut eigen, n);
        let values = Array2::from_shape_vec((n, n), a).unwrap();
        let vectors = Array2::from_shape_vec((n, n), eigen).unwrap();
        let off = values.indexed_iter().filter(|((i, j), _)| i != j);
        assert!(off.map(|(_, value)| value.abs()).fold(0.0, f64::max) < 1e-15);
        let again = vectors.t().dot(&values).dot(&vectors);
        assert!((&again - &given).iter().all(|e| e.abs() < 1e-14), "{again}");
        let unit = vectors.dot(&vectors.t());
        assert!(
            (&unit - &Array2::<f64>::eye(n))
                .iter()
                .all(|e| e.abs() < 1e-14)
        );
    }
}
