//! The table as a Parquet file.
//!
//! A column of a Parquet file lies together, so lines are collected to groups of a bounded size. Nothing
//! in the file is from a clock or from chance, and the form that columns have is known before the first line: the same
//! lines are the same bytes.

use super::{Column, Kind, Lines, Scalar};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use serde_json::Value;
use std::error::Error;
use std::fs::File;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

/// How many lines are collected: some 30 MB.
const LINES: usize = 1 << 16;

/// A file of groups of lines.
pub(super) struct Groups<'a> {
    file: SerializedFileWriter<&'a mut File>,
    columns: Vec<Collected>,
    lines: usize,
}

/// A column of the group that is being collected.
struct Collected {
    values: Values,
    is_list: bool,
    /// For each value, how much of it there is: nothing, or of a list also an empty list, an item without a value.
    levels: Vec<i16>,
    /// For each value, whether it is an item of the same list as the one before; of lists only.
    repeats: Vec<i16>,
}

/// The values that there are.
enum Values {
    Boolean(Vec<bool>),
    Integer(Vec<i64>),
    /// Numbers of 64 bits, which the format keeps as if they had a sign.
    Unsigned(Vec<i64>),
    Double(Vec<f64>),
    /// Texts one behind the other, and their lengths.
    Text(Vec<u8>, Vec<usize>),
}

impl<'a> Groups<'a> {
    pub(super) fn new(
        file: &'a mut File,
        columns: &[Column],
        about: &[(&str, String)],
    ) -> io::Result<Self> {
        let fields = columns.iter().map(|column| field(column).map(Arc::new));
        let schema = Type::group_type_builder("rows")
            .with_fields(fields.collect::<Result<_>>()?)
            .build()?;
        let by = concat!("sparse-parity version ", env!("CARGO_PKG_VERSION"));
        let about = about.iter().map(|(name, text)| {
            let name = format!("sparse-parity.{name}");
            KeyValue::new(name, text.clone())
        });
        let properties = WriterProperties::builder()
            .set_created_by(by.into())
            .set_key_value_metadata(Some(about.collect()))
            .set_compression(Compression::SNAPPY)
            // Those of pages would be kept in memory to the end.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        let collected = |column: &Column| {
            let (scalar, is_list) = parts(column.kind);
            Collected {
                values: Values::of(scalar),
                is_list,
                levels: Vec::new(),
                repeats: Vec::new(),
            }
        };
        Ok(Groups {
            file,
            columns: columns.iter().map(collected).collect(),
            lines: 0,
        })
    }

    /// Writes the lines that were collected.
    fn end_group(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let mut to = group.next_column()?.expect("a writer for each column");
            column.write(&mut to)?;
            to.close()?;
        }
        group.close()?;
        self.lines = 0;
        Ok(())
    }
}

impl Lines for Groups<'_> {
    fn write(&mut self, line: Vec<String>) -> io::Result<()> {
        for (column, text) in self.columns.iter_mut().zip(line) {
            column.push(&text)?;
        }
        self.lines += 1;
        if self.lines == LINES {
            self.end_group()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.lines > 0 {
            self.end_group()?;
        }
        self.file.close()?;
        Ok(())
    }
}

fn parts(kind: Kind) -> (Scalar, bool) {
    match kind {
        Kind::One(scalar) => (scalar, false),
        Kind::List(scalar) => (scalar, true),
    }
}

/// The description of a column; a list is a group of a repeated group, as the format demands.
fn field(column: &Column) -> Result<Type> {
    let (scalar, is_list) = parts(column.kind);
    let one = |name: &str| {
        let (physical, logical) = match scalar {
            Scalar::Boolean => (Physical::BOOLEAN, None),
            Scalar::Integer => (Physical::INT64, None),
            Scalar::Unsigned => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Scalar::Double => (Physical::DOUBLE, None),
            Scalar::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    };
    if !is_list {
        return one(&column.name);
    }
    let items = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(one("element")?)])
        .build()?;
    Type::group_type_builder(&column.name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(items)])
        .build()
}

impl Values {
    /// None yet.
    fn of(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Boolean => Values::Boolean(Vec::new()),
            Scalar::Integer => Values::Integer(Vec::new()),
            Scalar::Unsigned => Values::Unsigned(Vec::new()),
            Scalar::Double => Values::Double(Vec::new()),
            Scalar::Text => Values::Text(Vec::new(), Vec::new()),
        }
    }

    fn push(&mut self, text: &str) -> io::Result<()> {
        match self {
            Values::Boolean(values) => values.push(parse(text)?),
            Values::Integer(values) => values.push(parse(text)?),
            Values::Unsigned(values) => values.push(parse::<u64>(text)?.cast_signed()),
            Values::Double(values) => values.push(parse(text)?),
            Values::Text(all, lengths) => {
                all.extend(text.as_bytes());
                lengths.push(text.len());
            }
        }
        Ok(())
    }
}

/// The levels of a list: there is none, it is empty, an item has no value, an item has one.
const NONE: i16 = 0;
const EMPTY: i16 = 1;
const NULL: i16 = 2;
const ITEM: i16 = 3;

impl Collected {
    /// Adds what a line has, which is nothing if it is empty.
    fn push(&mut self, text: &str) -> io::Result<()> {
        if self.is_list {
            return self.push_list(text);
        }
        self.levels.push(i16::from(!text.is_empty()));
        if text.is_empty() {
            return Ok(());
        }
        self.values.push(text)
    }

    fn push_list(&mut self, text: &str) -> io::Result<()> {
        let items: Option<Vec<Value>> = match text {
            "" => None,
            text => Some(serde_json::from_str(text)?),
        };
        let Some(items) = items.as_deref().filter(|items| !items.is_empty()) else {
            self.levels.push(if items.is_some() { EMPTY } else { NONE });
            self.repeats.push(0);
            return Ok(());
        };
        for (place, item) in items.iter().enumerate() {
            self.repeats.push(i16::from(place > 0));
            self.levels.push(if item.is_null() { NULL } else { ITEM });
            match item {
                Value::Null => {}
                Value::String(text) => self.values.push(text)?,
                other => self.values.push(&other.to_string())?,
            }
        }
        Ok(())
    }

    /// Writes a group, and begins the next.
    fn write(&mut self, to: &mut SerializedColumnWriter) -> Result<()> {
        let has = Some(&self.levels[..]);
        let repeats = self.is_list.then_some(&self.repeats[..]);
        match &mut self.values {
            Values::Boolean(values) => {
                to.typed::<BoolType>().write_batch(values, has, repeats)?;
                values.clear();
            }
            Values::Integer(values) | Values::Unsigned(values) => {
                to.typed::<Int64Type>().write_batch(values, has, repeats)?;
                values.clear();
            }
            Values::Double(values) => {
                to.typed::<DoubleType>().write_batch(values, has, repeats)?;
                values.clear();
            }
            Values::Text(all, lengths) => {
                let all = ByteArray::from(std::mem::take(all));
                let mut from = 0;
                let texts = lengths.drain(..).map(|length| {
                    from += length;
                    all.slice(from - length, length)
                });
                let texts: Vec<ByteArray> = texts.collect();
                to.typed::<ByteArrayType>()
                    .write_batch(&texts, has, repeats)?;
            }
        }
        self.levels.clear();
        self.repeats.clear();
        Ok(())
    }
}

fn parse<T: FromStr<Err: Error + Send + Sync>>(text: &str) -> io::Result<T>
where
    T::Err: 'static,
{
    let broken = |error| io::Error::other(format!("{text:?} in a column of numbers: {error}"));
    text.parse().map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    fn columns() -> [Column; 4] {
        let numbers = Kind::List(Scalar::Integer);
        [
            Column::one("run", Scalar::Integer),
            Column::one("error", Scalar::Text),
            Column::new("times", numbers),
            Column::new("names", Kind::List(Scalar::Text)),
        ]
    }

    #[test]
    fn lists_are_lists() {
        let mut file = tempfile::tempfile().unwrap();
        let mut groups = Box::new(Groups::new(&mut file, &columns(), &[]).unwrap());
        for (times, names) in [("[1,null,3]", ""), ("", "[]"), ("[]", r#"["a","b c"]"#)] {
            let line = ["0", "", times, names].map(Into::into).to_vec();
            groups.write(line).unwrap();
        }
        groups.finish().unwrap();
        let file = SerializedFileReader::new(file).unwrap();
        let list = |field: &Field| match field {
            Field::Null => None,
            Field::ListInternal(list) => Some(
                list.elements()
                    .iter()
                    .map(|item| item.to_string())
                    .collect::<Vec<_>>(),
            ),
            other => panic!("{other:?}"),
        };
        let rows: Vec<_> = file
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                let row = row.unwrap();
                let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
                (list(fields[2]), list(fields[3]))
            })
            .collect();
        let texts = |items: &[&str]| Some(items.iter().map(|it| it.to_string()).collect());
        type Texts = Option<Vec<String>>;
        let expected: [(Texts, Texts); 3] = [
            (texts(&["1", "null", "3"]), None),
            (None, texts(&[])),
            (texts(&[]), texts(&["\"a\"", "\"b c\""])),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn lines_beyond_a_group_begin_another() {
        let line = |place: usize| {
            let error = match place % 3 {
                1 => format!("reason {}", place % 1000),
                _ => String::new(),
            };
            vec![
                place.to_string(),
                error,
                format!("[{place}]"),
                String::new(),
            ]
        };
        let mut file = tempfile::tempfile().unwrap();
        let mut groups = Box::new(Groups::new(&mut file, &columns(), &[]).unwrap());
        let lines = LINES + 10;
        for place in 0..lines {
            groups.write(line(place)).unwrap();
        }
        groups.finish().unwrap();
        let file = SerializedFileReader::new(file).unwrap();
        let groups = file.metadata().row_groups().iter();
        let sizes: Vec<i64> = groups.map(|group| group.num_rows()).collect();
        assert_eq!(sizes, [LINES as i64, 10]);
        let mut count = 0;
        // Those of the second group, and some of the first.
        for (place, row) in file.get_row_iter(None).unwrap().enumerate() {
            let row = row.unwrap();
            count += 1;
            if place % 997 == 0 || place >= LINES {
                let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
                assert_eq!(fields[0], &Field::Long(place as i64));
                let error = match &line(place)[1] {
                    empty if empty.is_empty() => Field::Null,
                    error => Field::Str(error.clone()),
                };
                assert_eq!(fields[1], &error);
            }
        }
        assert_eq!(count, lines);
    }

    #[test]
    fn a_text_that_is_no_number_is_refused_in_a_column_of_numbers() {
        let mut file = tempfile::tempfile().unwrap();
        let mut groups = Groups::new(&mut file, &columns(), &[]).unwrap();
        let told = groups.write(vec!["x".into()]).unwrap_err().to_string();
        assert!(told.contains("\"x\" in a column of numbers"), "{told}");
    }
}
