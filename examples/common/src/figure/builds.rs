//! Which builds of a program have made its rows.

use sparse_parity::sweep::Progress;
use sparse_parity::terminal::Result;
use std::any::type_name;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

/// The file beside rows that has a line for each build of the program that made some.
const BUILDS: &str = "builds.txt";

/// Whether an experiment is one of these programs: those of the crate have a revision, which changes with their numbers.
pub(super) fn is_own<E>() -> bool {
    !type_name::<E>().starts_with("sparse_parity::")
}

/// What tells this build of the program from others.
pub(super) fn build() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(std::env::current_exe()?)?.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Keeps which build has made rows, and tells whether another one has made some of them.
pub(super) fn is_of_another_build(folder: &Path, made: Progress, build: &str) -> Result<bool> {
    let path = folder.join(BUILDS);
    let known = match fs::read_to_string(&path) {
        Ok(known) => known,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let is_known = known.lines().any(|line| line == build);
    if made.done > made.before && !is_known {
        fs::write(&path, format!("{known}{build}\n"))?;
    }
    let is_unknown = known.is_empty() && made.before > 0;
    Ok(is_unknown || known.lines().any(|line| line != build))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::MovementTrial;

    #[test]
    fn rows_of_another_build_are_told_and_those_of_this_one_are_not() {
        let folder = std::env::temp_dir().join(format!("builds-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let made = |before, done| Progress {
            before,
            done,
            ..Progress::default()
        };
        let other = |made, build| is_of_another_build(&folder, made, build).unwrap();
        assert!(!other(made(0, 5), "a") && !other(made(5, 5), "a"));
        // A changed program finds all of its runs done, and then makes some more.
        assert!(other(made(5, 5), "b") && other(made(5, 9), "b"));
        assert!(other(made(9, 9), "a") && other(made(9, 9), "b"));
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir_all(&folder).unwrap();
        // Of rows without that file nothing is known.
        assert!(other(made(3, 3), "a"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn experiments_of_the_crate_have_a_revision() {
        assert!(!is_own::<sparse_parity::trial::Trial>() && is_own::<MovementTrial>());
    }
}
