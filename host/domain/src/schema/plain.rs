//! An entity as the JSON that its schema is checked against: references are positions, for nothing has an id yet.

use std::borrow::Cow;
use std::cell::RefCell;

use serde_json::{Map, Number, Value};

use crate::entity::{Kind, Record};
use crate::field::{FieldType, FieldValue};
use crate::view::{Clock, decimal};

/// Which fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Those of which the Rust type does not say all that the published schema says.
    Open,
    /// All.
    Whole,
}

impl Extent {
    /// Whether a field of this type is among them.
    pub(super) fn holds(self, ty: FieldType) -> bool {
        match ty {
            FieldType::Bool
            | FieldType::Date
            | FieldType::Time
            | FieldType::Instant
            | FieldType::Choice
            | FieldType::Ref(_)
            | FieldType::Refs(_) => self == Self::Whole,
            FieldType::Int
            | FieldType::Text
            | FieldType::Scoped
            | FieldType::Cents
            | FieldType::Object
            | FieldType::Choices => true,
        }
    }
}

/// Texts longer than this (or any object) are not kept for the next entity.
const KEPT: usize = 1024;

thread_local! {
    /// The last entity of each kind, to be overwritten by the next: a key is allocated once a thread, not once an
    /// entity.
    static LAST: RefCell<[[Map<String, Value>; Kind::ALL.len()]; 2]> = RefCell::default();
}

/// Shows an entity as JSON.
pub(super) fn with<T>(record: &dyn Record, extent: Extent, see: impl FnOnce(&Value) -> T) -> T {
    let slot = (extent as usize, record.kind() as usize);
    let mut object = LAST.with_borrow_mut(|last| std::mem::take(&mut last[slot.0][slot.1]));
    let mut keep = true;
    if object.is_empty() {
        record.visit(&mut |field, value| {
            if extent.holds(field.ty) {
                object.insert(field.name.to_owned(), plain(value));
            }
        });
    } else {
        // serde_json keeps keys in the order in which they came, which is that of the fields.
        let mut values = object.values_mut();
        record.visit(&mut |field, value| {
            if extent.holds(field.ty)
                && let Some(place) = values.next()
            {
                keep &= value.size() <= KEPT;
                overwrite(place, value);
            }
        });
    }
    let json = Value::Object(object);
    let seen = see(&json);
    if let (true, Value::Object(object)) = (keep, json) {
        LAST.with_borrow_mut(|last| last[slot.0][slot.1] = object);
    }
    seen
}

fn overwrite(place: &mut Value, value: FieldValue<'_>) {
    let Value::String(text) = place else {
        *place = plain(value);
        return;
    };
    text.clear();
    match value {
        FieldValue::Text(new) => text.push_str(&new),
        FieldValue::Scoped(new) => text.push_str(new.text()),
        other => *place = plain(other),
    }
}

fn plain(value: FieldValue<'_>) -> Value {
    match value {
        FieldValue::Null => Value::Null,
        FieldValue::Bool(value) => Value::Bool(value),
        FieldValue::Int(value) => value.into(),
        FieldValue::Text(text) => Value::String(text.into_owned()),
        FieldValue::Scoped(scoped) => Value::String(scoped.text().to_owned()),
        FieldValue::Date(date) => Value::String(date.to_string()),
        FieldValue::Time(time) => Value::String(Clock(time).to_string()),
        FieldValue::Instant(instant) => Value::String(instant.to_string()),
        FieldValue::Cents(cents) => Number::from_f64(decimal(cents)).map_or(Value::Null, Value::Number),
        FieldValue::Object(object) => Value::Object(object.into_owned()),
        FieldValue::Choices(words) => words.into_iter().map(Cow::into_owned).map(Value::String).collect(),
        FieldValue::Ref(_, index) => index.into(),
        FieldValue::Refs(_, list) => list.iter().map(|&index| Value::from(index)).collect(),
    }
}
