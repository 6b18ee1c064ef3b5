//! What runs did: each is run once more, and nothing is written.

use axum::extract::State;
use insula_engine::{Engine, Explanation};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::extract::Path;
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
