//! How a program ends.

use console::style;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// The result of a program's work, with any error.
pub type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// The exit code of a program: 0 for success, 2 for an error, which is written to standard error with
/// its causes, in colour on a terminal unless `NO_COLOR` is set.
///
/// A reader of standard output that has left is no error. To be returned from `main`, which ends the
/// process even while other threads run.
///
/// ```
/// use sparse_parity::terminal::{Result, report};
/// use sparse_parity::trial::Trial;
/// use std::process::ExitCode;
///
/// fn run() -> Result {
///     let outcome = Trial::new(10, 2).run(&0.into())?;
///     println!("{:?}", outcome.time());
///     Ok(())
/// }
///
/// fn main() -> ExitCode {
///     report(run())
/// }
/// ```
pub fn report(result: Result) -> ExitCode {
    match result {
        Err(error) if !is_closed_pipe(&*error) => {
            // If the error cannot be written, the exit code still can.
            let mark = style("error:").for_stderr().red().bold();
            let _ = writeln!(io::stderr(), "{mark} {}", with_causes(&*error));
            ExitCode::from(2)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The message, followed by those of its causes that it does not contain.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_the_message_contains_is_not_repeated() {
        let cause = || io::Error::other("the disk is full");
        let path = || "rows.jsonl".into();
        let contained = crate::Error::Io {
            path: path(),
            source: cause(),
        };
        let message = with_causes(&contained);
        assert_eq!(message.matches("the disk is full").count(), 1, "{message}");
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        let is_closed = |kind| is_closed_pipe(&io::Error::from(kind));
        assert!(is_closed(io::ErrorKind::BrokenPipe));
        assert!(!is_closed(io::ErrorKind::NotFound));
    }
}
