use super::row::Line;
use super::{Row, Sweep};
use crate::error::{Error, Result};
use crate::trial::REVISION;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How the names of files of rows end.
pub(super) const EXTENSION: &str = "jsonl";

/// How much a failing power supply may cost.
const SYNC: Duration = Duration::from_secs(1);

/// The file to which one attempt to run a sweep appends its rows.
///
/// No other process writes to it. A line is handed to the system as a whole, so that a process that
/// dies leaves at most one that is torn.
#[derive(Debug)]
pub(super) struct Sink {
    path: PathBuf,
    file: File,
    line: Vec<u8>,
    /// Whether the settings of a cell are in the file.
    told: Vec<bool>,
    synced: Instant,
}

impl Sink {
    /// A new file in the folder, which is made if it is missing.
    pub(super) fn create(folder: &Path, sweep: &Sweep) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        let (path, file) = new_file(folder)?;
        let mut sink = Sink {
            path,
            file,
            line: Vec::new(),
            told: vec![false; sweep.cells.len()],
            synced: Instant::now(),
        };
        sink.write(&Line::Header {
            version: env!("CARGO_PKG_VERSION").into(),
            revision: REVISION,
        })?;
        Ok(sink)
    }

    /// Appends the row of a run of that cell.
    pub(super) fn push(&mut self, sweep: &Sweep, cell: usize, row: &Row) -> Result<()> {
        if !self.told[cell] {
            self.told[cell] = true;
            let trial = Box::new(sweep.cells[cell].trial.clone());
            let key = sweep.keys[cell];
            self.write(&Line::Setting { key, trial })?;
        }
        self.write(&Line::Row(Cow::Borrowed(row)))?;
        if self.synced.elapsed() > SYNC {
            self.sync()?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    /// Makes sure that the rows are on the disk.
    pub(super) fn sync(&self) -> Result<()> {
        let synced = self.file.sync_data();
        synced.map_err(|source| failed(&self.path, source))
    }

    fn write(&mut self, line: &Line<'_>) -> Result<()> {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, line).map_err(io::Error::from);
        self.line.push(b'\n');
        let written = written.and_then(|()| self.file.write_all(&self.line));
        written.map_err(|source| failed(&self.path, source))
    }
}

/// A file that nobody else has: its name tells the time and the process.
fn new_file(folder: &Path) -> Result<(PathBuf, File)> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let (now, process) = (since.unwrap_or_default().as_millis(), std::process::id());
    for attempt in 0.. {
        let path = folder.join(format!("rows-{now}-{process}-{attempt}.{EXTENSION}"));
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(failed(&path, source)),
        }
    }
    unreachable!("some name is free")
}

pub(super) fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io {
        path: path.into(),
        source,
    }
}
