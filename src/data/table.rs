use super::{Batch, Bits};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::signs::Signs;
use crate::tables::{Take, read};
use ndarray::Array1;
use std::path::Path;

/// Rows that are turned into signs at a time.
const PART: usize = 4096;

/// Examples from a file, with the names of their columns.
///
/// The file is CSV with a header, or JSON lines, or Parquet with the feature `parquet`, as the end of its name says: `.csv`,
/// `.jsonl` or `.parquet`. The last column is the label, the others are the coordinates.
///
/// ```
/// use sparse_parity::data::{Bits, ExampleTable};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("examples.csv");
/// std::fs::write(&path, "left,right,label\n0,1,1\n1,1,0\n")?;
/// let table = ExampleTable::<f32>::read(&path, Bits::ZeroOne)?;
/// assert_eq!((table.names, table.label.as_str()), (vec!["left".into(), "right".into()], "label"));
/// assert_eq!((table.examples.x.dim(), table.examples.len()), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleTable<F: Real> {
    /// The names of the coordinates.
    pub names: Vec<String>,
    /// The name of the label.
    pub label: String,
    /// The examples, in the order of the file.
    pub examples: Batch<F>,
}

impl<F: Real> ExampleTable<F> {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Entry`] for the first entry that is no sign, [`Error::Columns`] if there are fewer than two columns,
    /// [`Error::Zero`] without examples, [`Error::Io`] if the file cannot be read or is not what its name says,
    /// [`Error::InvalidSetting`] for another name.
    pub fn read(path: impl AsRef<Path>, bits: Bits) -> Result<Self> {
        let path = path.as_ref();
        let mut rows = Rows {
            path,
            bits,
            names: Vec::new(),
            negative: Vec::new(),
            inputs: None,
            labels: Vec::new(),
        };
        read(path, &mut rows)?;
        rows.table()
    }
}

/// Examples as they are read.
struct Rows<'a> {
    path: &'a Path,
    bits: Bits,
    /// The names of all columns.
    names: Vec<String>,
    /// Whether entries are −1, of the rows that are not among the inputs yet.
    negative: Vec<bool>,
    inputs: Option<Signs>,
    /// Whether labels are −1.
    labels: Vec<bool>,
}

impl Take for Rows<'_> {
    type Error = Error;

    fn head(&mut self, names: Vec<String>) -> Result<()> {
        if names.len() < 2 {
            return Err(Error::Columns {
                place: self.path.display().to_string(),
                found: names.len(),
            });
        }
        self.inputs = Some(Signs::without_rows(names.len() - 1)?);
        self.names = names;
        Ok(())
    }

    fn value(&mut self, column: usize, text: &str) -> Result<()> {
        let value = match text {
            "true" | "True" => Some(1.0),
            "false" | "False" => Some(0.0),
            number => number.parse().ok(),
        };
        let is_negative = self.bits.is_negative(value);
        let is_negative = is_negative.map_err(|repair| Error::Entry {
            place: self.path.display().to_string(),
            row: self.labels.len(),
            column: self.names[column].clone(),
            value: match text {
                "" => "empty".into(),
                text => text.into(),
            },
            repair,
        })?;
        match column + 1 == self.names.len() {
            true => self.labels.push(is_negative),
            false => self.negative.push(is_negative),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if self.labels.len().is_multiple_of(PART) {
            self.flush()?;
        }
        Ok(())
    }
}

impl Rows<'_> {
    fn flush(&mut self) -> Result<()> {
        let n = self.names.len() - 1;
        let rows = self.negative.len() / n;
        if rows > 0 {
            let mut part = Signs::ones(rows, n)?;
            part.fill_with(|row, column| self.negative[row * n + column]);
            let inputs = self.inputs.as_mut().expect("a file has a head");
            inputs.append(&part);
            self.negative.clear();
        }
        Ok(())
    }

    fn table<F: Real>(mut self) -> Result<ExampleTable<F>> {
        self.flush()?;
        let what = "the number of examples m";
        let x = self.inputs.filter(|x| x.rows() > 0);
        let x = x.ok_or(Error::Zero { what })?;
        let sign = |is_negative| if is_negative { -F::one() } else { F::one() };
        let y: Array1<F> = self.labels.into_iter().map(sign).collect();
        let label = self.names.pop().unwrap_or_default();
        Ok(ExampleTable {
            names: self.names,
            label,
            examples: Batch { x, y },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn read(name: &str, text: &str, bits: Bits) -> Result<ExampleTable<f64>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        ExampleTable::read(path, bits)
    }

    #[test]
    fn every_form_of_a_file_is_the_same_examples() {
        let csv = read("t.csv", "z,a,y\n0, 1,True\n1,1.0,0\n", Bits::ZeroOne).unwrap();
        let lines = "{\"z\":0,\"a\":1,\"y\":true}\n{\"z\":1,\"y\":false,\"a\":1}\n";
        let json = read("t.jsonl", lines, Bits::ZeroOne).unwrap();
        let signs = read("t.csv", "z,a,y\n1,-1,-1\n-1,-1,1\n", Bits::PlusMinus).unwrap();
        assert_eq!((&json, &signs), (&csv, &csv));
        assert_eq!(
            csv.examples.x.to_array::<f64>(),
            array![[1.0, -1.0], [-1.0, -1.0]]
        );
        assert_eq!(csv.examples.y, array![-1.0, 1.0]);
        assert_eq!(
            (csv.names, csv.label),
            (vec!["z".into(), "a".into()], "y".into())
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let told = |name: &str, text: &str| {
            let table = read(name, text, Bits::ZeroOne);
            table.unwrap_err().to_string()
        };
        for (name, text, words) in [
            (
                "t.csv",
                "a,b\n0,1\n0,2\n",
                "column b of example 1, counted from 0, is 2",
            ),
            ("t.csv", "a,b\n0,-1\n", "say that they are pm1"),
            ("t.csv", "a,b\n0,\n", "is empty"),
            ("t.csv", "a\n0\n", "1 columns"),
            ("t.csv", "a,b\n", "the number of examples m is 0"),
            ("t.csv", "a,b\n0\n", "t.csv"),
            ("t.jsonl", "{\"a\":0,\"b\":1}\nnonsense\n", "line 2"),
            ("t.jsonl", "", "0 columns"),
            ("t.txt", "a,b\n0,1\n", ".csv"),
        ] {
            let told = told(name, text);
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn files_longer_than_a_part_keep_their_order() {
        let bit = |row: usize, i: usize| row >> i & 1;
        let mut text = "a,b,c,y\n".to_owned();
        let m = 2 * PART + 3;
        for row in 0..m {
            let [a, b, c, y] = [0, 1, 2, 3].map(|i| bit(row, i));
            text += &format!("{a},{b},{c},{y}\n");
        }
        let examples = read("t.csv", &text, Bits::ZeroOne).unwrap().examples;
        assert_eq!(examples.len(), m);
        let x = examples.x.to_array::<f64>();
        for row in 0..m {
            let sign = |i| 1.0 - 2.0 * bit(row, i) as f64;
            assert_eq!(
                (x[(row, 0)], x[(row, 2)], examples.y[row]),
                (sign(0), sign(2), sign(3))
            );
        }
    }
}

#[cfg(all(test, feature = "parquet"))]
mod parquet_tests {
    use super::*;
    use parquet::data_type::{BoolType, DataType, DoubleType, Int32Type, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::fs::File;
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

    /// The number of labels that are not that parity.
    fn wrong(examples: &Batch<f32>, support: &[usize]) -> usize {
        let is_odd = |row: usize| {
            support
                .iter()
                .filter(|&&i| examples.x.is_negative(row, i))
                .count()
                % 2
                == 1
        };
        (0..examples.len())
            .filter(|&row| is_odd(row) != (examples.y[row] < 0.0))
            .count()
    }

    #[test]
    fn tables_of_parquet_are_read_whatever_the_type_and_the_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let sign = |is_set: bool| if is_set { -1.0 } else { 1.0 };
        let rows = PART + 100;
        let mut tables: Vec<ExampleTable<f32>> = Vec::new();
        write::<BoolType>(&path, "boolean", &columns(rows, |is_set| is_set), 1000);
        tables.push(ExampleTable::read(&path, Bits::ZeroOne).unwrap());
        write::<Int32Type>(&path, "int32", &columns(rows, i32::from), rows);
        tables.push(ExampleTable::read(&path, Bits::ZeroOne).unwrap());
        write::<Int64Type>(&path, "int64", &columns(rows, i64::from), 7);
        tables.push(ExampleTable::read(&path, Bits::ZeroOne).unwrap());
        write::<DoubleType>(&path, "double", &columns(rows, sign), 4096);
        tables.push(ExampleTable::read(&path, Bits::PlusMinus).unwrap());
        for ExampleTable {
            names, examples, ..
        } in &tables
        {
            assert_eq!(names, &["a", "b", "c"]);
            assert_eq!((examples.len(), wrong(examples, &[0, 2])), (rows, 0));
            assert!(wrong(examples, &[0, 1]) > 1000);
        }
    }

    #[test]
    fn entries_of_parquet_that_are_no_bits_are_told_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let mut entries = columns(9, i32::from);
        entries[1][6] = 2;
        write::<Int32Type>(&path, "int32", &entries, 4);
        let told = ExampleTable::<f32>::read(&path, Bits::ZeroOne)
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("column b of example 6") && told.contains("is 2"),
            "{told}"
        );
        std::fs::write(&path, "PAR1 and no more").unwrap();
        let told = ExampleTable::<f32>::read(&path, Bits::ZeroOne)
            .unwrap_err()
            .to_string();
        assert!(told.contains("t.parquet"), "{told}");
    }
}
