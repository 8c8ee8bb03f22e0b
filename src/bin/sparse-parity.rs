//! The program `sparse-parity`.

use git_version::git_version;
use sparse_parity::cli::Program;
use sparse_parity::contest::Contest;
#[cfg(feature = "flow")]
use sparse_parity::trial::FlowRun;
use sparse_parity::trial::{Accumulation, PopulationRun, RecordedTrial, Theorem4, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Not in the library, which would be built anew after every commit.
    let revision = git_version!(
        args = ["--always", "--dirty=-changed", "--abbrev=40"],
        fallback = ""
    );
    let program = Program::new()
        .revision(revision)
        .with::<Trial>()
        .with::<RecordedTrial>()
        .with::<Theorem4>()
        .with::<PopulationRun>()
        .with::<Accumulation>()
        .with::<Contest>();
    #[cfg(feature = "flow")]
    let program = program.with::<FlowRun>();
    program.main()
}
