//! Handles: how things are named inside a draft, before they have ids.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::entity::{Entity, Kind};
use crate::id::EntityId;

/// Names one entity of kind `E` in one draft: its position among those of its kind.
///
/// A handle says nothing outside its draft. One that was made up either names another entity of the same
/// draft or none, and the draft refuses the latter.
pub struct Handle<E> {
    index: u32,
    kind: PhantomData<fn() -> E>,
}

impl<E> Handle<E> {
    /// The handle of the entity at this position. Whether there is one is for the draft to say.
    pub const fn new(index: u32) -> Self {
        Self { index, kind: PhantomData }
    }

    /// The position in the draft, counted from 0.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The position as a slice index.
    pub(crate) const fn position(self) -> usize {
        self.index as usize
    }
}

impl<E> Clone for Handle<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Handle<E> {}
impl<E> PartialEq for Handle<E> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}
impl<E> Eq for Handle<E> {}
impl<E> PartialOrd for Handle<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Handle<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.index.cmp(&other.index)
    }
}
impl<E> std::hash::Hash for Handle<E> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
impl<E: Entity> fmt::Debug for Handle<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", E::KIND.singular(), self.index)
    }
}

/// A set of handles of one kind, in their order: the order in which tables hold such a set means nothing.
pub struct Refs<E> {
    indices: Vec<u32>,
    kind: PhantomData<fn() -> E>,
}

impl<E> Refs<E> {
    /// The handles, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Handle<E>> + '_ {
        self.indices.iter().map(|&index| Handle::new(index))
    }

    /// The positions, in order.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    pub(crate) fn from_indices(mut indices: Vec<u32>) -> Self {
        indices.sort_unstable();
        indices.dedup();
        Self { indices, kind: PhantomData }
    }
}

impl<E> FromIterator<Handle<E>> for Refs<E> {
    fn from_iter<I: IntoIterator<Item = Handle<E>>>(handles: I) -> Self {
        Self::from_indices(handles.into_iter().map(Handle::index).collect())
    }
}
impl<E> Default for Refs<E> {
    fn default() -> Self {
        Self::from_indices(Vec::new())
    }
}
impl<E> Clone for Refs<E> {
    fn clone(&self) -> Self {
        Self::from_indices(self.indices.clone())
    }
}
impl<E> PartialEq for Refs<E> {
    fn eq(&self, other: &Self) -> bool {
        self.indices == other.indices
    }
}
impl<E: Entity> fmt::Debug for Refs<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<E> JsonSchema for Handle<E> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        EntityId::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        EntityId::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}

impl<E> JsonSchema for Refs<E> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EntityIds".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = EntityId::json_schema(generator);
        json_schema!({ "type": "array", "items": item, "uniqueItems": true })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// A handle of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AnyHandle {
    /// What it names.
    pub kind: Kind,
    /// The position among those of its kind, counted from 0.
    pub index: u32,
}

impl<E: Entity> From<Handle<E>> for AnyHandle {
    fn from(handle: Handle<E>) -> Self {
        Self { kind: E::KIND, index: handle.index() }
    }
}
