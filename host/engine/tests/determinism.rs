//! Same plugin, params, seed and clock: the same draft, on every run and under any parallelism.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

mod support;

use std::collections::BTreeSet;

use insula_engine::{PlanRequest, Settings};
use serde_json::{Value, json};
use support::{host, host_with};

/// Clocks at which careless code breaks: the edges of a day, both ends of daylight saving, a leap day.
const CLOCKS: [&str; 8] = [
    "2026-01-05T09:00:00Z",
    "2026-03-28T23:59:00Z",
    "2026-03-29T00:59:59Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2028-02-29T00:01:00Z",
    "2026-12-31T23:59:00Z",
];

/// Zones with daylight saving, with none, with half and quarter hours, and with a daylight saving of half an hour.
const ZONES: [&str; 6] = [
    "Asia/Taipei",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
];

fn plan(seed: u64, clock: &str, params: &Value) -> PlanRequest {
    serde_json::from_value(json!({ "seed": seed, "clock": clock, "params": params })).expect("a request")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn equal_inputs_give_equal_drafts_at_every_hour_in_every_zone() {
    for zone in ZONES {
        let settings = Settings { time_zone: Some(zone.to_owned()), ..Settings::default() };
        let host = host_with(settings).await;
        for clock in CLOCKS {
            for scenario in ["standard", "with_appointment", "busy_calendar", "full_clinic"] {
                let mut runs = tokio::task::JoinSet::new();
                for _ in 0..4 {
                    let engine = host.engine.clone();
                    let request = plan(7, clock, &json!({}));
                    runs.spawn(async move { engine.plan(scenario, request).await });
                }
                let mut digests = BTreeSet::new();
                while let Some(run) = runs.join_next().await {
                    let built = run
                        .expect("a run")
                        .unwrap_or_else(|error| panic!("{scenario} at {clock} in {zone}: {error}"));
                    digests.insert(built.digest.to_string());
                }
                assert_eq!(digests.len(), 1, "{scenario} at {clock} in {zone}");
            }
        }
    }
}

#[tokio::test]
async fn another_seed_or_another_clock_gives_another_draft() {
    let host = host().await;
    let mut digests = BTreeSet::new();
    for (seed, clock) in [(1, CLOCKS[0]), (2, CLOCKS[0]), (1, CLOCKS[7])] {
        let built = host.engine.plan("with_appointment", plan(seed, clock, &json!({}))).await.unwrap();
        digests.insert(built.digest.to_string());
    }
    assert_eq!(digests.len(), 3);
}

#[tokio::test]
async fn fuel_is_the_same_every_time() {
    let host = host().await;
    let mut fuel = BTreeSet::new();
    for _ in 0..5 {
        let built = host
            .engine
            .plan("busy_calendar", plan(7, CLOCKS[0], &json!({ "appointments": 50 })))
            .await
            .unwrap();
        fuel.insert(built.run.cost.fuel);
    }
    assert_eq!(fuel.len(), 1);
}
