//! What the pages say is so: links lead somewhere, commands print what is shown, lists are complete.

mod commands;
mod fields;
mod links;
mod project;
mod settings;
mod traits;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: impl AsRef<Path>) -> String {
    let file = root().join(file);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The files below a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| match path.is_dir() {
            true => files(&path, ending),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    found.sort();
    found
}

/// All pages, by their paths from the root of the repository.
fn pages() -> Vec<PathBuf> {
    let top = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == "md"));
    let mut pages: Vec<PathBuf> = top.chain(files(&root().join("docs"), "md")).collect();
    pages.sort();
    let relative = |page: PathBuf| page.strip_prefix(root()).unwrap().to_owned();
    pages.into_iter().map(relative).collect()
}
