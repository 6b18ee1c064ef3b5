//! Entities as JSON objects.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

use crate::entity::{Kind, Record};
use crate::field::{FieldValue, render_scoped};
use crate::id::{EntityId, Ids, IslandId};

/// An entity as callers see it: its id, then its fields, with ids where the draft has handles.
///
/// A handle without an id (in a plan, nothing has one) is shown as its position.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The entity.
    pub record: &'a dyn Record,
    /// Its position among those of its kind.
    pub index: u32,
    /// The ids of the island's entities.
    pub ids: &'a Ids,
    /// The island, where it has an id.
    pub island: Option<IslandId>,
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.record.fields().len() + 1))?;
        map.serialize_entry("id", &reference(self.ids, self.record.kind(), self.index))?;
        self.serialize_fields(&mut map)?;
        map.end()
    }
}

impl View<'_> {
    /// Writes the fields, without the id, into a map that may hold more.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let mut outcome = Ok(());
        self.record.visit(&mut |field, value| {
            if outcome.is_ok() {
                let value = Wire { value: &value, ids: self.ids, island: self.island };
                outcome = map.serialize_entry(field.name, &value);
            }
        });
        outcome
    }
}

/// What stands for an entity: its id, or its position where it has none.
fn reference(ids: &Ids, kind: Kind, index: u32) -> EntityId {
    ids.get(kind, index).unwrap_or(EntityId::Int(i64::from(index)))
}

struct Wire<'a> {
    value: &'a FieldValue<'a>,
    ids: &'a Ids,
    island: Option<IslandId>,
}

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            FieldValue::Null => serializer.serialize_unit(),
            FieldValue::Bool(value) => serializer.serialize_bool(*value),
            FieldValue::Int(value) => serializer.serialize_i64(*value),
            FieldValue::Text(text) => serializer.serialize_str(text),
            FieldValue::Scoped(scoped) => serializer.serialize_str(&render_scoped(scoped, self.island)),
            FieldValue::Date(date) => serializer.collect_str(date),
            FieldValue::Time(time) => serializer.collect_str(&clock(*time)),
            FieldValue::Instant(instant) => serializer.collect_str(instant),
            FieldValue::Cents(cents) => serializer.serialize_f64(decimal(*cents)),
            FieldValue::Object(object) => object.serialize(serializer),
            FieldValue::Choices(words) => words.serialize(serializer),
            FieldValue::Ref(kind, index) => reference(self.ids, *kind, *index).serialize(serializer),
            FieldValue::Refs(kind, list) => {
                serializer.collect_seq(list.iter().map(|index| reference(self.ids, *kind, *index)))
            }
        }
    }
}

/// A time of day as `HH:MM`.
fn clock(time: jiff::civil::Time) -> String {
    let digits =
        |number: i8| [b'0' + number.unsigned_abs() / 10, b'0' + number.unsigned_abs() % 10].map(char::from);
    let ([h1, h0], [m1, m0]) = (digits(time.hour()), digits(time.minute()));
    String::from_iter([h1, h0, ':', m1, m0])
}

/// An amount in units of the currency. Exact to the cent below 90 trillion.
fn decimal(cents: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "amounts are bounded by the schema far below 2^53 cents")]
    let cents = cents as f64;
    cents / 100.0
}

/// The fields as a JSON value, with positions for references: what schemas are checked against.
pub(crate) fn fields_json(record: &dyn Record) -> Value {
    let mut object = Map::with_capacity(record.fields().len());
    record.visit(&mut |field, value| {
        object.insert(field.name.to_owned(), plain(value));
    });
    Value::Object(object)
}

fn plain(value: FieldValue<'_>) -> Value {
    match value {
        FieldValue::Null => Value::Null,
        FieldValue::Bool(value) => Value::Bool(value),
        FieldValue::Int(value) => value.into(),
        FieldValue::Text(text) => Value::String(text.into_owned()),
        FieldValue::Scoped(scoped) => Value::String(scoped.text().to_owned()),
        FieldValue::Date(date) => Value::String(date.to_string()),
        FieldValue::Time(time) => Value::String(clock(time)),
        FieldValue::Instant(instant) => Value::String(instant.to_string()),
        FieldValue::Cents(cents) => Number::from_f64(decimal(cents)).map_or(Value::Null, Value::Number),
        FieldValue::Object(object) => Value::Object(object.into_owned()),
        FieldValue::Choices(words) => words.into_iter().map(Cow::into_owned).map(Value::String).collect(),
        FieldValue::Ref(_, index) => index.into(),
        FieldValue::Refs(_, list) => list.iter().map(|&index| Value::from(index)).collect(),
    }
}
