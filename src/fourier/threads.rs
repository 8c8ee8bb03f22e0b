//! Independent work items, shared by threads.

#[cfg(feature = "parallel")]
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// The results of `work` for every item, in order; the threads of the current pool share the items.
pub(super) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "parallel")]
    if items.len() > 1 {
        return items.into_par_iter().map(work).collect();
    }
    items.into_iter().map(work).collect()
}
