//! Words of data as solvers compute with them, so that operations can be counted where they are made.

use std::fmt::Debug;

/// 64 bits of data. Every method but [`of`](Word::of) and [`bits`](Word::bits) is one operation of
/// [`Ledger::words`](crate::access::Ledger::words).
///
/// Loops of solvers are generic in it: with `u64` they run, and with `Counted`, in tests, the operations are counted one
/// by one, which has to give what the ledger says.
pub(crate) trait Word: Copy + Debug + Send + Sync {
    /// Takes up a word of data.
    fn of(bits: u64) -> Self;

    /// The bits, for decisions, addresses and results.
    fn bits(self) -> u64;

    fn xor(self, other: Self) -> Self;

    fn and(self, other: Self) -> Self;

    /// The number of set bits.
    fn ones(self) -> u32;

    /// Whether two words are equal.
    fn is(self, other: Self) -> bool;
}

impl Word for u64 {
    #[inline(always)]
    fn of(bits: u64) -> Self {
        bits
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        self
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn ones(self) -> u32 {
        self.count_ones()
    }

    #[inline(always)]
    fn is(self, other: Self) -> bool {
        self == other
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
    use std::cell::Cell;

    thread_local! {
        static OPERATIONS: Cell<u64> = const { Cell::new(0) };
    }

    /// A word that counts what is done with words on this thread.
    #[derive(Debug, Clone, Copy)]
    pub(in crate::solver) struct Counted(u64);

    /// The result of a computation, and the operations on counted words that it made on this thread.
    pub(in crate::solver) fn counted<R>(run: impl FnOnce() -> R) -> (R, u64) {
        let before = OPERATIONS.get();
        let result = run();
        (result, OPERATIONS.get() - before)
    }

    fn count() {
        OPERATIONS.set(OPERATIONS.get() + 1);
    }

    impl Word for Counted {
        fn of(bits: u64) -> Self {
            Counted(bits)
        }
        fn bits(self) -> u64 {
            self.0
        }
        fn xor(self, other: Self) -> Self {
            count();
            Counted(self.0 ^ other.0)
        }
        fn and(self, other: Self) -> Self {
            count();
            Counted(self.0 & other.0)
        }
        fn ones(self) -> u32 {
            count();
            self.0.count_ones()
        }
        fn is(self, other: Self) -> bool {
            count();
            self.0 == other.0
        }
    }

    #[test]
    fn every_operation_counts_one() {
        let words = [Counted::of(6), Counted::of(3)];
        let (result, operations) = counted(|| {
            let both = words[0].xor(words[1]).and(Counted::of(4));
            (both.ones(), both.is(Counted::of(4)))
        });
        assert_eq!((result, operations), ((1, true), 4));
    }
}
