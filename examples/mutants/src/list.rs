//! The mutants that `cargo mutants` lists.

use crate::Result;
use serde::Deserialize;
use std::ops::Range;
use std::process::Command;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The rooms whose results a study rests on.
const CORE: &str = "access activation data dense fourier lockstep loss measure model optim params signs solver stats sweep \
                    theory train trial";

/// A small fault at a place of the sources.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mutant {
    /// File, line, column and what is replaced.
    pub(crate) name: String,
    pub(crate) file: String,
    /// Stands in place of the span.
    pub(crate) replacement: String,
    span: Span,
}

#[derive(Clone, Debug, Deserialize)]
struct Span {
    start: Position,
    end: Position,
}

/// Line, and column in characters, from 1.
#[derive(Clone, Debug, Deserialize)]
struct Position {
    line: usize,
    column: usize,
}

impl Mutant {
    /// The module of its file, with `::` behind.
    pub(crate) fn module(&self) -> String {
        let path = self.file.trim_start_matches("src/").trim_end_matches(".rs");
        format!("{}::", path.trim_end_matches("/mod").replace('/', "::"))
    }

    /// The bytes that are replaced.
    pub(crate) fn bytes(&self, source: &str) -> Range<usize> {
        offset(source, &self.span.start)..offset(source, &self.span.end)
    }
}

fn offset(source: &str, at: &Position) -> usize {
    let before: usize = source
        .split_inclusive('\n')
        .take(at.line - 1)
        .map(str::len)
        .sum();
    let characters = source[before..].chars().take(at.column - 1);
    before + characters.map(char::len_utf8).sum::<usize>()
}

/// The mutants of the core rooms, in a random order that the seed gives.
pub(crate) fn core_rooms(seed: u64) -> Result<Vec<Mutant>> {
    let output = Command::new("cargo")
        .args(["mutants", "--list", "--json"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr)?.into());
    }
    let mut mutants: Vec<Mutant> = serde_json::from_slice(&output.stdout)?;
    mutants.retain(|mutant| {
        let module = mutant.module();
        CORE.split(' ')
            .any(|room| module.starts_with(&format!("{room}::")))
    });
    mutants.sort_by_key(|mutant| xxh3_64_with_seed(mutant.name.as_bytes(), seed));
    Ok(mutants)
}
