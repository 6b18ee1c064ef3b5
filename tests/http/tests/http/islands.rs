//! Islands: listed, read, renewed, removed.

use insula_test_http::TestHost;
use serde_json::{Value, json};

#[tokio::test]
async fn islands_are_listed_by_label_and_scenario_and_by_pages() {
    let host = TestHost::start().await;
    let client = host.client();
    for n in 0..5 {
        client.seed(json!({ "scenario": "minimal", "label": format!("test {}", n % 2) })).await;
    }
    client.seed(json!({ "scenario": "standard", "label": "test 0" })).await;
    let total =
        async |query: &str| client.get(&format!("/api/test/islands?{query}")).await.json()["total"].clone();
    assert_eq!(total("").await, 6);
    assert_eq!(total("label=test%200").await, 4);
    assert_eq!(total("label=test%200&scenario=standard").await, 1);
    assert_eq!(total("older_than=1h").await, 0);

    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/api/test/islands?limit=4{next}")).await.json();
        seen.extend(page["islands"].as_array().unwrap().iter().map(|island| island["island_id"].clone()));
        match page["next"].as_str() {
            Some(after) => next = format!("&after={after}"),
            None => break,
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 6);
}

#[tokio::test]
async fn an_island_is_read_whole_and_its_long_lists_by_pages() {
    let host = TestHost::start().await;
    let client = host.client();
    let params = json!({ "appointments": 1_200, "patients": 10, "practitioners": 10, "days": 20 });
    let seeded = client.seed(json!({ "scenario": "busy_calendar", "params": params })).await;
    assert_eq!(seeded["appointments"].as_array().unwrap().len(), 1_000);
    assert_eq!(seeded["counts"]["appointments"], 1_200);

    let id = seeded["island_id"].as_str().unwrap();
    let island = client.get(&format!("/api/test/islands/{id}")).await.json();
    assert_eq!(island["counts"], seeded["counts"]);
    assert_eq!(island["entities"]["clinics"], seeded["clinics"]);
    assert_eq!(island["named"], seeded["named"]);

    let first = client.get(&format!("/api/test/islands/{id}/appointments?limit=1000")).await.json();
    let after = first["next"].as_str().unwrap();
    let second =
        client.get(&format!("/api/test/islands/{id}/appointments?limit=1000&after={after}")).await.json();
    assert_eq!(first["items"], seeded["appointments"]);
    assert_eq!(second["items"].as_array().unwrap().len(), 200);
    assert_eq!((&second["total"], &second["next"]), (&json!(1_200), &Value::Null));
}

#[tokio::test]
async fn an_island_is_exported_as_statements_or_whole() {
    let host = TestHost::start().await;
    let client = host.client();
    let params = json!({ "appointments": 1_200, "patients": 10, "practitioners": 10, "days": 20 });
    let seeded = client.seed(json!({ "scenario": "busy_calendar", "params": params })).await;
    let export = format!("/api/test/islands/{}/export", seeded["island_id"].as_str().unwrap());
    let statements = client.get(&format!("{export}?format=sql")).await;
    assert_eq!((statements.status, statements.header("content-type")), (200, Some("application/sql")));
    assert!(statements.text.contains("INSERT INTO \"appointments\""));
    let whole = client.get(&format!("{export}?format=json")).await.json();
    assert_eq!(whole["entities"]["appointments"].as_array().unwrap().len(), 1_200);
    assert_eq!(client.get(&format!("{export}?format=csv")).await.status, 400);
    assert_eq!(client.get(&export).await.status, 400);
}

#[tokio::test]
async fn an_island_is_renewed_and_removed_once() {
    let host = TestHost::start().await;
    let client = host.client();
    let island = client.seed(json!({ "scenario": "standard", "ttl": "1h" })).await;
    let path = format!("/api/test/islands/{}", island["island_id"].as_str().unwrap());
    let renewed = client.post(&format!("{path}/renew"), json!({ "ttl": "24h" })).await.json();
    assert!(renewed["expires_at"].as_str() > island["expires_at"].as_str());
    assert_eq!(renewed["tokens"].as_array().unwrap().len(), 2);

    let ended = client.delete(&path).await;
    assert_eq!((ended.status, &ended.json()["removed"]), (200, &json!(true)), "{}", ended.text);
    let again = client.delete(&path).await;
    assert_eq!((again.status, &again.json()["removed"]), (200, &json!(false)));
    for gone in [client.get(&path).await, client.post(&format!("{path}/renew"), json!({})).await] {
        assert_eq!((gone.status, gone.problem()["type"].as_str()), (410, Some("/problems/island-gone")));
    }
    let into =
        client.post("/api/test/seed", json!({ "scenario": "minimal", "into": island["island_id"] })).await;
    assert_eq!(into.problem()["type"], "/problems/island-gone");
    assert_eq!(host.islands().await, 0);
}

#[tokio::test]
async fn islands_are_removed_by_label_and_scenario_but_never_all_by_mistake() {
    let host = TestHost::start().await;
    let client = host.client();
    for (scenario, label) in [("minimal", "a"), ("minimal", "b"), ("standard", "a"), ("standard", "c")] {
        client.seed(json!({ "scenario": scenario, "label": label })).await;
    }
    assert_eq!(client.delete("/api/test/islands").await.problem()["type"], "/problems/invalid-request");
    assert_eq!(host.islands().await, 4);
    let ended = async |query: &str| {
        let reply = client.delete(&format!("/api/test/islands?{query}")).await;
        reply.json()["islands"].as_array().unwrap_or_else(|| panic!("{}", reply.text)).len()
    };
    assert_eq!(ended("label=a&scenario=standard").await, 1);
    assert_eq!(ended("label=a").await, 1);
    assert_eq!(ended("label=a").await, 0);
    assert_eq!(ended("older_than=1h").await, 0);
    crate::is_well(&host, 2).await;
}

#[tokio::test]
async fn a_reset_removes_every_island() {
    let host = TestHost::start().await;
    for _ in 0..3 {
        host.client().seed(json!({ "scenario": "standard" })).await;
    }
    let reset = host.client().post_raw("/api/test/reset", "").await;
    assert_eq!(reset.status, 200, "{}", reset.text);
    assert_eq!(reset.json()["rows"]["clinics"], 3);
    crate::is_well(&host, 0).await;
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let host = TestHost::start().await;
    let kind = async |path: &str| host.client().get(path).await.problem()["type"].clone();
    let nobody = "/api/test/islands/01890000-0000-7000-8000-000000000000";
    assert_eq!(kind(nobody).await, "/problems/unknown-island");
    assert_eq!(kind(&format!("{nobody}/appointments")).await, "/problems/unknown-island");
    assert_eq!(kind(&format!("{nobody}/dragons")).await, "/problems/unknown-path");
    assert_eq!(kind("/api/test/islands/7").await, "/problems/unknown-path");
    assert_eq!(kind("/api/test/nothing").await, "/problems/unknown-path");
    assert_eq!(kind("/").await, "/problems/unknown-path");
    assert_eq!(kind("/api/test/islands?limit=0").await, "/problems/invalid-request");
    assert_eq!(kind("/api/test/islands?limit=x").await, "/problems/invalid-query");
    assert_eq!(kind("/api/test/islands?colour=red").await, "/problems/invalid-query");

    let wrong = host.client().get("/api/test/seed").await;
    assert_eq!(wrong.problem()["type"], "/problems/method-not-allowed");
    assert_eq!(wrong.header("allow"), Some("POST"));
}
