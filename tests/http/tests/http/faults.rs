//! Scenarios that misbehave: each is told apart, and nothing of it is written.

use insula_domain::Kind;
use insula_test_guests::guest;
use insula_test_http::TestHost;
use serde_json::{Value, json};

use crate::is_well;

/// A host with small quotas and one guest.
async fn with(name: &str) -> TestHost {
    let quotas = |settings: &mut insula_engine::Settings| {
        settings.quotas.fuel = Some(200_000_000);
        settings.quotas.host_calls = Some(10_000);
        settings.quotas.call_bytes = Some(1 << 20);
        settings.quotas.memory_bytes = Some(16 << 20);
        settings.quotas.entities = Some(5_000);
        settings.quotas.log_lines = Some(3);
    };
    TestHost::builder().settings(quotas).plugin(name, guest(name)).start().await
}

/// What a caller of the guest is told; afterwards the host is well and holds nothing of it.
async fn refusal(name: &str) -> Value {
    let host = with(name).await;
    let reply = host.client().post("/api/test/seed", json!({ "scenario": name, "seed": 1 })).await;
    let mut problem = reply.problem();
    let planned = host.client().post(&format!("/api/test/scenarios/{name}/plan"), json!({ "seed": 1 })).await;
    assert_eq!(planned.problem()["type"], problem["type"], "a plan fails as a seed does");
    is_well(&host, 0).await;
    host.stop().await;
    // What differs from run to run and from machine to machine.
    problem["request_id"] = json!("…");
    for figure in ["micros", "fuel", "peak_memory_bytes"] {
        assert!(problem["run"][figure].is_u64(), "{problem}");
        problem["run"][figure] = json!("…");
    }
    problem
}

macro_rules! each {
    ($($name:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            insta::assert_json_snapshot!(stringify!($name), refusal(stringify!($name)).await);
        }
    )*};
}

each!(
    loops_for_ever,
    allocates_without_end,
    recurses,
    calls_the_host_a_million_times,
    passes_a_100mb_string,
    forges_handles,
    returns_invalid_json,
    says_it_failed,
    traps_after_50_entities,
    fills_the_island,
    logs_without_end,
    grows_its_table,
);

#[tokio::test]
async fn a_failed_addition_leaves_the_island_as_it_was() {
    let host = with("traps_after_50_entities").await;
    let client = host.client();
    let island = client.seed(json!({ "scenario": "full_clinic" })).await;
    let id = island["island_id"].as_str().unwrap();
    let before = client.get(&format!("/api/test/islands/{id}")).await.json();
    let body = json!({ "scenario": "traps_after_50_entities", "into": id });
    assert_eq!(client.post("/api/test/seed", body).await.status, 500);
    assert_eq!(client.get(&format!("/api/test/islands/{id}")).await.json(), before);
    for kind in Kind::ALL.map(Kind::plural) {
        let page = client.get(&format!("/api/test/islands/{id}/{kind}")).await.json();
        assert_eq!(page["total"], before["counts"][kind], "{kind}");
    }
    is_well(&host, 1).await;
}

#[tokio::test]
async fn a_good_neighbour_is_served_beside_a_bad_one() {
    let host = with("loops_for_ever").await;
    let client = host.client();
    let looping: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                client.post("/api/test/seed", json!({ "scenario": "loops_for_ever" })).await.status
            })
        })
        .collect();
    for _ in 0..20 {
        client.seed(json!({ "scenario": "minimal" })).await;
    }
    for status in looping {
        assert_eq!(status.await.unwrap(), 504);
    }
    is_well(&host, 20).await;
}
