//! What the kernels of x86 share.
#![allow(unsafe_code)]

use super::abreast::JobAbreast;
use super::product::Product;
use super::vectors::Vectors;
use crate::real::Real;
use std::any::TypeId;

/// Computes a product with the vectors of its type.
pub(super) fn run<F: Real>(simd: impl Vectors<f32> + Vectors<f64>, product: &mut Product<'_, F>) {
    if is_same::<F, f32>() {
        // SAFETY: F is f32, and a product of the one is a product of the other.
        let product = unsafe { &mut *std::ptr::from_mut(product).cast::<Product<'_, f32>>() };
        product.run(simd);
    } else if is_same::<F, f64>() {
        // SAFETY: F is f64, and a product of the one is a product of the other.
        let product = unsafe { &mut *std::ptr::from_mut(product).cast::<Product<'_, f64>>() };
        product.run(simd);
    }
}

/// The same for trials that lie abreast.
pub(super) fn run_abreast<F: Real>(
    simd: impl Vectors<f32> + Vectors<f64>,
    job: &mut JobAbreast<'_, F>,
) {
    if is_same::<F, f32>() {
        // SAFETY: F is f32, and a job of the one is a job of the other.
        let job = unsafe { &mut *std::ptr::from_mut(job).cast::<JobAbreast<'_, f32>>() };
        Vectors::<f32>::run_abreast(simd, job);
    } else if is_same::<F, f64>() {
        // SAFETY: F is f64, and a job of the one is a job of the other.
        let job = unsafe { &mut *std::ptr::from_mut(job).cast::<JobAbreast<'_, f64>>() };
        Vectors::<f64>::run_abreast(simd, job);
    }
}

fn is_same<F: Real, G: Real>() -> bool {
    TypeId::of::<F>() == TypeId::of::<G>()
}
