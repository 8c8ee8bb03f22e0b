//! From a grid to its settings.

use super::{json, words};
use crate::experiment::Experiment;
use crate::schema::Schema;
use crate::sweep::error::{Result, SweepError};
use serde_json::Value;
use toml::{Table, Value as Toml};

/// A value for each name with a list, whose path it stands at.
pub(super) type Point = Vec<(Vec<String>, Toml)>;

/// The most cells of a file: each is settings in memory, and a hash of them.
const MOST_CELLS: u128 = 100_000;

/// The lists of a grid.
pub(super) struct Axes(Vec<(Vec<String>, Vec<Toml>)>);

impl Axes {
    pub(super) fn of(grid: &Table) -> std::result::Result<Self, String> {
        let mut axes = Vec::new();
        find_axes(grid, &mut Vec::new(), &mut axes)?;
        Ok(Axes(axes))
    }

    /// Every combination, the first name changing slowest.
    pub(super) fn points(&self) -> impl Iterator<Item = Point> {
        let lens = || self.0.iter().map(|(_, values)| values.len());
        let count = lens().product();
        (0..count).map(move |mut place| {
            let mut point: Point = Vec::with_capacity(self.0.len());
            for (path, values) in self.0.iter().rev() {
                point.push((path.clone(), values[place % values.len()].clone()));
                place /= values.len();
            }
            point.reverse();
            point
        })
    }

    /// The number of combinations, or the largest number there is.
    fn count(&self) -> u128 {
        let lens = self.0.iter().map(|(_, values)| values.len() as u128);
        lens.fold(1, u128::saturating_mul)
    }
}

/// Refuses grids with more cells than a sweep can have.
pub(super) fn check_count(grids: &[Axes]) -> std::result::Result<(), String> {
    let counts = grids.iter().map(Axes::count);
    let cells = counts.fold(0, u128::saturating_add);
    if cells <= MOST_CELLS {
        return Ok(());
    }
    let lens = |axes: &Axes| {
        let lens: Vec<String> = axes
            .0
            .iter()
            .map(|(_, values)| values.len().to_string())
            .collect();
        lens.join(" x ")
    };
    let products: Vec<String> = grids.iter().map(lens).collect();
    Err(format!(
        "the grid has {} cells, and a sweep has at most {MOST_CELLS}; leave values out, or make several sweeps",
        products.join(" + ")
    ))
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
    let settings = Toml::Table(over(&base, settings));
    if let Some((name, value)) = not_finite(&settings, "") {
        return Err(refuse(format!("{name} is {value}; give a finite number")));
    }
    let mut settings = json(&settings);
    schema.complete(&mut settings);
    schema
        .check(&settings)
        .map_err(|error| refuse(error.to_string()))?;
    let read = E::deserialize(&settings);
    read.map_err(|error| refuse(named::<E>(&settings, &error.to_string())))
}

/// The first number that is NaN or infinite, with its path: JSON has none.
fn not_finite(value: &Toml, path: &str) -> Option<(String, f64)> {
    match value {
        Toml::Float(number) if !number.is_finite() => Some((path.into(), *number)),
        Toml::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(place, item)| not_finite(item, &format!("{path}[{place}]")))
        }
        Toml::Table(fields) => fields.iter().find_map(|(name, value)| {
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            not_finite(value, &path)
        }),
        _ => None,
    }
}

/// What serde says, with the setting that it is about where one alone is.
fn named<E: Experiment>(settings: &Value, error: &str) -> String {
    let usual = serde_json::to_value(E::default()).expect("settings are data");
    let is_wrong = |name: &String| {
        let mut mended = settings.clone();
        mended[name] = usual[name].clone();
        E::deserialize(&mended).is_ok()
    };
    let mut names = settings.as_object().into_iter().flatten();
    match names.find(|(name, _)| is_wrong(name)) {
        Some((name, value)) => format!("{name} is {value}: {error}"),
        None => error.into(),
    }
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
