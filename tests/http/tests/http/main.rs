//! The host through its front door: what good and bad callers get, and that the host is well afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

mod bodies;
mod bounds;
mod catalog;
mod clients;
mod ending;
mod events;
mod faults;
mod islands;
mod openapi;
mod postgres;
mod quotas;
mod readme;
mod refusals;
mod seeding;
mod steps;
mod uploads;
mod who;

use insula_test_http::TestHost;
use serde_json::json;

/// What every test ends with: nothing was written but what was acknowledged, and the next request is served.
async fn is_well(host: &TestHost, islands: u64) {
    assert_eq!(host.islands().await, islands);
    let next = host.client().seed(json!({ "scenario": "minimal" })).await;
    assert_eq!(next["counts"]["clinics"], 1);
    assert_eq!(host.islands().await, islands + 1);
}
