//! What the kernels of x86 share.
#![allow(unsafe_code)]

use super::product::Product;
use super::vectors::Vectors;
use crate::real::Real;
use std::any::TypeId;
use std::mem::{ManuallyDrop, transmute_copy};

/// Computes a product with the vectors of its type.
pub(super) fn run<F: Real>(simd: impl Vectors<f32> + Vectors<f64>, product: Product<'_, F>) {
    match cast::<F, f32>(product) {
        Ok(product) => product.run(simd),
        Err(product) => {
            let product = cast::<F, f64>(product);
            product.expect("there are two types of numbers").run(simd);
        }
    }
}

/// The same product, if its numbers are of type G.
fn cast<F: Real, G: Real>(product: Product<'_, F>) -> Result<Product<'_, G>, Product<'_, F>> {
    if TypeId::of::<F>() != TypeId::of::<G>() {
        return Err(product);
    }
    // SAFETY: F and G are the same type, and so are products of them; the original is forgotten.
    Ok(unsafe { transmute_copy(&ManuallyDrop::new(product)) })
}
