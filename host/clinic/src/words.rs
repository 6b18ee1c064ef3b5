//! Fields of requests that are one of a few words, an id, a date or a time of day.

use std::borrow::Cow;

use insula_domain::{Choice, ClockText, DateText, EntityId};
use jiff::civil::{Date, Time};
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

/// Declares a field that is read from one form of text alone, the one that its schema names: jiff's own reading takes many
/// more, and drops what a date or a time of day has no room for.
macro_rules! text_field {
    ($($(#[$meta:meta])* $name:ident($ty:ty) as $schema:ident, like $form:literal if $fits:expr, or $wrong:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name(pub(crate) $ty);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                let value = text.parse().ok().filter(|_| is_like(&text, $form)).filter($fits);
                value.map(Self).ok_or_else(|| de::Error::custom(format!("{text:?} is {}", $wrong)))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $schema::schema_name()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                $schema::json_schema(generator)
            }
            fn inline_schema() -> bool {
                true
            }
        }
    )*};
}
text_field! {
    /// A date as RFC 3339 writes it, of the years that all databases can write.
    Day(Date) as DateText, like "0000-00-00" if |day: &Date| day.year() >= 1,
        or "no date; write one such as 2026-01-31, of the years 0001 to 9999";
    /// A time of day, to the minute.
    Clock(Time) as ClockText, like "00:00" if |_: &Time| true,
        or "no time of day; write one such as 09:30, from 00:00 to 23:59";
}

/// Whether a text has the form of another: any digit where that has one, and else the same.
fn is_like(text: &str, form: &str) -> bool {
    let same = |(own, like): (u8, u8)| if like == b'0' { own.is_ascii_digit() } else { own == like };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(same)
}
