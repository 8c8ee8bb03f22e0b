#[cfg(all(target_arch = "x86_64", not(portable_only)))]
use super::avx2::Avx2;
#[cfg(all(target_arch = "x86_64", not(portable_only)))]
use super::avx512::Avx512;
use super::portable::Portable;
use super::vectors::WithSimd;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;

/// The environment variable that chooses a kernel.
const VARIABLE: &str = "SPARSE_PARITY_KERNEL";

/// A set of vector instructions, by which products of [`Signs`](crate::signs::Signs) and loops over
/// numbers are computed.
///
/// All kernels give the same bits, so that the choice is one of speed alone. The fastest one that
/// the processor has is taken, unless the environment variable `SPARSE_PARITY_KERNEL` names
/// another: `avx512`, `avx2` or `portable`. A name that is unknown, or that of a kernel which the
/// processor does not have, is passed over with a line on standard error. The variable is read once, when a kernel is
/// first needed.
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
    Avx512(Avx512),
    #[cfg(all(target_arch = "x86_64", not(portable_only)))]
    Avx2(Avx2),
    Portable,
}

impl Kernel {
    /// The kernel that products are computed with.
    #[inline]
    pub fn in_use() -> Self {
        static IN_USE: OnceLock<Kernel> = OnceLock::new();
        *IN_USE.get_or_init(|| {
            let name = env::var_os(VARIABLE);
            let kernel = Kernel::named(name.as_deref());
            if let Some(note) = name.and_then(|name| kernel.note(&name)) {
                // Nobody who reads it is no reason to end.
                let _ = writeln!(io::stderr(), "{note}");
            }
            kernel
        })
    }

    /// The kernels that this processor has, the fastest one first.
    pub fn available() -> impl Iterator<Item = Self> {
        let found = [
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Avx512::detect().map(Path::Avx512),
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Avx2::detect().map(Path::Avx2),
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

    /// Whether it has no instructions of its own.
    pub(crate) fn is_portable(self) -> bool {
        matches!(self.0, Path::Portable)
    }

    /// The kernel of that name, or else the fastest one.
    fn named(name: Option<&OsStr>) -> Self {
        let called = Kernel::available().find(|kernel| name.is_some_and(|n| n == kernel.name()));
        let fastest = || Kernel::available().next();
        called.or_else(fastest).unwrap_or(Kernel(Path::Portable))
    }

    /// What is said where this kernel is taken and another one was named.
    fn note(self, name: &OsStr) -> Option<String> {
        let names: Vec<&str> = Kernel::available().map(Kernel::name).collect();
        (!name.is_empty() && name != self.name()).then(|| {
            format!(
                "note: {VARIABLE} is {name:?}, which is no kernel of this machine; it has {}, and {self} is used",
                names.join(", ")
            )
        })
    }

    /// Runs an operation with the vectors of this kernel.
    #[inline]
    pub(crate) fn dispatch<W: WithSimd>(self, op: W) -> W::Output {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx512(simd) => simd.vectorize(op),
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx2(simd) => simd.vectorize(op),
            Path::Portable => Portable.vectorize(op),
        }
    }

    /// The same for an operation that counts the set bits of words.
    #[inline]
    pub(crate) fn dispatch_counts<W: WithSimd>(self, op: W) -> W::Output {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", not(portable_only)))]
            Path::Avx512(simd) => simd.vectorize_counts(op),
            _ => self.dispatch(op),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_kernel_of_the_machine_is_told() {
        for name in ["avx3", "AVX2", "portable "] {
            let name = OsStr::new(name);
            let kernel = Kernel::named(Some(name));
            assert_eq!(Some(kernel), Kernel::available().next());
            let note = kernel.note(name).unwrap();
            assert!(
                note.contains(&format!("{name:?}")) && note.contains("portable"),
                "{note}"
            );
        }
        for kernel in Kernel::available() {
            let name = OsStr::new(kernel.name());
            assert_eq!(Kernel::named(Some(name)), kernel);
            assert_eq!(kernel.note(name), None);
            assert_eq!(kernel.note(OsStr::new("")), None);
        }
    }
}
