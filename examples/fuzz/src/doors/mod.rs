//! The doors of the library.

mod commands;
mod files;
mod functions;
mod texts;
mod types;

use crate::Door;

/// All doors.
pub fn all() -> Vec<Door> {
    [
        types::doors(),
        texts::doors(),
        functions::doors(),
        files::doors(),
        commands::doors(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The names of the doors that lead to a type.
pub fn types() -> Vec<&'static str> {
    types::doors().iter().map(|door| door.name).collect()
}
