//! The program `sparse-parity`.

use sparse_parity::cli::Program;
#[cfg(feature = "flow")]
use sparse_parity::trial::FlowRun;
use sparse_parity::trial::{Accumulation, PopulationRun, RecordedTrial, Theorem4, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let program = Program::new()
        .with::<Trial>()
        .with::<RecordedTrial>()
        .with::<Theorem4>()
        .with::<PopulationRun>()
        .with::<Accumulation>();
    #[cfg(feature = "flow")]
    let program = program.with::<FlowRun>();
    program.main()
}
