//! What was recorded along runs, in files beside those of the rows.
//!
//! A curve is written before the row of its run. A run whose row has no curve is therefore made again, and has the same row.

use super::checksum::{Verdict, seal, verdict};
use super::error::Result;
use super::lines::{MOST_BYTES, read_line};
use super::places::Places;
use super::row::seeds as as_seeds;
use super::scan::Location;
use super::sink::{failed, new_file, unwritten};
use super::{Key, Shard, Sweep};
use crate::experiment::Experiment;
use crate::files;
use crate::measure::{Recording, Table};
use crate::seeds::Seeds;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// How the names of files of curves begin and end.
const PREFIX: &str = "curves-";
const EXTENSION: &str = "curves";

/// A line of a file of curves.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line<C> {
    /// The first line: what wrote the file.
    Header {
        /// The version of this crate.
        version: String,
    },
    /// A curve.
    Curve(C),
}

/// A curve as it is written.
#[derive(Serialize, Deserialize)]
struct Curve<R> {
    setting: Key,
    #[serde(with = "as_seeds")]
    seeds: Seeds,
    /// What was recorded, and when.
    recording: String,
    columns: Vec<String>,
    rows: R,
}

/// What a recording is known by.
fn name_of(recording: &Recording) -> String {
    let text = serde_json::to_vec(recording).expect("a recording is data");
    format!("{:016x}", xxh3_64(&text))
}

/// A number as JSON, which has no NaN and no infinity.
fn json(value: &f64) -> Value {
    match value.is_finite() {
        true => (*value).into(),
        false => value.to_string().into(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}

/// The file to which an attempt appends its curves.
pub(super) struct Curves {
    path: PathBuf,
    file: File,
    recording: String,
}

impl Curves {
    /// A new file in the folder.
    pub(super) fn create(folder: &Path, shard: Shard, recording: &Recording) -> Result<Self> {
        let (path, file) = new_file(folder, shard, PREFIX, EXTENSION)?;
        let mut curves = Curves {
            path,
            file,
            recording: name_of(recording),
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let line = serde_json::to_vec(&Line::<()>::Header { version });
        curves.append(line.expect("a line is data"))?;
        Ok(curves)
    }

    /// Appends the curve of a run; the reason if it is too long.
    pub(super) fn push(
        &mut self,
        setting: Key,
        seeds: Seeds,
        table: &Table,
    ) -> Result<Result<(), String>> {
        let rows = table.rows().iter();
        let curve = Curve {
            setting,
            seeds,
            recording: self.recording.clone(),
            columns: table.columns().to_vec(),
            rows: rows
                .map(|row| row.iter().map(json).collect())
                .collect::<Vec<Vec<Value>>>(),
        };
        let line = serde_json::to_vec(&Line::Curve(curve));
        let mut line = line.expect("a curve is data");
        if line.len() > MOST_BYTES / 2 {
            let (bytes, most) = (line.len(), MOST_BYTES / 2);
            return Ok(Err(format!(
                "the curve takes {bytes} bytes, and one at most {most}; record at fewer steps"
            )));
        }
        seal(&mut line);
        self.append(line)?;
        Ok(Ok(()))
    }

    /// Makes sure that all are on the disk.
    pub(super) fn finish(self) -> Result<()> {
        let synced = self.file.sync_data();
        synced.map_err(|source| unwritten(&self.path, source))
    }

    fn append(&mut self, mut line: Vec<u8>) -> Result<()> {
        line.push(b'\n');
        let written = self.file.write_all(&line);
        written.map_err(|source| unwritten(&self.path, source))
    }
}

/// Where the curves of runs are.
pub(super) struct Recorded {
    files: Vec<PathBuf>,
    /// By the place of the run in the sweep.
    locations: BTreeMap<u64, Location>,
}

impl<E: Experiment> Sweep<E> {
    /// Finds the curves of that recording in the files of a folder; a folder that does not exist has none.
    pub(super) fn recorded(&self, folder: &Path, recording: &Recording) -> Result<Recorded> {
        let files = super::ledger::files_of(folder, EXTENSION)?;
        let mut locations = BTreeMap::new();
        let each = |place, location| {
            locations.entry(place).or_insert(location);
        };
        let _ = self.scan_curves(&files, recording, &|| false, each)?;
        Ok(Recorded { files, locations })
    }

    /// The runs with a curve of that recording, and whether all curves were read before it was late.
    pub(super) fn with_curve(
        &self,
        folder: &Path,
        recording: &Recording,
        is_late: &dyn Fn() -> bool,
    ) -> Result<(Places, ControlFlow<()>)> {
        let files = super::ledger::files_of(folder, EXTENSION)?;
        let mut places = Places::default();
        let each = |place, _| {
            places.insert(place);
        };
        let flow = self.scan_curves(&files, recording, is_late, each)?;
        Ok((places, flow))
    }

    /// Hands the places of runs with a curve of that recording to `each`, unless `is_late` says at some line that there is
    /// no time for more.
    ///
    /// What is torn or was changed is no curve, and its run is made again.
    fn scan_curves(
        &self,
        files: &[PathBuf],
        recording: &Recording,
        is_late: &dyn Fn() -> bool,
        mut each: impl FnMut(u64, Location),
    ) -> Result<ControlFlow<()>> {
        let name = name_of(recording);
        for (file, path) in (0..).zip(files) {
            let broken = |source| failed(path, source);
            let Some(open) = files::open_regular(path).map_err(broken)? else {
                continue;
            };
            let (mut lines, mut text, mut offset) = (BufReader::new(open), Vec::new(), 0);
            loop {
                if is_late() {
                    return Ok(ControlFlow::Break(()));
                }
                let length = read_line(&mut lines, &mut text).map_err(broken)?;
                if length == 0 {
                    break;
                }
                if verdict(&text) == Verdict::Right
                    && let Ok(Line::Curve(curve)) =
                        serde_json::from_slice::<Line<Curve<&RawValue>>>(&text)
                    && curve.recording == name
                    && let Some(&cell) = self.places.get(&curve.setting)
                    && let Some(run) = self.cells[cell].seeding.place(&curve.seeds)
                {
                    let place = self.first_place(cell) + run;
                    each(place, Location { file, offset });
                }
                offset += length;
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Recorded {
    /// The number of curves.
    pub(super) fn len(&self) -> u64 {
        self.locations.len() as u64
    }

    /// Hands over the curves in the order of the sweep: the place and the seeds of the run, and its rows.
    pub(super) fn each(
        &self,
        mut then: impl FnMut(u64, &Seeds, &[Vec<f64>]) -> Result<()>,
    ) -> Result<()> {
        let mut open: Option<(u32, BufReader<File>)> = None;
        let mut text = Vec::new();
        for (&place, &Location { file, offset }) in &self.locations {
            let path = &self.files[file as usize];
            let broken = |source| failed(path, source);
            let reader = match &mut open {
                Some((other, reader)) if *other == file => reader,
                _ => {
                    let reader = BufReader::new(File::open(path).map_err(broken)?);
                    &mut open.insert((file, reader)).1
                }
            };
            reader.seek(SeekFrom::Start(offset)).map_err(broken)?;
            read_line(reader, &mut text).map_err(broken)?;
            let line = serde_json::from_slice::<Line<Curve<Vec<Vec<Value>>>>>(&text);
            let curve = match line {
                Ok(Line::Curve(curve)) if verdict(&text) == Verdict::Right => Some(curve),
                _ => None,
            };
            let row = |row: &Vec<Value>| row.iter().map(number).collect::<Option<Vec<f64>>>();
            let read = curve.and_then(|curve| {
                let is_whole = |row: &Vec<f64>| row.len() == curve.columns.len();
                let rows: Option<Vec<Vec<f64>>> = curve.rows.iter().map(row).collect();
                let rows = rows.filter(|rows| rows.iter().all(is_whole))?;
                Some((curve.seeds, rows))
            });
            let changed = || std::io::Error::other("it changed while it was read; gather again");
            let (seeds, rows) = read.ok_or_else(|| broken(changed()))?;
            then(place, &seeds, &rows)?;
        }
        Ok(())
    }
}
