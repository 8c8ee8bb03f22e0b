//! Work that threads may share, as it consists of parts that have nothing to do with each other.

#[cfg(feature = "parallel")]
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// The results of the work for every item, in order; the threads of the current pool share it.
pub(super) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "parallel")]
    if items.len() > 1 {
        return items.into_par_iter().map(work).collect();
    }
    items.into_iter().map(work).collect()
}
