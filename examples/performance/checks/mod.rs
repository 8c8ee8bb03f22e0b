//! What the time of one step leaves open: does it grow with the work alone, do trials share a
//! processor, what do observers add, how much memory does a trial take?

mod linearity;
mod memory;
mod observers;
mod together;

pub use memory::print_peak;

use sparse_parity::stats::median;
use sparse_parity::terminal::Result;
use std::io::Write;

/// Whatever is compared is measured in turn, so many times.
const ROUNDS: u32 = 7;

/// A row of the table.
struct Row {
    check: &'static str,
    case: String,
    measured: String,
}

/// Makes all checks, a few times `seconds` each, and writes them as a table in Markdown.
pub fn write(out: &mut impl Write, seconds: f64) -> Result {
    let rows = [
        linearity::rows(seconds)?,
        together::rows(seconds)?,
        observers::rows(seconds)?,
        memory::rows()?,
    ];
    writeln!(
        out,
        "\nBeside the step:\n\n| check | case | measured |\n|---|---|---|"
    )?;
    for Row {
        check,
        case,
        measured,
    } in rows.iter().flatten()
    {
        writeln!(out, "| {check} | {case} | {measured} |")?;
    }
    Ok(())
}

/// The median of a round's result over the rounds.
fn over_rounds(mut round: impl FnMut() -> Result<f64>) -> Result<f64> {
    let results = (0..ROUNDS).map(|_| round());
    let median = median(results.collect::<Result<Vec<_>>>()?);
    median.ok_or_else(|| "nothing was measured".into())
}
