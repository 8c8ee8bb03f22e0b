//! The columns of the table, and the line of a run.

use super::fields::fields;
use super::rows::Provenance;
use crate::experiment::Experiment;
use crate::schema::Leaf;
use crate::seeds::Seeds;
use crate::sweep::{Cell, Row, RowResult, Sweep};
use crate::tables::{Column, Scalar};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The version of the columns: it rises whenever a column gets another name, kind or place.
pub(super) const VERSION: u32 = 2;

/// The columns of a gathered table, and how the rows of a sweep fill them.
///
/// They depend on the type of the experiment alone, so that tables of several sweeps can be put together.
pub(super) struct Columns {
    /// The columns, in the order of the table.
    pub(super) all: Vec<Column>,
    /// The texts of the columns of settings, of each cell.
    settings: Vec<Vec<String>>,
    /// The labels of the cells.
    labels: Vec<String>,
    /// The names of the fields of an outcome; empty if it has none.
    outcome: Vec<String>,
    has_provenance: bool,
}

/// How a run ended: the field of that name if an outcome has one.
const STATUS: &str = "status";
const ERROR: &str = "error";
/// The only column of an outcome without fields.
const OUTCOME: &str = "outcome";
/// The status of a run that has an outcome without a status, and of one without an outcome.
const DONE: &str = "done";
const FAILED: &str = "error";
/// Where all settings stand as JSON, if their type does not tell which there can be.
const SETTINGS: &str = "settings";
const FIVE: [&str; 5] = [
    "seeds.support",
    "seeds.init",
    "seeds.train",
    "seeds.noise",
    "seeds.eval",
];
/// Where a row is from.
const PROVENANCE: [(&str, Scalar); 7] = [
    ("row.seconds", Scalar::Double),
    ("row.version", Scalar::Text),
    ("row.revision", Scalar::Integer),
    ("row.git", Scalar::Text),
    ("row.host", Scalar::Text),
    ("row.begin", Scalar::Text),
    ("row.file", Scalar::Text),
];

/// The columns that tell which run a line is of.
pub(super) fn of_run() -> Vec<Column> {
    vec![
        Column::one("cell", Scalar::Integer),
        Column::one("run", Scalar::Integer),
        Column::one("key", Scalar::Text),
    ]
}

/// The column of a field of an outcome; `outcome.` is added to a name that another column has.
fn of_outcome(field: &Column) -> Column {
    let is_taken = ["cell", "run", "key", "label", ERROR].contains(&field.name.as_str());
    match is_taken {
        true => Column::new(format!("outcome.{}", field.name), field.kind),
        false => field.clone(),
    }
}

/// The columns of its seeds.
pub(super) fn of_seeds() -> impl Iterator<Item = Column> {
    FIVE.iter().map(|name| Column::one(*name, Scalar::Unsigned))
}

/// Their texts.
pub(super) fn seeds(seeds: &Seeds) -> impl Iterator<Item = String> + use<> {
    let five = [
        seeds.support,
        seeds.init,
        seeds.train,
        seeds.noise,
        seeds.eval,
    ];
    five.into_iter().map(|seed| seed.to_string())
}

impl Columns {
    pub(super) fn of<E: Experiment>(sweep: &Sweep<E>, has_provenance: bool) -> Self {
        let outcome = fields::<E::Outcome>();
        let schema = E::schema();
        let leaves = schema.leaves();
        let taken: Vec<&str> = outcome
            .iter()
            .map(|column| column.name.as_str())
            .chain([STATUS, ERROR, OUTCOME, SETTINGS])
            .collect();
        let setting = |leaf: &Leaf| match leaf.name() {
            name if taken.contains(&name.as_str()) => Column::new(name + ".given", leaf.kind),
            name => Column::new(name, leaf.kind),
        };
        let mut all = of_run();
        all.push(Column::one("label", Scalar::Text));
        all.extend(leaves.iter().map(setting));
        let is_open = schema.has_open_values();
        if is_open {
            all.push(Column::one(SETTINGS, Scalar::Text));
        }
        all.extend(of_seeds());
        if !outcome.iter().any(|column| column.name == STATUS) {
            all.push(Column::one(STATUS, Scalar::Text));
        }
        match outcome.is_empty() {
            true => all.push(Column::one(OUTCOME, Scalar::Text)),
            false => all.extend(outcome.iter().map(of_outcome)),
        }
        all.push(Column::one(ERROR, Scalar::Text));
        if has_provenance {
            all.extend(PROVENANCE.map(|(name, kind)| Column::one(name, kind)));
        }
        let settings = |cell: &Cell<E>| {
            let value = value_of(&cell.experiment);
            let mut texts: Vec<String> = leaves.iter().map(|leaf| leaf.text(&value)).collect();
            texts.extend(is_open.then(|| value.to_string()));
            texts
        };
        let label = |cell: &Cell<E>| {
            let label = cell.experiment.label();
            label.map(|label| label.text).unwrap_or_default()
        };
        Columns {
            all,
            settings: sweep.cells.iter().map(settings).collect(),
            labels: sweep.cells.iter().map(label).collect(),
            outcome: outcome.into_iter().map(|column| column.name).collect(),
            has_provenance,
        }
    }

    pub(super) fn line<E: Experiment>(
        &self,
        cell: usize,
        run: u64,
        row: &Row<E::Outcome>,
        provenance: &Provenance<'_>,
    ) -> Vec<String> {
        let mut line = vec![cell.to_string(), run.to_string(), row.setting.to_string()];
        line.push(self.labels[cell].clone());
        line.extend(self.settings[cell].iter().cloned());
        line.extend(seeds(&row.seeds));
        line.extend(self.result::<E>(&row.result));
        if self.has_provenance {
            line.extend(provenance.texts());
        }
        line
    }

    /// Status, fields of the outcome and error.
    fn result<E: Experiment>(&self, result: &RowResult<E::Outcome>) -> Vec<String> {
        let (value, error) = match result {
            RowResult::Outcome(outcome) => {
                let value = serde_json::to_value(outcome).expect("an outcome is data");
                (Some(value), String::new())
            }
            RowResult::Refused { error } => (None, error.clone()),
            RowResult::Panicked { panic } => (None, format!("panicked: {panic}")),
        };
        let status = if value.is_some() { DONE } else { FAILED };
        let mut line = Vec::with_capacity(self.outcome.len() + 2);
        if !self.outcome.iter().any(|name| name == STATUS) {
            line.push(status.into());
        }
        match (value, self.outcome.is_empty()) {
            (Some(Value::Object(mut fields)), false) => {
                let field = |name: &String| fields.remove(name).map(text).unwrap_or_default();
                line.extend(self.outcome.iter().map(field));
            }
            (Some(value), _) => line.push(text(value)),
            (None, true) => line.push(String::new()),
            (None, false) => {
                let field = |name: &String| match name.as_str() {
                    STATUS => FAILED.into(),
                    _ => String::new(),
                };
                line.extend(self.outcome.iter().map(field));
            }
        }
        line.push(error);
        line
    }
}

fn value_of(experiment: &impl Experiment) -> Value {
    serde_json::to_value(experiment).expect("settings are data")
}

/// What tells some cells of a sweep from the others.
pub(super) struct Names<'a, E> {
    sweep: &'a Sweep<E>,
    /// The names of settings that vary.
    varying: BTreeSet<String>,
}

impl<'a, E: Experiment> Names<'a, E> {
    pub(super) fn of(sweep: &'a Sweep<E>) -> Self {
        let mut cells = sweep.cells.iter();
        let first = cells.next().map(settings_of).unwrap_or_default();
        let mut varying = BTreeSet::new();
        for settings in cells.map(settings_of) {
            let names = first.keys().chain(settings.keys());
            let varies = |name: &&String| first.get(*name) != settings.get(*name);
            for name in names.filter(varies) {
                if !varying.contains(name) {
                    varying.insert(name.clone());
                }
            }
        }
        Names { sweep, varying }
    }

    pub(super) fn of_cell(&self, cell: usize) -> String {
        let cell = &self.sweep.cells[cell];
        let (settings, label) = (settings_of(cell), cell.experiment.label());
        let covers = label.as_ref().map_or(&[][..], |label| label.covers);
        let is_said = |name: &str| {
            let is_within = |field: &str| {
                let rest = name.strip_prefix(field);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            covers.iter().any(|field| is_within(field))
        };
        let told = self.varying.iter().filter(|name| !is_said(name));
        let told = told.filter_map(|name| Some(format!("{name} = {}", settings.get(name)?)));
        let told = told.collect::<Vec<String>>().join(", ");
        match label {
            None => told,
            Some(label) => format!("{}: {told}", label.text),
        }
    }
}

/// The settings of a cell, by their names.
fn settings_of<E: Experiment>(cell: &Cell<E>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    flatten(&mut found, String::new(), value_of(&cell.experiment));
    found
}

fn flatten(found: &mut BTreeMap<String, String>, name: String, value: Value) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let path = if name.is_empty() {
                    field
                } else {
                    format!("{name}.{field}")
                };
                flatten(found, path, value);
            }
        }
        Value::Null => {
            found.insert(name, String::new());
        }
        Value::String(text) => {
            found.insert(name, text);
        }
        other => {
            found.insert(name, other.to_string());
        }
    }
}

/// A field of an outcome as text; what is no scalar as JSON.
fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Number(number) => match number.as_f64() {
            Some(double) if number.is_f64() => double.to_string(),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}
