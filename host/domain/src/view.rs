//! Entities as JSON objects.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::entity::{Kind, Record};
use crate::field::FieldValue;
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
            FieldValue::Scoped(scoped) => match self.island {
                Some(island) => serializer.serialize_str(&scoped.render(island)),
                None => serializer.serialize_str(scoped.text()),
            },
            FieldValue::Date(date) => serializer.collect_str(date),
            FieldValue::Time(time) => serializer.collect_str(&Clock(*time)),
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
pub(crate) struct Clock(pub(crate) jiff::civil::Time);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Digit by digit: an answer is full of times.
        let [hour, minute] = [self.0.hour(), self.0.minute()].map(i8::unsigned_abs);
        let text = [b'0' + hour / 10, b'0' + hour % 10, b':', b'0' + minute / 10, b'0' + minute % 10];
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// An amount in units of the currency. Exact to the cent below 90 trillion.
pub(crate) fn decimal(cents: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "amounts are bounded by the schema far below 2^53 cents")]
    let cents = cents as f64;
    cents / 100.0
}
