//! Descriptions of settings: names, help, defaults and bounds, each stated once, beside the Rust type.

mod complete;
mod fit;
mod knob;
mod leaf;
mod names;
mod node;

pub use crate::tables::{Kind, Scalar};
pub use knob::Knob;
pub use leaf::Leaf;
pub use names::Name;

use crate::error::{Error, Result};
use fit::misfit;
use node::{descend, is_list};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The settings of an experiment: what a sweep file may say and what flags a program has.
///
/// It is derived from the type. A doc comment is the help of a field, `Default` gives defaults,
/// `#[schemars(range(min = 1))]` bounds, and `#[schemars(extend("x-aliases" = ["lr"]))]` other names of
/// a field. `#[schemars(extend("x-item" = "criterion"))]` is the name of the flag that gives a list item by item.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use sparse_parity::schema::Schema;
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// #[serde(default)]
/// struct Walk {
///     /// The number of steps.
///     #[schemars(range(min = 1), extend("x-aliases" = ["length"]))]
///     steps: u64,
/// }
///
/// impl Default for Walk {
///     fn default() -> Self {
///         Walk { steps: 100 }
///     }
/// }
///
/// let schema = Schema::of::<Walk>();
/// let steps = &schema.knobs()[0];
/// assert_eq!(steps.name(), "steps");
/// assert_eq!(steps.help(), "The number of steps");
/// assert_eq!(steps.expected(), "a whole number >= 1");
/// assert_eq!(schema.find("length")?.path, ["steps"]);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    root: Value,
    knobs: Vec<Knob>,
}

impl Schema {
    /// The settings of `T`, from its JSON schema.
    pub fn of<T: JsonSchema>() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<T>();
        Schema::from_root(schema.to_value())
    }

    /// The names and defaults of a type that has no JSON schema.
    ///
    /// Nothing is known of bounds, and any name is accepted within a setting that is a table.
    ///
    /// # Panics
    /// If serde cannot write the default as JSON.
    pub fn of_default<T: Serialize + Default>() -> Self {
        let default = serde_json::to_value(T::default()).expect("settings are data");
        Schema::from_root(of_value(default))
    }

    fn from_root(root: Value) -> Self {
        let knobs = Knob::all(&root);
        Schema { root, knobs }
    }

    /// The same with another name at the top, which stands for no field.
    #[must_use]
    pub fn with(mut self, name: &str, help: &str) -> Self {
        let node = json!({ "description": help, "type": "string" });
        self.knobs.insert(0, Knob::new(vec![name.into()], node));
        self
    }

    /// All settings: the fields, each followed by the fields within it.
    pub fn knobs(&self) -> &[Knob] {
        &self.knobs
    }

    /// The setting that a name means: a path with dots, another name of a setting, or the last part of a
    /// path if no other path ends in it. Hyphens count as underscores.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the nearest name, if one is near.
    pub fn find(&self, name: &str) -> Result<Name> {
        names::find(self, name).ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Error {
        Error::UnknownName {
            name: name.into(),
            nearest: names::nearest(self, name).map(Into::into),
            known: self
                .knobs
                .iter()
                .map(Knob::name)
                .collect::<Vec<_>>()
                .join(", "),
        }
    }

    /// The setting at a path, if there is one.
    pub fn knob(&self, path: &[impl AsRef<str>]) -> Option<&Knob> {
        self.knobs.iter().find(|knob| {
            let path = path.iter().map(AsRef::as_ref);
            knob.path().iter().map(String::as_str).eq(path)
        })
    }

    /// Whether the values at the end of a path are lists.
    pub fn is_list(&self, path: &[impl AsRef<str>]) -> bool {
        self.node(path).is_some_and(is_list)
    }

    /// The description of what is at the end of a path.
    fn node(&self, path: &[impl AsRef<str>]) -> Option<&Value> {
        path.iter()
            .try_fold(&self.root, |node, name| descend(node, name.as_ref()))
    }

    /// Writes short forms out: a number or `"0:0.1,500:0.01"` for a schedule, the name of a variant
    /// alone for the variant with its defaults, `"batches:0.75:12"` for a variant with the fields that it must have in
    /// their order, and `"output=0.01"` for a pair.
    pub fn complete(&self, settings: &mut Value) {
        complete::complete(&self.root, settings);
    }

    /// Whether the settings have the types of their fields and lie within the bounds.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for the first one that does not.
    pub fn check(&self, settings: &Value) -> Result<()> {
        let fields = settings.as_object().into_iter().flatten();
        for (name, value) in fields {
            let Some(node) = descend(&self.root, name) else {
                continue;
            };
            if let Some(misfit) = misfit(node, value, name.clone()) {
                return Err(Error::InvalidSetting {
                    name: misfit.path,
                    value: misfit.value,
                    expected: misfit.expected,
                });
            }
        }
        Ok(())
    }
}

/// A schema that accepts any value and any name, and has the names of this one.
fn of_value(value: Value) -> Value {
    let mut node = Map::new();
    if let Value::Object(fields) = &value {
        let fields = fields
            .iter()
            .map(|(name, value)| (name.clone(), of_value(value.clone())));
        node.insert("properties".into(), Value::Object(fields.collect()));
    }
    node.insert("default".into(), value);
    Value::Object(node)
}

/// The fields within a description and their own descriptions.
fn fields(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let own = node.get("properties").and_then(Value::as_object);
    own.into_iter().flatten()
}

#[cfg(test)]
mod tests;
