//! Operations that elimination is expected to take.

use super::strip::COLUMNS;
use super::tile::{TILE, part, table_bits};

/// The expected operations on words until n random equations in n unknowns, and some more, are solved.
///
/// Infinitely many above [`MOST`] unknowns, whose strips would take long to count.
pub(in crate::solver) fn words(n: usize) -> f64 {
    if n > MOST {
        return f64::INFINITY;
    }
    let strips = n.div_ceil(COLUMNS);
    let strip = |index: usize| {
        let columns = COLUMNS.min(n - index * COLUMNS);
        let below = n - index * COLUMNS - columns;
        let behind = words_behind(index, strips);
        search(columns)
            + clearing(columns, below, &behind)
            + substitution(columns, strips - index - 1)
    };
    (0..strips).map(strip).sum()
}

/// The most unknowns: their equations take 128 GiB.
pub(super) const MOST: usize = 1 << 20;

/// Finding that many pivots.
fn search(columns: usize) -> f64 {
    let (c, beyond) = (columns as f64, super::ROWS_BEYOND);
    // As many rows as there are columns have about one pivot less, each of which is cleared in all of them by four
    // operations. The other pivots are found by further rows, which half of the pivots meet with two operations.
    4.0 * c * (c - MISSING) + beyond * c + MISSING * 4.0 * (c - 1.0)
}

/// The expected rank that as many rows as columns are short of, Σ_{d ≥ 1} d·P[rank = c − d] for large c.
const MISSING: f64 = 0.850_18;

/// Clearing the columns in the rows below.
fn clearing(columns: usize, below: usize, behind: &[usize]) -> f64 {
    if below == 0 {
        return 0.0;
    }
    let (c, rows) = (columns as f64, below as f64);
    let bits = table_bits(below);
    let combining = match bits {
        0 => c * rows,
        _ => (COLUMNS / 4) as f64 * (15.0 + rows),
    };
    let additions = match bits {
        0 => c / 2.0 * rows,
        _ => {
            let tables = columns.div_ceil(bits);
            let entries: usize = (0..tables)
                .map(|table| (1 << bits.min(columns - table * bits)) - 1)
                .sum();
            entries as f64 + tables as f64 * rows
        }
    };
    combining + 3.0 * rows + additions * behind.iter().sum::<usize>() as f64
}

/// Words that are added up behind a strip, tile by tile.
fn words_behind(strip: usize, strips: usize) -> Vec<usize> {
    let first = strip / TILE;
    (first..strips.div_ceil(TILE))
        .map(|tile| {
            let from = if tile == first { strip % TILE + 1 } else { 0 };
            (from, TILE.min(strips - tile * TILE))
        })
        .filter(|(from, to)| from < to)
        .map(|(from, to)| part(from, to).1)
        .collect()
}

/// Back substitution of one right-hand side.
fn substitution(columns: usize, behind: usize) -> f64 {
    (columns * (2 * behind + 1) + 1 + 2 * columns) as f64
}
