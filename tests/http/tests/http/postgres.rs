//! The main paths on PostgreSQL, and what callers get while it is away. (With `INSULA_TEST_DATABASE=postgres` all other
//! tests here run on it as well.)

use insula_test_guests::guest;
use insula_test_http::{Place, TestHost};
use insula_test_postgres::Server;
use serde_json::{Value, json};

#[tokio::test]
async fn an_island_is_seeded_added_to_read_renewed_and_removed() {
    let host = TestHost::builder().place(Place::postgres()).plugin("good", guest("good")).start().await;
    let client = host.client();
    let island = client.seed(json!({ "scenario": "full_clinic", "label": "one" })).await;
    let id = island["island_id"].as_str().unwrap();
    assert!(island["tokens"][0]["access_token"].is_string());
    let path = format!("/api/test/islands/{id}");
    let read = client.get(&path).await.json();
    assert_eq!(read["counts"], island["counts"]);
    for (kind, count) in island["counts"].as_object().unwrap() {
        assert_eq!(client.get(&format!("{path}/{kind}")).await.json()["total"], *count, "{kind}");
    }
    let body = json!({ "scenario": "busy_calendar", "params": { "appointments": 50 } });
    let other = client.seed(body).await;
    let more = client.seed(json!({ "scenario": "good", "into": other["island_id"] })).await;
    assert_eq!(more["island_id"], other["island_id"]);

    let key = |body: Value| {
        let request = client.request(reqwest::Method::POST, "/api/test/seed");
        client.send(request.header("idempotency-key", "k1").json(&body))
    };
    let first = key(json!({ "scenario": "minimal" })).await.json();
    assert_eq!(key(json!({ "scenario": "minimal" })).await.json()["island_id"], first["island_id"]);
    assert_eq!(key(json!({ "scenario": "standard" })).await.status, 409);
    assert_eq!(client.get("/api/test/islands?label=one").await.json()["total"], 1);

    assert!(client.delete(&path).await.status < 300);
    assert_eq!(client.get(&path).await.status, 410);
    assert_eq!(client.post("/api/test/reset", json!({})).await.status, 200);
    assert_eq!(host.islands().await, 0);
    host.stop().await;
}

#[tokio::test]
async fn while_it_is_away_callers_are_told_when_to_try_again() {
    let server = Server::start();
    let host = TestHost::builder().place(Place::Elsewhere(server.url("postgres"))).start().await;
    let client = host.client();
    let island = client.seed(json!({ "scenario": "standard" })).await;
    server.stop();
    let reply = client.post("/api/test/seed", json!({ "scenario": "standard" })).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")), "{}", reply.text);
    assert_eq!(reply.problem()["type"], "/problems/unavailable");
    let path = format!("/api/test/islands/{}", island["island_id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.status, 503);
    server.start_again();
    assert_eq!(client.get(&path).await.status, 200);
    client.seed(json!({ "scenario": "standard" })).await;
    assert_eq!(host.islands().await, 2);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_adds_by_two_hosts_at_once_is_not_told_to_ask_again() {
    let place = Place::postgres();
    let host = || {
        let builder = TestHost::builder().place(Place::Elsewhere(place.url()));
        builder.plugin("good", guest("good")).start()
    };
    let hosts = [host().await, host().await];
    let island = hosts[0].client().seed(json!({ "scenario": "minimal" })).await;
    // A run is done again for each of the other host's that was faster: those are no more than it is tried.
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (client, id) = (hosts[number % 2].client(), island["island_id"].clone());
        asked.spawn(
            async move { client.post("/api/test/seed", json!({ "scenario": "good", "into": id })).await },
        );
    }
    let replies = asked.join_all().await;
    // Each adds a user, whose address depends on how many there are.
    let count = |reply: &insula_test_http::Reply| {
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["counts"]["users"].as_u64().unwrap()
    };
    let mut users: Vec<u64> = replies.iter().map(count).collect();
    users.sort_unstable();
    assert_eq!(users, [2, 3, 4, 5, 6, 7, 8, 9]);
    for host in hosts {
        host.stop().await;
    }
}
