//! What those who run the host ask for.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use insula_engine::Engine;
use schemars::JsonSchema;
use serde::Serialize;

use crate::measure;
use crate::problem::Problem;
use crate::reply::Done;

/// How the host is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Health {
    /// Always `ok`: a host that is not well answers with a problem, or not at all.
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

pub(crate) async fn healthz() -> Done<Health> {
    Done::from(OK)
}

pub(crate) async fn readyz(State(engine): State<Engine>) -> Result<Done<Health>, Problem> {
    engine.ready().await?;
    Ok(Done::from(OK))
}

pub(crate) async fn metrics(State(engine): State<Engine>) -> impl IntoResponse {
    if let Err(reason) = engine.gauge_islands().await {
        // All other metrics are as good as ever, and tell what is wrong.
        tracing::warn!(%reason, "the islands could not be counted");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], measure::handle().render())
}
