//! Fields: how the rest of the house reads and writes an entity without knowing which one it is.
//!
//! The store turns fields into columns, the server into JSON, the digest into bytes. All three see the same
//! [`FieldDef`]s and [`FieldValue`]s, so a new field is added in one place.

mod fields;
mod types;

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::{Map, Value};

pub(crate) use types::InstantText;
pub use types::{Cents, Object, Roles};
pub use types::{ClockText, DateText};

use crate::entity::Kind;
use crate::scoped::Scoped;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A text.
    Text,
    /// A text that carries its island.
    Scoped,
    /// A date.
    Date,
    /// A time of day, to the minute.
    Time,
    /// An instant.
    Instant,
    /// An amount of money.
    Cents,
    /// A JSON object.
    Object,
    /// One of a few words.
    Choice,
    /// Some of a few words.
    Choices,
    /// Another entity.
    Ref(Kind),
    /// Other entities of one kind.
    Refs(Kind),
}

/// A field of an entity.
#[derive(Clone, Copy, Debug)]
pub struct FieldDef {
    /// The name on the wire, and by default in tables.
    pub name: &'static str,
    /// What it holds.
    pub ty: FieldType,
    /// Whether it may be empty.
    pub nullable: bool,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue<'a> {
    /// Nothing.
    Null,
    /// See [`FieldType::Bool`].
    Bool(bool),
    /// See [`FieldType::Int`].
    Int(i64),
    /// See [`FieldType::Text`]; also a [`FieldType::Choice`].
    Text(Cow<'a, str>),
    /// See [`FieldType::Scoped`].
    Scoped(Cow<'a, Scoped>),
    /// See [`FieldType::Date`].
    Date(Date),
    /// See [`FieldType::Time`].
    Time(Time),
    /// See [`FieldType::Instant`].
    Instant(Timestamp),
    /// See [`FieldType::Cents`].
    Cents(i64),
    /// See [`FieldType::Object`].
    Object(Cow<'a, Map<String, Value>>),
    /// See [`FieldType::Choices`].
    Choices(Vec<Cow<'a, str>>),
    /// See [`FieldType::Ref`].
    Ref(Kind, u32),
    /// See [`FieldType::Refs`].
    Refs(Kind, Cow<'a, [u32]>),
}

impl FieldValue<'_> {
    /// About how many bytes the value takes when it is written.
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) => 1,
            Self::Int(_) | Self::Instant(_) | Self::Cents(_) => 8,
            Self::Date(_) | Self::Time(_) => 10,
            Self::Text(text) => text.len(),
            // The id of an island is a UUID of 36 letters with its mark before it.
            Self::Scoped(text) => text.text().len() + 37,
            Self::Object(object) => object_size(object),
            Self::Choices(words) => words.iter().map(|word| word.len() + 3).sum(),
            Self::Ref(..) => 16,
            Self::Refs(_, list) => list.len() * 48,
        }
    }
}

fn object_size(object: &Map<String, Value>) -> usize {
    object.iter().map(|(name, value)| name.len() + json_size(value) + 4).sum()
}

fn json_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| json_size(item) + 1).sum(),
        Value::Object(object) => object_size(object),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

/// A value that was read does not fit its field: the table holds what Insula would not have written.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("expected {wanted}, found {found}")]
pub struct FieldError {
    /// What the field holds.
    pub wanted: &'static str,
    /// What was there instead.
    pub found: String,
}

impl FieldError {
    fn new(wanted: &'static str, found: &FieldValue<'_>) -> Self {
        Self { wanted, found: format!("{found:?}") }
    }
}

/// A Rust type that can be the type of a field.
pub trait Field: Sized {
    /// What such a field holds.
    const TYPE: FieldType;
    /// Whether it may be empty.
    const NULLABLE: bool = false;
    /// The value, borrowed.
    fn value(&self) -> FieldValue<'_>;
    /// The value, read back.
    ///
    /// # Errors
    /// When it is of another type.
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError>;
}

impl<T: Field> Field for Option<T> {
    const TYPE: FieldType = T::TYPE;
    const NULLABLE: bool = true;
    fn value(&self) -> FieldValue<'_> {
        self.as_ref().map_or(FieldValue::Null, T::value)
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        if value == FieldValue::Null { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

/// One of a few words.
pub trait Choice: Copy + Sized {
    /// The word, as it is written on the wire and in tables.
    fn word(self) -> &'static str;
    /// The choice that this word stands for.
    fn from_word(word: &str) -> Option<Self>;
}
