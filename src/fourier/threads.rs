//! Work that threads may share, for it consists of parts that have nothing to do with each other.

/// Does the work for every item, on the threads of the current pool if they are worth it.
#[cfg(feature = "parallel")]
pub(super) fn for_each<T: Send>(worth: bool, items: Vec<T>, work: impl Fn(T) + Send + Sync) {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    if worth {
        items.into_par_iter().for_each(work);
    } else {
        items.into_iter().for_each(work);
    }
}

/// Does the work for every item.
#[cfg(not(feature = "parallel"))]
pub(super) fn for_each<T: Send>(_worth: bool, items: Vec<T>, work: impl Fn(T) + Send + Sync) {
    items.into_iter().for_each(work);
}
