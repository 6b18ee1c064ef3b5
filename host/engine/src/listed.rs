//! Entities in answers, written straight from the island: nothing is copied to be sent.

use std::marker::PhantomData;
use std::sync::Arc;

use insula_domain::{Choice, Clinic, Entity, EntityId, Ids, Island, Kind, Role, User, View};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// How many entities of a kind an answer lists before it is cut: `counts` has the whole number, and the rest is
/// read by pages.
pub(crate) const LISTED: usize = 1_000;

/// What an answer shows an island from: a committed one, or a draft whose things have no ids.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) island: Arc<Island>,
    /// Whether the island has an id; a plan has none.
    pub(crate) committed: bool,
    /// How many entities of a kind are listed at most.
    pub(crate) at_most: usize,
}

impl Content {
    fn view(&self, kind: Kind, index: u32) -> Option<View<'_>> {
        let record = self.island.entities.record(kind, index as usize)?;
        Some(View { record, index, ids: &self.island.ids, island: self.committed.then_some(self.island.id) })
    }

    fn list<S: SerializeSeq>(&self, kind: Kind, seq: &mut S) -> Result<(), S::Error> {
        for index in (0..).take(self.listed(kind)) {
            if let Some(view) = self.view(kind, index) {
                seq.serialize_element(&view)?;
            }
        }
        Ok(())
    }

    fn listed(&self, kind: Kind) -> usize {
        self.island.entities.len(kind).min(self.at_most)
    }
}

/// The first entities of a type.
#[derive(Clone, Debug)]
pub struct Listed<E> {
    content: Content,
    kind: PhantomData<fn() -> E>,
}

impl<E> Listed<E> {
    pub(crate) fn of(content: &Content) -> Self {
        Self { content: content.clone(), kind: PhantomData }
    }
}

impl<E: Entity> Serialize for Listed<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.content.listed(E::KIND)))?;
        self.content.list(E::KIND, &mut seq)?;
        seq.end()
    }
}

/// The schema of an entity as callers see it: its fields and its id.
pub fn entity_schema<E: Entity>(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = E::json_schema(generator);
    let id = generator.subschema_for::<EntityId>().to_value();
    let object = schema.ensure_object();
    if let Some(properties) =
        object.entry("properties").or_insert_with(|| Value::Object(Default::default())).as_object_mut()
    {
        properties.insert("id".to_owned(), id);
    }
    let names = std::iter::once("id").chain(E::FIELDS.iter().map(|field| field.name));
    object.insert("required".to_owned(), names.collect());
    schema
}

/// The type of an entity as callers see it, for the OpenAPI document.
struct Seen<E>(PhantomData<E>);

impl<E: Entity> JsonSchema for Seen<E> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        E::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        entity_schema::<E>(generator)
    }
}

impl<E: Entity> JsonSchema for Listed<E> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        E::KIND.plural().into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<Seen<E>>::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}

/// The entities of all kinds, by the kind's plural.
#[derive(Clone, Debug)]
pub struct AllListed(pub(crate) Content);

impl Serialize for AllListed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct OfKind<'a>(&'a Content, Kind);
        impl Serialize for OfKind<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut seq = serializer.serialize_seq(Some(self.0.listed(self.1)))?;
                self.0.list(self.1, &mut seq)?;
                seq.end()
            }
        }
        let mut map = serializer.serialize_map(Some(Kind::ALL.len()))?;
        for kind in Kind::ALL {
            map.serialize_entry(kind.plural(), &OfKind(&self.0, kind))?;
        }
        map.end()
    }
}

impl JsonSchema for AllListed {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Entities".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        use insula_domain as domain;
        let properties = [
            (Kind::Clinic, generator.subschema_for::<Listed<Clinic>>()),
            (Kind::User, generator.subschema_for::<Listed<User>>()),
            (Kind::Membership, generator.subschema_for::<Listed<domain::Membership>>()),
            (Kind::ServiceTypeGroup, generator.subschema_for::<Listed<domain::ServiceTypeGroup>>()),
            (Kind::AppointmentType, generator.subschema_for::<Listed<domain::AppointmentType>>()),
            (Kind::Offering, generator.subschema_for::<Listed<domain::Offering>>()),
            (Kind::ResourceType, generator.subschema_for::<Listed<domain::ResourceType>>()),
            (Kind::Resource, generator.subschema_for::<Listed<domain::Resource>>()),
            (Kind::ResourceRequirement, generator.subschema_for::<Listed<domain::ResourceRequirement>>()),
            (Kind::BillingScenario, generator.subschema_for::<Listed<domain::BillingScenario>>()),
            (Kind::Availability, generator.subschema_for::<Listed<domain::Availability>>()),
            (Kind::CalendarEvent, generator.subschema_for::<Listed<domain::CalendarEvent>>()),
            (Kind::Patient, generator.subschema_for::<Listed<domain::Patient>>()),
            (Kind::Appointment, generator.subschema_for::<Listed<domain::Appointment>>()),
        ];
        let properties: serde_json::Map<_, _> = properties
            .into_iter()
            .map(|(kind, schema)| (kind.plural().to_owned(), schema.to_value()))
            .collect();
        json_schema!({ "type": "object", "properties": properties, "required": Kind::ALL.map(Kind::plural) })
    }
}

/// The users, each with the name and the roles that their memberships give them.
#[derive(Clone, Debug)]
pub struct Users(pub(crate) Content);

struct UserView<'a> {
    view: View<'a>,
    memberships: Vec<&'a insula_domain::Membership>,
}

impl Serialize for Users {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let island = &self.0.island;
        let mut memberships = vec![Vec::new(); island.entities.users.len()];
        for membership in &island.entities.memberships {
            if let Some(list) = memberships.get_mut(membership.user.index() as usize) {
                list.push(membership);
            }
        }
        let listed = self.0.listed(Kind::User);
        let mut seq = serializer.serialize_seq(Some(listed))?;
        for (index, memberships) in (0..).zip(memberships).take(listed) {
            if let Some(view) = self.0.view(Kind::User, index) {
                seq.serialize_element(&UserView { view, memberships })?;
            }
        }
        seq.end()
    }
}

impl Serialize for UserView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &id(self.view.ids, Kind::User, self.view.index))?;
        self.view.serialize_fields(&mut map)?;
        map.serialize_entry("full_name", &self.memberships.first().map(|membership| &membership.full_name))?;
        map.serialize_entry("roles", &RolesByClinic(self))?;
        map.end()
    }
}

struct RolesByClinic<'a>(&'a UserView<'a>);

impl Serialize for RolesByClinic<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.memberships.len()))?;
        for membership in &self.0.memberships {
            let clinic = id(self.0.view.ids, Kind::Clinic, membership.clinic.index());
            map.serialize_entry(
                &clinic.to_string(),
                &membership.roles.iter().map(Role::word).collect::<Vec<_>>(),
            )?;
        }
        map.end()
    }
}

impl JsonSchema for Users {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Users".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut user = entity_schema::<User>(generator);
        if let Some(properties) = user.get_mut("properties").and_then(Value::as_object_mut) {
            let name = serde_json::json!({
                "type": ["string", "null"],
                "description": "The name in the user's first clinic; nothing for a user of no clinic.",
            });
            let roles = serde_json::json!({
                "type": "object",
                "description": "The roles in each clinic, by the clinic's id.",
                "additionalProperties": { "type": "array", "items": Role::json_schema(generator).to_value() },
            });
            properties.extend([("full_name".to_owned(), name), ("roles".to_owned(), roles)]);
        }
        json_schema!({ "type": "array", "items": user })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// What a scenario named, by name.
#[derive(Clone, Debug)]
pub struct Names(pub(crate) Content);

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let island = &self.0.island;
        serializer.collect_map(island.names.iter().map(|(name, handle)| {
            let named =
                Named { kind: handle.kind.singular(), id: id(&island.ids, handle.kind, handle.index) };
            (name, named)
        }))
    }
}

impl JsonSchema for Names {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Names".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let named = generator.subschema_for::<Named>();
        json_schema!({ "type": "object", "additionalProperties": named })
    }
    fn inline_schema() -> bool {
        true
    }
}

pub(crate) fn id(ids: &Ids, kind: Kind, index: u32) -> EntityId {
    ids.get(kind, index).unwrap_or(EntityId::Int(i64::from(index)))
}

/// A thing that a scenario named.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Named {
    /// What it is.
    pub kind: &'static str,
    /// Its id.
    pub id: EntityId,
}
