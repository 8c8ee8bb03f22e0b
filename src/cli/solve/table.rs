//! Examples from a file.

use super::super::Result;
use super::Bits;
use crate::access::Examples;
use crate::data::Batch;
use crate::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows that are turned into signs at a time.
const PART: usize = 4096;

/// Examples with the names of their coordinates.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) names: Vec<String>,
    pub(super) examples: Examples,
}

/// What is wrong with a table.
#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error("{path}: column {column} of example {row}, counted from 0, is {value}; {repair}")]
    Entry {
        path: PathBuf,
        row: usize,
        column: String,
        value: String,
        repair: &'static str,
    },
    #[error(
        "{path}: there are {found} columns; give the inputs and the label behind them, at least 2"
    )]
    Columns { path: PathBuf, found: usize },
    #[error("{path}: tables end in {known}; name the file so, or convert it")]
    Extension { path: PathBuf, known: &'static str },
    #[error("{path}: {source}")]
    Csv { path: PathBuf, source: csv::Error },
    #[cfg(feature = "parquet")]
    #[error("{path}: {source}")]
    Parquet {
        path: PathBuf,
        source: parquet::errors::ParquetError,
    },
}

impl Table {
    /// Reads the file, by its extension.
    pub(super) fn read(path: &Path, bits: Bits) -> Result<Self> {
        let file = || {
            File::open(path).map_err(|source| Error::Io {
                path: path.into(),
                source,
            })
        };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => of_csv(file()?, path, bits),
            #[cfg(feature = "parquet")]
            Some("parquet") => of_parquet(file()?, path, bits),
            _ => Err(TableError::Extension {
                path: path.into(),
                known: match cfg!(feature = "parquet") {
                    true => ".csv or .parquet",
                    false => {
                        ".csv, and in .parquet if the program is installed with the feature parquet"
                    }
                },
            }
            .into()),
        }
    }
}

fn of_csv(file: File, path: &Path, bits: Bits) -> Result<Table> {
    let wrong = |source| TableError::Csv {
        path: path.into(),
        source,
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(file);
    let names = reader.headers().map_err(wrong)?;
    let names = names.iter().map(Into::into).collect();
    let mut rows = Rows::new(path, bits, names)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(wrong)? {
        for (column, text) in record.iter().enumerate() {
            rows.entry(column, text.parse().ok(), text)?;
        }
        rows.end()?;
    }
    rows.table()
}

#[cfg(feature = "parquet")]
fn of_parquet(file: File, path: &Path, bits: Bits) -> Result<Table> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let wrong = |source| TableError::Parquet {
        path: path.into(),
        source,
    };
    let reader = SerializedFileReader::new(file).map_err(wrong)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let columns = schema.root_schema().get_fields().iter();
    let names = columns.map(|column| column.name().into()).collect();
    let mut rows = Rows::new(path, bits, names)?;
    for row in reader.get_row_iter(None).map_err(wrong)? {
        for (column, (_, field)) in row.map_err(wrong)?.get_column_iter().enumerate() {
            let value = match *field {
                Field::Bool(value) => Some(f64::from(u8::from(value))),
                Field::Byte(value) => Some(value.into()),
                Field::Short(value) => Some(value.into()),
                Field::Int(value) => Some(value.into()),
                Field::Long(value) => Some(value as f64),
                Field::UByte(value) => Some(value.into()),
                Field::UShort(value) => Some(value.into()),
                Field::UInt(value) => Some(value.into()),
                Field::ULong(value) => Some(value as f64),
                Field::Float(value) => Some(value.into()),
                Field::Double(value) => Some(value),
                _ => None,
            };
            rows.entry(column, value, field)?;
        }
        rows.end()?;
    }
    rows.table()
}

/// Examples as they are read.
struct Rows<'a> {
    path: &'a Path,
    bits: Bits,
    /// The names of all columns.
    names: Vec<String>,
    /// Whether entries are −1, of the rows that are not among the examples yet.
    negative: Vec<bool>,
    examples: Examples,
}

impl<'a> Rows<'a> {
    fn new(path: &'a Path, bits: Bits, names: Vec<String>) -> Result<Self> {
        if names.len() < 2 {
            return Err(TableError::Columns {
                path: path.into(),
                found: names.len(),
            }
            .into());
        }
        Ok(Rows {
            path,
            bits,
            negative: Vec::with_capacity(PART * names.len()),
            examples: Examples::none(names.len() - 1)?,
            names,
        })
    }

    /// Takes up the next entry, a number unless it is `None`.
    fn entry(
        &mut self,
        column: usize,
        value: Option<f64>,
        text: impl ToString,
    ) -> Result<(), TableError> {
        let negative = match (self.bits, value) {
            (Bits::ZeroOne, Some(0.0)) | (Bits::PlusMinus, Some(1.0)) => false,
            (Bits::ZeroOne, Some(1.0)) | (Bits::PlusMinus, Some(-1.0)) => true,
            (bits, value) => {
                let pending = self.negative.len() / self.names.len();
                return Err(TableError::Entry {
                    path: self.path.into(),
                    row: self.examples.len() + pending,
                    column: self.names[column].clone(),
                    value: text.to_string(),
                    repair: match (bits, value) {
                        (Bits::PlusMinus, Some(0.0)) => {
                            "with --bits pm1 entries are 1 or -1; give --bits 01 for bits"
                        }
                        (Bits::ZeroOne, Some(-1.0)) => {
                            "with --bits 01 entries are 0 or 1; give --bits pm1 for signs"
                        }
                        (Bits::PlusMinus, _) => {
                            "with --bits pm1 entries are 1 or -1; mend it, or leave the row out"
                        }
                        (Bits::ZeroOne, _) => {
                            "with --bits 01 entries are 0 or 1; mend it, or leave the row out"
                        }
                    },
                });
            }
        };
        self.negative.push(negative);
        Ok(())
    }

    /// Ends a row.
    fn end(&mut self) -> Result<()> {
        if self.negative.len() < PART * self.names.len() {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<()> {
        let (columns, n) = (self.names.len(), self.names.len() - 1);
        let rows = self.negative.len() / columns;
        if rows == 0 {
            return Ok(());
        }
        let mut batch = Batch::<f32>::new(rows, n)?;
        let negative = |row: usize, column: usize| self.negative[row * columns + column];
        batch.x.fill_with(negative);
        for (row, y) in batch.y.iter_mut().enumerate() {
            *y = if negative(row, n) { -1.0 } else { 1.0 };
        }
        self.examples.append(&batch)?;
        self.negative.clear();
        Ok(())
    }

    fn table(mut self) -> Result<Table> {
        self.flush()?;
        if self.examples.is_empty() {
            let what = "the number of examples m";
            return Err(Error::Zero { what }.into());
        }
        self.names.pop();
        Ok(Table {
            names: self.names,
            examples: self.examples,
        })
    }
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use super::*;
    use parquet::data_type::{BoolType, DataType, DoubleType, Int32Type, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    /// Writes columns a, b, … and y of that type, one after the other, in groups of so many rows.
    fn write<T: DataType>(path: &Path, name: &str, columns: &[Vec<T::T>], group: usize) {
        let letters = (b'a'..).map(char::from).take(columns.len() - 1);
        let letters = letters.chain(['y']);
        let fields = letters.map(|letter| format!("required {name} {letter};"));
        let schema = format!("message rows {{ {} }}", fields.collect::<String>());
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let properties = Arc::new(WriterProperties::builder().build());
        let file = File::create(path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
        for first in (0..columns[0].len()).step_by(group) {
            let mut rows = writer.next_row_group().unwrap();
            for column in columns {
                let last = column.len().min(first + group);
                let mut to = rows.next_column().unwrap().unwrap();
                let typed = to.typed::<T>();
                typed.write_batch(&column[first..last], None, None).unwrap();
                to.close().unwrap();
            }
            rows.close().unwrap();
        }
        writer.close().unwrap();
    }

    /// Bits of three coordinates, and the XOR of the first and the last.
    fn columns<V>(rows: usize, value: impl Fn(bool) -> V) -> Vec<Vec<V>> {
        let bit = |row: usize, column: usize| match column {
            3 => (row ^ row >> 2) & 1 == 1,
            _ => row >> column & 1 == 1,
        };
        let column = |column| (0..rows).map(|row| value(bit(row, column))).collect();
        (0..4).map(column).collect()
    }

    #[test]
    fn tables_of_parquet_are_read_whatever_the_type_and_the_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let bit = |is_set: bool| i32::from(is_set);
        let sign = |is_set: bool| if is_set { -1.0 } else { 1.0 };
        let rows = PART + 100;
        let mut tables = Vec::new();
        write::<BoolType>(&path, "boolean", &columns(rows, |is_set| is_set), 1000);
        tables.push(Table::read(&path, Bits::ZeroOne).unwrap());
        write::<Int32Type>(&path, "int32", &columns(rows, bit), rows);
        tables.push(Table::read(&path, Bits::ZeroOne).unwrap());
        write::<Int64Type>(&path, "int64", &columns(rows, |set| i64::from(bit(set))), 7);
        tables.push(Table::read(&path, Bits::ZeroOne).unwrap());
        write::<DoubleType>(&path, "double", &columns(rows, sign), 4096);
        tables.push(Table::read(&path, Bits::PlusMinus).unwrap());
        for Table { names, examples } in tables {
            assert_eq!(names, ["a", "b", "c"]);
            assert_eq!((examples.len(), examples.wrong(&[0, 2])), (rows, 0));
            assert!(examples.wrong(&[0, 1]) > 1000);
        }
    }

    #[test]
    fn entries_of_parquet_that_are_no_bits_are_told_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let mut entries = columns(9, |is_set| i32::from(is_set));
        entries[1][6] = 2;
        write::<Int32Type>(&path, "int32", &entries, 4);
        let told = Table::read(&path, Bits::ZeroOne).unwrap_err().to_string();
        assert!(
            told.contains("column b of example 6") && told.contains("is 2"),
            "{told}"
        );
        std::fs::write(&path, "PAR1 and no more").unwrap();
        let told = Table::read(&path, Bits::ZeroOne).unwrap_err().to_string();
        assert!(told.contains("t.parquet"), "{told}");
    }
}
