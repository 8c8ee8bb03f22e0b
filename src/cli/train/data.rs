//! Examples from files in place of drawn ones.

use crate::cli::Result;
use crate::data::{Bits, ExampleTable};
use crate::trial::{Assembly, Trial};
use clap::Args;
use std::path::PathBuf;
use toml::Table;

/// Where examples are read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub(super) struct Files {
    /// Train on the examples of a file, .csv, .jsonl, or .parquet if the program was installed with the feature parquet: a
    /// header, the n inputs, and the label in the last column
    #[arg(long, value_name = "FILE")]
    examples: Option<PathBuf>,
    /// Validate on the examples of another file; without it, a run is solved when it gets its training examples right
    #[arg(long, value_name = "FILE", requires = "examples")]
    validation_examples: Option<PathBuf>,
    /// How the files write signs: 01 is the XOR of bits, pm1 the product of 1 and -1
    #[arg(long, value_name = "01|pm1", default_value_t = Bits::PlusMinus, requires = "examples")]
    bits: Bits,
}

/// The examples of the files.
pub(super) struct Data {
    training: ExampleTable<f32>,
    validation: Option<ExampleTable<f32>>,
}

impl Files {
    /// Reads the files, if there are any.
    pub(super) fn read(&self) -> Result<Option<Data>> {
        let Some(examples) = &self.examples else {
            return Ok(None);
        };
        let validation = self.validation_examples.as_ref();
        let validation = validation.map(|path| ExampleTable::read(path, self.bits));
        Ok(Some(Data {
            training: ExampleTable::read(examples, self.bits)?,
            validation: validation.transpose()?,
        }))
    }
}

impl Data {
    /// Gives the settings the n of the examples, unless they state one.
    pub(super) fn complete(&self, settings: &mut Table) -> Result<()> {
        let n = i64::try_from(self.training.examples.x.dim())?;
        settings.entry("n").or_insert(n.into());
        Ok(())
    }

    /// A line that tells these examples from others.
    pub(super) fn about(&self) -> String {
        self.training.examples.identity()
    }

    /// The trial on these examples.
    pub(super) fn assemble(self, trial: &Trial) -> Result<Assembly> {
        let assembly = trial.assemble()?.with_examples(self.training.examples)?;
        Ok(match self.validation {
            None => assembly,
            Some(validation) => assembly.with_validation(validation.examples)?,
        })
    }
}
