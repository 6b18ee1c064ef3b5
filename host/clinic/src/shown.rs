//! Entities in answers.

use std::borrow::Cow;
use std::marker::PhantomData;

use insula_domain::{Entity, Handle, Island, View};
use insula_engine::{Part, entity_schema};
use insula_server::web::{Problem, ProblemKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// One entity.
pub(crate) struct One<E> {
    part: Island,
    handle: Handle<E>,
}

impl<E: Entity> One<E> {
    pub(crate) fn new(part: Island, handle: Handle<E>) -> Self {
        Self { part, handle }
    }

    /// The last of its kind: what was made just now.
    pub(crate) fn last(part: Island) -> Self {
        let last = u32::try_from(E::all(&part.entities).len()).unwrap_or(u32::MAX).saturating_sub(1);
        Self::new(part, Handle::new(last))
    }
}

impl<E: Entity> Serialize for One<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.part.entities.get(self.handle) {
            Some(record) => {
                let (index, ids) = (self.handle.index(), &self.part.ids);
                View { record, index, ids, island: Some(self.part.id) }.serialize(serializer)
            }
            None => serializer.serialize_unit(),
        }
    }
}

impl<E: Entity> JsonSchema for One<E> {
    fn schema_name() -> Cow<'static, str> {
        E::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        entity_schema::<E>(generator)
    }
}

/// Those of a kind that were looked for.
pub(crate) struct Listed<E> {
    part: Part,
    kind: PhantomData<fn() -> E>,
}

impl<E: Entity> Listed<E> {
    pub(crate) fn new(part: Part) -> Self {
        Self { part, kind: PhantomData }
    }
}

impl<E: Entity> Serialize for Listed<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.part.views(E::KIND))
    }
}

impl<E: Entity> JsonSchema for Listed<E> {
    fn schema_name() -> Cow<'static, str> {
        E::KIND.plural().into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<One<E>>();
        json_schema!({ "type": "array", "items": item })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// A piece of a list.
#[derive(Serialize, JsonSchema)]
#[serde(bound(serialize = "E: Entity"))]
#[schemars(inline, bound = "E: Entity")]
pub(crate) struct Page<E: Entity> {
    /// The piece.
    items: Listed<E>,
    /// How many there are in the whole list.
    total: u64,
}

impl<E: Entity> Page<E> {
    pub(crate) fn new(part: Part) -> Self {
        Self { total: part.total(E::KIND), items: Listed::new(part) }
    }
}

/// The largest piece, and the usual one.
const LIMIT: (u32, u32) = (200, 50);

/// Which piece of a list is asked for.
pub(crate) fn window(offset: Option<u32>, limit: Option<u32>) -> Result<(u32, u32), Problem> {
    let limit = limit.unwrap_or(LIMIT.1);
    if !(1..=LIMIT.0).contains(&limit) {
        let detail = format!("limit {limit} is not between 1 and {}", LIMIT.0);
        return Err(Problem::new(ProblemKind::InvalidQuery, detail));
    }
    Ok((offset.unwrap_or(0), limit))
}
