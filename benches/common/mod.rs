//! What the benchmarks share.

/// The sizes (n, r, B).
pub const SETTINGS: [(usize, usize, usize); 7] = [
    (50, 100, 32),
    (50, 100, 1),
    (50, 100, 1024),
    (30, 10, 32),
    (50, 1000, 32),
    (50, 1000, 1024),
    (200, 1000, 256),
];
