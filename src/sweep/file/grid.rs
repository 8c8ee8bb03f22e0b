//! From a grid to its settings.

use super::{json, words};
use crate::experiment::Experiment;
use crate::schema::Schema;
use crate::sweep::error::{Result, SweepError};
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

/// The settings of a point, which `schema` describes.
pub(super) fn settings<E: Experiment>(
    schema: &Schema,
    shared: &Table,
    point: &Point,
    wrong: impl Fn(String) -> SweepError,
) -> Result<E> {
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
    let base = match words::label::<E>(&mut settings) {
        None => E::default(),
        Some(Toml::String(name)) => {
            let size = |name: &str| usize::try_from(settings.get(name)?.as_integer()?).ok();
            let labelled = E::labelled(&name, &size);
            labelled.expect("an experiment that has a name has all of them")?
        }
        Some(other) => {
            let reason = format!("setting is {other}; give a label of the paper, such as \"xv\"");
            return Err(refuse(reason));
        }
    };
    let settings = over(&base, settings);
    let mut settings = json(&Toml::Table(settings));
    schema.complete(&mut settings);
    schema
        .check(&settings)
        .map_err(|error| refuse(error.to_string()))?;
    serde_json::from_value(settings).map_err(|error| refuse(error.to_string()))
}

/// Settings with what the file says.
fn over<E: Experiment>(base: &E, said: Table) -> Table {
    let Ok(Toml::Table(mut settings)) = Toml::try_from(base) else {
        return said;
    };
    for (name, value) in said {
        let usual = settings.get_mut(&name).and_then(Toml::as_table_mut);
        match (usual, value) {
            (Some(usual), Toml::Table(value)) if is_same_kind(usual, &value) => {
                usual.extend(value);
            }
            (_, value) => {
                settings.insert(name, value);
            }
        }
    }
    settings
}

/// Whether a table changes fields of the usual one, and is not another variant of an enum: one with another
/// `model`, or with another name around its fields.
fn is_same_kind(usual: &Table, said: &Table) -> bool {
    let is_variant = usual.len() == 1 && !usual.keys().any(|name| said.contains_key(name));
    let has_same_model = |model| usual.get("model") == Some(model);
    !is_variant && said.get("model").is_none_or(has_same_model)
}
