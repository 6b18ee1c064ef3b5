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
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use support::{host, host_with};

/// Clocks at which careless code breaks: the edges of a day, both ends of daylight saving, a leap day.
const CLOCKS: [&str; 21] = [
    "2026-01-05T09:00:00Z",
    "2026-03-28T23:59:00Z",
    "2026-03-29T00:59:59Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2028-02-29T00:01:00Z",
    "2026-12-31T23:59:00Z",
    // 23:59 and 00:01 in Kolkata, in Kathmandu, and on Lord Howe in its winter.
    "2026-01-05T18:29:00Z",
    "2026-01-05T18:31:00Z",
    "2026-01-05T18:14:00Z",
    "2026-01-05T18:16:00Z",
    "2026-06-30T13:29:00Z",
    "2026-06-30T13:31:00Z",
    // The last hour before daylight saving begins or ends, and the first one after it, in New York …
    "2026-03-08T06:59:59Z",
    "2026-03-08T07:00:00Z",
    "2026-11-01T06:00:00Z",
    // … and on Lord Howe.
    "2026-04-04T15:00:00Z",
    "2026-10-03T15:29:59Z",
    "2026-10-03T15:30:00Z",
    // The moment at which it ends in Berlin.
    "2026-10-25T01:00:00Z",
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

#[test]
fn the_clocks_strike_both_sides_of_midnight_and_of_every_change_of_an_hour() {
    for zone in ZONES.map(|name| TimeZone::get(name).expect("a zone")) {
        let name = zone.iana_name().unwrap_or_default().to_owned();
        let clocks = CLOCKS.map(|clock| clock.parse::<Timestamp>().expect("a clock"));
        if clocks.iter().any(|clock| zone.to_offset(*clock).seconds() % 3600 != 0) {
            for wanted in ["23:59", "00:01"] {
                let strikes = clocks
                    .iter()
                    .any(|clock| zone.to_datetime(*clock).strftime("%H:%M").to_string() == wanted);
                assert!(strikes, "no clock strikes {wanted} in {name}");
            }
        }
        let (from, to) = (jiff::civil::date(2026, 1, 1), jiff::civil::date(2027, 1, 1));
        let [from, to] = [from, to].map(|day| day.to_zoned(zone.clone()).expect("a day").timestamp());
        for change in zone.following(from).take_while(|change| change.timestamp() < to) {
            assert!(clocks.contains(&change.timestamp()), "no clock is at {} in {name}", change.timestamp());
        }
    }
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
