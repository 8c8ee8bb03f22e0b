//! Other processes that make runs of the same shard at the same time.

use super::checksum::{Verdict, verdict};
use super::error::Result;
use super::ledger::files;
use super::row::{Line, RawRow};
use super::sink::shard_of;
use super::{Shard, Sweep};
use crate::experiment::Experiment;
use crate::files::open_regular;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The most bytes of a file that are read at a time.
const PART: u64 = 1 << 24;

/// How long a tick of a file system's clock takes at most.
const TICK: Duration = Duration::from_secs(2);

/// The files of rows in a folder, and what was read of them.
///
/// A process locks its own file as long as it is at work, so that others know of it.
pub(super) struct Others {
    folder: PathBuf,
    shard: Shard,
    /// When the folder was changed last, as far as it is known.
    changed: Option<SystemTime>,
    /// The files, with how much of each is known.
    known: BTreeMap<PathBuf, Known>,
}

#[derive(Default)]
struct Known {
    length: u64,
    /// Whether its process is not at work any more.
    is_complete: bool,
}

impl Others {
    /// The files that are there now, whose rows are read otherwise.
    pub(super) fn of(folder: &Path, shard: Shard) -> Result<Self> {
        let length = |path: PathBuf| {
            let known = Known {
                length: length(&path),
                is_complete: false,
            };
            (path, known)
        };
        let all = files(folder)?.into_iter();
        let known = all.filter(|path| concerns(path, shard)).map(length);
        Ok(Others {
            folder: folder.into(),
            shard,
            changed: None,
            known: known.collect(),
        })
    }

    /// How many other processes are at work whose files come before `own` in the order of their names.
    ///
    /// Of processes that begin at the same time, each has another number.
    pub(super) fn before(&mut self, own: &Path) -> u32 {
        self.find_files();
        self.at_work(|path| path < own)
    }

    /// Whether no other process is at work.
    pub(super) fn are_gone(&mut self, own: &Path) -> bool {
        self.at_work(|path| path != own) == 0
    }

    /// How many of these files belong to a process that is at work.
    fn at_work(&mut self, of: impl Fn(&Path) -> bool) -> u32 {
        let mut count = 0;
        for (path, known) in &mut self.known {
            if known.is_complete || !of(path) {
                continue;
            }
            if is_locked(path) {
                count += 1;
            } else {
                // A file is locked before anything is written to it.
                known.is_complete |= (1..=known.length).contains(&length(path));
            }
        }
        count
    }

    /// The places of the runs whose rows have come since it was asked last; `own` is the file of this process.
    pub(super) fn news<E: Experiment>(&mut self, sweep: &Sweep<E>, own: &Path) -> BTreeSet<u64> {
        self.find_files();
        let mut news = BTreeSet::new();
        for (path, known) in &mut self.known {
            if path != own && !known.is_complete && length(path) > known.length {
                // What cannot be read now is made again, or read the next time.
                let read = read_on(sweep, path, known.length, &mut news);
                known.length = read.unwrap_or(known.length);
            }
        }
        news
    }

    /// Takes up new files, if the folder was changed.
    fn find_files(&mut self) {
        let changed = fs::metadata(&self.folder)
            .and_then(|about| about.modified())
            .ok();
        if changed.is_some() && changed == self.changed {
            return;
        }
        // Several changes within a tick of the clock look like one.
        let is_settled = |time: &SystemTime| time.elapsed().is_ok_and(|age| age > TICK);
        self.changed = changed.filter(is_settled);
        for path in files(&self.folder).unwrap_or_default() {
            if concerns(&path, self.shard) {
                self.known.entry(path).or_default();
            }
        }
    }
}

/// Whether a file may have rows of the shard.
fn concerns(path: &Path, shard: Shard) -> bool {
    shard_of(path).is_none_or(|other| shard.meets(&other))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}

fn is_locked(path: &Path) -> bool {
    let Ok(Some(file)) = open_regular(path) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Reads the lines from a place on that are whole, and returns where they end.
fn read_on<E: Experiment>(
    sweep: &Sweep<E>,
    path: &Path,
    from: u64,
    places: &mut BTreeSet<u64>,
) -> io::Result<u64> {
    let Some(mut file) = open_regular(path)? else {
        return Ok(from);
    };
    file.seek(SeekFrom::Start(from))?;
    let mut text = Vec::new();
    file.take(PART).read_to_end(&mut text)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n');
    let Some(whole) = whole.map(|last| last + 1) else {
        // A row as long as that is left alone.
        let is_full = text.len() as u64 == PART;
        return Ok(from + if is_full { PART } else { 0 });
    };
    for line in text[..whole].split(|byte| *byte == b'\n') {
        if verdict(line) == Verdict::Right
            && let Ok(Line::Row(row)) = serde_json::from_slice(line)
            && let Ok(row) = RawRow::of(row)
            && let Some(&cell) = sweep.places.get(&row.setting())
            && let Some(run) = sweep.cells[cell].seeding.place(&row.seeds())
        {
            places.insert(sweep.first_place(cell) + run);
        }
    }
    Ok(from + whole as u64)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn a_folder_is_read_again_unless_its_time_tells_that_nothing_changed() {
        let folder = tempfile::tempdir().unwrap();
        let mut others = Others::of(folder.path(), Shard::default()).unwrap();
        let mut found_at = |name: &str, time: SystemTime| {
            fs::write(folder.path().join(name), "").unwrap();
            let open = File::open(folder.path()).unwrap();
            open.set_modified(time).unwrap();
            others.find_files();
            others.known.len()
        };
        // Within a tick of the clock there may be more changes than one.
        let [recent, settled] = [SystemTime::now() + 10 * TICK, SystemTime::now() - 10 * TICK];
        assert_eq!(found_at("a.jsonl", recent), 1);
        assert_eq!(found_at("b.jsonl", recent), 2);
        assert_eq!(found_at("c.jsonl", settled), 3);
        assert_eq!(found_at("d.jsonl", settled), 3);
    }

    #[test]
    fn processes_count_that_hold_their_files_and_are_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [1, 2, 3].map(|at| folder.path().join(format!("rows-{at}-7-0.jsonl")));
        let [first, own, last] = paths.each_ref().map(|path| {
            let file = File::create(path).unwrap();
            file.lock().unwrap();
            file
        });
        let mut others = Others::of(folder.path(), Shard::default()).unwrap();
        assert_eq!(paths.each_ref().map(|path| others.before(path)), [0, 1, 2]);
        assert!(!others.are_gone(&paths[1]));
        // A process that has ended holds nothing any more.
        drop(first);
        assert_eq!(paths.each_ref().map(|path| others.before(path)), [0, 0, 1]);
        drop(last);
        assert!(others.are_gone(&paths[1]));
        drop(own);
    }
}
