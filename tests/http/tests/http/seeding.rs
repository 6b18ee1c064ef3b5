//! Seeding, planning and the catalog.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::{Value, json};

use crate::is_well;

#[tokio::test]
async fn a_seeded_island_has_all_that_a_test_needs() {
    let host = TestHost::start().await;
    let body = json!({
        "scenario": "standard", "version": "^1", "params": {}, "seed": 42, "clock": "2026-01-05T09:00:00Z", "ttl": "2h",
        "label": "booking.spec.ts › edits an appointment", "isolation": "namespace", "into": null,
    });
    let island = host.client().seed(body).await;
    assert_eq!(island["scenario"], "standard");
    assert_eq!(island["clinic_id"], island["clinics"][0]["id"]);
    assert_eq!(island["tokens"][0]["token_type"], "Bearer");
    assert_eq!(island["tokens"][0]["user_id"], island["users"][0]["id"]);
    let clinic = island["clinic_id"].as_str().unwrap();
    assert_eq!(island["users"][0]["roles"][clinic], json!(["admin"]));
    let counts = ["clinics", "users", "memberships", "appointment_types", "patients"]
        .map(|kind| &island["counts"][kind]);
    assert_eq!(counts, [&json!(1), &json!(2), &json!(2), &json!(1), &json!(1)]);
    assert_eq!(island["seed"], 42);
    assert_eq!(island["clock"], "2026-01-05T09:00:00Z");
    assert!(island["run"]["fuel"].as_u64().is_some_and(|fuel| fuel > 0));
    is_well(&host, 1).await;
    host.stop().await;
}

#[tokio::test]
async fn a_plan_is_the_same_run_without_the_commit() {
    let host = TestHost::start().await;
    let inputs = json!({ "seed": 7, "clock": "2026-01-05T09:00:00Z" });
    let plan = host.client().post("/api/test/scenarios/standard/plan", inputs).await;
    assert_eq!(plan.status, 200, "{}", plan.text);
    assert_eq!(host.islands().await, 0);
    let seeded = json!({ "scenario": "standard", "seed": 7, "clock": "2026-01-05T09:00:00Z" });
    let island = host.client().seed(seeded).await;
    assert_eq!(plan.json()["digest"], island["digest"]);
    assert_eq!(plan.json()["counts"], island["counts"]);

    let bare =
        host.client().send(host.client().request(Method::POST, "/api/test/scenarios/standard/plan")).await;
    assert_eq!(bare.status, 200, "{}", bare.text);
    is_well(&host, 1).await;
}

#[tokio::test]
async fn a_key_gives_the_same_island_again_and_refuses_another_body() {
    let host = TestHost::start().await;
    let client = host.client();
    let seed = async |key: &str, body: Value| {
        client
            .send(client.request(Method::POST, "/api/test/seed").header("Idempotency-Key", key).json(&body))
            .await
    };
    let first = seed("k1", json!({ "scenario": "minimal" })).await;
    let again = seed("k1", json!({ "scenario": "minimal" })).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text);
    assert_eq!(first.json()["island_id"], again.json()["island_id"]);
    let other = seed("k1", json!({ "scenario": "standard" })).await;
    assert_eq!(other.problem()["type"], "/problems/key-reused");
    assert_eq!(
        seed("", json!({ "scenario": "minimal" })).await.problem()["type"],
        "/problems/invalid-request"
    );
    is_well(&host, 1).await;
}

#[tokio::test]
async fn each_item_of_a_batch_has_its_own_outcome() {
    let host = TestHost::start().await;
    let items = json!([
        { "scenario": "minimal", "label": "first" },
        { "scenario": "nothing" },
        { "scenario": "busy_calendar", "params": { "appointments": 0 } },
        { "scenario": "standard", "label": "last" },
    ]);
    let batch = host.client().post("/api/test/seed/batch", json!({ "items": items })).await;
    assert_eq!(batch.status, 207, "{}", batch.text);
    let items = batch.json()["items"].clone();
    let statuses: Vec<_> =
        items.as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 404, 422, 201]);
    assert_eq!(items[0]["answer"]["scenario"], "minimal");
    assert_eq!(items[1]["problem"]["type"], "/problems/unknown-scenario");
    assert_eq!(items[2]["problem"]["violations"][0]["pointer"], "/params/appointments");
    assert_eq!(items[3]["answer"]["scenario"], "standard");
    is_well(&host, 2).await;
}

#[tokio::test]
async fn a_batch_is_bounded() {
    let host = TestHost::start().await;
    let items = vec![json!({ "scenario": "minimal" }); 1_001];
    let batch = host.client().post("/api/test/seed/batch", json!({ "items": items })).await;
    assert_eq!(batch.problem()["field"], "items");
    is_well(&host, 0).await;
}

#[tokio::test]
async fn the_catalog_shows_each_scenario_with_examples_that_work() {
    let host = TestHost::start().await;
    let scenarios = host.client().get("/api/test/scenarios").await.json();
    let names: Vec<_> =
        scenarios["scenarios"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(
        names,
        ["busy_calendar", "full_clinic", "minimal", "multi_clinic", "standard", "with_appointment"]
    );
    let info = host.client().get("/api/test/scenarios/StandardClinic?version=%5E1").await.json();
    assert_eq!(info["name"], "standard");
    assert_eq!(info["params_schema"]["type"], "object");
    let plan = json!({ "params": info["examples"][0]["params"] });
    assert_eq!(host.client().post("/api/test/scenarios/standard/plan", plan).await.status, 200);

    let version = host.client().get("/api/test/scenarios/standard?version=%5E2").await.problem();
    assert_eq!(version["type"], "/problems/unknown-version");
    assert_eq!(version["known"], json!(["1.0.0"]));
    let unknown = host.client().get("/api/test/scenarios/nothing").await.problem();
    assert_eq!(unknown["known"], json!(names));
}
