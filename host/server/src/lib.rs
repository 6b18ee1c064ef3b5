//! The HTTP API: what the engine can do, as routes, problem documents and an OpenAPI document.
//!
//! A request passes one door ([`router`] lists the routes behind it): it gets an id, is checked for host, origin,
//! test mode and key, runs under a time limit, and is counted and logged once. Whatever is refused is answered
//! with a [`Problem`], never with plain text.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod config;
mod door;
mod extract;
mod guard;
mod measure;
mod openapi;
mod problem;
mod refusal;
mod reply;
mod request_id;
mod router;
mod routes;
mod serve;

/// What an application that is served beside this API is made of, so that it reads requests and refuses them alike.
pub mod web {
    pub use crate::extract::{JsonBody, JsonBodyOrDefault, Path, Query};
    pub use crate::openapi::{body_example, described, says, sent};
    pub use crate::problem::{Members, Problem, ProblemKind};
    pub use crate::reply::{Created, Done};
}

pub use config::{ApiKey, ServerConfig, ServerError};
pub use problem::{Problem, ProblemKind};
pub use router::router;
pub use routes::batch::{BatchAnswer, BatchItem, BatchRequest};
pub use routes::islands::{PageQuery, RenewRequest};
pub use serve::serve;
