//! What is recorded along the runs.

use crate::cli::Result;
use crate::measure::{Interval, MeasureKind, Recording};
use clap::Args;
use std::path::PathBuf;

/// What is recorded, when, and where it goes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Curves")]
pub(super) struct Curve {
    /// Record measures along each run: loss, batch-error, error, train-error, rho, and movement:BLOCK of any block
    /// [default: loss,error]
    #[arg(
        long,
        value_name = "MEASURES",
        value_delimiter = ',',
        requires = "curve"
    )]
    record: Vec<MeasureKind>,
    /// Record every so many steps, such as 50, or at so many for each factor of ten, such as 20/decade
    #[arg(
        long,
        value_name = "STEPS",
        default_value = "20/decade",
        requires = "curve"
    )]
    every: Interval,
    /// Write what was recorded to a new file, .csv, .jsonl, or .parquet if the program was installed with the feature
    /// parquet: a line has the value of one measure at one step of one run
    #[arg(long, value_name = "FILE")]
    curve: Option<PathBuf>,
}

impl Curve {
    /// What is recorded, and the file for it, if anything is.
    ///
    /// # Errors
    /// If the file is there already.
    pub(super) fn recording(&self) -> Result<Option<(Recording, PathBuf)>> {
        let Some(path) = &self.curve else {
            return Ok(None);
        };
        if path.symlink_metadata().is_ok() {
            let path = path.display();
            return Err(format!("{path} is there already; give another name, or remove it").into());
        }
        let measures = match self.record.is_empty() {
            true => vec![MeasureKind::Loss, MeasureKind::Error],
            false => self.record.clone(),
        };
        let recording = Recording {
            measures,
            ..Recording::new(self.every)
        };
        Ok(Some((recording, path.clone())))
    }
}
