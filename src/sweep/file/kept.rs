//! The file of a sweep beside its rows.

use super::SweepFile;
use crate::experiment::Experiment;
use crate::files;
use crate::sweep::error::Result;
use crate::sweep::gather::replace;
use crate::sweep::sink::{failed, unwritten};
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::io::Write;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// The name of the file of a sweep in the folder of its rows.
pub(crate) const KEPT: &str = "sweep.toml";

/// How the file of a sweep was [kept](SweepFile::keep) in the folder of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// As `sweep.toml`, where there was none, or which says the same.
    Same,
    /// As `sweep.toml`, where another sweep had been kept.
    Replaced {
        /// The file with the former sweep.
        former: PathBuf,
    },
    /// Beside a `sweep.toml` that somebody else wrote.
    Beside {
        /// The file with this sweep.
        path: PathBuf,
    },
}

impl<E: Experiment> SweepFile<E> {
    /// Keeps the file as `sweep.toml` in the folder of its rows, which is made if it is missing.
    ///
    /// Another sweep that was kept there goes to a file of its own. A `sweep.toml` that this function has not written, such as
    /// one with comments, or the file that the sweep was read from, stays as it is.
    ///
    /// ```
    /// use sparse_parity::sweep::{Kept, SweepFile};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let file: SweepFile = "seeds = 1".parse()?;
    /// assert_eq!(file.keep(folder.path())?, Kept::Same);
    /// let kept = file.with("seeds=2")?.keep(folder.path())?;
    /// assert!(matches!(kept, Kept::Replaced { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if one that is there cannot be read, [`SweepError::Rows`] if the file cannot be written.
    ///
    /// [`SweepError::Rows`]: crate::sweep::SweepError::Rows
    pub fn keep(&self, folder: impl AsRef<Path>) -> Result<Kept> {
        let folder = folder.as_ref();
        let (path, text) = (folder.join(KEPT), self.to_string());
        let former = match files::read_regular(&path, Self::MOST_BYTES) {
            Ok(former) => former,
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Vec::new(),
            Err(source) => return Err(failed(&path, source)),
        };
        if former == text.as_bytes() {
            return Ok(Kept::Same);
        }
        // Whoever finds the same text gives it the same name, at the same time or not.
        let named = |text: &[u8]| folder.join(format!("sweep-{:016x}.toml", xxh3_64(text)));
        let is_own = !former.is_empty() && !self.wrote(&path, &former);
        if is_own {
            if self.says(&former) {
                return Ok(Kept::Same);
            }
            let path = named(text.as_bytes());
            write(&path, text.as_bytes())?;
            return Ok(Kept::Beside { path });
        }
        let aside = named(&former);
        if !former.is_empty() {
            write(&aside, &former)?;
        }
        write(&path, text.as_bytes())?;
        Ok(match former.is_empty() {
            true => Kept::Same,
            false => Kept::Replaced { former: aside },
        })
    }

    /// Whether a text is a sweep as it is kept, and not in the file that this one was read from.
    fn wrote(&self, path: &Path, text: &[u8]) -> bool {
        let is_origin = self.origin.is_some() && std::fs::canonicalize(path).ok() == self.origin;
        let parsed = std::str::from_utf8(text).ok().and_then(read::<E>);
        !is_origin && parsed.is_some_and(|file| file.to_string().as_bytes() == text)
    }

    /// Whether a text is the same sweep.
    fn says(&self, text: &[u8]) -> bool {
        let parsed = std::str::from_utf8(text).ok().and_then(read::<E>);
        parsed.is_some_and(|file| file.to_string() == self.to_string())
    }
}

fn read<E: Experiment>(text: &str) -> Option<SweepFile<E>> {
    text.parse().ok()
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, |file| {
        let written = file.write_all(bytes);
        written.map_err(|source| unwritten(path, source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::sweep::SweepError;
    use crate::trial::Trial;

    fn file(text: &str) -> SweepFile {
        text.parse().unwrap()
    }

    #[test]
    fn another_sweep_in_the_folder_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let read = file("seeds = 1");
        assert_eq!(read.keep(folder.path()).unwrap(), Kept::Same);
        assert_eq!(read.keep(folder.path()).unwrap(), Kept::Same);
        let edited = read.with("seeds=2").unwrap();
        let Kept::Replaced { former } = edited.keep(folder.path()).unwrap() else {
            panic!("the former sweep is kept");
        };
        let of = |path: &Path| SweepFile::<Trial>::read(path).unwrap().to_string();
        assert_eq!(of(&former), read.to_string());
        assert_eq!(of(&folder.path().join(KEPT)), edited.to_string());
    }

    #[test]
    fn what_a_user_wrote_is_never_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEPT);
        let plain = file("seeds = 1").to_string();
        for (text, changed) in [
            ("# why\nseeds = 1\n", false),
            ("# why\nseeds = 1\n", true),
            // The very text that would be kept, but the file that is read.
            (plain.as_str(), true),
        ] {
            std::fs::write(&path, text).unwrap();
            let mut read = SweepFile::<Trial>::read(&path).unwrap();
            if changed {
                read = read.with("seeds=2").unwrap();
            }
            match read.keep(folder.path()).unwrap() {
                Kept::Same => assert!(!changed),
                Kept::Beside { path } => {
                    assert!(changed);
                    let kept = SweepFile::<Trial>::read(path).unwrap();
                    assert_eq!(kept.to_string(), read.to_string());
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        // Bytes that are no text are somebody's, too.
        let bytes = b"seeds = 1 \xff";
        std::fs::write(&path, bytes).unwrap();
        let kept = file("seeds = 1").keep(folder.path()).unwrap();
        assert!(matches!(kept, Kept::Beside { .. }), "{kept:?}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn a_former_sweep_that_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEPT);
        std::fs::create_dir(&path).unwrap();
        let told = file("seeds = 1").keep(folder.path()).unwrap_err();
        let SweepError::Crate(Error::Io { path: of, .. }) = told else {
            panic!("{told}");
        };
        assert_eq!(of, path);
        assert!(path.is_dir());
    }
}
