//! What exists, and how it ends.

use axum::extract::State;
use insula_domain::{EntityId, IslandId, Kind};
use insula_engine::{
    Certificate, EndQuery, Ended, EndedIslands, Engine, EntitiesPage, IslandAnswer, Islands, IslandsQuery,
    Renewed, ResetAnswer, ResetQuery, Ttl, Verified, VerifyQuery,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::extract::{JsonBodyOrDefault, Path, Query};
use crate::problem::Problem;
use crate::reply::Done;

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct IslandPath {
    /// The island.
    pub(crate) id: IslandId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct EntityPath {
    /// The island.
    id: IslandId,
    /// What to list.
    entity: EntityName,
}

/// A kind of entity, by its plural.
#[derive(Debug)]
pub(crate) struct EntityName(Kind);

impl<'de> Deserialize<'de> for EntityName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.plural() == name);
        kind.map(Self).ok_or_else(|| {
            let known = Kind::ALL.map(Kind::plural).join(", ");
            de::Error::custom(format!("an island has no {name}; it has {known}"))
        })
    }
}

impl JsonSchema for EntityName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EntityName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Kind::ALL.map(Kind::plural) })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct PageQuery {
    /// How many at most: 1 to 1,000; 100 where it is left out.
    pub limit: Option<u32>,
    /// Go on after this entity: the `next` of the answer before.
    #[serde(deserialize_with = "id")]
    pub after: Option<EntityId>,
}

/// A query is text, whichever of the two an id is.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<EntityId>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let id = text.parse().map(EntityId::Int).or_else(|_| text.parse().map(EntityId::Uuid));
    id.map(Some).map_err(|_| de::Error::custom(format!("{text:?} is no id of an entity")))
}

/// Move an island's expiry. Nothing is needed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RenewRequest {
    /// How long the island is kept from now on; two hours where it is left out.
    pub ttl: Ttl,
}

pub(crate) async fn islands(
    State(engine): State<Engine>,
    Query(query): Query<IslandsQuery>,
) -> Result<Done<Islands>, Problem> {
    Ok(Done::from(engine.islands(query).await?))
}

pub(crate) async fn island(
    State(engine): State<Engine>,
    Path(IslandPath { id }): Path<IslandPath>,
) -> Result<Done<IslandAnswer>, Problem> {
    Ok(Done::from(engine.island(id).await?))
}

pub(crate) async fn entities(
    State(engine): State<Engine>,
    Path(EntityPath { id, entity: EntityName(kind) }): Path<EntityPath>,
    Query(page): Query<PageQuery>,
) -> Result<Done<EntitiesPage>, Problem> {
    Ok(Done::from(engine.entities(id, kind, page.limit, page.after).await?))
}

pub(crate) async fn renew(
    State(engine): State<Engine>,
    Path(IslandPath { id }): Path<IslandPath>,
    JsonBodyOrDefault(RenewRequest { ttl }): JsonBodyOrDefault<RenewRequest>,
) -> Result<Done<Renewed>, Problem> {
    Ok(Done::from(engine.renew(id, ttl).await?))
}

pub(crate) async fn end(
    State(engine): State<Engine>,
    Path(IslandPath { id }): Path<IslandPath>,
) -> Result<Done<Ended>, Problem> {
    Ok(Done::from(engine.end(id).await?))
}

pub(crate) async fn end_some(
    State(engine): State<Engine>,
    Query(query): Query<EndQuery>,
) -> Result<Done<EndedIslands>, Problem> {
    Ok(Done::from(engine.end_all(query).await?))
}

pub(crate) async fn certificate(
    State(engine): State<Engine>,
    Path(IslandPath { id }): Path<IslandPath>,
) -> Result<Done<Certificate>, Problem> {
    Ok(Done::from(engine.certificate(id).await?))
}

pub(crate) async fn reset(
    State(engine): State<Engine>,
    Query(query): Query<ResetQuery>,
) -> Result<Done<ResetAnswer>, Problem> {
    Ok(Done::from(engine.reset(query).await?))
}

pub(crate) async fn verify_cleanup(
    State(engine): State<Engine>,
    Query(query): Query<VerifyQuery>,
) -> Result<Done<Verified>, Problem> {
    Ok(Done::from(engine.verify_cleanup(query).await?))
}
