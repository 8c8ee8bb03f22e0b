//! A copy of the sources with switches, built with its tests.

use crate::Result;
use crate::list::Mutant;
use crate::switch::{DEFINITION, Switched};
use crate::tests::Binary;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) const ROOT: &str = "target/mutants/source";

/// The integration tests of the core rooms that take seconds.
const INTEGRATION: &str = "bad_input checkpoints closed_forms conformance fourier initial_values laws lockstep optimizers \
                           parts population_gradient queries reproducible rows solvers sweeps transformer trials";

/// Builds the copy, and takes the mutants out that do not compile. The test binaries, and these mutants.
pub(crate) fn build<'a>(
    mutants: &mut BTreeMap<usize, &'a Mutant>,
) -> Result<(Vec<Binary>, Vec<&'a Mutant>)> {
    let mut refused = Vec::new();
    loop {
        let files = write_all(mutants)?;
        let messages = compile()?;
        let outside = files.values().flat_map(|file| file.outside.clone());
        let blamed = messages
            .iter()
            .filter_map(|message| blamed(message, &files));
        let out: BTreeSet<usize> = outside.chain(blamed).collect();
        if out.is_empty() {
            let binaries: Vec<_> = messages.iter().filter_map(test_binary).collect();
            if binaries.is_empty() {
                return Err("the copy does not compile, whatever its mutants".into());
            }
            return Ok((binaries, refused));
        }
        refused.extend(out.iter().filter_map(|number| mutants.remove(number)));
        println!("{} mutants do not compile so far", refused.len());
    }
}

/// Copies the files that git knows, the mutants behind switches. The files with mutants.
fn write_all(mutants: &BTreeMap<usize, &Mutant>) -> Result<BTreeMap<String, Switched>> {
    let output = Command::new("git").arg("ls-files").output()?;
    let mut files = BTreeMap::new();
    for file in String::from_utf8(output.stdout)?
        .lines()
        .filter(|file| Path::new(file).exists())
    {
        let mut content = fs::read(file)?;
        let here = mutants.iter().filter(|(_, mutant)| mutant.file == file);
        let here: Vec<_> = here.map(|(&number, &mutant)| (number, mutant)).collect();
        if !here.is_empty() {
            let switched = Switched::new(&String::from_utf8(content)?, &here)?;
            content = switched.text.clone().into_bytes();
            files.insert(file.to_string(), switched);
        }
        if file == "src/lib.rs" {
            content.extend(DEFINITION.as_bytes());
        }
        let copy = Path::new(ROOT).join(file);
        // What stays as it was is not built again.
        if fs::read(&copy).is_ok_and(|old| old == content) {
            continue;
        }
        fs::create_dir_all(copy.parent().ok_or("a file stands in a folder")?)?;
        fs::write(copy, content)?;
    }
    Ok(files)
}

/// A command of cargo for the copy.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(ROOT);
    command.env("CARGO_TARGET_DIR", "../build");
    command
}

/// Compiles the copy; the messages of cargo.
fn compile() -> Result<Vec<Value>> {
    let arguments = [
        "test",
        "--workspace",
        "--no-run",
        "--message-format=json",
        "--lib",
    ];
    let output = cargo(&arguments)
        .args(INTEGRATION.split(' ').flat_map(|test| ["--test", test]))
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let messages = text.lines().map(serde_json::from_str);
    Ok(messages.collect::<std::result::Result<_, _>>()?)
}

/// The mutant at the place of a compiler error.
fn blamed(message: &Value, files: &BTreeMap<String, Switched>) -> Option<usize> {
    let message = message.get("message")?;
    let mut spans = message["spans"].as_array()?.iter();
    let span = spans.find(|span| message["level"] == "error" && span["is_primary"] == true)?;
    let file = files.get(span["file_name"].as_str()?)?;
    file.mutant_at(span["byte_start"].as_u64()? as usize)
}

/// A test binary of the library that was built.
fn test_binary(message: &Value) -> Option<Binary> {
    let path = message["executable"].as_str()?;
    let name = message["target"]["name"].as_str()?;
    let name = match message["target"]["kind"][0].as_str()? {
        "lib" if name == "sparse_parity" => "",
        "test" if INTEGRATION.split(' ').any(|test| test == name) => name,
        _ => return None,
    };
    Some(Binary::new(name, path))
}
