//! Words of data as solvers compute with them, so that operations can be counted where they are made.

use crate::signs::scan::Lane;
use crate::simd::Bits;

/// 64 bits of data. Every method but [`of`](Lane::of) and [`bits`](Lane::bits), and every operator but a shift, is one
/// operation of [`Ledger::words`](crate::access::Ledger::words).
///
/// Loops of solvers are generic in it: with `u64` they run, and with `Counted`, in tests, the operations are counted one
/// by one, which has to give what the ledger says.
pub(crate) trait Word: Lane + Bits {
    /// Half as many bits, an operation on which is half of one.
    type Half: Lane;

    fn and(self, other: Self) -> Self;

    /// The sum modulo 2⁶⁴, for tables.
    fn plus(self, other: Self) -> Self;
}

impl Word for u64 {
    type Half = u32;

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

/// Replaces a by a ⊕ b, word by word: one operation a word.
#[inline(always)]
pub(super) fn xor_into<W: Word>(a: &mut [W], b: &[W]) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = a.xor(b);
    }
}

#[cfg(test)]
pub(super) use counted::{Counted, counted};

#[cfg(test)]
mod counted {
    use super::Word;
    use crate::signs::scan::Lane;
    use crate::simd::Bits;
    use std::cell::Cell;
    use std::ops::{BitAnd, BitXor, Shl, Shr};

    thread_local! {
        /// In halves.
        static OPERATIONS: Cell<u64> = const { Cell::new(0) };
    }

    /// A word that counts what is done with words on this thread.
    #[derive(Debug, Clone, Copy)]
    pub(in crate::solver) struct Counted(u64);

    /// Half of one.
    #[derive(Debug, Clone, Copy)]
    pub(in crate::solver) struct CountedHalf(u32);

    /// The result of a computation, and the operations on counted words that it made on this thread.
    pub(in crate::solver) fn counted<R>(run: impl FnOnce() -> R) -> (R, u64) {
        let before = OPERATIONS.get();
        let result = run();
        (result, (OPERATIONS.get() - before).div_ceil(2))
    }

    fn count(halves: u64) {
        OPERATIONS.set(OPERATIONS.get() + halves);
    }

    macro_rules! lane {
        ($Counted:ident, $integer:ty, $halves:literal) => {
            impl Lane for $Counted {
                fn of(bits: u64) -> Self {
                    $Counted(bits as $integer)
                }
                fn bits(self) -> u64 {
                    self.0.into()
                }
                fn xor(self, other: Self) -> Self {
                    count($halves);
                    $Counted(self.0 ^ other.0)
                }
                fn ones(self) -> u32 {
                    count($halves);
                    self.0.count_ones()
                }
                fn is(self, other: Self) -> bool {
                    count($halves);
                    self.0 == other.0
                }
            }
        };
    }

    lane!(Counted, u64, 2);
    lane!(CountedHalf, u32, 1);

    impl BitXor for Counted {
        type Output = Self;
        fn bitxor(self, other: Self) -> Self {
            self.xor(other)
        }
    }

    impl BitAnd<u64> for Counted {
        type Output = Self;
        fn bitand(self, mask: u64) -> Self {
            self.and(Counted(mask))
        }
    }

    impl Shl<usize> for Counted {
        type Output = Self;
        fn shl(self, by: usize) -> Self {
            Counted(self.0 << by)
        }
    }

    impl Shr<usize> for Counted {
        type Output = Self;
        fn shr(self, by: usize) -> Self {
            Counted(self.0 >> by)
        }
    }

    impl Bits for Counted {}

    impl Word for Counted {
        type Half = CountedHalf;

        fn and(self, other: Self) -> Self {
            count(2);
            Counted(self.0 & other.0)
        }

        fn plus(self, other: Self) -> Self {
            count(2);
            Counted(self.0.wrapping_add(other.0))
        }
    }

    #[test]
    fn every_operation_counts_one() {
        let words = [Counted::of(6), Counted::of(3)];
        let (result, operations) = counted(|| {
            let both = words[0].xor(words[1]).and(Counted::of(4));
            let half = CountedHalf::of(1 << 32 | 5);
            // Three halves are two.
            assert!(!half.is(half.xor(half)) && half.ones() == 2);
            (both.ones(), both.is(Counted::of(4)))
        });
        assert_eq!((result, operations), ((1, true), 6));
    }
}
