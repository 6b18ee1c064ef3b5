//! What runs did: each is run once more, and nothing is written. And what came of them, to be taken elsewhere.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described, StatusCode as Code};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use insula_engine::{Engine, Explanation, IslandAnswer};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::extract::{Path, Query};
use crate::openapi::media;
use crate::problem::Problem;
use crate::reply::Done;
use crate::routes::islands::IslandPath;

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct EventPath {
    /// The event's number.
    id: i64,
}

pub(crate) async fn island(
    State(engine): State<Engine>,
    Path(IslandPath { id }): Path<IslandPath>,
) -> Result<Done<Explanation>, Problem> {
    Ok(Done::from(engine.explain(id).await?))
}

pub(crate) async fn refusal(
    State(engine): State<Engine>,
    Path(EventPath { id }): Path<EventPath>,
) -> Result<Done<Explanation>, Problem> {
    Ok(Done::from(engine.explain_refusal(id).await?))
}

/// How to write an island.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct ExportQuery {
    /// `sql`: statements of the host's database, with what the application added in tables of its own; `json`: the
    /// entities.
    format: ExportFormat,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum ExportFormat {
    Sql,
    Json,
}

/// An island, written down.
pub(crate) enum Export {
    Sql(String),
    Json(Box<IslandAnswer>),
}

const SQL: &str = "application/sql";

pub(crate) async fn export(
    State(engine): State<Engine>,
    Path(IslandPath { id }): Path<IslandPath>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> Result<Export, Problem> {
    Ok(match format {
        ExportFormat::Sql => Export::Sql(engine.export_sql(id).await?),
        ExportFormat::Json => Export::Json(Box::new(engine.export_json(id).await?)),
    })
}

impl IntoResponse for Export {
    fn into_response(self) -> Response {
        match self {
            Self::Sql(text) => ([(header::CONTENT_TYPE, SQL)], text).into_response(),
            Self::Json(island) => Done::from(*island).into_response(),
        }
    }
}

impl OperationOutput for Export {
    type Inner = IslandAnswer;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Described> {
        let mut described = Done::<IslandAnswer>::operation_response(ctx, operation)?;
        described.content.insert(SQL.to_owned(), media::<String>(ctx));
        Some(described)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<Code>, Described)> {
        let described = Self::operation_response(ctx, operation);
        described.map(|described| (Some(Code::Code(200)), described)).into_iter().collect()
    }
}
