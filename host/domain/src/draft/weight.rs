//! What an entity adds to the size of a draft, and what no database could hold.

use crate::entity::{Kind, Record};
use crate::field::{FieldValue, Object};
use crate::rejection::{Rejection, Rule};

/// An entity, weighed.
#[derive(Debug)]
pub(super) struct Weight {
    pub(super) rows: u64,
    pub(super) bytes: usize,
    unsound: Option<(&'static str, &'static str)>,
}

/// Weighs an entity.
pub(super) fn weigh(record: &dyn Record) -> Weight {
    let mut weight = Weight { rows: 1, bytes: 32, unsound: None };
    record.visit(&mut |field, value| {
        if let Some(reason) = unsound(&value) {
            weight.unsound = Some((field.name, reason));
            return;
        }
        weight.bytes += value.size();
        if let FieldValue::Refs(_, list) = value {
            weight.rows += list.len() as u64;
        }
    });
    weight
}

impl Weight {
    /// # Errors
    /// When a field holds what not all databases can.
    pub(super) fn sound(&self, kind: Kind) -> Result<(), Rejection> {
        let Some((field, reason)) = self.unsound else { return Ok(()) };
        Err(Rejection::of(field, Rule::Format, format!("this field of the {} {reason}", kind.singular())))
    }
}

fn unsound(value: &FieldValue<'_>) -> Option<&'static str> {
    let sound = match value {
        FieldValue::Text(text) => is_sound(text),
        FieldValue::Scoped(scoped) => is_sound(scoped.text()),
        FieldValue::Object(object) if !Object::is_shallow(object) => {
            return Some("is nested more than 64 deep; make it flatter");
        }
        FieldValue::Object(object) => {
            object.iter().all(|(name, value)| is_sound(name) && is_sound_json(value))
        }
        _ => true,
    };
    (!sound).then_some("holds the character U+0000, which PostgreSQL cannot store; leave it out")
}

/// Whether a text can be stored.
pub(super) fn is_sound(text: &str) -> bool {
    !text.as_bytes().contains(&0)
}

fn is_sound_json(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => is_sound(text),
        serde_json::Value::Array(items) => items.iter().all(is_sound_json),
        serde_json::Value::Object(object) => {
            object.iter().all(|(name, value)| is_sound(name) && is_sound_json(value))
        }
        _ => true,
    }
}
