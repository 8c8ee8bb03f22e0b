//! Reads and writes kinds: a name stands for the usual settings.

use super::SolverKind;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

impl Serialize for SolverKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match SolverKind::named(self.name()) {
            Ok(usual) if usual == *self => serializer.serialize_str(self.name()),
            _ => SolverKind::serialize(self, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for SolverKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrTable)
    }
}

struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = SolverKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a solver, or a table of that name with its settings")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<SolverKind, E> {
        SolverKind::named(name).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SolverKind, A::Error> {
        SolverKind::deserialize(MapAccessDeserializer::new(map))
    }
}
