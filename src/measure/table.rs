use std::fmt;

/// Numbers in named columns, such as what a [`Recorder`](super::Recorder) wrote down.
///
/// It prints as columns for people, and is written as CSV or JSON for programs:
///
/// ```
/// use sparse_parity::prelude::*;
///
/// let seeds = Seeds::from(1);
/// let model = Mlp::new(20, 10, Relu)?;
/// let theta = Params::<f32>::draw(model.layout(), &mut seeds.stream(Purpose::Init));
/// let mut recorder = Recorder::new(Interval::every(50)?).with(BatchLoss);
/// let stream = Online::new(ParityDistribution::new(20, &[1, 2])?, &seeds);
/// let sgd = Sgd::new(model.layout(), Rule::rate(0.1))?;
/// Trainer::new(model, Hinge, stream, sgd, theta, 32)?.run(100, &mut recorder);
///
/// let table = recorder.table();
/// assert!(table.to_csv().starts_with("step,batch loss\n0,"));
/// assert!(table.to_json().starts_with(r#"[{"step":0,"batch loss":"#));
/// assert!(table.to_string().starts_with(" step"));
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Stored")
)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
}

/// The serialised form, whose rows may not be as long as there are columns.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Table {
    type Error = crate::Error;

    fn try_from(Stored { columns, rows }: Stored) -> crate::Result<Self> {
        let expected = crate::error::positive("the number of columns", columns.len())?;
        match rows.iter().find(|row| row.len() != expected) {
            None => Ok(Table { columns, rows }),
            Some(row) => Err(crate::Error::Mismatch {
                what: "the length of a row of a table",
                expected,
                found: row.len(),
                repair: "give it a number for each column",
            }),
        }
    }
}

impl Table {
    pub(super) fn new(columns: &[&str]) -> Self {
        Table {
            columns: columns.iter().map(|&name| name.into()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a heading.
    pub(super) fn head(&mut self, name: &str) {
        self.columns.push(name.into());
    }

    /// Adds a row, which has a number for each heading.
    pub(super) fn push(&mut self, row: Vec<f64>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// The headings.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows, each as long as there are columns.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// The numbers below the heading `name`, the first of that name, or `None` if there is none.
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        let place = self.columns.iter().position(|column| column == name)?;
        Some(self.rows.iter().map(|row| row[place]).collect())
    }

    /// The table as CSV: the headings, and a line a row.
    ///
    /// Numbers are the shortest that are read as the same again; those that are none are `NaN`, `inf` and `-inf`.
    pub fn to_csv(&self) -> String {
        let quoted = |name: &String| match name.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", name.replace('"', "\"\"")),
            false => name.clone(),
        };
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let head = line(self.columns.iter().map(quoted).collect());
        let rows = self.rows.iter();
        let rows = rows.map(|row| line(row.iter().map(|value| number(*value)).collect()));
        head + &rows.collect::<String>()
    }

    /// The table as JSON: an array with an object a row, whose fields are the columns.
    ///
    /// JSON has no NaN and no infinity; they are `null`.
    pub fn to_json(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect();
        let field = |(name, value): (&String, &f64)| match value.is_finite() {
            true => format!("{name}:{}", number(*value)),
            false => format!("{name}:null"),
        };
        let object = |row: &Vec<f64>| {
            let fields: Vec<String> = names.iter().zip(row).map(field).collect();
            format!("{{{}}}", fields.join(","))
        };
        let rows: Vec<String> = self.rows.iter().map(object).collect();
        format!("[{}]", rows.join(",\n"))
    }
}

/// Columns of numbers with six digits.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &f64| match short(*value) {
            text if text.len() < number(*value).len() => text,
            _ => number(*value),
        };
        let rows = self.rows.iter().map(|row| row.iter().map(text).collect());
        let lines: Vec<Vec<String>> = std::iter::once(self.columns.clone()).chain(rows).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
        let widths: Vec<usize> = (0..self.columns.len()).filter_map(width).collect();
        for line in lines {
            for (cell, width) in line.iter().zip(&widths) {
                write!(f, " {cell:>width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The shortest text that is read as the same number.
fn number(value: f64) -> String {
    let is_plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
    match is_plain || !value.is_finite() {
        true => value.to_string(),
        false => format!("{value:e}"),
    }
}

/// Six digits.
fn short(value: f64) -> String {
    match (1e-3..1e6).contains(&value.abs()) {
        true => {
            let whole = value.abs().log10().floor().max(0.0) as usize;
            format!("{value:.*}", 5 - whole)
        }
        false => format!("{value:.5e}"),
    }
}

/// A text of JSON.
fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if u32::from(c) < 0x20 => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["step", "a,\"b\"\n"]);
        for (step, value) in [(0.0, 0.1 + 0.2), (7.0, f64::NAN), (1e5, -1e-30)] {
            table.push(vec![step, value]);
        }
        table
    }

    #[test]
    fn csv_has_every_digit_and_quotes_what_has_to_be() {
        let expected = "step,\"a,\"\"b\"\"\n\"\n0,0.30000000000000004\n7,NaN\n100000,-1e-30\n";
        assert_eq!(table().to_csv(), expected);
    }

    #[test]
    #[cfg(feature = "sweep")]
    fn json_is_read_as_it_was() {
        let read: serde_json::Value = serde_json::from_str(&table().to_json()).unwrap();
        assert_eq!(read[0]["a,\"b\"\n"], 0.1 + 0.2);
        assert!(read[1]["a,\"b\"\n"].is_null());
        assert_eq!(
            (read[2]["step"].as_f64(), read.as_array().unwrap().len()),
            (Some(1e5), 3)
        );
        assert_eq!(Table::new(&["step"]).to_json(), "[]");
    }

    #[test]
    fn a_printed_table_has_columns_of_six_digits() {
        let mut table = Table::new(&["step", "loss"]);
        for row in [[0.0, 1.0 / 3.0], [100.0, 12.5], [1000.0, 1e-9]] {
            table.push(row.to_vec());
        }
        let expected = " step    loss\n    0 0.33333\n  100    12.5\n 1000    1e-9\n";
        assert_eq!(table.to_string(), expected);
    }
}
