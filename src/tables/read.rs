//! Tables from files.

use super::Format;
use crate::error::{Error, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// What takes the lines of a table, in their order.
pub(crate) trait Take {
    type Error: From<Error>;

    /// Takes the names of the columns, before any line.
    fn head(&mut self, names: Vec<String>) -> Result<(), Self::Error>;

    /// Takes the next value of a line: empty if there is none, `true` and `false`, and JSON of what is a list.
    fn value(&mut self, column: usize, text: &str) -> Result<(), Self::Error>;

    /// Takes the end of a line.
    fn end(&mut self) -> Result<(), Self::Error>;
}

/// Reads a file, by the end of its name.
pub(crate) fn read<T: Take>(path: &Path, to: &mut T) -> Result<(), T::Error> {
    let format = Format::of(path)?;
    let file = File::open(path).map_err(|source| failed(path, source))?;
    match format {
        Format::Csv => of_csv(file, path, to),
        Format::JsonLines => of_json(file, path, to),
        #[cfg(feature = "parquet")]
        Format::Parquet => of_parquet(file, path, to),
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    let path = path.into();
    Error::Io { path, source }
}

fn of_csv<T: Take>(file: File, path: &Path, to: &mut T) -> Result<(), T::Error> {
    let wrong = |error: csv::Error| failed(path, error.into());
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(file);
    let names = reader.headers().map_err(wrong)?;
    to.head(names.iter().map(Into::into).collect())?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(wrong)? {
        for (column, text) in record.iter().enumerate() {
            to.value(column, text)?;
        }
        to.end()?;
    }
    Ok(())
}

/// The columns are the fields of the first object.
fn of_json<T: Take>(file: File, path: &Path, to: &mut T) -> Result<(), T::Error> {
    let mut names: Option<Vec<String>> = None;
    for (place, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|source| failed(path, source))?;
        let Fields(fields) = serde_json::from_str(&line).map_err(|error| {
            let reason = format!("line {} is no object of JSON: {error}", place + 1);
            failed(path, io::Error::new(io::ErrorKind::InvalidData, reason))
        })?;
        let names = match &names {
            Some(names) => names,
            None => {
                let found: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
                to.head(found.clone())?;
                names.insert(found)
            }
        };
        if let Some((other, _)) = fields.iter().find(|(name, _)| !names.contains(name)) {
            let line = place + 1;
            let reason = format!(
                "line {line} has the field {other:?}, which the first line has not; give every line the same fields"
            );
            return Err(failed(path, io::Error::new(io::ErrorKind::InvalidData, reason)).into());
        }
        for (column, name) in names.iter().enumerate() {
            let value = fields.iter().find(|(other, _)| other == name);
            let text = match value.map(|(_, value)| value) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            to.value(column, &text)?;
        }
        to.end()?;
    }
    match names {
        Some(_) => Ok(()),
        None => to.head(Vec::new()),
    }
}

/// The fields of an object in their order.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        from.deserialize_map(Each)
    }
}

#[cfg(feature = "parquet")]
fn of_parquet<T: Take>(file: File, path: &Path, to: &mut T) -> Result<(), T::Error> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let wrong = |error: parquet::errors::ParquetError| failed(path, error.into());
    let reader = SerializedFileReader::new(file).map_err(wrong)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let columns = schema.root_schema().get_fields().iter();
    to.head(columns.map(|column| column.name().into()).collect())?;
    for row in reader.get_row_iter(None).map_err(wrong)? {
        for (column, (_, field)) in row.map_err(wrong)?.get_column_iter().enumerate() {
            let text = match field {
                Field::Null => String::new(),
                Field::Str(text) => text.clone(),
                // Its own text has fewer digits.
                Field::Double(value) => value.to_string(),
                Field::Float(value) => value.to_string(),
                other => other.to_string(),
            };
            to.value(column, &text)?;
        }
        to.end()?;
    }
    Ok(())
}
