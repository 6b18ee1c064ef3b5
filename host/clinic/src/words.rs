//! Fields of requests that are one of a few words, or an id.

use std::borrow::Cow;

use insula_domain::{Choice, EntityId};
use schemars::{JsonSchema, Schema, SchemaGenerator};
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

/// An id, as a path, a query or a body writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
