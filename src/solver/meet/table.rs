//! A table of words that finds those equal to a given one in their low bits.

use super::super::word::Word;

const EMPTY: u32 = u32::MAX;
/// Most entries.
pub(super) const MOST: u64 = EMPTY as u64;
/// Bytes up to which accesses are not counted as probes, for they find the nearest cache.
pub(super) const NEAR: u64 = 1 << 15;
/// A bit for each of so many places a head, in front of the heads: most words that are not there end at it.
const FRONT: u32 = 3;

/// The sizes of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// The most that it holds.
    pub(super) entries: u64,
    expected: f64,
    /// Low bits that choose a list.
    pub(super) head_bits: u32,
    /// Low bits that choose a bit in front.
    pub(super) front_bits: u32,
}

impl Shape {
    /// For so many entries, of which as many low bits as `bits` have to agree.
    pub(super) fn of(entries: u64, bits: u32) -> Self {
        let roomy = (2 * entries.max(1)).next_power_of_two().ilog2();
        let head_bits = roomy.min(bits);
        Shape {
            entries,
            expected: entries as f64,
            head_bits,
            front_bits: (head_bits + FRONT).min(bits),
        }
    }

    /// For a random number of entries with that mean, of which it holds eight standard deviations more.
    pub(super) fn of_about(mean: f64, bits: u32) -> Self {
        let most = mean + 8.0 * libm::sqrt(mean) + 16.0;
        Shape {
            expected: mean,
            ..Shape::of(most as u64, bits)
        }
    }

    pub(super) fn bytes(self) -> u64 {
        let front = (1_u64 << self.front_bits).div_ceil(8).next_multiple_of(8);
        front + (4 << self.head_bits) + 16 * self.entries
    }

    /// Whether accesses are probes.
    pub(super) fn is_far(self) -> bool {
        self.bytes() > NEAR
    }

    /// The probability that the bit in front is set for a word that is random.
    pub(super) fn passing(self) -> f64 {
        -libm::expm1(-self.expected * libm::exp2(-f64::from(self.front_bits)))
    }

    /// The entries compared with a random word, in expectation.
    pub(super) fn visits(self) -> f64 {
        let same_head = self.expected * libm::exp2(-f64::from(self.head_bits));
        let same_front = libm::exp2(-f64::from(self.front_bits - self.head_bits));
        same_head * (same_front + (1.0 - same_front) * self.passing())
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry<W> {
    word: W,
    /// The next one of the list.
    next: u32,
}

/// Words in lists by their low bits, in the order in which they were put in.
#[derive(Debug)]
pub(super) struct Table<W> {
    shape: Shape,
    front: Vec<u64>,
    heads: Vec<u32>,
    entries: Vec<Entry<W>>,
    /// Accesses to random places.
    pub(super) probes: u64,
}

impl<W: Word> Table<W> {
    pub(super) fn new(shape: Shape) -> Self {
        Table {
            shape,
            front: vec![0; (1_usize << shape.front_bits).div_ceil(64)],
            heads: vec![EMPTY; 1 << shape.head_bits],
            entries: Vec::with_capacity(shape.entries as usize),
            probes: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.front.fill(0);
        self.heads.fill(EMPTY);
        self.entries.clear();
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() as u64 == self.shape.entries
    }

    #[inline(always)]
    fn places(&self, word: W) -> (usize, usize) {
        let low = |bits: u32| (word.bits() & ((1 << bits) - 1)) as usize;
        (low(self.shape.front_bits), low(self.shape.head_bits))
    }

    #[inline(always)]
    pub(super) fn insert(&mut self, word: W) {
        let (front, head) = self.places(word);
        self.front[front / 64] |= 1 << (front % 64);
        let next = self.heads[head];
        self.heads[head] = self.entries.len() as u32;
        self.entries.push(Entry { word, next });
        self.probes += 2;
    }

    /// Gives `visit` the numbers of the entries whose low bits agree, and these.
    #[inline(always)]
    pub(super) fn meet(&mut self, word: W, mut visit: impl FnMut(u32, W)) {
        let (front, head) = self.places(word);
        self.probes += 1;
        if self.front[front / 64] >> (front % 64) & 1 == 0 {
            return;
        }
        let mut at = self.heads[head];
        self.probes += 1;
        while at != EMPTY {
            let Entry { word, next } = self.entries[at as usize];
            self.probes += 1;
            visit(at, word);
            at = next;
        }
    }
}
