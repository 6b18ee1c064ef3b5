//! The catalog.

use axum::extract::State;
use insula_engine::{Engine, ScenarioInfo, ScenarioSummary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::reply::Done;

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct ScenarioPath {
    /// The scenario's name, or one of its other names.
    pub(crate) name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct VersionQuery {
    /// A version requirement such as `^1`; the default version where it is left out.
    version: Option<String>,
}

/// The scenarios that this host has loaded.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Scenarios {
    /// By name.
    scenarios: Vec<ScenarioSummary>,
}

pub(crate) async fn scenarios(State(engine): State<Engine>) -> Done<Scenarios> {
    Done::from(Scenarios { scenarios: engine.scenarios() })
}

pub(crate) async fn scenario(
    State(engine): State<Engine>,
    Path(ScenarioPath { name }): Path<ScenarioPath>,
    Query(VersionQuery { version }): Query<VersionQuery>,
) -> Result<Done<ScenarioInfo>, Problem> {
    Ok(Done::from(engine.scenario(&name, version.as_deref()).await?))
}
