//! The program `sparse-parity`.

use sparse_parity::cli::Program;
use sparse_parity::trial::Trial;
use std::process::ExitCode;

fn main() -> ExitCode {
    Program::new().with::<Trial>().main()
}
