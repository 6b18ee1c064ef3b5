//! The steps of a run, as its island's events tell them: also of many that are answered at once, and of one that failed.

use insula_test_guests::guest;
use insula_test_http::{Client, TestHost};
use serde_json::{Value, json};

use crate::events::until;

/// What is told of an island, once it is told that its run was answered.
async fn told(client: &Client, island: &str) -> Vec<Value> {
    let path = format!("/api/test/events?island={island}");
    let listening = client.request(reqwest::Method::GET, &path).header("last-event-id", "0");
    let heard = until(listening.send().await.unwrap(), "answered").await;
    let listed = client.get(&format!("/api/test/islands/{island}/events")).await.json();
    let heard: Vec<Value> = heard.into_iter().map(|(_, event)| event).collect();
    assert_eq!(listed["events"], json!(heard), "who listens and who looks it up are told the same");
    heard
}

fn steps(micros: &Value) -> Vec<&str> {
    micros.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn each_island_of_a_batch_has_its_own_from_the_first_to_the_last() {
    let host = TestHost::start().await;
    let client = host.client();
    let many: Vec<Value> = (0..20).map(|_| json!({ "scenario": "minimal" })).collect();
    let answers = client.post("/api/test/seed/batch", json!({ "items": many })).await.json();
    let items = answers["items"].as_array().unwrap();
    assert_eq!(items.len(), 20);
    for item in items {
        let island = item["answer"]["island_id"].as_str().unwrap();
        let events = told(&client, island).await;
        let [seeded, answered] = &events[..] else { panic!("{events:#?}") };
        assert_eq!((&seeded["island_id"], &answered["island_id"]), (&json!(island), &json!(island)));
        assert_eq!(steps(&seeded["details"]["micros"]), ["received", "validated", "sandboxed", "drafted"]);
        let runs = answered["details"]["runs"].as_array().unwrap();
        let [run] = &runs[..] else { panic!("no other island's: {runs:#?}") };
        assert_eq!((&run["run"], &run["island_id"]), (&seeded["details"]["run"], &json!(island)));
        assert_eq!(steps(&run["micros"]), ["committed", "tokens_issued"]);
    }
}

#[tokio::test]
async fn a_refusal_says_which_failed_and_how_long_each_took_until_then() {
    let host = TestHost::builder().plugin("traps", guest("traps_after_50_entities")).start().await;
    let client = host.client();
    let ended = client.seed(json!({ "scenario": "minimal" })).await["island_id"].clone();
    client.delete(&format!("/api/test/islands/{}", ended.as_str().unwrap())).await;
    for (request, until) in [
        (json!({ "scenario": "none" }), "validated"),
        (json!({ "scenario": "minimal", "params": { "x": 1 } }), "validated"),
        (json!({ "scenario": "minimal", "into": ended }), "validated"),
        (json!({ "scenario": "traps_after_50_entities" }), "drafted"),
    ] {
        client.post("/api/test/seed", request.clone()).await;
        let events = client.get("/api/test/events/past?limit=1000").await.json();
        let refused = events["events"].as_array().unwrap().iter().rfind(|event| event["kind"] == "refused");
        let details = &refused.unwrap()["details"];
        assert_eq!(details["failed"], until, "{request}");
        assert_eq!(steps(&details["micros"]).last(), Some(&until), "{request}");
        assert_eq!(steps(&details["micros"])[..2], ["received", "validated"], "{request}");
        assert_eq!(details["rolled_back"], "nothing was written");
    }
}
