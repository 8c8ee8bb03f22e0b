//! Steps of one run that several threads share.
//!
//! A run takes one thread, and a study of many runs takes them all. A single large run can use several: what
//! is done within [`share`] cuts the work of each step for the threads of the current rayon pool. Neurons, columns and
//! ranges of numbers are shared out, no sum is, so the numbers are the same bits for any number of threads.

#[cfg(feature = "parallel")]
mod awake;

#[cfg(feature = "parallel")]
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Multiply-adds below which threads cost more than they save.
const LEAST: usize = 1 << 20;
/// Multiply-adds that take as long as to read and write a number that is in no near cache.
const PER_NUMBER: usize = 32;

/// Lets the threads of the current rayon pool share the steps that are made within `work` on this thread.
///
/// Forward and backward passes of [`Mlp`](crate::model::Mlp), products of real matrices in the other networks,
/// updates of [`Sgd`](crate::optim::Sgd) and [`Adam`](crate::optim::Adam) and clearing the gradient are shared if
/// they are large enough: 2²⁰ multiply-adds a batch or part of it, or 2¹⁵ numbers of a block. An
/// [`Mlp`](crate::model::Mlp) also needs more neurons than a tile has, 256 to 1024 by batch size. The rest is done by
/// the thread that calls. An [`Activation`](crate::activation::Activation) of one's own must not use rayon itself: a
/// part that waits for other work may wait for its own.
///
/// ```
/// use sparse_parity::prelude::*;
/// use sparse_parity::threads::share;
/// use sparse_parity::trial::{Learner, MlpSettings, Trial};
///
/// let learner = Learner::Mlp(MlpSettings { width: 3000, ..MlpSettings::default() });
/// let trial = Trial { learner, batch: 256, max_steps: 5, ..Trial::new(30, 3) };
/// // The current pool is the global one, unless there is another.
/// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
/// let shared = pool.install(|| share(|| trial.run(&1.into())))?;
/// assert_eq!(shared, trial.run(&1.into())?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Called by a thread of a pool, as here, it costs less than from outside, where the calling thread sleeps through each
/// part of a step and has to be woken.
///
/// Between the parts of a step the other threads of the pool stay awake, as to wake one takes longer than a part may:
/// they keep their cores busy until `work` ends or has had nothing to share for a millisecond.
#[cfg(feature = "parallel")]
pub fn share<R>(work: impl FnOnce() -> R) -> R {
    awake::within(Some(awake::Call::default()), work)
}

/// Keeps what is done within on this thread.
#[cfg(feature = "sweep")]
pub(crate) fn alone<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(feature = "parallel")]
    return awake::within(None, work);
    #[cfg(not(feature = "parallel"))]
    work()
}

/// The number of parts in which so many multiply-adds are to be done.
#[inline]
pub(crate) fn parts(multiply_adds: usize) -> usize {
    match multiply_adds >= LEAST {
        #[cfg(feature = "parallel")]
        true if awake::is_shared() => rayon::current_num_threads(),
        _ => 1,
    }
}

/// The number of parts in which a pass over so many numbers is to be done.
///
/// Parts of a pass over weights are near the neurons of the same threads, so fewer numbers change caches.
#[inline]
pub(crate) fn parts_of_pass(numbers: usize) -> usize {
    parts(numbers.saturating_mul(PER_NUMBER))
}

/// Work that can be cut in two.
pub(crate) trait Divide: Sized + Send {
    /// The first `few` of so many equal parts, and the others; the whole if it is too small.
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self>;
}

impl<T: Send> Divide for &mut [T] {
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self> {
        let at = self.len() * few / parts;
        Ok(self.split_at_mut(at))
    }
}

impl<T: Send + Sync> Divide for (&mut [T], &[T]) {
    fn divide(self, few: usize, parts: usize) -> Result<(Self, Self), Self> {
        let (written, read) = self;
        let at = written.len() * few / parts;
        let ((a, b), (c, d)) = (written.split_at_mut(at), read.split_at(at));
        Ok(((a, c), (b, d)))
    }
}

/// Does the work in so many parts.
#[inline]
pub(crate) fn divide<T: Divide>(parts: usize, all: T, work: &(impl Fn(T) + Sync)) {
    if parts == 1 {
        return work(all);
    }
    #[cfg(feature = "parallel")]
    awake::keep_awake(parts);
    share_out(parts, all, work);
}

/// Cuts what there is until every part is one.
fn share_out<T: Divide>(parts: usize, all: T, work: &(impl Fn(T) + Sync)) {
    let few = parts / 2;
    if few == 0 {
        return work(all);
    }
    match all.divide(few, parts) {
        Ok((low, high)) => join(
            || share_out(few, low, work),
            || share_out(parts - few, high, work),
        ),
        Err(all) => work(all),
    }
}

/// Does both, which two threads may do at the same time.
fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    #[cfg(feature = "parallel")]
    rayon::join(a, b);
    #[cfg(not(feature = "parallel"))]
    {
        a();
        b();
    }
}

/// The results of `work` for every item, in order; the threads of the current pool share the items.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "parallel")]
    if items.len() > 1 {
        return items.into_par_iter().map(work).collect();
    }
    items.into_iter().map(work).collect()
}
