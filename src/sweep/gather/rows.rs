//! Rows in the order of the sweep, each with where it is from.

use crate::experiment::Experiment;
use crate::sweep::checksum::{Verdict, verdict};
use crate::sweep::error::Result;
use crate::sweep::lines::MOST_BYTES;
use crate::sweep::row::{Line, RawRow};
use crate::sweep::scan::Location;
use crate::sweep::sink::failed;
use crate::sweep::{Key, Row, Shard, Sweep, Tally};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// How many files of rows are open at a time.
const OPEN: usize = 64;

/// Where a row is from.
pub(super) struct Provenance<'a> {
    /// The processor time of the run in seconds, if the row tells it.
    seconds: Option<f64>,
    head: &'a Head,
    path: &'a Path,
}

/// What the first line of a file says.
#[derive(Debug, Default)]
struct Head {
    version: String,
    revision: u32,
    about: Value,
}

impl Provenance<'_> {
    /// The texts of its columns.
    pub(super) fn texts(&self) -> [String; 7] {
        let Head {
            version,
            revision,
            about,
        } = self.head;
        let about = |name: &str| {
            let text = about.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let seconds = self.seconds.map(|seconds| seconds.to_string());
        let file = self.path.file_name().unwrap_or_default();
        [
            seconds.unwrap_or_default(),
            version.clone(),
            match version.is_empty() {
                true => String::new(),
                false => revision.to_string(),
            },
            about("revision"),
            about("host"),
            about("begin"),
            file.to_string_lossy().into_owned(),
        ]
    }
}

impl<E: Experiment> Sweep<E> {
    /// Hands over the rows in the files of a folder, in the order of cells and runs.
    pub(super) fn each_row(
        &self,
        folder: &Path,
        mut then: impl FnMut(usize, u64, Row<E::Outcome>, Provenance<'_>) -> Result<()>,
    ) -> Result<Tally> {
        let mut locations = BTreeMap::new();
        let ledger = self.read(folder, Shard::default(), &|| false, |_, found| {
            let place = self.first_place(found.cell) + found.run;
            locations.insert(place, found.location);
        })?;
        let mut files = Files::new(&ledger.files);
        let (mut cell, mut line) = (0, Vec::new());
        for (&place, &location) in &locations {
            while place >= self.first[cell + 1] {
                cell += 1;
            }
            let (row, seconds) = files.read(self.keys[cell], location, &mut line)?;
            let provenance = Provenance {
                seconds,
                head: files.head(location)?,
                path: &ledger.files[location.file as usize],
            };
            then(cell, place - self.first[cell], row, provenance)?;
        }
        Ok(ledger.tally)
    }
}

/// Files of rows, of which those used last are open.
struct Files<'a> {
    paths: &'a [PathBuf],
    open: Vec<(u32, BufReader<File>)>,
    /// The first lines of the files, as far as they were read.
    heads: Vec<Option<Head>>,
}

impl<'a> Files<'a> {
    fn new(paths: &'a [PathBuf]) -> Self {
        let none = std::iter::repeat_with(|| None);
        Files {
            paths,
            open: Vec::new(),
            heads: none.take(paths.len()).collect(),
        }
    }

    /// What the first line says of the file that a row is in; nothing if it is no first line.
    fn head(&mut self, row: Location) -> Result<&Head> {
        let place = row.file as usize;
        let head = &mut self.heads[place];
        if head.is_none() {
            let path = &self.paths[place];
            let broken = |source| failed(path, source);
            let mut line = Vec::new();
            let file = File::open(path).map_err(broken)?.take(MOST_BYTES as u64);
            BufReader::new(file)
                .read_until(b'\n', &mut line)
                .map_err(broken)?;
            *head = Some(match serde_json::from_slice::<Line<'_, ()>>(&line) {
                Ok(Line::Header {
                    version,
                    revision,
                    about,
                    ..
                }) => Head {
                    version: version.into_owned(),
                    revision,
                    about: about.into_owned(),
                },
                _ => Head::default(),
            });
        }
        Ok(head.as_ref().expect("it was read above"))
    }

    /// The row at a location, as one of these settings, and its seconds.
    fn read<T: DeserializeOwned>(
        &mut self,
        setting: Key,
        Location {
            file: index,
            offset,
        }: Location,
        line: &mut Vec<u8>,
    ) -> Result<(Row<T>, Option<f64>)> {
        let path = &self.paths[index as usize];
        let broken = |source| failed(path, source);
        let place = self.open.iter().position(|(file, _)| *file == index);
        let mut reader = match place {
            Some(place) => self.open.remove(place).1,
            None => BufReader::with_capacity(1 << 12, File::open(path).map_err(broken)?),
        };
        let here = reader.stream_position().map_err(broken)?;
        // Within the buffer nothing is read again.
        reader
            .seek_relative(offset as i64 - here as i64)
            .map_err(broken)?;
        line.clear();
        let most = MOST_BYTES as u64;
        (&mut reader)
            .take(most)
            .read_until(b'\n', line)
            .map_err(broken)?;
        self.open.truncate(OPEN - 1);
        self.open.insert(0, (index, reader));
        let row = match serde_json::from_slice(line) {
            Ok(Line::Row(row)) if verdict(line) != Verdict::Wrong => {
                let row = RawRow::of(row).map(|row| row.with_setting(setting));
                row.and_then(|row| {
                    let seconds = row.seconds();
                    Ok((row.read()?, seconds))
                })
                .ok()
            }
            _ => None,
        };
        let changed = || io::Error::other("it changed while it was read; gather again");
        row.ok_or_else(|| broken(changed()))
    }
}
