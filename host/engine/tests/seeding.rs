//! What a caller gets for a scenario.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

mod support;

use insula_domain::Kind;
use insula_engine::{Answer, EngineError, PlanRequest, SeedRequest, Ttl};
use serde_json::{Value, json};
use support::{fixed, host, json as as_json};

#[tokio::test]
async fn a_standard_island_has_all_that_a_test_needs() {
    let host = host().await;
    let answer = as_json(&host.engine.seed(SeedRequest::of("standard"), None).await.unwrap());
    assert_eq!(answer["clinic_id"], answer["clinics"][0]["id"]);
    assert_eq!(
        answer["users"][0]["email"],
        format!("admin+{}@example.test", answer["island_id"].as_str().unwrap())
    );
    assert_eq!(answer["tokens"][0]["user_id"], answer["users"][0]["id"]);
    assert_eq!(answer["users"][0]["roles"][answer["clinic_id"].as_str().unwrap()], json!(["admin"]));
    assert_eq!(answer["patients"].as_array().unwrap().len(), 1);
    assert_eq!(answer["appointment_types"][0]["duration_minutes"], 30);
    assert_eq!(answer["counts"]["users"], 2);
    assert!(answer["run"]["fuel"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_scenario_answers_to_its_long_name_too() {
    let host = host().await;
    for (name, scenario) in [
        ("MinimalClinic", "minimal"),
        ("StandardClinic", "standard"),
        ("MultiClinicAdmin", "multi_clinic"),
        ("WithAppointment", "with_appointment"),
    ] {
        let answer = host.engine.seed(SeedRequest::of(name), None).await.unwrap();
        assert_eq!(answer.scenario, scenario);
    }
}

#[tokio::test]
async fn every_example_of_every_scenario_works() {
    let host = host().await;
    let mut ran = 0;
    for summary in host.engine.scenarios() {
        for example in host.engine.scenario(&summary.name, None).await.unwrap().manifest.examples {
            let params = example.params.as_object().cloned().unwrap();
            let request = SeedRequest { params, ..SeedRequest::of(&summary.name) };
            let answer = host.engine.seed(request, None).await.unwrap_or_else(|error| {
                panic!("{}, example {:?}: {error}", summary.name, example.title);
            });
            assert!(answer.counts.get(Kind::Clinic) > 0);
            ran += 1;
        }
    }
    assert!(ran >= 6, "only {ran} examples ran");
}

#[tokio::test]
async fn a_plan_shows_what_a_seed_would_build_and_writes_nothing() {
    let host = host().await;
    let request =
        PlanRequest { seed: Some(42), clock: fixed("x", json!({})).clock, ..PlanRequest::default() };
    let plan = host.engine.plan("standard", request).await.unwrap();
    assert_eq!(host.engine.islands(Default::default()).await.unwrap().total, 0);
    let seeded = host.engine.seed(fixed("standard", json!({})), None).await.unwrap();
    assert_eq!(plan.digest, seeded.digest);
    assert_eq!(as_json(&plan)["entities"]["users"][0]["email"], "admin@example.test");
}

#[tokio::test]
async fn adding_to_an_island_keeps_what_is_there() {
    let host = host().await;
    let first = host.engine.seed(SeedRequest::of("standard"), None).await.unwrap();
    let refused = host
        .engine
        .seed(SeedRequest { into: Some(first.island_id), ..SeedRequest::of("standard") }, None)
        .await;
    // A second standard clinic wants the same addresses, which the island has already.
    let Err(EngineError::Rejected { rejection, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((rejection.field.as_deref(), rejection.rule.as_str()), (Some("email"), "unique"));
    let stored = as_json(&host.engine.island(first.island_id).await.unwrap());
    assert_eq!(stored["counts"], as_json(&first)["counts"]);
    assert_eq!(stored["runs"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runs_that_add_at_once_see_what_the_others_added() {
    let host = host().await;
    let id = host.engine.seed(SeedRequest::of("minimal"), None).await.unwrap().island_id;
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let engine = host.engine.clone();
        runs.spawn(async move {
            engine.seed(SeedRequest { into: Some(id), ..SeedRequest::of("good") }, None).await
        });
    }
    let answers = runs.join_all().await;
    // Each adds a user, whose address depends on how many there are.
    let mut users: Vec<u32> =
        answers.into_iter().map(|answer| answer.unwrap().counts.get(Kind::User)).collect();
    users.sort_unstable();
    assert_eq!(users, [2, 3, 4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn the_same_key_and_body_give_the_same_island() {
    let host = host().await;
    let seed = |request: SeedRequest| {
        let engine = host.engine.clone();
        async move { engine.seed(request, Some("key-1")).await }
    };
    let (one, other) = tokio::join!(seed(SeedRequest::of("standard")), seed(SeedRequest::of("standard")));
    let (one, other) = (as_json(&one.unwrap()), as_json(&other.unwrap()));
    for field in
        ["island_id", "clinics", "users", "patients", "named", "digest", "seed", "clock", "counts", "run"]
    {
        assert_eq!(one[field], other[field], "{field}");
    }
    assert_eq!(host.engine.islands(Default::default()).await.unwrap().total, 1);
    let reused = seed(SeedRequest::of("minimal")).await;
    assert!(matches!(reused, Err(EngineError::KeyReused { .. })), "{reused:?}");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_place() {
    let host = host().await;
    let refused =
        host.engine.seed(fixed("busy_calendar", json!({ "appointments": 0, "colour": "red" })), None).await;
    let Err(EngineError::Params { violations, .. }) = refused else { panic!("{refused:?}") };
    let pointers: Vec<&str> = violations.iter().map(|violation| violation.pointer.as_str()).collect();
    assert!(pointers.contains(&"/appointments"), "{violations:?}");
    assert!(violations.iter().any(|violation| violation.message.contains("colour")), "{violations:?}");

    let unknown = host.engine.seed(SeedRequest::of("standrad"), None).await;
    let Err(EngineError::UnknownScenario { known, .. }) = unknown else { panic!("{unknown:?}") };
    assert!(known.contains(&"standard".to_owned()));

    let version = SeedRequest { version: Some("^9".to_owned()), ..SeedRequest::of("standard") };
    assert!(matches!(host.engine.seed(version, None).await, Err(EngineError::NoVersion { .. })));
    assert_eq!(host.engine.islands(Default::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn an_island_is_renewed_and_ends_and_ending_it_again_changes_nothing() {
    let host = host().await;
    let answer = host.engine.seed(SeedRequest::of("standard"), None).await.unwrap();
    let id = answer.island_id;
    let renewed = host.engine.renew(id, "20h".parse::<Ttl>().unwrap()).await.unwrap();
    assert!(renewed.expires_at > answer.expires_at);
    let ended = host.engine.end(id).await.unwrap();
    assert!(ended.removed && ended.certificate.rows.values().sum::<u64>() >= 9, "{ended:?}");
    assert!(!host.engine.end(id).await.unwrap().removed);
    assert!(matches!(host.engine.island(id).await, Err(EngineError::Gone { .. })));
    let into = SeedRequest { into: Some(id), ..SeedRequest::of("minimal") };
    assert!(matches!(host.engine.seed(into, None).await, Err(EngineError::Gone { .. })));
}

#[tokio::test]
async fn a_batch_gives_each_its_own_outcome_in_order() {
    let host = host().await;
    let requests = ["minimal", "nonsense", "standard"].map(SeedRequest::of);
    let outcomes = host.engine.seed_batch(requests.to_vec()).await;
    let word = |outcome: &Result<Answer, EngineError>| match outcome {
        Ok(answer) => answer.scenario.clone(),
        Err(error) => error.outcome().to_owned(),
    };
    assert_eq!(outcomes.iter().map(word).collect::<Vec<_>>(), ["minimal", "unknown_scenario", "standard"]);
}

#[tokio::test]
async fn a_reset_leaves_no_island() {
    let host = host().await;
    for _ in 0..3 {
        host.engine.seed(SeedRequest::of("full_clinic"), None).await.unwrap();
    }
    assert!(
        host.engine.reset(insula_engine::ResetQuery::default()).await.unwrap().rows.values().sum::<u64>()
            > 30
    );
    assert_eq!(host.engine.islands(Default::default()).await.unwrap().total, 0);
}

#[tokio::test]
async fn entities_are_read_by_pages() {
    let host = host().await;
    let answer = host.engine.seed(fixed("busy_calendar", json!({ "appointments": 25 })), None).await.unwrap();
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = host.engine.entities(answer.island_id, Kind::Appointment, Some(10), after).await.unwrap();
        assert_eq!(page.total, 25);
        let items: Vec<Value> = as_json(&page)["items"].as_array().unwrap().clone();
        assert!(items.len() <= 10);
        seen.extend(items.into_iter().map(|item| item["id"].to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
}
