//! Seeding one island, and planning one.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use aide::operation::add_parameters;
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderName;
use axum::http::request::Parts;
use insula_engine::{Answer, Engine, Plan, PlanRequest, SeedRequest};
use schemars::json_schema;

use crate::extract::{JsonBody, JsonBodyOrDefault, Path, optional_header};
use crate::problem::Problem;
use crate::reply::{Created, Done};
use crate::routes::scenarios::ScenarioPath;

pub(crate) async fn seed(
    State(engine): State<Engine>,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(request): JsonBody<SeedRequest>,
) -> Result<Created<Answer>, Problem> {
    Ok(Created::from(engine.seed(request, key.as_deref()).await?))
}

pub(crate) async fn plan(
    State(engine): State<Engine>,
    Path(ScenarioPath { name }): Path<ScenarioPath>,
    JsonBodyOrDefault(request): JsonBodyOrDefault<PlanRequest>,
) -> Result<Done<Plan>, Problem> {
    Ok(Done::from(engine.plan(&name, request).await?))
}

/// The header with which a request can be sent again safely.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(Option<String>);

pub(super) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(key) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let key = key.to_str().map_err(|_| {
            let detail = "an Idempotency-Key has 1 to 255 printable ASCII letters; a UUID is a good one";
            Problem::of_field("Idempotency-Key", detail)
        })?;
        Ok(Self(Some(key.to_owned())))
    }
}

impl OperationInput for IdempotencyKey {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let key = optional_header(
            "Idempotency-Key",
            "The same key and body give the same island; another body is refused.",
            json_schema!({ "type": "string", "minLength": 1, "maxLength": 255 }),
        );
        add_parameters(ctx, operation, [key]);
    }
}
