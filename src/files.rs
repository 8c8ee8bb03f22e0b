//! Files that are written as a whole, and read up to a bound.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// How the names of temporary files end.
const END: &str = ".sparse-parity.tmp";
/// The age from which a temporary file of another machine counts as left behind.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);
/// The most links that are followed to a file.
const MOST_LINKS: usize = 40;

/// Reads a file of at most so many bytes, which may be a pipe.
#[cfg(feature = "sweep")]
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_at_most(File::open(path)?, most)
}

/// Reads a regular file, or a link to one, of at most so many bytes.
pub(crate) fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    match open_regular(path)? {
        Some(file) => read_at_most(file, most),
        None => {
            let kind = kind_unless_regular(path)?.unwrap_or("no regular file");
            Err(io::Error::other(format!(
                "it is {kind}; move it away, or give a file"
            )))
        }
    }
}

fn read_at_most(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes)?;
    if read as u64 > most {
        return Err(io::Error::other(format!(
            "it has more than {most} bytes, and no file of its kind needs so many; give another file"
        )));
    }
    Ok(bytes)
}

/// Opens a regular file, or a link to one; `None` of anything else, which is not touched.
pub(crate) fn open_regular(path: &Path) -> io::Result<Option<File>> {
    if kind_unless_regular(path)?.is_some() {
        return Ok(None);
    }
    let file = File::open(path)?;
    Ok(file.metadata()?.is_file().then_some(file))
}

/// What a path is if it is no regular file and no link to one.
pub(crate) fn kind_unless_regular(path: &Path) -> io::Result<Option<&'static str>> {
    match fs::metadata(path) {
        Ok(about) if about.is_file() => Ok(None),
        Ok(about) if about.is_dir() => Ok(Some("a folder")),
        Ok(about) => Ok(Some(special(&about))),
        Err(error) => match fs::symlink_metadata(path) {
            Ok(about) if about.is_symlink() => Ok(Some("a link that leads to no file")),
            _ => Err(error),
        },
    }
}

#[cfg(unix)]
fn special(about: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = about.file_type();
    match () {
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn special(_: &Metadata) -> &'static str {
    "no regular file"
}

/// Writes a file that takes its place when it is complete, so that a crash leaves the former one whole.
///
/// The new file has the permissions of the former one, or those of any new file. A link stays one, and the file that it
/// leads to is replaced. What is no regular file, such as a pipe or a device, is written to in place.
///
/// `wrap` makes an error of one of the system's.
pub(crate) fn replace<T, E>(
    path: &Path,
    wrap: impl Fn(io::Error) -> E,
    write: impl FnOnce(&mut File) -> Result<T, E>,
) -> Result<T, E> {
    let path = &destination(path).map_err(&wrap)?;
    let former = match fs::metadata(path) {
        Ok(former) => Some(former),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(wrap(error)),
    };
    if former.as_ref().is_some_and(|former| !former.is_file()) {
        let file = OpenOptions::new().write(true).open(path);
        return write(&mut file.map_err(wrap)?);
    }
    let folder = folder_of(path);
    sweep_once(folder);
    let mut file = temporary(folder).map_err(&wrap)?;
    let written = write(file.as_file_mut())?;
    finish(file, former, path).map_err(wrap)?;
    Ok(written)
}

/// Puts a complete file in its place.
fn finish(file: NamedTempFile, former: Option<Metadata>, path: &Path) -> io::Result<()> {
    if let Some(former) = former {
        file.as_file().set_permissions(former.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path));
    Ok(())
}

/// Makes sure that the names in a folder are on the disk; not every system can be asked for that.
pub(crate) fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// The folder of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The path that a link leads to at last, whether there is a file or not.
fn destination(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            // It is no link, or nothing.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links lead on from it"))
}

/// A new file in a folder, locked as long as this process is at work on it.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let end = format!("-{:08x}{END}", machine());
    loop {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(&end);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder)?;
        // A process that sweeps up may have found it before it was locked.
        match file.as_file().try_lock() {
            Err(TryLockError::WouldBlock) => {}
            Ok(()) if !file.path().exists() => {}
            // Without locks, other processes leave it alone.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
}

/// Removes the temporary files that killed processes left in a folder.
///
/// A file that can be locked has no process at work on it. Another machine may not see the lock, so that its files
/// have to be a day old.
pub(crate) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let own = format!("-{:08x}{END}", machine());
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_old = |about: Metadata| {
            let age = about
                .modified()
                .map(|time| SystemTime::now().duration_since(time));
            age.is_ok_and(|age| age.is_ok_and(|age| age > ABANDONED))
        };
        let is_candidate = name.starts_with('.')
            && name.ends_with(END)
            && entry
                .metadata()
                .is_ok_and(|about| about.is_file() && (name.ends_with(&own) || is_old(about)));
        if !is_candidate {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = OpenOptions::new().write(true).open(&path)
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Sweeps a folder up the first time that this process writes a file in it.
fn sweep_once(folder: &Path) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let Ok(whole) = folder.canonicalize() else {
        return;
    };
    let is_new = SWEPT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(whole);
    if is_new {
        sweep(folder);
    }
}

/// A number that differs from machine to machine, as far as their names do.
fn machine() -> u32 {
    let name = fs::read("/proc/sys/kernel/hostname").unwrap_or_default();
    crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&name)
}

#[cfg(all(test, unix, feature = "sweep"))]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn put(path: &Path, text: &str) -> io::Result<()> {
        replace(path, |error| error, |file| file.write_all(text.as_bytes()))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_the_permissions_of_any_new_one_and_keeps_those_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let (new, usual) = (folder.path().join("new"), folder.path().join("usual"));
        fs::write(&usual, "").unwrap();
        put(&new, "1").unwrap();
        assert_eq!(mode(&new), mode(&usual));
        fs::set_permissions(&new, fs::Permissions::from_mode(0o640)).unwrap();
        put(&new, "2").unwrap();
        assert_eq!(
            (mode(&new), fs::read(&new).unwrap()),
            (0o640, b"2".to_vec())
        );
    }

    #[test]
    fn a_link_stays_one_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("deep")).unwrap();
        symlink("deep/file", path("link")).unwrap();
        symlink("link", path("second")).unwrap();
        for text in ["first", "again"] {
            put(&path("second"), text).unwrap();
            assert_eq!(fs::read_to_string(path("deep/file")).unwrap(), text);
        }
        assert_eq!(fs::read_link(path("link")).unwrap(), Path::new("deep/file"));
        assert_eq!(names(folder.path()), ["deep", "link", "second"]);
        assert_eq!(names(&path("deep")), ["file"]);
        symlink("circle", path("circle")).unwrap();
        assert!(put(&path("circle"), "").is_err());
    }

    #[test]
    fn a_device_is_written_to_and_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        put(&link, "gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert_eq!(names(folder.path()), ["null"]);
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_a_live_one_writes_stays() {
        let folder = tempfile::tempdir().unwrap();
        let live = temporary(folder.path()).unwrap();
        let (_, left) = temporary(folder.path()).unwrap().keep().unwrap();
        let foreign = folder.path().join(format!(".abc-00000000{END}"));
        fs::write(&foreign, "").unwrap();
        fs::write(folder.path().join("mine.tmp"), "").unwrap();
        sweep(folder.path());
        assert!(live.path().exists() && !left.exists());
        assert!(foreign.exists() && folder.path().join("mine.tmp").exists());
        let old = SystemTime::now() - 2 * ABANDONED;
        let file = OpenOptions::new().write(true).open(&foreign).unwrap();
        file.set_modified(old).unwrap();
        drop(file);
        put(&folder.path().join("next"), "").unwrap();
        assert!(live.path().exists() && !foreign.exists());
    }

    #[test]
    fn a_file_without_end_is_not_read_for_ever() {
        let zero = Path::new("/dev/zero");
        let error = read(zero, 1000).unwrap_err().to_string();
        assert!(error.contains("more than 1000 bytes"), "{error}");
        let error = read_regular(zero, 1000).unwrap_err().to_string();
        assert!(error.contains("it is a device"), "{error}");
    }
}
