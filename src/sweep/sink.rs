use super::checksum::seal;
use super::lines::MOST_BYTES;
use super::row::{Line, RawRow, RowResult, Timed};
use super::{Key, Row, Shard, Sweep};
use crate::experiment::Experiment;
use crate::files;
use crate::sweep::error::{Result, SweepError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A line without a row.
type Head<'a> = Line<'a, ()>;

/// How the names of files of rows begin and end.
const PREFIX: &str = "rows-";
pub(super) const EXTENSION: &str = "jsonl";

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
    rows: u64,
    begin: Instant,
}

impl Sink {
    /// A new file in the folder, which is made if it is missing.
    pub(super) fn create<E: Experiment>(
        folder: &Path,
        sweep: &Sweep<E>,
        shard: Shard,
        about: &Value,
    ) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|source| unwritten(folder, source))?;
        files::sweep(folder);
        let (path, file) = new_file(folder, shard, PREFIX, EXTENSION)?;
        files::sync_folder(folder);
        // Others know by the lock that this process is at work; where there are no locks, they do not.
        let _ = file.try_lock();
        let mut sink = Sink {
            path,
            file,
            line: Vec::new(),
            told: vec![false; sweep.cells.len()],
            rows: 0,
            begin: Instant::now(),
        };
        sink.write(&Head::Header {
            version: env!("CARGO_PKG_VERSION").into(),
            experiment: E::NAME.into(),
            revision: E::REVISION,
            about: Cow::Borrowed(about),
            checked: true,
        })?;
        Ok(sink)
    }

    /// Appends the row of a run of that cell, which took so much processor time, and returns it as it was written.
    ///
    /// An outcome that could not be read again is written as a refusal, so that the run is not made for ever.
    pub(super) fn push<E: Experiment>(
        &mut self,
        sweep: &Sweep<E>,
        cell: usize,
        mut row: Row<E::Outcome>,
        seconds: f64,
    ) -> Result<Row<E::Outcome>> {
        if !self.told[cell] {
            self.told[cell] = true;
            let text = Key::text(&sweep.cells[cell].experiment).into();
            let key = sweep.keys[cell];
            self.write(&Head::Setting { key, text })?;
        }
        self.rows += 1;
        if let Err(reason) = self.compose_row(&sweep.cells[cell].experiment, &row, seconds) {
            row.result = RowResult::Refused { error: reason };
            self.compose(&Line::Row(Timed { row: &row, seconds }))
                .map_err(|error| unwritten(&self.path, error.into()))?;
        }
        seal(&mut self.line);
        self.line.push(b'\n');
        self.append()?;
        Ok(row)
    }

    /// Composes a row that is read again as it is; otherwise says why there is none.
    fn compose_row<E: Experiment>(
        &mut self,
        experiment: &E,
        row: &Row<E::Outcome>,
        seconds: f64,
    ) -> Result<(), String> {
        let written = self.compose(&Line::Row(Timed { row, seconds }));
        written
            .and_then(|()| is_readable::<E::Outcome>(&self.line))
            .map_err(|reason| {
                format!(
                    "the outcome cannot be read from its row again: {reason}; a number that may be NaN or \
                     infinite has to be an Option"
                )
            })?;
        if self.line.len() > MOST_BYTES / 2 {
            let bytes = self.line.len();
            let most = MOST_BYTES / 2;
            return Err(format!(
                "the outcome takes {bytes} bytes, and a row at most {most}; keep less of it"
            ));
        }
        match &row.result {
            RowResult::Outcome(outcome) => experiment
                .check_outcome(outcome)
                .map_err(|reason| format!("the outcome is impossible: {reason}")),
            RowResult::Refused { .. } | RowResult::Panicked { .. } => Ok(()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What makes sure that rows are on the disk, beside the writing of others.
    pub(super) fn syncer(&self) -> Result<impl Fn() -> Result<()> + use<>> {
        let file = self.file.try_clone();
        let (file, path) = (
            file.map_err(|source| unwritten(&self.path, source))?,
            self.path.clone(),
        );
        Ok(move || file.sync_data().map_err(|source| unwritten(&path, source)))
    }

    /// Writes the last line, and makes sure that all are on the disk.
    pub(super) fn finish(mut self) -> Result<()> {
        let seconds = self.begin.elapsed().as_secs_f64();
        let rows = self.rows;
        self.write(&Head::End { rows, seconds })?;
        self.syncer()?()
    }

    fn write(&mut self, line: &Line<'_, impl Serialize>) -> Result<()> {
        let composed = self.compose(line).map_err(io::Error::from);
        composed.map_err(|source| unwritten(&self.path, source))?;
        self.line.push(b'\n');
        self.append()
    }

    fn compose(&mut self, line: &Line<'_, impl Serialize>) -> serde_json::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)
    }

    fn append(&mut self) -> Result<()> {
        let written = self.file.write_all(&self.line);
        written.map_err(|source| unwritten(&self.path, source))
    }
}

fn is_readable<T: DeserializeOwned>(line: &[u8]) -> serde_json::Result<()> {
    match serde_json::from_slice(line)? {
        Line::Row(row) => RawRow::of(row)?.read::<T>().map(|_| ()),
        _ => unreachable!("the line is a row"),
    }
}

/// A file that nobody else has: its name tells the shard, the time and the process.
pub(super) fn new_file(
    folder: &Path,
    shard: Shard,
    prefix: &str,
    extension: &str,
) -> Result<(PathBuf, File)> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let (now, process) = (since.unwrap_or_default().as_millis(), std::process::id());
    let shard = match shard.is_whole() {
        true => String::new(),
        false => format!("{}of{}-", shard.index(), shard.count()),
    };
    for attempt in 0.. {
        let name = format!("{prefix}{shard}{now}-{process}-{attempt}.{extension}");
        let path = folder.join(name);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(unwritten(&path, source)),
        }
    }
    unreachable!("some name is free")
}

/// The shard of which a file has rows, as far as its name tells.
pub(super) fn shard_of(path: &Path) -> Option<Shard> {
    let name = path.file_stem()?.to_str()?.strip_prefix(PREFIX)?;
    let (index, count) = name.split('-').next()?.split_once("of")?;
    Shard::new(index.parse().ok()?, count.parse().ok()?).ok()
}

pub(super) fn failed(path: &Path, source: io::Error) -> SweepError {
    let path = path.into();
    crate::Error::Io { path, source }.into()
}

pub(super) fn unwritten(path: &Path, source: io::Error) -> SweepError {
    SweepError::Rows {
        path: path.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_shard() {
        let folder = tempfile::tempdir().unwrap();
        for shard in [Shard::new(3, 400).unwrap(), Shard::default()] {
            let (path, _) = new_file(folder.path(), shard, PREFIX, EXTENSION).unwrap();
            assert_eq!(shard_of(&path), (!shard.is_whole()).then_some(shard));
        }
        assert_eq!(shard_of(Path::new("copy.jsonl")), None);
        assert_eq!(shard_of(Path::new("rows-9of9-1-2-3.jsonl")), None);
    }

    #[test]
    fn files_of_one_moment_have_names_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        // Several are made within a millisecond.
        let files = (0..300).map(|_| {
            let shard = Shard::default();
            new_file(folder.path(), shard, PREFIX, EXTENSION).unwrap().0
        });
        let mut files: Vec<PathBuf> = files.collect();
        assert!(
            files
                .iter()
                .any(|path| !path.to_string_lossy().ends_with("-0.jsonl"))
        );
        files.sort();
        files.dedup();
        assert_eq!(files.len(), 300);
        let missing = folder.path().join("missing");
        assert!(new_file(&missing, Shard::default(), PREFIX, EXTENSION).is_err());
    }
}
