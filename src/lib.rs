//! tmp
pub mod activation;
pub mod check;
pub mod data;
pub mod error;
pub mod loss;
pub mod measure;
pub mod model;
pub mod optim;
pub mod params;
#[cfg(feature = "plot")]
pub mod plot;
pub mod prelude;
pub mod real;
pub mod seeds;
pub mod signs;
pub mod train;
pub use error::{Error, Result};
