//! The loops of the two products, for each width of vector that a processor may have.
//!
//! The algorithm is written once (`job`), in terms of the operations of `vectors`. `portable` has
//! them for every processor and contains no `unsafe`; `avx2` and `avx512` have them for x86. As
//! lanes are neurons, and each has its own sum, all give the same bits.

mod abreast;
mod change;
mod far;
mod few_lines;
mod few_neurons;
mod job;
mod portable;
mod product;
mod tables;
mod turn;
mod vectors;

#[cfg(all(target_arch = "x86_64", not(portable_only)))]
mod avx2;
#[cfg(all(target_arch = "x86_64", not(portable_only)))]
mod avx512;
#[cfg(all(target_arch = "x86_64", not(portable_only)))]
mod x86;

pub(super) use abreast::{Direction, JobAbreast};
pub(super) use job::{NARROW, Purpose, STRIP, Update};
pub use portable::RunPortably;
pub(super) use product::{Product, ROWS, Side};

use crate::real::Real;
use portable::Portable;
use std::env;
use std::fmt;
use std::sync::OnceLock;
use vectors::Vectors;

/// The environment variable that chooses a kernel.
const VARIABLE: &str = "SPARSE_PARITY_KERNEL";

/// A way to compute the products of [`Signs`](super::Signs): which instructions do it.
///
/// All kernels give the same bits, so that the choice is one of speed alone. The fastest one that
/// the processor has is taken, unless the environment variable `SPARSE_PARITY_KERNEL` names
/// another: `avx512`, `avx2` or `portable`. A name that is unknown, or that of a kernel which the
/// processor does not have, is passed over. The variable is read once, at the first product.
///
/// ```
/// use sparse_parity::signs::Kernel;
///
/// println!("products by {}", Kernel::in_use());
/// assert!(Kernel::available().any(|kernel| kernel.name() == "portable"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel(Path);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    #[cfg(all(target_arch = "x86_64", not(portable_only)))]
    Avx512(avx512::Avx512),
    #[cfg(all(target_arch = "x86_64", not(portable_only)))]
    Avx2(avx2::Avx2),
    Portable,
}

impl Kernel {
    /// The kernel that products are computed with.
    #[inline]
    pub fn in_use() -> Self {
        static IN_USE: OnceLock<Kernel> = OnceLock::new();
        *IN_USE.get_or_init(|| Kernel::named(env::var_os(VARIABLE).as_deref()))
    }

    /// The kernels that this processor has, the fastest one first.
    pub fn available() -> impl Iterator<Item = Self> {
        let found = [
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            avx512::Avx512::detect().map(Path::Avx512),
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            avx2::Avx2::detect().map(Path::Avx2),
            Some(Path::Portable),
        ];
        found.into_iter().flatten().map(Kernel)
    }

    /// Its name: `avx512`, `avx2` or `portable`.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx512(_) => "avx512",
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx2(_) => "avx2",
            Path::Portable => "portable",
        }
    }

    /// The kernel of that name, or else the fastest one.
    fn named(name: Option<&std::ffi::OsStr>) -> Self {
        let called = Kernel::available().find(|kernel| name.is_some_and(|n| n == kernel.name()));
        let fastest = || Kernel::available().next();
        called.or_else(fastest).unwrap_or(Kernel(Path::Portable))
    }

    pub(super) fn run<F: Real>(self, mut product: Product<'_, F>) {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx512(proof) => x86::run(proof, &mut product),
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx2(proof) => x86::run(proof, &mut product),
            Path::Portable => product.run(Portable),
        }
    }

    pub(super) fn run_abreast<F: Real>(self, mut job: JobAbreast<'_, F>) {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx512(proof) => x86::run_abreast(proof, &mut job),
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx2(proof) => x86::run_abreast(proof, &mut job),
            Path::Portable => Vectors::<F>::run_abreast(Portable, &mut job),
        }
    }
}

/// Plain loops over numbers, to be compiled for each kernel.
///
/// They give the same bits, as the compiler neither fuses operations nor changes their order.
/// Short loops may be a closure. Of longer ones the compiler would make a function of its own, for
/// any processor; so they implement this and say `#[inline(always)]`.
pub(crate) trait Loops {
    type Output;
    fn run(self) -> Self::Output;
}

impl<R, W: FnOnce() -> R> Loops for W {
    type Output = R;
    #[inline(always)]
    fn run(self) -> R {
        self()
    }
}

/// Does some work by the widest vectors that the kernel in use has.
#[inline]
pub(crate) fn wide<W: Loops>(work: W) -> W::Output {
    match Kernel::in_use().0 {
        #[cfg(all(target_arch = "x86_64", not(portable_only)))]
        Path::Avx512(proof) => proof.wide(work),
        #[cfg(all(target_arch = "x86_64", not(portable_only)))]
        Path::Avx2(proof) => proof.wide(work),
        Path::Portable => work.run(),
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
