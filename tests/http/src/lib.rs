//! A whole host for tests: engine, fresh database, server on a port of its own; and a client for it.
//!
//! ```no_run
//! # use insula_test_http::TestHost;
//! # async fn test() {
//! let host = TestHost::start().await;
//! let island = host.client().post("/api/test/seed", serde_json::json!({ "scenario": "standard" })).await;
//! assert_eq!(island.status, 201);
//! host.stop().await;
//! # }
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

mod client;
mod host;

pub use client::{Client, Reply, http};
pub use host::{Builder, Place, TestHost, eventually};
