//! Where two islands differ that should be alike.

use schemars::JsonSchema;
use serde::Serialize;

use crate::entities::Entities;
use crate::entity::{Kind, Record};
use crate::field::FieldValue;

/// The first place at which two islands differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The kind of entity, such as `appointment`.
    pub kind: &'static str,
    /// Which of its kind, counted from 0.
    pub position: usize,
    /// The field; none where the entity itself is in one of them alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// What it was to be; nothing where it was not to be there.
    pub wanted: Option<String>,
    /// What it is; nothing where it is not there.
    pub found: Option<String>,
}

impl Difference {
    /// The first difference, in the order of kinds, entities and fields.
    pub fn first(wanted: &Entities, found: &Entities) -> Option<Self> {
        Kind::ALL.into_iter().find_map(|kind| {
            let both = wanted.records(kind, 0).zip(found.records(kind, 0)).enumerate();
            let of_fields =
                both.filter_map(|(at, (wanted, found))| in_fields(kind, at, wanted, found)).next();
            of_fields.or_else(|| in_number(kind, wanted.len(kind), found.len(kind)))
        })
    }
}

fn in_fields(kind: Kind, position: usize, wanted: &dyn Record, found: &dyn Record) -> Option<Difference> {
    let values = |record: &dyn Record| {
        let mut values = Vec::new();
        record.visit(&mut |field, value| values.push((field.name, shown(&value))));
        values
    };
    let differ = values(wanted).into_iter().zip(values(found)).find(|(wanted, found)| wanted != found)?;
    let ((field, wanted), (_, found)) = differ;
    let kind = kind.singular();
    Some(Difference { kind, position, field: Some(field), wanted: Some(wanted), found: Some(found) })
}

fn in_number(kind: Kind, wanted: usize, found: usize) -> Option<Difference> {
    if wanted == found {
        return None;
    }
    let there = |count: usize| (count > wanted.min(found)).then(|| "there".to_owned());
    let kind = kind.singular();
    let position = wanted.min(found);
    Some(Difference { kind, position, field: None, wanted: there(wanted), found: there(found) })
}

fn shown(value: &FieldValue<'_>) -> String {
    match value {
        FieldValue::Null => "nothing".to_owned(),
        FieldValue::Bool(value) => value.to_string(),
        FieldValue::Int(value) => value.to_string(),
        FieldValue::Text(value) => format!("{value:?}"),
        FieldValue::Scoped(value) => format!("{:?}", value.text()),
        FieldValue::Date(value) => value.to_string(),
        FieldValue::Time(value) => value.to_string(),
        FieldValue::Instant(value) => value.to_string(),
        FieldValue::Cents(value) => format!("{value} cents"),
        FieldValue::Object(value) => serde_json::to_string(value).unwrap_or_default(),
        FieldValue::Choices(words) => words.join(", "),
        FieldValue::Ref(kind, index) => format!("{} {index}", kind.singular()),
        FieldValue::Refs(kind, list) => format!("{} {list:?}", kind.plural()),
    }
}
