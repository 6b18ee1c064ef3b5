//! The digest of a draft: the proof that two runs built the same.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::entities::Entities;
use crate::entity::Kind;
use crate::field::FieldValue;
use crate::handle::AnyHandle;

/// A SHA-256 (FIPS 180-4), written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        hex::encode_to_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Hashes entities and names. Each value is written with its type and, where it has one, its length, so that no
/// two different contents are written alike. Real ids and the island are not part of it.
pub(crate) fn digest(entities: &Entities, names: &BTreeMap<String, AnyHandle>) -> Digest {
    let mut out = Vec::with_capacity(64 + entities.total() * 128);
    out.extend_from_slice(b"insula draft 1\0");
    for kind in Kind::ALL {
        number(&mut out, b'k', kind as u64);
        number(&mut out, b'n', entities.len(kind) as u64);
        for record in entities.records(kind, 0) {
            record.visit(&mut |_, value| write(&mut out, &value));
        }
    }
    for (name, handle) in names {
        text(&mut out, b'=', name);
        number(&mut out, b'k', handle.kind as u64);
        number(&mut out, b'r', u64::from(handle.index));
    }
    Digest::of(&out)
}

fn number(out: &mut Vec<u8>, tag: u8, number: u64) {
    out.push(tag);
    out.extend_from_slice(&number.to_le_bytes());
}

fn text(out: &mut Vec<u8>, tag: u8, text: &str) {
    number(out, tag, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn write(out: &mut Vec<u8>, value: &FieldValue<'_>) {
    match value {
        FieldValue::Null => out.push(b'0'),
        FieldValue::Bool(value) => out.extend_from_slice(&[b'b', u8::from(*value)]),
        FieldValue::Int(value) => number(out, b'i', value.cast_unsigned()),
        FieldValue::Text(value) => text(out, b't', value),
        FieldValue::Scoped(value) => {
            text(out, b's', value.text());
            // A place is at most the length of a text, so this stands for none.
            number(out, b'@', value.place().map_or(u64::MAX, |at| at as u64));
        }
        FieldValue::Date(value) => {
            out.push(b'd');
            out.extend_from_slice(&value.year().to_le_bytes());
            out.extend_from_slice(&value.month().to_le_bytes());
            out.extend_from_slice(&value.day().to_le_bytes());
        }
        FieldValue::Time(value) => {
            out.push(b'h');
            out.extend_from_slice(&value.hour().to_le_bytes());
            out.extend_from_slice(&value.minute().to_le_bytes());
            out.extend_from_slice(&value.second().to_le_bytes());
            out.extend_from_slice(&value.subsec_nanosecond().to_le_bytes());
        }
        FieldValue::Instant(value) => {
            number(out, b'u', value.as_second().cast_unsigned());
            out.extend_from_slice(&value.subsec_nanosecond().to_le_bytes());
        }
        FieldValue::Cents(value) => number(out, b'c', value.cast_unsigned()),
        FieldValue::Object(value) => text(out, b'j', &canonical(value)),
        FieldValue::Choices(words) => {
            number(out, b'l', words.len() as u64);
            words.iter().for_each(|word| text(out, b't', word));
        }
        FieldValue::Ref(kind, index) => {
            out.extend_from_slice(&[b'r', *kind as u8]);
            out.extend_from_slice(&index.to_le_bytes());
        }
        FieldValue::Refs(kind, list) => {
            number(out, b'm', list.len() as u64);
            out.push(*kind as u8);
            list.iter().for_each(|index| out.extend_from_slice(&index.to_le_bytes()));
        }
    }
}

/// An object with its keys in order, so that a database that reorders keys does not change the digest.
fn canonical(object: &serde_json::Map<String, serde_json::Value>) -> String {
    if object.is_empty() {
        return "{}".to_owned();
    }
    let mut value = serde_json::Value::Object(object.clone());
    value.sort_all_objects();
    value.to_string()
}
