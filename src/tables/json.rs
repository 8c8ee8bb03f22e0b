//! The table as JSON lines: an object a line.

use super::{Column, Kind, Lines, Scalar};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// A file of objects, whose fields are the columns in their order.
pub(super) struct Objects<'a> {
    file: BufWriter<&'a mut File>,
    /// The names as JSON, and whether values are texts.
    columns: Vec<(String, bool)>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(file: &'a mut File, columns: &[Column]) -> Self {
        let column = |column: &Column| {
            let name = Value::from(column.name.as_str()).to_string();
            (name, column.kind == Kind::One(Scalar::Text))
        };
        Objects {
            file: BufWriter::new(file),
            columns: columns.iter().map(column).collect(),
        }
    }
}

impl Lines for Objects<'_> {
    fn write(&mut self, line: Vec<String>) -> io::Result<()> {
        let mut fields = Vec::with_capacity(line.len());
        for ((name, is_text), text) in self.columns.iter().zip(line) {
            let value = match (is_text, text.as_str()) {
                // JSON has no NaN and no infinity.
                (_, "") | (false, "NaN" | "inf" | "-inf") => "null".into(),
                (true, _) => Value::from(text).to_string(),
                // Numbers, true and false, and lists are JSON.
                (false, _) => text,
            };
            fields.push(format!("{name}:{value}"));
        }
        writeln!(self.file, "{{{}}}", fields.join(","))
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file.flush()
    }
}
