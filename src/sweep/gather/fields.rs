//! The fields of a type and their kinds, as its `Deserialize` asks for them.

use crate::tables::{Column, Kind, Scalar};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
    value::StrDeserializer,
};
use serde::forward_to_deserialize_any;
use std::cell::Cell;
use std::fmt;

/// The fields of a struct in the order of its declaration; none of a type that is no struct.
pub(super) fn fields<T: DeserializeOwned>() -> Vec<Column> {
    let found = Cell::new(&[][..]);
    let _ = T::deserialize(Names(&found));
    let column = |name: &&'static str| Column::new(*name, kind_of::<T>(name));
    found.get().iter().map(column).collect()
}

fn kind_of<T: DeserializeOwned>(field: &'static str) -> Kind {
    let found = Cell::new(Kind::One(Scalar::Text));
    let _ = T::deserialize(OneField {
        name: Some(field),
        kind: &found,
    });
    found.get()
}

/// No value comes of this: a type is only asked what it would read.
#[derive(Debug)]
struct Asked;

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the type was only asked for its fields")
    }
}

impl std::error::Error for Asked {}

impl de::Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Asked
    }
}

/// The methods by which an `Option` or a newtype is asked for what is within it.
macro_rules! ask_within {
    () => {
        fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
            visitor.visit_some(self)
        }

        fn deserialize_newtype_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            visitor: V,
        ) -> Result<V::Value, Asked> {
            visitor.visit_newtype_struct(self)
        }
    };
}

/// Finds the names of the fields.
struct Names<'a>(&'a Cell<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        self.0.set(fields);
        Err(Asked)
    }

    ask_within!();

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Offers a struct one of its fields.
struct OneField<'a> {
    name: Option<&'static str>,
    kind: &'a Cell<Kind>,
}

impl<'de> Deserializer<'de> for OneField<'_> {
    type Error = Asked;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        visitor.visit_map(self)
    }

    ask_within!();

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = Asked;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Asked> {
        let name = self.name.take();
        name.map(|name| seed.deserialize(StrDeserializer::new(name)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Asked> {
        seed.deserialize(KindOf(self.kind))
    }
}

/// Finds what kind of value is read.
struct KindOf<'a>(&'a Cell<Kind>);

macro_rules! kinds {
    ($($method:ident: $scalar:ident),+) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
            self.0.set(Kind::One(Scalar::$scalar));
            Err(Asked)
        })+
    };
}

impl<'de> Deserializer<'de> for KindOf<'_> {
    type Error = Asked;

    kinds! {
        deserialize_bool: Boolean, deserialize_i8: Integer, deserialize_i16: Integer,
        deserialize_i32: Integer, deserialize_i64: Integer, deserialize_u8: Integer,
        deserialize_u16: Integer, deserialize_u32: Integer, deserialize_u64: Integer,
        deserialize_f32: Double, deserialize_f64: Double, deserialize_any: Text
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        let item = Cell::new(Kind::One(Scalar::Text));
        let _ = visitor.visit_seq(OneItem(&item));
        self.0.set(match item.get() {
            Kind::One(scalar) => Kind::List(scalar),
            // Lists within a list are JSON.
            Kind::List(_) => Kind::List(Scalar::Text),
        });
        Err(Asked)
    }

    ask_within!();

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct
        enum identifier ignored_any
    }
}

/// Offers a list one item.
struct OneItem<'a>(&'a Cell<Kind>);

impl<'de> SeqAccess<'de> for OneItem<'_> {
    type Error = Asked;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Asked> {
        seed.deserialize(KindOf(self.0)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Outcome;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[test]
    fn fields_stand_in_their_order_with_their_kinds() {
        let found = fields::<Outcome>();
        let expected = [
            ("status", Kind::One(Scalar::Text)),
            ("t", Kind::One(Scalar::Integer)),
            ("times", Kind::List(Scalar::Integer)),
            ("memorised", Kind::One(Scalar::Integer)),
            ("steps", Kind::One(Scalar::Integer)),
            ("final_accuracy", Kind::One(Scalar::Double)),
            ("support", Kind::List(Scalar::Integer)),
            ("recovered", Kind::List(Scalar::Integer)),
        ];
        assert!(
            found
                .iter()
                .map(|column| (column.name.as_str(), column.kind))
                .eq(expected)
        );
    }

    #[test]
    fn what_is_within_a_field_does_not_matter_and_other_types_have_none() {
        #[derive(Deserialize)]
        #[allow(dead_code, reason = "its fields are only named")]
        struct Nested {
            key: crate::sweep::Key,
            #[serde(rename = "is it")]
            is_it: Option<bool>,
            pair: (u8, f64),
            inner: Option<Box<Nested>>,
            lists: Vec<Vec<u8>>,
            shares: Option<Vec<Option<f32>>>,
        }
        let kinds = [
            ("key", Kind::One(Scalar::Text)),
            ("is it", Kind::One(Scalar::Boolean)),
            ("pair", Kind::One(Scalar::Text)),
            ("inner", Kind::One(Scalar::Text)),
            ("lists", Kind::List(Scalar::Text)),
            ("shares", Kind::List(Scalar::Double)),
        ];
        let columns = kinds.map(|(name, kind)| Column::new(name, kind));
        assert_eq!(fields::<Nested>(), columns);
        assert_eq!(fields::<Option<Nested>>(), columns);
        assert_eq!(fields::<f64>(), []);
        assert_eq!(fields::<Vec<Nested>>(), []);
        assert_eq!(fields::<BTreeMap<String, u8>>(), []);
    }
}
