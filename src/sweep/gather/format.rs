//! The forms of a table as a file.

use super::columns::Columns;
use crate::sweep::error::{Result, SweepError};
use std::fs::File;
use std::io;
use std::path::Path;

/// A form of the table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Format {
    Csv,
    #[cfg(feature = "parquet")]
    Parquet,
}

/// A file that lines are written to, in the order of the table.
pub(super) trait Lines {
    /// Writes a text for each column.
    fn write(&mut self, line: Vec<String>) -> io::Result<()>;

    /// Writes what is left.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl Format {
    /// The form that the end of a name says.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let end = path.extension().and_then(|end| end.to_str());
        let expected = match end {
            Some("csv") => return Ok(Format::Csv),
            #[cfg(feature = "parquet")]
            Some("parquet") => return Ok(Format::Parquet),
            #[cfg(not(feature = "parquet"))]
            Some("parquet") => {
                "a name that ends in .csv; for Parquet the feature `parquet` is needed: cargo install sparse-parity --features cli,parquet"
            }
            _ => "a name that ends in .csv or .parquet",
        };
        Err(SweepError::InvalidValue {
            name: "the file of the table".into(),
            value: path.display().to_string(),
            expected,
        })
    }

    /// Begins the table.
    pub(super) fn begin<'a>(
        self,
        file: &'a mut File,
        columns: &Columns,
    ) -> io::Result<Box<dyn Lines + 'a>> {
        Ok(match self {
            Format::Csv => {
                let mut table = csv::Writer::from_writer(file);
                table.write_record(columns.all.iter().map(|column| &column.name))?;
                Box::new(table)
            }
            #[cfg(feature = "parquet")]
            Format::Parquet => Box::new(super::parquet::Groups::new(file, columns)?),
        })
    }
}

impl Lines for csv::Writer<&mut File> {
    fn write(&mut self, line: Vec<String>) -> io::Result<()> {
        Ok(self.write_record(line)?)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_tells_no_form_is_refused() {
        for name in ["rows", "rows.txt", "csv", "rows.csv/"] {
            let form = Format::of(Path::new(name));
            assert_eq!(form.is_ok(), name == "rows.csv/", "{name}");
        }
        let told = Format::of(Path::new("rows.txt")).unwrap_err().to_string();
        assert!(told.contains("rows.txt") && told.contains(".csv"), "{told}");
    }
}
