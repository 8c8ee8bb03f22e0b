//! Examples as programs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// An example as a user would run it, in the profile of this test.
///
/// It is built when it is first asked for, in case cargo did not do so for this test.
pub fn command(name: &str, args: &[&str]) -> Command {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if built.insert(name.to_owned()) {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--example", name]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        let status = build.status().expect("cargo can be started");
        assert!(status.success(), "{name} does not compile");
    }
    drop(built);
    let mut command = Command::new(folder().join(name));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Where cargo puts examples: beside the folder of this test.
fn folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its file");
    let profile = test.parent().and_then(|deps| deps.parent());
    profile.expect("a test lies in deps").join("examples")
}
