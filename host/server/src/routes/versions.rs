//! The versions of a scenario: adding, removing, and going back to an older one.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described, StatusCode as Code};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use insula_engine::{Added, Engine, PluginSource, Removed, RollbackRequest, RolledBack, ScenarioVersions};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::extract::{JsonBodyOrDefault, Keyed, Path, Query, WasmBody};
use crate::problem::Problem;
use crate::reply::{Created, Done};
use crate::routes::scenarios::ScenarioPath;

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct VersionPath {
    /// The scenario's name.
    name: String,
    /// Its version, such as `1.2.0`.
    version: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct FromQuery {
    /// Where the plugin is from, for people: at most 500 letters.
    from: Option<String>,
}

pub(crate) async fn versions(
    State(engine): State<Engine>,
    Path(ScenarioPath { name }): Path<ScenarioPath>,
) -> Result<Done<ScenarioVersions>, Problem> {
    Ok(Done::from(engine.versions(&name).await?))
}

pub(crate) async fn add(
    _: Keyed,
    State(engine): State<Engine>,
    Path(VersionPath { name, version }): Path<VersionPath>,
    Query(FromQuery { from }): Query<FromQuery>,
    WasmBody { wasm, signature }: WasmBody,
) -> Result<AddedReply, Problem> {
    let from = from.unwrap_or_else(|| "an upload".to_owned());
    let source = PluginSource::new(from, Vec::from(wasm)).signed(signature);
    Ok(AddedReply(engine.add_scenario(source, Some((&name, &version))).await?))
}

pub(crate) async fn remove(
    _: Keyed,
    State(engine): State<Engine>,
    Path(VersionPath { name, version }): Path<VersionPath>,
) -> Result<Done<Removed>, Problem> {
    Ok(Done::from(engine.remove_scenario(&name, &version).await?))
}

pub(crate) async fn roll_back(
    _: Keyed,
    State(engine): State<Engine>,
    Path(ScenarioPath { name }): Path<ScenarioPath>,
    JsonBodyOrDefault(request): JsonBodyOrDefault<RollbackRequest>,
) -> Result<Done<RolledBack>, Problem> {
    Ok(Done::from(engine.roll_back(&name, request).await?))
}

/// 201 for what was added, 200 for what was there already.
pub(crate) struct AddedReply(Added);

impl IntoResponse for AddedReply {
    fn into_response(self) -> Response {
        if self.0.added { Created::from(self.0).into_response() } else { Done::from(self.0).into_response() }
    }
}

impl OperationOutput for AddedReply {
    type Inner = Added;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Described> {
        Created::<Added>::operation_response(ctx, operation)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<Code>, Described)> {
        let mut responses = Created::<Added>::inferred_responses(ctx, operation);
        responses.extend(Done::<Added>::inferred_responses(ctx, operation));
        responses
    }
}
