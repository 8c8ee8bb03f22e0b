//! What programs need at a shell: progress on a terminal or in a log, and errors with an exit code (feature
//! `terminal`).

mod progress;
mod report;

pub use progress::Progress;
pub use report::{Result, report};
