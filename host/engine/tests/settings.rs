//! What a team may set: quotas for the host and for one scenario, stricter schemas, defaults.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

mod support;

use insula_domain::Kind;
use insula_engine::{EngineError, PlanRequest, SeedRequest, Settings, StartError};
use serde_json::json;
use support::{fixed, host_with, json as as_json, start};

fn settings(json: serde_json::Value) -> Settings {
    serde_json::from_value(json).expect("settings")
}

#[tokio::test]
async fn a_quota_of_one_scenario_leaves_the_others_as_they_are() {
    let host =
        host_with(settings(json!({ "scenarios": { "busy_calendar": { "quotas": { "entities": 50 } } } })))
            .await;
    let full = host.engine.seed(fixed("busy_calendar", json!({ "appointments": 60 })), None).await;
    let Err(EngineError::Quota { quota, limit, .. }) = full else { panic!("{full:?}") };
    assert_eq!((quota, limit), ("entities", 50));
    assert_eq!(host.engine.islands(Default::default()).await.unwrap().total, 0);
    host.engine.seed(SeedRequest::of("full_clinic"), None).await.unwrap();
}

#[tokio::test]
async fn the_hosts_fuel_limit_holds_for_all() {
    let host = host_with(settings(json!({ "quotas": { "fuel": 5_000_000 } }))).await;
    host.engine.seed(SeedRequest::of("minimal"), None).await.unwrap();
    let dry = host
        .engine
        .seed(
            fixed("busy_calendar", json!({ "appointments": 100_000, "practitioners": 50, "days": 200 })),
            None,
        )
        .await;
    let Err(EngineError::OutOfTime { quota, limit, .. }) = dry else { panic!("{dry:?}") };
    assert_eq!((quota, limit), ("fuel", 5_000_000));
}

#[tokio::test]
async fn clinics_get_the_hosts_time_zone_and_language() {
    let host = host_with(settings(json!({ "time_zone": "Europe/Berlin", "locale": "de-DE" }))).await;
    let answer = as_json(&host.engine.seed(SeedRequest::of("minimal"), None).await.unwrap());
    assert_eq!(answer["clinics"][0]["time_zone"], "Europe/Berlin");
    assert_eq!(answer["clinics"][0]["locale"], "de-DE");
}

#[tokio::test]
async fn people_are_made_up_in_the_hosts_language_where_the_scenario_names_none() {
    let host = host_with(settings(json!({ "locale": "zh-TW" }))).await;
    let plan = as_json(&host.engine.plan("standard", PlanRequest::default()).await.unwrap());
    for person in ["/entities/memberships/0", "/entities/patients/0"] {
        let name = plan.pointer(person).and_then(|person| person["full_name"].as_str());
        let name = name.unwrap_or_else(|| panic!("no {person} in {plan:#}"));
        assert!(!name.is_empty() && name.chars().all(|letter| !letter.is_ascii()), "{person} is {name}");
    }
}

#[tokio::test]
async fn a_teams_stricter_schema_holds_for_every_scenario() {
    let strict = json!({ "properties": { "name": { "pattern": "^Team " } } });
    let host = start(Settings::default(), vec![(Kind::Clinic, strict)]).await.unwrap();
    let refused = host.engine.seed(SeedRequest::of("minimal"), None).await;
    let Err(EngineError::Rejected { rejection, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((rejection.field.as_deref(), rejection.rule.as_str()), (Some("name"), "schema"));
}

#[tokio::test]
async fn a_wrong_setting_is_told_at_the_start() {
    let error = |settings: Settings| async move {
        start(settings, Vec::new()).await.err().map(|error| error.to_string())
    };
    let zone = error(settings(json!({ "time_zone": "Europe/Atlantis" }))).await.unwrap();
    assert!(zone.contains("time_zone") && zone.contains("Europe/Atlantis"), "{zone}");
    let locale = error(settings(json!({ "locale": "klingon in space" }))).await.unwrap();
    assert!(locale.contains("locale"), "{locale}");
    let scenario = error(settings(json!({ "scenarios": { "standrad": {} } }))).await.unwrap();
    assert!(scenario.contains("scenarios.standrad"), "{scenario}");
    let other_name = error(settings(json!({ "scenarios": { "MinimalClinic": {} } }))).await.unwrap();
    assert!(other_name.contains("[scenarios.minimal]"), "{other_name}");
    for none_or_too_many in [0, 4001, u32::MAX] {
        let sandboxes = error(settings(json!({ "sandboxes": none_or_too_many }))).await.unwrap();
        assert!(sandboxes.contains("1 to 4000"), "{sandboxes}");
    }
    let schema = start(Settings::default(), vec![(Kind::Patient, json!({ "type": "nonsense" }))]).await;
    assert!(matches!(schema, Err(StartError::Schema(_))));
}
