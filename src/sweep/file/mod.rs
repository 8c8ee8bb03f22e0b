//! Sweeps as files.

mod grid;
mod kept;
mod words;

pub use kept::Kept;
#[cfg(feature = "cli")]
pub(crate) use {kept::KEPT, words::value};

use super::sink::failed;
use super::{Cell, Seeding, Sweep};
use crate::error::near;
use crate::experiment::Experiment;
use crate::files;
use crate::measure::{MeasureKind, Recording};
use crate::sweep::error::{Result, SweepError};
use crate::trial::Trial;
use serde_json::Value;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use toml::{Table, Value as Toml};
use words::Resolver;

/// A sweep as TOML: settings that all runs share, lists whose every combination is a cell, and seeds.
///
/// ```
/// use sparse_parity::sweep::SweepFile;
///
/// let file: SweepFile = r#"
///     seeds = 25                    # the seeds 0 to 24 for every cell
///     [trial]                       # what all share
///     k = 3
///     rate = 0.1
///     [grid]                        # 2 × 2 × 2 cells
///     setting = ["ii", "xv"]        # networks of the paper by their labels
///     n = [20, 30]
///     batch = [1, 32]
/// "#.parse()?;
/// let sweep = file.sweep()?;
/// assert_eq!((sweep.cells().len(), sweep.len()), (8, 200));
/// let smaller = file.with("n=[10]")?.with("seeds=2")?.sweep()?;
/// assert_eq!((smaller.cells().len(), smaller.len()), (4, 8));
/// # Ok::<(), sparse_parity::sweep::SweepError>(())
/// ```
///
/// The table with the shared settings is called after the [experiment](Experiment::NAME). Settings are the
/// fields of the experiment by their names; of a [`Trial`] also `setting`, the label of a
/// [`Setting`](crate::trial::Setting): it gives the network, the optimizer and the learning rate, before
/// `[trial]` and `[grid]` change anything. A plain number as `rate` or `decay` is a constant schedule.
/// Names with dots reach into tables, such as `learner.width = [10, 100]`; `width` alone means the same, as
/// no other setting is called so. Other names are understood where people are used to them, such as `lr`
/// for `rate`. The first name of the grid changes slowest. Several `[[grid]]` follow one another. `seeds` is a number of runs, or a
/// [`Seeding`]: `seeds.each = { first = 100, runs = 25 }` or
/// `seeds.crossed = { first = 0, inits = 5, streams = 5 }`. `record` and `every` say what is
/// [recorded](SweepFile::recording) along the runs.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepFile<E = Trial> {
    place: String,
    /// The file that it was read from.
    origin: Option<PathBuf>,
    seeds: Option<Toml>,
    record: Option<Toml>,
    every: Option<Toml>,
    shared: Table,
    grids: Vec<Table>,
    aliases: Vec<words::Alias>,
    experiment: PhantomData<fn() -> E>,
}

/// The names at the top of a file.
const SEEDS: &str = "seeds";
const RECORD: &str = "record";
const EVERY: &str = "every";
const GRID: &str = "grid";

impl<E: Experiment> SweepFile<E> {
    /// The most bytes of a sweep file.
    pub(crate) const MOST_BYTES: u64 = 1 << 26;

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if it cannot be read, [`SweepError::SweepFile`] if it is not TOML or has names that are
    /// not known.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = files::read(path, Self::MOST_BYTES)
            .and_then(|text| String::from_utf8(text).map_err(io::Error::other));
        let text = text.map_err(|source| failed(path, source))?;
        Ok(SweepFile {
            origin: std::fs::canonicalize(path).ok(),
            ..SweepFile::parse(&text, path.display().to_string())?
        })
    }

    /// Reads a text that is from `place`.
    pub(crate) fn parse(text: &str, place: String) -> Result<Self> {
        let wrong = |reason: String| SweepError::SweepFile {
            place: place.clone(),
            reason,
        };
        let mut file: Table = text.parse().map_err(|error: toml::de::Error| {
            wrong(format!(
                "this is not TOML: {}",
                error.to_string().trim_end()
            ))
        })?;
        let schema = E::schema();
        let known = [SEEDS, RECORD, EVERY, E::NAME, GRID];
        if let Some(name) = file.keys().find(|name| !known.contains(&name.as_str())) {
            let hint = match schema.find(name) {
                Ok(_) => format!(
                    "{name} is a setting and belongs under [{}], or as a list under [grid]",
                    E::NAME
                ),
                Err(_) => {
                    let nearest = near(name, known.into_iter());
                    let nearest = nearest
                        .map_or(String::new(), |name| format!("the nearest is {name}, and "));
                    format!(
                        "there is no {name:?}; {nearest}all are {}",
                        known.join(", ")
                    )
                }
            };
            return Err(wrong(hint));
        }
        let table = |value: Option<Toml>, name: &str| match value {
            None => Ok(Table::new()),
            Some(Toml::Table(table)) => Ok(table),
            Some(other) => Err(wrong(format!(
                "{name} is {other}; make it a table, [{name}]"
            ))),
        };
        let grids = match file.remove(GRID) {
            Some(Toml::Array(grids)) => {
                let grids = grids.into_iter().map(|grid| table(Some(grid), GRID));
                grids.collect::<Result<Vec<Table>>>()?
            }
            one => vec![table(one, GRID)?],
        };
        let aliases = Vec::new();
        let mut resolver = Resolver {
            schema: &schema,
            aliases,
        };
        let mut resolve = |table: Table| resolver.table(table).map_err(&wrong);
        let shared = resolve(table(file.remove(E::NAME), E::NAME)?)?;
        let grids = grids
            .into_iter()
            .map(&mut resolve)
            .collect::<Result<Vec<Table>>>()?;
        let read = SweepFile {
            seeds: file.remove(SEEDS),
            record: file.remove(RECORD),
            every: file.remove(EVERY),
            shared,
            grids,
            aliases: resolver.aliases,
            place,
            origin: None,
            experiment: PhantomData,
        };
        for grid in &read.grids {
            if let Some(name) = grid.keys().find(|name| read.is_shared(grid, name)) {
                let reason = format!(
                    "{name} stands in [{}] and in [grid]; leave one of them out",
                    E::NAME
                );
                return Err(read.wrong(reason));
            }
        }
        Ok(read)
    }

    /// Whether a name of the grid has a value that all share; tables may be put together.
    fn is_shared(&self, grid: &Table, name: &str) -> bool {
        let is_table = |table: &Table| table.get(name).is_some_and(Toml::is_table);
        self.shared.contains_key(name) && !(is_table(&self.shared) && is_table(grid))
    }

    /// The same with a value changed: `trial.k=4`, `grid.n=[20, 30]`, `seeds=5`, or a setting without its
    /// table.
    ///
    /// A setting without its table goes to the grid if the value is a list in brackets and the setting
    /// is none itself, and else to `[trial]`; it replaces what either says. Values are TOML; a word
    /// needs no quotes.
    ///
    /// # Errors
    /// [`SweepError::InvalidValue`] without an equals sign; those of [`read`](SweepFile::read).
    pub fn with(&self, change: &str) -> Result<Self> {
        let (name, value) = change
            .split_once('=')
            .ok_or_else(|| SweepError::InvalidValue {
                name: "a change of the sweep".into(),
                value: change.into(),
                expected: "name=value, such as trial.k=4 or grid.n=[20,30]",
            })?;
        let (name, value) = (name.trim(), words::value(value.trim()));
        let mut file = self.clone();
        let schema = E::schema();
        let (table, setting) = name.split_once('.').unwrap_or(("", name));
        let is_of = |part: &str| table == part && !setting.is_empty();
        let mut path = |name: &str| {
            let place = format!("{} with {change}", self.place);
            let aliases = std::mem::take(&mut file.aliases);
            let mut resolver = Resolver {
                schema: &schema,
                aliases,
            };
            let path = resolver.path(name);
            file.aliases = resolver.aliases;
            path.map_err(|error| SweepError::SweepFile {
                place,
                reason: error.to_string(),
            })
        };
        if name == SEEDS || table == SEEDS {
            let mut top = Table::new();
            words::put(&mut top, &name.split('.').collect::<Vec<_>>(), value);
            file.seeds = top.remove(SEEDS);
        } else if name == RECORD {
            file.record = Some(value);
        } else if name == EVERY {
            file.every = Some(value);
        } else if is_of(E::NAME) {
            words::put(&mut file.shared, &path(setting)?, value);
        } else if is_of(GRID) {
            let path = path(setting)?;
            for grid in &mut file.grids {
                words::put(grid, &path, value.clone());
            }
        } else {
            let path = path(name)?;
            for table in file.grids.iter_mut().chain([&mut file.shared]) {
                words::take(table, &path);
            }
            if value.is_array() && !schema.is_list(&path) {
                for grid in &mut file.grids {
                    words::put(grid, &path, value.clone());
                }
            } else {
                words::put(&mut file.shared, &path, value);
            }
        }
        // What is changed must be as good as what was read.
        let place = format!("{} with {change}", self.place);
        let read = SweepFile::parse(&file.to_string(), place)?;
        Ok(SweepFile {
            aliases: file.aliases,
            origin: file.origin,
            ..read
        })
    }

    /// Other names of settings that the file uses, such as `lr` for `rate`, with the names of the settings.
    pub fn aliases(&self) -> &[(String, String)] {
        &self.aliases
    }

    /// The sweep.
    ///
    /// # Errors
    /// [`SweepError::SweepFile`] for values that are none of their settings and for grids of more than 100 000 cells, [`Error::UnknownSetting`](crate::Error::UnknownSetting) for a
    /// label, [`SweepError::DuplicateCell`] if two cells have the same settings.
    pub fn sweep(&self) -> Result<Sweep<E>> {
        let seeding = self.seeding()?;
        let (schema, mut cells) = (E::schema(), Vec::new());
        let wrong = |reason| self.wrong(reason);
        let axes = self.grids.iter().map(grid::Axes::of);
        let axes: Vec<grid::Axes> = axes.collect::<Result<_, String>>().map_err(wrong)?;
        grid::check_count(&axes).map_err(wrong)?;
        for grid in &axes {
            for point in grid.points() {
                let experiment = grid::settings(&schema, &self.shared, &point, wrong)?;
                cells.push(Cell {
                    experiment,
                    seeding,
                });
            }
        }
        Sweep::new(cells)
    }

    /// What is recorded along each run: `record = ["loss", "error", "rho"]` names the measures, and `every` is a number
    /// of steps, such as 50, or of points for every factor of ten, `"20/decade"`, as it is if nothing is said.
    ///
    /// ```
    /// use sparse_parity::measure::{Interval, MeasureKind};
    /// use sparse_parity::sweep::SweepFile;
    ///
    /// let file: SweepFile = "seeds = 3\nrecord = ['rho']\nevery = 50".parse()?;
    /// let recording = file.recording()?.unwrap();
    /// assert_eq!((recording.measures, recording.interval), (vec![MeasureKind::Rho], Interval::every(50)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SweepError::SweepFile`] if these are not understood.
    pub fn recording(&self) -> Result<Option<Recording>> {
        let Some(record) = &self.record else {
            return match &self.every {
                None => Ok(None),
                Some(every) => Err(self.wrong(format!(
                    "every is {every} and nothing is recorded; write record = [\"loss\"], or leave every out"
                ))),
            };
        };
        let words: Vec<&str> = match record {
            Toml::String(text) => text.split(',').map(str::trim).collect(),
            Toml::Array(items) => items
                .iter()
                .map(|item| item.as_str().unwrap_or(""))
                .collect(),
            _ => Vec::new(),
        };
        if words.is_empty() {
            let repair = "name the measures, such as record = [\"loss\", \"error\"]";
            return Err(self.wrong(format!("record is {record}; {repair}")));
        }
        let wrong = |name: &str, error: crate::Error| self.wrong(format!("{name}: {error}"));
        let measures = words.iter().map(|word| word.parse::<MeasureKind>());
        let measures = measures
            .collect::<crate::Result<Vec<MeasureKind>>>()
            .map_err(|error| wrong(RECORD, error))?;
        if let Some((place, twice)) = measures
            .iter()
            .enumerate()
            .find(|(place, measure)| measures[..*place].contains(measure))
        {
            let reason = format!("record has {twice} twice, the second time as item {place}");
            return Err(self.wrong(reason + "; name each measure once"));
        }
        let every = match &self.every {
            None => "20/decade".into(),
            Some(Toml::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let interval = every.parse().map_err(|error| wrong(EVERY, error))?;
        Ok(Some(Recording {
            measures,
            ..Recording::new(interval)
        }))
    }

    fn seeding(&self) -> Result<Seeding> {
        let Some(seeds) = &self.seeds else {
            let reason = "it says no seeds; write seeds = 25 at its top to run every cell 25 times";
            return Err(self.wrong(reason.into()));
        };
        let wrong = |reason: &dyn fmt::Display| {
            let repair = "write a number of runs, or each = { first, runs }, or crossed = { first, inits, streams }";
            self.wrong(format!("seeds is {seeds}: {reason}; {repair}"))
        };
        match seeds {
            Toml::Integer(runs) => match u64::try_from(*runs) {
                Ok(runs) => Ok(Seeding::Each { first: 0, runs }),
                Err(_) => Err(wrong(&"a number of runs is not negative")),
            },
            Toml::Table(table) => {
                let seeding = Toml::Table(table.clone()).try_into();
                seeding.map_err(|error: toml::de::Error| wrong(&error.message()))
            }
            _ => Err(wrong(&"this is neither a whole number nor a table")),
        }
    }

    fn wrong(&self, reason: String) -> SweepError {
        SweepError::SweepFile {
            place: self.place.clone(),
            reason,
        }
    }
}

impl<E: Experiment> std::str::FromStr for SweepFile<E> {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self> {
        SweepFile::parse(text, "the sweep".into())
    }
}

impl<E: Experiment> fmt::Display for SweepFile<E> {
    /// The file as TOML, without the comments.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut file = Table::new();
        for (name, value) in [
            (SEEDS, &self.seeds),
            (RECORD, &self.record),
            (EVERY, &self.every),
        ] {
            file.extend(value.clone().map(|value| (name.into(), value)));
        }
        file.insert(E::NAME.into(), self.shared.clone().into());
        let mut grids = self.grids.clone();
        let grids = match grids.len() {
            1 => Toml::Table(grids.remove(0)),
            _ => Toml::Array(grids.into_iter().map(Toml::Table).collect()),
        };
        file.insert(GRID.into(), grids);
        f.write_str(&toml::to_string(&file).map_err(|_| fmt::Error)?)
    }
}

/// The same value for serde_json.
fn json(value: &Toml) -> Value {
    serde_json::to_value(value).expect("values of TOML are values of JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Learner, Setting};

    fn file(text: &str) -> Result<SweepFile> {
        text.parse()
    }

    fn told(text: &str) -> String {
        let sweep = file(text).and_then(|file| file.sweep());
        sweep.unwrap_err().to_string()
    }

    #[test]
    fn cells_are_the_combinations_in_the_order_of_the_file() {
        let text = "seeds.each = { first = 3, runs = 2 }
            [trial]
            rate = 1
            [grid]
            n = [20, 10]
            learner.width = [5, 6]";
        let read = file(text).unwrap();
        let sweep = read.sweep().unwrap();
        let sizes = sweep
            .cells()
            .iter()
            .map(|cell| match &cell.experiment.learner {
                Learner::Mlp(mlp) => (cell.experiment.n, mlp.width),
                other => panic!("{other:?}"),
            });
        assert!(sizes.eq([(20, 5), (20, 6), (10, 5), (10, 6)]));
        assert_eq!(sweep.cells()[0].experiment.rate, 1.0.into());
        assert_eq!(
            sweep.cells()[0].seeding,
            Seeding::Each { first: 3, runs: 2 }
        );
        // What is kept beside the rows is the same sweep.
        assert_eq!(file(&read.to_string()).unwrap().sweep().unwrap(), sweep);
    }

    #[test]
    fn a_label_gives_network_and_rate_before_the_file_changes_them() {
        let text = "seeds = 1
            [trial]
            k = 2
            [[grid]]
            setting = ['*i', 'xv']
            [[grid]]
            setting = ['v']
            rate = [0.5]
            learner.width = [7]";
        let sweep = file(text).unwrap().sweep().unwrap();
        let trials: Vec<_> = sweep
            .cells()
            .iter()
            .map(|cell| cell.experiment.clone())
            .collect();
        let labelled = |label: &str| Setting::from_label(label).unwrap().trial(50, 2);
        assert_eq!(trials[..2], [labelled("*i"), labelled("xv")]);
        let mut narrow = labelled("v");
        narrow.rate = 0.5.into();
        match &mut narrow.learner {
            Learner::Mlp(mlp) => mlp.width = 7,
            other => panic!("{other:?}"),
        }
        assert_eq!(trials[2], narrow);
    }

    #[test]
    fn changes_replace_what_the_file_says() {
        let read = file("seeds = 1\n[trial]\nk = 2\n[grid]\nn = [10, 20]").unwrap();
        let changed = |changes: &[&str]| {
            let change = |file: SweepFile, change: &&str| file.with(change).unwrap();
            let sweep = changes.iter().fold(read.clone(), change).sweep().unwrap();
            let sizes = sweep
                .cells()
                .iter()
                .map(|cell| (cell.experiment.n, cell.experiment.k));
            (sizes.collect::<Vec<_>>(), sweep.len())
        };
        assert_eq!(changed(&["n=12"]), (vec![(12, 2)], 1));
        assert_eq!(
            changed(&["k=[2,3]", "n=12", "seeds=4"]),
            (vec![(12, 2), (12, 3)], 8)
        );
        assert_eq!(changed(&["grid.n=[9]", "trial.k=3"]), (vec![(9, 3)], 1));
        let kept = read
            .with("support=[1,2]")
            .unwrap()
            .with("init=gaussian")
            .unwrap();
        assert_eq!(
            kept.sweep().unwrap().cells()[0].experiment.support,
            Some(vec![1, 2])
        );
        assert!(read.with("n").is_err() && read.with("m=3").is_err());
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_name() {
        for (text, words) in [
            (
                "seeds = 1\n[trial]\nmax_step = 3",
                "\"max_step\"; the nearest is max_steps",
            ),
            (
                "seeds = 1\n[gird]\nn = [3]",
                "\"gird\"; the nearest is grid",
            ),
            ("n = 3", "n is a setting and belongs under [trial]"),
            (
                "seeds = 1\n[trial]\nn = 3\n[grid]\nn = [4]",
                "n stands in [trial] and in [grid]",
            ),
            (
                "seeds = 1\n[grid]\nn = 4",
                "grid.n is 4; make it a list, [4]",
            ),
            ("seeds = 1\n[grid]\nn = []", "grid.n is an empty list"),
            ("[grid]\nn = [4]", "write seeds = 25"),
            ("seeds = -1", "seeds is -1"),
            ("seeds = { runs = 3 }", "each = { first, runs }"),
            (
                "seeds = 1\n[grid]\nlearner.widht = [4]",
                "\"learner.widht\"; the nearest is learner.width,",
            ),
            ("seeds = 1\n[grid]\nsetting = ['ixx']", "no setting \"ixx\""),
            ("seeds = 1\n[grid]\nn = [4, 4]", "cells 0 and 1"),
            ("seeds = = 1", "this is not TOML"),
        ] {
            assert!(told(text).contains(words), "{}", told(text));
        }
    }
}
