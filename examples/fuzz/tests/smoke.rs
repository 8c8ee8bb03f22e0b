//! A run of some seconds at all doors, with the checks of a debug build.

use sparse_parity_fuzz::{Answer, documents, doors};
use std::process::Command;

#[test]
fn no_input_breaks_a_promise() {
    let faults = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sparse-parity-fuzz"))
        .args(["--inputs", "20000", "--seed", "21", "--faults"])
        .arg(faults.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        said.contains(&format!("20000 inputs at {} doors", doors::all().len())),
        "{said}"
    );
}

#[test]
fn every_door_accepts_a_document_of_its_corpus() {
    let mut shut = Vec::new();
    for door in doors::all() {
        let answers: Vec<Answer> = documents(door.name)
            .iter()
            .map(|document| door.run(document))
            .collect();
        if !answers.contains(&Answer::Accepted) {
            shut.push(format!("{}: {answers:?}", door.name));
        }
    }
    assert!(shut.is_empty(), "{}", shut.join("\n"));
}
