//! Seeding many islands at once.

use axum::extract::State;
use axum::http::HeaderMap;
use insula_engine::{Answer, Engine, EngineError, SeedRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::extract::JsonBody;
use crate::problem::Problem;
use crate::reply::MultiStatus;
use crate::routes::seed::HEADER;

/// A batch's answers are held in memory until the last is there.
const MAX_ITEMS: usize = 1_000;

/// Seed many islands at once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// What to seed.
    #[schemars(length(max = MAX_ITEMS))]
    pub items: Vec<SeedRequest>,
}

/// What became of a batch.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchAnswer {
    /// The outcome of each item, in the order of the request.
    pub items: Vec<BatchItem>,
}

/// What became of one item.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchItem {
    /// The status that it would have had alone: 201 when it was seeded.
    pub status: u16,
    /// The island.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Box<Answer>>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl From<Result<Answer, EngineError>> for BatchItem {
    fn from(outcome: Result<Answer, EngineError>) -> Self {
        match outcome {
            Ok(answer) => Self { status: 201, answer: Some(Box::new(answer)), problem: None },
            Err(error) => {
                let problem = Problem::from(error);
                Self { status: problem.kind().status().as_u16(), answer: None, problem: Some(problem) }
            }
        }
    }
}

pub(crate) async fn seed_batch(
    State(engine): State<Engine>,
    headers: HeaderMap,
    JsonBody(BatchRequest { items }): JsonBody<BatchRequest>,
) -> Result<MultiStatus<BatchAnswer>, Problem> {
    if headers.contains_key(HEADER) {
        let detail = "a batch takes no Idempotency-Key: it would be sent again in part; seed one by one with a key each";
        return Err(Problem::of_field("Idempotency-Key", detail));
    }
    if items.len() > MAX_ITEMS {
        let detail =
            format!("a batch has at most {MAX_ITEMS} items, this one has {}; send several", items.len());
        return Err(Problem::of_field("items", detail));
    }
    let outcomes = engine.seed_batch(items).await;
    Ok(MultiStatus::from(BatchAnswer { items: outcomes.into_iter().map(BatchItem::from).collect() }))
}
