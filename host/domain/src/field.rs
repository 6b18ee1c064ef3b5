//! Fields: how the rest of the house reads and writes an entity without knowing which one it is.
//!
//! The store turns fields into columns, the server into JSON, the digest into bytes. All three see the same
//! [`FieldDef`]s and [`FieldValue`]s, so a new field is added in one place.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::choice::Role;
use crate::entity::{Entity, Kind};
use crate::handle::{Handle, Refs};
use crate::id::IslandId;
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

macro_rules! plain {
    ($($ty:ty, $variant:ident, $wanted:literal;)*) => {$(
        impl Field for $ty {
            const TYPE: FieldType = FieldType::$variant;
            fn value(&self) -> FieldValue<'_> {
                FieldValue::$variant(*self)
            }
            fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
                match value {
                    FieldValue::$variant(value) => Ok(value),
                    other => Err(FieldError::new($wanted, &other)),
                }
            }
        }
    )*};
}
plain! {
    bool, Bool, "true or false";
    Date, Date, "a date";
    Time, Time, "a time of day";
    Timestamp, Instant, "an instant";
}

impl Field for u32 {
    const TYPE: FieldType = FieldType::Int;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Int(i64::from(*self))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Int(number) => {
                number.try_into().map_err(|_| FieldError::new("a whole number from 0", &value))
            }
            other => Err(FieldError::new("a whole number", &other)),
        }
    }
}

impl Field for String {
    const TYPE: FieldType = FieldType::Text;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Text(Cow::Borrowed(self))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Text(text) => Ok(text.into_owned()),
            other => Err(FieldError::new("a text", &other)),
        }
    }
}

impl Field for Scoped {
    const TYPE: FieldType = FieldType::Scoped;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Scoped(Cow::Borrowed(self))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Scoped(text) => Ok(text.into_owned()),
            other => Err(FieldError::new("a text that carries its island", &other)),
        }
    }
}

impl JsonSchema for Scoped {
    fn schema_name() -> Cow<'static, str> {
        "Scoped".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 254 })
    }
    fn inline_schema() -> bool {
        true
    }
}

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

impl<E: Entity> Field for Handle<E> {
    const TYPE: FieldType = FieldType::Ref(E::KIND);
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Ref(E::KIND, self.index())
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Ref(kind, index) if kind == E::KIND => Ok(Self::new(index)),
            other => Err(FieldError::new(E::KIND.singular(), &other)),
        }
    }
}

impl<E: Entity> Field for Refs<E> {
    const TYPE: FieldType = FieldType::Refs(E::KIND);
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Refs(E::KIND, Cow::Borrowed(self.indices()))
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match value {
            FieldValue::Refs(kind, list) if kind == E::KIND => Ok(Self::from_indices(list.into_owned())),
            other => Err(FieldError::new(E::KIND.plural(), &other)),
        }
    }
}

impl<E> JsonSchema for Handle<E> {
    fn schema_name() -> Cow<'static, str> {
        crate::id::EntityId::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        crate::id::EntityId::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}

impl<E> JsonSchema for Refs<E> {
    fn schema_name() -> Cow<'static, str> {
        "EntityIds".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = crate::id::EntityId::json_schema(generator);
        json_schema!({ "type": "array", "items": item })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// One of a few words.
pub trait Choice: Copy + Sized {
    /// The word, as it is written on the wire and in tables.
    fn word(self) -> &'static str;
    /// The choice that this word stands for.
    fn from_word(word: &str) -> Option<Self>;
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

/// Render a scoped value: with its island where that is known, else as the scenario gave it.
pub(crate) fn render_scoped(scoped: &Scoped, island: Option<IslandId>) -> Cow<'_, str> {
    match island {
        Some(island) => Cow::Owned(scoped.render(island)),
        None => Cow::Borrowed(scoped.text()),
    }
}

/// Implements [`Field`] for a [`Choice`].
macro_rules! choice_field {
    ($($ty:ty),*) => {$(
        impl Field for $ty {
            const TYPE: FieldType = FieldType::Choice;
            fn value(&self) -> FieldValue<'_> {
                FieldValue::Text(Cow::Borrowed(self.word()))
            }
            fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
                match &value {
                    FieldValue::Text(word) => Self::from_word(word),
                    _ => None,
                }
                .ok_or_else(|| FieldError::new(stringify!($ty), &value))
            }
        }
    )*};
}
choice_field!(
    crate::choice::Subscription,
    crate::choice::Gender,
    crate::choice::PatientCreator,
    crate::choice::AppointmentStatus,
    crate::choice::EventKind
);

impl Field for crate::choice::Weekday {
    const TYPE: FieldType = FieldType::Int;
    fn value(&self) -> FieldValue<'_> {
        FieldValue::Int(*self as i64)
    }
    fn from_value(value: FieldValue<'_>) -> Result<Self, FieldError> {
        match &value {
            FieldValue::Int(day) => usize::try_from(*day).ok().and_then(|day| Self::ALL.get(day).copied()),
            _ => None,
        }
        .ok_or_else(|| FieldError::new("a day from 0 (Monday) to 6 (Sunday)", &value))
    }
}
