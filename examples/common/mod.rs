//! What the examples share.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// What an example's `run` returns.
pub type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// Ends an example: an error is told with its causes, a reader that has left is no error.
///
/// To be returned from `main`, which ends the process whatever other threads are doing.
pub fn report(result: Result) -> ExitCode {
    match result {
        Err(error) if !is_closed_pipe(&*error) => {
            // If the error cannot be told, the exit code still can.
            let _ = writeln!(io::stderr(), "error: {}", with_causes(&*error));
            ExitCode::from(2)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The message and those of its causes that it does not contain already.
fn with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !message.contains(&words) {
            message = format!("{message}: {words}");
        }
        source = cause.source();
    }
    message
}
