//! Blocks of commands on the pages are run, in the order of the page and in one folder for each page.
//!
//! | block | what is done |
//! |---|---|
//! | a line `` `NAME`: `` and then a block | the block is written to the file NAME |
//! | `console` | lines after `$ ` are run by `sh`; what they print has to be the lines below |
//! | `python` | run if there is a Python that has the modules, and otherwise named as skipped |
//!
//! `…` in a line of output stands for any text, and alone in a line for any lines.

use super::{pages, read};
use sparse_parity_examples::programs;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// The pages whose commands are run.
const RUN: [&str; 6] = [
    "docs/cookbook.md",
    "docs/from_pytorch.md",
    "docs/reference.md",
    "docs/troubleshooting.md",
    "docs/tutorial.md",
    "docs/weights.md",
];

#[test]
fn commands_print_what_the_pages_show() {
    for page in RUN {
        run(page);
    }
}

#[test]
fn every_page_with_output_is_run() {
    // README shows a program that is installed, and its commands are those of other pages.
    for page in pages().iter().filter(|page| !page.ends_with("README.md")) {
        let has_output = read(page).lines().any(|line| line == "```console");
        let is_run = RUN.iter().any(|run| Path::new(run) == page);
        assert!(is_run || !has_output, "{} is not run", page.display());
    }
}

/// Runs the blocks of a page.
fn run(page: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut name = None;
    for block in blocks(&read(page)) {
        match block {
            Block::Name(file) => name = Some(file),
            Block::Code {
                language,
                text,
                line,
            } => {
                let place = format!("{page}:{line}");
                if let Some(file) = name.take() {
                    fs::write(folder.path().join(file), &text).unwrap();
                }
                match language {
                    "console" if cfg!(unix) => console(folder.path(), &text, &place),
                    "python" => python(folder.path(), &text, &place),
                    _ => {}
                }
            }
        }
    }
}

enum Block<'a> {
    /// The name of the file that the next block is.
    Name(&'a str),
    Code {
        language: &'a str,
        text: String,
        line: usize,
    },
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let named = line
            .strip_prefix('`')
            .and_then(|line| line.strip_suffix("`:"));
        if let Some(file) = named {
            blocks.push(Block::Name(file));
        } else if let Some(language) = line.strip_prefix("```") {
            let inner = lines.by_ref().map(|(line, _)| line);
            let inner: Vec<_> = inner.take_while(|line| *line != "```").collect();
            blocks.push(Block::Code {
                language,
                text: inner.join("\n") + "\n",
                line: number,
            });
        }
    }
    blocks
}

/// Runs the commands of a block one by one.
fn console(folder: &Path, text: &str, place: &str) {
    let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), line.strip_prefix("> ")) {
            (Some(command), _) => commands.push((command.into(), Vec::new())),
            (_, Some(more)) if commands.last().is_some_and(|it| it.0.ends_with('\\')) => {
                let (command, _) = commands.last_mut().unwrap();
                *command += &format!("\n{more}");
            }
            _ => {
                let (_, output) = commands.last_mut().expect("a block begins with a command");
                output.push(line);
            }
        }
    }
    for (command, expected) in commands {
        let output = shell(folder, &command);
        let found: Vec<&str> = output.lines().collect();
        assert!(
            matches(&expected, &found),
            "{place}: {command}\nprints\n{output}\nand not\n{}",
            expected.join("\n")
        );
    }
}

/// What a command prints, on either stream.
///
/// An example is run as it is built for tests, without what cargo says.
fn shell(folder: &Path, command: &str) -> String {
    if let Some(words) = command.strip_prefix("cargo run --release --example ") {
        let mut words = words.split(' ').filter(|word| *word != "--");
        let name = words.next().unwrap();
        let mut example = programs::command(name, &words.collect::<Vec<_>>());
        let output = example.current_dir(folder).output().unwrap();
        return String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    }
    let program = Path::new(env!("CARGO_BIN_EXE_sparse-parity"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let schedulers = ["SLURM_", "SPARSE_PARITY_", "OMPI_", "PMI"];
        if schedulers.iter().any(|start| name.starts_with(start)) {
            shell.env_remove(name);
        }
    }
    let output = shell
        .env(
            "PATH",
            format!("{}:{path}", program.parent().unwrap().display()),
        )
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Whether the lines are those that the page shows.
fn matches(expected: &[&str], found: &[&str]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => (0..=found.len()).any(|start| matches(rest, &found[start..])),
        (Some((first, rest)), Some((line, others))) => {
            is_like(first, line.trim_end()) && matches(rest, others)
        }
        _ => false,
    }
}

fn is_like(pattern: &str, line: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('…') else {
        return pattern == line;
    };
    let Some(rest) = line.strip_prefix(head) else {
        return false;
    };
    let mut ends = rest
        .char_indices()
        .map(|(place, _)| place)
        .chain([rest.len()]);
    ends.any(|end| is_like(tail, &rest[end..]))
}

/// Runs a program in Python, if there is one with the modules that it imports.
fn python(folder: &Path, text: &str, place: &str) {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let imports = text
        .lines()
        .filter(|line| line.starts_with("import ") || line.starts_with("from "));
    let imports: Vec<&str> = imports.collect();
    let python = |code: &str| {
        let mut command = Command::new(&python);
        command.args(["-c", code]).current_dir(folder).output()
    };
    let has_modules = python(&imports.join("\n"));
    if !has_modules.is_ok_and(|output| output.status.success()) {
        // Not by a macro, whose output a passing test would hide.
        let note = format!(
            "skipped: {place}, as no Python here does: {}\n",
            imports.join("; ")
        );
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    }
    let output = python(text).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{place}: {said}");
}

#[test]
fn an_ellipsis_stands_for_any_text_and_nothing_else_does() {
    assert!(matches(&["a … c", "…", "z"], &["a b c", "x", "y", "z"]));
    assert!(matches(&["…"], &[]));
    assert!(!matches(&["a … c"], &["a b d"]));
    assert!(!matches(&["a"], &["a", "b"]));
    assert!(!matches(&["a", "b"], &["a"]));
}
