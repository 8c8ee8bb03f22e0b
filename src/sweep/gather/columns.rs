//! The columns of the table, and the line of a run.

use crate::sweep::{Cell, Row, RowResult, Seeding, Sweep};
use crate::trial::{Setting, Trial};
use serde_json::Value;
use std::collections::BTreeMap;

/// The columns of a gathered table, and how the rows of a sweep fill them.
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    /// The settings of each cell, by their names.
    pub(super) settings: Vec<BTreeMap<String, String>>,
    /// The paper's labels of the cells.
    labels: Vec<&'static str>,
    /// The names of settings that vary, and of the others.
    varying: Vec<String>,
    constant: Vec<String>,
    /// Whether the five seeds of a run can differ.
    has_five_seeds: bool,
}

/// The columns behind the varying settings and the seeds.
const RESULT: [&str; 7] = [
    "status",
    "t",
    "steps",
    "final_accuracy",
    "support",
    "recovered",
    "error",
];
const FIVE: [&str; 5] = [
    "seeds.support",
    "seeds.init",
    "seeds.train",
    "seeds.noise",
    "seeds.eval",
];

impl Columns {
    pub(super) fn of(sweep: &Sweep) -> Self {
        let settings: Vec<_> = sweep
            .cells
            .iter()
            .map(|cell| settings(&cell.trial))
            .collect();
        let mut all: BTreeMap<&String, bool> = BTreeMap::new();
        for of_cell in &settings {
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
            names.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
        };
        let (varying, constant) = (of_kind(true), of_kind(false));
        let is_one = |cell: &Cell| matches!(cell.seeding, Seeding::Each { .. });
        let has_five_seeds = !sweep.cells.iter().all(is_one);
        let seeds = if has_five_seeds { &FIVE[..] } else { &["seed"] };
        let words = |names: &[&str]| {
            names
                .iter()
                .map(|name| name.to_string())
                .collect::<Vec<_>>()
        };
        let names = [
            words(&["cell", "run", "key", "label"]),
            varying.clone(),
            words(seeds),
            words(&RESULT),
            constant.clone(),
        ];
        Columns {
            names: names.concat(),
            labels: sweep.cells.iter().map(|cell| label(&cell.trial)).collect(),
            settings,
            varying,
            constant,
            has_five_seeds,
        }
    }

    pub(super) fn name_of(&self, cell: usize) -> String {
        let (settings, label) = (&self.settings[cell], self.labels[cell]);
        // A label stands for these.
        let is_said = |name: &str| {
            !label.is_empty() && (name.starts_with("learner.") || name.starts_with("optimizer"))
        };
        let told = self.varying.iter().filter(|name| !is_said(name));
        let told = told.filter_map(|name| Some(format!("{name} = {}", settings.get(name)?)));
        let told = told.collect::<Vec<String>>().join(", ");
        match label {
            "" => told,
            label => format!("{label}: {told}"),
        }
    }

    pub(super) fn line(&self, cell: usize, run: u64, row: &Row) -> Vec<String> {
        let settings = &self.settings[cell];
        let of = |names: &[String]| {
            let values = names
                .iter()
                .map(|name| settings.get(name).cloned().unwrap_or_default());
            values.collect::<Vec<String>>()
        };
        let label = self.labels[cell].into();
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
        line.extend(result(&row.result));
        line.extend(of(&self.constant));
        line
    }
}

fn result(result: &RowResult) -> [String; RESULT.len()] {
    let none = String::new;
    let error = |error: String| {
        [
            "error".into(),
            none(),
            none(),
            none(),
            none(),
            none(),
            error,
        ]
    };
    match result {
        RowResult::Outcome(outcome) => [
            outcome.status.to_string(),
            outcome.t.map(|t| t.to_string()).unwrap_or_default(),
            outcome.steps.to_string(),
            outcome.final_accuracy.to_string(),
            Value::from(outcome.support.clone()).to_string(),
            Value::from(outcome.recovered.clone()).to_string(),
            none(),
        ],
        RowResult::Refused { error: reason } => error(reason.clone()),
        RowResult::Panicked { panic } => error(format!("panicked: {panic}")),
    }
}

fn label(trial: &Trial) -> &'static str {
    Setting::of(trial).map_or("", |setting| setting.label())
}

/// The settings by their names, with dots for what is within others.
fn settings(trial: &Trial) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let value = serde_json::to_value(trial).expect("settings are data");
    flatten(&mut found, String::new(), value);
    // The column with its name is for the one that was drawn.
    if let Some(given) = found.remove("support") {
        found.insert("support.given".into(), given);
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
