//! What Prometheus is shown. In a process of its own, since metrics are the process's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

use insula_test_guests::guest;
use insula_test_http::TestHost;
use serde_json::json;

/// The value of one series.
fn value(metrics: &str, series: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

#[tokio::test]
async fn runs_and_requests_are_counted_and_failed_ones_leave_no_island() {
    let host = TestHost::builder().plugin("traps", guest("traps_after_50_entities")).start().await;
    let client = host.client();
    for _ in 0..3 {
        client.seed(json!({ "scenario": "standard" })).await;
    }
    for _ in 0..5 {
        assert_eq!(
            client.post("/api/test/seed", json!({ "scenario": "traps_after_50_entities" })).await.status,
            500
        );
    }
    client.post("/api/test/seed", json!({ "scenario": "made up by a caller" })).await;
    client.post("/api/test/scenarios/minimal/plan", json!({})).await;
    // Refused before it is looked for.
    let refused =
        client.request(reqwest::Method::POST, "/api/test/seed").header("idempotency-key", "k".repeat(300));
    let refused = refused.json(&json!({ "scenario": "made up, too" })).send().await.unwrap();
    assert_eq!(refused.status(), 422);
    client.get("/made/up/by/a/caller").await;

    let reply = client.get("/metrics").await;
    assert!(reply.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    let shown = |series: &str| value(&reply.text, series);
    for (series, wanted) in [
        (r#"insula_runs_total{scenario="standard",outcome="seeded"}"#, 3.0),
        (r#"insula_runs_total{scenario="traps_after_50_entities",outcome="faulty"}"#, 5.0),
        (r#"insula_runs_total{scenario="unknown",outcome="unknown_scenario"}"#, 1.0),
        (r#"insula_runs_total{scenario="minimal",outcome="planned"}"#, 1.0),
        (r#"insula_run_seconds_count{scenario="standard"}"#, 3.0),
        (r#"insula_run_seconds_count{scenario="minimal"}"#, 1.0),
        (r#"insula_run_seconds_bucket{scenario="standard",le="+Inf"}"#, 3.0),
        (r#"insula_run_fuel_count{scenario="standard"}"#, 3.0),
        (r#"insula_run_peak_memory_bytes_count{scenario="standard"}"#, 3.0),
        ("insula_queue_seconds_count", 9.0),
        ("insula_commit_seconds_count", 3.0),
        (r#"insula_islands{state="active"}"#, 3.0),
        (r#"insula_http_requests_total{route="/api/test/seed",status="201"}"#, 3.0),
        (r#"insula_http_requests_total{route="/api/test/seed",status="500"}"#, 5.0),
        (r#"insula_http_requests_total{route="none",status="404"}"#, 1.0),
        (r#"insula_http_request_seconds_count{route="/api/test/seed"}"#, 10.0),
    ] {
        assert_eq!(shown(series), Some(wanted), "{series} in\n{}", reply.text);
    }
    assert!(!reply.text.contains("made up"), "what callers make up must not become a label");
    host.stop().await;
}
