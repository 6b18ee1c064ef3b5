//! The types of fields that the domain has of its own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::{Choice, Field, FieldError, FieldType, FieldValue};
use crate::choice::Role;
use crate::rejection::{Rejection, Rule};

/// An amount of money in hundredths. On the wire it is a number with at most two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

impl Field for Cents {
    const TYPE: FieldType = FieldType::Cents;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Cents(self.0)
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Cents(cents) => Ok(Self(cents)),
            other => Err(FieldError::new("an amount of money", &other)),
        }
    }
}

impl JsonSchema for Cents {
    fn schema_name() -> Cow<'static, str> {
        "Cents".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 10_000_000_000_i64 })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// A JSON object that the domain carries without looking inside.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(inline, transparent)]
pub struct Object(pub Map<String, Value>);

impl Object {
    /// How deep objects and lists may be nested in one: no application needs more, and reading it stays cheap.
    pub const DEPTH: usize = 64;

    /// Reads a JSON text (RFC 8259).
    ///
    /// # Errors
    /// When it is no JSON, or no object.
    pub fn parse(field: &str, text: &str) -> Result<Self, Rejection> {
        let refused = |reason| {
            Rejection::of(field, Rule::Format, format!("{reason}; write a JSON object such as {{}}"))
        };
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Ok(Self(object)),
            Ok(_) => Err(refused("it is JSON, but no object".to_owned())),
            Err(reason) => Err(refused(format!("it is not JSON: {reason}"))),
        }
    }

    /// Whether it is nested no deeper than [`Object::DEPTH`].
    pub(crate) fn is_shallow(object: &Map<String, Value>) -> bool {
        fn shallow(value: &Value, left: usize) -> bool {
            match value {
                Value::Object(object) => left > 0 && object.values().all(|value| shallow(value, left - 1)),
                Value::Array(items) => left > 0 && items.iter().all(|value| shallow(value, left - 1)),
                _ => true,
            }
        }
        object.values().all(|value| shallow(value, Self::DEPTH - 1))
    }
}

impl Field for Object {
    const TYPE: FieldType = FieldType::Object;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Object(Cow::Borrowed(&self.0))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Object(object) => Ok(Self(object.into_owned())),
            other => Err(FieldError::new("a JSON object", &other)),
        }
    }
}

/// The roles of a member: at least one, each once, in the order of [`Role`].
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(inline, transparent)]
pub struct Roles(#[schemars(length(min = 1))] Vec<Role>);

impl Roles {
    /// Whether this one is among them.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }
    /// The roles, in order.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        let mut roles: Vec<Role> = roles.into_iter().collect();
        roles.sort_unstable();
        roles.dedup();
        Self(roles)
    }
}

impl Field for Roles {
    const TYPE: FieldType = FieldType::Choices;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Choices(self.iter().map(|role| Cow::Borrowed(role.word())).collect())
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        let FieldValue::Choices(words) = &value else { return Err(FieldError::new("roles", &value)) };
        let roles: Option<Self> = words.iter().map(|word| Role::from_word(word)).collect();
        roles.ok_or_else(|| FieldError::new("roles", &value))
    }
}

/// Declares the schema of a text that stands for a value of another crate's type.
macro_rules! text_schema {
    ($($(#[$meta:meta])* $name:ident $schema:tt)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

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
text_schema! {
    /// A date as RFC 3339 writes it.
    DateText { "type": "string", "format": "date" }
    /// A time of day as `HH:MM`, which is no `time` of RFC 3339: that has seconds and an offset.
    ClockText { "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }
    /// An instant as RFC 3339 writes it.
    InstantText { "type": "string", "format": "date-time" }
}
