//! Results that are kept in files, so that a program which was stopped has them when it goes on.

use crc::{CRC_32_ISO_HDLC, Crc};
use serde::{Serialize, de::DeserializeOwned};
use sparse_parity::trial::REVISION;
use sparse_parity::{Error, Result};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_128;

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// A folder of results, a file for each, which is called after a hash of what it is the result of.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// Opens a folder, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn open(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).map_err(|source| unwritten(&folder, source))?;
        Ok(Kept { folder })
    }

    /// The result of `work` on these settings, bit for bit, which is computed unless a file has it.
    ///
    /// `work` is a function and no closure: it knows the settings and the constants of the program,
    /// nothing else. The folder of a program whose constants were changed has to be removed. A file is
    /// written as a whole; one that is damaged is written anew.
    ///
    /// # Errors
    ///
    /// That of `work`, or if the file cannot be read or written.
    ///
    /// # Panics
    ///
    /// If settings or result cannot be serialised.
    pub fn result<J, T>(&self, settings: &J, work: fn(&J) -> Result<T>) -> Result<T>
    where
        J: Serialize,
        T: Serialize + DeserializeOwned,
    {
        let of = described(settings);
        let name = format!("{:032x}.result", xxh3_128(of.as_bytes()));
        let path = self.folder.join(name);
        if let Some(result) = read(&path, &of)? {
            return Ok(result);
        }
        let result = work(settings)?;
        let file = postcard::to_stdvec_crc32(&(&of, &result), CHECKSUM.digest());
        let file = file.expect("results are data");
        self.write(&path, &file)
            .map_err(|source| unwritten(&path, source))?;
        Ok(result)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    }
}

/// What decides a result: the settings, and the version of what computes.
fn described(settings: &impl Serialize) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let settings = serde_json::to_string(settings).expect("settings are data");
    format!("sparse-parity {version}, revision {REVISION}: {settings}")
}

/// The result in a file, if that is whole and has the result of this.
fn read<T: DeserializeOwned>(path: &Path, of: &str) -> Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            let path = path.into();
            return Err(Error::Io { path, source });
        }
    };
    let file = postcard::from_bytes_crc32::<(String, T)>(&bytes, CHECKSUM.digest());
    let whole = file.ok().filter(|(found, _)| found == of);
    Ok(whole.map(|(_, result)| result))
}

fn unwritten(path: &Path, source: io::Error) -> Error {
    let path = path.into();
    Error::Io { path, source }
}
