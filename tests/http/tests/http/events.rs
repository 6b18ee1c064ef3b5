//! Server-sent events.

use futures::StreamExt;
use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::{Value, json};

/// Reads events until one of this name has come; each is its name and data.
pub async fn until(response: reqwest::Response, last: &str) -> Vec<(String, Value)> {
    let mut bytes = response.bytes_stream();
    let (mut text, mut events) = (String::new(), Vec::new());
    while let Some(piece) = bytes.next().await {
        text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            let field = |name: &str| {
                event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
            };
            let (name, data) = (field("event:").to_owned(), field("data:").to_owned());
            text = rest.to_owned();
            if !name.is_empty() {
                events.push((name.clone(), serde_json::from_str(&data).unwrap()));
            }
            if name == last {
                return events;
            }
        }
    }
    panic!("the stream ended before {last}: {events:?}")
}

#[tokio::test]
async fn a_listener_is_told_all_that_happens_and_let_go_at_the_end() {
    let host = TestHost::start().await;
    let client = host.client();
    let listen = async || client.request(Method::GET, "/api/test/events").send().await.unwrap();
    let (first, second) = (listen().await, listen().await);
    assert_eq!(first.headers()["content-type"], "text/event-stream");

    let island = client.seed(json!({ "scenario": "minimal" })).await["island_id"].clone();
    client
        .post("/api/test/seed", json!({ "scenario": "busy_calendar", "params": { "appointments": 0 } }))
        .await;
    let path = format!("/api/test/islands/{}", island.as_str().unwrap());
    client.post(&format!("{path}/renew"), json!({})).await;
    client.delete(&path).await;
    client.post_raw("/api/test/reset", "").await;

    let (answered, events): (Vec<_>, Vec<_>) =
        until(first, "reset").await.into_iter().partition(|(name, _)| name == "answered");
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["seeded", "refused", "renewed", "ended", "reset"]);
    assert_eq!(events[0].1["island_id"], island);
    assert_eq!(events[0].1["actor"], "server");
    let steps: Vec<&String> = events[0].1["details"]["micros"].as_object().unwrap().keys().collect();
    assert_eq!(steps, ["received", "validated", "sandboxed", "drafted"]);
    for (_, answered) in answered {
        assert_eq!(answered["details"]["runs"][0]["run"], events[0].1["details"]["run"]);
    }
    let refused = &events[1].1;
    assert_eq!(
        (&refused["details"]["scenario"], &refused["details"]["failed"]),
        (&json!("busy_calendar"), &json!("validated"))
    );

    // Who comes back says which event was the last, and misses none.
    let last = events[1].1["id"].to_string();
    let again =
        client.request(Method::GET, "/api/test/events").header("last-event-id", last).send().await.unwrap();
    let names: Vec<_> = until(again, "reset").await.into_iter().map(|(name, _)| name).collect();
    let names: Vec<_> = names.iter().filter(|name| *name != "answered").collect();
    assert_eq!(names, ["renewed", "ended", "reset"]);

    // What cannot be read is not taken for nothing.
    let lost =
        client.request(Method::GET, "/api/test/events").header("last-event-id", "x7").send().await.unwrap();
    assert_eq!(lost.status(), 422);

    // The other listener still listens: the host lets it go, and stops within its grace period.
    host.stop().await;
    let heard = until(second, "reset").await;
    assert_eq!(heard.iter().filter(|(name, _)| name != "answered").count(), 5);
}

#[tokio::test]
async fn how_long_the_commit_and_the_tokens_took_is_told_afterwards() {
    let host = TestHost::start().await;
    let client = host.client();
    let listening = client.request(Method::GET, "/api/test/events").send().await.unwrap();
    let island = client.seed(json!({ "scenario": "minimal" })).await["island_id"].clone();
    let events = until(listening, "answered").await;
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["seeded", "answered"]);
    let (seeded, answered) = (&events[0].1, &events[1].1);
    let told = &answered["details"]["runs"][0];
    assert_eq!((&answered["island_id"], &told["run"]), (&island, &seeded["details"]["run"]));
    let steps: Vec<&String> = told["micros"].as_object().unwrap().keys().collect();
    assert_eq!(steps, ["committed", "tokens_issued"]);
    let path = format!("/api/test/islands/{}/events", island.as_str().unwrap());
    assert_eq!(client.get(&path).await.json()["events"], json!([seeded, answered]));
}

#[tokio::test]
async fn a_listener_to_one_island_hears_of_no_other() {
    let host = TestHost::start().await;
    let client = host.client();
    let seed = async || client.seed(json!({ "scenario": "minimal" })).await["island_id"].clone();
    let (own, other) = (seed().await, seed().await);
    let path = |id: &Value| format!("/api/test/islands/{}", id.as_str().unwrap());
    let listen = async |after: &str| {
        let path = format!("/api/test/events?island={}", own.as_str().unwrap());
        client.request(Method::GET, &path).header("last-event-id", after).send().await.unwrap()
    };
    let listening = listen("0").await;
    for id in [&other, &own] {
        client.post(&format!("{}/renew", path(id)), json!({})).await;
    }
    for id in [&other, &own] {
        client.delete(&path(id)).await;
    }
    let heard = async |response: reqwest::Response| -> Vec<(String, Value)> {
        let events = until(response, "ended").await;
        events.into_iter().filter(|(name, _)| name != "answered").collect()
    };
    let events = heard(listening).await;
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["seeded", "renewed", "ended"]);
    assert!(events.iter().all(|(_, event)| event["island_id"] == own), "{events:#?}");
    // Who comes back is told what came after, also where most of it was of others.
    let again = heard(listen(&events[0].1["id"].to_string()).await).await;
    assert_eq!(again, events[1..]);

    for (wrong, status) in [("01990000-0000-7000-8000-000000000000", 404), ("x", 400)] {
        assert_eq!(client.get(&format!("/api/test/events?island={wrong}")).await.status, status, "{wrong}");
    }
}
