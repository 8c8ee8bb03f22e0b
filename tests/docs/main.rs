//! What the pages say is so: links lead somewhere, commands print what is shown, lists are complete.

mod commands;
mod fields;
mod links;
mod project;
mod settings;
mod traits;

use sparse_parity_examples::programs::root;
use sparse_parity_examples::sources::{files, read};
use std::fs;
use std::path::PathBuf;

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
