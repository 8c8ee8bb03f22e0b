//! The documents that inputs are made of.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the corpus.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The documents of a door: the lines of `*.txt` that begin with its name and a colon, and the files of the folder that
/// has its name.
///
/// # Panics
/// If the corpus cannot be read.
pub fn documents(door: &str) -> Vec<Vec<u8>> {
    let mut documents = Vec::new();
    for file in files(&folder()) {
        if file.extension().is_some_and(|ending| ending == "txt") {
            let text = fs::read_to_string(&file).expect("the corpus can be read");
            let of_door = text
                .lines()
                .filter_map(|line| line.strip_prefix(door)?.strip_prefix(": "));
            documents.extend(of_door.map(|line| line.as_bytes().to_vec()));
        }
    }
    let own = folder().join(door);
    if own.is_dir() {
        let read = |file: PathBuf| fs::read(file).expect("the corpus can be read");
        documents.extend(files(&own).into_iter().map(read));
    }
    documents
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the corpus can be read");
    let paths = entries.map(|entry| entry.expect("the corpus can be read").path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}
