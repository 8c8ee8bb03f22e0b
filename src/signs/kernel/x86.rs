//! What the kernels of x86 share.
#![allow(unsafe_code)]

use super::product::{Product, Side};
use super::vectors::Vectors;
use crate::real::Real;
use std::any::TypeId;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Computes a product with the vectors of its type.
pub(super) fn run<F: Real>(
    simd: impl Vectors<f32> + Vectors<f64>,
    side: Side,
    product: Product<'_, F>,
) {
    let Product { x, from, width, to } = product;
    if let Some(from) = cast::<F, f32>(from) {
        let to = cast_mut(to).expect("both are of type F");
        Product { x, from, width, to }.run(simd, side);
    } else {
        let from = cast::<F, f64>(from).expect("there are two types of numbers");
        let to = cast_mut(to).expect("both are of type F");
        Product { x, from, width, to }.run(simd, side);
    }
}

/// The same slice, if its numbers are of type G.
fn cast<F: 'static, G: 'static>(slice: &[F]) -> Option<&[G]> {
    // SAFETY: F and G are the same type.
    same::<F, G>().then(|| unsafe { from_raw_parts(slice.as_ptr().cast(), slice.len()) })
}

/// The same slice, if its numbers are of type G.
fn cast_mut<F: 'static, G: 'static>(slice: &mut [F]) -> Option<&mut [G]> {
    // SAFETY: F and G are the same type.
    same::<F, G>().then(|| unsafe { from_raw_parts_mut(slice.as_mut_ptr().cast(), slice.len()) })
}

fn same<F: 'static, G: 'static>() -> bool {
    TypeId::of::<F>() == TypeId::of::<G>()
}
