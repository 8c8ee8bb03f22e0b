//! Examples as programs, for tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// The root of the repository.
///
/// # Panics
///
/// If the package does not lie two folders below the root.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2);
    root.expect("the package lies in examples/common")
}

/// The command that starts an example as a user would, in the profile of the calling test.
///
/// The first call for an example builds it, in case cargo did not do so for this test.
///
/// # Panics
///
/// If the example does not compile.
pub fn command(name: &str, args: &[&str]) -> Command {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if built.insert(name.to_owned()) {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--example", name]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let status = build.current_dir(root()).status();
        let status = status.expect("cargo can be started");
        assert!(status.success(), "{name} does not compile");
    }
    drop(built);
    let mut command = Command::new(folder().join(name));
    command.args(args).current_dir(root());
    command
}

/// The folder of the built examples, beside that of the running test.
fn folder() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its file");
    let profile = test.parent().and_then(|deps| deps.parent());
    profile.expect("a test lies in deps").join("examples")
}
