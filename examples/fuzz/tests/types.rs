//! Every type that the library reads has a door.

use sparse_parity_examples::readable::readable;
use sparse_parity_fuzz::doors;

/// Types that others are read through, and what they are part of.
const PARTS: [&str; 18] = [
    "Aligned",
    "Clock",
    "File",
    "Form",
    "Kind",
    "Line",
    "NumberOrSchedule",
    "RunningState",
    "Single",
    "Stored",
    "NoPart",
    "StoredThen",
    "Curve",
    "Fields",
    "Support",
    "Window",
    "RecorderState",
    "Entry",
];

#[test]
fn every_type_that_is_read_has_a_door() {
    let doors = doors::types();
    let mut forgotten = Vec::new();
    for (name, files) in readable() {
        if !doors.contains(&name.as_str()) && !PARTS.contains(&name.as_str()) {
            forgotten.push(format!("{name} in {files:?}"));
        }
    }
    assert!(
        forgotten.is_empty(),
        "give each a door in examples/fuzz/src/doors/types.rs:\n{}",
        forgotten.join("\n")
    );
}
