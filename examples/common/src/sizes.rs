//! The sizes that are timed.

/// A two-layer network and its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The number of coordinates.
    pub n: usize,
    /// The number of neurons.
    pub width: usize,
    /// The number of examples.
    pub batch: usize,
}

/// The sizes that benchmarks time, from the usual ones to the wide.
pub const SIZES: [Size; 7] = [
    size(50, 100, 32),
    size(50, 100, 1),
    size(50, 100, 1024),
    size(30, 10, 32),
    size(50, 1000, 32),
    size(50, 1000, 1024),
    size(200, 1000, 256),
];

const fn size(n: usize, width: usize, batch: usize) -> Size {
    Size { n, width, batch }
}
