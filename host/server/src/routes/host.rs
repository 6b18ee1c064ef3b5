//! What those who run the host ask for.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described, StatusCode as Code};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use insula_engine::Engine;
use schemars::JsonSchema;
use serde::Serialize;

use crate::measure;
use crate::openapi::media;
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

/// The metrics as text.
pub(crate) struct Metrics(String);

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) async fn metrics(State(engine): State<Engine>) -> Metrics {
    if let Err(reason) = engine.gauge_islands().await {
        // All other metrics are as good as ever, and tell what is wrong.
        tracing::warn!(%reason, "the islands could not be counted");
    }
    Metrics(measure::handle().render())
}

impl IntoResponse for Metrics {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, TEXT)], self.0).into_response()
    }
}

impl OperationOutput for Metrics {
    type Inner = String;

    fn inferred_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<Code>, Described)> {
        let description = "In the text format of Prometheus.".to_owned();
        let content = [(TEXT.to_owned(), media::<String>(ctx))].into_iter().collect();
        vec![(Some(Code::Code(200)), Described { description, content, ..Described::default() })]
    }
}
