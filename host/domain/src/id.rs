//! Ids: how things are named once they are committed.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entity::Kind;

/// The id of an island: a UUIDv7 (RFC 9562), so that islands sort by when they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct IslandId(pub Uuid);

/// The id of a run that was committed: a UUIDv7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RunId(pub Uuid);

impl fmt::Display for IslandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl std::str::FromStr for IslandId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// The id of a committed entity. Which of the two it is depends on the tables that hold it, so nothing above the
/// store may assume either: on the wire it is a JSON string or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EntityId {
    /// Insula's own tables: a UUIDv7.
    Uuid(Uuid),
    /// Tables with integer keys: drawn from the table's own sequence.
    Int(i64),
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(id) => id.fmt(f),
            Self::Int(id) => id.fmt(f),
        }
    }
}

impl JsonSchema for EntityId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EntityId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"] })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// The ids of an island's entities, by kind and position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ids {
    by_kind: [Vec<EntityId>; Kind::ALL.len()],
}

impl Ids {
    /// The ids of one kind, in the order of its entities.
    pub fn of(&self, kind: Kind) -> &[EntityId] {
        &self.by_kind[kind as usize]
    }

    /// The ids of one kind, to add to.
    pub fn of_mut(&mut self, kind: Kind) -> &mut Vec<EntityId> {
        &mut self.by_kind[kind as usize]
    }

    /// The id of one entity, or nothing when it has none yet.
    pub fn get(&self, kind: Kind, index: u32) -> Option<EntityId> {
        self.of(kind).get(index as usize).copied()
    }
}
