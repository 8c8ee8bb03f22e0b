//! The columns of the table, and the line of a run.

use super::fields::{Kind, fields};
use crate::experiment::{Experiment, Label};
use crate::sweep::{Cell, Row, RowResult, Seeding, Sweep};
use serde_json::Value;
use std::collections::BTreeMap;

/// The columns of a gathered table, and how the rows of a sweep fill them.
pub(super) struct Columns {
    /// The columns, in the order of the table.
    pub(super) all: Vec<Column>,
    /// The settings of each cell, by their names.
    settings: Vec<BTreeMap<String, String>>,
    /// The labels of the cells.
    labels: Vec<Option<Label>>,
    /// The names of settings that vary, and of the others.
    varying: Vec<String>,
    constant: Vec<String>,
    /// The names of the fields of an outcome; empty if it has none.
    outcome: Vec<String>,
    /// Whether the five seeds of a run can differ.
    has_five_seeds: bool,
}

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Column {
    pub(super) fn new(name: impl Into<String>, kind: Kind) -> Self {
        let name = name.into();
        Column { name, kind }
    }
}

/// How a run ended: the field of that name if an outcome has one.
const STATUS: &str = "status";
const ERROR: &str = "error";
/// The only column of an outcome without fields.
const OUTCOME: &str = "outcome";
/// The status of a run that has an outcome without a status, and of one without an outcome.
const DONE: &str = "done";
const FAILED: &str = "error";
const FIVE: [&str; 5] = [
    "seeds.support",
    "seeds.init",
    "seeds.train",
    "seeds.noise",
    "seeds.eval",
];

impl Columns {
    pub(super) fn of<E: Experiment>(sweep: &Sweep<E>) -> Self {
        let mut outcome = fields::<E::Outcome>();
        let usual = E::default();
        outcome.retain(|column| {
            let cells = sweep.cells.iter().map(|cell| &cell.experiment);
            cells
                .chain([&usual])
                .any(|settings| settings.has_field(&column.name))
        });
        let taken = |name: &str| {
            let is_result = outcome.iter().any(|column| column.name == name);
            is_result || [STATUS, ERROR, OUTCOME].contains(&name)
        };
        let settings = |cell: &Cell<E>| settings(&cell.experiment, taken);
        let settings: Vec<_> = sweep.cells.iter().map(settings).collect();
        let (varying, constant) = parted(&settings);
        let is_one = |cell: &Cell<E>| matches!(cell.seeding, Seeding::Each { .. });
        let has_five_seeds = !sweep.cells.iter().all(is_one);
        let seeds = if has_five_seeds { &FIVE[..] } else { &["seed"] };

        let text = |name: &str| Column::new(name, Kind::Text);
        let setting = |name: &String| Column::new(name, Kind::of_settings(&settings, name));
        let mut all = vec![
            Column::new("cell", Kind::Integer),
            Column::new("run", Kind::Integer),
            text("key"),
            text("label"),
        ];
        all.extend(varying.iter().map(setting));
        all.extend(seeds.iter().map(|name| Column::new(*name, Kind::Unsigned)));
        if !outcome.iter().any(|column| column.name == STATUS) {
            all.push(text(STATUS));
        }
        match outcome.is_empty() {
            true => all.push(text(OUTCOME)),
            false => all.extend(outcome.iter().cloned()),
        }
        all.push(text(ERROR));
        all.extend(constant.iter().map(setting));
        Columns {
            all,
            labels: sweep
                .cells
                .iter()
                .map(|cell| cell.experiment.label())
                .collect(),
            settings,
            varying,
            constant,
            outcome: outcome.into_iter().map(|column| column.name).collect(),
            has_five_seeds,
        }
    }

    pub(super) fn name_of(&self, cell: usize) -> String {
        let (settings, label) = (&self.settings[cell], &self.labels[cell]);
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

    pub(super) fn line<E: Experiment>(
        &self,
        cell: usize,
        run: u64,
        row: &Row<E::Outcome>,
    ) -> Vec<String> {
        let settings = &self.settings[cell];
        let of = |names: &[String]| {
            let values = names
                .iter()
                .map(|name| settings.get(name).cloned().unwrap_or_default());
            values.collect::<Vec<String>>()
        };
        let label = self.labels[cell].as_ref();
        let label = label.map(|label| label.text.clone()).unwrap_or_default();
        let mut line = vec![
            cell.to_string(),
            run.to_string(),
            row.setting.to_string(),
            label,
        ];
        line.extend(of(&self.varying));
        let seeds = &row.seeds;
        match self.has_five_seeds {
            false => line.push(seeds.init.to_string()),
            true => {
                let five = [
                    seeds.support,
                    seeds.init,
                    seeds.train,
                    seeds.noise,
                    seeds.eval,
                ];
                line.extend(five.map(|seed| seed.to_string()));
            }
        }
        line.extend(self.result::<E>(&row.result));
        line.extend(of(&self.constant));
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

/// The names of settings that vary between cells, and of the others.
fn parted(settings: &[BTreeMap<String, String>]) -> (Vec<String>, Vec<String>) {
    let mut all: BTreeMap<&String, bool> = BTreeMap::new();
    for of_cell in settings {
        for (name, value) in of_cell {
            *all.entry(name).or_default() |= settings[0].get(name) != Some(value);
        }
    }
    for name in settings.first().into_iter().flat_map(BTreeMap::keys) {
        let is_missing = settings.iter().any(|of_cell| !of_cell.contains_key(name));
        *all.entry(name).or_default() |= is_missing;
    }
    let of_kind = |varies: bool| {
        let names = all.iter().filter(|(_, does)| **does == varies);
        names.map(|(name, _)| name.to_string()).collect()
    };
    (of_kind(true), of_kind(false))
}

/// The settings by their names, with dots for what is within others; `.given` is added to a name that
/// another column has.
fn settings(
    experiment: &impl Experiment,
    is_taken: impl Fn(&str) -> bool,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let value = serde_json::to_value(experiment).expect("settings are data");
    flatten(&mut found, String::new(), value);
    let taken: Vec<String> = found
        .keys()
        .filter(|name| is_taken(name))
        .cloned()
        .collect();
    for name in taken {
        let value = found.remove(&name).unwrap_or_default();
        found.insert(format!("{name}.given"), value);
    }
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
