//! Islands: what committed drafts become.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::entities::Entities;
use crate::entity::Kind;
use crate::handle::AnyHandle;
use crate::id::{Ids, IslandId};
use crate::view::View;

/// A committed draft: its entities, now with ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Island {
    /// Its id.
    pub id: IslandId,
    /// What it holds.
    pub entities: Entities,
    /// The ids of what it holds.
    pub ids: Ids,
    /// What a scenario named.
    pub names: BTreeMap<String, AnyHandle>,
}

impl Island {
    /// The entities of one kind as callers see them.
    pub fn views(&self, kind: Kind) -> impl Iterator<Item = View<'_>> {
        let records = (0..).zip(self.entities.records(kind, 0));
        records.map(|(index, record)| View { record, index, ids: &self.ids, island: Some(self.id) })
    }
}

/// How many entities there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u32; Kind::ALL.len()]);

impl Counts {
    /// The counts of some entities.
    pub fn of(entities: &Entities) -> Self {
        Self(Kind::ALL.map(|kind| u32::try_from(entities.len(kind)).unwrap_or(u32::MAX)))
    }

    /// How many there are of one kind.
    pub fn get(&self, kind: Kind) -> u32 {
        self.0[kind as usize]
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Kind::ALL.len()))?;
        for kind in Kind::ALL {
            map.serialize_entry(kind.plural(), &self.get(kind))?;
        }
        map.end()
    }
}

impl JsonSchema for Counts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Counts".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let count = serde_json::json!({ "type": "integer", "minimum": 0 });
        let properties: serde_json::Map<_, _> =
            Kind::ALL.into_iter().map(|kind| (kind.plural().to_owned(), count.clone())).collect();
        json_schema!({
            "type": "object",
            "description": "How many entities there are of each kind.",
            "properties": properties,
            "required": Kind::ALL.map(Kind::plural),
        })
    }
}
