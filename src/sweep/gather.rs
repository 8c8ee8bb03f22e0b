//! The outcomes of a sweep as one table.

use super::ledger::{Entry, Ledger};
use super::row::Line;
use super::sink::{failed, unwritten};
use super::{Cell, Row, RowResult, Seeding, Shard, Sweep, Tally};
use crate::error::Result;
use crate::trial::{Setting, Trial};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek};
use std::path::Path;

/// How many files of rows are open at a time.
const OPEN: usize = 64;

/// The columns of a gathered table, and how the rows of a sweep fill them.
struct Columns {
    names: Vec<String>,
    /// The settings of each cell, by their names.
    settings: Vec<BTreeMap<String, String>>,
    /// The paper's labels of the cells.
    labels: Vec<&'static str>,
    /// The names of settings that vary, and of the others.
    varying: Vec<String>,
    constant: Vec<String>,
    /// Whether the five seeds of a run can differ.
    has_five_seeds: bool,
}

/// The columns behind the varying settings and the seeds.
const RESULT: [&str; 7] = [
    "status",
    "t",
    "steps",
    "final_accuracy",
    "support",
    "recovered",
    "error",
];
const FIVE: [&str; 5] = [
    "seeds.support",
    "seeds.init",
    "seeds.train",
    "seeds.noise",
    "seeds.eval",
];

impl Sweep {
    /// What tells cells from others: the paper's label, if the network has one, and the settings that
    /// are not the same in all cells, such as `xv: n = 20, rate.constant = 0.1`.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn names_of(&self, cells: &[usize]) -> Vec<String> {
        let columns = Columns::of(self);
        cells.iter().map(|cell| columns.name_of(*cell)).collect()
    }

    /// Writes the outcomes that are in the files of a folder to one CSV file.
    ///
    /// A line a run, in the order of cells and runs: it is the same file, to the bit, however the runs
    /// were shared out and interrupted. The columns are
    ///
    /// | column | |
    /// |---|---|
    /// | `cell`, `run` | places in the sweep, counted from 0 |
    /// | `key`, `label` | the [`Key`](super::Key) of the settings, and the paper's label if the network has one |
    /// | settings that vary | such as `n` or `learner.width`; lists as JSON |
    /// | `seed` | or five columns `seeds.…` where these differ |
    /// | `status` | solved, unsolved, diverged, or error |
    /// | `t`, `steps`, `final_accuracy`, `support`, `recovered` | the [`Outcome`](crate::trial::Outcome) |
    /// | `error` | why there is no outcome |
    /// | the other settings | which are the same in every line; a given support is `support.given` |
    ///
    /// The file appears when it is complete, in place of one that may be there. What is kept in memory
    /// is a few numbers a run, not the rows.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read, [`Error::Disagreement`] if two rows of one run differ,
    /// [`Error::Rows`] if the table cannot be written.
    ///
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::Disagreement`]: crate::Error::Disagreement
    /// [`Error::Rows`]: crate::Error::Rows
    pub fn gather(&self, folder: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Tally> {
        let (folder, to) = (folder.as_ref(), to.as_ref());
        replace(to, |file| {
            let mut table = csv::Writer::from_writer(file);
            let columns = Columns::of(self);
            let broken = |error: csv::Error| unwritten(to, io::Error::other(error));
            table.write_record(&columns.names).map_err(broken)?;
            let tally = self.each_row(folder, |cell, run, row| {
                table
                    .write_record(columns.line(cell, run, row))
                    .map_err(broken)
            })?;
            table.flush().map_err(|source| unwritten(to, source))?;
            Ok(tally)
        })
    }

    /// Hands over the rows in the files of a folder, in the order of cells and runs.
    fn each_row(
        &self,
        folder: &Path,
        mut then: impl FnMut(usize, u64, &Row) -> Result<()>,
    ) -> Result<Tally> {
        let ledger = self.read(folder, Shard::default(), |_, _, _| ())?;
        let mut files = Files::new(&ledger);
        let (mut cell, mut line) = (0, Vec::new());
        for (&place, entry) in &ledger.entries {
            while place >= self.first[cell + 1] {
                cell += 1;
            }
            let row = files.read(entry, &mut line)?;
            then(cell, place - self.first[cell], &row)?;
        }
        Ok(ledger.tally)
    }
}

/// Files of rows, of which those used last are open.
struct Files<'a> {
    ledger: &'a Ledger,
    open: Vec<(u32, BufReader<File>)>,
}

impl<'a> Files<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        let open = Vec::new();
        Files { ledger, open }
    }

    fn read(&mut self, entry: &Entry, line: &mut Vec<u8>) -> Result<Row> {
        let path = &self.ledger.files[entry.file as usize];
        let broken = |source| failed(path, source);
        let place = self.open.iter().position(|(file, _)| *file == entry.file);
        let mut reader = match place {
            Some(place) => self.open.remove(place).1,
            None => BufReader::with_capacity(1 << 12, File::open(path).map_err(broken)?),
        };
        let here = reader.stream_position().map_err(broken)?;
        // Within the buffer nothing is read again.
        reader
            .seek_relative(entry.offset as i64 - here as i64)
            .map_err(broken)?;
        line.clear();
        reader.read_until(b'\n', line).map_err(broken)?;
        self.open.truncate(OPEN - 1);
        self.open.insert(0, (entry.file, reader));
        match serde_json::from_slice(line) {
            Ok(Line::Row(row)) => Ok(row.into_owned()),
            _ => Err(broken(io::Error::other(
                "it changed while it was read; gather again",
            ))),
        }
    }
}

impl Columns {
    fn of(sweep: &Sweep) -> Self {
        let settings: Vec<_> = sweep
            .cells
            .iter()
            .map(|cell| settings(&cell.trial))
            .collect();
        let mut all: BTreeMap<&String, bool> = BTreeMap::new();
        for of_cell in &settings {
            for (name, value) in of_cell {
                *all.entry(name).or_default() |= settings[0].get(name) != Some(value);
            }
        }
        for name in settings.first().into_iter().flat_map(BTreeMap::keys) {
            let is_missing = settings.iter().any(|of_cell| !of_cell.contains_key(name));
            *all.entry(name).or_default() |= is_missing;
        }
        let of_kind = |varies: bool| {
            let names = all.iter().filter(|(_, does)| **does == varies);
            names.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
        };
        let (varying, constant) = (of_kind(true), of_kind(false));
        let is_one = |cell: &Cell| matches!(cell.seeding, Seeding::Each { .. });
        let has_five_seeds = !sweep.cells.iter().all(is_one);
        let seeds = if has_five_seeds { &FIVE[..] } else { &["seed"] };
        let words = |names: &[&str]| {
            names
                .iter()
                .map(|name| name.to_string())
                .collect::<Vec<_>>()
        };
        let names = [
            words(&["cell", "run", "key", "label"]),
            varying.clone(),
            words(seeds),
            words(&RESULT),
            constant.clone(),
        ];
        Columns {
            names: names.concat(),
            labels: sweep.cells.iter().map(|cell| label(&cell.trial)).collect(),
            settings,
            varying,
            constant,
            has_five_seeds,
        }
    }

    fn name_of(&self, cell: usize) -> String {
        let (settings, label) = (&self.settings[cell], self.labels[cell]);
        // A label stands for these.
        let is_said = |name: &str| {
            !label.is_empty() && (name.starts_with("learner.") || name.starts_with("optimizer"))
        };
        let told = self.varying.iter().filter(|name| !is_said(name));
        let told = told.filter_map(|name| Some(format!("{name} = {}", settings.get(name)?)));
        let told = told.collect::<Vec<String>>().join(", ");
        match label {
            "" => told,
            label => format!("{label}: {told}"),
        }
    }

    fn line(&self, cell: usize, run: u64, row: &Row) -> Vec<String> {
        let settings = &self.settings[cell];
        let of = |names: &[String]| {
            let values = names
                .iter()
                .map(|name| settings.get(name).cloned().unwrap_or_default());
            values.collect::<Vec<String>>()
        };
        let label = self.labels[cell].into();
        let mut line = vec![
            cell.to_string(),
            run.to_string(),
            row.setting.to_string(),
            label,
        ];
        line.extend(of(&self.varying));
        let seeds = &row.seeds;
        match self.has_five_seeds {
            false => line.push(seeds.init.to_string()),
            true => {
                let five = [
                    seeds.support,
                    seeds.init,
                    seeds.train,
                    seeds.noise,
                    seeds.eval,
                ];
                line.extend(five.map(|seed| seed.to_string()));
            }
        }
        line.extend(result(&row.result));
        line.extend(of(&self.constant));
        line
    }
}

fn result(result: &RowResult) -> [String; RESULT.len()] {
    let none = String::new;
    let error = |error: String| {
        [
            "error".into(),
            none(),
            none(),
            none(),
            none(),
            none(),
            error,
        ]
    };
    match result {
        RowResult::Outcome(outcome) => [
            outcome.status.to_string(),
            outcome.t.map(|t| t.to_string()).unwrap_or_default(),
            outcome.steps.to_string(),
            outcome.final_accuracy.to_string(),
            Value::from(outcome.support.clone()).to_string(),
            Value::from(outcome.recovered.clone()).to_string(),
            none(),
        ],
        RowResult::Refused { error: reason } => error(reason.clone()),
        RowResult::Panicked { panic } => error(format!("panicked: {panic}")),
    }
}

fn label(trial: &Trial) -> &'static str {
    Setting::of(trial).map_or("", |setting| setting.label())
}

/// The settings by their names, with dots for what is within others.
fn settings(trial: &Trial) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let value = serde_json::to_value(trial).expect("settings are data");
    flatten(&mut found, String::new(), value);
    // The column with its name is for the one that was drawn.
    if let Some(given) = found.remove("support") {
        found.insert("support.given".into(), given);
    }
    found
}

fn flatten(found: &mut BTreeMap<String, String>, name: String, value: Value) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let path = if name.is_empty() {
                    field
                } else {
                    format!("{name}.{field}")
                };
                flatten(found, path, value);
            }
        }
        Value::Null => {
            found.insert(name, String::new());
        }
        Value::String(text) => {
            found.insert(name, text);
        }
        other => {
            found.insert(name, other.to_string());
        }
    }
}

/// Writes a file that takes its place when it is complete.
pub(super) fn replace<T>(path: &Path, write: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
    let broken = |source| unwritten(path, source);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(broken)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(broken)?;
    let written = write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(broken)?;
    file.persist(path).map_err(|error| broken(error.error))?;
    // The name is on the disk when the folder is; not every system can be asked for that.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(written)
}
