//! Work that threads may share, as it consists of parts that have nothing to do with each other.

#[cfg(feature = "parallel")]
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// The results of the work for every item, in order; threads of the current pool do it if they are
/// worth it.
pub(super) fn map<T: Send, R: Send>(
    worth: bool,
    items: Vec<T>,
    work: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    #[cfg(feature = "parallel")]
    if worth {
        return items.into_par_iter().map(work).collect();
    }
    #[cfg(not(feature = "parallel"))]
    let _ = worth;
    items.into_iter().map(work).collect()
}
