use std::fmt;
use std::path::{Path, PathBuf};

/// Something in a folder of rows that is passed over: a row that cannot be trusted, or an entry that is no file.
///
/// The run of such a row counts as missing unless another row has its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, or whatever has the name of one.
    pub path: PathBuf,
    /// The line, counted from 1; `None` for the whole entry.
    pub line: Option<u64>,
    /// What is wrong.
    pub reason: String,
}

impl Fault {
    pub(super) fn line(path: &Path, line: u64, reason: String) -> Self {
        Fault {
            path: path.into(),
            line: Some(line),
            reason,
        }
    }

    pub(super) fn entry(path: &Path, kind: &str) -> Self {
        Fault {
            path: path.into(),
            line: None,
            reason: format!(
                "it is {kind} with the name of a file of rows; remove it, or rename it"
            ),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}
