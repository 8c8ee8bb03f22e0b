//! The table as a Parquet file.
//!
//! A column of a Parquet file lies together, so lines are collected to groups of a bounded size. Nothing
//! in the file is from a clock or from chance, and the form that columns have is known from the sweep
//! alone: the same rows are the same bytes.

use super::columns::Columns;
use super::fields::Kind;
use super::format::Lines;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
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
    columns: Vec<Column>,
}

/// A column of the group that is being collected.
struct Column {
    values: Values,
    /// For each line 1, or 0 if it has no value.
    has: Vec<i16>,
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
    pub(super) fn new(file: &'a mut File, columns: &Columns) -> io::Result<Self> {
        let fields = columns.all.iter().map(|column| {
            let values = Values::of(column.kind);
            Ok(Arc::new(values.field(&column.name)?))
        });
        let schema = Type::group_type_builder("rows")
            .with_fields(fields.collect::<Result<_>>()?)
            .build()?;
        let by = concat!("sparse-parity version ", env!("CARGO_PKG_VERSION"));
        let properties = WriterProperties::builder()
            .set_created_by(by.into())
            .set_compression(Compression::SNAPPY)
            // Those of pages would be kept in memory to the end.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        let has = Vec::new;
        let columns = columns.all.iter().map(|column| Column {
            values: Values::of(column.kind),
            has: has(),
        });
        let columns = columns.collect();
        Ok(Groups { file, columns })
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
        Ok(())
    }

    fn lines(&self) -> usize {
        self.columns[0].has.len()
    }
}

impl Lines for Groups<'_> {
    fn write(&mut self, line: Vec<String>) -> io::Result<()> {
        for (column, text) in self.columns.iter_mut().zip(line) {
            column.push(&text)?;
        }
        if self.lines() == LINES {
            self.end_group()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.lines() > 0 {
            self.end_group()?;
        }
        self.file.close()?;
        Ok(())
    }
}

impl Values {
    /// None yet.
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Boolean => Values::Boolean(Vec::new()),
            Kind::Integer => Values::Integer(Vec::new()),
            Kind::Unsigned => Values::Unsigned(Vec::new()),
            Kind::Double => Values::Double(Vec::new()),
            Kind::Text => Values::Text(Vec::new(), Vec::new()),
        }
    }

    fn field(&self, name: &str) -> Result<Type> {
        let (physical, logical) = match self {
            Values::Boolean(_) => (Physical::BOOLEAN, None),
            Values::Integer(_) => (Physical::INT64, None),
            Values::Unsigned(_) => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Values::Double(_) => (Physical::DOUBLE, None),
            Values::Text(..) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    }
}

impl Column {
    /// Adds what a line has, which is nothing if it is empty.
    fn push(&mut self, text: &str) -> io::Result<()> {
        self.has.push(i16::from(!text.is_empty()));
        if text.is_empty() {
            return Ok(());
        }
        match &mut self.values {
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

    /// Writes a group, and begins the next.
    fn write(&mut self, to: &mut SerializedColumnWriter) -> Result<()> {
        let has = Some(&self.has[..]);
        match &mut self.values {
            Values::Boolean(values) => {
                to.typed::<BoolType>().write_batch(values, has, None)?;
                values.clear();
            }
            Values::Integer(values) | Values::Unsigned(values) => {
                to.typed::<Int64Type>().write_batch(values, has, None)?;
                values.clear();
            }
            Values::Double(values) => {
                to.typed::<DoubleType>().write_batch(values, has, None)?;
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
                to.typed::<ByteArrayType>().write_batch(&texts, has, None)?;
            }
        }
        self.has.clear();
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
    use crate::sweep::{Cell, Seeding, Sweep};
    use crate::trial::{Learner, MlpSettings, PolyNetSettings, Trial};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    use std::collections::BTreeMap;
    use std::fs;

    /// Solved, unsolved and refused runs, some with seeds beyond what signed numbers hold.
    fn sweep() -> Sweep {
        let polynet = Learner::PolyNet(PolyNetSettings::default());
        let solved = Trial {
            learner: polynet,
            rate: 0.05.into(),
            ..Trial::new(8, 2)
        };
        let learner = Learner::Mlp(MlpSettings {
            width: 12,
            ..MlpSettings::default()
        });
        let unsolved = Trial {
            learner: learner.clone(),
            max_steps: 3,
            rate: 1.0.into(),
            ..Trial::new(10, 2)
        };
        let refused = Trial {
            learner,
            batch: 0,
            ..Trial::new(10, 2)
        };
        let last = Seeding::Crossed {
            first: u64::MAX - 2,
            inits: 2,
            streams: 2,
        };
        Sweep::new([
            Cell::new(solved, 5),
            Cell {
                experiment: unsolved,
                seeding: last,
            },
            Cell::new(refused, 2),
        ])
        .unwrap()
    }

    /// What the text of the other table is as a value, which knows its type.
    fn is_same(field: &Field, text: &str) -> bool {
        match field {
            Field::Null => text.is_empty(),
            Field::Bool(value) => text.parse() == Ok(*value),
            Field::Long(value) => text.parse() == Ok(*value),
            Field::ULong(value) => text.parse() == Ok(*value),
            Field::Double(value) => text.parse() == Ok(*value),
            Field::Str(value) => !text.is_empty() && text == value,
            _ => false,
        }
    }

    #[test]
    fn both_forms_of_the_table_say_the_same() {
        let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
        let rows = folder.path().join("rows");
        sweep.run(&rows, |_| ()).unwrap();
        let [plain, typed] = ["t.csv", "t.parquet"].map(|name| folder.path().join(name));
        let tally = sweep.gather(&rows, &plain).unwrap();
        assert_eq!((tally.done, tally.refused), (11, 2));
        assert_eq!(sweep.gather(&rows, &typed).unwrap(), tally);

        let mut plain = csv::Reader::from_path(&plain).unwrap();
        let names = plain.headers().unwrap().clone();
        let file = SerializedFileReader::new(File::open(&typed).unwrap()).unwrap();
        let mut types = BTreeMap::new();
        let mut fields = file.get_row_iter(None).unwrap();
        for line in plain.records() {
            let (line, row) = (line.unwrap(), fields.next().unwrap().unwrap());
            assert_eq!(row.len(), names.len());
            for (column, (name, field)) in row.get_column_iter().enumerate() {
                assert_eq!(name, &names[column]);
                let text = &line[column];
                assert!(is_same(field, text), "{name}: {field:?} for {text:?}");
                if *field != Field::Null {
                    types.insert(name.clone(), std::mem::discriminant(field));
                }
            }
        }
        assert!(fields.next().is_none());

        let is = |name: &str, field| {
            assert_eq!(
                types.get(name),
                Some(&std::mem::discriminant(&field)),
                "{name}"
            );
        };
        for name in ["cell", "run", "t", "steps", "n", "batch", "learner.width"] {
            is(name, Field::Long(0));
        }
        is("seeds.init", Field::ULong(0));
        is("final_accuracy", Field::Double(0.0));
        is("rate.constant", Field::Double(0.0));
        is("learner.output_bias", Field::Bool(true));
        for name in ["key", "status", "support", "error", "learner.model"] {
            is(name, Field::Str(String::new()));
        }
    }

    #[test]
    fn the_same_rows_are_the_same_bytes() {
        let (sweep, folder) = (sweep(), tempfile::tempdir().unwrap());
        let of = |shards: u64| {
            let rows = folder.path().join(shards.to_string());
            for index in (0..shards).rev() {
                let attempt = crate::sweep::Attempt {
                    shard: crate::sweep::Shard::new(index, shards).unwrap(),
                    ..Default::default()
                };
                sweep.attempt(&rows, &attempt, |_| ()).unwrap();
            }
            let to = rows.join("table.parquet");
            assert_eq!(sweep.gather(&rows, &to).unwrap().done, sweep.len());
            fs::read(&to).unwrap()
        };
        assert!(of(1) == of(3));
    }

    #[test]
    fn lines_beyond_a_group_begin_another() {
        let columns = Columns::of(&sweep());
        let line = |place: usize| {
            let of = |name: &String| match name.as_str() {
                "run" => place.to_string(),
                "t" if place % 3 == 1 => (7 * place).to_string(),
                "error" => format!("reason {}", place % 1000),
                _ => String::new(),
            };
            columns
                .all
                .iter()
                .map(|column| of(&column.name))
                .collect::<Vec<String>>()
        };
        let mut file = tempfile::tempfile().unwrap();
        let mut groups = Box::new(Groups::new(&mut file, &columns).unwrap());
        let lines = LINES + 10;
        for place in 0..lines {
            groups.write(line(place)).unwrap();
        }
        groups.finish().unwrap();
        let file = SerializedFileReader::new(file).unwrap();
        let sizes = file
            .metadata()
            .row_groups()
            .iter()
            .map(|group| group.num_rows());
        assert_eq!(sizes.collect::<Vec<_>>(), [LINES as i64, 10]);
        let mut count = 0;
        // Those of the second group, and some of the first.
        for (place, row) in file.get_row_iter(None).unwrap().enumerate() {
            let row = row.unwrap();
            count += 1;
            if place % 997 == 0 || place >= LINES {
                let fields = row.get_column_iter().map(|(_, field)| field);
                for (field, text) in fields.zip(line(place)) {
                    assert!(is_same(field, &text), "{field:?} for {text:?}");
                }
            }
        }
        assert_eq!(count, lines);
    }

    #[test]
    fn a_text_that_is_no_number_is_refused_in_a_column_of_numbers() {
        let columns = Columns::of(&sweep());
        let mut file = tempfile::tempfile().unwrap();
        let mut groups = Groups::new(&mut file, &columns).unwrap();
        let told = groups.write(vec!["x".into()]).unwrap_err().to_string();
        assert!(told.contains("\"x\" in a column of numbers"), "{told}");
    }
}
