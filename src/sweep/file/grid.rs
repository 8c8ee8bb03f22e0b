//! From a grid to its trials.

use super::{json, words};
use crate::error::{Error, Result};
use crate::trial::{Setting, Trial};
use toml::{Table, Value as Toml};

/// A value for each name with a list, whose path it stands at.
pub(super) type Point = Vec<(Vec<String>, Toml)>;

/// Every combination, the first name changing slowest.
pub(super) fn points(grid: &Table) -> std::result::Result<Vec<Point>, String> {
    let mut axes = Vec::new();
    find_axes(grid, &mut Vec::new(), &mut axes)?;
    let mut points: Vec<Point> = vec![Vec::new()];
    for (path, values) in axes {
        let longer = |point: &Point| {
            let with = |value: &Toml| [&point[..], &[(path.clone(), value.clone())]].concat();
            values.iter().map(with).collect::<Vec<Point>>()
        };
        points = points.iter().flat_map(longer).collect();
    }
    Ok(points)
}

/// The lists in a table and the tables within it.
fn find_axes(
    table: &Table,
    path: &mut Vec<String>,
    axes: &mut Vec<(Vec<String>, Vec<Toml>)>,
) -> std::result::Result<(), String> {
    for (name, value) in table {
        path.push(name.clone());
        match value {
            Toml::Array(values) if values.is_empty() => {
                return Err(format!(
                    "grid.{} is an empty list, which leaves no cells; give it values",
                    path.join(".")
                ));
            }
            Toml::Array(values) => axes.push((path.clone(), values.clone())),
            Toml::Table(inner) => find_axes(inner, path, axes)?,
            other => {
                let name = path.join(".");
                return Err(format!(
                    "grid.{name} is {other}; make it a list, [{other}], or write it under [trial]"
                ));
            }
        }
        path.pop();
    }
    Ok(())
}

/// The trial of a point.
pub(super) fn trial(
    shared: &Table,
    point: &Point,
    wrong: impl Fn(String) -> Error,
) -> Result<Trial> {
    let mut settings = shared.clone();
    for (path, value) in point {
        words::put(&mut settings, path, value.clone());
    }
    let refuse = |reason: String| {
        let at: Vec<String> = point
            .iter()
            .map(|(path, value)| format!("{} = {value}", path.join(".")))
            .collect();
        let at = match at.is_empty() {
            true => String::new(),
            false => format!(" (at {})", at.join(", ")),
        };
        wrong(format!("{reason}{at}"))
    };
    let usual = Trial::default();
    let size = |name: &str, usual: usize| match settings.get(name).and_then(Toml::as_integer) {
        Some(size) => usize::try_from(size).unwrap_or(usual),
        None => usual,
    };
    let (n, k) = (size("n", usual.n), size("k", usual.k));
    let base = match settings.remove(words::SETTING) {
        None => usual,
        Some(Toml::String(label)) => Setting::from_label(&label)?.trial(n, k),
        Some(other) => {
            let reason = format!("setting is {other}; give a label of the paper, such as \"xv\"");
            return Err(refuse(reason));
        }
    };
    let mut settings = over(base, settings);
    for name in ["rate", "decay"] {
        if let Some(value) = settings.get_mut(name) {
            make_schedule(value);
        }
    }
    if let Some(Toml::Array(rates)) = settings.get_mut("block_rates") {
        let pairs = rates.iter_mut().filter_map(Toml::as_array_mut);
        pairs
            .filter_map(|pair| pair.get_mut(1))
            .for_each(make_schedule);
    }
    let trial: Trial = serde_json::from_value(json(&Toml::Table(settings)))
        .map_err(|error| refuse(error.to_string()))?;
    Ok(trial)
}

/// A trial with what the file says.
fn over(base: Trial, said: Table) -> Table {
    let base = Toml::try_from(base).ok();
    let Some(Toml::Table(mut settings)) = base else {
        unreachable!("settings are data")
    };
    for (name, value) in said {
        let learner = settings.get_mut(&name).and_then(Toml::as_table_mut);
        match (name.as_str(), learner, value) {
            ("learner", Some(learner), Toml::Table(value)) if is_same_model(learner, &value) => {
                learner.extend(value)
            }
            (_, _, value) => {
                settings.insert(name, value);
            }
        }
    }
    settings
}

fn is_same_model(learner: &Table, said: &Table) -> bool {
    said.get("model")
        .is_none_or(|model| learner.get("model") == Some(model))
}

/// A number as a schedule.
fn make_schedule(value: &mut Toml) {
    let number = match *value {
        Toml::Integer(number) => number as f64,
        Toml::Float(number) => number,
        _ => return,
    };
    let constant = Table::from_iter([("constant".into(), Toml::Float(number))]);
    *value = constant.into();
}
