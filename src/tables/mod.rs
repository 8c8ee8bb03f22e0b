//! Tables as files: columns with names and kinds, and a line after the other, as CSV, JSON lines or Parquet.

mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod read;

pub(crate) use read::{Take, read};

use crate::error::{Error, Result};
use std::fs::File;
use std::io;
use std::path::Path;

/// What the values of a column of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// One value.
    One(Scalar),
    /// A list of values.
    List(Scalar),
}

/// What a value in a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scalar {
    /// True or false.
    Boolean,
    /// 64 bits with a sign.
    Integer,
    /// 64 bits without a sign.
    Unsigned,
    /// A number in double precision.
    Double,
    /// A word, or JSON of what has fields.
    Text,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>, kind: Kind) -> Self {
        let name = name.into();
        Column { name, kind }
    }

    /// A column of single values.
    pub(crate) fn one(name: impl Into<String>, kind: Scalar) -> Self {
        Column::new(name, Kind::One(kind))
    }
}

/// A form of a table as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    JsonLines,
    #[cfg(feature = "parquet")]
    Parquet,
}

/// What a table takes lines into, in their order.
pub(crate) trait Lines {
    /// Takes a text for each column: nothing if there is no value, and a list as JSON.
    fn write(&mut self, line: Vec<String>) -> io::Result<()>;

    /// Writes what is left.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

impl Format {
    /// The form that the end of a name says.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let end = path.extension().and_then(|end| end.to_str());
        let expected = match end {
            Some("csv") => return Ok(Format::Csv),
            Some("jsonl") => return Ok(Format::JsonLines),
            #[cfg(feature = "parquet")]
            Some("parquet") => return Ok(Format::Parquet),
            #[cfg(not(feature = "parquet"))]
            Some("parquet") => {
                "a name that ends in .csv or .jsonl; for Parquet the feature `parquet` is needed: cargo install sparse-parity --features cli,parquet"
            }
            _ if cfg!(feature = "parquet") => "a name that ends in .csv, .jsonl or .parquet",
            _ => "a name that ends in .csv or .jsonl, or in .parquet with the feature `parquet`",
        };
        Err(Error::InvalidSetting {
            name: "the file of a table".into(),
            value: path.display().to_string(),
            expected: expected.into(),
        })
    }

    /// Begins a table. `about` is what a form that has a place for it says of the table, names with texts.
    pub(crate) fn begin<'a>(
        self,
        file: &'a mut File,
        columns: &[Column],
        about: &[(&str, String)],
    ) -> io::Result<Box<dyn Lines + 'a>> {
        // The others have columns and lines only, and programs that read them expect nothing else.
        let _ = about;
        Ok(match self {
            Format::Csv => {
                let mut table = csv::Writer::from_writer(file);
                table.write_record(columns.iter().map(|column| &column.name))?;
                Box::new(table)
            }
            Format::JsonLines => Box::new(json::Objects::new(file, columns)),
            #[cfg(feature = "parquet")]
            Format::Parquet => Box::new(parquet::Groups::new(file, columns, about)?),
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
