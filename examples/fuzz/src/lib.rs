//! Mutated documents for everything in `sparse-parity` that reads what a user, a disk or an enemy gives.
//!
//! A [`Door`] takes bytes and hands them to one parser, `Deserialize`, constructor or command. Its documents are in the
//! folder `corpus`; a [`Mutator`] changes them, and a [`Campaign`] looks for a panic, an abort, an answer that takes longer
//! than [`MOST_SECONDS`], or memory beyond [`MOST_BYTES`]. `docs/reliability.md` has the commands and their last results.

mod campaign;
mod corpus;
mod door;
pub mod doors;
mod mutator;

pub use campaign::{Campaign, Fault, MOST_BYTES, MOST_SECONDS, Tally};
pub use corpus::{documents, folder};
pub use door::{Answer, Door};
pub use mutator::Mutator;
