//! What the kernels of x86 share.
#![allow(unsafe_code)]

use super::product::Product;
use super::vectors::Vectors;
use crate::real::Real;
use std::any::TypeId;

/// Computes a product with the vectors of its type.
pub(super) fn run<F: Real>(simd: impl Vectors<f32> + Vectors<f64>, product: &mut Product<'_, F>) {
    if let Some(product) = cast::<F, f32>(product) {
        product.run(simd);
    } else if let Some(product) = cast::<F, f64>(product) {
        product.run(simd);
    }
}

/// The same product, if its numbers are of type G.
fn cast<'p, 'a, F: Real, G: Real>(
    product: &'p mut Product<'a, F>,
) -> Option<&'p mut Product<'a, G>> {
    let is_same = TypeId::of::<F>() == TypeId::of::<G>();
    // SAFETY: F and G are the same type, and so are products of them.
    is_same.then(|| unsafe { &mut *std::ptr::from_mut(product).cast() })
}
