//! What was refused is an event: what was asked for, of which island, by whom, and why it was refused.

use insula_test_http::{Client, TestHost, http};
use reqwest::Method;
use serde_json::{Value, json};

const UNKNOWN: &str = "01990000-0000-7000-8000-000000000000";

/// The refusals so far, in order.
async fn refusals(client: &Client) -> Vec<Value> {
    let list = client.get("/api/test/events/past?limit=1000").await.json();
    let events = list["events"].as_array().unwrap().iter();
    events.filter(|event| event["kind"] == "refused").cloned().collect()
}

#[tokio::test]
async fn each_refusal_is_an_event() {
    let host = TestHost::builder().key("a key for tests").start().await;
    let client = host.client();
    let island =
        client.seed(json!({ "scenario": "minimal" })).await["island_id"].as_str().unwrap().to_owned();
    client.delete(&format!("/api/test/islands/{island}")).await;
    let islands = |id: &str, what: &str| format!("/api/test/islands/{id}{what}");
    let post = Method::POST;
    let sessions = "/api/test/sessions";
    let minimal = "/api/test/scenarios/minimal";
    let mut expected = Vec::new();
    for (method, path, body, status, asked, outcome) in [
        (&post, "/api/test/seed", json!({ "scenario": "none" }), 404, "seed", "unknown_scenario"),
        (&post, "/api/test/seed", json!({ "scenario": "minimal", "into": island }), 410, "seed", "gone"),
        (&post, &islands(&island, "/renew"), json!({}), 410, "renew", "gone"),
        (&post, &islands(UNKNOWN, "/renew"), json!({}), 404, "renew", "unknown_island"),
        (&Method::DELETE, &islands(UNKNOWN, ""), json!({}), 404, "end", "unknown_island"),
        (&Method::DELETE, "/api/test/islands", json!({}), 422, "end_islands", "bad_request"),
        (&post, "/api/test/backups", json!({ "keep": 0 }), 422, "backup", "bad_request"),
        (&post, "/api/test/restore?name=none", json!({}), 404, "restore", "unknown_backup"),
        (&post, sessions, json!({ "keep": 0 }), 422, "begin_session", "bad_request"),
        (
            &Method::DELETE,
            &format!("{sessions}/session-20260105T090000.000001Z-without-backup"),
            json!({}),
            404,
            "end_session",
            "unknown_session",
        ),
        (
            &Method::DELETE,
            &format!("{minimal}/versions/1.0.0"),
            json!({}),
            409,
            "remove_scenario",
            "not_kept",
        ),
        (&post, &format!("{minimal}/rollback"), json!({}), 409, "roll_back", "nothing_before"),
    ] {
        let reply = client.send(client.request(method.clone(), path).json(&body)).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text);
        let of = (outcome == "gone").then_some(&island);
        let reason = reply.problem()["detail"].clone();
        expected.push(json!([asked, outcome, of, "server", reason]));
    }
    let reply = client.put_plugin(&format!("{minimal}/versions/2.0.0"), "no component").await;
    assert_eq!(reply.status, 422, "{}", reply.text);
    expected.push(json!(["add_scenario", "bad_plugin", null, "server", reply.problem()["detail"]]));

    let refusals: Vec<Value> = refusals(&client).await.iter().map(told).collect();
    assert_eq!(refusals, expected);
    let of_it = client.get(&islands(&island, "/events")).await.json();
    let of_it = of_it["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "refused");
    assert_eq!(of_it.count(), 2);
    assert_eq!(client.get(&islands(UNKNOWN, "/events")).await.status, 404, "it was never there");
}

fn told(event: &Value) -> Value {
    let details = &event["details"];
    json!([details["asked"], event["outcome"], event["island_id"], event["actor"], details["reason"]])
}

#[tokio::test]
async fn what_was_never_let_in_is_none() {
    let host = TestHost::builder().key("a key for tests").start().await;
    let client = host.client();
    let path = format!("/api/test/islands/{UNKNOWN}/renew");
    assert_eq!(client.post_raw(&path, "{").await.status, 400);
    assert_eq!(client.post(&path, json!({ "until": 1 })).await.status, 400);
    assert_eq!(client.delete("/api/test/islands?age=1h").await.status, 400);
    let stranger = http().delete(format!("http://{}/api/test/islands/{UNKNOWN}", host.address()));
    assert_eq!(stranger.send().await.unwrap().status(), 401);
    // Neither is what was only looked for.
    assert_eq!(client.get(&format!("/api/test/islands/{UNKNOWN}")).await.status, 404);
    assert_eq!(refusals(&client).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_run_is_explained_and_nothing_else() {
    let host = TestHost::start().await;
    let client = host.client();
    client.post("/api/test/seed", json!({ "scenario": "minimal", "params": { "x": 1 } })).await;
    let refused = refusals(&client).await;
    let [event] = &refused[..] else { panic!("{refused:#?}") };
    assert_eq!(
        (&event["details"]["failed"], &event["details"]["asked"]),
        (&json!("validated"), &json!("seed"))
    );
    let id = event["id"].as_i64().unwrap();
    let explained = client.get(&format!("/api/test/events/{id}/explain")).await;
    assert_eq!(explained.problem()["type"], "/problems/invalid-params");
    client.delete(&format!("/api/test/islands/{UNKNOWN}")).await;
    let id = refusals(&client).await[1]["id"].as_i64().unwrap();
    let explained = client.get(&format!("/api/test/events/{id}/explain")).await;
    assert_eq!(explained.status, 422);
    assert!(explained.text.contains("no refusal of a run"), "{}", explained.text);
}
