//! Fields of requests that are one of a few words, a date or a time of day.

use std::borrow::Cow;

use insula_domain::{Choice, EntityId};
use jiff::civil::{Date, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// One of a few words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<C>(pub(crate) C);

impl<'de, C: Choice> Deserialize<'de> for Word<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        C::from_word(&word)
            .map(Self)
            .ok_or_else(|| de::Error::custom(format!("{word:?} is none of the words for it")))
    }
}

impl<C: JsonSchema> JsonSchema for Word<C> {
    fn schema_name() -> Cow<'static, str> {
        C::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        C::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Declares a text that is read as a value of another crate's type.
macro_rules! text {
    ($($(#[doc = $doc:literal])* $name:ident($ty:ty) $schema:tt;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) $ty);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
            fn inline_schema() -> bool {
                true
            }
        }
    )*};
}
text! {
    /// A date as RFC 3339 writes it.
    Day(Date) { "type": "string", "format": "date" };
    /// A time of day as `HH:MM`.
    Clock(Time) { "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" };
}

/// An id, as a path, a query or a body writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) EntityId);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;
        impl de::Visitor<'_> for Seen {
            type Value = Id;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an id")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                let id = text.parse().map(EntityId::Int).or_else(|_| text.parse().map(EntityId::Uuid));
                id.map(Id).map_err(|_| E::custom("it is no id"))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Id, E> {
                Ok(Id(EntityId::Int(number)))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
                number
                    .try_into()
                    .map(|number| Id(EntityId::Int(number)))
                    .map_err(|_| E::custom("it is no id"))
            }
        }
        deserializer.deserialize_any(Seen)
    }
}

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        EntityId::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        EntityId::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}
