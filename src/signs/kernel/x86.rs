//! What the kernels of x86 share.
#![allow(unsafe_code)]

use std::any::TypeId;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// The same slice, if its numbers are of type G.
pub(super) fn cast<F: 'static, G: 'static>(slice: &[F]) -> Option<&[G]> {
    // SAFETY: F and G are the same type.
    same::<F, G>().then(|| unsafe { from_raw_parts(slice.as_ptr().cast(), slice.len()) })
}

/// The same slice, if its numbers are of type G.
pub(super) fn cast_mut<F: 'static, G: 'static>(slice: &mut [F]) -> Option<&mut [G]> {
    // SAFETY: F and G are the same type.
    same::<F, G>().then(|| unsafe { from_raw_parts_mut(slice.as_mut_ptr().cast(), slice.len()) })
}

fn same<F: 'static, G: 'static>() -> bool {
    TypeId::of::<F>() == TypeId::of::<G>()
}
